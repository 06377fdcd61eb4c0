"""The main window: menus, the start page or the laboratory, the transport bar, the timeline, the status bar."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QMimeData, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QLabel,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from gui_app.core.fault import Fault
from gui_app.core.precedence import WINDOW
from gui_app.ui.actions import (
    DATA_SETS,
    EXAMPLES,
    IN_THE_LABORATORY,
    MENUS,
    PANELS,
    RECENT,
    SEPARATOR,
    keeps_key,
    tint_actions,
)
from gui_app.ui.data.sets_menu import add_sets
from gui_app.ui.docks import Laboratory
from gui_app.ui.errors import FaultBanner
from gui_app.ui.help import show_about, show_shortcuts
from gui_app.ui.resources import Icons, application_icon
from gui_app.ui.theme import Palette

PROGRAM = "Gradarium"
WIDEST_FACTS = "CUDA:0  ·  step 1,000,000,000  ·  1,000,000 steps/s"


class MainWindow(QMainWindow):
    """Arranges ready widgets; says what the user asks for, decides nothing.

    ``closing`` is asked before the window closes; False keeps it open.
    """

    file_dropped = Signal(str)
    recent_chosen = Signal(str)
    set_chosen = Signal(str, str)
    """A table that is always there: ``builtin`` or ``generate``, and its name."""
    picture_wanted = Signal(str, str)
    """Panel id, and ``save`` or ``copy``."""

    def __init__(
        self,
        *,
        panels: Mapping[str, QWidget],
        start_page: QWidget,
        transport: QWidget,
        timeline: QWidget,
        examples: QMenu,
        actions: dict[str, QAction],
        icons: Icons,
        settings: QSettings,
    ) -> None:
        super().__init__()
        self.closing: Callable[[], bool] = _always
        self._actions, self._icons, self._settings = actions, icons, settings
        self._start_page, self._transport, self._timeline = start_page, transport, timeline
        self._examples = examples
        self.laboratory = Laboratory(panels, icons)
        self.banner = FaultBanner(icons)
        self._visited = False
        """Something has been open: there is a laboratory to go back to."""
        self._recent = QMenu("Open recent", self)
        self._message, self._facts = QLabel(), QLabel()
        self._pages = QStackedWidget()
        self._pages.addWidget(start_page)
        self._pages.addWidget(self._laboratory_page())
        self.setCentralWidget(self._pages)
        self.setWindowIcon(application_icon())
        self.setAcceptDrops(True)
        self._fill_menus()
        self._fill_status_bar()
        self._connect()
        self.set_title("", modified=False)
        self.set_recent(())
        self._show_page(0)
        self._restore()

    # What is shown

    @property
    def theme(self) -> Palette:
        """The palette that everything is painted with now."""
        return self._icons.palette

    @property
    def on_start_page(self) -> bool:
        """Whether the start page is in front, not the laboratory."""
        return self._pages.currentIndex() == 0

    def show_start_page(self) -> None:
        """Bring the start page to the front."""
        self._show_page(0)
        self._start_page.setFocus()

    def show_laboratory(self) -> None:
        """Bring the laboratory to the front; the focus is nowhere yet, so Space plays."""
        self._visited = True
        self._show_page(1)
        self._pages.currentWidget().setFocus()

    def _show_page(self, index: int) -> None:
        self._pages.setCurrentIndex(index)
        for name in IN_THE_LABORATORY:
            self._actions[name].setEnabled(index == 1)
        self._examples.menuAction().setEnabled(index == 1)
        self._actions["back"].setEnabled(index == 0 and self._visited)

    def set_title(self, title: str, *, modified: bool) -> None:
        """Name of the open experiment, and whether it has changes that are not saved."""
        self.setWindowTitle(f"{title}[*] — {PROGRAM}" if title else f"{PROGRAM}[*]")
        self.setWindowModified(modified)

    def set_recent(self, paths: Sequence[Path]) -> None:
        """The files of the submenu Open recent, newest first."""
        self._recent.clear()
        for path in paths:
            action = self._recent.addAction(f"{path.name}  —  {path.parent}".replace("&", "&&"))
            action.triggered.connect(partial(self._on_recent, str(path)))
        self._recent.setEnabled(bool(paths))

    def show_message(self, text: str) -> None:
        """One sentence at the left of the status bar; empty clears it."""
        self._message.setText(text)

    def set_facts(self, *facts: str) -> None:
        """Short readings at the right of the status bar: device, steps per second …"""
        self._facts.setText("  ·  ".join(filter(None, facts)))

    def show_fault(self, fault: Fault, *, warning: bool = False) -> None:
        """Show a failure above the panels until it is closed or hidden."""
        self.banner.show_fault(fault, warning=warning)

    def hide_fault(self) -> None:
        """Take the failure away: it is over."""
        self.banner.hide()

    def apply_theme(self, palette: Palette) -> None:
        """Hand a new theme on to everything in the window."""
        self._icons.palette = palette
        tint_actions(self._actions, self._icons)
        for part in (self._transport, self._timeline, self._start_page, self.banner, self.laboratory):
            if hasattr(part, "apply_theme"):
                part.apply_theme(palette)
        for dialog in self.findChildren(QDialog, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if hasattr(dialog, "apply_theme"):
                dialog.apply_theme(palette)

    # Arrangement

    def reset_layout(self) -> None:
        """Put all panels back in their first places and forget the remembered ones."""
        self._settings.remove("window/layout")
        self.laboratory.reset()

    def save_layout(self) -> None:
        """Remember the window's size and the places of the panels."""
        self._settings.setValue("window/geometry", self.saveGeometry())
        self._settings.setValue("window/layout", self.laboratory.arrangement())

    def _restore(self) -> None:
        self.resize(self._first_size())
        geometry = self._settings.value("window/geometry")
        layout = self._settings.value("window/layout")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        if isinstance(layout, QByteArray):
            self.laboratory.restore(layout)

    def _first_size(self) -> QSize:
        """Comfortable, but never larger than the screen."""
        return QSize(1440, 900).boundedTo(self.screen().availableSize())

    # Building

    def _laboratory_page(self) -> QWidget:
        page = QWidget()
        page.setObjectName("page")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._transport)
        column.addWidget(self.banner)
        column.addWidget(self.laboratory, 1)
        column.addWidget(self._timeline)
        return page

    def _fill_menus(self) -> None:
        self.addActions(list(self._actions.values()))
        for title, entries in MENUS:
            menu = self.menuBar().addMenu(title)
            for entry in entries:
                self._add_entry(menu, entry)

    def _add_entry(self, menu: QMenu, entry: str | tuple[str, tuple[str, ...]]) -> None:
        if isinstance(entry, tuple):
            submenu = menu.addMenu(entry[0])
            submenu.addActions([self._actions[name] for name in entry[1]])
        elif entry == SEPARATOR:
            menu.addSeparator()
        elif entry == RECENT:
            menu.addMenu(self._recent)
        elif entry == EXAMPLES:
            menu.addMenu(self._examples)
        elif entry == DATA_SETS:
            add_sets(menu, self.set_chosen)
        elif entry == PANELS:
            menu.addActions(self.laboratory.toggles())
        else:
            menu.addAction(self._actions[entry])

    def _fill_status_bar(self) -> None:
        self.statusBar().setSizeGripEnabled(False)
        self.statusBar().addWidget(self._message, 1)
        # Of a fixed size: otherwise each new reading would have the whole window laid out again.
        metrics = self._facts.fontMetrics()
        self._facts.setFixedSize(metrics.horizontalAdvance(WIDEST_FACTS), metrics.height())
        self._facts.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.statusBar().addPermanentWidget(self._facts)

    def _connect(self) -> None:
        self.laboratory.picture_wanted.connect(self.picture_wanted)
        self._actions["reset_layout"].triggered.connect(self._on_reset_layout)
        self._actions["full_screen"].toggled.connect(self._on_full_screen)
        self._actions["close"].triggered.connect(self.close)
        self._actions["shortcuts"].triggered.connect(self._on_shortcuts)
        self._actions["about"].triggered.connect(self._on_about)

    # Events

    def event(self, event: QEvent) -> bool:
        if keeps_key(QApplication.focusWidget(), event):
            event.accept()
            return True
        if event.type() is QEvent.Type.UpdateRequest:  # everything in the window is painted in it
            with WINDOW.taken():
                return super().event(event)
        return super().event(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.closing():
            event.ignore()
            return
        self.save_layout()
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _one_file(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = _one_file(event.mimeData())
        if path:
            event.acceptProposedAction()
            self.file_dropped.emit(path)

    def _on_recent(self, path: str) -> None:
        self.recent_chosen.emit(path)

    def _on_reset_layout(self) -> None:
        self.reset_layout()

    def _on_shortcuts(self) -> None:
        show_shortcuts(self)

    def _on_about(self) -> None:
        show_about(self)

    def _on_full_screen(self, on: bool) -> None:
        state = self.windowState()
        full = Qt.WindowState.WindowFullScreen
        self.setWindowState(state | full if on else state & ~full)


def _always() -> bool:
    return True


def _one_file(data: QMimeData) -> str:
    """The path of the one local file in ``data``; empty if it is anything else."""
    urls = data.urls() if data.hasUrls() else []
    return urls[0].toLocalFile() if len(urls) == 1 and urls[0].isLocalFile() else ""
