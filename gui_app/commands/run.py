"""``gradarium run``: an experiment from its start to its end, as text, JSON or CSV."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from gui_app.commands.opening import opened
from gui_app.commands.recording import Record, record
from gui_app.core.columns import split
from gui_app.core.history import History
from gui_app.core.numbers import short
from gui_app.files.graph_json import plain_numbers
from gui_app.files.history_csv import write_history

MOST_LINES = 20
"""Elements of the parameters that are printed; all are in --json."""


def run(arguments: argparse.Namespace) -> int:
    """Run, then print or write what was asked for. Returns the exit code."""
    settings = list(arguments.set)
    if arguments.steps is not None:
        settings.append(f"run.steps={arguments.steps}")
    if arguments.device is not None:
        settings.append(f"run.device='{arguments.device}'")
    result = record(opened(arguments.experiment, settings), progress=True)
    if not arguments.json:
        print(*(line.text for line in result.console.lines), sep="", end="")
    # Printed first: it must not be lost where the file cannot be written.
    print(json.dumps(as_json(result), allow_nan=False) if arguments.json else as_text(result), flush=True)
    if arguments.history is not None and result.history.last >= 0:
        write_history(arguments.history, result.history)
    if result.fault is not None:
        print(f"gradarium: {result.fault}", file=sys.stderr)
    return 0 if result.stopped == "finished" else 1


def as_json(result: Record) -> dict[str, Any]:
    """The state at the last step, for other programs; nan and inf are text."""
    history = result.history
    data: dict[str, Any] = {"steps": max(history.last, 0), "loss": None, "parameters": {}, "gradients": {}}
    if history.last >= 0:
        data["loss"] = plain_numbers(float(history.losses[-1]))
        for key, row in (
            ("parameters", history.parameters(history.last)),
            ("gradients", history.gradients(history.last)),
        ):
            data[key] = {
                name: plain_numbers(array.tolist()) for name, array in split(history.columns, row).items()
            }
    if history.metrics:
        data["metrics"] = {name: plain_numbers(value) for name, value in metrics_of(history).items()}
    if result.console.lines:
        data["printed"] = "".join(line.text for line in result.console.lines)
    data |= {"loop_seconds": result.seconds, "device": result.device, "stopped": result.stopped}
    if result.fault is not None:
        data["message"] = str(result.fault)
    return data


def metrics_of(history: History) -> dict[str, float]:
    """What was found on all rows of the data, where they were evaluated last."""
    return {name: float(metric.values[-1]) for name, metric in history.metrics.items() if len(metric.values)}


def as_text(result: Record) -> str:
    """The state at the last step, to be read."""
    history = result.history
    title = result.experiment.title or "Untitled"
    if history.last < 0:
        return f"{title}: {result.stopped} before the first step"
    pace = f", {history.last / result.seconds:,.0f} steps/s" if result.seconds else ""
    head = f"{title}: {result.stopped} at step {history.last:,} on {result.device} ({result.seconds:.3g} s{pace})"
    rows = [("", "value", "gradient"), ("loss", short(history.losses[-1]), "")]
    rows += [(name, short(value), "") for name, value in metrics_of(history).items()]
    values, slopes = history.parameters(history.last).tolist(), history.gradients(history.last).tolist()
    rows += [
        (name, short(value), short(slope))
        for name, value, slope in zip(history.columns[:MOST_LINES], values, slopes, strict=False)
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [f"  {a:<{widths[0]}}  {b:>{widths[1]}}  {c:>{widths[2]}}".rstrip() for a, b, c in rows]
    if len(history.columns) > MOST_LINES:
        lines.append(f"  … and {len(history.columns) - MOST_LINES:,} more (--json prints all)")
    return "\n".join([head, *lines])
