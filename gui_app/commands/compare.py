"""``gradarium compare``: an experiment with several optimizers or learning rates, as a table or CSV."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from gui_app.commands.opening import opened
from gui_app.core.comparison import Budget, CompareAsked, Comparison, Progress
from gui_app.core.contenders import (
    Contender,
    alike,
    each_learning_rate,
    each_momentum,
    each_optimizer,
    possible,
    terms,
)
from gui_app.core.experiment import Experiment, ExperimentError
from gui_app.core.measures import Measures, as_csv, budget_of, columns_of, goal_of, measures, ranked
from gui_app.core.numbers import short
from gui_app.core.optimizers import OPTIMIZERS
from gui_app.files.atomic import write_atomically
from gui_app.files.errors import FileError, nearest

ALL = "all"


def compare(arguments: argparse.Namespace) -> int:
    """Run, then print the table, the best first. Returns the exit code."""
    settings = list(arguments.set)
    if arguments.steps is not None:
        settings.append(f"run.steps={arguments.steps}")
    experiment = opened(arguments.experiment, settings)
    chosen = contenders(experiment, arguments)
    count = experiment.run.steps if arguments.evaluations is None else arguments.evaluations
    budget = Budget(count, "steps" if arguments.evaluations is None else "evaluations")
    comparison = compared(experiment, chosen, budget)
    branches = comparison.branches()
    goal, _ = goal_of(experiment, branches)
    rows = ranked([measures(branch, None, goal, arguments.below) for branch in branches], arguments.by)
    if rows:
        said = [budget_of(branches), *terms(experiment, [each.optimizer for each in chosen])]
        print("; ".join(said))
        print(as_text(rows, arguments.below), flush=True)
    if arguments.csv is not None:
        write_atomically(arguments.csv, as_csv(rows).encode())
    for trial in comparison.failed():
        print(f"gradarium: {trial.contender.label}: {trial.fault}", file=sys.stderr)
    return 0 if rows and comparison.is_over else 1


def contenders(experiment: Experiment, arguments: argparse.Namespace) -> list[Contender]:
    """Those that the arguments name; every optimizer if they name none. Raises FileError."""
    made: list[Contender] = []
    try:
        if arguments.learning_rates is not None:
            made += each_learning_rate(experiment, arguments.learning_rates or None)
        if arguments.momenta is not None:
            made += each_momentum(experiment, arguments.momenta)
        if arguments.optimizers is not None or not made:
            names = _names(experiment, arguments.optimizers or [ALL])
            made += each_optimizer(experiment, names, default_rates=arguments.default_rates)
    except ExperimentError as error:
        raise FileError(error.message, key=error.where) from error
    return [
        each
        for place, each in enumerate(made)
        if not any(alike(each.optimizer, other.optimizer) for other in made[:place])
    ]


def _names(experiment: Experiment, given: Sequence[str]) -> list[str]:
    """The optimizers that are named, ``all`` for all that can update the experiment's parameters."""
    if list(given) == [ALL]:
        return list(possible(experiment))
    for name in given:
        if name not in OPTIMIZERS:
            known = ", ".join(OPTIMIZERS)
            raise FileError(
                f"There is no such optimizer.{nearest(name, OPTIMIZERS)} Known: {known}.", key=name
            )
    return list(given)


def compared(experiment: Experiment, chosen: Sequence[Contender], budget: Budget) -> Comparison:
    """All runs to their budget; Ctrl-C ends them early with what was recorded. Raises as the engine does."""
    from gui_app.engine.lenses.questions import Questions

    asked = CompareAsked(experiment=experiment, contenders=tuple(chosen), budget=budget)
    comparison, questions = Comparison(asked), Questions()
    told = sys.stderr.isatty()
    try:
        parts = questions.answer(asked, lambda: False)
        for part in parts:  # type: ignore[attr-defined]
            assert isinstance(part, Progress)
            comparison.take(part)
            if told:
                print(f"\r\x1b[K{part.share:.0%}", end="", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("gradarium: Interrupted: the runs have taken different numbers of steps.", file=sys.stderr)
    finally:
        questions.close()
        if told:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    return comparison


def as_text(rows: Sequence[Measures], threshold: float) -> str:
    """The table to be read: numbers to the right, a dash where nothing is known."""
    columns = columns_of(rows)
    titles = [f"loss < {short(threshold)}" if each.key == "below" else each.title for each in columns]
    lines = [["run", "step", *titles]]
    for row in rows:
        numbers = [_said(each.get(row)) for each in columns]
        lines.append([row.label, f"{row.step:,}", *numbers])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    notes = ["", *(f"  {row.ended}" if row.ended else "" for row in rows)]
    return "\n".join(
        "  ".join([cells[0].ljust(widths[0]), *map(str.rjust, cells[1:], widths[1:])]) + note
        for cells, note in zip(lines, notes, strict=True)
    )


def _said(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else short(value)
