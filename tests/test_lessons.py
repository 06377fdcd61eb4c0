"""The lessons: complete in both languages, and every number they promise comes out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gui_app.commands.opening import in_line
from gui_app.commands.recording import record
from gui_app.commands.verify import outcomes, report
from gui_app.core.experiment import Experiment
from gui_app.core.landscape import Axis
from gui_app.core.lessons import LANGUAGES, SECTIONS, Check, Lesson
from gui_app.engine.lenses.surface import landscape_at
from gui_app.engine.problem import Problem
from gui_app.engine.vocabulary import words
from gui_app.files.errors import FileError
from gui_app.files.experiment import format_experiment, parse_experiment
from gui_app.files.lessons import lesson, lessons, read_lesson
from gui_app.language.compiler import check

IDS = [each.id for each in lessons()]
PARTS = {"graph": ("A", 11), "gradients": ("B", 7), "descent": ("C", 4)}
DESCENT = ("C7", "D1", "D2", "D3", "D4")
SURFACES = (
    "Ackley",
    "Beale",
    "Booth",
    "Himmelblau",
    "Rastrigin",
    "Rosenbrock",
    "Saddle",
    "StyblinskiTang",
)


def test_the_gallery_is_in_order() -> None:
    by_section = {section: [each.id for each in lessons() if each.section == section] for section in SECTIONS}
    assert [name for section in SECTIONS for name in by_section[section]] == IDS
    for section, (part, last) in PARTS.items():
        assert by_section[section][:last] == [f"{part}{n}" for n in range(1, last + 1)]
    assert [name for name in by_section["descent"] if name in DESCENT] == list(DESCENT)
    assert by_section["surfaces"] == list(SURFACES)


@pytest.mark.parametrize(
    ("name", "element", "end"),
    [("D1", "x", 0.060466), ("D2", "x", 3.486784), ("D3", "x", 61.917364), ("D4", "x1", -0.057646)],
)
def test_the_learning_rates_of_a_textbook(name: str, element: str, end: float) -> None:
    """Dive into Deep Learning's numbers, to its printed digits but for the last one of float32."""
    result = record(lesson(name).experiment).history
    assert result.parameters(result.last)[result.columns.index(element)] == pytest.approx(end, abs=4e-5)


def test_an_adapting_step_size_is_faster() -> None:
    slow, fast = (record(lesson(name).experiment).history.losses for name in ("C3", "C7"))
    assert (fast <= slow[-1]).argmax() < 200
    assert fast[-1] < slow[-1]
    assert len(fast) * 50 < len(slow)


MINIMA = {
    "Ackley": 0.0,
    "Beale": 0.0,
    "Booth": 0.0,
    "Himmelblau": 0.0,
    "Rastrigin": 0.0,
    "Rosenbrock": 0.0,
    "StyblinskiTang": -78.332331,
}


@pytest.mark.parametrize("name", MINIMA)
def test_the_references_of_the_surfaces_are_minima(name: str) -> None:
    experiment = lesson(name).experiment
    at = {i: float(np.sum(spec.reference)) for i, spec in enumerate(experiment.trained)}
    there = replace(experiment.started_at(at), run=replace(experiment.run, steps=0, dtype="float64"))
    assert record(there).history.losses[0] == pytest.approx(MINIMA[name], abs=1e-5)
    # Nowhere in the shown rectangle is it lower.
    axes = tuple(Axis(i, *spec.view, 201) for i, spec in enumerate(experiment.trained) if spec.view)
    assert np.nanmin(landscape_at(Problem(experiment), None, axes).values) >= MINIMA[name] - 1e-4


@pytest.mark.parametrize("each", lessons(), ids=IDS)
def test_a_lesson_is_complete(each: Lesson) -> None:
    for language in LANGUAGES:
        told = each.texts[language]
        assert told.title
        assert "\n\n" in told.text
        assert "\n" not in told.summary
        assert told.summary.endswith((".", "。"))
        assert language in SECTIONS[each.section]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in each.texts["zh"].text)
    assert each.told_in("fr") is each.texts["en"]
    assert each.experiment.title == each.texts["en"].title
    assert each.checks
    assert parse_experiment(format_experiment(each.experiment)) == each.experiment


@pytest.mark.parametrize("each", lessons(), ids=IDS)
def test_every_promised_number_comes_out(each: Lesson) -> None:
    result = record(in_line(each.experiment))
    fails = any(check.quantity == "error" for check in each.checks)
    assert result.stopped == ("failed" if fails else "finished")
    found = list(outcomes(each, result))
    assert len(found) == len(each.checks)
    assert all(outcome.holds for outcome in found), report(each, found)


@pytest.mark.parametrize("each", lessons(), ids=IDS)
def test_a_lesson_names_all_its_parameters(each: Lesson) -> None:
    """In the table, or in the text itself; of a network's weights there may be some in the table too."""
    declared = {d.spec.name for d in check(each.experiment.program, words()).declared}
    given, used = each.experiment.parameters, in_line(each.experiment).parameters
    assert set(given) <= set(used)
    assert {spec for spec in used if spec.name not in declared} == {
        spec for spec in given if "." not in spec.name
    }


def test_ids_have_no_case() -> None:
    assert lesson("c4") is lesson("C4")
    assert lesson("ROSENBROCK").id == "Rosenbrock"
    with pytest.raises(FileError, match=r"no file or lesson 'C44'.*Did you mean C4\?.*A4, A5"):
        lesson("C44")


def test_the_rules_of_a_check() -> None:
    assert Check("x", 0.1).holds(0.10000000149011612)
    assert not Check("x", 0.1).holds(0.1000001)
    assert Check("x", -1.5, rule="digits", amount=2).holds(-1.4951)
    assert not Check("x", -1.5, rule="digits", amount=2).holds(-1.4949)
    assert Check("x", 1, rule="tolerance", amount=1e-3).holds(1.0009)
    assert not Check("x", 1, rule="tolerance", amount=1e-3).holds(1.0011)
    assert not Check("x", 1, rule="tolerance", amount=1e-3).holds(float("nan"))
    assert not Check("x", 1).holds(float("nan"))
    assert Check("printed", "203", rule="text").holds("tensor(203)\n")
    assert not Check("printed", "204", rule="text").holds("tensor(203)\n")


STORY = """\
section = "graph"
check = [{ quantity = "loss", value = 1, exact = true }]
[en]
title = "t"
summary = "s"
text = "x"
[zh]
title = "t"
summary = "s"
text = "x"
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"graph"', '"grahp"', "one of graph"),
        ("exact = true", "exact = true, digits = 1", "give one of"),
        (", exact = true", "", "give one of"),
        ("value = 1, ", "", "not complete"),
        ("[zh]", "[de]", "no such key"),
        ('text = "x"\n[zh]', "[zh]", "not complete"),
        ("quantity", "quality", "Did you mean quantity"),
    ],
)
def test_a_story_that_is_wrong(tmp_path: Path, old: str, new: str, words: str) -> None:
    story = tmp_path / "L.lesson.toml"
    (tmp_path / "L.toml").write_text(format_experiment(Experiment("x")))
    story.write_text(STORY)
    assert read_lesson(story).checks == (Check("loss", 1.0),)
    story.write_text(STORY.replace(old, new))
    with pytest.raises(FileError, match=words):
        read_lesson(story)
