"""The loss over the steps: live, complete at any length, with the step k as a line that can be dragged."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui_app.core.history import History
from gui_app.ui.curves import marks
from gui_app.ui.curves.chart import Chart
from gui_app.ui.curves.corner import Corner
from gui_app.ui.curves.crosshair import Crosshair
from gui_app.ui.curves.frame import Frame
from gui_app.ui.curves.loss_curve import LossCurve, OddLosses
from gui_app.ui.curves.numbers import said
from gui_app.ui.curves.picture import ChartPicture
from gui_app.ui.curves.reading import Reading
from gui_app.ui.curves.span import Span, span_of
from gui_app.ui.figures.menu import PictureMenu
from gui_app.ui.theme import Palette

EMPTY = "The loss of each step appears here. Press play."


class LossPanel(QWidget):
    """The loss panel. It never polls: call ``refresh`` when steps were recorded, at most 30 times a second."""

    step_chosen = Signal(int)
    """The cursor line was dragged, or the plot clicked, to this step."""
    picture_wanted = Signal(str)
    """``save`` or ``copy``: chosen in the context menu."""

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self._history: History | None = None
        self._step = 0
        self._mouse: QPointF | None = None
        self._curve = LossCurve()
        self.chart = Chart(palette, self)
        self.chart.set_axes("step", "loss", whole=True)
        self.chart.set_layers([self._curve.paint], [self._draw_value])
        self.chart.set_message(EMPTY)
        self.chart.setAccessibleName("Loss over the steps")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.chart)
        self._corner = Corner(self.chart, palette)
        self._log = self._corner.toggle("log", "Logarithmic loss axis", self._on_log)
        self._fit = self._corner.button("fit", "Show the whole run (double click)", self.chart.fit)
        self._crosshair = Crosshair(self.chart)
        self._menu = PictureMenu(self.chart)
        self._menu.wanted.connect(self.picture_wanted)
        self.chart.clicked.connect(self._on_clicked)
        self.chart.cursor_dragged.connect(self._on_cursor_dragged)
        self.chart.hovered.connect(self._on_hovered)
        self.chart.view_changed.connect(self._on_view_changed)

    def apply_theme(self, palette: Palette) -> None:
        """Use other colours from now on."""
        self._palette = palette
        self.chart.apply_theme(palette)
        self._corner.apply_theme(palette)
        self.set_step(self._step)

    def set_history(self, history: History | None) -> None:
        """Show this record from its beginning, whole."""
        self._history = self._curve.history = history
        self._curve.odd = OddLosses(history) if history is not None else None
        self.chart.zoomed = False
        self._step = 0
        self.refresh()
        self.chart.fit()

    def refresh(self) -> None:
        """New steps were recorded."""
        history = self._history
        filled = history is not None and len(history) > 0
        self.chart.set_message("" if filled else EMPTY)
        self._corner.setVisible(filled)
        if filled:
            assert history is not None
            assert self._curve.odd is not None
            self._curve.odd.update()
            self.chart.set_home(*self._whole(history))
        self.set_step(self._step)
        self._on_hovered(self._mouse)  # the mouse may rest while what lies below it changes
        self.chart.touch()

    @property
    def step(self) -> int:
        """The step that is shown."""
        return self._step

    def set_step(self, k: int) -> None:
        """Put the cursor line at step k."""
        self._step = k
        known = self._history is not None and 0 <= k < len(self._history)
        self.chart.set_step(float(k) if known else None, self._reading())

    @property
    def logarithmic(self) -> bool:
        """Whether the loss axis is logarithmic."""
        return self._log.isChecked()

    def set_logarithmic(self, on: bool) -> None:
        """Choose the loss axis."""
        self._log.setChecked(on)

    def picture(self) -> ChartPicture:
        """The panel as a picture to be taken away."""
        return ChartPicture("loss", self.chart, self)

    def _whole(self, history: History) -> tuple[Span, Span]:
        """Axes that hold the whole run."""
        last = max(history.last, 1)
        _, losses = history.loss_curve(0, history.last, 512)
        values = np.append(losses, self._curve.odd.least_positive if self._curve.odd else math.nan)
        x = Span(-0.01 * last, 1.02 * last)
        return x, span_of(values if self.logarithmic else losses, log=self.logarithmic, margin=0.06)

    def _reading(self) -> Reading:
        history, colours = self._history, self._palette
        if history is None or not 0 <= self._step < len(history):
            return ()
        pieces = [(f"step {self._step:,}", colours.cursor)]
        pieces.append((f"loss {said(float(history.losses[self._step]))}", colours.text))
        assert self._curve.odd is not None
        odd = self._curve.odd.steps(log=self.logarithmic)
        if len(odd):
            what = "not positive or not finite" if self.logarithmic else "not finite"
            pieces.append((f"{len(odd):,} {what}, first at {odd[0]:,}", colours.error))
        return pieces

    def _on_log(self, on: bool) -> None:
        """Change the loss axis; the stretch of steps that was zoomed to stays."""
        x, _ = self.chart.view
        zoomed, self.chart.zoomed = self.chart.zoomed, False
        self.chart.set_logarithmic(on)
        if self._history is None or not len(self._history):
            return
        self.chart.set_home(*self._whole(self._history))
        if zoomed:
            _, losses = self._curve.points(x, 512)
            self.chart.set_view(x, span_of(losses, log=on, margin=0.06))
        self.refresh()

    def _on_view_changed(self) -> None:
        self._fit.setVisible(self.chart.zoomed)
        self.chart.reserved = float(self._corner.sizeHint().width() + 16)

    def _on_clicked(self, at: QPointF) -> None:
        self._choose(self.nearest(at))

    def _on_cursor_dragged(self, x: float) -> None:
        self._choose(round(x))

    def _choose(self, step: int) -> None:
        if self._history is not None and len(self._history):
            self.step_chosen.emit(min(max(step, 0), self._history.last))

    def nearest(self, at: QPointF) -> int:
        """The step under the mouse: of those that share its pixels the one whose loss is nearest to it."""
        assert self._history is not None
        frame = self.chart.frame()
        reach = 1.5 * frame.x.length / frame.rect.width()
        x = frame.x_at(at)
        last = self._history.last
        first = min(max(math.ceil(x - reach), 0), last)
        end = min(max(math.floor(x + reach), 0), last) + 1
        if end - first <= 1:
            return min(max(round(x), 0), last)
        distance = np.abs(frame.down(self._history.losses[first:end]) - at.y())
        return first + int(np.argmin(np.where(np.isnan(distance), np.inf, distance)))

    def _on_hovered(self, at: QPointF | None) -> None:
        self._mouse = at
        if at is None or self._history is None or not len(self._history):
            self._crosshair.hide()
        else:
            step = self.nearest(at)
            self._crosshair.show(step, float(self._history.losses[step]))

    def _draw_value(self, painter: QPainter, frame: Frame) -> None:
        """The dot where the cursor line meets the curve."""
        history, step = self._history, self._step
        if history is not None and 0 <= step < len(history) and math.isfinite(history.losses[step]):
            at = frame.point(step, float(history.losses[step]))
            marks.dot(painter, at, 5.0, frame.palette.cursor, frame.palette.panel, 2.0)
