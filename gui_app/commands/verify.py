"""``gradarium verify``: the lessons are run, and everything that they promise is compared."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import shorten

from gui_app.commands.opening import in_line
from gui_app.commands.recording import Record, record
from gui_app.core.lessons import Check, Lesson
from gui_app.core.metric import Metric
from gui_app.core.numbers import full
from gui_app.core.runner import on_deep_stack
from gui_app.files.lessons import lesson, lessons


@dataclass(frozen=True, slots=True)
class Outcome:
    """A promised number or text and what came out."""

    check: Check
    obtained: float | str | None
    """``None``: there is no such thing."""

    @property
    def holds(self) -> bool:
        """Whether they agree."""
        return self.obtained is not None and self.check.holds(self.obtained)


def verify(arguments: argparse.Namespace) -> int:
    """Check the lessons named, or all; prints expected beside obtained. Returns the exit code."""
    chosen = [lesson(name) for name in arguments.ids] or lessons()
    total = wrong = 0
    for each in chosen:
        result = record(in_line(each.experiment), progress=True)
        found = list(outcomes(each, result))
        if result.fault is not None and not any(o.check.quantity == "error" for o in found):
            print(f"gradarium: {each.id}: {result.fault}", file=sys.stderr)
        if result.stopped == "interrupted":
            return 1
        print(report(each, found), flush=True)
        total += len(found)
        fails = any(check.quantity == "error" for check in each.checks)
        wrong += sum(not outcome.holds for outcome in found) + (
            result.stopped != ("failed" if fails else "finished")
        )
    count = f"{len(chosen)} {'lesson' if len(chosen) == 1 else 'lessons'}"
    print(f"{count}, {total} numbers: {f'{wrong} wrong' if wrong else 'all as they should be'}.")
    return 1 if wrong else 0


def report(each: Lesson, found: list[Outcome]) -> str:
    """A lesson's table of what is expected and what was obtained."""
    rows = [("quantity", "step", "expected", "obtained", "")]
    for outcome in found:
        check = outcome.check
        step = "last" if check.step is None else str(check.step)
        rows.append(
            (check.quantity, step, expected(check), told(outcome), "ok" if outcome.holds else "WRONG")
        )
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([f"{each.id} · {each.told_in('en').title}", *lines, ""])


def told(outcome: Outcome) -> str:
    """What was obtained, on one line; of a text that holds what it should, that."""
    obtained = outcome.obtained
    if isinstance(obtained, str):
        return (
            expected(outcome.check)
            if outcome.holds
            else shorten(obtained.replace("\n", " ⏎ "), 80, placeholder=" …")
        )
    return "nothing" if obtained is None else full(obtained)


def expected(check: Check) -> str:
    """The promised text, or number as it is compared: in full, in its decimals, or with what it may differ by."""
    if isinstance(check.value, str):
        return check.value.replace("\n", " ⏎ ")
    if check.rule == "digits":
        return f"{check.value:.{int(check.amount)}f}"
    if check.rule == "tolerance":
        return f"{full(check.value)} ± {check.amount:g}"
    return full(check.value)


def outcomes(each: Lesson, result: Record) -> Iterator[Outcome]:
    """What came of each check of a lesson."""
    for check in each.checks:
        yield Outcome(check, obtained(check, result))


def obtained(check: Check, result: Record) -> float | str | None:
    """What a check is about; ``None`` if the run has no such thing."""
    history = result.history
    step = history.last if check.step is None else check.step
    if check.quantity == "error":
        return None if result.fault is None else str(result.fault)
    if check.quantity == "printed":
        return "".join(line.text for line in result.console.lines if line.step <= max(step, 0))
    if not 0 <= step <= history.last:
        return None
    if check.quantity in history.metrics:
        return metric(history.metrics[check.quantity], step)
    kind, _, name = check.quantity.rpartition(" ")
    if kind == "value":
        return program_value(result, step, name)
    if kind == "nodes":
        return node_count(result, step, name)
    if name in ("loss", "steps"):
        return float(history.losses[step]) if name == "loss" else float(history.last)
    if name not in history.columns:
        return None
    row = history.gradients(step) if kind == "grad" else history.parameters(step)
    return float(row[history.columns.index(name)])


def metric(known: Metric, step: int) -> float | None:
    """The number at a step; ``None`` if nothing was evaluated there."""
    found = known.values[known.steps == step]
    return float(found[0]) if len(found) else None


def node_count(result: Record, step: int, name: str) -> float:
    """How many nodes of that name the graph of a step has."""
    from gui_app.engine.lenses.questions import Questions

    history, questions = result.history, Questions()

    def count() -> float:
        row, gradients = history.parameters(step), history.gradients(step)
        nodes = questions.graph(result.experiment, step, row, gradients).nodes
        return float(sum(node.name == name for node in nodes))

    try:
        return on_deep_stack(count)
    finally:
        questions.close()


def program_value(result: Record, step: int, name: str) -> float | None:
    """A variable of the program, or an element of it (``y[0]``), at a step."""
    from torch import Tensor

    from gui_app.engine.lenses.variables import variables

    match = re.fullmatch(r"(\w+)(?:\[([\d,]+)\])?", name)
    found = variables(result.experiment, step, result.history.parameters(step))
    value = found.get(match[1]) if match else None
    if match is None or not isinstance(value, Tensor | int | float):
        return None
    if isinstance(value, Tensor):
        index = tuple(map(int, match[2].split(","))) if match[2] else ()
        return value.detach()[index].item()
    return float(value)
