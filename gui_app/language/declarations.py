"""Parameters that a program's own text declares, as tutorials do: ``W = torch.randn(3, 2, requires_grad=True)``."""

from __future__ import annotations

import ast
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from gui_app.core.experiment import ExperimentError, ParameterSpec
from gui_app.core.fault import Span
from gui_app.language.folding import Unreadable, Value, bounded, fold
from gui_app.language.limits import MAX_SEQUENCE
from gui_app.language.networks import Network, network
from gui_app.language.programs import SEEDING
from gui_app.language.scopes import dotted, statements, targets
from gui_app.language.spelling import spelled
from gui_app.language.starts import start_of
from gui_app.language.syntax import Text, parse, unix

Way = Literal["argument", "call", "wrapper", "later"]
"""How gradients are asked for: ``requires_grad=True`` among the arguments, ``(…).requires_grad_()``, ``Parameter(…)``
or ``Variable(…)``, or a statement of its own."""
_WRAPPERS = ("Parameter", "nn.Parameter", "torch.nn.Parameter")
_VARIABLES = ("Variable", "autograd.Variable", "torch.autograd.Variable")
_READABLE = (
    "Use plain numbers in torch.tensor, zeros, ones, full, eye, arange, linspace, rand, randn or normal."
)


@dataclass(frozen=True, slots=True)
class Declared:
    """A parameter that the text declares."""

    spec: ParameterSpec
    """Where it starts; a seed or dtype of ``None`` is the run's."""
    span: Span
    """Where its start stands: what :func:`redeclared` replaces."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """One declaration in the tree: its statements, and what is known of it."""

    name: str
    statement: ast.Assign
    way: Way
    start: ast.expr
    """The expression that makes the tensor, without what asks for gradients."""
    tracked: bool
    later: ast.stmt | None = None
    """The statement of its own that asks for gradients."""
    spec: ParameterSpec | None = None
    fault: tuple[str, str] | None = None
    """Why it cannot be a parameter of an objective, and what to do."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the top level of a program declares, in order."""

    declarations: tuple[Declaration, ...] = ()
    networks: tuple[Network, ...] = ()
    seeds: tuple[ast.Constant, ...] = ()
    """The numbers in calls of torch.manual_seed."""

    @property
    def seed(self) -> int | None:
        """What the text seeds the random numbers with."""
        return int(str(self.seeds[0].value)) if self.seeds else None

    def declared(self, text: Text) -> tuple[Declared, ...]:
        """The readable ones in the order of the text, each name once."""
        found: dict[str, tuple[ParameterSpec, ast.Assign]] = {}
        parts: list[Declaration | Network] = [*self.declarations, *self.networks]
        for made in sorted(parts, key=lambda each: each.statement.lineno):
            specs = made.specs if isinstance(made, Network) else filter(None, (made.spec,))
            for spec in specs:
                found.setdefault(spec.name, (spec, made.statement))
        places = ((spec, text.of(statement.value)) for spec, statement in found.values())
        return tuple(Declared(spec, place) for spec, place in places if place is not None)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all parameters that the text declares, readable or not."""
        return (*(d.name for d in self.declarations), *(spec.name for n in self.networks for spec in n.specs))


def read(tree: ast.Module) -> Reading:
    """The declarations of a program. Only statements of the top level declare."""
    counts = Counter(_names_set(tree.body))
    names: dict[str, Value] = {}
    found: dict[ast.stmt, Declaration] = {}
    networks: list[Network] = []
    seeds: list[ast.Constant] = []
    room = MAX_SEQUENCE
    for index, statement in enumerate(tree.body):
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)]) if made := network(name, statement, names):
                room -= made.layer.filled if made.layer else 0
                fault = _refused(made, counts[name] > 1, room < 0)
                networks.append(replace(made, layer=None, fault=fault) if fault else made)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                declaration = _declaration(name, statement, tree.body[index + 1 :], names, counts, room)
                if declaration:
                    if declaration.spec and declaration.spec.value is not None:
                        room -= declaration.spec.size
                    found[statement] = _once(declaration, found.values())
                elif counts[name] == 1:
                    names |= _folded(name, value, names)
            case ast.Expr(value=ast.Call(func=func, args=[ast.Constant(value=int() as seed) as number])):
                if dotted(func) in SEEDING and 0 <= seed < 2**63:
                    seeds.append(number)
    return Reading(tuple(found.values()), tuple(networks), tuple(seeds))


def _refused(made: Network, twice: bool, large: bool) -> tuple[str, str] | None:
    """Why a network cannot be one of the program's, and what to do."""
    if twice:
        return f"{made.name} is declared twice.", "Give each network its own name."
    if large:
        message = f"With {made.name} too many weights start from one number: at most {MAX_SEQUENCE:,} may."
        return message, "Use fewer layers that normalise, or smaller ones."
    return made.fault


def late(tree: ast.Module, reading: Reading) -> Iterator[tuple[ast.stmt, str]]:
    """Statements that ask for gradients of something that the program has made before, with its name."""
    made = set(_names_set(tree.body))
    known = {declaration.later for declaration in reading.declarations}
    for statement in tree.body:
        name, tracked = _setter(statement)
        if name in made and tracked and statement not in known:
            yield statement, name


def _names_set(body: Sequence[ast.stmt]) -> Iterator[str]:
    for statement in statements(body):
        match statement:
            case ast.Assign(targets=several):
                yield from (name for target in several for name in targets(target))
            case ast.AugAssign(target=target) | ast.For(target=target):
                yield from targets(target)
            case ast.FunctionDef(name=name):
                yield name


def _folded(name: str, value: ast.expr, names: Mapping[str, Value]) -> dict[str, Value]:
    try:
        return {name: bounded(fold(value, names))}
    except Unreadable:
        return {}


def _once(declaration: Declaration, others: Iterable[Declaration]) -> Declaration:
    if all(other.name != declaration.name for other in others):
        return declaration
    fault = f"{declaration.name} is declared twice.", "Give each parameter its own name."
    return replace(declaration, spec=None, fault=fault)


def _declaration(
    name: str,
    statement: ast.Assign,
    rest: Sequence[ast.stmt],
    names: Mapping[str, Value],
    own: Mapping[str, int],
    room: int,
) -> Declaration | None:
    """What a statement declares, in at most ``room`` numbers; None if it is an ordinary one."""
    way, start, tracked, later = _asked(name, statement.value, rest)
    if way is None or (
        isinstance(start, ast.Call) and isinstance(start.func, ast.Name) and start.func.id in own
    ):
        return None
    declaration = Declaration(name, statement, way, start, tracked, later)
    try:
        made = start_of(start, names)
        if made.distribution is None and math.prod(max(size, 1) for size in made.shape) > room:
            raise Unreadable
        if not made.whole:
            spec = ParameterSpec(name, made.nested(), made.shape, made.distribution, made.dtype, tracked)
            return replace(declaration, spec=spec)
        fault = "Whole numbers cannot have a gradient.", _with_fraction(start)
    except (Unreadable, ExperimentError, OverflowError, ValueError):
        fault = f"The start of {name} cannot be read from the text.", _READABLE
    return replace(declaration, fault=fault) if tracked else None


def _with_fraction(start: ast.expr) -> str:
    parts = list(ast.walk(start))
    if any(isinstance(node, ast.keyword) and node.arg == "dtype" for node in parts):
        return "Write dtype=torch.float32."
    for node in parts:
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return f"Write {node.value}.0 instead of {node.value}."
    return "Write 1.0 for yes and 0.0 for no."


_Asked = tuple[Way | None, ast.expr, bool, ast.stmt | None]


def _asked(name: str, value: ast.expr, rest: Sequence[ast.stmt]) -> _Asked:
    """How a right side or a statement after it asks for gradients, and of what."""
    match value:
        case ast.Call(func=ast.Attribute(attr="requires_grad_", value=start)):
            return "call", start, _flag(value, True), None
        case ast.Call(func=func, args=[start, *_]) if dotted(func) in (*_WRAPPERS, *_VARIABLES):
            tracked = _flag(value, dotted(func) in _WRAPPERS)
            return ("wrapper" if tracked or _has_flag(value) else None), start, tracked, None
        case ast.Call() if _has_flag(value):
            return "argument", value, _flag(value, True), None
    for statement in rest:
        set_, tracked = _setter(statement)
        if set_ == name:
            return "later", value, tracked, statement
        if any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(statement)):
            break
    return None, value, False, None


def _has_flag(node: ast.Call) -> bool:
    return any(keyword.arg == "requires_grad" for keyword in node.keywords)


def _flag(node: ast.Call, default: bool) -> bool:
    """Whether a call asks for gradients; anything but a plain False does."""
    given = [keyword.value for keyword in node.keywords if keyword.arg == "requires_grad"]
    if isinstance(node.func, ast.Attribute) and node.func.attr == "requires_grad_":
        given += node.args
    return not (isinstance(given[0], ast.Constant) and given[0].value is False) if given else default


def _setter(statement: ast.stmt) -> tuple[str, bool]:
    """The name of which a statement asks for gradients (empty if it does not), and whether it wants them."""
    match statement:
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(attr="requires_grad_", value=ast.Name(id=name))) as call
        ):
            return name, _flag(call, True)
        case ast.Assign(
            targets=[ast.Attribute(attr="requires_grad", value=ast.Name(id=name))],
            value=ast.Constant(value=wanted),
        ):
            return name, bool(wanted)
    return "", False


# --- writing -------------------------------------------------------------------------------------------------------


def redeclared(source: str, spec: ParameterSpec) -> str:
    """``source`` with the start of the parameter of that name written anew; as it is, if it declares none such.

    A seed of the parameter's own cannot be written: it is left out.
    """
    source = unix(source)
    tree, _ = parse(source)
    found = [d for d in read(tree).declarations if d.spec and d.name == spec.name] if tree else []
    if not found:
        return source
    text, declaration = Text(source), found[0]
    edits = [(text.of(declaration.statement.value), _right_side(declaration, spec))]
    if declaration.later and declaration.tracked != spec.requires_grad:
        edits.append((text.of(declaration.later), f"{spec.name}.requires_grad_({_unless(spec)})"))
    return _edited(text.lines, edits)


def _right_side(declaration: Declaration, spec: ParameterSpec) -> str:
    prefix = "" if _is_bare(declaration.start) else "torch."
    value = declaration.statement.value
    if declaration.way == "argument":
        return spelled(spec, prefix, spec.requires_grad)
    start = spelled(spec, prefix)
    if declaration.way == "later":
        return start
    if declaration.way == "wrapper" and isinstance(value, ast.Call):
        wrapper = dotted(value.func)
        plain = spec.requires_grad and wrapper in _WRAPPERS
        return f"{wrapper}({start})" if plain else f"{wrapper}({start}, requires_grad={spec.requires_grad})"
    return f"{start}.requires_grad_({_unless(spec)})"


def _unless(spec: ParameterSpec) -> str:
    return "" if spec.requires_grad else "False"


def _is_bare(start: ast.expr) -> bool:
    """Whether the constructor in ``start`` is written without ``torch.``"""
    calls = [node for node in ast.walk(start) if isinstance(node, ast.Call)]
    return all(isinstance(call.func, ast.Name) or not dotted(call.func) for call in calls)


def reseeded(source: str, seed: int) -> str:
    """``source`` with another number in its torch.manual_seed; as it is, if there is none."""
    source = unix(source)
    tree, _ = parse(source)
    seeds = read(tree).seeds[:1] if tree else ()
    text = Text(source)
    return _edited(text.lines, [(text.of(number), str(seed)) for number in seeds])


def _edited(lines: Sequence[str], edits: Sequence[tuple[Span | None, str]]) -> str:
    """The text with the stretches replaced; given in order."""
    result = list(lines)
    for span, new in reversed(edits):
        assert span is not None
        first, last = result[span.line - 1][: span.column], result[span.end_line - 1][span.end_column :]
        result[span.line - 1 : span.end_line] = [first + new + last]
    return "\n".join(result)
