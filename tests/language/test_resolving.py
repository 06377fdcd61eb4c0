"""An experiment follows its program's text, and the text follows what is changed in a form."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gui_app.core.experiment import Distribution, Experiment, ParameterSpec, RunSpec
from gui_app.engine.vocabulary import words
from gui_app.language.resolving import resolved, written

OBJECTIVE = "torch.manual_seed(3)\nw = torch.randn(2, requires_grad=True)\n((w*k)**2).sum()"
SCRIPT = "w = torch.ones(2, requires_grad=True)\n(w**2).sum().backward()"
RANDOM = ParameterSpec("w", None, (2,), Distribution("normal"))


def names(experiment: Experiment) -> list[str]:
    return [spec.name for spec in experiment.parameters]


def test_declared_parameters_and_the_seed_follow_the_text() -> None:
    before = Experiment(OBJECTIVE, (ParameterSpec("k", 3.0), ParameterSpec("w", (5.0, 6.0), view=(0.0, 9.0))))
    after, checked = resolved(before, words())
    assert checked.faults == ()
    assert after.parameters == (replace(RANDOM, view=(0.0, 9.0)), ParameterSpec("k", 3.0))
    assert after.run.seed == 3
    assert resolved(after, words()) == (after, checked)
    assert resolved(after, words())[0] is after


def test_names_become_parameters_and_touched_ones_stay() -> None:
    after, _ = resolved(Experiment("a*b"), words())
    assert names(after) == ["a", "b"]
    touched = Experiment("a*c", (ParameterSpec("a"), ParameterSpec("b", 2.0), ParameterSpec("d")))
    assert names(resolved(touched, words())[0]) == ["a", "b", "c"]
    assert names(resolved(touched, words(), touched=["d"])[0]) == ["a", "d", "c"]
    assert names(resolved(touched, words(), touched=[])[0]) == ["a", "c"]


def test_a_script_has_the_declared_parameters_only() -> None:
    before = Experiment(SCRIPT, (ParameterSpec("k", 3.0), ParameterSpec("w", 1.0, reference=2.0)))
    after, checked = resolved(before, words())
    assert checked.kind == "script"
    assert after.parameters == (ParameterSpec("w", (1.0, 1.0)),)
    kept = replace(before, parameters=(ParameterSpec("w", (0.0, 0.0), reference=(1.0, 2.0)),))
    assert resolved(kept, words())[0].parameters == (ParameterSpec("w", (1.0, 1.0), reference=(1.0, 2.0)),)


@pytest.mark.parametrize("program", ["", "x = (", "for i in range(3):\n    a", "torch.foo(a)"])
def test_with_a_fault_nothing_changes(program: str) -> None:
    before = Experiment(program, (ParameterSpec("a", 3.0), ParameterSpec("b")))
    after, checked = resolved(before, words())
    assert after is before
    assert checked.faults


def test_without_the_vocabulary_nothing_changes() -> None:
    before = Experiment(OBJECTIVE)
    assert resolved(before, None)[0] is before


def test_more_than_an_experiment_holds_is_left_to_the_run() -> None:
    lines = [f"w{i} = torch.randn(3000, 3000, requires_grad=True)" for i in range(2)]
    before = Experiment("\n".join([*lines, "w0.sum() + w1.sum()"]))
    assert resolved(before, words())[0] is before


def test_the_text_follows_a_form() -> None:
    before, _ = resolved(Experiment(OBJECTIVE), words())
    changed = before.with_parameter(ParameterSpec("w", (1.0, 2.0)))
    changed = replace(changed, run=RunSpec(seed=8)).with_parameter(ParameterSpec("k", 5.0))
    after = written(before, changed)
    assert after.program == (
        "torch.manual_seed(8)\nw = torch.tensor([1.0, 2.0], requires_grad=True)\n((w*k)**2).sum()"
    )
    assert resolved(after, words())[0] == after


def test_what_has_not_changed_is_left_as_typed() -> None:
    before, _ = resolved(Experiment("w = torch.tensor( [ 1. ] ,requires_grad=True)\nw*k"), words())
    assert written(before, before.with_parameter(ParameterSpec("k", 2.0))).program == before.program
    assert written(before, replace(before, run=RunSpec(seed=9))).program == before.program
    assert written(before, before.with_parameter(ParameterSpec("new", 2.0))).program == before.program
