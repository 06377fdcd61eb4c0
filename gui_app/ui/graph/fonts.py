"""The fonts of the graph, in pixels at 100 %, and how wide a text is in them.

The metrics belong to the thread that asks: Qt shares what stands behind a font between its copies, so each
thread makes its own.
"""

from __future__ import annotations

import threading
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF

FontKey = Literal["name", "text", "value", "small", "headline", "large", "badge"]

_PIXELS: dict[FontKey, tuple[int, QFont.Weight]] = {
    "name": (13, QFont.Weight.Bold),
    "text": (13, QFont.Weight.Normal),
    "value": (12, QFont.Weight.Normal),
    "small": (10, QFont.Weight.Normal),
    "headline": (19, QFont.Weight.Bold),
    "large": (17, QFont.Weight.Normal),
    "badge": (12, QFont.Weight.Bold),
}
MOST_WIDTHS = 20_000
"""Widths that a thread keeps: most texts of a graph come again at the next step."""


_local = threading.local()


def font(key: FontKey) -> QFont:
    """The application's own family at the graph's size, with advances that scale with the zoom."""
    made = QFont()
    pixels, weight = _PIXELS[key]
    made.setPixelSize(pixels)
    made.setWeight(weight)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


def width(text: str, key: FontKey) -> float:
    """Advance of ``text`` in px at 100 %. Callable from any thread once a QGuiApplication exists."""
    try:
        return _local.widths[text, key]
    except (AttributeError, KeyError):
        return _measured(text, key)


def elided(text: str, key: FontKey, room: float) -> str:
    """``text``, cut with an ellipsis if it is wider than ``room`` px."""
    if width(text, key) <= room:
        return text
    return _local.metrics[key].elidedText(text, Qt.TextElideMode.ElideRight, room)


def _measured(text: str, key: FontKey) -> float:
    """Ask Qt, and remember the answer as long as the application keeps its family."""
    family = QFont().family()
    if getattr(_local, "family", None) != family:
        _local.family = family
        _local.metrics = {name: QFontMetricsF(font(name)) for name in _PIXELS}
        _local.widths = {}
    if len(_local.widths) >= MOST_WIDTHS:
        _local.widths.clear()
    _local.widths[text, key] = advance = _local.metrics[key].horizontalAdvance(text)
    return advance
