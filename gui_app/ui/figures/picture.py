"""What can be taken away as a picture."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsScene


class Picture(Protocol):
    """Something that paints itself at any size, on any paint device."""

    @property
    def name(self) -> str:
        """The beginning of the file name: ``loss``."""

    def size(self) -> QSizeF:
        """The size on the screen, in pixels; files have it unless asked otherwise."""

    def paint(self, painter: QPainter, target: QRectF) -> None:
        """Paint into ``target``, in the painter's coordinates."""


class ScenePicture:
    """A graphics scene, or the part ``source`` of it, as it is on the screen."""

    def __init__(self, name: str, scene: QGraphicsScene, source: QRectF | None = None) -> None:
        self.name = name
        self._scene = scene
        self._source = source

    def size(self) -> QSizeF:
        """One pixel for each unit of the scene."""
        return self._part().size()

    def paint(self, painter: QPainter, target: QRectF) -> None:
        """Paint the scene with its background, its proportions kept."""
        self._scene.render(painter, target, self._part())

    def _part(self) -> QRectF:
        return self._source if self._source is not None else self._scene.sceneRect()
