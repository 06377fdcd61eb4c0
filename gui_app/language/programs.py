"""What kind of program a text is: an objective, or a script that does its own backward passes and updates."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Literal

from gui_app.language.scopes import dotted
from gui_app.language.syntax import parse

ProgramKind = Literal["objective", "script"]

SEEDING = ("torch.manual_seed", "manual_seed")


def kind_of(tree: ast.Module) -> ProgramKind:
    """A script does a backward pass, or has no last value; everything else is an objective."""
    return "script" if goes_back(tree) or _ends_without_value(tree.body) else "objective"


def goes_back(tree: ast.Module) -> bool:
    """Whether a backward pass is called anywhere."""
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(
        func.attr == "backward" if isinstance(func, ast.Attribute) else dotted(func) == "backward"
        for func in calls
    )


def names_in(source: str) -> frozenset[str]:
    """Every name that a program of that text reads or sets; none if it cannot be read."""
    tree = parse(source)[0]
    nodes = ast.walk(tree) if tree else ()
    return frozenset(node.id for node in nodes if isinstance(node, ast.Name))


def last_value(body: Sequence[ast.stmt]) -> tuple[int, ast.stmt] | None:
    """The last statement that does something, with its index."""
    for index in range(len(body) - 1, -1, -1):
        statement = body[index]
        if not isinstance(statement, ast.Import | ast.ImportFrom | ast.Pass) and not is_remark(statement):
            return index, statement
    return None


def is_remark(node: ast.stmt) -> bool:
    """A string that stands alone."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def name_set(node: ast.stmt) -> str | None:
    """The one name that an assignment sets, which is its value."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name), *_]) | ast.AugAssign(target=ast.Name(id=name)):
            return name
    return None


def is_seeding(node: ast.stmt) -> bool:
    """A call of torch.manual_seed that stands alone."""
    match node:
        case ast.Expr(value=ast.Call(func=func)):
            return dotted(func) in SEEDING
    return False


def _ends_without_value(body: Sequence[ast.stmt]) -> bool:
    found = last_value(body)
    if found is None:
        return False
    match found[1]:
        case ast.Return():
            return False
        case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name))):
            return name.endswith("_")
        case ast.Expr():
            return False
    return name_set(found[1]) is None
