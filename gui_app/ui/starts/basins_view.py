"""A basin map as it is painted: the pixels, the letters of the minima, and the legend beside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QImage, QPainter

from gui_app.core.starts_study import AHEAD, DIVERGED, UNDERWAY, BasinMap, Minimum
from gui_app.ui.curves.frame import TICK_PIXELS, Frame, pen, sized
from gui_app.ui.curves.numbers import said
from gui_app.ui.starts import pixels
from gui_app.ui.theme import Palette

ROOM = 158.0
"""Right margin that holds the legend."""
LEAST_SHARE = 0.003
"""Of the starts: a minimum with fewer has no letter on the map unless it is seen itself."""
BADGE = 9.0
"""Radius of a letter's disc."""
ALWAYS, ROOMY = 5, 50.0
"""So many of the deepest minima have their letters always; the others where a basin is about so many px across."""
LIGHT = 0.55
"""A lighter disc has a dark letter."""
INK, SHADE = "#ffffff", "#0d1117"
WORDS = {DIVERGED: "diverged", UNDERWAY: "under way", AHEAD: "not run yet"}


@dataclass(slots=True)
class BasinsView:
    """One map in one theme; the image and the places of letters are made once."""

    answer: BasinMap
    by: str
    palette: Palette
    image: QImage = field(init=False)
    places: list[tuple[int, float, float, bool]] = field(init=False)
    """Minimum, x, y, and whether that is the minimum itself."""

    def __post_init__(self) -> None:
        self.image = pixels.image_of(self.answer, self.by, self.palette)
        self.places = _letters(self.answer)

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """The pixels, sharp."""
        plane = self.answer.plane
        corners = frame.point(plane.x[0], plane.y[1]), frame.point(plane.x[1], plane.y[0])
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(QRectF(*corners), self.image)

    def paint_letters(self, painter: QPainter, frame: Frame) -> None:
        """A disc with a letter at each minimum that is seen, a letter alone in a basin whose minimum is elsewhere."""
        plane = self.answer.plane
        corners = QRectF(
            frame.point(plane.x[0], plane.y[0]), frame.point(plane.x[1], plane.y[1])
        ).normalized()
        least = ROOMY**2 / max(1.0, corners.width() * corners.height())
        for minimum, x, y, itself in self.places:
            at = frame.point(x, y)
            worth = minimum < ALWAYS or self.answer.minima[minimum].share >= least
            if worth and frame.rect.contains(at):
                _badge(painter, frame, at, minimum, itself)

    def paint_legend(self, painter: QPainter, frame: Frame) -> None:
        """The minima, and what became of the other starts; or the scale of what is shown instead."""
        if self.by == "minimum":
            _Legend(painter, frame, self).paint()
        else:
            self._paint_scale(painter, frame)

    def told(self, i: int, j: int) -> list[str]:
        """What became of the start in cell (i, j)."""
        answer = self.answer
        label, needed = int(answer.labels[i, j]), int(answer.needed[i, j])
        x, y = answer.plane.centres(len(answer.labels))
        pieces = [f"({said(float(x[i]), 4)}, {said(float(y[j]), 4)})"]
        if label < 0:
            return [*pieces, WORDS[label]]
        end = ", ".join(said(float(value), 4) for value in answer.ends[:, i, j])
        pieces += [f"→ {letter(label)} ({end})", f"loss {said(float(answer.losses[i, j]), 4)}"]
        return [*pieces, f"at rest after {needed:,} steps" if needed >= 0 else "not quite at rest"]

    def _paint_scale(self, painter: QPainter, frame: Frame) -> None:
        """Few or low below, many or high above."""
        values = self.answer.needed if self.by == "needed" else pixels.rounded_losses(self.answer)
        there = np.isfinite(values) & (self.answer.labels != AHEAD)
        there &= (values >= 0) if self.by == "needed" else True
        if not there.any():
            return
        shares = np.linspace(0.0, 1.0, 5)
        if self.by == "needed":
            low, high = float(values[there].min()), float(values[there].max())
            marks = np.exp(np.log(low + 1) + shares * np.log((high + 1) / (low + 1))) - 1
            words = [f"{round(mark):,}" for mark in marks]
        else:
            words = [said(float(mark), 3) for mark in np.quantile(values[there], shares)]
        title = "steps needed" if self.by == "needed" else "loss at the end"
        _scale(painter, frame, title, words)


def letter(minimum: int) -> str:
    """A … Z, then A2 … Z2, …"""
    turn, place = divmod(minimum, 26)
    return chr(ord("A") + place) + (str(turn + 1) if turn else "")


def _letters(answer: BasinMap) -> list[tuple[int, float, float, bool]]:
    """Where each minimum is named."""
    found = []
    plane, side = answer.plane, len(answer.labels)
    every = max(1, side // 64)
    coarse = answer.labels.reshape(-1)[pixels.nearest_known(answer.labels)][
        every // 2 :: every, every // 2 :: every
    ]
    xs, ys = plane.centres(len(coarse))
    for index, minimum in enumerate(answer.minima):
        x, y = (float(minimum.point[column]) for column in plane.columns)
        if plane.x[0] <= x <= plane.x[1] and plane.y[0] <= y <= plane.y[1]:
            found.append((index, x, y, True))
        elif np.mean(coarse == index) >= LEAST_SHARE:
            i, j = _inmost(coarse == index)
            found.append((index, float(xs[i]), float(ys[j]), False))
    return found


def _inmost(inside: np.ndarray) -> tuple[int, int]:
    """The cell of a region that is farthest from its border."""
    left, depth = inside.copy(), np.zeros(inside.shape, int)
    while left.any():
        depth += left
        padded = np.pad(left, 1)
        left = left & padded[2:, 1:-1] & padded[:-2, 1:-1] & padded[1:-1, 2:] & padded[1:-1, :-2]
    i, j = np.unravel_index(int(np.argmax(depth)), depth.shape)
    return int(i), int(j)


def _badge(painter: QPainter, frame: Frame, at: QPointF, minimum: int, itself: bool) -> None:
    """A letter, on a disc of its minimum's colour if it stands for the minimum itself."""
    text = letter(minimum)
    font = sized(frame.font, 11 if len(text) == 1 else 9)
    font.setBold(True)
    painter.setFont(font)
    box = QRectF(at.x() - 2 * BADGE, at.y() - BADGE, 4 * BADGE, 2 * BADGE)
    fill = pixels.ranked(minimum).darker(125)
    ink = INK
    if itself:
        ink = INK if fill.lightnessF() < LIGHT else SHADE
        painter.setPen(pen(SHADE, 1.0, 0.6))
        painter.setBrush(QColor(SHADE))
        painter.drawEllipse(at, BADGE + 1.0, BADGE + 1.0)
        painter.setPen(pen(INK, 1.5))
        painter.setBrush(fill)
        painter.drawEllipse(at, BADGE - 0.5, BADGE - 0.5)
    else:
        painter.setPen(QColor(SHADE))
        painter.drawText(box.translated(1.0, 1.0), Qt.AlignmentFlag.AlignCenter, text)
    painter.setPen(QColor(ink))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


class _Legend:
    """The list in the right margin: as many lines as it has room for, the deepest minima first."""

    def __init__(self, painter: QPainter, frame: Frame, view: BasinsView) -> None:
        self._painter, self._frame, self._view = painter, frame, view
        self._font = sized(frame.font, TICK_PIXELS - 1)
        self._metrics = QFontMetricsF(self._font)
        self._left = frame.rect.right() + 14.0
        self._width = ROOM - 22.0
        self._y = frame.rect.top()

    def paint(self) -> None:
        """Minima, then the others."""
        answer = self._view.answer
        run = answer.labels[answer.labels != AHEAD]
        found = [(label, np.count_nonzero(run == label) / max(1, run.size)) for label in (DIVERGED, UNDERWAY)]
        others = [(label, share) for label, share in found if share]
        line = self._metrics.height() + 1.0
        room = self._frame.rect.height() - len(others) * (2 * line + 8.0)
        fitting = max(1, int(room // (2 * line + 8.0)))
        count = len(answer.minima)
        shown = count if count <= fitting else max(1, fitting - 1)
        for index in range(shown):
            self._minimum(index, answer.minima[index], line)
        if shown < count:
            rest = sum(minimum.share for minimum in answer.minima[shown:])
            self._text(0.0, f"{count - shown} more: {_percent(rest)}", self._frame.palette.muted)
            self._y += line + 8.0
        for label, share in others:
            self._other(label, share, line)

    def _minimum(self, index: int, minimum: Minimum, line: float) -> None:
        palette = self._frame.palette
        at = QPointF(self._left + BADGE, self._y + line)
        _badge(self._painter, self._frame, at, index, True)
        place = ", ".join(said(float(minimum.point[column]), 3) for column in self._view.answer.plane.columns)
        self._text(2 * BADGE + 8.0, f"({place})", palette.text)
        self._y += line
        self._text(2 * BADGE + 8.0, f"{_percent(minimum.share)} · loss {_loss(minimum.loss)}", palette.muted)
        self._y += line + 8.0

    def _other(self, label: int, share: float, line: float) -> None:
        fill, ink = pixels.LOST if label == DIVERGED else pixels.WAITING
        box = QRectF(self._left, self._y + line - 6.0, 2 * BADGE, 12.0)
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(QColor(fill))
        self._painter.drawRoundedRect(box, 3.0, 3.0)
        pattern = Qt.BrushStyle.BDiagPattern if label == DIVERGED else Qt.BrushStyle.Dense6Pattern
        self._painter.setBrush(QBrush(QColor(ink), pattern))
        self._painter.drawRoundedRect(box, 3.0, 3.0)
        self._text(2 * BADGE + 8.0, WORDS[label], self._frame.palette.text)
        self._y += line
        self._text(2 * BADGE + 8.0, _percent(share), self._frame.palette.muted)
        self._y += line + 8.0

    def _text(self, indent: float, text: str, colour: str) -> None:
        self._painter.setFont(self._font)
        self._painter.setPen(QColor(colour))
        fitted = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, self._width - indent)
        self._painter.drawText(QPointF(self._left + indent, self._y + self._metrics.ascent()), fitted)


def _percent(share: float) -> str:
    if 0 < share < 0.001:
        return "< 0.1 %"
    return f"{100 * share:.1f} %" if share < 0.9995 else "100 %"


def _loss(loss: float) -> str:
    """Rounding noise around 0 is 0 to a reader of a legend."""
    return "≈ 0" if 0 < abs(loss) < 1e-8 else said(loss, 3)


def _scale(painter: QPainter, frame: Frame, title: str, words: Sequence[str]) -> None:
    """A colour bar with its title above and these words along it, from below."""
    rect = frame.rect
    font = sized(frame.font, TICK_PIXELS - 1)
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    painter.setPen(QColor(frame.palette.text))
    painter.drawText(QPointF(rect.right() + 16.0, rect.top() + metrics.ascent()), title)
    bar = QRectF(rect.right() + 16.0, rect.top() + 24.0, 12.0, max(rect.height() - 24.0, 1.0))
    count = max(2, math.ceil(bar.height()))
    table = pixels.viridis(np.linspace(1.0, 0.0, count)).astype(int).tolist()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for row, (red, green, blue) in enumerate(table):
        painter.fillRect(QRectF(bar.left(), bar.top() + row, bar.width(), 1.0), QColor(red, green, blue))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(frame.palette.muted))
    for place, word in enumerate(words):
        y = bar.bottom() - place / (len(words) - 1) * bar.height()
        y = min(max(y, bar.top() + metrics.ascent() / 2), bar.bottom() - metrics.ascent() / 2)
        painter.drawText(QPointF(bar.right() + 6.0, y + metrics.ascent() / 2 - 1.0), word)
