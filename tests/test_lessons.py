"""The lessons: complete in both languages, and every number they promise comes out."""

from __future__ import annotations

from pathlib import Path

import pytest

from gui_app.commands.opening import in_line
from gui_app.commands.recording import record
from gui_app.commands.verify import outcomes, report
from gui_app.core.experiment import Experiment
from gui_app.core.lessons import LANGUAGES, SECTIONS, Check, Lesson
from gui_app.engine.vocabulary import words
from gui_app.files.errors import FileError
from gui_app.files.experiment import format_experiment, parse_experiment
from gui_app.files.lessons import lesson, lessons, read_lesson
from gui_app.language.compiler import check

IDS = [each.id for each in lessons()]
PARTS = (("A", 11), ("B", 7), ("C", 4))


def test_the_gallery_is_in_order() -> None:
    graph, gradients, descent = ([f"{part}{n}" for n in range(1, last + 1)] for part, last in PARTS)
    assert [*graph, *gradients, *descent, "Himmelblau", "Rosenbrock"] == IDS
    assert [len([each for each in lessons() if each.section == section]) for section in SECTIONS] == [
        11,
        7,
        4,
        2,
    ]


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
    result = record(each.experiment)
    fails = any(check.quantity == "error" for check in each.checks)
    assert result.stopped == ("failed" if fails else "finished")
    found = list(outcomes(each, result))
    assert len(found) == len(each.checks)
    assert all(outcome.holds for outcome in found), report(each, found)


@pytest.mark.parametrize("each", lessons(), ids=IDS)
def test_a_lesson_names_all_its_parameters(each: Lesson) -> None:
    """In the table, or in the text itself."""
    declared = {d.spec.name for d in check(each.experiment.program, words()).declared}
    others = tuple(spec for spec in in_line(each.experiment).parameters if spec.name not in declared)
    assert others == each.experiment.parameters


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
