"""The timeline: all steps of the run from left to right, the cursor at step k."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui_app.core.branch import Branch
from gui_app.ui.curves import marks
from gui_app.ui.style import font
from gui_app.ui.theme import GRID, Palette
from gui_app.ui.transport import forks

_MARGIN = 3 * GRID
_TRACK_Y = 26
_HEIGHT = 52
_NEAR = 6
"""Pixels within which a mark counts as pointed at."""
_DIAMOND = 6.0
_BIG = 10
"""Steps of Page up, Page down and of the wheel with Shift."""


def nice_interval(span: int, most: int) -> int:
    """The smallest of 1, 2, 5, 10, 20 … that divides ``span`` steps into at most ``most`` parts."""
    power = 1
    while span > 10 * power * most:
        power *= 10
    return next(power * digit for digit in (1, 2, 5, 10) if span <= power * digit * most)


def inside(x: float, length: float, width: float) -> float:
    """Left end of a label: centred at ``x`` as far as the edges of the widget, ``width`` wide, allow."""
    return min(max(GRID / 2, x - length / 2), width - length - GRID / 2)


class Timeline(QWidget):
    """Emits ``step_chosen`` while the cursor is dragged, clicked to, wheeled or moved by keys."""

    step_chosen = Signal(int)
    branch_chosen = Signal(int)
    """The lane of the branch with this number was clicked."""

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self._last, self._planned, self.step = 0, 0, 0
        self._marks: dict[int, str] = {}
        self._changes: dict[int, str] = {}
        self._branches: tuple[Branch, ...] = ()
        self._current: Branch | None = None
        self._pointed: Branch | None = None
        self._forks: list[forks.Fork] = []
        self._lanes = 0
        self._hover: int | None = None
        self._dragging = False
        self._wheel = 0
        self.setObjectName("timeline")
        self.setAccessibleName("Timeline")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette from now on."""
        self._palette = palette
        self.update()

    def set_range(self, recorded_last: int, planned: int) -> None:
        """Steps 0 … ``recorded_last`` can be gone to (-1: nothing is recorded); ``planned`` is the run's end."""
        recorded_last = max(0, recorded_last)
        if (recorded_last, planned) != (self._last, self._planned):
            self._last, self._planned = recorded_last, planned
            self._arrange()

    def set_step(self, step: int) -> None:
        """Put the cursor at that step."""
        if step != self.step:
            self.step = step
            self.setAccessibleDescription(f"step {step:,}")
            self.update()

    def set_marks(self, marks: Mapping[int, str]) -> None:
        """Steps worth a mark, each with its sentence: ``{12: "the loss is inf"}``."""
        self._marks = dict(sorted(marks.items()))
        self.update()

    def set_changes(self, changes: Mapping[int, str]) -> None:
        """Steps from which on other settings count, in words: ``{12: "from here lr 0.1"}``."""
        self._changes = dict(sorted(changes.items()))
        self.update()

    def set_branches(self, branches: Sequence[Branch], current: Branch | None = None) -> None:
        """The other branches, whose records grow no more, in lanes below the line; ``current`` is the line itself."""
        self._branches, self._current, self._pointed = tuple(branches), current, None
        self._arrange()

    def _arrange(self) -> None:
        """Give each branch its lane, and the widget the height that they need."""
        self._forks = forks.arranged(self._branches, self.x_of)
        lanes = forks.height(self._forks)
        if lanes != self._lanes:
            self._lanes = lanes
            self.updateGeometry()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def sizeHint(self) -> QSize:
        return QSize(60 * GRID, _HEIGHT + self._lanes)

    def minimumSizeHint(self) -> QSize:
        return QSize(20 * GRID, _HEIGHT + self._lanes)

    @property
    def end(self) -> int:
        """The step at the right end."""
        return max(self._last, self._planned, *(branch.history.last for branch in self._branches), 1)

    def x_of(self, step: int) -> float:
        """Where a step lies, in pixels from the left."""
        return _MARGIN + (self.width() - 2 * _MARGIN) * step / self.end

    def step_at(self, x: float) -> int:
        """The recorded step nearest to ``x``."""
        share = (x - _MARGIN) / max(1, self.width() - 2 * _MARGIN)
        return min(self._last, max(0, round(share * self.end)))

    def choose(self, step: int) -> None:
        """Go to a recorded step and say so."""
        step = min(self._last, max(0, step))
        if step != self.step:
            self.set_step(step)
            self.step_chosen.emit(step)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        branch = self._branch_at(event.position())
        self._dragging = branch is None
        if branch is not None:
            self.branch_chosen.emit(branch.number)
        else:
            marked = self._marked(event.position().x())
            self.choose(self.step_at(event.position().x()) if marked is None else marked)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover = self.step_at(event.position().x())
        if event.buttons() & Qt.MouseButton.LeftButton:
            if self._dragging:
                self.choose(self._hover)
        else:
            self._pointed = self._branch_at(event.position())
            hand = Qt.CursorShape.PointingHandCursor
            self.setCursor(hand if self._pointed is not None else Qt.CursorShape.ArrowCursor)
        self.update()

    def _branch_at(self, at: QPointF) -> Branch | None:
        return forks.hit(self._forks, self.x_of, _TRACK_Y, at)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = self._pointed = None
        self.update()
        super().leaveEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._wheel += event.angleDelta().y() or event.angleDelta().x()
        notches = int(self._wheel / 120)
        self._wheel -= notches * 120
        by = _BIG if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        self.choose(self.step + notches * by)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        targets = {
            Qt.Key.Key_Left: self.step - 1,
            Qt.Key.Key_Right: self.step + 1,
            Qt.Key.Key_PageDown: self.step - _BIG,
            Qt.Key.Key_PageUp: self.step + _BIG,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: self._last,
        }
        target = targets.get(Qt.Key(event.key()))
        if target is None:
            super().keyPressEvent(event)
        else:
            self.choose(target)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._words_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def _marked(self, x: float) -> int | None:
        """The step of the mark that is pointed at."""
        near = (step for step in (*self._marks, *self._changes) if abs(self.x_of(step) - x) <= _NEAR)
        return min(near, key=lambda step: abs(self.x_of(step) - x), default=None)

    def _words_at(self, at: QPointF) -> str:
        branch = self._branch_at(at)
        if branch is not None:
            return forks.words(branch)
        marked = self._marked(at.x())
        step = self.step_at(at.x()) if marked is None else marked
        told = [text[step] for text in (self._marks, self._changes) if step in text]
        if self._current is not None and self._branches and self._current.start > 0:
            told += [f"the branch {self._current.label} begins"] if step == self._current.start else []
        return f"step {step:,}" + (f": {'; '.join(told)}" if told else "")

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_scale(painter)
        forks.paint(painter, self._palette, self._forks, self.x_of, _TRACK_Y, self._pointed)
        self._paint_track(painter)
        self._paint_marks(painter)
        if self._hover is not None and self._hover != self.step:
            x = self.x_of(self._hover)
            painter.setPen(QPen(QColor(self._palette.muted), 1))
            painter.drawLine(QPointF(x, _TRACK_Y - 7), QPointF(x, _TRACK_Y + 7))
        self._paint_cursor(painter)

    def _paint_scale(self, painter: QPainter) -> None:
        painter.setFont(font("small"))
        metrics = painter.fontMetrics()
        room = metrics.horizontalAdvance(f"{self.end:,}") + 5 * GRID
        interval = nice_interval(self.end, max(1, int((self.width() - 2 * _MARGIN) / room)))
        top = _TRACK_Y + self._lanes
        for step in range(0, self.end + 1, interval):
            x = self.x_of(step)
            painter.setPen(QPen(QColor(self._palette.border), 1))
            painter.drawLine(QPointF(x, top + 5), QPointF(x, top + 9))
            painter.setPen(QColor(self._palette.muted))
            words = f"{step:,}"
            width = metrics.horizontalAdvance(words) + 2
            box = QRectF(inside(x, width, self.width()), top + 9, width, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, words)

    def _paint_track(self, painter: QPainter) -> None:
        left, top = self.x_of(0), _TRACK_Y - 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._palette.border))
        painter.drawRoundedRect(QRectF(left, top, self.x_of(self.end) - left, 4), 2, 2)
        painter.setBrush(QColor(self._palette.accent))
        painter.drawRoundedRect(QRectF(left, top, self.x_of(self._last) - left, 4), 2, 2)
        if self._current is not None and self._branches and self._current.start > 0:
            painter.drawEllipse(QPointF(self.x_of(self._current.start), _TRACK_Y), 4.0, 4.0)

    def _paint_marks(self, painter: QPainter) -> None:
        """Upright bars, longer than the cursor is high, so that it never hides one."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._palette.error))
        for step in self._marks:
            painter.drawRoundedRect(QRectF(self.x_of(step) - 1.5, _TRACK_Y - 10, 3, 20), 1.5, 1.5)
        for step in self._changes:
            at = QPointF(self.x_of(step), _TRACK_Y)
            marks.diamond(painter, at, _DIAMOND, self._palette.warning, self._palette.window)

    def _paint_cursor(self, painter: QPainter) -> None:
        x, colour = self.x_of(self.step), QColor(self._palette.cursor)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._palette.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(x, _TRACK_Y), 9.5, 9.5)
        painter.setPen(QPen(QColor(self._palette.panel), 2))
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(x, _TRACK_Y), 6.5, 6.5)
        painter.setFont(font("small", bold=True))
        painter.setPen(colour)
        words = f"step {self.step:,}"
        width = painter.fontMetrics().horizontalAdvance(words) + 2
        painter.drawText(
            QRectF(inside(x, width, self.width()), 0, width, _TRACK_Y - 10),
            Qt.AlignmentFlag.AlignCenter,
            words,
        )
