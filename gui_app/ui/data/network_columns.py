"""The layers of a model as columns of neurons or of pictures, and the weights between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter

from gui_app.core.fit import LayerSeen
from gui_app.ui.curves.frame import pen
from gui_app.ui.data.pictures import picture_of, side_of
from gui_app.ui.data.view import written
from gui_app.ui.inspector.charts import SHADES, shades
from gui_app.ui.style import font
from gui_app.ui.theme import Palette

MOST_NEURONS = 16
MOST_PICTURES = 16
STRENGTHS = 16
"""Widths of lines that are told apart."""
MOST_LINES = 500
"""The strongest weights between two layers are drawn."""
HEAD, SIDE, WIDEST_SIDE = 56.0, 74.0, 170.0
LEAST_ROW = 19.0


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """A column of the picture: a layer together with what follows it neuron by neuron."""

    title: str
    values: np.ndarray
    """(neurons,), or (channels, height, width)."""
    weight: np.ndarray | None = None


def stages_of(layers: tuple[LayerSeen, ...]) -> list[Stage]:
    """Layers in columns; an activation belongs to the layer before it, flattening changes nothing that is seen."""
    found: list[Stage] = []
    for layer in layers:
        same = bool(found) and layer.weight is None and layer.values.shape == found[-1].values.shape
        if layer.kind == "Flatten":
            continue
        if same:
            last = found[-1]
            found[-1] = Stage(f"{last.title} · {layer.kind}", layer.values, last.weight)
        else:
            found.append(Stage(layer.kind, layer.values, layer.weight))
    return found


def room_beside(names: tuple[str, ...], stage: Stage) -> float:
    """Pixels beside the first or the last layer."""
    if stage.values.ndim > 1 or (len(stage.values) > MOST_NEURONS and side_of(len(stage.values))):
        return SIDE
    metrics = QFontMetricsF(font("small"))
    widest = max((metrics.horizontalAdvance(name) for name in names[:MOST_NEURONS]), default=0.0)
    return min(max(SIDE, widest + 100.0), WIDEST_SIDE)


class Column:
    """One layer at its place."""

    def __init__(self, stage: Stage, x: float, inner: QRectF, step: float, names: tuple[str, ...]) -> None:
        self.stage, self.x, self.inner, self.names = stage, x, inner, names
        self.step, self.room = step, SIDE
        self.words: list[str] = []
        """What is said of each neuron instead of its number."""
        self.true: int | None = None
        """The neuron of the true class."""
        self.photo: QImage | None = None
        """What is shown instead of a single picture's numbers."""
        values = stage.values
        side = side_of(len(values)) if values.ndim == 1 and len(values) > MOST_NEURONS else 0
        self.pictures = values if values.ndim == 3 else values.reshape(1, side, side) if side else None
        finite = np.abs(values[np.isfinite(values)])
        self.largest = float(finite.max(initial=0.0)) or 1.0
        self.shown = 0 if self.pictures is not None else self._count(len(np.atleast_1d(values)))
        self.radius = 0.0
        if self.shown:
            self.radius = min(13.0, 0.38 * inner.height() / self.shown, 0.2 * step if step else 13.0)

    def _count(self, count: int) -> int:
        most = max(2, min(MOST_NEURONS, int(self.inner.height() / LEAST_ROW) - 1))
        return count if count <= most else most

    def place(self, neuron: int) -> QPointF:
        """The centre of a neuron."""
        pitch = min(self.inner.height() / max(self.shown, 1), 58.0)
        top = self.inner.center().y() - pitch * (self.shown - 1) / 2
        return QPointF(self.x, top + neuron * pitch)

    def paint(self, painter: QPainter, palette: Palette, *, first: bool, last: bool) -> None:
        """Neurons or pictures, under the layer's name."""
        painter.setFont(font("small"))
        painter.setPen(QColor(palette.muted))
        width = max(self.step - 6.0, 60.0)
        kinds = self.stage.title.split(" · ")
        for line, kind in enumerate(kinds[:2]):
            box = QRectF(
                self.x - width / 2,
                self.inner.top() - 30 + 13 * line - (0 if len(kinds) > 1 else -13),
                width,
                14,
            )
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, kind)
        if self.pictures is not None:
            self._paint_pictures(painter, palette)
            return
        scale = shades(palette)
        for neuron, value in enumerate(self.stage.values[: self.shown].tolist()):
            at = self.place(neuron)
            level = (
                round(max(-1.0, min(1.0, value / self.largest)) * SHADES) + SHADES
                if np.isfinite(value)
                else -1
            )
            painter.setPen(pen(palette.muted, 1.2))
            painter.setBrush(scale[level])
            painter.drawEllipse(at, self.radius, self.radius)
            if neuron == self.true:
                painter.setPen(pen(palette.cursor, 2.2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(at, self.radius + 3, self.radius + 3)
            self._say(painter, palette, neuron, value, first=first, last=last)
        rest = len(self.stage.values) - self.shown
        if rest:
            painter.setPen(QColor(palette.muted))
            below = self.place(self.shown - 1).y() + self.radius + 2
            painter.drawText(
                QRectF(self.x - 40, below, 80, 14), Qt.AlignmentFlag.AlignCenter, f"+ {rest:,} more"
            )

    def _say(
        self, painter: QPainter, palette: Palette, neuron: int, value: float, *, first: bool, last: bool
    ) -> None:
        """Names and numbers outside of the picture, beside the first and the last layer."""
        if not (first or last):
            return
        metrics, at = QFontMetricsF(painter.font()), self.place(neuron)
        number = self.words[neuron] if self.words else written(value, 3)
        name = self.names[neuron] if self.names else ""
        wide = metrics.horizontalAdvance(number)
        name = metrics.elidedText(name, Qt.TextElideMode.ElideRight, self.room - wide - 14)
        known = metrics.horizontalAdvance(name) + (8 if name else 0)
        x = at.x() + self.radius + 7 if last else at.x() - self.radius - 7 - known - wide
        base = at.y() + metrics.ascent() / 2 - 1
        painter.setPen(QColor(palette.text))
        painter.drawText(QPointF(x, base), name)
        painter.setPen(QColor(palette.muted))
        painter.drawText(QPointF(x + known, base), number)

    def _paint_pictures(self, painter: QPainter, palette: Palette) -> None:
        assert self.pictures is not None
        count = min(len(self.pictures), MOST_PICTURES)
        across = 1 if count <= 8 else 2
        rows = -(-count // across)
        side = min(
            96.0 if count == 1 else 56.0, (self.inner.height() - 4) / rows - 5, (self.step - 14) / across
        )
        side = max(side, 6.0)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        top = self.inner.center().y() - rows * (side + 5) / 2
        for index in range(count):
            row, column = divmod(index, across)
            x = self.x - across * (side + 5) / 2 + column * (side + 5)
            box = QRectF(round(x), round(top + row * (side + 5)), side, side)
            painter.drawImage(box, self.photo or picture_of(self.pictures[index], self.largest, palette))
            painter.setPen(pen(palette.border))
            painter.drawRect(box)
        if len(self.pictures) > count:
            painter.setPen(QColor(palette.muted))
            words = f"+ {len(self.pictures) - count:,} more"
            painter.drawText(
                QRectF(self.x - 40, top + rows * (side + 5), 80, 14), Qt.AlignmentFlag.AlignCenter, words
            )


def draw_weights(painter: QPainter, before: Column, after: Column, palette: Palette) -> None:
    """The strongest weights between two columns, the weakest first.

    A picture has too many: each neuron's weights over it stand beside the neuron, as a picture too.
    """
    weight = after.stage.weight
    if before.shown == 0 and after.shown and weight is not None and weight.ndim == 2:
        side = side_of(weight.shape[1])
        if side and weight.shape[1] == before.stage.values.size and before.stage.values.ndim == 1:
            _draw_fan(painter, before, after, weight.reshape(-1, side, side), palette)
            return
    if (
        not before.shown
        or not after.shown
        or weight is None
        or weight.ndim != 2
        or weight.shape[1] != len(before.stage.values)
    ):
        return
    seen = np.nan_to_num(weight[: after.shown, : before.shown])
    strength = np.round(np.abs(seen) / (float(np.abs(seen).max(initial=0.0)) or 1.0) * STRENGTHS).astype(int)
    least = int(np.sort(strength, axis=None)[-min(MOST_LINES, strength.size)])
    scale = shades(palette)
    for level in range(max(1, least), STRENGTHS + 1):
        share = level / STRENGTHS
        for ink, chosen in ((scale[0], seen < 0), (scale[2 * SHADES], seen > 0)):
            places = np.argwhere((strength == level) & chosen).tolist()
            painter.setPen(pen(ink.name(), 0.5 + 2.6 * share, 0.15 + 0.75 * share))
            painter.drawLines([QLineF(before.place(j), after.place(i)) for i, j in places])


def _draw_fan(
    painter: QPainter, before: Column, after: Column, pictures: np.ndarray, palette: Palette
) -> None:
    """From a picture to each neuron, with the neuron's weights over the picture's pixels before it."""
    largest = float(np.abs(pictures[np.isfinite(pictures)]).max(initial=0.0)) or 1.0
    side = 2.4 * after.radius
    start = QPointF(before.x + min(48.0, 0.5 * before.step - 7) + 4, before.inner.center().y())
    for neuron in range(after.shown):
        at = after.place(neuron)
        box = QRectF(at.x() - after.radius - side - 6, at.y() - side / 2, side, side)
        painter.setPen(pen(palette.border, 1.0))
        painter.drawLine(start, QPointF(box.left(), at.y()))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(box, picture_of(pictures[neuron], largest, palette))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
