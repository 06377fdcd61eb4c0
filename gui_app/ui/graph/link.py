"""The graph of step k, and the links between its nodes, the typed text, the inspector and the table."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Set
from dataclasses import dataclass, replace
from typing import NamedTuple

from gui_app.core.experiment import Experiment
from gui_app.core.graph import Graph
from gui_app.core.layout import Orientation, layout
from gui_app.core.runner import Answer, Asker
from gui_app.core.session import StepNumbers
from gui_app.ui.engine import Engine
from gui_app.ui.graph.cards import measure
from gui_app.ui.graph.changes import counted, keys, told
from gui_app.ui.graph.drawn import Drawn, Folding, draw
from gui_app.ui.graph.scene import Scene
from gui_app.ui.views import Views

QUESTION = "graph"
NOTHING = "The program has built no graph yet."
LARGE = 2_000
"""A graph of more nodes is not compared with that of the step before: its structure seldom changes."""
MOST_STEPS = 64
"""Steps whose structure is remembered."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A graph, how it is drawn, and where."""

    drawn: Drawn
    scene: Scene
    structure: object
    """What the scene depends on, besides the values."""
    step: int
    counted: frozenset[Hashable]
    """The nodes that it is compared by; none for a large graph."""
    change: str
    """How it differs from the graph that it is compared with."""
    again: bool = False
    """It is the graph that was shown already, placed anew."""


class Known(NamedTuple):
    """How a graph is to be drawn, and what is shown now."""

    shared: bool
    orientation: Orientation
    saved: bool
    folding: Folding
    shown: Shown | None = None


class GraphLink:
    """Asks for the graph, shows the answer, and lights up in all views what is pointed at in one."""

    def __init__(self, views: Views, asker: Asker, engine: Engine) -> None:
        self._views, self._asker, self._engine = views, asker, engine
        self.graph: Graph | None = None
        """The graph on the screen, as it was recorded."""
        self._chosen: int | None = None
        self._current = False
        """The graph is that of the text as it stands."""
        self._selecting = False
        """It is not the user who moves the caret."""
        self._shown: Shown | None = None
        self._seen: dict[int, frozenset[Hashable]] = {}
        """By step, what the graph was made of."""
        self._program: str | None = None
        graph, inspector = views.graph, views.inspector
        graph.node_chosen.connect(self._on_node_chosen)
        graph.node_hovered.connect(self._on_node_hovered)
        graph.passes.node_reached.connect(self._on_node_reached)
        graph.passes.rested.connect(self._write)
        graph.layout_options_changed.connect(self._on_options)
        inspector.node_chosen.connect(self._on_linked_node_chosen)
        inspector.node_hovered.connect(self._on_linked_node_hovered)
        views.parameters.parameter_hovered.connect(self._on_parameter_hovered)
        views.editor.caret_moved.connect(self._on_caret_moved)

    def ask(self, experiment: Experiment, numbers: StepNumbers | None, step: int = 0) -> None:
        """Ask for the graph at that step; the layout is kept where the structure is the same.

        Of a program that has failed on the way to ``step`` (``numbers`` is None) it is what was built until then.
        """
        engine, known = self._engine, self._known()
        if experiment.program != self._program:
            self._program, self._seen = experiment.program, {}
            self._views.inspector.set_program(experiment.program)
        seen = dict(self._seen)
        step = step if numbers is None else numbers.step
        rows = (None, None) if numbers is None else (numbers.parameters, numbers.gradients)

        def question(cancelled: Callable[[], bool]) -> Shown:
            return place(engine.graph(experiment, step, *rows), step, known, seen, cancelled)

        self._asker.ask(QUESTION, question)

    def _on_options(self) -> None:
        """Place what is shown anew: the program itself may have no graph any more."""
        shown, known, seen = self._shown, self._known(), dict(self._seen)
        if shown is None:
            return

        def question(cancelled: Callable[[], bool]) -> Shown:
            return replace(place(shown.drawn.recorded, shown.step, known, seen, cancelled), again=True)

        self._asker.ask(QUESTION, question)

    def _known(self) -> Known:
        panel = self._views.graph
        return Known(panel.shared, panel.orientation, panel.saved, panel.folding, self._shown)

    def take(self, answer: Answer) -> None:
        """Show what has come of ``ask``."""
        panel = self._views.graph
        if answer.fault is not None:
            if self._current or self.graph is None:
                panel.set_message(str(answer.fault))
            return
        shown = answer.value
        assert isinstance(shown, Shown)
        if shown.again:
            self._show(shown, self._current)
        elif shown.drawn.graph.nodes:
            panel.set_message("")
            self._show(shown, True)
        elif self._current or self.graph is None:
            self._show(None, False)
            failure = shown.drawn.recorded.failure
            panel.set_message(NOTHING if failure is None else str(failure))

    def clear(self, message: str) -> None:
        """Show no graph, and why."""
        self._asker.forget(QUESTION)
        self._seen = {}
        self._show(None, False)
        self._views.graph.set_message(message)

    def outdated(self, why: str) -> None:
        """The text has no graph: what is shown is that of the last one that had, and points into it no more.

        A graph that failed itself goes: its failure is no longer that of the text.
        """
        self._views.editor.highlight(None)
        if self.graph is None or self.graph.failure is not None:
            self.clear(why)
            return
        self._asker.forget(QUESTION)
        self._current = False
        self._views.graph.set_message(f"{why} This is the last graph that worked.")

    def _show(self, shown: Shown | None, current: bool) -> None:
        self._chosen = self._still_chosen(shown)
        self._shown, self._current = shown, current
        self.graph = None if shown is None else shown.drawn.recorded
        if shown is not None:
            self._remember(shown)
        panel = self._views.graph
        panel.show_drawn(*((None, None) if shown is None else (shown.drawn, shown.scene, shown.change)))
        self._write()

    def _remember(self, shown: Shown) -> None:
        self._seen.pop(shown.step, None)
        self._seen[shown.step] = shown.counted
        while len(self._seen) > MOST_STEPS:
            del self._seen[next(iter(self._seen))]

    def _still_chosen(self, shown: Shown | None) -> int | None:
        """The chosen node in another graph; ``None`` if it has none like it."""
        before, after = self.graph, None if shown is None else shown.drawn.recorded
        if self._chosen is None or before is None or after is None:
            return None
        if shown is not None and self._shown is not None and shown.scene is self._shown.scene:
            return self._chosen
        key, others = keys(before)[self._chosen], keys(after)
        return others.index(key) if key in others else None

    # What is pointed at: the panel knows the nodes that are drawn, all others those that were recorded

    def _recorded(self, drawn: int) -> int:
        """Of several in a block, the one that was computed last: it stands for the block's value."""
        known = self._shown is not None and 0 <= drawn < len(self._shown.drawn.members)
        return self._shown.drawn.members[drawn][-1] if self._shown is not None and known else -1

    def _drawn(self, recorded: Iterable[int]) -> list[int]:
        of = self._shown.drawn.of if self._shown is not None else ()
        return list(dict.fromkeys(of[node] for node in recorded if 0 <= node < len(of)))

    def _on_node_chosen(self, drawn: int) -> None:
        """The user has chosen a node of the graph."""
        self._choose(self._recorded(drawn))
        self._write(drawn)

    def _on_linked_node_chosen(self, node: int) -> None:
        """The user has chosen a node somewhere else."""
        self._views.graph.choose(next(iter(self._drawn([node])), -1))
        self._choose(node)

    def _choose(self, node: int) -> None:
        self._chosen = None if node < 0 else node
        self._views.inspector.show_node(self.graph, self._chosen)
        if self._chosen is not None:
            self._views.window.laboratory.show_panel("inspector")
        self._point_at(node)
        chosen = self.graph.nodes[node] if self.graph and self._current and node >= 0 else None
        if chosen is not None and (span := chosen.span) is not None:
            self._selecting = True
            self._views.editor.select(span)
            self._selecting = False

    def _on_node_hovered(self, drawn: int) -> None:
        self._point_at(self._recorded(drawn))

    def _on_node_reached(self, _drawn: int) -> None:
        if not self._views.graph.passes.hurries:
            self._write()

    def _write(self, drawn: int = -1) -> None:
        """Let the inspector tell of a node that is drawn; of none: of where a pass is, else of the chosen one."""
        drawn = drawn if drawn >= 0 else self._views.graph.passes.node
        shown, node = self._shown, self._recorded(drawn)
        if shown is not None and node >= 0 and shown.drawn.graph.nodes[drawn].kind == "block":
            block = shown.drawn.graph.nodes[drawn]
            self._views.inspector.show_block(shown.drawn.recorded, block, shown.drawn.members[drawn])
        else:
            self._views.inspector.show_node(self.graph, self._chosen if node < 0 else node)

    def _on_linked_node_hovered(self, node: int) -> None:
        self._views.graph.highlight(*self._drawn([node]))

    def _point_at(self, node: int) -> None:
        """Let the subexpression of a recorded node glow in the text."""
        known = self.graph is not None and self._current and 0 <= node < len(self.graph.nodes)
        self._views.editor.highlight(self.graph.nodes[node].span if self.graph and known else None)

    def _on_parameter_hovered(self, name: str) -> None:
        leaves = [node.id for node in self.graph.nodes if node.label == name] if self.graph and name else []
        self._views.graph.highlight(*self._drawn(leaves[:1]))

    def _on_caret_moved(self, line: int, column: int) -> None:
        """Light up the smallest expression around the caret: in a loop, each time that it was evaluated."""
        if self._selecting:
            return
        nodes = self.graph.nodes if self.graph and self._current else ()
        around = [n for n in nodes if n.span is not None and n.span.holds(line, column)]
        smallest = min((n.span.extent for n in around if n.span is not None), default=None)
        same = [n.id for n in around if n.span is not None and n.span.extent == smallest]
        self._views.graph.highlight(*self._drawn(same))


def place(
    graph: Graph,
    step: int,
    known: Known,
    seen: Mapping[int, frozenset[Hashable]],
    cancelled: Callable[[], bool],
) -> Shown:
    """How ``graph`` is drawn; the scene is kept where the structure is the same. Callable from any thread."""
    shared, orientation, saved, folding, shown = known
    small = len(graph.nodes) <= LARGE
    nodes = counted(graph) if small else frozenset[Hashable]()
    other = _compared(step, shown, seen) if small else None
    before: Set[Hashable] | None = None if other is None else seen[other]
    drawn = draw(graph, folding, saved, before)
    change = "" if other is None else told(nodes, seen[other], other)
    structure = drawn.structure(), shared, orientation
    if shown is not None and shown.structure == structure:
        return Shown(drawn, shown.scene, structure, step, nodes, change)
    placement = layout(
        drawn.graph,
        shared=shared,
        orientation=orientation,
        measure=measure,
        near=_near(drawn, shown),
        cancelled=cancelled,
    )
    scene = Scene(drawn.graph, placement, drawn.badges, drawn.identity, drawn.opened)
    scene.prepare()
    return Shown(drawn, scene, structure, step, nodes, change)


def _near(drawn: Drawn, shown: Shown | None) -> dict[int, tuple[float, float]] | None:
    """Where the nodes of the same graph stand now, by their new id: what is opened or closed moves little else."""
    if shown is None or shown.drawn.recorded is not drawn.recorded:
        return None
    middles = {}
    for node, members in enumerate(drawn.members):
        boxes = shown.scene.boxes_of.get(shown.drawn.of[members[-1]], [])
        if len(boxes) == 1:
            middle = shown.scene.area(boxes[0]).center()
            middles[node] = middle.x(), middle.y()
    return middles


def _compared(step: int, shown: Shown | None, seen: Mapping[int, frozenset[Hashable]]) -> int | None:
    """The step with which ``step`` is compared: the one before it if it is known, else the last one shown."""
    if step - 1 in seen:
        return step - 1
    if shown is not None and shown.step in seen and shown.step != step and seen[shown.step]:
        return shown.step
    return None
