"""One sentence beneath a form, where it is read and not clicked away: what is wrong and what to type instead."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui_app.ui.theme import GRID, Palette

MOST_LINES = 4
_MARK = 2 * GRID
"""Width of the sign at the left: an error is not told by its colour alone."""


def wrapped(text: str, metrics: QFontMetricsF, width: float, most: int = MOST_LINES) -> list[str]:
    """``text`` in at most ``most`` lines of ``width`` pixels; the last one ends in … if there is more."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most:
        taken = 1
        while taken < len(words) and metrics.horizontalAdvance(" ".join(words[: taken + 1])) <= width:
            taken += 1
        if len(lines) == most - 1:
            taken = len(words)
        lines.append(metrics.elidedText(" ".join(words[:taken]), Qt.TextElideMode.ElideRight, width))
        words = words[taken:]
    return lines


class MessageStrip(QWidget):
    """A quiet strip that is as tall as its sentence and gone without one; a click is reported."""

    clicked = Signal()

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self._text = ""
        self._lines: list[str] = []
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._fit()

    @property
    def text(self) -> str:
        """The whole sentence, as the tooltip shows it."""
        return self._text

    def set_message(self, text: str, details: str = "") -> None:
        """Show ``text``; ``details`` join it in the tooltip. Empty: the strip goes away."""
        self._text = text
        self.setToolTip(f"{text}\n\n{details}" if details else text)
        self.setAccessibleName(text)
        self._fit()

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self._palette = palette
        self.update()

    def _fit(self) -> None:
        metrics = QFontMetricsF(self.font())
        self._lines = wrapped(self._text, metrics, max(1.0, self.width() - _MARK - 2 * GRID))
        self.setFixedHeight(math.ceil(len(self._lines) * metrics.lineSpacing()) + GRID)
        self.setVisible(bool(self._text))
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.clicked.emit()
        event.accept()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), mixed(self._palette.error, self._palette.panel, 0.08))
        metrics = QFontMetricsF(self.font())
        paint_mark(painter, QPointF(GRID + 5, GRID / 2 + metrics.lineSpacing() / 2), self._palette.error)
        painter.setPen(QColor(self._palette.error))
        for row, line in enumerate(self._lines):
            top = GRID / 2 + row * metrics.lineSpacing()
            place = QRectF(GRID + _MARK, top, self.width(), metrics.lineSpacing())
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, line)


def mixed(colour: str, ground: str, share: float) -> QColor:
    """``colour`` laid over ``ground`` with that opacity, itself opaque: overlapping areas do not add up."""
    above, below = QColor(colour), QColor(ground)
    return QColor.fromRgbF(
        *(share * a + (1 - share) * b for a, b in zip(above.getRgbF(), below.getRgbF(), strict=True))
    )


def paint_mark(painter: QPainter, centre: QPointF, colour: str, radius: float = 5.0) -> None:
    """The sign of an error: a filled disc with an exclamation mark."""
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(centre, radius, radius)
    painter.setBrush(QColor("#ffffff" if QColor(colour).lightness() < 150 else "#000000"))
    painter.drawRoundedRect(QRectF(centre.x() - 0.8, centre.y() - 0.6 * radius, 1.6, 0.7 * radius), 0.8, 0.8)
    painter.drawEllipse(QPointF(centre.x(), centre.y() + 0.45 * radius), 0.9, 0.9)
    painter.restore()
