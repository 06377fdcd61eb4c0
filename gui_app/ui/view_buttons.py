"""The row of buttons above a panel that shows one of several views."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QSizePolicy, QToolButton, QWidget

from gui_app.ui.theme import GRID

_MARGIN, _GAP = GRID, GRID // 2


class ViewButtons(QWidget):
    """A button for each view, one of them down; a second row where there is no room for all of them in one.

    What else is given stands at the right end of the first row.
    """

    chosen = Signal(int)
    """The number of the view whose button was clicked."""

    def __init__(self, views: Iterable[tuple[str, str]], *others: QWidget) -> None:
        """``views`` are names with what is said about them on hover."""
        super().__init__()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._group = QButtonGroup(self)
        for number, (name, help_) in enumerate(views):
            button = QToolButton(self)
            button.setText(name)
            button.setToolTip(help_)
            button.setCheckable(True)
            button.installEventFilter(self)
            self._group.addButton(button, number)
        self._others = others
        for other in others:
            other.setParent(self)
        self._group.idClicked.connect(self.chosen)
        self.check(0)

    def button(self, number: int) -> QToolButton:
        """The button of a view."""
        found = self._group.button(number)
        assert isinstance(found, QToolButton)
        return found

    def check(self, number: int) -> None:
        """Put a button down, silently."""
        self.button(number).setChecked(True)

    # Layout

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        places = self._places(width)
        return max((at.y() + part.sizeHint().height() for part, at in places), default=0) + _GAP

    def sizeHint(self) -> QSize:
        parts = [*self._offered(), *self._others]
        wide = sum(part.sizeHint().width() + _GAP for part in parts) - _GAP + 2 * _MARGIN
        return QSize(wide, self.heightForWidth(wide))

    def minimumSizeHint(self) -> QSize:
        beside = sum(other.sizeHint().width() + _GAP for other in self._others)
        widest = max((part.sizeHint().width() for part in self._offered()), default=0)
        return QSize(widest + beside + 2 * _MARGIN, self.heightForWidth(max(self.width(), widest)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show):  # a button says something else
            self._lay_out_anew()
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self._lay_out_anew()
        return super().eventFilter(watched, event)

    def _offered(self) -> list[QWidget]:
        return [button for button in self._group.buttons() if not button.isHidden()]

    def _lay_out_anew(self) -> None:
        self.updateGeometry()
        self._lay_out()

    def _lay_out(self) -> None:
        for part, at in self._places(self.width()):
            part.setGeometry(at.x(), at.y(), part.sizeHint().width(), part.sizeHint().height())

    def _places(self, width: int) -> list[tuple[QWidget, QPoint]]:
        """Where each part stands, in rows so wide."""
        found: list[tuple[QWidget, QPoint]] = []
        right, x, y = width - _MARGIN, _MARGIN, _GAP
        for other in reversed(self._others):
            right -= other.sizeHint().width()
            found.append((other, QPoint(right, y)))
            right -= _GAP
        for button in self._offered():
            size = button.sizeHint()
            if x > _MARGIN and x + size.width() > right:
                right, x, y = width - _MARGIN, _MARGIN, y + size.height() + _GAP
            found.append((button, QPoint(x, y)))
            x += size.width() + _GAP
        return found
