"""How a failure is shown and how unsaved work is asked about."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMessageBox, QSizePolicy, QToolButton, QWidget

from gui_app.core.fault import Fault
from gui_app.ui.resources import Icons
from gui_app.ui.theme import GRID, Palette

Answer = Literal["save", "discard", "cancel"]

_ANSWERS: dict[QMessageBox.StandardButton, Answer] = {
    QMessageBox.StandardButton.Save: "save",
    QMessageBox.StandardButton.Discard: "discard",
}


class FaultBanner(QFrame):
    """One failure in a strip above the panels: it stays until it is closed or replaced and blocks nothing."""

    closed = Signal()

    def __init__(self, icons: Icons) -> None:
        super().__init__()
        self.setObjectName("banner")
        self._icons, self._kind = icons, "error"
        self._mark, self._words, self._close = QLabel(), QLabel(), QToolButton()
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._close.setToolTip("Close this message")
        self._close.setAccessibleName("Close this message")
        self._close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._close.setIconSize(QSize(16, 16))
        self._close.clicked.connect(self._on_close)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID + 4, GRID // 2, GRID, GRID // 2)
        row.setSpacing(GRID)
        row.addWidget(self._mark)
        row.addWidget(self._words, 1)
        row.addWidget(self._close)
        self.apply_theme(icons.palette)
        self.hide()

    @property
    def text(self) -> str:
        """The words that are shown."""
        return self._words.text()

    def show_fault(self, fault: Fault, *, warning: bool = False) -> None:
        """Show what happened and what to do; the library's own words are in the tool tip."""
        self._kind = "warning" if warning else "error"
        self._words.setText(str(fault))
        self.setToolTip(fault.details)
        self.apply_theme(self._icons.palette)
        self.show()

    def apply_theme(self, palette: Palette) -> None:
        """Take the colours of another theme; ``icons`` must have it already."""
        colour = getattr(palette, self._kind)
        self.setStyleSheet(f"#banner {{ background: {palette.panel}; border-left: 4px solid {colour}; }}")
        self._mark.setPixmap(self._icons(self._kind, colour).pixmap(QSize(20, 20)))
        self._close.setIcon(self._icons("close", palette.muted))

    def _on_close(self) -> None:
        self.hide()
        self.closed.emit()


def fault_box(parent: QWidget | None, title: str, fault: Fault) -> QMessageBox:
    """A window-modal box with the sentence, what to do, and the library's own words behind a button."""
    box = QMessageBox(QMessageBox.Icon.Warning, title, fault.message, QMessageBox.StandardButton.Ok, parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setInformativeText(fault.hint)
    if fault.details:
        box.setDetailedText(fault.details)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return box


def show_fault(parent: QWidget | None, title: str, fault: Fault) -> None:
    """Tell about a failure without stopping anything that runs; returns at once."""
    fault_box(parent, title, fault).open()


def ask_unsaved(parent: QWidget | None, title: str) -> Answer:
    """Ask what becomes of the changes of the experiment of that title; waits for the answer."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(f"Save the changes to “{title}”?")
    box.setInformativeText("They are lost if you do not save them.")
    box.setStandardButtons(
        QMessageBox.StandardButton.Save
        | QMessageBox.StandardButton.Discard
        | QMessageBox.StandardButton.Cancel
    )
    box.setDefaultButton(QMessageBox.StandardButton.Save)
    for button in box.buttons():
        button.setIcon(QIcon())  # Qt's own are of another set
    answer = _ANSWERS.get(QMessageBox.StandardButton(box.exec()), "cancel")
    box.deleteLater()
    return answer
