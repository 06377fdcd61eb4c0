"""The graph of step k, and the links between its nodes, the typed text, the inspector and the table."""

from __future__ import annotations

from collections.abc import Callable

from gui_app.core.experiment import Experiment
from gui_app.core.graph import Graph
from gui_app.core.layout import Placement, layout
from gui_app.core.runner import Answer, Asker
from gui_app.core.session import StepNumbers
from gui_app.ui.engine import Engine
from gui_app.ui.graph.cards import measure
from gui_app.ui.views import Views

QUESTION = "graph"


class GraphLink:
    """Asks for the graph, shows the answer, and lights up in all views what is pointed at in one."""

    def __init__(self, views: Views, asker: Asker, engine: Engine) -> None:
        self._views, self._asker, self._engine = views, asker, engine
        self.graph: Graph | None = None
        """The graph on the screen."""
        self._chosen: int | None = None
        self._current = False
        """The graph is that of the text as it stands."""
        self._placed: tuple[object, Placement] | None = None
        graph, inspector = views.graph, views.inspector
        graph.node_chosen.connect(self._on_node_chosen)
        graph.node_hovered.connect(self._on_node_hovered)
        inspector.node_chosen.connect(graph.choose)
        inspector.node_chosen.connect(self._on_node_chosen)
        inspector.node_hovered.connect(graph.highlight)
        views.parameters.parameter_hovered.connect(self._on_parameter_hovered)
        views.editor.caret_moved.connect(self._on_caret_moved)

    def ask(self, experiment: Experiment, numbers: StepNumbers) -> None:
        """Ask for the graph at that step; the layout is kept where the structure is the same."""
        panel, engine, placed = self._views.graph, self._engine, self._placed
        shared, orientation = panel.shared, panel.orientation

        def question(cancelled: Callable[[], bool]) -> tuple[object, Graph, Placement]:
            graph = engine.graph(experiment, numbers.parameters, numbers.gradients)
            key = graph.structure(), shared, orientation
            if placed is not None and placed[0] == key:
                return key, graph, placed[1]
            placement = layout(
                graph, shared=shared, orientation=orientation, measure=measure, cancelled=cancelled
            )
            return key, graph, placement

        self._asker.ask(QUESTION, question)

    def take(self, answer: Answer) -> None:
        """Show what has come of ``ask``."""
        if answer.fault is not None:
            self._views.graph.set_message(str(answer.fault))
            return
        key, graph, placement = answer.value  # type: ignore[misc]
        self._placed = key, placement
        self._views.graph.set_message("")
        self._show(graph, placement)

    def clear(self, message: str) -> None:
        """Show no graph, and why."""
        self._asker.forget(QUESTION)
        self._show(None, None)
        self._views.graph.set_message(message)

    def outdated(self, why: str) -> None:
        """The text has no graph: what is shown is that of the last one that had, and points into it no more."""
        self._asker.forget(QUESTION)
        self._current = False
        self._views.graph.set_message(f"{why} This is the last graph that worked." if self.graph else why)
        self._views.editor.highlight(None)

    def _show(self, graph: Graph | None, placement: Placement | None) -> None:
        if self._chosen is not None and (graph is None or self._chosen >= len(graph.nodes)):
            self._chosen = None
        self.graph, self._current = graph, graph is not None
        self._views.graph.set_graph(graph, placement)
        self._views.inspector.show_node(graph, self._chosen)

    def _on_node_chosen(self, node: int) -> None:
        self._chosen = None if node < 0 else node
        self._views.inspector.show_node(self.graph, self._chosen)
        if self._chosen is not None:
            self._views.window.laboratory.show_panel("inspector")
        self._on_node_hovered(node)

    def _on_node_hovered(self, node: int) -> None:
        known = self.graph is not None and self._current and 0 <= node < len(self.graph.nodes)
        self._views.editor.highlight(self.graph.nodes[node].span if self.graph and known else None)

    def _on_parameter_hovered(self, name: str) -> None:
        leaves = [node.id for node in self.graph.nodes if node.label == name] if self.graph and name else []
        self._views.graph.highlight(leaves[0] if leaves else -1)

    def _on_caret_moved(self, line: int, column: int) -> None:
        """Light up the smallest expression around the caret."""
        nodes = self.graph.nodes if self.graph and self._current else ()
        around = [(n.span.extent, n.id) for n in nodes if n.span is not None and n.span.holds(line, column)]
        self._views.graph.highlight(min(around)[1] if around else -1)
