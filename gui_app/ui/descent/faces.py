"""The flat face and the solid one: the chart, and the surface once it is wished for, under the same buttons."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedLayout, QWidget

from gui_app.ui.curves.chart import Chart
from gui_app.ui.curves.corner import Corner
from gui_app.ui.curves.picture import ChartPicture
from gui_app.ui.descent.mode import Mode
from gui_app.ui.descent.over import Over
from gui_app.ui.descent.surface_view import SurfacePicture, SurfaceView
from gui_app.ui.descent.view_menu import DescentMenu
from gui_app.ui.figures.menu import PictureMenu
from gui_app.ui.figures.picture import Picture
from gui_app.ui.theme import Palette

NO_SURFACE = "The surface appears here once the objective can be evaluated."


class Faces(QObject):
    """Fills ``panel`` with one of the two."""

    picture_wanted = Signal(str)
    """``save`` or ``copy``."""
    step_clicked = Signal(int)
    """On the surface."""

    def __init__(self, panel: QWidget, chart: Chart, menu: DescentMenu) -> None:
        super().__init__(panel)
        self._panel, self._chart, self._menu = panel, chart, menu
        self.surface: SurfaceView | None = None
        """Made when it is wished for first."""
        self._stack = QStackedLayout(panel)
        self._stack.addWidget(chart)
        self._corners = [self._cornered(chart)]
        self._fit = self._corners[0].button("fit", "Show the whole run (double click)", chart.fit)
        self.show_fit()

    def _cornered(self, owner: QWidget) -> Corner:
        """The buttons that lie over this, with the menu of the views; and its context menu."""
        corner = Corner(owner, self._chart.theme)
        self._menu.open_from(corner.menu("view", "What is shown, and along which axes"))
        PictureMenu(owner).wanted.connect(self.picture_wanted)
        return corner

    def apply_theme(self, palette: Palette) -> None:
        """Use other colours from now on."""
        for part in (self._chart, self.surface, *self._corners):
            if part is not None:
                part.apply_theme(palette)

    @property
    def is_solid(self) -> bool:
        """Whether the surface is seen."""
        return self.surface is not None and self._stack.currentWidget() is self.surface

    def turn(self, solid: bool) -> None:
        """Show the surface, or the chart."""
        if solid and self.surface is None:
            self.surface = SurfaceView(self._chart.theme, self._panel)
            self.surface.clicked.connect(self.step_clicked)
            self._stack.addWidget(self.surface)
            corner = self._cornered(self.surface)
            corner.button("home", "Look at it as at first (double click)", self.surface.home)
            self.surface.reserved = float(corner.sizeHint().width() + 16)
            self._corners.append(corner)
        self._stack.setCurrentWidget(self.surface if solid else self._chart)

    def show_fit(self) -> None:
        """Offer to fit a chart that is zoomed."""
        self._fit.setVisible(self._chart.zoomed)
        self._chart.reserved = float(self._corners[0].sizeHint().width() + 16)

    def hand_on(self, mode: Mode | None) -> None:
        """Let the surface show what the chart would, while it is seen."""
        if self.surface is not None and self.is_solid:
            field = mode if isinstance(mode, Over) else None
            lacking = NO_SURFACE if field is not None and field.landscape is None else ""
            self.surface.message = self._chart.message or lacking
            self.surface.reading = self._chart.reading
            self.surface.show_mode(field)

    def picture(self) -> Picture:
        """What is seen, to be taken away."""
        if self.surface is not None and self.is_solid:
            return SurfacePicture(self.surface, self._panel)
        return ChartPicture("descent", self._chart, self._panel)
