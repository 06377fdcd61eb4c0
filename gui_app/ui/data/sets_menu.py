"""The tables that are always there, as entries of a menu."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QLabel, QMenu, QWidgetAction

from gui_app.files.tables import BUILT_IN, GENERATORS
from gui_app.ui.style import font
from gui_app.ui.theme import GRID


def add_sets(menu: QMenu, chosen: SignalInstance) -> None:
    """An entry for each; ``chosen`` is emitted with ``builtin`` or ``generate``, and the name."""
    _add_heading(menu, "Data sets")
    for name, known in BUILT_IN.items():
        _add(menu, chosen, ("builtin", name), known.title, known.summary)
    _add_heading(menu, "Made-up data")
    for name, made in GENERATORS.items():
        _add(menu, chosen, ("generate", name), made.title, made.summary)


def _add_heading(menu: QMenu, text: str) -> None:
    """A section's title: styled menus show a mere line instead of their own."""
    if not menu.isEmpty():
        menu.addSeparator()
    label, action = QLabel(text), QWidgetAction(menu)
    label.setObjectName("muted")
    label.setFont(font("small", bold=True))
    label.setContentsMargins(GRID, GRID // 2, GRID, GRID // 4)
    action.setDefaultWidget(label)
    action.setEnabled(False)
    menu.addAction(action)


def _add(menu: QMenu, chosen: SignalInstance, wanted: tuple[str, str], title: str, summary: str) -> None:
    action = menu.addAction(f"{title}\t{summary}")
    action.setStatusTip(f"{summary[:1].upper()}{summary[1:]}.")
    action.triggered.connect(partial(_choose, chosen, wanted))


def _choose(chosen: SignalInstance, wanted: tuple[str, str]) -> None:
    chosen.emit(*wanted)
