"""What an objective draws at random: what drops out, and data that are the same at every step and can be drawn once."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from gui_app.core.layers import MASKING
from gui_app.language.names import Words

MASKS = frozenset((*MASKING, *(name.lower() for name in MASKING if name.startswith("Dropout"))))
"""Words and layers that draw anew at every step."""


def drawing(words: Words) -> frozenset[str]:
    """The words that draw something which is the same at every step."""
    tables = (words.functions, words.methods, *words.namespaces.values())
    return frozenset(name for table in tables for name, word in table.items() if word.draws) - MASKS


def drawn_once(tree: ast.Module, draws: AbstractSet[str], known: AbstractSet[str]) -> list[ast.Assign]:
    """The assignments of the top level that draw, with those that they need; none if any draw stands elsewhere.

    ``known`` are parameters, networks and data: what depends on them is drawn at every step.
    """
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node) in draws]
    steady = _steady(tree, known)
    wanted: dict[str, ast.Assign] = {}
    for name, statement in steady.items():
        if any(part in calls for part in ast.walk(statement)):
            _need(name, steady, wanted)
    covered = {part for statement in wanted.values() for part in ast.walk(statement)}
    if not covered.issuperset(calls):
        return []
    return sorted(wanted.values(), key=lambda statement: statement.lineno)


def _called(call: ast.Call) -> str:
    func = call.func
    return func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""


def _need(name: str, steady: dict[str, ast.Assign], wanted: dict[str, ast.Assign]) -> None:
    """Add an assignment and all those whose names it uses."""
    if name in steady and name not in wanted:
        wanted[name] = steady[name]
        for used in _names(steady[name].value):
            _need(used, steady, wanted)


def _steady(tree: ast.Module, known: AbstractSet[str]) -> dict[str, ast.Assign]:
    """Assignments of the top level by name whose value is the same at every step, and never changed."""
    stored = Counter(
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )
    changed = {*_changed(tree), *known}
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    found: dict[str, ast.Assign] = {}
    moving = {*changed, *functions}
    for statement in tree.body:
        names = set(stored) - found.keys()
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                used = set(_names(value))
                masked = any(
                    isinstance(node, ast.Call) and _called(node) in MASKS for node in ast.walk(value)
                )
                if stored[name] == 1 and name not in moving and not masked and not used & (names | moving):
                    found[name] = statement
    return found


def _names(node: ast.expr) -> Iterator[str]:
    bound = {
        part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    }
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id not in bound:
            yield part.id


def _changed(tree: ast.Module) -> Iterator[str]:
    """Names whose values are changed in place."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr=method)) if method.endswith("_"):
                yield from _names(owner)
            case ast.Subscript(value=owner, ctx=ast.Store()) | ast.Attribute(value=owner, ctx=ast.Store()):
                yield from _names(owner)
            case ast.AugAssign(target=target):
                yield from (part.id for part in ast.walk(target) if isinstance(part, ast.Name))
