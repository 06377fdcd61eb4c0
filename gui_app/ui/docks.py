"""The laboratory: the panels as docks that can be moved, tabbed, floated, closed, and put back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QPalette, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMenu,
    QSizePolicy,
    QTabWidget,
    QToolButton,
    QWidget,
)

from gui_app.ui.actions import keeps_key
from gui_app.ui.lens_view import LensView
from gui_app.ui.resources import Icons
from gui_app.ui.style import font
from gui_app.ui.tab_bars import hide_lost
from gui_app.ui.theme import GRID, Palette

LAYOUT_VERSION = 4
"""Version of the remembered arrangement; one of another version is not restored."""


@dataclass(frozen=True, slots=True)
class PanelSpec:
    """Where a panel stands in the first arrangement."""

    id: str
    title: str
    column: int
    share: int
    """Height in its column, in proportion to the others of that column."""
    tab_of: str = ""
    """It lies behind this panel instead of below it."""


PANELS = (
    PanelSpec("objective", "Objective", 0, 36),
    PanelSpec("parameters", "Parameters", 0, 32),
    PanelSpec("model", "Data and model", 0, 32, tab_of="parameters"),
    PanelSpec("settings", "Optimizer and run", 0, 32),
    PanelSpec("descent", "Descent", 1, 58),
    PanelSpec("data", "Data", 1, 58, tab_of="descent"),
    PanelSpec("starts", "Starts", 1, 58, tab_of="descent"),
    PanelSpec("loss", "Loss", 1, 42),
    PanelSpec("compare", "Compare", 1, 42, tab_of="loss"),
    PanelSpec("console", "Console", 1, 42, tab_of="loss"),
    PanelSpec("graph", "Graph", 2, 65),
    PanelSpec("step", "Step", 2, 35),
    PanelSpec("lenses", "Lenses", 2, 35, tab_of="step"),
    PanelSpec("inspector", "Inspector", 2, 35, tab_of="step"),
    PanelSpec("notes", "Notes", 2, 35, tab_of="step"),
)
"""All panels that the window knows, column by column from the left; those that are not given are left out."""

ROOM = 44
"""Percent of its column that a panel gets which is worked with."""
COLUMN_SHARES = (26, 40, 34)
"""Widths of the columns, in proportion."""


class PanelTitle(QWidget):
    """A flat title: the panel's name and one button with what can be done with the panel."""

    def __init__(self, title: str, icons: Icons) -> None:
        super().__init__()
        self.setObjectName("panel-title")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.menu = QMenu(self)
        self._icons, self._slim = icons, False
        self._button = QToolButton()
        self._button.setMenu(self.menu)
        self._button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._button.setAccessibleName(f"{title}: more")
        self._button.setToolTip("More")
        self._button.setFixedSize(26, 24)
        self._button.setIconSize(QSize(16, 16))
        self._button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(GRID + 4, 3, GRID // 2, 3)
        self._row.addWidget(QLabel(title))
        self._row.addStretch(1)
        self._row.addWidget(self._button)
        self.tint()

    def offer(self, menu: QMenu) -> None:
        """A button for another menu, beside that of every panel."""
        button = QToolButton()
        button.setText(f"{menu.title()} ▾")
        button.setObjectName("muted")
        button.setFont(font("small"))
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._row.insertWidget(self._row.count() - 1, button)

    def tint(self) -> None:
        """Take the icon in the colours of the theme."""
        self._button.setIcon(self._icons("more", self._icons.palette.muted))

    def set_slim(self, slim: bool) -> None:
        """Take no room: the panel's tab says its name already."""
        if slim != self._slim:
            self._slim = slim
            self.setVisible(not slim)
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), 0 if self._slim else super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(8 * GRID, self.sizeHint().height())


class PanelDock(QDockWidget):
    """One panel with its flat title."""

    def __init__(self, spec: PanelSpec, panel: QWidget, icons: Icons) -> None:
        super().__init__(spec.title)
        self.setObjectName(spec.id)
        self.spec, self.panel = spec, panel
        self.title = PanelTitle(spec.title, icons)
        if hasattr(panel, "examples"):
            self.title.offer(panel.examples)
        self.setTitleBarWidget(self.title)
        self.setWidget(panel)
        # Panels without a background of their own stand on the panels' colour, in every theme.
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        panel.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

        if isinstance(panel, LensView):
            self.visibilityChanged.connect(self._on_seen)

    def _on_seen(self, seen: bool) -> None:
        self.panel.set_veiled(not seen)

    def event(self, event: QEvent) -> bool:
        if self.isFloating() and keeps_key(QApplication.focusWidget(), event):
            event.accept()
            return True
        return super().event(event)


class Laboratory(QMainWindow):
    """The docks. ``picture_wanted`` names the panel and ``save`` or ``copy``."""

    picture_wanted = Signal(str, str)

    def __init__(self, panels: Mapping[str, QWidget], icons: Icons) -> None:
        super().__init__(None, Qt.WindowType.Widget)
        self.setObjectName("laboratory")
        self.setDockNestingEnabled(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.docks = {
            spec.id: PanelDock(spec, panels[spec.id], icons) for spec in PANELS if spec.id in panels
        }
        self._tidy = QTimer(self, singleShot=True, interval=0)
        self._tidy.timeout.connect(self._on_tidy)
        for dock in self.docks.values():
            self._fill_menu(dock)
            dock.visibilityChanged.connect(self._on_docks_moved)
            dock.topLevelChanged.connect(self._on_docks_moved)
            dock.dockLocationChanged.connect(self._on_docks_moved)
        self._arranged = False
        self._place()

    def toggles(self) -> list[QAction]:
        """A checkable action per panel: shown or closed."""
        return [dock.toggleViewAction() for dock in self.docks.values()]

    def apply_theme(self, palette: Palette) -> None:
        """Tell every panel that paints by itself."""
        for dock in self.docks.values():
            dock.title.tint()
            if hasattr(dock.panel, "apply_theme"):
                dock.panel.apply_theme(palette)

    def show_panel(self, name: str) -> None:
        """Open that panel and bring it in front of those that lie on it."""
        self.docks[name].show()
        self.docks[name].raise_()

    def bring_forward(self, name: str) -> None:
        """Bring that panel in front of those that lie on it; one that was closed stays closed."""
        if not self.docks[name].isHidden():
            self.docks[name].raise_()

    def make_room(self, name: str) -> None:
        """Give that panel, brought in front, the larger part of its column; nothing if the user has closed it."""
        dock = self.docks[name]
        if dock.isHidden() or dock.isFloating():
            return
        dock.raise_()
        head = self.docks.get(dock.spec.tab_of, dock)
        stack = [
            each
            for each in self.docks.values()
            if each.spec.column == dock.spec.column and each.spec.tab_of not in self.docks
        ]
        heights = [ROOM if each is head else (100 - ROOM) // max(1, len(stack) - 1) for each in stack]
        total = max(1, self.height())
        self.resizeDocks(stack, [total * share // 100 for share in heights], Qt.Orientation.Vertical)

    def arrangement(self) -> QByteArray:
        """The places of all docks, to be remembered."""
        return self.saveState(LAYOUT_VERSION)

    def restore(self, arrangement: QByteArray) -> bool:
        """Put the docks where they were; False and no change if that was another version's arrangement."""
        self._arranged = self.restoreState(arrangement, LAYOUT_VERSION)
        return self._arranged

    def reset(self) -> None:
        """Put the docks in their first places."""
        for dock in self.docks.values():
            dock.setFloating(False)
            self.removeDockWidget(dock)
        self._place()
        self._share_out()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._arranged:
            self._share_out()

    def _on_docks_moved(self) -> None:
        """Titles of panels that lie behind or before others give way to the tabs."""
        for dock in self.docks.values():
            beside = self.tabifiedDockWidgets(dock)
            dock.title.set_slim(any(not other.isHidden() for other in beside))
        self._tidy.start()

    def _on_tidy(self) -> None:
        hide_lost(self)

    def _fill_menu(self, dock: PanelDock) -> None:
        menu, name = dock.title.menu, dock.spec.id
        if hasattr(dock.panel, "picture"):
            menu.addAction("Save picture…").triggered.connect(partial(self._want_picture, name, "save"))
            menu.addAction("Copy picture").triggered.connect(partial(self._want_picture, name, "copy"))
            menu.addSeparator()
        menu.addAction("Float").triggered.connect(partial(self._toggle_floating, name))
        menu.addAction("Close").triggered.connect(dock.close)

    def _want_picture(self, name: str, how: str) -> None:
        self.picture_wanted.emit(name, how)

    def _toggle_floating(self, name: str) -> None:
        self.docks[name].setFloating(not self.docks[name].isFloating())

    def _place(self) -> None:
        """Columns from left to right first, then each column from top to bottom."""
        heads: list[PanelDock] = []
        above: PanelDock | None = None
        standing = [dock for dock in self.docks.values() if dock.spec.tab_of not in self.docks]
        for dock in standing:
            if not heads:
                self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
            if not any(head.spec.column == dock.spec.column for head in heads):
                if heads:
                    self.splitDockWidget(heads[-1], dock, Qt.Orientation.Horizontal)
                heads.append(dock)
        for dock in standing:
            if dock not in heads and above is not None:
                self.splitDockWidget(above, dock, Qt.Orientation.Vertical)
            above = dock
        for dock in self.docks.values():
            if dock not in standing:
                self.tabifyDockWidget(self.docks[dock.spec.tab_of], dock)
                self.docks[dock.spec.tab_of].raise_()
            dock.show()

    def _share_out(self) -> None:
        """Give the columns and the panels in them their first proportions of the present size."""
        self._arranged = True
        standing = [dock for dock in self.docks.values() if dock.spec.tab_of not in self.docks]
        columns = sorted({dock.spec.column for dock in standing})
        heads = [next(d for d in standing if d.spec.column == column) for column in columns]
        widths = [COLUMN_SHARES[column] * max(1, self.width()) // 100 for column in columns]
        self.resizeDocks(heads, widths, Qt.Orientation.Horizontal)
        for column in columns:
            stack = [dock for dock in standing if dock.spec.column == column]
            heights = [dock.spec.share * max(1, self.height()) // 100 for dock in stack]
            self.resizeDocks(stack, heights, Qt.Orientation.Vertical)
