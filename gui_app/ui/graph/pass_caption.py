"""What is said about a frame of a pass, as it is written below the graph: a few rows in the theme's colours."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui_app.core.passing_words import Line, Part, Role, plain
from gui_app.ui.theme import GRID, Palette, category

ROWS, BAR_ROWS = 3, 2
"""Most rows of a caption, in a film and below the graph; what does not fit is in the tool tip."""
PIXELS = 13
PITCH = 18.0
"""From one baseline to the next, px."""
FIRST = GRID / 2 + PITCH - 5
"""From the top to the first baseline, px."""
ELLIPSIS = "…"
GAP = Part("      ", "muted")
"""Between two lines in one row."""
VALUE = 1
"""Category whose colour the values have; gradients have the accent's."""


def caption_height(scale: float = 1.0, most: int = ROWS) -> float:
    """Of all rows, px."""
    return scale * (most * PITCH + GRID)


def paint_caption(
    painter: QPainter,
    lines: Sequence[Line],
    room: QRectF,
    palette: Palette,
    scale: float = 1.0,
    most: int = ROWS,
) -> None:
    """Write the lines from the top of ``room``, broken between parts, the last row cut with an ellipsis."""
    fonts = {bold: _font(bold, scale) for bold in (False, True)}
    colours = role_colours(palette)
    y = room.top() + scale * FIRST
    for number, row in enumerate(rows(lines, room.width(), scale, most)):
        x, long = room.left(), _width(row, scale) > room.width()
        for part in row:
            font = fonts[part.role == "name"]
            metrics = QFontMetricsF(font)
            text = part.text
            cut = (
                number == most - 1 and long and x + metrics.horizontalAdvance(text + ELLIPSIS) > room.right()
            )
            if cut:
                text = metrics.elidedText(
                    text + ELLIPSIS, Qt.TextElideMode.ElideRight, max(0.0, room.right() - x)
                )
            painter.setFont(font)
            painter.setPen(colours[part.role])
            painter.drawText(QPointF(x, y), text)
            if cut:
                break
            x += metrics.horizontalAdvance(text)
        y += scale * PITCH


def paint_place(painter: QPainter, text: str, room: QRectF, palette: Palette, scale: float) -> None:
    """How far the pass is, at the right of the first row."""
    font = _font(False, scale)
    painter.setFont(font)
    painter.setPen(QColor(palette.muted))
    wide = QFontMetricsF(font).horizontalAdvance(text)
    painter.drawText(QPointF(room.right() - wide, room.top() + scale * FIRST), text)


def rows(lines: Sequence[Line], room: float, scale: float = 1.0, most: int = ROWS) -> list[list[Part]]:
    """The title in a row of its own, the other lines side by side as far as they fit; the last row holds the rest."""
    made: list[list[Part]] = []
    used = 0.0
    for number, line in enumerate(lines):
        wide = _width(line, scale)
        if number < 2 or (used + _width((GAP,), scale) + wide > room and len(made) < most):
            made.append(list(line))
            used = wide
        else:
            made[-1] += [GAP, *line]
            used += _width((GAP,), scale) + wide
    return made


def _width(line: Sequence[Part], scale: float) -> float:
    metrics = {bold: QFontMetricsF(_font(bold, scale)) for bold in (False, True)}
    return sum(metrics[part.role == "name"].horizontalAdvance(part.text) for part in line)


def role_colours(palette: Palette) -> dict[Role, QColor]:
    """Of the parts of a caption."""
    return {
        "name": QColor(palette.text),
        "text": QColor(palette.text),
        "muted": QColor(palette.muted),
        "gradient": QColor(palette.accent),
        "value": QColor(category(palette, VALUE)),
    }


class Caption(QWidget):
    """The rows of the frame that is shown; all of it in the tool tip."""

    def __init__(self, palette: Palette, parent: QWidget) -> None:
        super().__init__(parent)
        self._palette, self._lines = palette, tuple[Line, ...]()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, False)

    @property
    def text(self) -> str:
        """What is written, as plain text."""
        return plain(self._lines)

    def apply_theme(self, palette: Palette) -> None:
        """Write in these colours from now on."""
        self._palette = palette
        self.update()

    def set_lines(self, lines: tuple[Line, ...]) -> None:
        """Write these."""
        self._lines = lines
        self.setToolTip(self.text)
        self.setAccessibleName(self.text.replace("\n", "; "))
        self.update()

    def sizeHint(self) -> QSize:
        """As high as all rows, however wide."""
        return QSize(20 * GRID, round(caption_height(most=BAR_ROWS)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The rows."""
        with QPainter(self) as painter:
            room = QRectF(self.rect()).adjusted(GRID * 1.5, 0, -GRID * 1.5, 0)
            paint_caption(painter, self._lines, room, self._palette, most=BAR_ROWS)


def _font(bold: bool, scale: float) -> QFont:
    made = QFont()
    made.setPixelSize(max(1, round(PIXELS * scale)))
    made.setWeight(QFont.Weight.Bold if bold else QFont.Weight.Normal)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made
