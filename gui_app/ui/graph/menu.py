"""What can be done with the node under the cursor: the menu of the right mouse button."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QMenu

from gui_app.ui.graph.scene import Scene
from gui_app.ui.graph.surface import Surface


class MenuSurface(Surface):
    """The surface with its menu."""

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """At the cursor for the mouse, at the chosen node for the keyboard."""
        if self.scene is None:
            return
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        node = self.chosen if by_key else self._node_at(event.pos().toPointF())[1]
        self.menu(self.scene, node).popup(event.globalPos())

    def menu(self, scene: Scene, node: int) -> QMenu:
        """For a node, -1 for a place without one; it goes once it is closed."""
        made = QMenu(self)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if node >= 0:
            drawn = scene.graph.nodes[node]
            if self._is_block(node):
                made.addAction(f"Open {drawn.label} {drawn.name}", partial(self.open_block, node))
            blocks = {block.key: block for block in scene.opened}
            for key in reversed(scene.identity.homes[node]):
                name = f"{blocks[key].label} {blocks[key].name}"
                made.addAction(
                    f"Roll up {name}", partial(self.block_turned.emit, key, False, self._centre(node))
                )
            if self.chosen not in (-1, node):
                name = scene.graph.nodes[self.chosen].label or scene.graph.nodes[self.chosen].name
                made.addAction(f"Show the paths between this and {name}", partial(self.choose_other, node))
        made.addAction("Show the whole graph", self.fit)
        return made
