"""``gradarium verify``: the lessons are run, and every number that they promise is compared."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from gui_app.commands.recording import Record, record
from gui_app.core.fault import Span
from gui_app.core.lessons import Check, Lesson
from gui_app.core.numbers import full
from gui_app.files.lessons import lesson, lessons


@dataclass(frozen=True, slots=True)
class Outcome:
    """A promised number and what came out."""

    check: Check
    obtained: float | None
    """``None``: there is no such number."""

    @property
    def holds(self) -> bool:
        """Whether they agree."""
        return self.obtained is not None and self.check.holds(self.obtained)


def verify(arguments: argparse.Namespace) -> int:
    """Check the lessons named, or all; prints expected beside obtained. Returns the exit code."""
    chosen = [lesson(name) for name in arguments.ids] or lessons()
    total = wrong = 0
    for each in chosen:
        result = record(each.experiment, progress=True)
        if result.fault is not None:
            print(f"gradarium: {each.id}: {result.fault}", file=sys.stderr)
        if result.stopped == "interrupted":
            return 1
        found = list(outcomes(each, result))
        print(report(each, found), flush=True)
        total += len(found)
        wrong += sum(not outcome.holds for outcome in found) + (result.stopped != "finished")
    count = f"{len(chosen)} {'lesson' if len(chosen) == 1 else 'lessons'}"
    print(f"{count}, {total} numbers: {f'{wrong} wrong' if wrong else 'all as they should be'}.")
    return 1 if wrong else 0


def report(each: Lesson, found: list[Outcome]) -> str:
    """A lesson's table of expected and obtained numbers."""
    rows = [("quantity", "step", "expected", "obtained", "")]
    for outcome in found:
        check = outcome.check
        step = "last" if check.step is None else str(check.step)
        obtained = "nothing" if outcome.obtained is None else full(outcome.obtained)
        rows.append((check.quantity, step, expected(check), obtained, "ok" if outcome.holds else "WRONG"))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([f"{each.id} · {each.told_in('en').title}", *lines, ""])


def expected(check: Check) -> str:
    """The promised number as it is compared: in full, in its decimals, or with what it may differ by."""
    if check.rule == "digits":
        return f"{check.value:.{int(check.amount)}f}"
    if check.rule == "tolerance":
        return f"{full(check.value)} ± {check.amount:g}"
    return full(check.value)


def outcomes(each: Lesson, result: Record) -> Iterator[Outcome]:
    """What came of each check of a lesson."""
    for check in each.checks:
        yield Outcome(check, obtained(check, result))


def obtained(check: Check, result: Record) -> float | None:
    """The number that a check is about; ``None`` if the run has none such."""
    history = result.history
    step = history.last if check.step is None else check.step
    if not 0 <= step <= history.last:
        return None
    kind, _, name = check.quantity.rpartition(" ")
    if kind == "value":
        return program_value(result, step, name)
    if name in ("loss", "steps"):
        return float(history.losses[step]) if name == "loss" else float(history.last)
    if name not in history.columns:
        return None
    row = history.gradients(step) if kind == "grad" else history.parameters(step)
    return float(row[history.columns.index(name)])


class _Variables:
    """What the program's variables are worth."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}

    def on_value(self, value: object, span: Span) -> None:
        """Expressions without a name are of no interest."""

    def on_name(self, name: str, value: object) -> None:
        """The last assignment counts."""
        self.values[name] = value


def program_value(result: Record, step: int, name: str) -> float | None:
    """A variable of the program, or an element of it (``y[0]``), at a step."""
    from torch import Tensor

    from gui_app.engine.problem import Problem

    match = re.fullmatch(r"(\w+)(?:\[([\d,]+)\])?", name)
    problem = Problem(result.experiment, traced=True)
    problem.load(result.history.parameters(step))
    variables = _Variables()
    problem.listener = variables
    problem.value()
    value = variables.values.get(match[1]) if match else None
    if match is None or not isinstance(value, Tensor | int | float):
        return None
    if isinstance(value, Tensor):
        index = tuple(map(int, match[2].split(","))) if match[2] else ()
        return value.detach()[index].item()
    return float(value)
