"""What the operands of an operation are called in the text, and their shapes."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from gui_app.core.fault import Span
from gui_app.language.syntax import Text, parse, unix

_LONGEST = 40
_MOST_ITEMS = 4
"""Items of one list that are named."""

Operand = tuple[str, object]
"""Text and value."""


def operands(source: str, span: Span, values: Sequence[object]) -> tuple[Operand, ...]:
    """The operands of the operation at ``span``, with the values that its guard was called with."""
    tree, _ = parse(source)
    text = Text(unix(source))
    for node in ast.walk(tree) if tree else ():
        parts = _parts(node)
        if parts and text.of(node) == span:
            pairs = zip(parts, values, strict=False)
            return tuple(operand for part, value in pairs for operand in _named(part, value, text))
    return ()


def _named(node: ast.expr, value: object, text: Text) -> Iterator[Operand]:
    """One operand; a list of tensors by its items."""
    name = _short(text.segment(node))
    if not isinstance(value, list | tuple) or not value or _shape(value[0]) is None:
        yield name, value
    elif isinstance(node, ast.List | ast.Tuple):
        for part, item in zip(node.elts, value, strict=False):
            yield _short(text.segment(part)), item
    else:
        yield from ((f"{name}[{index}]", item) for index, item in enumerate(value[:_MOST_ITEMS]))


def _parts(node: ast.AST) -> Sequence[ast.expr]:
    """The operands of an operation, in the order in which its guard gets them."""
    match node:
        case ast.BinOp(left=left, right=right):
            return left, right
        case ast.AugAssign(target=target, value=value):
            return target, value
        case ast.Compare(left=left, comparators=[right]):
            return left, right
        case ast.UnaryOp(operand=operand):
            return (operand,)
        case ast.Subscript(value=value, slice=index):
            return value, index
        case ast.Attribute(value=value):
            return (value,)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="torch" | "F" | "nn" | "math")), args=args):
            return args
        case ast.Call(func=ast.Attribute(value=ast.Attribute(value=ast.Name(id="torch" | "nn"))), args=args):
            return args
        case ast.Call(func=ast.Attribute(value=value), args=args):
            return value, *args
        case ast.Call(args=args):
            return args
    return ()


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _shape(value: object) -> tuple[int, ...] | None:
    shape = getattr(value, "shape", None)
    return tuple(shape) if isinstance(shape, tuple) else None


def with_shapes(message: str, given: Sequence[Operand]) -> str:
    """``message`` with the shapes of the operands that have one."""
    said = [f"{text} has shape {shape}" for text, value in given if (shape := _shape(value)) is not None]
    return f"{message.rstrip('.')}: {' and '.join(said)}." if said else message
