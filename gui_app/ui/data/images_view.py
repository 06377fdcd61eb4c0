"""Rows that are pictures, side by side, each with what it is taken for."""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QToolTip, QVBoxLayout, QWidget

from gui_app.core.experiment import Experiment
from gui_app.core.fit import Fit
from gui_app.core.prepared import Prepared
from gui_app.ui.curves.frame import pen
from gui_app.ui.data.pictures import Paper
from gui_app.ui.data.rows_model import PARTS
from gui_app.ui.data.view import DataView, described
from gui_app.ui.starts.choice import Choice
from gui_app.ui.style import font
from gui_app.ui.theme import GRID, Palette

SIDE, GAP, CAPTION = 48.0, 12.0, 16.0
MOST = 5_000
"""Pictures that are shown."""


class ImagesView(DataView):
    """Every row as a picture, in the order of the table; click one to follow it."""

    name = "Images"
    help = "Every row as a picture, with what it is taken for. Click one to follow it."

    def __init__(self, palette: Palette) -> None:
        super().__init__(palette)
        self.parts = Choice("Which rows are shown")
        self.canvas = _Canvas(self)
        self.canvas.setAccessibleName("Rows as pictures")
        self._told = QLabel()
        self._told.setObjectName("muted")
        self.part = "all"
        words = QLabel("Rows")
        words.setObjectName("muted")
        row = QHBoxLayout()
        row.setContentsMargins(GRID + 4, 0, GRID, 0)
        row.setSpacing(GRID // 2)
        for widget in (words, self.parts, self._told):
            row.addWidget(widget)
        row.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self.canvas)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(area, 1)
        self.parts.chosen.connect(self._on_part)

    @classmethod
    def suits(cls, fit: Fit, experiment: Experiment) -> bool:  # noqa: ARG003
        """Where each row is a square of pixels."""
        return Paper.of(fit.data) is not None

    def show_fit(self, fit: Fit, experiment: Experiment) -> None:  # noqa: ARG002
        """Show these rows."""
        self.fit = fit
        if not PARTS[self.part].makes_sense(fit):
            self.part = "all"
        offered = {p.words.format(step=fit.step): key for key, p in PARTS.items() if p.makes_sense(fit)}
        self.parts.offer(offered, self.part)
        shown = np.flatnonzero(PARTS[self.part].which(fit))
        self.canvas.show_rows(fit, shown[:MOST])
        count = f"{len(shown):,} of {len(fit.rows):,}" if len(shown) < len(fit.rows) else f"{len(shown):,}"
        self._told.setText(count)

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        super().apply_theme(palette)
        self.canvas.forget()

    def paint_picture(self, painter: QPainter, target: QRectF) -> None:
        """The pictures that are on the screen."""
        painter.fillRect(target, QColor(self.palette_.panel))
        seen = self.canvas.visibleRegion().boundingRect()
        painter.save()
        painter.setClipRect(target)
        painter.translate(target.topLeft())
        painter.scale(target.width() / max(self.width(), 1), target.height() / max(self.height(), 1))
        painter.translate(0, -seen.top())
        self.canvas.paint(painter, QRectF(0, seen.top(), self.width(), self.height()))
        painter.restore()

    def _on_part(self) -> None:
        self.part = self.parts.value
        if self.fit is not None:
            self.show_fit(self.fit, Experiment())


class _Canvas(QWidget):
    def __init__(self, view: ImagesView) -> None:
        super().__init__()
        self.view = view
        self._shown: NDArray[np.intp] = np.empty(0, np.intp)
        """Places among the predicted rows."""
        self._data: Prepared | None = None
        self._paper: Paper | None = None
        self._images: dict[int, QImage] = {}
        """By row, in the colours of the theme."""

    def show_rows(self, fit: Fit, shown: NDArray[np.intp]) -> None:
        if fit.data is not self._data:
            self._data, self._paper = fit.data, Paper.of(fit.data)
            self._images.clear()
        self._shown = shown
        self._fit_height()
        self.update()

    def forget(self) -> None:
        """The colours are others."""
        self._images.clear()
        self.update()

    @property
    def _across(self) -> int:
        return max(1, int((self.width() - GAP) // (SIDE + GAP)))

    @staticmethod
    def _pitch() -> float:
        return SIDE + CAPTION + GAP

    def _fit_height(self) -> None:
        self.setMinimumHeight(round(ceil(len(self._shown) / self._across) * self._pitch() + GAP))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_height()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(self.view.palette_.panel))
        self.paint(painter, QRectF(event.rect()))
        painter.end()

    def paint(self, painter: QPainter, where: QRectF) -> None:
        """Those that lie in ``where``."""
        fit = self.view.fit
        if fit is None or self._paper is None:
            return
        first = max(0, int((where.top() - GAP) // self._pitch())) * self._across
        last = (int(where.bottom() // self._pitch()) + 1) * self._across
        places = self._shown[first:last]
        batch = np.isin(fit.rows[places], fit.batch) & fit.is_batched
        wrong = PARTS["wrong"].which(fit)[places]
        for at, place in enumerate(places.tolist()):
            self._paint_one(
                painter, fit, place, self._box(first + at), batch=bool(batch[at]), wrong=bool(wrong[at])
            )

    def _paint_one(
        self, painter: QPainter, fit: Fit, place: int, box: QRectF, *, batch: bool, wrong: bool
    ) -> None:
        palette, row = self.view.palette_, int(fit.rows[place])
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(box, self._image(fit, row))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen(palette.cursor, 2.4) if batch else pen(palette.border, 1.0))
        painter.drawRect(box)
        if row == fit.sample:
            painter.setPen(pen(palette.text, 2.0))
            painter.drawRect(box.adjusted(-4, -4, 4, 4))
        painter.setFont(font("small", bold=wrong))
        painter.setPen(QColor(palette.error if wrong else palette.muted))
        below = QRectF(box.left() - GAP / 2, box.bottom() + 2, SIDE + GAP, CAPTION)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, _caption(fit, place, wrong=wrong))

    def _image(self, fit: Fit, row: int) -> QImage:
        if row not in self._images:
            assert self._paper is not None
            values = fit.data.original(fit.data.features[row])
            self._images[row] = self._paper.image(values, self.view.palette_)
        return self._images[row]

    def _box(self, number: int) -> QRectF:
        row, column = divmod(number, self._across)
        return QRectF(GAP + column * (SIDE + GAP), GAP / 2 + row * self._pitch(), SIDE, SIDE)

    def _under(self, at: QPointF) -> int | None:
        """The place of the picture at a point."""
        column, row = int((at.x() - GAP / 2) // (SIDE + GAP)), int(at.y() // self._pitch())
        number = row * self._across + column
        inside = 0 <= column < self._across and 0 <= number < len(self._shown)
        return int(self._shown[number]) if inside else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place, fit = self._under(event.position()), self.view.fit
        if place is not None and fit is not None and event.button() == Qt.MouseButton.LeftButton:
            self.view.sample_chosen.emit(int(fit.rows[place]))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place, fit = self._under(QPointF(event.pos())), self.view.fit
            text = "" if place is None or fit is None else described(fit, place)
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)


def _caption(fit: Fit, place: int, *, wrong: bool) -> str:
    """What the picture is taken for; and what it is, where that is something else."""
    classes, truth = fit.data.classes, fit.truth
    if classes is None or truth is None:
        return "" if truth is None else f"{float(truth[place]):.4g}"
    if fit.classes is None:
        return classes[int(truth[place])]
    taken = classes[int(fit.classes[place])]
    return f"{taken} ≠ {classes[int(truth[place])]}" if wrong else taken
