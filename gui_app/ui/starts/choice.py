"""A button that names what is chosen, and a menu of what else there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget


class Choice(QToolButton):
    """One of several labelled values."""

    chosen = Signal()
    """The user has chosen another value."""

    def __init__(self, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self._group = QActionGroup(self)
        self._menu.triggered.connect(lambda _action: self._on_triggered())
        self.setMenu(self._menu)
        self._labels: Mapping[str, Any] = {}

    def offer(self, values: Mapping[str, Any], chosen: Any = None) -> None:
        """Offer these values by label; ``chosen``, or what was chosen before, or the first one is set."""
        wanted = self.value if chosen is None else chosen
        if list(values.items()) != list(self._labels.items()):
            self._menu.clear()
            self._labels = dict(values)
            for label in values:
                action = self._menu.addAction(label)
                action.setCheckable(True)
                self._group.addAction(action)
        actions = self._menu.actions()
        places = list(values.values())
        actions[places.index(wanted) if wanted in places else 0].setChecked(True)
        self._say()

    @property
    def value(self) -> Any:
        """What is chosen; ``None`` where nothing is offered."""
        action = self._group.checkedAction()
        return None if action is None else self._labels.get(action.text())

    def choose(self, value: Any) -> None:
        """Choose it as the user would."""
        next(a for a in self._menu.actions() if self._labels[a.text()] == value).trigger()

    def _on_triggered(self) -> None:
        self._say()
        self.chosen.emit()

    def _say(self) -> None:
        action = self._group.checkedAction()
        self.setText(f"{action.text() if action else ''} ▾")
