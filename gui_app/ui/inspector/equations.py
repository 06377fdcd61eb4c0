"""The rule of a node in mathematical notation, with the numbers of this step put in where they fit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gui_app.core.graph import Edge, TensorView
from gui_app.core.rules import Rule
from gui_app.core.rules.evaluation import agrees
from gui_app.core.rules.formulas import free, is_sentence, letters, parsed
from gui_app.core.rules.maths import Maths, Text, Tint, row
from gui_app.core.rules.notation import typeset
from gui_app.core.rules.quantities import (
    Quantity,
    derivative,
    gradient,
    matrix,
    number,
    number_maths,
    variable,
    written,
)
from gui_app.ui.inspector.figures import Equation
from gui_app.ui.inspector.subject import Operand, Subject, scalar

LARGEST = 4
"""Most rows and columns of a matrix that is put into a formula."""
_INVOLVED = re.compile(r"/|\*\*|\w\(")
"""What is not written out with whole matrices in it."""
MOST = 6
"""Most equations: a list of many inputs is not written out."""


def equations(subject: Subject) -> tuple[Equation, ...]:
    """What the node computes, and what it sends to each input; empty for an operation without a rule."""
    rule = subject.rule
    if rule is None:
        return ()
    named, numbers = _quantities(subject, rule)
    made = [_value(subject, rule, named, numbers)]
    for operand in subject.operands:
        edges = [e for e in subject.entering if e.slot == operand.slot and e.gradient is not None]
        tracked = operand.source is not None and subject.graph.nodes[operand.source].kind not in (
            "ghost",
            "saved",
        )
        if tracked and len(made) <= MOST:
            made.append(_flow(subject, rule, operand, edges[0] if edges else None, named, numbers))
    return tuple(made)


def accumulated(subject: Subject) -> tuple[Equation, ...]:
    """``x.grad = 8600 + 8600 = 17200`` at a node whose gradient comes from several places."""
    terms = [scalar(edge.gradient) for edge in subject.leaving if edge.gradient is not None]
    total = scalar(subject.node.gradient)
    known = [term for term in terms if term is not None]
    if total is None or len(known) != len(terms) or not 1 < len(terms) <= MOST:
        return ()
    items: list[Maths] = []
    for place, term in enumerate(known):
        sign = "−" if term < 0 else "+"
        items += [Text(sign, "operator")] if place else [Text("−")] if term < 0 else []
        items.append(number_maths(abs(term)))
    right = row(*items, Text("=", "relation"), Tint(number_maths(total), "upstream"))
    return (Equation(left_of_gradient(subject), (right,)),)


def left_of_gradient(subject: Subject) -> Maths:
    """``x.grad`` of a leaf, ∂L/∂y of anything else."""
    name = subject.name(subject.node)
    if subject.node.kind in ("leaf", "accumulate"):
        return row(written(name), Text(".grad"))
    return derivative(written(subject.loss), written(name if subject.node.label else subject.result))


Named = Mapping[str, Quantity]


def _quantities(subject: Subject, rule: Rule) -> tuple[Named, dict[str, NDArray[np.float64]]]:
    """By letter of the rule what is written for it, and its numbers where they are known and few."""
    loss, node = written(subject.loss), subject.node
    rank = len(node.shape or ())
    named: dict[str, Quantity] = {}
    numbers: dict[str, NDArray[np.float64]] = {}
    for place, letter in enumerate(rule.results):
        own = subject.result if place == 0 else letter
        wide = rank if place == 0 else 2 if letter.isupper() else 1
        named[letter] = variable(own, wide)
        named[f"g{place}"] = gradient(loss, written(own, wide), wide)
    named["g"] = named["g0"]
    for operand in subject.operands:
        literal = operand.literal
        named[operand.letter] = (
            variable(operand.name, operand.rank) if operand.name else number(literal or 0.0)
        )
        _learn(numbers, operand.letter, operand.value, literal)
    if len(rule.results) == 1:
        _learn(numbers, rule.results[0], node.value)
        _learn(numbers, "g", node.gradient)
    return named, numbers


def _learn(
    numbers: dict[str, NDArray[np.float64]],
    letter: str,
    view: TensorView | None,
    literal: float | None = None,
) -> None:
    elements = np.asarray(literal) if literal is not None else None if view is None else view.elements
    if (
        elements is not None
        and elements.ndim <= 2
        and elements.size
        and max(elements.shape, default=1) <= LARGEST
    ):
        numbers[letter] = elements


def _value(
    subject: Subject, rule: Rule, named: Named, numbers: Mapping[str, NDArray[np.float64]]
) -> Equation:
    tree = None if is_sentence(rule.formula) else parsed(rule.formula)
    if type(tree).__name__ == "Compare":  # the formula is an equation by itself: A = L Lᵀ
        left, right = (typeset(part, named) for part in rule.formula.split(" == "))
        return Equation(left, (right,))
    quantity = named[rule.results[0]]
    indices = free(rule.formula)
    left = quantity.at(_index(indices)) if indices else quantity.piece.maths
    recorded = None if subject.node.value is None else subject.node.value.elements
    return Equation(left, _rights(rule.formula, named, numbers, recorded))


def _flow(
    subject: Subject,
    rule: Rule,
    operand: Operand,
    edge: Edge | None,
    named: Named,
    numbers: Mapping[str, NDArray[np.float64]],
) -> Equation:
    indices = tuple(rule.indices(operand.slot).split()) if operand.rank or not rule.elementwise else ()
    own = written(operand.name, 0 if indices else operand.rank)
    left = derivative(
        written(subject.loss), Quantity(variable(operand.name).piece).at(_index(indices)) if indices else own
    )
    several = operand.source is not None and subject.fan_out[operand.source] > 1
    recorded = None if edge is None or edge.gradient is None else edge.gradient.elements
    rights = _rights(rule.flow(operand.slot), named, numbers, recorded)
    return Equation(left, rights, "+=" if several else "=")


def _rights(
    formula: str,
    named: Named,
    numbers: Mapping[str, NDArray[np.float64]],
    recorded: NDArray[np.float64] | None,
) -> tuple[Maths, ...]:
    """The formula, and below it the same in numbers with what they give, if it is what was recorded."""
    general = typeset(formula, named)
    few = (
        recorded is not None
        and recorded.ndim <= 2
        and recorded.size
        and max(recorded.shape, default=1) <= LARGEST
    )
    if not few or recorded is None or not agrees(formula, numbers, recorded):
        return (general,)
    used = [numbers[letter] for letter in letters(formula) if letter in numbers]
    if not _clear(formula, [one for one in used if one.size > 1]):
        return (general,)
    put = {
        letter: _written_out(numbers[letter], letter == "g")
        for letter in letters(formula)
        if letter in numbers
    }
    result = _written_out(recorded, False).piece.maths
    if formula in put:  # a letter alone: the numbers are the result
        return (general, result)
    return (general, row(typeset(formula, {**named, **put}), Text("=", "relation"), result))


def _clear(formula: str, arrays: list[NDArray[np.float64]]) -> bool:
    """Whether arrays may stand in a formula: not in fractions or functions, nor where they are repeated to fit."""
    if not arrays:
        return True
    repeated = len({one.shape for one in arrays}) > 1 and ("@" not in formula or "+" in formula)
    return not repeated and _INVOLVED.search(formula) is None


def _written_out(elements: NDArray[np.float64], tinted: bool) -> Quantity:
    if elements.size == 1:
        return number(float(elements.item()), tinted)
    made = matrix(elements.reshape(-1, 1).tolist() if elements.ndim == 1 else elements.tolist())
    return Quantity(replace(made.piece, maths=Tint(made.piece.maths, "upstream"))) if tinted else made


def _index(indices: tuple[str, ...]) -> Maths:
    parts: list[Maths] = []
    for name in indices:
        parts += [Text("\u2009")] * bool(parts) + [Text(name, "italic")]
    return row(*parts)
