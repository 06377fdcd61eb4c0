"""The lessons that travel with the program: ``ID.toml`` is an experiment, ``ID.lesson.toml`` beside it its story."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from gui_app.core.lessons import LANGUAGES, SECTIONS, Check, Lesson, LessonText, Rule
from gui_app.core.resources import resource
from gui_app.files.errors import FileError, nearest
from gui_app.files.experiment import read_experiment
from gui_app.files.reading import read_text
from gui_app.files.toml import MOST_BYTES, parse_toml
from gui_app.files.values import Convert, as_it_is, flag, number, read_table, text, whole

STORY = ".lesson.toml"
_TEXT: Mapping[str, Convert] = {"title": text, "summary": text, "text": text}
_TOP: Mapping[str, Convert] = {
    "section": text,
    "check": as_it_is,
    **dict.fromkeys(LANGUAGES, lambda table: LessonText(**read_table(table, _TEXT))),
}
_CHECK: Mapping[str, Convert] = {
    "quantity": text,
    "step": as_it_is,
    "value": number,
    "exact": flag,
    "digits": whole,
    "tolerance": number,
    "text": text,
}
_RULES: tuple[Rule, ...] = ("exact", "digits", "tolerance", "text")


@cache
def lessons() -> tuple[Lesson, ...]:
    """All lessons: by section, then by id."""
    folder = resource("lessons")
    found = [read_lesson(path) for path in folder.glob(f"*{STORY}")]
    sections = list(SECTIONS)
    return tuple(sorted(found, key=lambda each: (sections.index(each.section), _natural(each.id))))


def lesson(name: str) -> Lesson:
    """The lesson of that id, whatever its case. Raises FileError that lists the ids."""
    known = {each.id.casefold(): each for each in lessons()}
    if name.casefold() not in known:
        ids = [each.id for each in known.values()]
        like = nearest(name.upper(), ids)
        raise FileError(f"There is no file or lesson {name!r}.{like} Lessons: {', '.join(ids)}.")
    return known[name.casefold()]


def read_lesson(story: Path) -> Lesson:
    """The lesson that ``story`` tells, with the experiment beside it. Raises FileError."""
    identity = story.name.removesuffix(STORY)
    experiment = read_experiment(story.with_name(f"{identity}.toml"))
    try:
        found = read_table(parse_toml(read_text(story, MOST_BYTES)), _TOP)
        if found.get("section") not in SECTIONS:
            raise FileError(f"must be one of {', '.join(SECTIONS)}", key="section")
        texts = {language: found[language] for language in LANGUAGES}
        checks = tuple(_check(entry) for entry in found["check"])
    except FileError as error:
        raise error.at(story) from error
    except (KeyError, TypeError) as error:
        raise FileError(f"It is not complete: {error}.", path=story) from error
    return Lesson(identity, found["section"], texts, experiment, checks)


def _check(entry: Any) -> Check:
    found = read_table(entry, _CHECK, "check")
    step = found.get("step", "last")
    if step != "last":
        step = whole(step)
    rules = [rule for rule in _RULES if rule in found]
    if len(rules) != 1:
        raise FileError(f"give one of {', '.join(_RULES)}", key="check")
    rule = rules[0]
    return Check(
        found["quantity"],
        found["text"] if rule == "text" else found["value"],
        None if step == "last" else step,
        rule,
        float(found[rule]) if rule in ("digits", "tolerance") else 0.0,
    )


def _natural(name: str) -> tuple[tuple[bool, int, str], ...]:
    """A4 before A10."""
    parts = re.split(r"(\d+)", name.casefold())
    return tuple((part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts)
