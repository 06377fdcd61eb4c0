"""Tab bars that Qt's dock layout has forgotten.

Where docks are tabbed in more than one place, Qt (6.11) makes tab bars while it rearranges or restores them that it
loses track of: they stay on the screen, in the middle of some panel.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar

_DIRECT = Qt.FindChildOption.FindDirectChildrenOnly
_BELOW = QPoint(0, 1)


def hide_lost(window: QMainWindow) -> None:
    """Hide each tab bar that stands on no dock while another one, which does, has its tabs."""
    docks = {dock.windowTitle(): dock for dock in window.findChildren(QDockWidget, options=_DIRECT)}
    bars = [bar for bar in window.findChildren(QTabBar, options=_DIRECT) if bar.isVisible()]
    used = [bar for bar in bars if _stands(bar, docks)]
    for bar in bars:
        if bar not in used and any(_titles(bar) & _titles(other) for other in used):
            bar.hide()


def _stands(bar: QTabBar, docks: dict[str, QDockWidget]) -> bool:
    """Whether the dock of the current tab lies right beneath ``bar``."""
    dock = docks.get(bar.tabText(bar.currentIndex()))
    return dock is not None and dock.geometry().topLeft() - bar.geometry().bottomLeft() == _BELOW


def _titles(bar: QTabBar) -> set[str]:
    return {bar.tabText(index) for index in range(bar.count())}
