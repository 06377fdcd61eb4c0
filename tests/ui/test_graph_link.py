"""Between the recorded graph and the drawn one: what is pointed at in one view lights up in all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from graph_parts import Builder, chain, failed
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from gui_app.core.experiment import Experiment
from gui_app.core.fault import Fault, Span
from gui_app.core.graph import Graph, Node
from gui_app.core.runner import Answer
from gui_app.core.session import StepNumbers
from gui_app.ui.graph import passes
from gui_app.ui.graph.drawn import Folding
from gui_app.ui.graph.link import MOST_STEPS, NOTHING, GraphLink
from gui_app.ui.graph.panel import GraphPanel
from gui_app.ui.theme import LIGHT

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


class FakeInspector(QObject):
    node_chosen = Signal(int)
    node_hovered = Signal(int)

    program = ""
    block: tuple[str, tuple[int, ...]] | None = None

    def show_node(self, graph: Graph | None, node: int | None) -> None:
        self.shown = graph, node

    def show_block(self, _graph: Graph, block: Node, members: Sequence[int]) -> None:
        self.block = block.name, tuple(members)

    def set_program(self, program: str) -> None:
        self.program = program


class FakeEditor(QObject):
    caret_moved = Signal(int, int)
    glowing: Span | None = None
    selected: Span | None = None

    def highlight(self, span: Span | None) -> None:
        self.glowing = span

    def select(self, span: Span) -> None:
        self.selected = span
        self.caret_moved.emit(span.end_line, span.end_column)


class FakeParameters(QObject):
    parameter_hovered = Signal(str)


class FakeAsker:
    """Answers when it is told to; a newer question makes the older one stale."""

    def __init__(self) -> None:
        self.question: Callable[[Callable[[], bool]], object] | None = None

    def ask(self, _key: str, question: Callable[[Callable[[], bool]], object]) -> None:
        self.question = question

    def forget(self, _key: str) -> None:
        self.question = None


@dataclass
class Bench:
    """A link with a real panel and everything else made of paper."""

    link: GraphLink
    panel: GraphPanel
    inspector: FakeInspector
    editor: FakeEditor
    parameters: FakeParameters
    asker: FakeAsker
    graphs: list[Graph]
    asked: list[tuple[Any, ...]]

    def show(self, graph: Graph, step: int | None = 0, program: str = "x") -> None:
        self.graphs.append(graph)
        numbers = None if step is None else StepNumbers(step, 0.0, np.zeros(1), np.zeros(1), None)
        self.link.ask(Experiment(program), numbers)
        self.answer()

    def answer(self) -> None:
        assert self.asker.question is not None
        question, self.asker.question = self.asker.question, None
        self.link.take(Answer("graph", 1, question(lambda: False)))
        self.panel.finish()

    def drawn(self, label: str) -> int:
        assert self.panel.drawn is not None
        return next(n.id for n in self.panel.drawn.graph.nodes if n.label == label)

    def hovered(self) -> list[int]:
        surface = self.panel._surface
        boxes = surface._hover.boxes if surface._hover else ()
        return [surface.scene.placement.boxes[box].node for box in boxes]


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    panel = GraphPanel(LIGHT)
    qtbot.addWidget(panel)
    panel.resize(600, 500)
    panel.show()
    graphs: list[Graph] = []
    asked: list[tuple[Any, ...]] = []

    def graph(*question: Any) -> Graph:
        asked.append(question)
        return graphs[-1]

    parts = FakeInspector(), FakeEditor(), FakeParameters(), FakeAsker()
    window = SimpleNamespace(laboratory=SimpleNamespace(show_panel=lambda _name: None))
    views = SimpleNamespace(
        graph=panel, inspector=parts[0], editor=parts[1], parameters=parts[2], window=window
    )
    link = GraphLink(views, parts[3], SimpleNamespace(graph=graph))  # type: ignore[arg-type]
    yield Bench(link, panel, *parts, graphs, asked)
    panel.hide()


def test_the_graph_of_a_step_is_asked_for_and_shown(bench: Bench) -> None:
    graph = chain(2)
    bench.show(graph, step=3)
    experiment, step, row, gradients = bench.asked[-1]
    assert (experiment.program, step, row.shape, gradients.shape) == ("x", 3, (1,), (1,))
    assert bench.link.graph is graph
    assert bench.panel.drawn.recorded is graph
    assert bench.inspector.shown == (graph, None)


def test_other_numbers_keep_the_picture(bench: Bench) -> None:
    bench.show(chain(2))
    scene = bench.panel._surface.scene
    bench.show(chain(2), step=1)
    assert bench.panel._surface.scene is scene
    bench.show(chain(3), step=2)
    assert bench.panel._surface.scene is not scene


def test_a_chosen_node_is_told_by_its_recorded_id(bench: Bench) -> None:
    graph = chain(2)
    bench.show(graph)
    loss = bench.drawn("loss")
    bench.panel.node_chosen.emit(loss)
    recorded = len(graph.nodes) - 1
    assert loss != recorded, "hidden tensors are counted in one only"
    assert bench.inspector.shown == (graph, recorded)
    assert bench.editor.glowing == bench.editor.selected == graph.nodes[recorded].span
    bench.panel.node_hovered.emit(-1)
    assert bench.editor.glowing is None
    bench.panel.node_chosen.emit(-1)
    assert bench.inspector.shown == (graph, None)


def test_a_link_in_the_inspector_leads_to_the_drawn_node(bench: Bench) -> None:
    graph = chain(2)
    bench.show(graph)
    saved = next(node.id for node in graph.nodes if node.kind == "saved")
    mul = next(edge.target for edge in graph.edges if edge.source == saved)
    bench.inspector.node_chosen.emit(saved)
    assert bench.inspector.shown == (graph, saved)
    assert bench.panel._surface.chosen == bench.panel.drawn.of[mul], "the node that keeps the hidden tensor"
    bench.inspector.node_hovered.emit(len(graph.nodes) - 1)
    assert bench.hovered() == [bench.drawn("loss")]
    bench.inspector.node_hovered.emit(-1)
    assert bench.hovered() == []


def test_a_node_in_a_closed_block_is_found_at_the_block(bench: Bench) -> None:
    graph = chain(60)
    bench.show(graph)
    block = bench.drawn("× 60")
    bench.inspector.node_chosen.emit(10)
    assert bench.panel._surface.chosen == block
    bench.panel.node_chosen.emit(block)
    chosen = bench.inspector.shown[1]
    assert graph.nodes[chosen].name == "TanhBackward0"
    assert graph.nodes[chosen].repeat == 59


def test_the_caret_lights_every_evaluation_of_its_expression(bench: Bench) -> None:
    graph = chain(3)
    bench.show(graph)
    bench.editor.caret_moved.emit(3, 9)
    named = [bench.panel.drawn.graph.nodes[node].name for node in bench.hovered()]
    assert named == ["MulBackward0"] * 3, "the smallest expression around it, in each round"
    bench.editor.caret_moved.emit(3, 5)
    assert [bench.panel.drawn.graph.nodes[node].name for node in bench.hovered()] == ["TanhBackward0"] * 3
    bench.editor.caret_moved.emit(9, 0)
    assert bench.hovered() == []


def test_the_selection_of_a_chosen_node_lights_nothing_else(bench: Bench) -> None:
    """The caret then stands at the end of ``y * y + x``, which is the end of ``x`` as well."""
    b = Builder()
    x = b.leaf("x", span=Span(1, 8, 1, 9))
    square = b("MulBackward0", ins=(x, x), span=Span(1, 0, 1, 5))
    last = b("SinBackward0", ins=(square,), span=Span(1, 4, 1, 9))
    total = b("AddBackward0", ins=(square, last), span=Span(1, 0, 1, 9), label="y")
    bench.show(b.graph(total))
    bench.panel.node_chosen.emit(bench.drawn("y"))
    assert bench.editor.selected == Span(1, 0, 1, 9)
    assert bench.hovered() == []
    bench.editor.caret_moved.emit(1, 9)
    assert bench.hovered() != []


def test_the_inspector_goes_along_with_a_pass(bench: Bench) -> None:
    graph = chain(2)
    graph = replace(
        graph, order=tuple(n.id for n in graph.nodes if n.kind in ("grad_fn", "accumulate"))[::-1]
    )
    bench.show(graph)
    bench.panel.node_chosen.emit(bench.drawn("loss"))
    walk = bench.panel.passes
    walk.open()
    shown = [bench.inspector.shown[1]]
    for index in (1, 2, 3):
        walk.jump(index)
        shown.append(bench.inspector.shown[1])
    assert shown == [graph.roots[0], *graph.order[:3]]
    bench.show(replace(graph, edges=graph.edges), 1)
    assert bench.inspector.shown[1] == graph.order[2], "at another step too"
    walk.close()
    assert bench.inspector.shown[1] == graph.roots[0]


def test_of_a_pass_that_hurries_nothing_is_written(
    bench: Bench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes, "NODE_SECONDS", 0.01)
    graph = chain(60)
    order = tuple(n.id for n in graph.nodes if n.kind in ("grad_fn", "accumulate"))[::-1]
    bench.panel.folding = Folding(all_shut=False)
    bench.show(replace(graph, order=order))
    walk = bench.panel.passes
    walk.open()
    before = bench.inspector.shown
    walk.play()
    qtbot.waitUntil(lambda: walk.index > 3)
    assert bench.inspector.shown is before
    walk.play()
    assert bench.inspector.shown[1] == order[walk.index - 1]
    walk.close()


def test_a_hovered_parameter_lights_its_leaf(bench: Bench) -> None:
    bench.show(chain(1))
    bench.parameters.parameter_hovered.emit("x")
    assert bench.hovered() == [bench.drawn("x")]
    bench.parameters.parameter_hovered.emit("")
    assert bench.hovered() == []


def test_options_place_the_same_graph_without_asking_the_engine(bench: Bench) -> None:
    bench.show(chain(60))
    bench.panel._surface.open_block(bench.drawn("× 60"))
    before = len(bench.asked)
    bench.answer()
    assert len(bench.asked) == before
    assert sum(node.kind == "block" for node in bench.panel.drawn.graph.nodes) == 60


def test_what_is_new_is_told_against_the_step_before(bench: Bench) -> None:
    bench.show(chain(3), step=4)
    bench.show(chain(2), step=5)
    assert bench.panel._surface.caption == "3 nodes fewer than at step 4"
    bench.show(chain(9), step=50)
    assert bench.panel._surface.caption == "21 nodes more than at step 5", "the last one shown"
    bench.show(chain(2), step=5)
    assert bench.panel._surface.caption == "3 nodes fewer than at step 4", "the one before, if it is known"
    bench.show(chain(1), step=6, program="another")
    assert bench.panel._surface.caption == "", "another program is not compared"


def test_not_all_steps_are_remembered(bench: Bench) -> None:
    for step in range(MOST_STEPS + 5):
        bench.show(chain(1), step=step)
    assert len(bench.link._seen) == MOST_STEPS


def test_a_choice_follows_its_node_when_the_structure_changes(bench: Bench) -> None:
    bench.show(chain(3), step=0)
    bench.panel.node_chosen.emit(bench.drawn("loss"))
    longer = chain(5)
    bench.show(longer, step=1)
    assert bench.inspector.shown == (longer, len(longer.nodes) - 1)
    b = Builder()
    other = b.graph(b("ExpBackward0", ins=(b.leaf("x"),)))
    bench.show(other, step=2)
    assert bench.inspector.shown == (other, None)


def test_a_partial_graph_takes_the_place_of_the_last_one_that_worked(bench: Bench) -> None:
    bench.show(chain(2))
    bench.link.outdated("It failed.")
    assert bench.panel.message == "It failed. This is the last graph that worked."
    bench.panel.node_hovered.emit(bench.drawn("loss"))
    assert bench.editor.glowing is None, "it points into the text no more"
    bench.show(failed(), step=None)
    assert bench.asked[-1][1:] == (0, None, None)
    assert bench.panel.message == ""
    assert bench.panel._failure.isVisible()
    bench.panel.node_hovered.emit(len(bench.panel.drawn.graph.nodes) - 1)
    assert bench.editor.glowing == Span(2, 0, 2, 5)


def test_a_failed_graph_is_not_the_last_that_worked(bench: Bench) -> None:
    bench.show(failed(), step=None)
    assert bench.panel._failure.isVisible()
    bench.link.outdated("The objective cannot be read.")
    assert bench.panel.message == "The objective cannot be read."
    assert not bench.panel._failure.isVisible()
    assert bench.link.graph is None
    assert bench.editor.glowing is None


def test_options_of_an_outdated_graph_keep_it_outdated(bench: Bench) -> None:
    bench.show(chain(60))
    bench.link.outdated("It failed.")
    message = bench.panel.message
    bench.panel._surface.open_block(bench.drawn("× 60"))
    bench.answer()
    assert bench.panel.message == message
    assert not bench.link._current


def test_where_nothing_was_built_the_last_graph_stays(bench: Bench) -> None:
    graph = chain(2)
    bench.show(graph)
    bench.link.outdated("It failed.")
    bench.show(Graph((), ()), step=None)
    assert bench.link.graph is graph
    assert "last graph that worked" in bench.panel.message


@pytest.mark.parametrize(
    ("failure", "words"),
    [(None, NOTHING), (Fault("No such thing.", Span(1, 0, 1, 3)), "line 1, column 1: No such thing.")],
)
def test_an_empty_graph_says_why(bench: Bench, failure: Fault | None, words: str) -> None:
    bench.show(replace(Graph((), ()), failure=failure))
    assert bench.link.graph is None
    assert bench.panel.message == words


def test_a_question_without_an_answer_says_why(bench: Bench) -> None:
    bench.link.take(Answer("graph", 1, None, Fault("Too large.")))
    assert bench.panel.message == "Too large."
    bench.show(chain(1))
    bench.link.outdated("It failed.")
    bench.link.take(Answer("graph", 2, None, Fault("Too large.")))
    assert "last graph that worked" in bench.panel.message


def test_nothing_is_shown_after_clear(bench: Bench) -> None:
    bench.show(chain(2))
    bench.link.clear("Type something.")
    assert bench.link.graph is None
    assert bench.panel.drawn is None
    assert bench.panel.message == "Type something."
    assert bench.inspector.shown == (None, None)
