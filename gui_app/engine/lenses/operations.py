"""Where the operations of a program stand in its text, what they are called and what goes into them."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from gui_app.core.fault import Span
from gui_app.language.names import BINARY, COMPARISONS, UNARY
from gui_app.language.scopes import assigned, dotted, targets
from gui_app.language.syntax import Text, parse, unix

Operand = str | Span | None
"""A name, the place of an inner operation, or something without a value of its own (a number)."""
NO_DATA = {"shape", "dtype", "device", "ndim", "requires_grad", "is_leaf", "grad", "grad_fn"}
"""Attributes that say something of a tensor but are not computed from its elements."""

MODULES = {"torch", "F", "nn", "math"}


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation in the text."""

    name: str
    """As it is typed: ``matmul``; of an operator the name that Python has for it."""
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Operations:
    """The operations of one text."""

    at: Mapping[Span, Operation] = field(default_factory=dict)
    unsure: frozenset[str] = frozenset()
    """Names that mean different things in different scopes: which is meant cannot be told from the name."""
    in_place: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    """Statements such as ``y += 1``, by the name that they change."""

    def changing(self, name: str, last: Span | None) -> Span | None:
        """The statement that has just changed ``name`` in place, ``last`` being what was evaluated last."""
        spans = self.in_place.get(name, ())
        if len(spans) > 1 and last is not None:
            spans = tuple(span for span in spans if span.holds(last.line, last.column)) or spans
        return spans[0] if len(spans) == 1 else None


@lru_cache(maxsize=8)
def operations(source: str) -> Operations:
    """The operations of a program; none where it cannot be read."""
    tree, _ = parse(source)
    if tree is None:
        return Operations()
    text = Text(unix(source))
    at: dict[Span, Operation] = {}
    in_place: dict[str, tuple[Span, ...]] = {}
    for node in ast.walk(tree):
        name, parts = _read(node)
        span = text.of(node) if name else None
        if span is None:
            continue
        at[span] = Operation(name, tuple(_operand(part, text) for part in _flat(parts)))
        if isinstance(node, ast.AugAssign):
            for target in targets(node.target):
                in_place[target] = (*in_place.get(target, ()), span)
    return Operations(at, _unsure(tree), in_place)


def _unsure(tree: ast.Module) -> frozenset[str]:
    count = Counter(assigned(tree.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            arguments = node.args
            names = {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
            count.update(names | assigned(node.body))
            count.update(names)  # its values are not told
        elif isinstance(node, ast.comprehension):
            count.update([*targets(node.target), *targets(node.target)])
    return frozenset(name for name, times in count.items() if times > 1)


def _read(node: ast.AST) -> tuple[str, list[ast.expr]]:
    """The name and the operands of an operation; no name for anything else."""
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            return BINARY[type(op)].strip("_"), [left, right]
        case ast.AugAssign(target=target, op=op, value=value):
            return BINARY[type(op)].strip("_"), [target, value]
        case ast.UnaryOp(op=op, operand=operand) if not isinstance(op, ast.Not):
            return UNARY[type(op)].strip("_"), [operand]
        case ast.Compare(left=left, ops=[op, *_], comparators=others):
            return COMPARISONS.get(type(op), "compare").strip("_"), [left, *others]
        case ast.Attribute(value=value, attr=attribute):
            return attribute, [] if attribute in NO_DATA else [value]
        case ast.Subscript(value=value, slice=index):
            return "index", [value, index]
        case ast.Call(func=ast.Attribute(value=owner, attr=name), args=args, keywords=keywords):
            method = dotted(owner).partition(".")[0] not in MODULES
            return name, [*([owner] if method else []), *args, *(keyword.value for keyword in keywords)]
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
            return name, [*args, *(keyword.value for keyword in keywords)]
    return "", []


def _operand(node: ast.expr, text: Text) -> Operand:
    if isinstance(node, ast.Name):
        return node.id
    return text.of(node) if _read(node)[0] else None


def _flat(parts: list[ast.expr]) -> Iterator[ast.expr]:
    """Parts with the items of lists and tuples among them."""
    for part in parts:
        if isinstance(part, ast.List | ast.Tuple):
            yield from _flat(part.elts)
        else:
            yield part
