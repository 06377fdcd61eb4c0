"""What the colours and widths of the wires mean while they tell the gradient."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui_app.core.numbers import short
from gui_app.ui.graph.flow import Range
from gui_app.ui.graph.fonts import font
from gui_app.ui.graph.ink import FLOW_LEVELS, Ink
from gui_app.ui.theme import GRID, Palette

TITLE = "Gradient norm on an edge"
NOTHING = "No gradients at this step"
SIZE = QSize(20 * GRID, 7 * GRID)
STROKE = 11.0
"""Length of the piece of wire that stands for a level, px."""


class FlowScale(QWidget):
    """Only looked at: the mouse goes through to the graph."""

    def __init__(self, palette: Palette, parent: QWidget) -> None:
        super().__init__(parent)
        self._range = Range(0.0, 0.0)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.apply_theme(palette)
        self.resize(SIZE)

    def apply_theme(self, palette: Palette) -> None:
        """Paint in these colours from now on."""
        self._ink = Ink(palette)
        self.update()

    def set_range(self, shown: Range) -> None:
        """The numbers at the ends of the scale."""
        self._range = shown
        self.update()

    def words(self) -> str:
        """The ends of the scale as text."""
        least, most = self._range
        return f"{short(least, 2)} … {short(most, 2)}" if most else NOTHING

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A piece of wire for each level, the numbers below the first and the last, and in the middle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._ink.border, 1.0))
        painter.setBrush(self._ink.raised)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), GRID, GRID)
        painter.setFont(font("small"))
        painter.setPen(self._ink.text)
        area = QRectF(self.rect()).adjusted(1.5 * GRID, 6, -1.5 * GRID, -6)
        painter.drawText(area, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, TITLE)
        least, most = self._range
        if not most:
            painter.drawText(area, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, NOTHING)
            return
        pitch, y = area.width() / FLOW_LEVELS, area.center().y() + 2
        for level, pen in enumerate(self._ink.flow):
            painter.setPen(pen)
            x = area.left() + (level + 0.5) * pitch - STROKE / 2
            painter.drawLine(QPointF(x, y), QPointF(x + STROKE, y))
        painter.setPen(self._ink.colours["muted"])
        middle = (least * most) ** 0.5
        for number, where in (
            (least, Qt.AlignmentFlag.AlignLeft),
            (middle, Qt.AlignmentFlag.AlignHCenter),
            (most, Qt.AlignmentFlag.AlignRight),
        ):
            painter.drawText(area, Qt.AlignmentFlag.AlignBottom | where, short(number, 2))
