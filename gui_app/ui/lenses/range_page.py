"""The page of the learning-rate range test: loss against learning rate, filling in while it is computed."""

from __future__ import annotations

import math
from collections.abc import Hashable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from gui_app.core.lenses import RangeTest, RangeTestAsked
from gui_app.core.moment import Moment
from gui_app.core.question import Question
from gui_app.core.session import resume_of
from gui_app.ui.curves import marks
from gui_app.ui.curves.chart import Chart
from gui_app.ui.curves.frame import LABEL_PIXELS, Frame, pen, sized
from gui_app.ui.curves.span import Span, span_of
from gui_app.ui.curves.strokes import draw_line
from gui_app.ui.editor.number_field import DragLabel, Number, NumberField, count
from gui_app.ui.lenses.page import Page, with_rate
from gui_app.ui.lenses.spectrum import written
from gui_app.ui.theme import GRID, Palette, category

RATES = 67
DECADES = (2.5, 3.0)
"""Powers of ten below and above the present learning rate."""
STEPS, MOST_STEPS = 10, 20
DEEPEST = 1e-12
"""The smallest share of the loss before that is drawn."""
NEAR = 12.0
"""Pixels from a point within which the pointer means it."""


class RangePage(Page):
    """Shows a RangeTest; a click uses the learning rate of a point."""

    title = "Range test"
    help = "What a few updates with each learning rate make of the loss, from this step on."
    waits = True

    def __init__(self, palette: Palette) -> None:
        self.test: RangeTest | None = None
        self._near: int | None = None
        self.chart = Chart(palette)
        self.steps = NumberField(palette, STEPS, _steps_problem, count)
        self.steps.setFixedWidth(6 * GRID)
        self.best = QPushButton()
        super().__init__(palette)
        self.chart.set_axes("learning rate", "loss")
        self.chart.set_layers([self._draw_lines, self._draw_losses], [self._draw_near])
        self.chart.clicked.connect(self._on_clicked)
        self.chart.hovered.connect(self._on_hovered)
        self.steps.settled.connect(self.question_changed)
        self.best.clicked.connect(self._on_best)

    def build(self, column: QVBoxLayout) -> None:
        """A line of settings above the chart."""
        row = QHBoxLayout()
        row.setContentsMargins(GRID + 4, GRID, GRID + 4, 0)
        row.setSpacing(GRID)
        label = DragLabel("steps with each")
        label.setToolTip(f"How many updates are made with each learning rate: 1 to {MOST_STEPS}.")
        label.stepped.connect(self.steps.step_by)
        label.setBuddy(self.steps)
        self.steps.setAccessibleName("Steps with each learning rate")
        self.best.setMinimumWidth(18 * GRID)
        self.best.setToolTip("Use the learning rate with the smallest loss.")
        row.addWidget(label)
        row.addWidget(self.steps)
        row.addStretch(1)
        row.addWidget(self.best)
        self._hint = QLabel()
        self._hint.setObjectName("muted")
        self._hint.setContentsMargins(GRID + 4, 0, GRID + 4, GRID)
        column.addLayout(row)
        column.addWidget(self.chart, 1)
        column.addWidget(self._hint)

    # The question

    def subject(self, moment: Moment) -> Hashable:
        """All settings of the optimizer count but its learning rate, around which the test is laid."""
        return id(moment.history), moment.step, moment.experiment.optimizer, self.steps.value

    def question(self, moment: Moment) -> Question | None:
        """Rates around the present one."""
        rate = self._rate(moment)
        if rate is None:
            self.tell(f"{moment.experiment.optimizer.name} has no learning rate above 0 to look around.")
            return None
        assert moment.history is not None
        middle = math.log10(rate)
        rates = np.logspace(middle - DECADES[0], middle + DECADES[1], RATES)
        resume = resume_of(moment.history, moment.history.nearest(moment.step))
        return RangeTestAsked(
            experiment=moment.experiment, resume=resume, rates=rates, steps=int(self.steps.value)
        )

    @staticmethod
    def _rate(moment: Moment) -> float | None:
        rate = moment.experiment.optimizer.complete().get("lr")
        return float(rate) if isinstance(rate, int | float) and rate > 0 else None

    def accept(self, answer: object) -> bool:
        """Show a RangeTest, perhaps one that is not complete yet."""
        if not isinstance(answer, RangeTest):
            return False
        self.test = answer
        self.show_answer()
        return True

    def forget(self) -> None:
        """There is none of this record yet."""
        self.test, self._near = None, None

    # What is shown

    def paint_anew(self) -> None:
        """The chart with what is known so far."""
        found = self.test
        if found is None:
            return
        losses, positive = _shown(found)
        known = losses[np.isfinite(losses)]
        self.chart.set_logarithmic(x=True, y=positive)
        # What was thrown far out must not press the rest flat.
        highest = (
            found.start * 100
            if positive
            else found.start + 2 * (found.start - known.min(initial=found.start))
        )
        inside = known[known <= max(highest, found.start)]
        y = span_of([*inside.tolist(), found.start], log=positive, margin=0.08)
        self.chart.set_home(Span(math.log10(found.rates[0]), math.log10(found.rates[-1])), y)
        self.chart.touch()
        self.chart.set_axes("learning rate", "loss")  # as much of the names as there is room for now
        self._tell_best(found)
        self._read()

    def _tell_best(self, found: RangeTest) -> None:
        self.best.setVisible(found.best is not None)
        if found.best is not None:
            self.best.setText(f"Use best {written(found.best, 2)}")
        done = "" if found.done == len(found.rates) else f" {found.done} of {len(found.rates)} tried."
        steps = "1 update" if found.steps == 1 else f"{found.steps} updates"
        self._hint.setText(done.strip() or f"Loss after {steps}. Click a point to use its rate.")

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self.chart.apply_theme(palette)
        self.steps.apply_theme(palette)
        super().apply_theme(palette)

    def _read(self) -> None:
        """The point under the pointer, else what is marked."""
        found, theme = self.test, self.palette_
        if found is None:
            return
        if self._near is not None:
            loss = float(found.losses[self._near])
            said = f"loss {written(loss)}" if math.isfinite(loss) else "not finite"
            reading = [(f"lr {written(float(found.rates[self._near]))}", theme.text), (said, theme.text)]
        else:
            rate = None if self.moment is None else self._rate(self.moment)
            reading = [] if rate is None else [(f"lr {written(rate)}", theme.cursor)]
            if found.best is not None:
                reading.append((f"best {written(found.best, 3)}", theme.good))
            if found.limit is not None:
                reading.append((f"limit {written(found.limit, 3)}", theme.error))
        self.chart.set_step(None, reading)

    def _draw_lines(self, painter: QPainter, frame: Frame) -> None:
        """The loss before as a level; the present rate, the best and the limit as uprights."""
        found = self.test
        if found is None:
            return
        rect, palette = frame.rect, frame.palette
        painter.setClipRect(rect)
        level = float(frame.down(found.start))
        painter.setPen(pen(palette.muted, 1.25, 1.0, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(rect.left(), level), QPointF(rect.right(), level))
        painter.setFont(sized(frame.font, LABEL_PIXELS - 1))
        painter.drawText(QPointF(rect.left() + 6, level - 5), "loss at this step")
        rate = None if self.moment is None else self._rate(self.moment)
        uprights = (
            (found.limit, palette.error, Qt.PenStyle.DashLine),
            (found.best, palette.good, Qt.PenStyle.DotLine),
            (rate, palette.cursor, Qt.PenStyle.SolidLine),
        )
        for value, colour, style in uprights:
            if value is not None:
                x = float(frame.across(value))
                painter.setPen(pen(colour, 1.75, 1.0, style))
                painter.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()))

    def _draw_losses(self, painter: QPainter, frame: Frame) -> None:
        """The curve and its points; those that were thrown out as crosses along the upper edge."""
        found = self.test
        if found is None:
            return
        colour = category(frame.palette, 0)
        painter.setClipRect(frame.rect)
        known = ~np.isnan(found.losses)
        xs, losses = frame.across(found.rates[known]), _shown(found)[0][known]
        ys = np.where(np.isfinite(losses), frame.down(np.where(np.isfinite(losses), losses, 1.0)), np.nan)
        painter.setPen(pen(colour))
        draw_line(painter, xs, ys, 2.0)
        for x, y in zip(xs.tolist(), ys.tolist(), strict=True):
            if math.isnan(y):
                top = QPointF(x, frame.rect.top() + 8)
                painter.setPen(pen(frame.palette.error, 1.5))
                for way in (1, -1):
                    painter.drawLine(top + QPointF(-3, -3 * way), top + QPointF(3, 3 * way))
            else:
                marks.dot(painter, QPointF(x, y), 3.0, colour, frame.palette.panel, 1.0)
        if found.best is not None:
            best = _shown(found)[0][found.rates == found.best]
            marks.star(
                painter, frame.point(found.best, float(best[0])), 7.0, frame.palette.good, frame.palette.panel
            )

    def _draw_near(self, painter: QPainter, frame: Frame) -> None:
        found = self.test
        if found is None or self._near is None or not math.isfinite(found.losses[self._near]):
            return
        at = frame.point(float(found.rates[self._near]), float(_shown(found)[0][self._near]))
        painter.setClipRect(frame.rect)
        painter.setPen(pen(frame.palette.text, 1.5))
        painter.setBrush(QColor(0, 0, 0, 0))
        painter.drawEllipse(at, 6.5, 6.5)

    # What is done

    def _at(self, at: QPointF) -> int | None:
        """The tried rate under the pointer."""
        if self.test is None:
            return None
        known = np.flatnonzero(~np.isnan(self.test.losses))
        places = self.chart.current_frame().across(self.test.rates[known])
        if not len(known) or float(np.abs(places - at.x()).min()) > NEAR:
            return None
        return int(known[np.abs(places - at.x()).argmin()])

    def _on_hovered(self, at: QPointF | None) -> None:
        near = None if at is None else self._at(at)
        if near != self._near:
            self._near = near
            self._read()

    def _on_clicked(self, at: QPointF) -> None:
        near = self._at(at)
        if near is not None and self.test is not None and math.isfinite(self.test.losses[near]):
            self._use(float(self.test.rates[near]))

    def _on_best(self) -> None:
        if self.test is not None and self.test.best is not None:
            self._use(self.test.best)

    def _use(self, rate: float) -> None:
        """Two digits are enough, and look better in the form."""
        if self.moment is not None:
            self.experiment_edited.emit(with_rate(self.moment, float(f"{rate:.1e}")))


def _shown(found: RangeTest) -> tuple[NDArray[np.float64], bool]:
    """The losses as they are drawn, and whether on a logarithmic axis: what is 0 to all digits lies at its foot."""
    known = found.losses[np.isfinite(found.losses)]
    if found.start <= 0 or (known < 0).any():
        return found.losses, False
    return np.maximum(found.losses, found.start * DEEPEST), True


def _steps_problem(value: Number) -> str | None:
    return None if 1 <= value <= MOST_STEPS else f"must lie between 1 and {MOST_STEPS}"
