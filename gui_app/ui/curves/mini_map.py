"""The whole run in a strip, with a window on what the plot above shows: it can be dragged, widened and narrowed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui_app.ui.curves.branch_ink import branch_colour
from gui_app.ui.curves.branches import BranchLines
from gui_app.ui.curves.frame import Frame, mixed, pen
from gui_app.ui.curves.loss_curve import LossCurve
from gui_app.ui.curves.sampling import density_of, sampled
from gui_app.ui.curves.span import Span
from gui_app.ui.curves.strokes import draw_line
from gui_app.ui.theme import GRID, Palette

HEIGHT = 5 * GRID
BELOW = 6
"""Pixels below the strip."""
GRIP = 7.0
"""Pixels within which an edge of the window is taken."""
LEAST = 6.0
"""Pixels that the window is at least wide, however little it shows."""
_SHAPES = {
    "low": Qt.CursorShape.SizeHorCursor,
    "high": Qt.CursorShape.SizeHorCursor,
    "inside": Qt.CursorShape.OpenHandCursor,
    "": Qt.CursorShape.PointingHandCursor,
}


class MiniMap(QWidget):
    """Emits what was dragged to; keeps showing what it is told."""

    window_chosen = Signal(object)
    """Span of the x axis, logarithms where that is logarithmic."""
    whole_chosen = Signal()
    """A double click."""

    def __init__(self, curve: LossCurve, branches: BranchLines, palette: Palette, parent: QWidget) -> None:
        super().__init__(parent)
        self._curve, self._branches, self._palette = curve, branches, palette
        self._frame = Frame(QRectF(), Span(0.0, 1.0), Span(0.0, 1.0), False, palette, self.font())
        self._window = Span(0.0, 1.0)
        self._map: QPixmap | None = None
        self._held, self._grabbed = "", Span(0.0, 1.0)
        self._from = 0.0
        self.setFixedHeight(HEIGHT + BELOW)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setAccessibleName("The whole run, with a window on what is shown above")
        self.setToolTip("Drag the window, or its edges. Double click: the whole run.")

    def sizeHint(self) -> QSize:
        return QSize(40 * GRID, HEIGHT + BELOW)

    def minimumSizeHint(self) -> QSize:
        return QSize(10 * GRID, HEIGHT + BELOW)

    def set_whole(self, plot: Frame, whole: tuple[Span, Span]) -> None:
        """Lie below ``plot`` with axes like it, that hold ``whole``; the lines are drawn anew."""
        rect = QRectF(plot.rect.left(), 1.0, max(plot.rect.width(), 1.0), HEIGHT - 2.0)
        self._palette = plot.palette
        self._frame = Frame(rect, *whole, plot.log, plot.palette, plot.font, plot.log_x)
        self._map = None
        self.update()

    def set_window(self, window: Span) -> None:
        """What the plot shows."""
        self._window = window
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._map = None

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._map is None:
            self._map = self._drawn()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawPixmap(0, 0, self._map)
        rect, window, palette = self._frame.rect, self._seen(), self._palette
        veil = QColor(palette.window)
        veil.setAlphaF(0.5)
        painter.setClipRect(rect)
        painter.fillRect(QRectF(rect.topLeft(), QPointF(window.left(), rect.bottom())), veil)
        painter.fillRect(QRectF(QPointF(window.right(), rect.top()), rect.bottomRight()), veil)
        painter.setClipping(False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen(palette.accent, 1.25))
        painter.drawRoundedRect(window, 2.0, 2.0)
        for x in (window.left(), window.right()):
            self._paint_grip(painter, QPointF(x, window.center().y()))

    def _paint_grip(self, painter: QPainter, at: QPointF) -> None:
        painter.setPen(pen(self._palette.panel, 1.0))
        painter.setBrush(QColor(self._palette.accent))
        painter.drawRoundedRect(QRectF(at.x() - 3.0, at.y() - 8.0, 6.0, 16.0), 3.0, 3.0)

    def _drawn(self) -> QPixmap:
        """The whole of all lines, as pixels."""
        ratio, frame = self.devicePixelRatioF(), self._frame
        made = QPixmap(self.size() * ratio)
        made.setDevicePixelRatio(ratio)
        made.fill(QColor(self._palette.panel))
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(frame.rect)
        for branch in self._branches.branches:
            ink = branch_colour(frame.palette, branch.number)
            painter.setPen(pen(mixed(ink, frame.palette.panel, 0.8)))
            self._draw(painter, branch.history.loss_curve, branch.start)
            self._branches.paint_odd(painter, frame, branch)
        if self._curve.history is not None and self._curve.odd is not None:
            painter.setPen(pen(frame.palette.accent))
            self._draw(painter, self._curve.history.loss_curve, 0)
            self._curve.odd.paint(painter, frame, frame.palette.error)
        painter.end()
        return made

    def _draw(self, painter: QPainter, envelope: Callable, first: int) -> None:
        first = max(first, int(self._frame.log_x))
        steps, losses = sampled(envelope, self._frame, density_of(painter), first)
        draw_line(painter, self._frame.across(steps), self._frame.down(losses), 1.0, self._frame.rect)

    def _x(self, place: float) -> float:
        """Pixels from the left of a place on the axis."""
        whole, rect = self._frame.x, self._frame.rect
        return rect.left() + (place - whole.low) / whole.length * rect.width()

    def _seen(self) -> QRectF:
        """The window, inside of the strip and never too small to be taken."""
        rect = self._frame.rect
        low = min(max(self._x(self._window.low), rect.left()), rect.right() - LEAST)
        high = max(min(self._x(self._window.high), rect.right()), low + LEAST)
        return QRectF(QPointF(low, rect.top()), QPointF(high, rect.bottom()))

    def _part_at(self, x: float) -> str:
        """What would be taken there."""
        seen = self._seen()
        gaps = {"low": abs(x - seen.left()), "high": abs(x - seen.right())}
        nearest = min(gaps, key=lambda name: gaps[name])
        reach = min(GRIP, max(seen.width() / 3, 2.0)) if seen.left() < x < seen.right() else GRIP
        if gaps[nearest] <= reach:
            return nearest
        return "inside" if seen.left() < x < seen.right() else ""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        self._held = self._part_at(x)
        if not self._held:  # beside the window: it comes here
            self._held = "inside"
            self._choose(self._moved(self._window, self._length(x - self._seen().center().x())))
        self._from, self._grabbed = x, self._window
        if self._held == "inside":
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if not self._held:
            self.setCursor(_SHAPES[self._part_at(x)])
            return
        by, taken, whole = self._length(x - self._from), self._grabbed, self._frame.x
        least = self._length(LEAST / 2)
        if self._held == "inside":
            self._choose(self._moved(taken, by))
        elif self._held == "low":
            self._choose(Span(min(max(taken.low + by, whole.low), taken.high - least), taken.high))
        else:
            self._choose(Span(taken.low, max(min(taken.high + by, whole.high), taken.low + least)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = ""
        self.setCursor(_SHAPES[self._part_at(event.position().x())])

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self._held = ""
        self.whole_chosen.emit()

    def _length(self, pixels: float) -> float:
        return pixels / self._frame.rect.width() * self._frame.x.length

    def _moved(self, window: Span, by: float) -> Span:
        """Moved along, as far as the whole reaches."""
        whole = self._frame.x
        by = min(max(by, whole.low - window.low), max(whole.high - window.high, whole.low - window.low))
        return Span(window.low + by, window.high + by)

    def _choose(self, window: Span) -> None:
        self.set_window(window)
        self.window_chosen.emit(window)
