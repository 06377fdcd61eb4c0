"""One row on its way through the layers of the model."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QToolButton, QWidget

from gui_app.core.experiment import Experiment
from gui_app.core.fit import Fit
from gui_app.ui.data.network_columns import HEAD, Column, Stage, draw_weights, room_beside, stages_of
from gui_app.ui.data.pictures import Paper
from gui_app.ui.data.rows_model import PARTS
from gui_app.ui.data.view import DataView, written
from gui_app.ui.style import font
from gui_app.ui.theme import GRID, Palette


class NetworkView(DataView):
    """Neurons in columns, coloured by what comes out of them; lines are weights."""

    name = "Network"
    help = "One row on its way through the layers. Click a point or a row of the table to follow another."
    wants_layers = True

    def __init__(self, palette: Palette) -> None:
        super().__init__(palette)
        self.paper: Paper | None = None
        """How the rows are drawn, where they are pictures."""
        self.canvas = _Canvas(self)
        self.canvas.setAccessibleName("Layers of the model")
        self.before, self.next, self.mistake = (
            self._button("‹", "Follow the row before this one", lambda: self._go(-1)),
            self._button("›", "Follow the next row", lambda: self._go(1)),
            self._button(
                "next mistake", "Follow the next row that is taken for a wrong class", self._go_wrong
            ),
        )

    @classmethod
    def suits(cls, fit: Fit, experiment: Experiment) -> bool:
        """Where there are layers, or a single one that is a matrix of weights."""
        count = len(fit.data.names)
        return bool(fit.layers) or any(
            "." in spec.name or (len(spec.shape) == 2 and count > 1 and spec.shape[1] == count)
            for spec in experiment.trained
        )

    def show_fit(self, fit: Fit, experiment: Experiment) -> None:  # noqa: ARG002
        """Follow the sample of this Fit."""
        if self.fit is None or self.fit.data is not fit.data:
            self.paper = Paper.of(fit.data)
        self.fit = fit
        self.mistake.setVisible(bool(len(self._wrong(fit))))
        self._place_buttons()
        self.canvas.stages = stages_of(fit.layers)
        self.canvas.update()

    def resizeEvent(self, _event: object) -> None:
        self.canvas.setGeometry(self.rect())
        self._place_buttons()

    def _button(self, text: str, tip: str, act: Callable[[], None]) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setAutoRaise(True)
        button.clicked.connect(act)
        return button

    def _place_buttons(self) -> None:
        """From the right end of the caption's line to the left."""
        x = self.width() - GRID
        for button in (self.next, self.before, self.mistake):
            if not button.isHidden():
                button.adjustSize()
                x -= button.width()
                button.move(x, 4)

    def _go(self, by: int) -> None:
        """Follow the row so many places on among those that are predicted."""
        fit = self.fit
        if fit is not None and fit.sample is not None:
            at = int(np.searchsorted(fit.rows, fit.sample)) + by
            self.sample_chosen.emit(int(fit.rows[at % len(fit.rows)]))

    def _go_wrong(self) -> None:
        fit = self.fit
        if fit is not None and fit.sample is not None:
            rows = self._wrong(fit)
            self.sample_chosen.emit(int(rows[np.searchsorted(rows, fit.sample, "right") % len(rows)]))

    @staticmethod
    def _wrong(fit: Fit) -> NDArray[np.intp]:
        """The rows that are taken for a wrong class, but for the sample where it is the only one."""
        rows = fit.rows[PARTS["wrong"].which(fit)]
        return rows[:0] if len(rows) == 1 and rows[0] == fit.sample else rows

    def paint_picture(self, painter: QPainter, target: QRectF) -> None:
        """The picture alone."""
        painter.fillRect(target, QColor(self.palette_.panel))
        self.canvas.paint(painter, target)

    def place(self) -> int | None:
        """Where the sample is among the predicted rows."""
        fit = self.fit
        if fit is None or fit.sample is None:
            return None
        found = int(np.searchsorted(fit.rows, fit.sample))
        return found if found < len(fit.rows) and fit.rows[found] == fit.sample else None

    def caption(self) -> str:
        """Which row it is, and what it is taken for."""
        fit = self.fit
        if fit is None or fit.sample is None:
            return ""
        words = f"row {int(fit.data.rows[fit.sample]) + 1:,}"
        place, truth = self.place(), fit.truth
        if truth is None or place is None:
            return words
        classes = fit.data.classes
        if classes is not None and fit.classes is not None and fit.probabilities is not None:
            best = int(fit.classes[place])
            share = fit.probabilities[place, best]
            return f"{words}: “{classes[int(truth[place])]}”, taken for “{classes[best]}” ({share:.0%})"
        if fit.values is not None:
            return f"{words}: target {written(float(truth[place]))}, predicted {written(float(fit.values[place]))}"
        return words


class _Canvas(QWidget):
    def __init__(self, view: NetworkView) -> None:
        super().__init__(view)
        self.view = view
        self.stages: list[Stage] = []

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        self.paint(painter, QRectF(self.rect()))
        painter.end()

    def paint(self, painter: QPainter, where: QRectF) -> None:
        """All columns, lines below neurons."""
        if not self.stages:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.view.palette_
        painter.setFont(font("body"))
        painter.setPen(QColor(palette.text))
        painter.drawText(QPointF(where.left() + GRID + 4, where.top() + 20), self.view.caption())
        columns = self._columns(where)
        for before, after in pairwise(columns):
            draw_weights(painter, before, after, palette)
        for at, column in enumerate(columns):
            column.paint(painter, palette, first=at == 0, last=at == len(columns) - 1)

    def _columns(self, where: QRectF) -> list[Column]:
        """The layers at their places, with room for words on both sides."""
        last = len(self.stages) - 1
        words = [self._names(at) for at in range(last + 1)]
        left, right = (room_beside(words[at], self.stages[at]) for at in (0, last))
        inner = where.adjusted(left, HEAD, -right, -2.5 * GRID)
        step = inner.width() / max(last, 1)
        columns = [
            Column(stage, inner.left() + at * step, inner, step, words[at])
            for at, stage in enumerate(self.stages)
        ]
        columns[0].room, columns[last].room = left - GRID - 18, right - GRID - 18
        columns[last].words, columns[last].true = self._shares(), self._truth()
        fit, paper = self.view.fit, self.view.paper
        if fit is not None and fit.sample is not None and paper is not None:
            values = fit.data.original(fit.data.features[fit.sample])
            columns[0].photo = paper.image(values, self.view.palette_)
        return columns

    def _shares(self) -> list[str]:
        """The sample's probabilities, where they belong to the last layer one by one."""
        fit = self.view.fit
        place = self.view.place()
        if fit is None or fit.probabilities is None or place is None or not self._names(len(self.stages) - 1):
            return []
        return [f"{share:.0%}" for share in fit.probabilities[place].tolist()]

    def _truth(self) -> int | None:
        fit, place = self.view.fit, self.view.place()
        if fit is None or place is None or fit.truth is None or not self._names(len(self.stages) - 1):
            return None
        return int(fit.truth[place])

    def _names(self, at: int) -> tuple[str, ...]:
        fit = self.view.fit
        if fit is None:
            return ()
        if at == 0:
            return fit.data.names
        if at == len(self.stages) - 1 and len(fit.data.classes or ()) == len(self.stages[at].values):
            return fit.data.classes or ()
        return ()
