"""Experiments as plain PyTorch scripts: the same bits in the same parameters."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gui_app.core.events import Changed, Diverged, Failed, Finished, StepsTaken
from gui_app.core.experiment import (
    ClipSpec,
    Distribution,
    Experiment,
    OptimizerSpec,
    ParameterSpec,
    RunSpec,
    ScheduleSpec,
)
from gui_app.core.optimizers import OPTIMIZERS
from gui_app.core.runner import Allowance
from gui_app.core.schedules import SCHEDULES
from gui_app.engine.descent import descend
from gui_app.engine.vocabulary import words
from gui_app.files.lessons import lessons
from gui_app.files.script import script_of
from gui_app.language.compiler import check
from gui_app.language.errors import ProgramError
from gui_app.language.resolving import resolved

VALLEY = "(1 - x)**2 + 100*(y - x**2)**2"
STARTS = ParameterSpec("x", -1.5), ParameterSpec("y", 2.0)


@pytest.fixture(autouse=True)
def _torch_as_it_was() -> Iterator[None]:
    dtype, state = torch.get_default_dtype(), torch.get_rng_state()
    yield
    torch.set_default_dtype(dtype)
    torch.set_rng_state(state)


def ran(
    experiment: Experiment, changes: Mapping[int, OptimizerSpec] | None = None
) -> tuple[dict[str, Any], float]:
    """Parameters at the end of the experiment's own run, and the loss there."""
    run = descend(experiment)
    event = next(run)
    last: StepsTaken | None = None
    wanted = experiment.optimizer
    while not isinstance(event, Finished):
        assert not isinstance(event, Failed | Diverged), event
        step = -1 if last is None else last.first + len(last.losses) - 1
        wanted = (changes or {}).get(step, wanted)
        ahead = [at for at in changes or {} if at > step]
        event = run.send(Allowance(min(ahead, default=10**9) - max(step, 0), 10.0, optimizer=wanted))
        if isinstance(event, Changed):
            event = run.send(Allowance(min(ahead, default=10**9) - step, 10.0))
        if isinstance(event, StepsTaken):
            last = event
    assert last is not None
    return experiment.split_row(last.parameters[-1]), float(last.losses[-1])


def same(experiment: Experiment, folder: Path, changes: Mapping[int, OptimizerSpec] | None = None) -> str:
    """Assert that the script leaves what the run leaves; returns the script."""
    text = script_of(experiment, words(), changes)
    path = folder / "script.py"
    path.write_text(text, encoding="utf-8")
    left = runpy.run_path(str(path))
    values, loss = ran(experiment, changes)
    for name, value in values.items():
        assert np.array_equal(left[name].detach().double().numpy(), value.astype("float64")), name
    assert left["loss"].item() == loss
    return text


def experiment(program: str = VALLEY, *specs: ParameterSpec, **settings: Any) -> Experiment:
    run = RunSpec(steps=settings.pop("steps", 30), **settings.pop("run", {}))
    return Experiment(program, specs or STARTS, run=run, **settings)


LESSONS = {each.id: resolved(each.experiment, words())[0] for each in lessons()}


def kind(made: Experiment) -> str:
    return check(made.program, words()).kind


@pytest.mark.parametrize("name", [n for n, e in LESSONS.items() if kind(e) == "objective" and not e.data])
def test_the_script_of_a_lesson_takes_its_steps_bit_for_bit(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = LESSONS[name]
    made = replace(made, run=replace(made.run, steps=min(made.run.steps, 3_000)))
    text = same(made, tmp_path)
    assert "gui_app" not in text
    assert f"step {made.run.steps}: loss" in capsys.readouterr().out


@pytest.mark.parametrize("name", [n for n, e in LESSONS.items() if kind(e) == "script"])
def test_a_lesson_that_is_a_script_stays_what_it_is(name: str, tmp_path: Path) -> None:
    """Plain Python prints what the lesson prints, or raises the same error at its end."""
    text = script_of(LESSONS[name], words())
    path = tmp_path / "script.py"
    path.write_text(text, encoding="utf-8")
    printed: list[str] = []
    failed = False
    for event in descend(LESSONS[name]):
        if isinstance(event, StepsTaken):
            printed += [each.text for each in event.printed]
        if isinstance(event, Failed | Diverged | Finished):
            failed = isinstance(event, Failed)
            break
    told = subprocess.run([sys.executable, "-I", str(path)], capture_output=True, text=True, check=False)
    assert (told.returncode != 0) == failed, told.stderr
    assert re.sub(r" object at 0x\w+", "", told.stdout).strip() == "".join(printed).strip()


PULL = OptimizerSpec("SGD", {"lr": 1e-3, "momentum": 0.9})


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name != "Muon"])
def test_every_optimizer(name: str, tmp_path: Path) -> None:
    same(experiment(optimizer=OptimizerSpec(name, {"lr": 1e-3})), tmp_path)


def test_muon_and_matrices(tmp_path: Path) -> None:
    spec = ParameterSpec("W", None, (3, 2), Distribution("uniform", -1.0, 1.0))
    same(experiment("(W**2).sum() + W[0, 0]", spec, optimizer=OptimizerSpec("Muon", {"lr": 0.1})), tmp_path)


@pytest.mark.parametrize("name", list(SCHEDULES))
@pytest.mark.parametrize("rule", ["SGD", "Adagrad", "LBFGS"])
def test_every_schedule(name: str, rule: str, tmp_path: Path) -> None:
    length = SCHEDULES[name].length
    settings = ({length: 20} if length else {}) | ({"max_lr": 1e-3} if name == "OneCycleLR" else {})
    schedule = ScheduleSpec(name, settings)
    same(experiment(optimizer=OptimizerSpec(rule, {"lr": 1e-3}, schedule=schedule)), tmp_path)


@pytest.mark.parametrize("way", ["norm", "value"])
@pytest.mark.parametrize("rule", ["SGD", "LBFGS"])
def test_clipping(way: str, rule: str, tmp_path: Path) -> None:
    same(experiment(optimizer=OptimizerSpec(rule, {"lr": 0.01}, clip=ClipSpec(way, 0.5))), tmp_path)


def test_what_was_changed_during_the_run(tmp_path: Path) -> None:
    faster = replace(PULL, settings={"lr": 2e-3, "momentum": 0.5})
    changes = {
        4: faster,
        9: OptimizerSpec("Adam", {"lr": 0.05}),
        15: OptimizerSpec("Adam", {"lr": 0.02}, schedule=ScheduleSpec("ExponentialLR", {"gamma": 0.9})),
    }
    text = same(experiment(optimizer=PULL), tmp_path, changes)
    assert re.findall(r"# Changed at step (\d+)", text) == ["4", "9", "15"]


@given(
    seed=st.integers(0, 2**63 - 1),
    dtype=st.sampled_from(["float32", "float64"]),
    keep=st.booleans(),
    start=st.floats(-3, 3),
    own=st.none() | st.integers(0, 99),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_seeds_types_and_accumulation(
    seed: int, dtype: str, keep: bool, start: float, own: int | None, tmp_path: Path
) -> None:
    torch.set_default_dtype(torch.float32)
    specs = (
        ParameterSpec("a", start),
        ParameterSpec("v", None, (4,), Distribution("normal", 0.5, 2.0, own)),
        ParameterSpec("u", None, (2, 4), Distribution("uniform", -1.0, 1.0)),
        ParameterSpec("c", (1.0, 2.0), requires_grad=False),
    )
    same(
        experiment(
            "h = tanh(u @ v + c)\n((h - a)**2).mean() + 0.01*v.square().sum()",
            *specs,
            run={"seed": seed, "dtype": dtype, "clear_gradients": keep},
            optimizer=OptimizerSpec("SGD", {"lr": 0.01}),
            steps=12,
        ),
        tmp_path,
    )


PROGRAMS = (
    "# a comment\nn = 3\nfor i in range(n):\n    x = x * cos(y)\nx**2 + y**2",
    "def f(a):\n    return a**2  # squared\n\nf(x) + f(y)",
    "z = x; w = y; z**2 + w**2",
    "p = [x, y]\nsum(p)**2 + max(x, y)",
    "v = stack([x, y])\nsum(v) + max(v) + v.norm() * sqrt(2)",
    "import torch.nn.functional as F\nF.softplus(x) + softplus(y)",
    "if x > 0:\n    s = x\nelse:\n    s = -x\ns * pi + y**2",
    "(x**2 +\n    # inside\n    y**2)",
    "noise = randn(5)\n(x * noise)[2]**2 + y**2",
    "w = dropout(stack([x, y]), 0.5)\n(w**2).sum() + x**2 + y**2",
    "'a remark'\nloss = x**2 + y**2",
)


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_of_all_kinds(program: str, tmp_path: Path) -> None:
    made = experiment(program, optimizer=OptimizerSpec("SGD", {"lr": 0.01}), steps=7)
    assert not check(program, words(), ["x", "y"]).faults
    same(made, tmp_path)


def test_parameters_that_the_text_declares_keep_their_line(tmp_path: Path) -> None:
    program = "import torch\ntorch.manual_seed(7)\nW = torch.randn(3, 2, requires_grad=True)\n((W - 1)**2).sum() + b**2"
    made = resolved(replace(experiment(program), parameters=()), words())[0]
    text = same(made, tmp_path)
    assert "\nW = torch.randn(3, 2, requires_grad=True)\n" in text
    assert text.count("W = torch.randn") == 1


def test_a_name_of_the_scripts_own_is_refused_in_words() -> None:
    with pytest.raises(ProgramError, match="called optimizer"):
        script_of(experiment("optimizer**2", ParameterSpec("optimizer")), words())


def test_it_runs_where_there_is_nothing_but_pytorch(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(script_of(LESSONS["C1"], words()), encoding="utf-8")
    told = subprocess.run([sys.executable, "-I", str(path)], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == "x: [[1.9984387159347534]]"
