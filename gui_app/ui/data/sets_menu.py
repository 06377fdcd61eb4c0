"""The tables that are always there, as entries of a menu."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QMenu

from gui_app.files.tables import BUILT_IN, GENERATORS


def add_sets(menu: QMenu, chosen: SignalInstance) -> None:
    """An entry for each; ``chosen`` is emitted with ``builtin`` or ``generate``, and the name."""
    menu.setToolTipsVisible(True)
    menu.addSection("Data sets")
    for name, known in BUILT_IN.items():
        _add(menu, chosen, ("builtin", name), known.title, known.summary)
    menu.addSection("Made-up data")
    for name, made in GENERATORS.items():
        _add(menu, chosen, ("generate", name), made.title, made.summary)


def _add(menu: QMenu, chosen: SignalInstance, wanted: tuple[str, str], title: str, summary: str) -> None:
    action = menu.addAction(title)
    action.setToolTip(summary)
    action.setStatusTip(f"{summary[:1].upper()}{summary[1:]}.")
    action.triggered.connect(partial(_choose, chosen, wanted))


def _choose(chosen: SignalInstance, wanted: tuple[str, str]) -> None:
    chosen.emit(*wanted)
