"""The graph of a program that failed: what it had built until then, and the operation that raised."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from traceback import walk_tb

from torch import Tensor

from gui_app.core.fault import Fault
from gui_app.core.graph import Graph
from gui_app.engine.devices import EngineError
from gui_app.engine.lenses.assembly import Assembly
from gui_app.engine.lenses.flow import Flow
from gui_app.engine.lenses.internals import Slot, slot_of
from gui_app.engine.lenses.notes import Notes, Untracked
from gui_app.engine.lenses.operations import Operand
from gui_app.engine.lenses.walk import MOST_WITH_SAVED, Walk
from gui_app.language.syntax import FILENAME


def partial(notes: Notes, fault: Fault, error: BaseException) -> Graph:
    """What the program of ``notes`` had built when ``error``, explained by ``fault``, was raised.

    The node of kind ``failed`` is the operation at ``fault.span``; its operands enter it, as far as they are known.
    Of a program that ran to its end it is the backward pass of its last value. Raises ``error`` where there is too
    much to be shown.
    """
    notes.name_leaves()
    operation, known = notes.operation(fault.span), _locals(error.__cause__)
    name, operands = (operation.name, operation.operands) if operation else ("failed", ())
    if error.__cause__ is None:
        name, operands = "backward", (_last(notes, fault),)
    entering = ((place, _entering(notes, operand, known)) for place, operand in enumerate(operands))
    operand_values = tuple((place, value) for place, value in entering if value is not None)
    failing = Untracked(math.nan, name, span=fault.span, operands=operand_values)
    values = [*notes.tensors(), *known.values()]
    outputs = [value for value in values if isinstance(value, Tensor) and value.grad_fn is not None]
    try:
        assembly = Assembly(Walk(outputs, notes, MOST_WITH_SAVED), Flow(), {}, failing)
    except EngineError:
        raise error from None
    graph, mark = assembly.graph(fault), assembly.ids[failing]
    nodes = list(graph.nodes)
    nodes[mark] = nodes[mark]._replace(kind="failed", shape=None, dtype="", value=None, note=fault.message)
    return replace(graph, nodes=tuple(nodes), roots=(mark,))


def _last(notes: Notes, fault: Fault) -> Operand:
    """Where the last value stands: an operation, or a name."""
    if fault.span is None or notes.at(fault.span) is not None:
        return fault.span
    return fault.span.excerpt(notes.source)


def _locals(error: BaseException | None) -> Mapping[str, object]:
    """Names and values where a program raised, those of the innermost function first."""
    known: dict[str, object] = {}
    for frame, _ in walk_tb(error.__traceback__ if error is not None else None):
        if frame.f_code.co_filename == FILENAME:
            known |= frame.f_locals
    return known


def _entering(
    notes: Notes, operand: Operand, known: Mapping[str, object]
) -> Slot | Tensor | Untracked | None:
    """The value of an operand as it enters the failed operation; ``None`` if it is a number or not known."""
    if operand is None:
        return None
    name = operand if isinstance(operand, str) else ""
    value = known[name] if name in known else notes.at(operand)
    if isinstance(value, Tensor) and value.requires_grad:
        return value if value.grad_fn is None else slot_of(value)
    found = notes.untracked(value)
    if found is None and isinstance(value, Tensor):
        return Untracked(value, name or "constant", name, version=value._version)
    return found
