"""An axis: pyqtgraph's, with our ticks' distances and our way to write numbers."""

from __future__ import annotations

import html
import math

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from gui_app.ui.curves.frame import LABEL_PIXELS, TICK_PIXELS, sized
from gui_app.ui.curves.numbers import linear_labels, log_labels, nice_step
from gui_app.ui.theme import GRID, Palette

PIXELS = {"bottom": 90, "left": 44, "right": 44}
"""Least distance of two ticks."""
EDGE = 4
"""Pixels between the names of the axes and the edge of the chart."""
BOTTOM = 44 - EDGE
LEAST_CAPTION = 60.0
"""Pixels that a caption has even where the axis has not been laid out."""
OVERHANG = 24
"""Pixels by which a number may stand out over the end of its axis."""
NARROW = 0.7
"""Decades below which a logarithmic axis is divided evenly."""


class Axis(pg.AxisItem):
    """``side`` is ``left``, ``right`` or ``bottom``. With ``whole`` ticks stand at whole numbers only (steps).

    Without a ``view`` to follow it shows what ``setRange`` says.
    """

    def __init__(self, side: str, view: pg.ViewBox | None) -> None:
        super().__init__(side, linkView=view, maxTickLength=0)
        self.whole = False
        self._caption = self._written = ""
        self._state: tuple[float, ...] = ()
        self._ticks: list[tuple[float, list[float]]] = []
        self.enableAutoSIPrefix(False)
        self.setStyle(maxTickLevel=0, hideOverlappingLabels=OVERHANG, autoExpandTextSpace=False)
        self.setStyle(tickTextOffset=6 if side == "bottom" else GRID)
        if side == "bottom":
            self.setHeight(BOTTOM)

    def caption(self, text: str, *, whole: bool = False) -> None:
        """Write ``text`` at the axis, as much of it as there is room for."""
        self.whole, self._caption = whole, text
        self.fit_caption()

    def fit_caption(self) -> None:
        """Write as much of the caption as there is room for now."""
        room = self.width() if self.orientation == "bottom" else self.height()
        metrics = QFontMetricsF(self.label.font())
        text = metrics.elidedText(self._caption, Qt.TextElideMode.ElideRight, max(room, LEAST_CAPTION))
        if text != self._written:
            self._written = text
            self.setLabel(html.escape(text))
            self.resizeEvent()  # the library puts a label into the middle only there

    def dress(self, palette: Palette, font: QFont) -> None:
        """Use these colours and this face."""
        self.setPen(palette.border if self.orientation == "bottom" else None)
        self.setTextPen(palette.muted)
        self.setTickFont(sized(font, TICK_PIXELS))
        self.label.setFont(sized(font, LABEL_PIXELS))
        self._written = ""
        self.fit_caption()

    def fit(self) -> None:
        """Be as wide as the widest number, in whole units of the grid so that it rests."""
        self.fit_caption()
        metrics = QFontMetricsF(self.style["tickFont"])
        texts = [
            text
            for step, values in self.tickValues(*self.range)
            for text in self.tickStrings(values, 1.0, step)
        ]
        widest = max(map(metrics.horizontalAdvance, texts), default=0.0)
        width = -(-(LABEL_PIXELS + 3 * GRID + max(24.0, widest)) // GRID) * GRID - EDGE
        if width != self.fixedWidth:
            self.setWidth(width)

    def shares(self) -> list[float]:
        """Where the ticks are: 0 at the axis' low end, 1 at its high end."""
        low, high = self.range
        return [
            (value - low) / (high - low) for _, values in self.tickValues(*self.range) for value in values
        ]

    def paint(self, painter: QPainter, *_: object) -> None:
        # Not by way of a QPicture as the library does: replayed at a printer's resolution it is far too large.
        if specs := self.generateDrawSpecs(painter):
            line, _, numbers = specs
            self.drawPicture(painter, line, [], numbers)

    def tickValues(self, low: float, high: float, _size: float = 0.0) -> list[tuple[float, list[float]]]:
        """The ticks between two ends of the axis, found once for its numbers and for the grid."""
        size = self.width() if self.orientation == "bottom" else self.height()
        state = (low, high, size, self.logMode, self.whole)
        if state != self._state:
            slack = 1e-6 * (high - low)  # pyqtgraph may give one that lies beyond the end
            self._state = state
            self._ticks = [
                (step, [at for at in values if low - slack <= at <= high + slack])
                for step, values in super().tickValues(low, high, size)
            ]
        return self._ticks

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        """As dense as numbers can be read, at round distances."""
        step = nice_step(high - low, self._most(size))
        return [(max(step, 1.0) if self.whole else step, 0.0)]

    def logTickValues(
        self, low: float, high: float, size: float, levels: list[tuple[float, list[float]]]
    ) -> list[tuple[float, list[float]]]:
        """Decades; where there are few also 2 and 5; where there is hardly one, even steps."""
        if levels[0][0] >= 1.0:
            return levels
        if high - low > NARROW:
            digits = (1, 2, 5) if 3 * (high - low) <= self._most(size) else (1,)
            decades = range(math.floor(low), math.ceil(high) + 1)
            found = [decade + math.log10(digit) for decade in decades for digit in digits]
        else:
            step = nice_step(10.0**high - 10.0**low, self._most(size))
            first, last = math.ceil(10.0**low / step), math.floor(10.0**high / step)
            found = [math.log10(index * step) for index in range(max(first, 1), last + 1)]
        return [(1.0, [at for at in found if low <= at <= high])]

    def tickStrings(self, values: list[float], _scale: float, spacing: float) -> list[str]:
        """The numbers at ``values``."""
        return log_labels(values) if self.logMode else linear_labels(values, spacing)

    def _most(self, size: float) -> int:
        return max(2, int(size / PIXELS[self.orientation]))
