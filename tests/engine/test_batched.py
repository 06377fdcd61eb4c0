"""Many rows in one call give the numbers of single evaluations, whichever way is taken."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gui_app.core.experiment import Experiment, ParameterSpec, RunSpec
from gui_app.engine import batched
from gui_app.engine.batched import Batched, losses, losses_and_gradients
from gui_app.engine.elementwise import is_elementwise
from gui_app.engine.problem import Problem
from gui_app.language.errors import ProgramError


def problem_of(program: str, *, dtype: str = "float32", **starts: object) -> Problem:
    given = starts or {"x": 1.0, "y": 1.0}
    specs = tuple(ParameterSpec(name, value) for name, value in given.items())  # type: ignore[arg-type]
    return Problem(Experiment(program, specs, run=RunSpec(dtype=dtype)))


def one_by_one(problem: Problem, rows: Tensor) -> tuple[Tensor, Tensor]:
    """The numbers as a run would find them."""
    values, slopes = [], []
    for row in rows:
        problem.load(row.numpy())
        try:
            loss = problem.loss()
        except ProgramError:
            values.append(torch.tensor(torch.nan, dtype=rows.dtype))
            slopes.append(torch.full_like(row, torch.nan))
            continue
        found = torch.autograd.grad(loss, list(problem.leaves.values()), allow_unused=True)
        leaves = problem.leaves.values()
        flat = [torch.zeros_like(leaf) if g is None else g for g, leaf in zip(found, leaves, strict=True)]
        slopes.append(torch.cat([part.reshape(-1) for part in flat]))
        values.append(loss.detach().reshape(()))
    return torch.stack(values), torch.stack(slopes)


def same(found: Tensor, expected: Tensor) -> bool:
    return bool(((found == expected) | (found.isnan() & expected.isnan())).all())


def rows_of(count: int, columns: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 2.0 * torch.randn(count, columns, generator=generator, dtype=dtype)


LEAVES = st.sampled_from(["x", "y", "2.5", "0.3"])
PROGRAMS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(st.sampled_from(["torch.sin", "torch.exp", "torch.tanh", "torch.abs"]), inner).map(
            lambda t: f"{t[0]}(x * 0 + {t[1]})"
        ),
        inner.map(lambda t: f"({t})**2"),
    ),
    max_leaves=6,
).map(lambda text: f"{text} + x*x + 0.1*y")


@settings(max_examples=10, deadline=None)
@given(PROGRAMS, st.integers(1, 90), st.sampled_from(["float32", "float64"]))
def test_broadcast_gives_the_bits_of_single_evaluations(program: str, count: int, dtype: str) -> None:
    problem = problem_of(program, dtype=dtype)
    rows = rows_of(count, 2, count, getattr(torch, dtype))
    way = Batched(problem, rows.T.contiguous())
    assert way.way == "broadcast"
    found, slopes = losses_and_gradients(problem, rows)
    expected, expected_slopes = one_by_one(problem, rows)
    assert same(found, expected)
    assert same(slopes, expected_slopes)
    assert same(losses(problem, rows), expected)


@pytest.mark.parametrize(
    ("program", "starts", "way"),
    [
        ("(x - 2)**2 + torch.where(y > 0, y, -3*y)", {"x": 1.0, "y": 1.0}, "broadcast"),
        ("z = x*1\nz.mul_(3)\nz + y*y", {"x": 1.0, "y": 1.0}, "broadcast"),
        ("n = torch.rand(())\nn*x*x + y", {"x": 1.0, "y": 1.0}, "broadcast"),
        ("with no_grad():\n    c = x*2\nc*x + y", {"x": 1.0, "y": 1.0}, "broadcast"),
        ("x**4 + torch.sigmoid(y)", {"x": 1.0, "y": 1.0}, "broadcast"),
        ("x**2", {"x": 1.0, "y": 1.0}, "broadcast"),
        ("v.sum()**2 + v[0]*v[1]", {"v": (1.0, 2.0, 3.0)}, "vmap"),
        ("(W @ v).norm()**2", {"W": ((1.0, 2.0), (3.0, 4.0)), "v": (1.0, 2.0)}, "vmap"),
        ("torch.stack([x, y]).norm() + x", {"x": 1.0, "y": 1.0}, "vmap"),
        ("torch.randn(3).sum()*x + torch.rand_like(y)*y", {"x": 1.0, "y": 1.0}, "vmap"),
        ("x.max() + y.mean()", {"x": 1.0, "y": 1.0}, "vmap"),
        ("x*x if x > 0 else -y", {"x": 1.0, "y": 1.0}, "loop"),
        ("z = x\nwhile z.norm() < 10:\n    z = z*2 + 1\nz*y", {"x": 1.0, "y": 1.0}, "loop"),
        ("x*y.item()", {"x": 1.0, "y": 1.0}, "loop"),
    ],
)
def test_the_way_that_is_chosen_is_right(program: str, starts: dict[str, object], way: str) -> None:
    problem = problem_of(program, **starts)
    rows = rows_of(70, len(problem.columns))
    chosen = Batched(problem, rows.T.contiguous())
    assert chosen.way == way
    found, slopes = losses_and_gradients(problem, rows)
    expected, expected_slopes = one_by_one(problem, rows)
    torch.testing.assert_close(found, expected, equal_nan=True)
    torch.testing.assert_close(slopes, expected_slopes, equal_nan=True)
    torch.testing.assert_close(losses(problem, rows), expected, equal_nan=True)
    assert chosen.exact or not torch.equal(found, expected) or "sigmoid" in program


def test_what_the_loss_does_not_depend_on() -> None:
    problem = problem_of("x**2 + 0")
    assert Batched(problem, rows_of(9, 2).T.contiguous()).used == [True, False]


def test_the_parameters_of_the_problem_stay() -> None:
    for program in ("x*y", "x*y if x > 0 else y"):
        problem = problem_of(program)
        losses_and_gradients(problem, rows_of(50, 2))
        assert problem.stores[0].flat.tolist() == [1.0, 1.0]


def test_constants_and_several_dtypes() -> None:
    specs = (
        ParameterSpec("x", 1.0),
        ParameterSpec("c", 3.0, requires_grad=False),
        ParameterSpec("d", 2.0, dtype="float64"),
    )
    problem = Problem(Experiment("c*x*x + d*d*d", specs))
    rows = rows_of(40, 2, dtype=torch.float64)
    found, slopes = losses_and_gradients(problem, rows)
    expected, _ = one_by_one(problem, rows)
    torch.testing.assert_close(found, expected.double())
    torch.testing.assert_close(slopes[:, 1], 3 * rows[:, 1] ** 2)


def test_a_program_that_fails_everywhere_is_told() -> None:
    with pytest.raises(ProgramError, match="one number"):
        losses_and_gradients(problem_of("v * 2", v=(1.0, 2.0)), rows_of(40, 2))


def test_rows_that_fail_are_not_numbers() -> None:
    problem = problem_of("y*y if x < 100 else torch.ones(2) @ torch.ones(3)")
    rows = rows_of(40, 2)
    rows[7, 0] = 200.0
    found = losses(problem, rows)
    assert found.isnan().nonzero().tolist() == [[7]]


def test_a_loop_ends_in_time_and_when_cancelled() -> None:
    problem = problem_of("x*x if x > 0 else y")
    rows = rows_of(500, 2)
    assert losses(problem, rows, seconds=0.0).isnan().all()
    asked = iter(range(10_000))
    found = losses(problem, rows, cancelled=lambda: next(asked) > 200)
    assert 0 < int(found.isnan().sum()) < 500


def test_pieces_are_cut_and_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batched, "ROWS", 64)
    problem = problem_of("x*x + y")
    rows = rows_of(300, 2)
    assert same(losses(problem, rows), rows[:, 0] ** 2 + rows[:, 1])
    columns = rows.T.contiguous()
    way = Batched(problem, columns)
    assert way.rows_at_once == 64
    turns = iter([False, True])
    found = way.evaluate(columns, torch.empty_like(columns), lambda: next(turns))
    assert not found[:64].isnan().any()
    assert found[64:].isnan().all()


def test_much_work_for_each_row_makes_small_pieces() -> None:
    problem = problem_of("(v @ v.t()).exp().sum()", v=tuple((0.001,) for _ in range(300)))
    way = Batched(problem, torch.rand(300, 9) * 0.01)
    assert way.way == "vmap"
    assert way.rows_at_once < 30


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: x * 2 + torch.arange(33)[3], True),
        (lambda x: x.sum() * x, False),
        (lambda x: x[::1], False),
        (lambda x: x.flip(0), False),
        (lambda x: x.cumsum(0), False),
        (lambda x: x * torch.ones(33, 1), False),
        (lambda x: x * x[0], False),
        (lambda x: x if x.max() > 0 else -x, False),
        (lambda x: torch.rand_like(x) * x, False),
        (lambda x: x + torch.rand(()), True),
        (lambda _x: torch.ones(()), False),
    ],
)
def test_elements_that_meet_are_noticed(function: object, expected: bool) -> None:
    x = torch.from_numpy(np.linspace(-1.0, 1.0, 33))
    assert is_elementwise(lambda columns: function(columns[0]), [x]) is expected  # type: ignore[operator]
