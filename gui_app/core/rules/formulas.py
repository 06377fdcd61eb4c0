"""Reading the formulas of the table: their letters, their indices."""

from __future__ import annotations

import ast
import re
from functools import cache


def is_sentence(formula: str) -> bool:
    """Words with formulas in braces: ``: {g} in the shape of {a}``."""
    return formula.startswith(": ")


@cache
def parsed(formula: str) -> ast.expr:
    """The formula as a tree. Raises SyntaxError."""
    return ast.parse(formula, mode="eval").body


def letters(formula: str) -> set[str]:
    """The names in a formula, those of functions and indices left out."""
    parts = re.findall(r"\{(.*?)\}", formula) if is_sentence(formula) else [formula]
    found: set[str] = set()
    for part in parts:
        tree = parsed(part)
        functions = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
        found |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node not in functions}
    return found


def free(formula: str) -> tuple[str, ...]:
    """The indices of a formula that no sum runs over, in the order in which they come: its value is an element."""
    if is_sentence(formula):
        return ()
    tree = parsed(formula)
    bound = {
        name.id
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("Sum", "Prod")
        for index in call.args[:-1]
        for name in [index.left if isinstance(index, ast.Compare) else index]
        if isinstance(name, ast.Name)
    }
    indices = (
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        for part in ast.walk(node.slice)
        if isinstance(part, ast.Name) and not _is_owner(part, node.slice)
    )
    found = sorted({(part.col_offset, part.id) for part in indices if part.id not in bound})
    return tuple(dict.fromkeys(name for _, name in found))


def _is_owner(name: ast.Name, tree: ast.expr) -> bool:
    return any(isinstance(node, ast.Subscript) and node.value is name for node in ast.walk(tree))
