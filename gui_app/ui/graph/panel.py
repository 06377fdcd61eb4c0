"""The graph panel: the autograd graph with its values at the step shown, and a thin bar above it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QIcon, QPalette, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui_app.core.graph import Graph
from gui_app.core.layout import Placement
from gui_app.ui.graph.legend import Legend
from gui_app.ui.graph.picture import GraphPicture
from gui_app.ui.graph.scene import Scene
from gui_app.ui.graph.surface import ZOOM_STEP, Surface
from gui_app.ui.graph.toolbar import Toolbar
from gui_app.ui.theme import GRID, Palette

EMPTY = "Type an objective to see its graph"


class GraphPanel(QWidget):
    """Paints what it is handed; the layout is computed elsewhere, with :func:`gui_app.ui.graph.cards.measure`."""

    node_chosen = Signal(int)
    """The user chose this node id; -1 for none."""
    node_hovered = Signal(int)
    """The cursor is over this node id; -1 for none."""
    layout_options_changed = Signal()
    """``shared`` or ``orientation`` is another: a new placement is wanted."""

    def __init__(
        self,
        palette: Palette,
        icons: Callable[[str], QIcon] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._palette = palette
        self._scene: Scene | None = None
        self.message = ""
        """The sentence that is shown."""
        self._surface = Surface(palette, self)
        self._legend = Legend(palette, self._surface)
        self._legend.hide()
        self._toolbar = Toolbar(icons, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._toolbar)
        column.addWidget(self._surface, 1)
        self.setFocusProxy(self._surface)
        self.setAutoFillBackground(True)
        self._connect()
        self.apply_theme(palette)
        self.set_message(EMPTY)

    @property
    def shared(self) -> bool:
        """A leaf is to be drawn once for all its uses."""
        return self._toolbar.buttons["shared"].isChecked()

    @property
    def orientation(self) -> str:
        """``down`` or ``right``: where the data flows."""
        return "right" if self._toolbar.buttons["orientation"].isChecked() else "down"

    def apply_theme(self, palette: Palette) -> None:
        """Paint in these colours from now on."""
        self._palette = palette
        colours = self.palette()
        colours.setColor(QPalette.ColorRole.Window, palette.panel)
        self.setPalette(colours)
        for part in (self._surface, self._legend, self._toolbar):
            part.apply_theme(palette)

    def set_graph(self, graph: Graph | None, placement: Placement | None) -> None:
        """Show ``graph``. The same structure keeps zoom and choice; with the same placement only values change."""
        if graph is None or placement is None or not placement.boxes:
            self._scene = None
            self._surface.set_scene(None)
        elif self._scene is not None and self._same_picture(graph, placement):
            self._surface.show_values(graph)
        else:
            kept = self._surface.chosen if self._same_structure(graph) else -1
            self._scene = Scene(graph, placement)
            self._surface.orientation = self.orientation
            self._surface.set_scene(self._scene)
            self._surface.choose(kept)
        self._tell()

    def set_message(self, text: str) -> None:
        """A sentence instead of a graph, or at the foot of one; empty for none."""
        self.message = text
        self._surface.set_message(text)

    def choose(self, node_id: int) -> None:
        """Light up a node and bring it into view, without a signal; -1 for none."""
        self._surface.choose(node_id)
        self._surface.reveal()

    def highlight(self, node_id: int) -> None:
        """Show a node as if it were hovered, without a signal; -1 for none."""
        self._surface.hover(self._scene.boxes_of.get(node_id, [-1])[0] if self._scene else -1)

    def picture(self) -> GraphPicture | None:
        """The whole graph for export; ``None`` where there is none."""
        if self._scene is None:
            return None
        return GraphPicture(self._scene.graph, self._scene.placement, self._palette)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The legend stays in its corner."""
        super().resizeEvent(event)
        self._place_legend()

    def _connect(self) -> None:
        buttons = self._toolbar.buttons
        buttons["zoom-in"].clicked.connect(lambda: self._surface.zoom(ZOOM_STEP))
        buttons["zoom-out"].clicked.connect(lambda: self._surface.zoom(1 / ZOOM_STEP))
        buttons["fit"].clicked.connect(self._surface.fit)
        buttons["legend"].toggled.connect(self._legend.setVisible)
        for name in ("shared", "orientation"):
            buttons[name].toggled.connect(self._on_option)
        self._surface.zoomed.connect(self._tell)
        self._surface.node_chosen.connect(self.node_chosen)
        self._surface.node_hovered.connect(self.node_hovered)

    def _on_option(self) -> None:
        """The view of the old picture says nothing about the new one."""
        self._surface.own_view = False
        self.layout_options_changed.emit()

    def _same_structure(self, graph: Graph) -> bool:
        return self._scene is not None and self._scene.graph.structure() == graph.structure()

    def _same_picture(self, graph: Graph, placement: Placement) -> bool:
        assert self._scene is not None
        shown = self._scene.placement
        if placement is not shown and placement.boxes != shown.boxes:
            return False
        return graph is self._scene.graph or self._same_structure(graph)

    def _tell(self) -> None:
        """How large the graph is and how large it is shown."""
        if self._scene is None:
            self._toolbar.set_remark("")
            return
        nodes, edges = len(self._scene.graph.nodes), len(self._scene.graph.edges)
        percent = round(100 * self._surface.view.zoom)
        self._toolbar.set_remark(f"{nodes:,} nodes · {edges:,} edges · {percent} %")

    def _place_legend(self) -> None:
        self._legend.move(GRID, self._surface.height() - self._legend.height() - GRID)
