"""Along which of many features the data are looked at."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from gui_app.ui.starts.choice import Choice
from gui_app.ui.theme import GRID

COMPONENTS = "principal components"
MOST = 100
"""Features that are offered."""


class AxesChoice(QWidget):
    """The principal components, or one feature across and another up. Hidden where there are no more than two."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._names: tuple[str, ...] = ()
        self.across, self.up = Choice("What lies across"), Choice("What lies up")
        self._by = QLabel("by")
        self._by.setObjectName("muted")
        words = QLabel("Along")
        words.setObjectName("muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID + 4, 0, GRID, 0)
        row.setSpacing(GRID // 2)
        for widget in (words, self.across, self._by, self.up):
            row.addWidget(widget)
        row.addStretch(1)
        for choice in (self.across, self.up):
            choice.chosen.connect(self._on_chosen)
        self.hide()

    @property
    def axes(self) -> tuple[int, int] | None:
        """The chosen features; None: those that there are, or the principal components."""
        across, up = self.across.value, self.up.value
        return None if across is None or across < 0 or up is None or across == up else (across, up)

    def offer(self, names: Sequence[str]) -> None:
        """Choose among these features; what was chosen before stays chosen if they are the same."""
        if tuple(names) == self._names:
            return
        self._names = tuple(names)
        features = {name: at for at, name in enumerate(names[:MOST])}
        self.across.offer({COMPONENTS: -1} | features, -1)
        self.up.offer(features, min(1, len(names) - 1))
        self.setVisible(len(names) > 2)
        self._show()

    def _on_chosen(self) -> None:
        if self.across.value == self.up.value:
            self.up.offer(
                {name: at for at, name in enumerate(self._names[:MOST])}, int(self.across.value == 0)
            )
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        pair = self.across.value is not None and self.across.value >= 0
        self._by.setVisible(pair)
        self.up.setVisible(pair)
