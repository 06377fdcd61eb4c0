"""The context menu by which a panel's picture is saved or copied."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget


class PictureMenu(QMenu):
    """“Save picture…” and “Copy picture”, as the context menu of ``owner``. It only says what is wished."""

    wanted = Signal(str)
    """``save`` or ``copy``."""

    def __init__(self, owner: QWidget) -> None:
        super().__init__("Picture", owner)
        self.addAction("Save picture…", lambda: self.wanted.emit("save"))
        self.addAction("Copy picture", lambda: self.wanted.emit("copy"))
        owner.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        owner.customContextMenuRequested.connect(self._on_requested)

    def _on_requested(self, at: QPoint) -> None:
        self.popup(self.parentWidget().mapToGlobal(at))
