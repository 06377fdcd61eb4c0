"""A grid of equal cards: as many columns as fit, all as wide as the row allows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget


class CardGrid(QWidget):
    """Cards at least ``least`` pixels wide in rows of one height; the height follows from the width."""

    def __init__(self, cards: Sequence[QWidget], least: int, gap: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards, self._least, self._gap = list(cards), least, gap
        for card in self._cards:
            card.setParent(self)
            card.show()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def columns(self, width: int) -> int:
        """How many cards stand side by side."""
        return max(1, (width + self._gap) // (self._least + self._gap))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        rows = -(-len(self._cards) // self.columns(width))
        return max(0, rows * (self._card_height(width) + self._gap) - self._gap)

    def sizeHint(self) -> QSize:
        return QSize(self._least, self.heightForWidth(self._least))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._least, self._card_height(self._least))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        columns, height = self.columns(self.width()), self._card_height(self.width())
        width = (self.width() - (columns - 1) * self._gap) / columns
        for index, card in enumerate(self._cards):
            row, column = divmod(index, columns)
            card.setGeometry(
                int(column * (width + self._gap)), row * (height + self._gap), int(width), height
            )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows go from the focused card to its neighbour."""
        columns = self.columns(self.width())
        moves = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -columns,
            Qt.Key.Key_Down: columns,
        }
        here = next((index for index, card in enumerate(self._cards) if card.hasFocus()), None)
        by = moves.get(Qt.Key(event.key()))
        if here is None or by is None:
            super().keyPressEvent(event)
        elif 0 <= here + by < len(self._cards):
            self._cards[here + by].setFocus(Qt.FocusReason.TabFocusReason)

    def _card_height(self, width: int) -> int:
        columns = self.columns(width)
        each = (width - (columns - 1) * self._gap) // columns
        heights = (
            card.heightForWidth(each) if card.hasHeightForWidth() else card.sizeHint().height()
            for card in self._cards
        )
        return max(heights, default=0)
