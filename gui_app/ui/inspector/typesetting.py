"""Mathematical notation to boxes: fractions, scripts, roots, sums, cases and matrices."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QPainterPath

from gui_app.core.rules.maths import (
    Big,
    Cases,
    Fence,
    Fraction,
    Maths,
    Matrix,
    Root,
    Row,
    Script,
    Text,
    Tint,
)
from gui_app.ui.inspector.boxes import Box, beside, grid, metrics, polyline, space, stroke, text_box

SMALL = 0.72
"""The size of a script against its base."""
LEAST = 10
"""Pixels below which scripts do not shrink further."""
SLASHED = 13
"""Pixels up to which a fraction is written with a slash."""
AROUND = {"operator": 0.24, "relation": 0.32}
"""Space on both sides of a sign, in em."""
_FACES = {"italic": "italic", "bold": "bold"}


def box_of(maths: Maths, pixels: int) -> Box:
    """The notation at a font size."""
    return _SETTERS[type(maths)](maths, pixels)


def lines_of(maths: Maths, pixels: int, width: float) -> list[Box]:
    """The notation in as many lines as it takes to stay within ``width``, broken before signs and at spaces."""
    items = [part for item in _items(maths) for part in _opened(item, pixels, width)]
    pieces: list[list[Maths]] = [[]]
    for item in items:
        if isinstance(item, Text) and item.style in ("operator", "relation", "space") and pieces[-1]:
            pieces.append([])
        pieces[-1].append(item)
    lines: list[list[Maths]] = [[]]
    room = width
    for piece in pieces:
        wide = box_of(Row(tuple(piece)), pixels).width
        if lines[-1] and wide > room:
            lines.append([])
            room = width
        lines[-1] += piece
        room -= wide
    return [box_of(Row(tuple(_begun(line))), pixels) for line in lines]


def _items(maths: Maths) -> tuple[Maths, ...]:
    return maths.items if isinstance(maths, Row) else (maths,)


def _opened(maths: Maths, pixels: int, width: float) -> tuple[Maths, ...]:
    """A bracket that is too wide for a line is taken apart, so that a line can be broken within it."""
    if not isinstance(maths, Fence) or box_of(maths, pixels).width <= width:
        return (maths,)
    inner = (part for item in _items(maths.body) for part in _opened(item, pixels, width))
    return (Text(maths.left), *inner, Text(maths.right))


def _begun(line: list[Maths]) -> list[Maths]:
    """A line does not begin with a space."""
    first = line[0] if line else None
    return line[1:] if isinstance(first, Text) and first.style == "space" else line


def axis(pixels: int) -> float:
    """Where the bar of a fraction lies, above the baseline."""
    return metrics("roman", pixels).xHeight() / 2


def _small(pixels: int) -> int:
    return max(min(LEAST, pixels), round(pixels * SMALL))


def _text(maths: Text, pixels: int) -> Box:
    if maths.style == "space":
        return space(pixels * 0.28)
    box = text_box(maths.text, _FACES.get(maths.style, "roman"), pixels)
    around = AROUND.get(maths.style, 0.0) * pixels
    return beside([space(around), box, space(around)]) if around else box


def _row(maths: Row, pixels: int) -> Box:
    return beside([box_of(item, pixels) for item in maths.items])


def _fraction(maths: Fraction, pixels: int) -> Box:
    if pixels <= SLASHED:
        return beside([_side(maths.top, pixels), text_box("/", "roman", pixels), _side(maths.bottom, pixels)])
    size = _small(pixels) if _tall(maths) else pixels
    size = max(LEAST, round(size * 0.92))
    top, bottom = box_of(maths.top, size), box_of(maths.bottom, size)
    middle, rule, gap = axis(pixels), max(1.0, pixels * 0.06), pixels * 0.14
    margin = pixels * 0.1
    width = max(top.width, bottom.width) + 2 * margin
    over, under = middle + gap + top.descent, -middle + gap + bottom.ascent
    marks = (
        *top.at((width - top.width) / 2, -over),
        *bottom.at((width - bottom.width) / 2, under),
        stroke(polyline([(margin / 2, -middle), (width - margin / 2, -middle)]), rule),
    )
    return beside(
        [
            space(pixels * 0.05),
            Box(width, over + top.ascent, under + bottom.descent, marks),
            space(pixels * 0.05),
        ]
    )


def _side(maths: Maths, pixels: int) -> Box:
    """One side of a slash, in brackets if it has several parts."""
    compound = isinstance(maths, Row) and any(
        isinstance(part, Text) and part.style == "operator" for part in maths.items
    )
    return box_of(Fence("(", maths, ")") if compound else maths, pixels)


def _tall(maths: Fraction) -> bool:
    """Whether there are fractions within it, so that it must be set smaller."""
    return any(_has_fraction(part) for part in (maths.top, maths.bottom))


def _has_fraction(maths: Maths) -> bool:
    match maths:
        case Fraction() | Matrix() | Cases():
            return True
        case Row(items):
            return any(map(_has_fraction, items))
        case Fence(_, body, _) | Root(body) | Tint(body, _):
            return _has_fraction(body)
    return False


def _script(maths: Script, pixels: int) -> Box:
    base, size = box_of(maths.base, pixels), _small(pixels)
    marks, width = list(base.marks), base.width
    ascent, descent = base.ascent, base.descent
    gap = pixels * 0.05
    if maths.sup is not None:
        sup = box_of(maths.sup, size)
        rise = max(base.ascent - pixels * 0.3, pixels * 0.34)
        rise = max(rise, sup.descent + axis(pixels) * 1.1)
        marks += sup.at(base.width + gap, -rise)
        width, ascent = base.width + 2 * gap + sup.width, max(ascent, rise + sup.ascent)
    if maths.sub is not None:
        sub = box_of(maths.sub, size)
        drop = max(base.descent + pixels * 0.05, pixels * 0.18)
        marks += sub.at(base.width + gap / 2, drop)
        width, descent = max(width, base.width + gap / 2 + sub.width), max(descent, drop + sub.descent)
    return Box(width, ascent, descent, tuple(marks))


def _root(maths: Root, pixels: int) -> Box:
    body = box_of(maths.body, pixels)
    gap, thick = pixels * 0.16, max(1.0, pixels * 0.06)
    hook = pixels * 0.6
    top = -(body.ascent + gap)
    foot = max(body.descent, pixels * 0.05)
    right = hook + body.width + pixels * 0.1
    marks = (
        stroke(
            polyline([(0.02 * pixels, foot - (foot - top) * 0.42), (hook * 0.28, foot - (foot - top) * 0.5)]),
            thick,
        ),
        stroke(polyline([(hook * 0.28, foot - (foot - top) * 0.5), (hook * 0.55, foot)]), thick * 1.7),
        stroke(polyline([(hook * 0.55, foot), (hook * 0.95, top), (right, top)]), thick),
        *body.at(hook, 0.0),
    )
    return Box(right + pixels * 0.06, -top + thick, foot + thick / 2, marks)


def _fence(maths: Fence, pixels: int) -> Box:
    body = box_of(maths.body, pixels)
    ends = [_end(maths.left, body, pixels), body, _end(maths.right, body, pixels)]
    return beside(ends)


def _end(sign: str, body: Box, pixels: int) -> Box:
    """A bracket as high as what it encloses: a letter where that will do."""
    if not sign:
        return space(0.0)
    plain = text_box(sign, "roman", pixels)
    if sign in "()[]" and body.ascent <= plain.ascent + 1 and body.descent <= plain.descent + 1:
        return plain
    middle = axis(pixels)
    half = max(body.ascent - middle, body.descent + middle, pixels * 0.5) + pixels * 0.06
    width = {"‖": 0.42, "|": 0.26}.get(sign, min(0.42, 0.26 + half / pixels * 0.06)) * pixels
    thick = max(1.0, pixels * 0.065)
    paths = _BRACKETS[sign](width, -middle - half, -middle + half)
    return Box(width, middle + half, half - middle, tuple(stroke(path, thick) for path in paths))


Paths = list[QPainterPath]


def _round(opens: bool) -> Callable[[float, float, float], Paths]:
    def paths(width: float, top: float, foot: float) -> Paths:
        near, far = (width * 0.85, width * 0.1) if opens else (width * 0.15, width * 0.9)
        path = QPainterPath()
        path.moveTo(near, top)
        path.cubicTo(far, top + (foot - top) * 0.28, far, top + (foot - top) * 0.72, near, foot)
        return [path]

    return paths


def _square(opens: bool, upper: bool = True, lower: bool = True) -> Callable[[float, float, float], Paths]:
    def paths(width: float, top: float, foot: float) -> Paths:
        near, far = (width * 0.8, width * 0.25) if opens else (width * 0.2, width * 0.75)
        points = [(near, top)] * upper + [(far, top), (far, foot)] + [(near, foot)] * lower
        return [polyline(points)]

    return paths


def _bars(count: int) -> Callable[[float, float, float], Paths]:
    def paths(width: float, top: float, foot: float) -> Paths:
        places = [width * (k + 1) / (count + 1) for k in range(count)]
        return [polyline([(x, top), (x, foot)]) for x in places]

    return paths


def _brace(width: float, top: float, foot: float) -> Paths:
    path, middle, bend = QPainterPath(), (top + foot) / 2, width * 0.5
    path.moveTo(width, top)
    path.quadTo(bend, top, bend, top + bend)
    path.lineTo(bend, middle - bend)
    path.quadTo(bend, middle, 0.0, middle)
    path.quadTo(bend, middle, bend, middle + bend)
    path.lineTo(bend, foot - bend)
    path.quadTo(bend, foot, width, foot)
    return [path]


_BRACKETS: dict[str, Callable[[float, float, float], Paths]] = {
    "(": _round(True), ")": _round(False), "[": _square(True), "]": _square(False), "|": _bars(1), "‖": _bars(2),
    "⌊": _square(True, upper=False), "⌋": _square(False, upper=False), "⌈": _square(True, lower=False),
    "⌉": _square(False, lower=False), "{": _brace,
}  # fmt: skip


def _big(maths: Big, pixels: int) -> Box:
    sign = text_box({"Σ": "∑"}.get(maths.symbol, maths.symbol), "roman", round(pixels * 1.35))
    below = box_of(maths.below, _small(pixels))
    shift = axis(pixels) - (sign.ascent - sign.descent) / 2  # centred on the axis
    width = max(sign.width, below.width)
    under = sign.descent - shift + below.ascent + pixels * 0.12
    marks = (*sign.at((width - sign.width) / 2, -shift), *below.at((width - below.width) / 2, under))
    box = Box(width, sign.ascent + shift, under + below.descent, marks)
    return beside([space(pixels * 0.08), box, space(pixels * 0.16)])


def _cases(maths: Cases, pixels: int) -> Box:
    rows = [
        [box_of(value, pixels), box_of(condition, pixels).tinted("muted")] for value, condition in maths.rows
    ]
    body = grid(rows, (pixels * 0.9, pixels * 0.3), "ll", axis(pixels))
    thick, width = max(1.0, pixels * 0.065), pixels * 0.5
    brace = tuple(stroke(path, thick) for path in _brace(width, -body.ascent, body.descent))
    return beside([Box(width, body.ascent, body.descent, brace), space(pixels * 0.25), body])


def _matrix(maths: Matrix, pixels: int) -> Box:
    size = max(LEAST, round(pixels * 0.9))
    rows = [[box_of(entry, size) for entry in line] for line in maths.rows]
    body = grid(rows, (pixels * 0.75, pixels * 0.3), "r" * len(rows[0]), axis(pixels))
    body = beside([space(pixels * 0.1), body, space(pixels * 0.1)])
    return beside([_end("[", body, pixels), body, _end("]", body, pixels)])


def _tint(maths: Tint, pixels: int) -> Box:
    return box_of(maths.body, pixels).tinted(maths.role)


_SETTERS: dict[type, Callable[..., Box]] = {
    Text: _text,
    Row: _row,
    Fraction: _fraction,
    Script: _script,
    Root: _root,
    Fence: _fence,
    Big: _big,
    Cases: _cases,
    Matrix: _matrix,
    Tint: _tint,
}
