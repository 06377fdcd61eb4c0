"""``gradarium check``: whether experiments can be opened, compiled and evaluated, one line for each."""

from __future__ import annotations

import argparse
from pathlib import Path

from gui_app.commands.opening import in_line
from gui_app.core.events import Diverged, Failed, StepsTaken
from gui_app.core.experiment import Experiment
from gui_app.core.fault import Fault
from gui_app.core.runner import Allowance, on_deep_stack
from gui_app.files.errors import FileError
from gui_app.files.experiment import read_experiment
from gui_app.files.reading import read_text
from gui_app.files.toml import MOST_BYTES

SECONDS = 10.0
"""Longest that one evaluation may take."""


def check(arguments: argparse.Namespace) -> int:
    """Check every file; prints ``FILE: ok`` or what is wrong and where. Returns the exit code."""
    wrong = 0
    for name in arguments.files:
        problem = problem_of(Path(name))
        wrong += problem is not None
        print(f"{name}: ok" if problem is None else f"{name}:{problem}", flush=True)
    return 1 if wrong else 0


def problem_of(path: Path) -> str | None:
    """What is wrong with an experiment, `` message`` or ``LINE:COLUMN: message``; ``None`` if nothing is."""
    try:
        experiment = read_experiment(path)
        fault = on_deep_stack(lambda: evaluated(experiment))
    except FileError as error:
        return f" {error.key}: {error.message}" if error.key else f" {error.message}"
    if fault is None:
        return None
    told = " ".join(f"{fault.message} {fault.hint}".split())
    if fault.span is None:
        return f" {told}"
    line = fault.span.line + _lines_before(path, experiment)
    return f"{line}:{fault.span.column + 1}: {told}"


def evaluated(experiment: Experiment) -> Fault | None:
    """What goes wrong in one forward and backward pass from the start; of a script in its first."""
    from gui_app.engine.descent import descend
    from gui_app.language.limits import StopFlag

    stop = StopFlag(memory_mib=experiment.run.memory)
    run = descend(in_line(experiment), stop=stop)
    reason = f"The program takes longer than {SECONDS:g} s."
    try:
        with stop.within(SECONDS):
            for event in run:
                if isinstance(event, Failed):
                    return event.fault
                if isinstance(event, StepsTaken) and len(event.losses):
                    break
            ending = run.send(Allowance(0))
    except StopIteration:  # the run ends without a word where it is stopped
        return Fault(reason, hint="Let it do less.")
    finally:
        run.close()
    if isinstance(ending, Failed):
        return ending.fault
    if isinstance(ending, Diverged):
        return ending.origin or Fault(f"At the start {ending.what}.", hint="Choose another start.")
    return None


def _lines_before(path: Path, experiment: Experiment) -> int:
    """Lines of the file before the program's first; 0 where the file does not hold the program line by line."""
    lines, program = read_text(path, MOST_BYTES).splitlines(), experiment.program.splitlines() or [""]
    for first in range(len(lines) - len(program) + 1):
        found = lines[first : first + len(program)]
        if found[:-1] == program[:-1] and found[-1].startswith(
            program[-1]
        ):  # the closing quotes may follow it
            return first
    return 0
