"""Formulas of the table to mathematical notation: ``g * (a / c)`` becomes ∂L/∂c times the fraction a over c."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping

from gui_app.core.rules.formulas import is_sentence, parsed
from gui_app.core.rules.maths import (
    THIN,
    Big,
    Cases,
    Fence,
    Fraction,
    Maths,
    Root,
    Row,
    Script,
    Text,
    plain,
    row,
)
from gui_app.core.rules.quantities import (
    ATOM,
    COMPARE,
    GREEK,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    Piece,
    Quantity,
    written,
)

GAP = Text(THIN)
SPACE = Text(" ", "space")


def typeset(formula: str, known: Mapping[str, Quantity]) -> Maths:
    """The notation of a formula of the table; letters that are not in ``known`` stand for themselves."""
    if is_sentence(formula):
        return _sentence(formula.removeprefix(": "), known)
    return _write(parsed(formula), known).maths


def _sentence(text: str, known: Mapping[str, Quantity]) -> Maths:
    items: list[Maths] = []
    for word in re.findall(r"\{.*?\}[^\s{]*|[^\s{]+", text):
        items += [SPACE] if items else []
        inner, brace, rest = word.removeprefix("{").partition("}")
        if brace:
            items += [typeset(inner, known)] + ([Text(rest)] if rest else [])
        else:
            items.append(Text(word))
    return row(*items)


# From Python's tree to notation, one function a kind of node.

Known = Mapping[str, Quantity]
_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "≤",
    ast.Gt: ">",
    ast.GtE: "≥",
    ast.Eq: "=",
    ast.NotEq: "≠",
    ast.In: "∈",
}


def _write(node: ast.expr, known: Known) -> Piece:
    return _WRITERS[type(node)](node, known)


def _name(node: ast.Name, known: Known) -> Piece:
    if node.id in known:
        return known[node.id].piece
    name = GREEK.get(node.id, node.id)
    rank = 2 if len(name) == 1 and name.isupper() else 0
    return Piece(written(name, rank), rank=rank)


def _constant(node: ast.Constant, _known: Known) -> Piece:
    return Piece(Text(str(node.value)), number=True)


def _binary(node: ast.BinOp, known: Known) -> Piece:
    left, right = _write(node.left, known), _write(node.right, known)
    rank = max(left.rank, right.rank)
    match node.op:
        case ast.Add() | ast.Sub():
            sign = "+" if isinstance(node.op, ast.Add) else "−"
            after = right.maths if sign == "+" and right.level == SUM else right.within(PRODUCT)
            return Piece(row(left.within(SUM), Text(sign, "operator"), after), SUM, rank)
        case ast.Mult():
            return Piece(_product(node.left, left, right), PRODUCT, rank)
        case ast.Div():
            return Piece(Fraction(left.maths, right.maths), PRODUCT, rank)
        case ast.MatMult():
            return Piece(row(_factor(node.left, left), GAP, _factor(node.right, right)), PRODUCT, rank)
        case ast.Pow():
            return Piece(Script(left.within(ATOM), sup=right.maths), POWER, rank)
    raise KeyError(type(node.op).__name__)


def _product(first: ast.expr, left: Piece, right: Piece) -> Maths:
    """Element by element ⊙; a written number stands close to what it multiplies."""
    if isinstance(first, ast.Constant) and not right.number:
        return row(left.maths, GAP, right.within(PRODUCT))
    sign = "⊙" if left.rank and right.rank else "·"
    start = left.maths if left.level == SIGN else left.within(PRODUCT)
    return row(start, Text(sign, "operator"), right.within(ATOM if right.number else PRODUCT))


def _factor(node: ast.expr, piece: Piece) -> Maths:
    """A factor of a product of matrices; what is multiplied element by element goes in brackets."""
    mixed = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)
    return Fence("(", piece.maths, ")") if mixed else piece.within(PRODUCT)


def _unary(node: ast.UnaryOp, known: Known) -> Piece:
    body = _write(node.operand, known)
    return Piece(row(Text("−"), body.within(PRODUCT if not body.number else ATOM)), SIGN, body.rank)


def _compare(node: ast.Compare, known: Known) -> Piece:
    sides = [_write(side, known) for side in (node.left, *node.comparators)]
    items = [sides[0].maths]
    for op, side in zip(node.ops, sides[1:], strict=True):
        items += [Text(_COMPARE[type(op)], "relation"), side.maths]
    return Piece(row(*items), COMPARE, max(side.rank for side in sides))


def _both(node: ast.BoolOp, known: Known) -> Piece:
    word = "and" if isinstance(node.op, ast.And) else "or"
    items: list[Maths] = []
    for value in node.values:
        items += [_write(value, known).maths, Text(f" {word} ")]
    return Piece(row(*items[:-1]), COMPARE)


def _attribute(node: ast.Attribute, known: Known) -> Piece:
    body = _write(node.value, known)
    if isinstance(body.maths, Script) and body.maths.sup is not None:  # the inverse's transpose
        raised = Text(plain(body.maths.sup).removesuffix("1") + "T")
        return Piece(Script(body.maths.base, sup=raised), POWER, body.rank)
    return Piece(Script(body.within(ATOM), sup=Text("T")), POWER, body.rank)


def _element(node: ast.Subscript, known: Known) -> Piece:
    index = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    written_index = [_write(part, known).maths for part in index]
    apart = Text(",") if any(isinstance(part, Row) for part in written_index) else GAP
    items = [written_index[0]]
    for part in written_index[1:]:
        items += [apart, part]
    assert isinstance(node.value, ast.Name)
    owner = known.get(node.value.id) or Quantity(_name(node.value, known))
    return Piece(owner.at(row(*items)))


def _call(node: ast.Call, known: Known) -> Piece:
    assert isinstance(node.func, ast.Name)
    name = node.func.id
    if name in ("Sum", "Prod"):
        return _big("Σ" if name == "Sum" else "∏", node, known)
    if name == "where":
        return _cases(node, known)
    arguments = [_write(argument, known) for argument in node.args]
    rank = max((argument.rank for argument in arguments), default=0)
    if name in _FORMS:
        return _FORMS[name](arguments, rank)
    return _function(_CALLED.get(name, name), arguments, rank)


def _function(name: str, arguments: list[Piece], rank: int) -> Piece:
    """``sin a``, ``max(a, b)``: brackets where one short symbol does not do without."""
    style = "italic" if len(name) == 1 else "roman"
    head = _SUBSCRIPTED.get(name) or Text(name, style)  # type: ignore[arg-type]
    only = arguments[0]
    bare = len(arguments) == 1 and name in _PREFIX and only.level >= POWER and not only.number
    if bare:
        return Piece(row(head, GAP, only.maths), PRODUCT, rank)
    items: list[Maths] = [only.maths]
    for argument in arguments[1:]:
        items += [Text(", "), argument.maths]
    return Piece(row(head, Fence("(", row(*items), ")")), ATOM, rank)


def _big(symbol: str, node: ast.Call, known: Known) -> Piece:
    """``Sum(i, a[i])``, with several indices before the body, or a condition in place of the first."""
    *indices, body = node.args
    below: list[Maths] = []
    for index in indices:
        below += [GAP] * bool(below) + [_write(index, known).maths]
    inner = _write(body, known)
    return Piece(row(Big(symbol, row(*below)), inner.within(PRODUCT)), PRODUCT, 0)


def _cases(node: ast.Call, known: Known) -> Piece:
    rows: list[tuple[Maths, Maths]] = []
    rest: ast.expr = node
    rank = 0
    while isinstance(rest, ast.Call) and isinstance(rest.func, ast.Name) and rest.func.id == "where":
        condition, value, rest = rest.args
        piece = _write(value, known)
        rank = max(rank, piece.rank)
        rows.append((piece.maths, row(Text("if "), _write(condition, known).maths)))
    rows.append((_write(rest, known).maths, Text("otherwise")))
    return Piece(Cases(tuple(rows)), ATOM, rank)


Form = Callable[[list[Piece], int], Piece]


def _fenced(left: str, right: str, sub: str = "") -> Form:
    def form(arguments: list[Piece], rank: int) -> Piece:
        inside: Maths = Fence(left, arguments[0].maths, right)
        below = arguments[1].maths if len(arguments) > 1 else Text(sub) if sub else None
        return Piece(Script(inside, sub=below) if below else inside, ATOM, rank if left == "|" else 0)

    return form


def _raised(sup: str) -> Form:
    def form(arguments: list[Piece], rank: int) -> Piece:
        return Piece(Script(arguments[0].within(ATOM), sup=Text(sup)), POWER, rank)

    return form


def _cross(arguments: list[Piece], rank: int) -> Piece:
    left, right = (argument.within(PRODUCT) for argument in arguments)
    return Piece(row(left, Text("×", "operator"), right), PRODUCT, rank)


def _exponential(arguments: list[Piece], rank: int) -> Piece:
    return Piece(Script(Text("e", "italic"), sup=arguments[0].maths), POWER, rank)


def _outer(arguments: list[Piece], _rank: int) -> Piece:
    left, right = arguments
    return Piece(row(left.within(POWER), GAP, Script(right.within(ATOM), sup=Text("T"))), PRODUCT, 2)


_FORMS: dict[str, Form] = {
    "sqrt": lambda pieces, rank: Piece(Root(pieces[0].maths), ATOM, rank),
    "exp": _exponential,
    "expm": _exponential,
    "abs": _fenced("|", "|"),
    "norm": _fenced("‖", "‖"),
    "floor": _fenced("⌊", "⌋"),
    "ceil": _fenced("⌈", "⌉"),
    "inv": _raised("−1"),
    "pinv": _raised("+"),
    "cross": _cross,
    "outer": _outer,
}
_CALLED = {
    "log": "ln",
    "sign": "sgn",
    "trace": "tr",
    "sigmoid": "σ",
    "Phi": "Φ",
    "density": "φ",
    "digamma": "ψ",
}
_CALLED |= {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "gammaf": "Γ", "half": "Φ"}
_CALLED |= {"asinh": "arsinh", "acosh": "arcosh", "atanh": "artanh"}
_PREFIX = {"ln", "log2", "log10", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan"}
_PREFIX |= {"arsinh", "arcosh", "artanh", "det", "tr", "erf"}
_SUBSCRIPTED: dict[str, Maths] = {
    "log2": Script(Text("log"), sub=Text("2")),
    "log10": Script(Text("log"), sub=Text("10")),
    "i0": Script(Text("I", "italic"), sub=Text("0")),
    "i1": Script(Text("I", "italic"), sub=Text("1")),
}

_WRITERS: dict[type[ast.expr], Callable[..., Piece]] = {
    ast.Name: _name,
    ast.Constant: _constant,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.BoolOp: _both,
    ast.Attribute: _attribute,
    ast.Subscript: _element,
    ast.Call: _call,
}
