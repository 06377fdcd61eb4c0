"""The lessons: complete in both languages, and every number they promise comes out."""

from __future__ import annotations

from pathlib import Path

import pytest

from gui_app.commands.opening import with_free_names
from gui_app.commands.recording import record
from gui_app.commands.verify import outcomes, report
from gui_app.core.experiment import Experiment
from gui_app.core.lessons import LANGUAGES, SECTIONS, Check, Lesson
from gui_app.files.errors import FileError
from gui_app.files.experiment import format_experiment, parse_experiment
from gui_app.files.lessons import lesson, lessons, read_lesson

IDS = [each.id for each in lessons()]


def test_the_gallery_is_in_order() -> None:
    assert IDS == ["A4", "A5", "A6", "C1", "C2", "C3", "C4", "Himmelblau", "Rosenbrock"]
    assert [each.section for each in lessons()] == ["graph"] * 3 + ["descent"] * 4 + ["surfaces"] * 2


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
    assert result.stopped == "finished"
    found = list(outcomes(each, result))
    assert len(found) == len(each.checks)
    assert all(outcome.holds for outcome in found), report(each, found)


@pytest.mark.parametrize("each", lessons(), ids=IDS)
def test_a_lesson_names_all_its_parameters(each: Lesson) -> None:
    assert with_free_names(each.experiment) == each.experiment


def test_ids_have_no_case() -> None:
    assert lesson("c4") is lesson("C4")
    assert lesson("ROSENBROCK").id == "Rosenbrock"
    with pytest.raises(FileError, match=r"no file or lesson 'C44'.*Did you mean c4\?.*A4, A5"):
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
