"""The programs to insert: each is what its menu says, and gives PyTorch's own numbers."""

from __future__ import annotations

import contextlib
import io
import math
import re
from typing import Any

import pytest
import torch

from gui_app.commands.recording import record
from gui_app.core.experiment import Experiment, OptimizerSpec, RunSpec
from gui_app.core.resources import resource
from gui_app.engine import vocabulary
from gui_app.language.compiler import check
from gui_app.language.resolving import resolved
from gui_app.ui.editor.examples import EXAMPLES, example

ALL = [(kind, name) for kind, names in EXAMPLES.items() for name in names]


def finished(name: str) -> Any:
    """The record of the example at the settings of a new experiment."""
    fresh = Experiment(example(name).program, optimizer=OptimizerSpec("SGD", {"lr": 0.1}), run=RunSpec(50))
    return record(resolved(fresh, vocabulary.words())[0])


def test_every_file_is_in_the_menu_once() -> None:
    files = sorted(path.stem for path in resource("examples").glob("*.py"))
    assert files == sorted(name for _, name in ALL)
    titles = [example(name).title for _, name in ALL]
    assert len(set(titles)) == len(titles)
    assert all(title and title[0].isalpha() and not title.endswith(".") for title in titles)


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_an_example_is_of_its_kind(kind: str, name: str) -> None:
    checked = check(example(name).program, vocabulary.words())
    assert checked.faults == ()
    assert checked.kind == {"Objectives": "objective", "Scripts": "script"}[kind]
    assert checked.free_names == ()
    assert checked.declared
    assert all(len(line) <= 72 for line in example(name).program.split("\n"))


@pytest.mark.parametrize("name", EXAMPLES["Objectives"])
def test_an_objective_starts_where_pytorch_does_and_descends(name: str) -> None:
    result = finished(name)
    assert result.stopped == "finished"
    *lines, last = example(name).program.split("\n")
    names: dict[str, Any] = {"torch": torch}
    with torch.random.fork_rng(devices=[]):
        exec("\n".join([*lines, f"loss = {last}"]), names)
    names["loss"].backward()
    assert result.history.losses[0] == names["loss"].item()
    assert math.isfinite(result.history.losses[-1])
    assert result.history.losses[-1] < 0.2 * result.history.losses[0]
    trained = resolved(Experiment(example(name).program), vocabulary.words())[0].trained
    gradients = torch.cat([weight(names, spec.name).grad.flatten() for spec in trained])
    assert torch.equal(torch.tensor(result.history.gradients(0)), gradients)


def weight(names: dict[str, Any], name: str) -> Any:
    """A parameter as plain Python has it: ``net.0.weight`` is the network's own."""
    first, _, rest = name.partition(".")
    return names[first].get_parameter(rest) if rest else names[first]


@pytest.mark.parametrize("name", EXAMPLES["Scripts"])
def test_a_script_prints_what_pytorch_prints(name: str) -> None:
    result = finished(name)
    assert (result.stopped, result.fault) == ("finished", None)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(example(name).program, {})
    expected = re.sub(r"<(\w+) object at 0x\w+>", r"<\1>", said.getvalue())
    assert "".join(each.text for each in result.console.lines) == expected
    assert expected
