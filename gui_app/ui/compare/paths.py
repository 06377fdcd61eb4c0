"""The paths of all runs side by side: a small contour picture for each, all over the same stretch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui_app.core.branch import Branch
from gui_app.core.experiment import Experiment
from gui_app.core.landscape import Axis, Landscape
from gui_app.core.measures import Measures
from gui_app.core.numbers import short
from gui_app.ui.curves import marks
from gui_app.ui.curves.branch_ink import branch_pen
from gui_app.ui.curves.frame import Frame, pen
from gui_app.ui.curves.span import Span
from gui_app.ui.curves.strokes import draw_line
from gui_app.ui.descent.field import Field
from gui_app.ui.descent.levels import INK, SHADE
from gui_app.ui.style import font, monospace
from gui_app.ui.theme import GRID, Palette

LEAST, MOST_COLUMNS = 124.0, 6
"""Least width of a picture in pixels; most of them in a row."""
TITLE = 20.0
GRID_POINTS = 96
MARGIN = 0.12
MOST_POINTS = 1500


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """One run's way through the two elements."""

    row: Measures
    label: str
    xs: np.ndarray
    ys: np.ndarray
    steps: np.ndarray
    ended: bool


def axes_for(experiment: Experiment, branches: Sequence[Branch]) -> tuple[Axis, Axis] | None:
    """The stretch of the two trained elements that holds the paths; ``None`` where there are more or fewer.

    A stretch that the experiment asks for is taken as it is. Paths that run away do not count beyond where the others
    go.
    """
    views = [spec.view for spec in experiment.trained for _ in range(spec.size)]
    if len(views) != 2:
        return None
    made = []
    for column, view in enumerate(views):
        low, high = view or _extent(column, experiment, branches)
        made.append(Axis(column, low, high, GRID_POINTS))
    return made[0], made[1]


def _extent(column: int, experiment: Experiment, branches: Sequence[Branch]) -> tuple[float, float]:
    """Of the runs that came to an end; of all, if none did; and of the reference."""
    steady = [b for b in branches if b.tally is None or not b.tally.ended] or list(branches)
    values = [b.history.path([column], b.history.last, MOST_POINTS)[1][:, 0].astype(float) for b in steady]
    known = np.concatenate([*values, _references(experiment)[column : column + 1]])
    known = known[np.isfinite(known) & (np.abs(known) < 1e12)]
    if not len(known):
        return -1.0, 1.0
    low, high = float(known.min()), float(known.max())
    room = MARGIN * (high - low) or max(1.0, 0.5 * abs(high))
    return low - room, high + room


def _references(experiment: Experiment) -> np.ndarray:
    parts = [
        np.full(spec.size, math.nan) if spec.reference is None else np.ravel(np.array(spec.reference, float))
        for spec in experiment.trained
    ]
    return np.concatenate(parts) if parts else np.empty(0)


class Paths(QWidget):
    """A picture a run, in the order of the table."""

    chosen = Signal(int)
    pointed = Signal(int)

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.theme = palette
        self.axes: tuple[Axis, ...] = ()
        """Of the field that is shown."""
        self._field: Field | None = None
        self._back: QPixmap | None = None
        self._paths: list[Path] = []
        self._reference = np.empty(0)
        self._shown = self._lit = -1
        self.setMouseTracking(True)
        self.setAccessibleName("Paths of the compared runs")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_landscape(self, landscape: Landscape | None) -> None:
        """The field below all paths."""
        self.axes = () if landscape is None else landscape.axes
        self._field = None if landscape is None else Field.of(landscape)
        self._back = None
        self.update()

    def replace(
        self, experiment: Experiment, branches: Sequence[Branch], rows: Sequence[Measures], shown: int
    ) -> None:
        """Draw these, each up to the step of its row, the rest faint."""
        by_number = {branch.number: branch for branch in branches}
        before = len(self._paths)
        kept = [row for row in rows if row.number in by_number]
        labels = brief([row.label for row in kept])
        self._paths = [
            _path(by_number[row.number], row, label) for row, label in zip(kept, labels, strict=True)
        ]
        self._reference, self._shown = _references(experiment), shown
        if len(self._paths) != before:
            self._back = None
            self.updateGeometry()
        self.update()

    def point_at(self, number: int) -> None:
        """Light that branch's picture up."""
        if number != self._lit:
            self._lit = number
            self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        columns, side = self._division(width)
        return math.ceil(-(-len(self._paths) // columns) * self._height(side) + GRID)

    def sizeHint(self) -> QSize:
        return QSize(50 * GRID, self.heightForWidth(50 * GRID))

    def minimumSizeHint(self) -> QSize:
        return QSize(16 * GRID, 16 * GRID)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._back = None
        self.setMinimumHeight(self.heightForWidth(self.width()))

    def _division(self, width: float) -> tuple[int, float]:
        """Columns, and the width of a picture."""
        columns = int(min(max((width - GRID) // (LEAST + GRID), 1), MOST_COLUMNS, max(len(self._paths), 1)))
        return columns, (width - GRID) / columns - GRID

    @staticmethod
    def _height(side: float) -> float:
        """Of a picture with its title and the gap below."""
        return TITLE + round(0.78 * side) + GRID

    def _places(self) -> list[QRectF]:
        """Where each picture stands, without its title."""
        columns, side = self._division(self.width())
        return [
            QRectF(
                GRID + place % columns * (side + GRID),
                TITLE + place // columns * self._height(side),
                side,
                self._height(side) - TITLE - GRID,
            )
            for place in range(len(self._paths))
        ]

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._field is None or len(self.axes) != 2:
            painter.setPen(QColor(self.theme.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "The objective is being evaluated …")
            return
        places = self._places()
        if places and self._back is None:
            self._back = self._background(places[0].size().toSize())
        for path, place in zip(self._paths, places, strict=True):
            if self._back is not None:
                painter.drawPixmap(place.topLeft(), self._back)
            self._paint(painter, path, place)

    def _frame(self, rect: QRectF) -> Frame:
        x, y = (Span(axis.low, axis.high) for axis in self.axes)
        return Frame(rect, x, y, False, self.theme, font("small"))

    def _background(self, size: QSize) -> QPixmap:
        """The field, painted once for all pictures."""
        ratio = self.devicePixelRatioF()
        made = QPixmap(size * ratio)
        made.setDevicePixelRatio(ratio)
        made.fill(QColor(self.theme.raised))
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._field is not None:
            self._field.paint(painter, self._frame(QRectF(0, 0, size.width(), size.height())))
        painter.end()
        return made

    def _paint(self, painter: QPainter, path: Path, place: QRectF) -> None:
        frame = self._frame(place)
        xs, ys = frame.across(path.xs), frame.down(path.ys)
        here = int(np.searchsorted(path.steps, path.row.step, side="right"))
        painter.save()
        painter.setClipRect(place)
        for colour, width, alpha in ((SHADE, 2.5, 0.2), (INK, 1.0, 0.5)):
            painter.setPen(pen(colour, width, alpha))
            draw_line(painter, xs[max(here - 1, 0) :], ys[max(here - 1, 0) :], width)
        for colour, width, alpha in ((SHADE, 3.5, 0.45), (INK, 1.75, 1.0)):
            painter.setPen(pen(colour, width, alpha))
            draw_line(painter, xs[:here], ys[:here], width)
        if np.isfinite(self._reference).all() and len(self._reference) == 2:
            marks.star(painter, frame.point(*map(float, self._reference)), 6.0, INK, SHADE)
        if len(xs):
            painter.setPen(pen(SHADE, 3.0, 0.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(xs[0], ys[0]), 4.0, 4.0)
            painter.setPen(pen(INK, 1.5))
            painter.drawEllipse(QPointF(xs[0], ys[0]), 4.0, 4.0)
        if 0 < here <= len(xs) and np.isfinite(xs[here - 1]) and np.isfinite(ys[here - 1]):
            marks.dot(painter, QPointF(xs[here - 1], ys[here - 1]), 4.5, self.theme.cursor, INK, 1.5)
        painter.restore()
        self._paint_title(painter, path, place)

    def _paint_title(self, painter: QPainter, path: Path, place: QRectF) -> None:
        """The run's line and label, its loss; a frame around the picture that is shown or pointed at."""
        colours, row = self.theme, path.row
        shown, lit = row.number == self._shown, row.number == self._lit
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen(colours.accent if shown or lit else colours.border, 2.0 if shown or lit else 1.0))
        painter.drawRect(place)
        line = QRectF(place.left(), place.top() - TITLE, place.width(), TITLE)
        middle = line.center().y()
        painter.setPen(pen(colours.accent, 2.25) if shown else branch_pen(colours, row.number, 2.25))
        painter.drawLine(QPointF(line.left(), middle), QPointF(line.left() + 14, middle))
        painter.setFont(monospace("small"))
        loss = f"✕ {row.step:,}" if path.ended else short(row.loss, 3)
        painter.setPen(QColor(colours.error if path.ended else colours.muted))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, loss)
        room = line.width() - 20 - QFontMetricsF(painter.font()).horizontalAdvance(loss) - 6
        painter.setFont(font("small"))
        painter.setPen(QColor(colours.text))
        text = QFontMetricsF(painter.font()).elidedText(path.label, Qt.TextElideMode.ElideRight, room)
        painter.drawText(
            line.adjusted(20, 0, 0, 0), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text
        )

    def _at(self, at: QPointF) -> int:
        """Number of the branch whose picture is pointed at; -1: none."""
        for path, place in zip(self._paths, self._places(), strict=True):
            if place.adjusted(0, -TITLE, 0, 0).contains(at):
                return path.row.number
        return -1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        number = self._at(event.position())
        self.setCursor(Qt.CursorShape.ArrowCursor if number < 0 else Qt.CursorShape.PointingHandCursor)
        self.point_at(number)
        self.pointed.emit(number)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        number = self._at(event.position())
        if number >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(number)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.point_at(-1)
        self.pointed.emit(-1)


def _path(branch: Branch, row: Measures, label: str) -> Path:
    steps, values = branch.history.path([0, 1], branch.history.last, MOST_POINTS)
    return Path(row, label, values[:, 0], values[:, 1], steps, bool(row.ended))


def brief(labels: Sequence[str]) -> list[str]:
    """Labels without what all of them say: the optimizer's name or the learning rate, and further settings."""
    words = [label.split() for label in labels]
    if len(words) < 2 or any(len(each) < 3 or each[1] != "lr" for each in words):
        return list(labels)
    if all(each[3:] == words[0][3:] for each in words):
        words = [each[:3] for each in words]
    if len({each[0] for each in words}) == 1:
        words = [each[1:] for each in words]
    elif len({each[2] for each in words}) == 1:
        words = [[each[0], *each[3:]] for each in words]
    return [" ".join(each) for each in words]
