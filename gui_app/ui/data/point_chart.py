"""A chart of the rows of the data as points, which tells of the one under the mouse and lets it be chosen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QCursor, QPainter
from PySide6.QtWidgets import QToolTip, QWidget

from gui_app.core.fit import Fit
from gui_app.ui.curves.chart import Chart
from gui_app.ui.curves.frame import Frame
from gui_app.ui.curves.span import Span, span_of
from gui_app.ui.data import marks
from gui_app.ui.data.view import described
from gui_app.ui.theme import Palette

MARGIN = 0.06
OUTLINE = "#ffffff"
"""Around points that lie on a field of colours."""
FEW = 200
"""Rows of a batch up to which each is ringed; of more, each has a dot."""
Places = NDArray[np.float64]
Shade = Callable[[Places], marks.Shades]
"""A colour for each of values (n,)."""


class PointChart(Chart):
    """Every predicted row of a Fit at a place of its own; the batch of the step is ringed."""

    sample_chosen = Signal(int)

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(palette, parent)
        self.fit_: Fit | None = None
        self._at = np.empty((0, 2))
        self._shade: Shade | None = None
        self.hovered.connect(self._on_hovered)
        self.clicked.connect(self._on_clicked)

    def set_points(
        self, fit: Fit, xs: NDArray[np.floating], ys: NDArray[np.floating], shade: Shade | None = None
    ) -> None:
        """Where the predicted rows lie, (n,) each; ``shade`` colours them by their targets instead of by class."""
        self.fit_, self._shade = fit, None if fit.truth is None else shade
        self._at = np.stack([np.asarray(xs, float), np.asarray(ys, float)], axis=1)

    def home_of(self, values: NDArray[np.floating], margin: float = MARGIN) -> Span:
        """The stretch that holds these values."""
        return span_of(np.asarray(values, float).ravel(), margin=margin)

    def draw_points(self, painter: QPainter, frame: Frame) -> None:
        """The points, or how dense they lie."""
        fit = self.fit_
        if fit is None or not len(self._at):
            return
        painter.setClipRect(frame.rect)
        xs, ys = frame.across(self._at[:, 0]), frame.down(self._at[:, 1])
        if len(xs) > marks.MOST:
            self._draw_cloud(painter, frame, xs, ys)
        elif self._shade is not None:
            self._draw_shaded(painter, xs, ys, self._shade)
        else:
            for part, mark in marks.groups(fit, frame.palette):
                marks.draw(painter, xs[part], ys[part], mark)

    def _draw_cloud(self, painter: QPainter, frame: Frame, xs: Places, ys: Places) -> None:
        """How dense they lie; each cell by the mean of its targets, or by the kind that it has most of."""
        assert self.fit_ is not None
        cloud = marks.Cloud.of(frame.rect, xs, ys)
        if self._shade is not None:
            means = cloud.sums(np.asarray(self.fit_.truth, float)) / np.maximum(cloud.sums(), 1.0)
            bands, colours = self._shade(means)
            inks = np.array([marks.ink_of(colour) for colour in colours], np.uint8)[bands]
        else:
            kinds = list(marks.groups(self.fit_, frame.palette))
            most = np.stack([cloud.sums(part) for part, _ in kinds]).argmax(0)
            inks = np.array([marks.ink_of(mark.colour) for _, mark in kinds], np.uint8)[most]
        cloud.paint(painter, frame.rect, inks)

    def _draw_shaded(self, painter: QPainter, xs: Places, ys: Places, shade: Shade) -> None:
        assert self.fit_ is not None
        bands, colours = shade(np.asarray(self.fit_.truth, float))
        radius = 4.6 * marks.shrink(len(xs))
        for band, ink in enumerate(colours):
            for held_out in (False, True):
                part = (bands == band) & (self.fit_.held_out == held_out)
                mark = marks.Mark(ink, OUTLINE, marks.DIAMOND if held_out else 0, radius, 1.0)
                marks.draw(painter, xs[part], ys[part], mark)

    def draw_chosen(self, painter: QPainter, frame: Frame) -> None:
        """Rings around the batch, and around the sample."""
        fit = self.fit_
        if fit is None or not len(self._at):
            return
        painter.setClipRect(frame.rect.adjusted(-8, -8, 8, 8))
        if fit.is_batched:
            places = np.flatnonzero(np.isin(fit.rows, fit.batch))[: marks.MOST]
            radius = 6.5 * marks.shrink(len(fit.rows)) if len(places) <= FEW else 1.0
            self._ring(painter, frame, places, frame.palette.cursor, radius, 1.6)
        if fit.sample is not None:
            places = np.flatnonzero(fit.rows == fit.sample)
            self._ring(painter, frame, places, frame.palette.text, 8.5, 2.2)

    def _ring(
        self,
        painter: QPainter,
        frame: Frame,
        places: NDArray[np.intp],
        colour: str,
        radius: float,
        width: float,
    ) -> None:
        at = self._at[places]
        marks.draw_rings(painter, frame.across(at[:, 0]), frame.down(at[:, 1]), colour, radius, width)

    def _under(self, at: QPointF) -> int | None:
        frame = self.current_frame()
        return marks.nearest(frame.across(self._at[:, 0]), frame.down(self._at[:, 1]), at)

    def _on_hovered(self, at: QPointF | None) -> None:
        place = None if at is None or self.fit_ is None else self._under(at)
        text = "" if place is None or self.fit_ is None else described(self.fit_, place)
        QToolTip.showText(QCursor.pos(), text, self)

    def _on_clicked(self, at: QPointF) -> None:
        place = self._under(at)
        if place is not None and self.fit_ is not None:
            self.sample_chosen.emit(int(self.fit_.rows[place]))
