"""The timeline: all steps of the run from left to right, the cursor at step k."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
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
from gui_app.ui.theme import GRID, Palette
from gui_app.ui.transport import forks, loop_band, track
from gui_app.ui.transport.loop_band import Ground, Stretch
from gui_app.ui.transport.notches import Notches

_TRACK_Y = track.LINE
_HEIGHT = 52
_SHAPES = {
    "in": Qt.CursorShape.SizeHorCursor,
    "out": Qt.CursorShape.SizeHorCursor,
    "clear": Qt.CursorShape.PointingHandCursor,
    True: Qt.CursorShape.PointingHandCursor,
}
"""Of the mouse over a part of the stretch, and over a branch."""
_BIG = 10
"""Steps of Page up, Page down and of the wheel with Shift."""


class Timeline(QWidget):
    """Emits ``step_chosen`` while the cursor is dragged, clicked to, wheeled or moved by keys."""

    step_chosen = Signal(int)
    branch_chosen = Signal(int)
    """The lane of the branch with this number was clicked."""
    loop_chosen = Signal(object)
    """(first step, last step) of the stretch that is to be played round and round, or None."""

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self._last, self._planned, self.step = 0, 0, 0
        self._notches = Notches()
        self._branches: tuple[Branch, ...] = ()
        self._current: Branch | None = None
        self._pointed: Branch | None = None
        self._forks: list[forks.Fork] = []
        self._lanes = 0
        self._hover: int | None = None
        self.stretch: Stretch | None = None
        """What is played round and round."""
        self._part = self._held = ""
        """What of the stretch is pointed at; and what is dragged: that, or the cursor."""
        self._anchor = 0
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
            if self.stretch is not None and self.stretch[1] > recorded_last:
                self.set_loop(loop_band.stretched(*self.stretch, recorded_last))
            self._arrange()

    def set_step(self, step: int) -> None:
        """Put the cursor at that step."""
        if step != self.step:
            self.step = step
            self.setAccessibleDescription(f"step {step:,}")
            self.update()

    def set_marks(self, marks: Mapping[int, str]) -> None:
        """Steps worth a mark, each with its sentence: ``{12: "the loss is inf"}``."""
        self._notches.faults = dict(sorted(marks.items()))
        self.update()

    def set_changes(self, changes: Mapping[int, str]) -> None:
        """Steps from which on other settings count, in words: ``{12: "from here lr 0.1"}``."""
        self._notches.changes = dict(sorted(changes.items()))
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
        return track.MARGIN + (self.width() - 2 * track.MARGIN) * step / self.end

    def step_at(self, x: float) -> int:
        """The recorded step nearest to ``x``."""
        share = (x - track.MARGIN) / max(1, self.width() - 2 * track.MARGIN)
        return min(self._last, max(0, round(share * self.end)))

    def _meant(self, x: float) -> int:
        """The step of the mark at ``x``, else the one that lies there."""
        marked = self._notches.nearest(x, self.x_of)
        return self.step_at(x) if marked is None else marked

    def choose(self, step: int) -> None:
        """Go to a recorded step and say so."""
        step = min(self._last, max(0, step))
        if step != self.step:
            self.set_step(step)
            self.step_chosen.emit(step)

    def set_loop(self, stretch: Stretch | None) -> None:
        """Play these steps round and round, and say so; None: no longer."""
        if stretch != self.stretch:
            self.stretch = stretch
            self.loop_chosen.emit(stretch)
            self.update()

    def loop_from_here(self) -> None:
        """The stretch begins at the step that is shown."""
        self.set_loop(loop_band.with_in(self.stretch, self.step, self._last))

    def loop_to_here(self) -> None:
        """The stretch ends at the step that is shown."""
        self.set_loop(loop_band.with_out(self.stretch, self.step, self._last))

    def clear_loop(self) -> None:
        """Nothing is played round and round."""
        self.set_loop(None)

    def _loop_pressed(self, event: QMouseEvent) -> bool:
        """Whether the press takes or clears the stretch, or with Shift begins another one."""
        at = event.position()
        self._held = self._part_at(at)
        if self._held == "clear":
            self._held = ""
            self.clear_loop()
            return True
        if self._held:
            assert self.stretch is not None
            self._anchor = self.stretch[1 if self._held == "in" else 0]
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._held, self._anchor = "out", self.step_at(at.x())
        return bool(self._held)

    def _part_at(self, at: QPointF) -> str:
        return loop_band.part_at(self.stretch, at, self._ground)

    @property
    def _ground(self) -> Ground:
        return Ground(self.x_of, _TRACK_Y, self.width(), self.x_of(self.step))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self._loop_pressed(event):
            return
        branch = self._branch_at(event.position())
        self._held = "cursor" if branch is None else ""
        if branch is not None:
            self.branch_chosen.emit(branch.number)
        else:
            self.choose(self._meant(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover = self.step_at(event.position().x())
        if event.buttons() & Qt.MouseButton.LeftButton:
            if self._held == "cursor":
                self.choose(self._hover)
            elif self._held:
                self._drag_loop(self._hover)
        else:
            self._part = self._part_at(event.position())
            self._pointed = None if self._part else self._branch_at(event.position())
            self.setCursor(_SHAPES.get(self._part or bool(self._pointed), Qt.CursorShape.ArrowCursor))
        self.update()

    def _drag_loop(self, step: int) -> None:
        """One end of the stretch is dragged there, past the other one if need be."""
        if (made := loop_band.stretched(self._anchor, step, self._last)) is not None:
            self._held = "in" if step < self._anchor else "out"
            self.set_loop(made)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = ""
            self.update()

    def _branch_at(self, at: QPointF) -> Branch | None:
        return forks.hit(self._forks, self.x_of, _TRACK_Y, at)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = self._pointed = None
        self._part = ""
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
        loops = {
            Qt.Key.Key_I: self.loop_from_here,
            Qt.Key.Key_O: self.loop_to_here,
            Qt.Key.Key_Escape: self.clear_loop,
        }
        key = Qt.Key(event.key())
        if key in targets:
            self.choose(targets[key])
        elif key in loops and (key != Qt.Key.Key_Escape or self.stretch is not None):
            loops[key]()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._words_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def _words_at(self, at: QPointF) -> str:
        if self.stretch is not None and (part := self._part_at(at)):
            return loop_band.words(self.stretch, part)
        branch = self._branch_at(at)
        if branch is not None:
            return forks.words(branch)
        step = self._meant(at.x())
        told = self._notches.words(step)
        if self._current is not None and self._branches and self._current.start > 0:
            told += [f"the branch {self._current.label} begins"] if step == self._current.start else []
        return f"step {step:,}" + (f": {'; '.join(told)}" if told else "")

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, width = self._palette, self.width()
        track.paint_scale(painter, palette, self.end, self.x_of, width, self._lanes)
        forks.paint(painter, palette, self._forks, self.x_of, _TRACK_Y, self._pointed)
        if self.stretch is not None:
            loop_band.paint(painter, palette, self.stretch, self._ground, self._part or self._held)
        track.paint_line(painter, palette, self.x_of(0), self.x_of(self._last), self.x_of(self.end))
        if self._current is not None and self._branches and self._current.start > 0:
            painter.drawEllipse(QPointF(self.x_of(self._current.start), _TRACK_Y), 4.0, 4.0)
        self._notches.paint(painter, palette, self.x_of, _TRACK_Y)
        if self._hover is not None and self._hover != self.step:
            x = self.x_of(self._hover)
            painter.setPen(QPen(QColor(palette.muted), 1))
            painter.drawLine(QPointF(x, _TRACK_Y - 7), QPointF(x, _TRACK_Y + 7))
        x = self.x_of(self.step)
        track.paint_cursor(painter, palette, self.step, x, width, focused=self.hasFocus())
