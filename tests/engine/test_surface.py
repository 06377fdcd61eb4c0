"""Curves and contours against the function itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gui_app.core.directions import principal
from gui_app.core.experiment import Experiment, ParameterSpec
from gui_app.core.landscape import Axis, grid, rows_at
from gui_app.engine.lenses.surface import landscape_at
from gui_app.engine.problem import Problem


def problem(program: str, **starts: object) -> Problem:
    specs = tuple(ParameterSpec(name, value) for name, value in starts.items())  # type: ignore[arg-type]
    return Problem(Experiment(program, specs), traced=True)


def test_a_curve() -> None:
    landscape = landscape_at(problem("(x - 2)**2 / 2", x=((0.5,),)), None, (Axis(0, -1.0, 5.0, 101),))
    x = np.linspace(-1, 5, 101)
    assert landscape.values == pytest.approx((x - 2) ** 2 / 2, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("starts", [{"x": -1.2, "y": 1.0}, {"v": (-1.2, 1.0)}])
def test_rosenbrock(starts: dict[str, object]) -> None:
    program = "(1 - x)**2 + 100*(y - x**2)**2"
    if "v" in starts:
        program = program.replace("x", "v[0]").replace("y", "v[1]")
    axes = (Axis(0, -2.0, 2.0, 21), Axis(1, -1.0, 3.0, 17))
    landscape = landscape_at(problem(program, **starts), None, axes)
    x, y = np.meshgrid(axes[0].values, axes[1].values, indexing="ij")
    assert landscape.values.shape == (21, 17)
    assert landscape.values == pytest.approx((1 - x) ** 2 + 100 * (y - x**2) ** 2, rel=1e-4, abs=1e-3)


def test_a_program_that_branches_on_its_values() -> None:
    branching = problem("y = x\nwhile y < 10:\n    y = y * 2\ny", x=3.0)
    landscape = landscape_at(branching, None, (Axis(0, 1.0, 9.0, 9),))
    assert landscape.values.tolist() == [16, 16, 12, 16, 10, 12, 14, 16, 18]


def test_other_elements_are_held_at_the_recorded_step() -> None:
    row = np.array([0.0, 4.0, 7.0], dtype=np.float32)
    landscape = landscape_at(problem("a + 10*(b).sum()", a=1.0, b=(1.0, 1.0)), row, (Axis(0, 0.0, 1.0, 2),))
    assert landscape.values.tolist() == [110.0, 111.0]


def test_where_it_is_not_defined_it_is_nan() -> None:
    landscape = landscape_at(problem("log(x)", x=1.0), None, (Axis(0, -1.0, 1.0, 3),))
    assert np.isnan(landscape.values[:2]).all()
    assert landscape.values[2] == 0.0


def test_along_directions_it_is_the_objective_at_those_rows() -> None:
    network = problem(
        "(tanh(X @ W) ** 2).sum() + b", X=((1.0, 2.0), (0.5, -1.0)), W=((0.3, -0.2), (0.1, 0.4)), b=0.5
    )
    row = np.linspace(-1, 1, 9).astype(np.float32)
    pair = principal(np.random.default_rng(0).normal(size=(7, 9)))
    axes = (Axis(pair[0], -2, 2, 9), Axis(pair[1], -1, 1, 5))
    landscape = landscape_at(network, row, axes)
    assert landscape.axes == axes
    rows = torch.tensor(rows_at(axes, row, grid(axes)))
    x, w, b = rows[:, :4].view(-1, 2, 2), rows[:, 4:8].view(-1, 2, 2), rows[:, 8]
    expected = (torch.tanh(x @ w) ** 2).sum((1, 2)) + b
    assert landscape.values.reshape(-1) == pytest.approx(expected.numpy(), rel=1e-4, abs=1e-5)


def test_what_cannot_be_batched_gets_a_coarser_grid() -> None:
    slow = problem("y = x\nfor k in range(400):\n    if y > k:\n        y = y * 1.001\ny", x=3.0)
    landscape = landscape_at(slow, None, (Axis(0, 1.0, 9.0, 200_000),))
    assert 2 <= landscape.axes[0].count < 200_000
    assert np.isfinite(landscape.values).any()


def test_cancelled_it_gives_what_it_has() -> None:
    landscape = landscape_at(problem("x*x", x=1.0), None, (Axis(0, 0.0, 1.0, 9),), lambda: True)
    assert np.isnan(landscape.values).all()
