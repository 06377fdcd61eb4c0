"""The graph panel: the autograd graph with its values at the step shown, and a thin bar above it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRect, Signal
from PySide6.QtGui import QIcon, QPalette
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from gui_app.core.graph import Graph
from gui_app.core.layout import Placement
from gui_app.core.passing import Direction
from gui_app.ui.figures.graph_menu import GraphMenu
from gui_app.ui.graph.anchor import Anchor
from gui_app.ui.graph.corners import spots
from gui_app.ui.graph.drawn import Drawn, Folding, plain
from gui_app.ui.graph.failure_strip import FailureStrip
from gui_app.ui.graph.flow import Range
from gui_app.ui.graph.flow_scale import FlowScale
from gui_app.ui.graph.legend import Legend
from gui_app.ui.graph.pass_bar import PassBar
from gui_app.ui.graph.pass_picture import PassPicture
from gui_app.ui.graph.passes import Passes
from gui_app.ui.graph.picture import GraphPicture
from gui_app.ui.graph.scene import Scene
from gui_app.ui.graph.search import texts
from gui_app.ui.graph.search_bar import SearchBar
from gui_app.ui.graph.surface import ZOOM_STEP
from gui_app.ui.graph.toolbar import Toolbar
from gui_app.ui.graph.walked import WalkedSurface
from gui_app.ui.theme import GRID, Palette

NOTHING = Range(0.0, 0.0)
EMPTY = "Type an objective to see its graph"


class GraphPanel(QWidget):
    """Paints what it is handed; the layout is computed elsewhere, with :func:`gui_app.ui.graph.cards.measure`."""

    node_chosen = Signal(int)
    """The user chose this node id; -1 for none."""
    node_hovered = Signal(int)
    """The cursor is over this node id; -1 for none."""
    layout_options_changed = Signal()
    """``shared``, ``orientation``, ``folding`` or ``saved`` is another: a new placement is wanted."""

    def __init__(
        self,
        palette: Palette,
        icons: Callable[[str], QIcon] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._palette = palette
        self.drawn: Drawn | None = None
        """What is shown; the ids of all signals and methods are those of ``drawn.graph``."""
        self.folding = Folding()
        """Which repeated parts are rolled up."""
        self._scene: Scene | None = None
        self._anchor: Anchor | None = None
        self.message = ""
        """The sentence that is shown."""
        self._surface = WalkedSurface(palette, self)
        self._legend = Legend(palette, self._surface)
        self._legend.hide()
        self._scale = FlowScale(palette, self._surface)
        self._scale.hide()
        self._toolbar = Toolbar(icons, self)
        self.exports = GraphMenu(self, self)
        self._search = SearchBar(icons, palette, self)
        self._failure = FailureStrip(palette, icons, self)
        bar = PassBar(palette, icons, self)
        self.passes = Passes(self._surface, bar, palette)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self._toolbar, self._search, self._failure):
            column.addWidget(part)
        column.addWidget(self._surface, 1)
        column.addWidget(bar)
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

    @property
    def saved(self) -> bool:
        """The tensors saved for the backward pass are to be drawn."""
        return self._toolbar.buttons["saved"].isChecked()

    def apply_theme(self, palette: Palette) -> None:
        """Paint in these colours from now on."""
        self._palette = palette
        colours = self.palette()
        colours.setColor(QPalette.ColorRole.Window, palette.panel)
        self.setPalette(colours)
        parts = (self._surface, self._legend, self._scale, self._toolbar, self._search, self._failure)
        for part in (*parts, self.passes):
            part.apply_theme(palette)

    def set_graph(self, graph: Graph | None, placement: Placement | None) -> None:
        """Show ``graph``. The same structure keeps zoom and choice; with the same placement only values change."""
        if graph is None or placement is None:
            self.show_drawn(None, None)
        elif self._scene is not None and self._same_picture(graph, placement):
            self.show_drawn(plain(graph), self._scene)
        else:
            self.show_drawn(plain(graph), Scene(graph, placement))

    def show_drawn(self, drawn: Drawn | None, scene: Scene | None, change: str = "") -> None:
        """Show ``drawn`` as ``scene`` places it; the scene that is shown already takes its values.

        What was chosen stays chosen if it is still there. ``change`` tells how the graph differs from another step's.
        """
        if drawn is None or scene is None or not scene.placement.boxes:
            self.drawn = self._scene = None
            self.folding = Folding()
            self._surface.set_scene(None)
        else:
            self.drawn = drawn
            if scene is self._scene:
                self._surface.show_values(drawn.graph, drawn.badges)
            else:
                self._show_scene(scene)
        placement = None if self._scene is None else self._scene.placement
        self.passes.show_graph(None if self.drawn is None else self.drawn.graph, placement)
        self._surface.set_caption(change if self._scene is not None else "")
        self._search.set_written(self._written)
        self._describe()

    def set_message(self, text: str) -> None:
        """A sentence instead of a graph, or at the foot of one; empty for none."""
        self.message = text
        self._surface.set_message(text)

    def choose(self, node_id: int) -> None:
        """Light up a node and bring it into view, without a signal; -1 for none."""
        self._surface.choose(node_id)
        self._surface.reveal()

    def highlight(self, *node_ids: int) -> None:
        """Show nodes as if they were hovered, without a signal; -1 for none."""
        boxes = self._scene.boxes_of if self._scene is not None else {}
        self._surface.hover([box for node in node_ids for box in boxes.get(node, ())])

    def finish(self) -> None:
        """Let what moves arrive and paint all that is left to paint, for a picture of the window."""
        self._surface.finish()

    def recorded(self) -> Graph | None:
        """The whole graph, with what is not drawn of it; ``None`` where there is none."""
        return None if self.drawn is None else self.drawn.recorded

    def film(self, direction: Direction) -> tuple[PassPicture, int] | None:
        """A pass over the graph for export, and how many frames it has; ``None`` where there is none."""
        return self.passes.film(direction)

    def picture(self) -> GraphPicture | PassPicture | None:
        """The whole graph for export, at the moment of the pass that is walked; ``None`` where there is none."""
        if self._scene is None:
            return None
        if (moment := self.passes.picture()) is not None:
            return moment
        return GraphPicture(
            self._scene.graph,
            self._scene.placement,
            self._palette,
            self._scene.all_badges,
            self._surface.shows_flow,
        )

    def _connect(self) -> None:
        buttons, surface, search = self._toolbar.buttons, self._surface, self._search
        buttons["zoom-in"].clicked.connect(lambda: surface.zoom(ZOOM_STEP))
        buttons["zoom-out"].clicked.connect(lambda: surface.zoom(1 / ZOOM_STEP))
        buttons["fit"].clicked.connect(surface.fit)
        buttons["legend"].toggled.connect(self._on_legend)
        buttons["lineage"].toggled.connect(surface.set_lineage)
        buttons["flow"].toggled.connect(self._on_flow)
        buttons["search"].clicked.connect(search.open_bar)
        buttons["rolled"].toggled.connect(self._on_rolled)
        for name in ("shared", "orientation", "saved"):
            buttons[name].toggled.connect(self._on_option)
        buttons["export"].setMenu(self.exports)
        buttons["export"].setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        buttons["walk"].toggled.connect(self.passes.set_open)
        self.passes.closed.connect(lambda: buttons["walk"].setChecked(False))
        self.passes.node_reached.connect(surface.node_hovered)
        surface.resized.connect(self._place_corners)
        surface.zoomed.connect(self._tell)
        surface.node_chosen.connect(self.node_chosen)
        surface.node_hovered.connect(self.node_hovered)
        surface.block_turned.connect(self._on_block_turned)
        search.found.connect(surface.show_found)
        search.arrived.connect(surface.visit)
        search.closed.connect(surface.setFocus)
        surface.search_wanted.connect(search.open_bar)

    def _on_option(self) -> None:
        """The view of the old picture says nothing about the new one."""
        self._surface.own_view = False
        self.layout_options_changed.emit()

    def _on_legend(self, on: bool) -> None:
        self._legend.setVisible(on)
        self._place_corners()

    def _on_flow(self, on: bool) -> None:
        self._surface.set_flow(on)
        self._scale.setVisible(on)
        self._describe()

    def _on_rolled(self, on: bool) -> None:
        self.folding = Folding(all_shut=on)
        self._on_option()

    def _on_block_turned(self, key: str, opened: bool, point: QPointF) -> None:
        """What was clicked stays where it is on the screen."""
        self._anchor = Anchor(key, point, not self._surface.own_view)
        self.folding = self.folding.open(key) if opened else self.folding.close(key)
        self.layout_options_changed.emit()

    def _show_scene(self, scene: Scene) -> None:
        """Another picture, of the same graph or of another one."""
        before, chosen, surface = self._scene, self._surface.chosen, self._surface
        key = before.identity.keys[chosen] if before is not None and chosen >= 0 else None
        self._scene = scene
        surface.orientation = self.orientation
        surface.set_scene(scene, self._anchor.view(scene, surface) if self._anchor is not None else None)
        self._anchor = None
        if key is not None and key in scene.identity.keys:
            surface.choose(scene.identity.keys.index(key))
        failed = next((node.id for node in scene.graph.nodes if node.kind == "failed"), -1)
        if failed >= 0:
            surface.show_node(failed)

    def _written(self) -> list[str]:
        """What can be found of each node."""
        drawn = self.drawn
        return [] if drawn is None else texts(drawn.graph, drawn.members, drawn.recorded)

    def _same_picture(self, graph: Graph, placement: Placement) -> bool:
        assert self._scene is not None
        shown = self._scene.placement
        if placement is not shown and placement.boxes != shown.boxes:
            return False
        return graph is self._scene.graph or self._scene.graph.structure() == graph.structure()

    def _describe(self) -> None:
        """What is said about the graph beside it."""
        drawn, scene = self.drawn, self._scene
        self._failure.set_failure(None if drawn is None else drawn.trouble)
        self._toolbar.buttons["rolled"].setEnabled(drawn is not None and bool(drawn.opened or drawn.closed))
        if drawn is not None and scene is not None:
            self._toolbar.set_checked("rolled", bool(drawn.closed))
            self._scale.set_range(scene.flow_range() if self._surface.shows_flow else NOTHING)
            roles = {badge.role for shown in drawn.badges.values() for badge in shown}
            self._legend.explain(scene.shown_styles, roles)
        self._tell()
        self._place_corners()

    def _tell(self) -> None:
        """How large the graph is and how large it is shown."""
        if self.drawn is None:
            self._toolbar.set_remark("")
            return
        drawn, whole = len(self.drawn.graph.nodes), self.drawn.whole
        nodes = f"{drawn:,} nodes" if drawn == whole else f"{drawn:,} of {whole:,} nodes"
        edges = f"{len(self.drawn.graph.edges):,} edges"
        percent = f"{round(100 * self._surface.view.zoom)} %"
        self._toolbar.set_remark(f"{nodes} · {edges} · {percent}", f"{nodes} · {percent}", nodes, percent)

    def _place_corners(self) -> None:
        """Scale and legend where they hide the least, and not each other."""
        room = self._surface.rect().adjusted(GRID, GRID, -GRID, -GRID)
        taken = QRect()
        if not self._scale.isHidden():
            taken = self._least_hiding(spots(room, self._scale.size(), above=True))
            self._scale.move(taken.topLeft())
        if not self._legend.isHidden():
            places = spots(room, self._legend.size())
            free = [place for place in places if not place.intersects(taken)]
            self._legend.move(self._least_hiding(free or places).topLeft())

    def _least_hiding(self, places: Sequence[QRect]) -> QRect:
        """The first of those that hide the least of the graph."""
        return min(places, key=self._surface.hidden_by)
