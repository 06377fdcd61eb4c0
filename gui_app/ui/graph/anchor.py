"""Where the view goes when a block is opened or closed: what was clicked stays where it is on the screen."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF

from gui_app.ui.graph.canvas import Canvas
from gui_app.ui.graph.changes import BlockKey
from gui_app.ui.graph.painting import TEXT_FROM
from gui_app.ui.graph.scene import Scene
from gui_app.ui.graph.view import View, fitted

ASIDE = ("leaf", "accumulate", "saved")
"""Kinds that stand beside the operations."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The block with that key keeps this point of the screen: all of it while closed, its first operation when open."""

    key: str
    point: QPointF
    fitted: bool
    """The whole graph was shown."""

    def view(self, scene: Scene, canvas: Canvas) -> View | None:
        """The view of ``scene``; ``None``: show all of it, if it was so before and it still can be read."""
        if self.fitted and fitted(scene.extent.size(), canvas.screen_size()).zoom >= TEXT_FROM:
            return None
        boxes, known = scene.placement.boxes, scene.identity
        inside = [
            (scene.graph.nodes[box.node].kind in ASIDE, box.node, index)
            for index, box in enumerate(boxes)
            if known.keys[box.node] == BlockKey(self.key) or self.key in known.homes[box.node]
        ]
        if not inside:
            return None
        view = canvas.view
        return view.moved(self.point - view.to_screen(scene.area(min(inside)[2])).center())
