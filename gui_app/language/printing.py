"""Formatted strings in ``print``: pieces that the word print writes one after the other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from gui_app.language.refusal import Refusal

if TYPE_CHECKING:
    from gui_app.language.calls import Calls

_SPEC = re.compile(r"[<>^]?[+]?0?\d{0,3}(\.\d{1,2})?[deEfgG%]?")


@runtime_checkable
class Single(Protocol):
    """What is asked of a tensor."""

    ndim: int

    def item(self) -> object:
        """Its one number."""


def is_formatted(node: ast.Call) -> bool:
    """Whether there is a formatted string among the arguments."""
    return any(isinstance(argument, ast.JoinedStr) for argument in node.args)


def pieces(calls: Calls, node: ast.Call) -> tuple[list[ast.expr], list[ast.keyword]]:
    """The arguments of a print with formatted strings: all in pieces, written without anything between them."""
    between: str | None = " "
    keywords = [ast.keyword("sep", ast.Constant(""))]
    for keyword in node.keywords:
        if keyword.arg == "sep":
            between = _text(keyword.value)
        else:
            keywords.append(ast.keyword(keyword.arg, calls.argument(keyword.value, strings=True)))
    if between is None:
        calls.fault(node, "What separates printed values must be a plain text here.", 'Write sep=", ".')
    made: list[ast.expr] = []
    for number, argument in enumerate(node.args):
        if number:
            made.append(ast.Constant(between))
        made += (
            _of_string(calls, argument)
            if isinstance(argument, ast.JoinedStr)
            else [calls.argument(argument, strings=True)]
        )
    return made, keywords


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _of_string(calls: Calls, node: ast.JoinedStr) -> Iterator[ast.expr]:
    for part in node.values:
        if not isinstance(part, ast.FormattedValue):
            yield part
            continue
        if part.conversion != -1:
            calls.fault(part, "Only a format may follow a value here.", "Write for example {x} or {x:.3f}.")
        spec = _spec(part.format_spec)
        if spec is None:
            calls.fault(
                part, "This format is not understood.", "Write for example {x:.3f}, {x:8.2e} or {x:5d}."
            )
        yield calls.formatted(part.value, spec or "")


def _spec(node: ast.expr | None) -> str | None:
    """The format as text; None if it is computed or odd."""
    match node:
        case None | ast.JoinedStr(values=[]):
            return ""
        case ast.JoinedStr(values=[ast.Constant(value=str() as spec)]) if _SPEC.fullmatch(spec):
            return spec
    return None


def formatted(value: object, spec: str) -> object:
    """What stands for a value in a formatted string. Raises Refusal where the format does not fit it."""
    if not isinstance(value, int | float) and isinstance(value, Single) and value.ndim == 0:
        value = value.item()
    if not spec:
        return value
    if not isinstance(value, int | float):
        raise Refusal("Only a single number can be written in a format.", "Leave the format out: {x}.")
    try:
        return format(value, spec)
    except ValueError as error:
        raise Refusal("This format is for whole numbers.", "Write for example {x:.3f}.") from error
