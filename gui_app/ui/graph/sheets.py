"""Pixmaps that are used again: to be given megabytes anew may take longer than to paint on them."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QPixmap

MOST_SPARE = 4
"""As many as a picture and the next one have."""


class Sheets:
    """Keeps those that nobody needs any more, as long as their size is wanted."""

    def __init__(self) -> None:
        self._spare: list[QPixmap] = []

    def take(self, pixels: QSize, ratio: float) -> QPixmap:
        """One of that size, with whatever is on it."""
        self._spare = [sheet for sheet in self._spare if sheet.size() == pixels]
        sheet = self._spare.pop() if self._spare else QPixmap(pixels)
        sheet.setDevicePixelRatio(ratio)
        return sheet

    def give_back(self, sheet: QPixmap) -> None:
        """Nobody looks at it any more; it may be given back twice."""
        if len(self._spare) < MOST_SPARE and all(sheet is not spare for spare in self._spare):
            self._spare.append(sheet)
