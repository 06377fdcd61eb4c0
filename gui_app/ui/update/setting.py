"""Blocks set on a sheet of a given width: what is painted where, and where which letter stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF

from gui_app.core.rules.maths import Maths, Text, Tint, plain
from gui_app.core.update_formulas.symbols import SYMBOLS
from gui_app.ui.inspector.boxes import Box, Glyphs, Mark, beside, grid, space
from gui_app.ui.inspector.figures import Equation, Figure
from gui_app.ui.inspector.typesetting import LEAST, axis, box_of, lines_of
from gui_app.ui.style import font
from gui_app.ui.theme import GRID
from gui_app.ui.update.writing import Block, Grid, Heading, Picture, Remark, Result

MARGIN = 1.5 * GRID
LINE_GAP = 5.0
"""Pixels between the lines of one block."""
REMARK = 0.86
"""Size of a remark against that of the formulas."""
BAND = 6.0
"""Pixels around the result."""


class Area(NamedTuple):
    """What a block is set in: the size of its letters, the room, and where the signs of equations stand."""

    pixels: int
    width: float
    indent: float


@dataclass
class Placed:
    """A block with its place on the sheet, in pixels."""

    where: QRectF
    text: str
    """What is copied for it."""
    box: Box
    zones: list[tuple[QRectF, str]] = field(default_factory=list)
    """Where which letter stands."""
    figure: tuple[Figure, QRectF] | None = None
    is_result: bool = False


def placed(blocks: Sequence[Block], pixels: int, width: float) -> list[Placed]:
    """All blocks below each other, their equations aligned at the signs."""
    room = width - 2 * MARGIN
    lefts = [box_of(equation.left, pixels).width for equation in _equations(blocks)]
    area = Area(pixels, room, min(max(lefts, default=0.0), room / 3))
    y, made = MARGIN, list[Placed]()
    for place, block in enumerate(blocks):
        gap = _gap(blocks[place - 1], block) if place else 0.0
        each = _SETTERS[type(block)](block, area)
        y += gap + (BAND if each.is_result else 0.0)
        made.append(_moved(each, MARGIN, y))
        y = made[-1].where.bottom() + (BAND if each.is_result else 0.0)
    return made


def _gap(above: Block, block: Block) -> float:
    """Pixels between two blocks: what a heading stands over is close to it."""
    return 1.0 * GRID if isinstance(above, Heading) else _GAPS.get(type(block), 1.75 * GRID)


def _equations(blocks: Sequence[Block]) -> list[Equation]:
    found = (block.equation if isinstance(block, Result) else block for block in blocks)
    return [block for block in found if isinstance(block, Equation)]


def _moved(each: Placed, x: float, y: float) -> Placed:
    box = each.box._replace(marks=each.box.at(x, y))
    figure = each.figure and (each.figure[0], each.figure[1].translated(x, y))
    return Placed(
        each.where.translated(x, y), each.text, box, _zones(box.marks), figure, is_result=each.is_result
    )


def _zones(marks: Sequence[Mark]) -> list[tuple[QRectF, str]]:
    """Marks of one letter that follow each other are one place to point at."""
    found = []
    for role, group in groupby(marks, lambda mark: mark.role):
        if role in SYMBOLS:
            where = QRectF()
            for mark in group:
                where = where.united(_extent(mark))
            found.append((where, role))
    return found


def _extent(mark: Mark) -> QRectF:
    if isinstance(mark, Glyphs):
        measure = QFontMetricsF(mark.font)
        ink = measure.tightBoundingRect(mark.text)
        return QRectF(mark.x, mark.y + ink.top(), measure.horizontalAdvance(mark.text), ink.height())
    return mark.path.boundingRect().translated(mark.x, mark.y).adjusted(0, -1, 0, 1)


# One function for each kind of block: set with its upper left corner at the origin.


def _stacked(lines: Sequence[Box]) -> Box:
    """Lines below each other, the baseline at the very top."""
    y, marks = 0.0, list[Mark]()
    for place, line in enumerate(lines):
        y += LINE_GAP if place else 0.0
        marks += line.at(0.0, y + line.ascent)
        y += line.height
    return Box(max((line.width for line in lines), default=0.0), 0.0, y, tuple(marks))


def _block(box: Box, text: str, *, is_result: bool = False) -> Placed:
    return Placed(QRectF(0.0, 0.0, box.width, box.height), text, box, is_result=is_result)


def _heading(block: Heading, area: Area) -> Placed:
    """In the font of the window."""
    face = font("small", bold=True)
    measure = QFontMetricsF(face)
    text = measure.elidedText(block.text, Qt.TextElideMode.ElideRight, area.width)
    glyphs = Glyphs(text, face, 0.0, measure.ascent(), "muted")
    return _block(Box(measure.horizontalAdvance(text), 0.0, measure.height(), (glyphs,)), block.text)


def _equation(block: Equation, area: Area) -> Placed:
    return _block(_stacked(_lines(block, area)), block.plain())


def _result(block: Result, area: Area) -> Placed:
    return _block(_stacked(_lines(block.equation, area)), block.equation.plain(), is_result=True)


def _lines(equation: Equation, area: Area) -> list[Box]:
    """The lines of an equation, its signs below each other; the rest of a broken line stands further in."""
    left = box_of(equation.left, area.pixels)
    indent = max(area.indent, left.width)
    made: list[Box] = []
    for right in equation.rights:
        sign = box_of(Text(equation.sign if not made else "=", "relation"), area.pixels)
        head = [space(indent)] if made else [space(indent - left.width), left]
        rest = [space(indent + sign.width + area.pixels)]
        for place, line in enumerate(_broken(right, area.pixels, area.width - indent - sign.width)):
            made.append(beside([*(rest if place else [*head, sign]), line]))
    return made or [left]


def _broken(maths: Maths, pixels: int, width: float) -> list[Box]:
    """In one line, if that fits; else in several, smaller if a line is still too wide."""
    box = box_of(maths, pixels)
    if box.width <= width:
        return [box]
    lines: list[Box] = []
    for size in range(pixels, LEAST - 1, -1):
        lines = lines_of(maths, size, width - pixels)
        if max(line.width for line in lines) <= width - pixels:
            break
    return lines


def _remark(block: Remark, area: Area) -> Placed:
    size = max(LEAST, round(area.pixels * REMARK))
    lines = [line.tinted("muted") for line in lines_of(block.maths, size, area.width)]
    return _block(_stacked(lines), plain(block.maths))


def _grid(block: Grid, area: Area) -> Placed:
    for size in range(area.pixels, LEAST - 1, -1):
        box = _table(block, size)
        if box.width <= area.width:
            break
    return _block(box, block.plain())


def _table(block: Grid, pixels: int) -> Box:
    small = max(LEAST, round(pixels * REMARK))
    heads = [box_of(Tint(head, "muted"), small) for head in block.heads]
    lines = [[box_of(cell, pixels) for cell in line] for line in block.rows]
    # Every row as high as the highest, powers of ten or not.
    strut = Box(0.0, *(max((each[at] for line in lines for each in line), default=0.0) for at in (1, 2)))
    rows = [heads, *([beside([strut, line[0]]), *line[1:]] for line in lines)]
    box = grid(rows, (1.1 * pixels, 0.25 * pixels), "r" * len(heads), axis(pixels))
    return Box(box.width, 0.0, box.height, box.at(0.0, box.ascent))


def _picture(block: Picture, area: Area) -> Placed:
    name = box_of(block.name, area.pixels)
    size = block.figure.size(area.width)
    top = name.height + LINE_GAP
    box = Box(name.width, 0.0, name.height, name.at(0.0, name.ascent))
    where = QRectF(0.0, 0.0, max(name.width, size.width()), top + size.height())
    figure = block.figure, QRectF(0.0, top, size.width(), size.height())
    return Placed(where, plain(block.name), box, figure=figure)


_SETTERS: dict[type, Callable[..., Placed]] = {
    Heading: _heading,
    Equation: _equation,
    Result: _result,
    Remark: _remark,
    Grid: _grid,
    Picture: _picture,
}
_GAPS = {Heading: 2.5 * GRID, Remark: 1.0 * GRID}
"""Pixels above a block."""
