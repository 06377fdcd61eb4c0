"""Where a number that is not finite came from: the first operation that made one out of finite ones."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gui_app.core.experiment import Experiment
from gui_app.core.fault import Fault, Span
from gui_app.core.graph import Graph, Node, TensorView
from gui_app.engine.devices import EngineError
from gui_app.engine.lenses.graph import graph_at
from gui_app.engine.lenses.remarks import named
from gui_app.engine.problem import Problem
from gui_app.engine.scripts import Pass, Script
from gui_app.language.errors import ProgramError
from gui_app.language.limits import StopFlag

HINTS: Mapping[str, str] = {
    "log": "A logarithm needs a number above 0.",
    "sqrt": "A root needs a number above 0; its slope at 0 is infinite.",
    "pow": "A power with a fraction needs a number above 0.",
    "div": "Does it divide by 0?",
    "reciprocal": "Does it divide by 0?",
    "exp": "The exponential of a number above 88 does not fit into float32.",
    "norm": "The slope of a norm is not defined at 0.",
}
"""By the beginning of the operation's name."""
OTHERWISE = "Try a smaller learning rate or another start."


class _FirstBad:
    """Hears every value of a traced program; keeps the first that is not finite."""

    def __init__(self) -> None:
        self.found: tuple[Tensor, Span] | None = None
        self.node = ""
        """The grad_fn that made it."""

    def on_value(self, value: object, span: Span) -> None:
        """An expression has this value."""
        if self.found is not None or not isinstance(value, Tensor) or not value.is_floating_point():
            return
        if not bool(torch.isfinite(value).all()):
            self.found = value.detach(), span
            self.node = "" if value.grad_fn is None else named(value.grad_fn.name()).short

    def on_name(self, name: str, value: object) -> None:
        """Names are of no interest."""


def origin(experiment: Experiment, row: NDArray[np.floating], stop: StopFlag, step: int = 0) -> Fault | None:
    """What first was not finite at the recorded row (columns,): a value, else a gradient; ``None`` if nothing is.

    ``step`` decides on the batch of the data. Where a parameter itself is not finite, the update before has done it,
    and no place of the program is named.
    """
    return origin_and_node(experiment, row, stop, step)[0]


def origin_and_node(
    experiment: Experiment, row: NDArray[np.floating], stop: StopFlag, step: int = 0
) -> tuple[Fault | None, str]:
    """The same with the name of the grad_fn that it came from; empty where there is none."""
    if not np.isfinite(row).all():
        return Fault("The last update was too large for the number format.", hint=OTHERWISE), ""
    try:
        problem = Problem(experiment, stop=stop, traced=True)
        problem.step = step
        problem.load(row)
        heard = _FirstBad()
        problem.listener = heard
        problem.value()
        problem.listener = None
        if heard.found is not None:
            return _of_value(*heard.found, experiment.program), heard.node
        return _in_backward(graph_at(problem, row), experiment.program)
    except (ProgramError, EngineError):
        return None, ""


def origin_in_script(experiment: Experiment, step: int, stop: StopFlag) -> Fault | None:
    """The first value of a script, up to backward pass ``step``, that is not finite; ``None`` if all are."""
    script, heard = Script(experiment, stop, traced=True), _FirstBad()
    script.on_value = heard.on_value

    def on_pass(_tensors: Sequence[Tensor], _gradients: Sequence[Tensor | None] | None, make: Pass) -> None:
        if heard.found is not None or script.step == step:
            raise _Enough
        make()

    script.on_pass = on_pass
    with suppress(_Enough, ProgramError):
        script.run()
    return None if heard.found is None else _of_value(*heard.found, experiment.program)


class _Enough(BaseException):
    """The script has come far enough."""


def _of_value(value: Tensor, span: Span, program: str) -> Fault:
    text = span.excerpt(program)
    return Fault(
        f"This is the first value that is not finite: {text} gives {_bad(value)}.", span, _hint(text)
    )


def _in_backward(graph: Graph, program: str) -> tuple[Fault | None, str]:
    """The first node, in the order of the backward pass, that made a gradient that is not finite, with its name."""
    into: dict[int, list[TensorView]] = {}
    for edge in graph.edges:
        if edge.gradient is not None:
            into.setdefault(edge.target, []).append(edge.gradient)
    for index in graph.order:
        node = graph.nodes[index]
        passed = [view for view in into.get(index, ()) if not np.isfinite(view.norm)]
        if passed and (node.gradient is None or np.isfinite(node.gradient.norm)):
            return _of_node(node, passed[0], program), node.name
    return None, ""


def _of_node(node: Node, passed: TensorView, program: str) -> Fault:
    text = f" of {node.span.excerpt(program)}" if node.span is not None else ""
    what = "NaN" if np.isnan(passed.norm) else "infinity"
    return Fault(
        f"The derivative{text} ({node.name}) is the first that gives {what}.", node.span, _hint(node.name)
    )


def _bad(value: Tensor) -> str:
    return "NaN" if bool(torch.isnan(value).any()) else "infinity"


def _hint(text: str) -> str:
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower())
    if "/" in text:
        words.append("div")
    return next((HINTS[word] for word in words if word in HINTS), OTHERWISE)
