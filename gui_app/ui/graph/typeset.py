"""Rows of cells to texts and heat strips at positions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from gui_app.ui.graph.cards import GAP, MARGIN, MIDDLE_GAP, Cell, Row
from gui_app.ui.graph.fonts import FontKey, elided, width

PITCH, FAR_PITCH = 17.0, 21.0
"""From one baseline to the next, px at 100 %: of the usual rows, and of those to be read from far away."""
ASCENT = 4.5
"""From the middle of a row down to its baseline."""
HEAT_HEIGHT = 12.0


class Text(NamedTuple):
    """A text with the left end of its baseline."""

    text: str
    font: FontKey
    role: str
    x: float
    y: float


class Heat(NamedTuple):
    """A heat strip and where it lies."""

    where: QRectF
    cells: NDArray[np.float64]


def typeset(rows: tuple[Row, ...], area: QRectF, pitch: float = PITCH) -> tuple[list[Text], list[Heat]]:
    """The rows, centred in the height of ``area``, within its margins."""
    texts: list[Text] = []
    heats: list[Heat] = []
    left, right = area.left() + MARGIN, area.right() - MARGIN
    y = area.center().y() - pitch * (len(rows) - 1) / 2 + ASCENT * pitch / PITCH
    for wanted in rows:
        row = wanted.within(right - left)
        x = _set(row.left, left, right, y, texts, heats)
        if row.right:
            room = sum(cell.width() for cell in row.right) + GAP * (len(row.right) - 1)
            start = x + MIDDLE_GAP - GAP if row.left else left
            _set(row.right, max(right - room, start), right, y, texts, heats)
        y += pitch
    return texts, heats


def _set(
    cells: tuple[Cell, ...], x: float, end: float, y: float, texts: list[Text], heats: list[Heat]
) -> float:
    """Append the cells from ``x`` on; returns where the next would begin."""
    for cell in cells:
        if cell.heat is not None:
            area = QRectF(x, y - ASCENT - HEAT_HEIGHT / 2, cell.least, HEAT_HEIGHT)
            heats.append(Heat(area, cell.heat))
        elif cell.text and end > x:
            texts.append(Text(elided(cell.text, cell.font, end - x), cell.font, cell.role, x, y))
        x += cell.width() + GAP
    return x


def centred(text: str, font: FontKey, role: str, x: float, y: float) -> Text:
    """``text`` with its middle at (x, y)."""
    return Text(text, font, role, x - width(text, font) / 2, y + ASCENT - 1.0)
