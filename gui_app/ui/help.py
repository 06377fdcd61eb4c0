"""Two small boxes of the Help menu: every key, and what this program is."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from gui_app import __version__
from gui_app.ui.actions import ACTIONS, MENUS
from gui_app.ui.resources import application_icon
from gui_app.ui.style import font
from gui_app.ui.theme import GRID

_ABOUT = (
    "A desktop laboratory for gradients: type an objective, see the autograd graph that PyTorch built, and watch"
    " gradient descent and the loss move, all at the same step.\n\n"
    f"Version {__version__}. Free software under the MIT licence."
)


def keys() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Each menu's title with (action, key) of its actions that have a key; menus without any are left out."""
    specs = {spec.id: spec for spec in ACTIONS}
    for title, entries in MENUS:
        named = [specs[entry] for entry in entries if isinstance(entry, str) and entry in specs]
        rows = [(spec.title.rstrip("…"), QKeySequence(spec.shortcut)) for spec in named if spec.shortcut]
        if rows:
            native = QKeySequence.SequenceFormat.NativeText
            yield title, [(name, key.toString(native)) for name, key in rows]


def show_shortcuts(parent: QWidget) -> QDialog:
    """List every key in a box that can stay open beside the work."""
    box = QDialog(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle("Keyboard shortcuts")
    columns = QGridLayout()
    columns.setHorizontalSpacing(5 * GRID)
    columns.setVerticalSpacing(2 * GRID)
    for index, (title, rows) in enumerate(keys()):
        columns.addLayout(_section(title, rows), index // 2, index % 2, Qt.AlignmentFlag.AlignTop)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(box.close)
    layout = QVBoxLayout(box)
    layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
    layout.setSpacing(2 * GRID)
    layout.addLayout(columns)
    layout.addWidget(buttons)
    box.show()
    return box


def _section(title: str, rows: list[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(3 * GRID)
    grid.setVerticalSpacing(GRID // 2)
    head = QLabel(title)
    head.setFont(font("title", bold=True))
    grid.addWidget(head, 0, 0, 1, 2)
    for row, (name, key) in enumerate(rows, start=1):
        keycap = QLabel(key)
        keycap.setObjectName("muted")
        grid.addWidget(QLabel(name), row, 0)
        grid.addWidget(keycap, row, 1, Qt.AlignmentFlag.AlignRight)
    grid.setColumnStretch(0, 1)
    return grid


def show_about(parent: QWidget) -> QMessageBox:
    """Name, version and licence."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle("About Gradarium")
    box.setIconPixmap(application_icon().pixmap(64, 64))
    box.setText("Gradarium")
    box.setInformativeText(_ABOUT)
    box.open()
    return box
