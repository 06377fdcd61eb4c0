"""Which names a program sets, where, and what is known of their values before it runs."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from gui_app.language.names import Kind, Word, Words

MAX_PASSES = 20


@dataclass(slots=True)
class Scope:
    """The names of the program itself or of one function in it."""

    names: set[str]
    """Set somewhere in this scope."""
    seen: set[str]
    """Possibly set already, at the place that is being compiled."""
    kinds: dict[str, Kind] = field(default_factory=dict)
    parent: Scope | None = None
    loops: int = 0
    """Loops around the place that is being compiled."""

    def find(self, name: str) -> Scope | None:
        """The scope whose ``name`` is meant here; None if no scope sets it."""
        scope: Scope | None = self
        while scope and name not in scope.names:
            scope = scope.parent
        return scope

    def kind(self, name: str) -> Kind:
        """What is known of the value of a name."""
        scope = self.find(name)
        return scope.kinds.get(name, "any") if scope else "any"


def targets(node: ast.expr) -> Iterator[str]:
    """The names that an assignment to ``node`` sets."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Tuple | ast.List):
        for item in node.elts:
            yield from targets(item)


def statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """All statements of one scope: into blocks, not into functions."""
    for statement in body:
        yield statement
        if not isinstance(statement, ast.FunctionDef):
            for block in ("body", "orelse"):
                yield from statements(getattr(statement, block, ()))


def assigned(body: Iterable[ast.stmt]) -> set[str]:
    """The names that these statements set in their scope."""
    names: set[str] = set()
    for statement in statements(body):
        if isinstance(statement, ast.Assign):
            names.update(name for target in statement.targets for name in targets(target))
        elif isinstance(statement, ast.AugAssign | ast.For):
            names.update(targets(statement.target))
        elif isinstance(statement, ast.FunctionDef):
            names.add(statement.name)
    return names


def dotted(node: ast.expr) -> str:
    """``torch.nn.functional`` of such a chain of attributes; empty for any other expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join(reversed([*parts, node.id])) if isinstance(node, ast.Name) else ""


def _join(kind: Kind | None, other: Kind) -> Kind:
    """What is known of a value that is of one kind or of the other."""
    if kind in (None, other):
        return other
    return "any" if "any" in (kind, other) else "mixed"


class Kinds:
    """What is known of expressions: sound, so that ``tensor`` needs no check when the program runs."""

    def __init__(self, words: Words, unknown: Kind = "any") -> None:
        self._words = words
        self._unknown = unknown
        """Of names that nobody defines."""

    def learn(self, scope: Scope, body: Sequence[ast.stmt]) -> None:
        """Set ``scope.kinds``: of each name the kind that all its assignments share, parameters included.

        Passes over the assignments until one changes nothing; a pass also uses what it has found so far, so that
        a program in order needs two.
        """
        given = dict(scope.kinds)
        for _ in range(MAX_PASSES):
            before = dict(scope.kinds)
            found = dict(given)
            for name, kind in self._assignments(scope, body):
                if kind:
                    found[name] = _join(found.get(name), kind)
                    scope.kinds[name] = _join(before.get(name), found[name])
            scope.kinds = dict(found)
            if found == before:
                return
        scope.kinds = dict.fromkeys(scope.names, "any")

    def _assignments(self, scope: Scope, body: Iterable[ast.stmt]) -> Iterator[tuple[str, Kind | None]]:
        for statement in statements(body):
            if isinstance(statement, ast.Assign):
                for target in statement.targets:
                    alone = isinstance(target, ast.Name)
                    for name in targets(target):
                        yield name, self.of(statement.value, scope) if alone else "any"
            elif isinstance(statement, ast.AugAssign):
                for name in targets(statement.target):
                    yield (
                        name,
                        self._binary(scope.kinds.get(name), statement.op, self.of(statement.value, scope)),
                    )
            elif isinstance(statement, ast.For):
                counts = isinstance(statement.iter, ast.Call) and dotted(statement.iter.func) == "range"
                whole = counts and not scope.find("range") and isinstance(statement.target, ast.Name)
                for name in targets(statement.target):
                    yield name, "int" if whole else "any"
            elif isinstance(statement, ast.FunctionDef):
                yield statement.name, "any"

    def of(self, node: ast.expr, scope: Scope) -> Kind | None:
        """The kind of an expression; None while it hangs on a name that is still to be learnt."""
        match node:
            case ast.Constant(value=bool() | int()):
                return "int"
            case ast.Constant(value=float()):
                return "float"
            case ast.Name(id=name):
                return self._name(name, scope)
            case ast.BinOp(left=left, op=op, right=right):
                return self._binary(self.of(left, scope), op, self.of(right, scope))
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                return self.of(operand, scope)
            case ast.IfExp(body=body, orelse=orelse):
                kind, other = self.of(body, scope), self.of(orelse, scope)
                return _join(kind, other) if other else kind
            case ast.Subscript(value=value):
                kind = self.of(value, scope)
                return kind if kind in ("tensor", None) else "any"
            case ast.Call() | ast.Attribute():
                return self._result(node, scope)
        return "any"

    def _result(self, node: ast.Call | ast.Attribute, scope: Scope) -> Kind | None:
        word = self._word(node, scope)
        if word is None:
            return "any"
        if word.follows:
            first = self.of(node.args[0], scope) if isinstance(node, ast.Call) and node.args else "any"
            return first if first in ("float", "tensor", None) else "any"
        return word.result

    def _name(self, name: str, scope: Scope) -> Kind | None:
        owner = scope.find(name)
        if owner is None:
            return self._words.constants[name].result if name in self._words.constants else self._unknown
        return owner.kinds.get(name) if owner is scope else owner.kinds.get(name, "any")

    def _word(self, node: ast.Call | ast.Attribute, scope: Scope) -> Word | None:
        named = node.func if isinstance(node, ast.Call) else node
        name = dotted(named)
        if name and scope.find(name.partition(".")[0]):
            name = ""
        words = self._words
        if isinstance(node, ast.Call):
            if name in words.functions:
                return words.functions[name]
            if name and words.is_namespace(name.rpartition(".")[0]):
                return words.member(name)
            return words.methods.get(named.attr) if isinstance(named, ast.Attribute) else None
        return words.constants.get(name) or words.attributes.get(node.attr)

    def _binary(self, left: Kind | None, op: ast.operator, right: Kind | None) -> Kind | None:
        if left is None or right is None:
            return left or right
        pair = {left, right}
        if "any" in pair:
            return "any"
        if "tensor" in pair:
            return "tensor"
        if isinstance(op, ast.Pow | ast.MatMult):
            return "any"
        if "mixed" in pair:
            return "mixed"
        if isinstance(op, ast.Div):
            return "float"
        return "float" if "float" in pair else "int"
