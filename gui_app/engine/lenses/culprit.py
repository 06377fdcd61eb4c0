"""Who changed in place what a gradient needs: the program is run again, traced, and watched for versions that rise."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from torch import Tensor

from gui_app.core.experiment import Experiment
from gui_app.core.fault import Fault, Span
from gui_app.engine import vocabulary
from gui_app.engine.problem import Problem
from gui_app.engine.scripts import Pass, Script
from gui_app.language.compiler import check
from gui_app.language.errors import ProgramError
from gui_app.language.limits import StopFlag
from gui_app.language.syntax import Text, parse, unix

_SAID = re.compile(r"\[\S+ \[([\d, ]*)\]\](?:, which is output \d+ of (\w+),)? is at version (\d+)")
"""What PyTorch says of the saved tensor: its shape, the node that made it, its version now."""


class _Versions:
    """Hears every value of a traced program; notes each place after which a memory has a higher version."""

    def __init__(self, source: str) -> None:
        self._known: dict[int, int] = {}
        self._in_place, self._of_items = _augmented(source), _of_items(source)
        self._named: dict[str, object] = {}
        self.changes: list[tuple[tuple[int, ...], int, Span]] = []
        """Shape, version and place."""
        self._line = 0

    def on_value(self, value: object, span: Span) -> None:
        """An expression has this value."""
        self._line = span.line
        self._look(value, span)

    def on_name(self, name: str, value: object) -> None:
        """``y += 1`` is heard of by its name alone, if there is no expression on its right."""
        self._named[name] = value
        spans = self._in_place.get(name, ())
        span = next((span for span in spans if span.line >= self._line), None)
        if span is not None:
            self._look(value, span)

    def close(self) -> None:
        """The program is over: ``y[0] = 1``, of which nothing is heard, is known by what ``y`` is then."""
        for name, spans in self._of_items.items():
            if len(spans) == 1:
                self._look(self._named.get(name), spans[0])

    def _look(self, value: object, span: Span) -> None:
        if not isinstance(value, Tensor):
            return
        memory, version = value.untyped_storage().data_ptr(), value._version
        if version > self._known.get(memory, version):
            self.changes.append((tuple(value.shape), version, span))
        self._known[memory] = version


def _augmented(source: str) -> dict[str, list[Span]]:
    """Where ``y += …`` and its kind stand, by the name that they change."""
    tree, _ = parse(source)
    text, found = Text(unix(source)), defaultdict[str, list[Span]](list)
    for node in ast.walk(tree) if tree is not None else ():
        span = text.of(node)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and span is not None:
            found[node.target.id].append(span)
    return found


def _of_items(source: str) -> dict[str, list[Span]]:
    """Where ``y[…] = …`` stands, by the name whose items it changes."""
    tree, _ = parse(source)
    text, found = Text(unix(source)), defaultdict[str, list[Span]](list)
    for node in ast.walk(tree) if tree is not None else ():
        span = text.of(node)
        for target in node.targets if isinstance(node, ast.Assign) else ():
            if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and span is not None:
                found[target.value.id].append(span)
    return found


def told(experiment: Experiment, error: ProgramError, stop: StopFlag) -> Fault:
    """The fault of ``error``; of a saved tensor that was changed in place, with the operation and line that did it."""
    found = _SAID.search(str(error.__cause__))
    if "inplace operation" not in str(error.__cause__) or found is None:
        return error.fault
    shape = tuple(int(size) for size in found[1].split(",") if size.strip())
    versions = _Versions(experiment.program)
    with suppress(ProgramError):
        _run(experiment, versions, stop)
    versions.close()
    for changed, version, span in reversed(versions.changes):
        if (changed, version) == (shape, int(found[3])):
            text = span.excerpt(experiment.program)
            saved = f"a value that {found[2]} has saved" if found[2] else "a value that the gradient needs"
            message = f"{text} in line {span.line} changes in place {saved}: it is at version {version} now."
            return replace(error.fault, message=message)
    return error.fault


def _run(experiment: Experiment, versions: _Versions, stop: StopFlag) -> None:
    if check(experiment.program, vocabulary.words()).kind == "objective":
        problem = Problem(experiment, stop=stop, traced=True)
        problem.listener = versions
        problem.value()
        return
    script = Script(experiment, stop, traced=True)
    script.on_value, script.on_name = versions.on_value, versions.on_name

    def on_pass(_tensors: Sequence[Tensor], _gradients: Sequence[Tensor | None] | None, make: Pass) -> None:
        make()

    script.on_pass = on_pass
    script.run()
