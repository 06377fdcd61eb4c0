"""A chart as a picture to be taken away."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from gui_app.ui.curves.chart import Chart


@dataclass(frozen=True, slots=True)
class ChartPicture:
    """Laid out anew for each size, with the letters as large as on the screen."""

    name: str
    chart: Chart
    panel: QWidget
    """What the chart fills: it has its size even before it is shown."""

    def size(self) -> QSizeF:
        """The size on the screen, in pixels."""
        return QSizeF(self.panel.size())

    def paint(self, painter: QPainter, target: QRectF) -> None:
        """Paint the chart into ``target``."""
        self.chart.paint(painter, target)
