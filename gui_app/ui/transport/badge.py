"""What the run is doing, as a word in a small coloured capsule."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui_app.ui.theme import GRID, Palette


@dataclass(frozen=True, slots=True)
class State:
    """One state of a run: its words and the field of the palette that colours its dot."""

    text: str
    colour: str
    hollow: bool = False
    """A ring instead of a dot: nothing is moving."""


STATES: dict[str, State] = {
    "warming": State("Torch is warming up…", "warning", hollow=True),
    "ready": State("Ready", "muted", hollow=True),
    "running": State("Running", "good"),
    "paused": State("Paused", "accent", hollow=True),
    "finished": State("Finished", "accent"),
    "diverged": State("Diverged", "error"),
    "failed": State("Failed", "error"),
}


class StateBadge(QWidget):
    """Shows one of STATES; the words may be replaced by longer ones, and are never left out."""

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_state("ready")

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette from now on."""
        self._palette = palette
        self.update()

    def set_state(self, state: str, text: str = "") -> None:
        """Show ``state``, in its own words or in ``text``. Raises KeyError if it is none of STATES."""
        self._state = STATES[state]
        self.text = text or self._state.text
        self.setAccessibleName(f"State: {self.text}")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text) + 4 * GRID, metrics.height() + GRID)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(getattr(self._palette, self._state.colour))
        body = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        soft = QColor(colour)
        soft.setAlpha(30)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(soft)
        painter.drawRoundedRect(body, body.height() / 2, body.height() / 2)
        painter.setPen(colour)
        painter.setBrush(Qt.BrushStyle.NoBrush if self._state.hollow else colour)
        painter.drawEllipse(QPointF(1.6 * GRID, body.center().y()), 3.5, 3.5)
        painter.setPen(QColor(self._palette.text))
        words = body.adjusted(2.6 * GRID, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text)
