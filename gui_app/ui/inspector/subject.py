"""What the graph knows of one node: its neighbours, the letters and numbers that its rule is written with."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gui_app.core.graph import Edge, Graph, Node, TensorView
from gui_app.core.rules import Rule, rule_of
from gui_app.core.rules.quantities import GREEK

LONGEST = 10
"""Characters of a name that may stand in a formula."""
SPARE = "uvwpqrsthzxyabdefkαβγδζηθκμνξρτφχψω"
"""Letters to take where the rule's own are names of the program."""
SPARE_MATRICES = "XYZUVWPQRSTMNABDEFGH"
_NAME = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Operand:
    """An input of an operation."""

    slot: int
    letter: str
    """The rule's letter for it."""
    name: str
    """What is written for it: the program's name, a letter, or nothing where a number is known instead."""
    source: int | None = None
    """The node it comes from; ``None`` where it was not tracked."""
    value: TensorView | None = None
    literal: float | None = None
    """A number of the program's text."""
    rank: int = 0


class Subject:
    """A node among its neighbours. ``program`` is the typed text, if it is at hand."""

    def __init__(self, graph: Graph, node_id: int, program: str = "") -> None:
        self.graph, self.node = graph, graph.nodes[node_id]
        edges = [edge for edge in graph.edges if edge.target == node_id or edge.source == node_id]
        saved = [e for e in edges if e.target == node_id and graph.nodes[e.source].kind == "saved"]
        self.saved = saved
        self.entering = [e for e in edges if e.target == node_id and graph.nodes[e.source].kind != "saved"]
        self.leaving = [e for e in edges if e.source == node_id]
        self.excerpt = "" if self.node.span is None else self.node.span.excerpt(program, 200)
        self._program = program

    @cached_property
    def rule(self) -> Rule | None:
        """The rule of the operation, if the table has one."""
        return rule_of(self.node.name) if self.node.kind == "grad_fn" else None

    @cached_property
    def fan_out(self) -> Counter[int]:
        """By node: to how many places it passes its value, and so from how many its gradient comes."""
        sources = {edge.source for edge in self.entering}
        return Counter(edge.source for edge in self.graph.edges if edge.source in sources)

    def name(self, node: Node) -> str:
        """The program's name of a node; an AccumulateGrad goes by its leaf's, the unnamed by PyTorch's."""
        if node.kind == "accumulate":
            sources = (self.graph.nodes[e.source] for e in self.graph.edges if e.target == node.id)
            return next((leaf.label or leaf.name for leaf in sources if leaf.kind == "leaf"), node.name)
        return node.name if node.kind == "block" else node.label or node.name

    @cached_property
    def loss(self) -> str:
        """What is differentiated: the root by its name where that is short, else L."""
        roots = {self.name(self.graph.nodes[root]) for root in self.graph.roots}
        root = roots.pop() if len(roots) == 1 else ""
        short = root != "loss" and len(root) <= 2 and self._fits(root)
        return (
            root
            if short
            else next(letter for letter in ("L", "ℒ") if letter not in self._taken or letter == "ℒ")
        )

    @cached_property
    def result(self) -> str:
        """What is written for the node's own value."""
        return self._result

    @cached_property
    def operands(self) -> tuple[Operand, ...]:
        """The inputs by slot, tracked or not, as far as anything is known of them."""
        return self._operands

    # How names and letters are found

    @cached_property
    def _taken(self) -> set[str]:
        names = (node.label or node.name for node in self.graph.nodes if node.kind != "saved")
        return {name for name in names if len(name) <= 2}

    def _fits(self, name: str) -> bool:
        return len(name) <= LONGEST and _NAME.fullmatch(name) is not None

    def _own_name(self, node: Node) -> str:
        """The program's name, if it may stand in a formula."""
        name = self.name(node)
        named = node.label or node.kind in ("leaf", "accumulate")
        return (
            name
            if named and self._fits(name) and name not in ("leaf", node.name * (node.kind == "accumulate"))
            else ""
        )

    def _letter(self, wanted: str, used: set[str]) -> str:
        wanted = GREEK.get(wanted, wanted)
        spare = SPARE_MATRICES if wanted[0].isupper() else SPARE
        return next(
            (one for one in (wanted, *spare) if one not in used and one not in self._taken), f"{wanted}′"
        )

    @cached_property
    def _result(self) -> str:
        assert self.rule is not None
        return self._own_name(self.node) or self._letter(self.rule.results[0], {self.loss})

    @cached_property
    def _operands(self) -> tuple[Operand, ...]:
        rule = self.rule
        assert rule is not None
        tracked = {edge.slot: edge for edge in self.entering}
        many = max([*tracked, len(rule.inputs) - 1 if len(rule.back) > 1 or not tracked else 0])
        used, names = {self._result, self.loss}, dict[int, str]()
        literals = self._literals()
        found = []
        for slot in range(min(many, 11) + 1):
            edge = tracked.get(slot)
            operand = (
                self._tracked(rule, slot, edge, used, names)
                if edge
                else self._untracked(rule, slot, used, literals)
            )
            if operand is not None:
                used.add(operand.name)
                found.append(operand)
        return tuple(found)

    def _tracked(self, rule: Rule, slot: int, edge: Edge, used: set[str], names: dict[int, str]) -> Operand:
        source = self.graph.nodes[edge.source]
        value = source.value if edge.output == 0 else None
        name = names.get(source.id) or self._own_name(source) or self._letter(rule.input(slot), used)
        names[source.id] = name
        shape = edge.gradient.shape if edge.gradient is not None else source.shape
        return Operand(
            slot,
            rule.input(slot),
            name,
            source.id,
            value or self._saved_as(rule, slot),
            rank=len(shape or ()),
        )

    def _untracked(self, rule: Rule, slot: int, used: set[str], literals: list[float]) -> Operand | None:
        value = self._saved_as(rule, slot)
        number = literals.pop(0) if literals and value is None else None
        single = scalar(value)
        if value is None and number is None and (len(rule.back) <= slot or slot >= len(rule.inputs)):
            return None
        name = "" if number is not None or (value is not None and value.shape == () and single is not None) else (
            self._letter(rule.input(slot), used))  # fmt: skip
        literal = number if number is not None else single if not name else None
        return Operand(slot, rule.input(slot), name, None, value, literal, len(value.shape) if value else 0)

    def _saved_as(self, rule: Rule, slot: int) -> TensorView | None:
        """The value of an input that was saved for the backward pass."""
        wanted = rule.saved[slot] if slot < len(rule.saved) else ""
        nodes = (self.graph.nodes[edge.source] for edge in self.saved)
        return next((node.value for node in nodes if node.name == wanted and node.changed is None), None)

    def _literals(self) -> list[float]:
        """The plain numbers among the operands in the text: of ``x**2`` the 2."""
        try:
            tree = ast.parse(self.excerpt.removesuffix("…"), mode="eval").body
        except (SyntaxError, ValueError):
            return []
        match tree:
            case ast.BinOp(left=left, right=right):
                parts = [left, right]
            case ast.Call(args=args):
                parts = list(args)
            case _:
                parts = []
        return [number for part in parts if (number := _literal(part)) is not None]


def _literal(part: ast.expr) -> float | None:
    sign = 1.0
    if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.USub):
        part, sign = part.operand, -1.0
    plain = (
        isinstance(part, ast.Constant)
        and isinstance(part.value, int | float)
        and not isinstance(part.value, bool)
    )
    return sign * float(part.value) if plain else None  # type: ignore[attr-defined]


def scalar(view: TensorView | None) -> float | None:
    """The number of a tensor with a single known element."""
    elements = elements_of(view)
    return float(elements.item()) if elements is not None and elements.size == 1 else None


def elements_of(view: TensorView | None) -> NDArray[np.float64] | None:
    """The elements, if they are known."""
    return None if view is None else view.elements
