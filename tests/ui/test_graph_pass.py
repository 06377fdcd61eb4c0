"""Walking a pass over the graph: what the bar and the keys do, what is written when, and what is painted."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFocusEvent, QImage, QKeyEvent, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui_app.core.graph import Edge, Graph, Node, TensorView
from gui_app.core.layout import layout
from gui_app.core.passing import backward, forward
from gui_app.core.passing_words import Part
from gui_app.ui.figures.export import FORMATS
from gui_app.ui.figures.picture import Picture
from gui_app.ui.graph import passes
from gui_app.ui.graph.cards import measure
from gui_app.ui.graph.panel import GraphPanel
from gui_app.ui.graph.pass_bar import PassBar
from gui_app.ui.graph.pass_caption import ROWS, rows
from gui_app.ui.graph.pass_layer import PassLayer
from gui_app.ui.graph.pass_tags import Moment, flow_text, tags
from gui_app.ui.theme import DARK, LIGHT

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

X, GRAD, SQUARE, TWICE, ADD = range(5)


def number(value: float) -> TensorView:
    return TensorView((), "float32", "cpu", value, value, value, abs(value), np.array(value))


def meeting(x: float = 3.0) -> Graph:
    """``x * x + 2 * x``: two paths that meet at x, the second run first."""

    def grad_fn(node: int, name: str, value: float, gradient: float, order: int) -> Node:
        return Node(node, name, "grad_fn", (), value=number(value), gradient=number(gradient), order=order)

    total = number(2 * x + 2)
    nodes = (
        Node(X, "x", "leaf", (), label="x", value=number(x), gradient=total),
        Node(GRAD, "AccumulateGrad", "accumulate", (), gradient=total, order=3),
        grad_fn(SQUARE, "MulBackward0", x * x, 1.0, 2),
        grad_fn(TWICE, "MulBackward0", 2 * x, 1.0, 1),
        grad_fn(ADD, "AddBackward0", x * x + 2 * x, 1.0, 0),
    )
    edges = (
        Edge(X, GRAD, gradient=total),
        Edge(GRAD, SQUARE, 0, gradient=number(x)),
        Edge(GRAD, SQUARE, 1, gradient=number(x)),
        Edge(GRAD, TWICE, 0, gradient=number(2.0)),
        Edge(SQUARE, ADD, 0, gradient=number(1.0)),
        Edge(TWICE, ADD, 1, gradient=number(1.0)),
    )
    return Graph(nodes, edges, (ADD,), (ADD, TWICE, SQUARE, GRAD))


def long_chain(count: int) -> Graph:
    nodes = tuple(
        Node(i, "SinBackward0", "grad_fn", (), value=number(i), gradient=number(1.0), order=count - 1 - i)
        for i in range(count)
    )
    edges = tuple(Edge(i, i + 1, gradient=number(1.0)) for i in range(count - 1))
    return Graph(nodes, edges, (count - 1,), tuple(range(count - 1, -1, -1)))


def shown(qtbot: QtBot, graph: Graph, width: int = 640, height: int = 620) -> GraphPanel:
    panel = GraphPanel(LIGHT)
    qtbot.addWidget(panel)
    panel.resize(width, height)
    panel.set_message("")
    panel.set_graph(graph, layout(graph, measure=measure))
    panel.show()
    qtbot.waitExposed(panel)
    return panel


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[GraphPanel]:
    made = shown(qtbot, meeting())
    button(made).click()
    yield made
    made.passes.close()
    made.hide()


def button(panel: GraphPanel) -> object:
    return panel._toolbar.buttons["walk"]


def bar(panel: GraphPanel) -> PassBar:
    found = panel.findChild(PassBar)
    assert found is not None
    return found


def said(panel: GraphPanel) -> str:
    return bar(panel).caption.text


def shot(panel: GraphPanel) -> QImage:
    panel.finish()
    return panel._surface.grab().toImage()


def press(widget: object, key: Qt.Key, event: QEvent.Type = QEvent.Type.KeyPress) -> QKeyEvent:
    made = QKeyEvent(event, key, Qt.KeyboardModifier.NoModifier)
    made.ignore()
    QApplication.sendEvent(widget, made)  # type: ignore[arg-type]
    return made


def middle(panel: GraphPanel, node: int) -> QPoint:
    surface = panel._surface
    area = surface.view.to_screen(surface.scene.area(surface.scene.boxes_of[node][0]))
    return QPointF(area.center().x(), area.top() + 0.3 * area.height()).toPoint()


def arrive(qtbot: QtBot, panel: GraphPanel) -> None:
    """What is on its way arrives."""
    qtbot.waitUntil(lambda: panel.passes._started is None)


def test_the_button_opens_the_bar_at_the_seed(panel: GraphPanel) -> None:
    assert bar(panel).isVisible()
    assert panel.passes.index == 0
    assert said(panel) == "The backward pass begins at the result\n∂result/∂result = 1"
    assert bar(panel).position.text() == "4 nodes"
    assert bar(panel).directions["backward"].isChecked()


def test_stepping_tells_each_node_and_ends_at_grad(
    qtbot: QtBot, panel: GraphPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes, "NODE_SECONDS", 0.02)
    told = []
    for _ in range(6):
        bar(panel).buttons["on"].click()
        arrive(qtbot, panel)
        told.append(said(panel))
    assert told[1] == "MulBackward0 · upstream 1\n1 × local 2 = 2 → x"
    assert told[2] == "MulBackward0 · upstream 1\n1 × local 3 = 3 → x twice"
    assert told[3] == told[5] == "AccumulateGrad\nx.grad = 2 + 3 + 3 = 8"
    assert bar(panel).position.text() == "node 4 of 4"
    bar(panel).buttons["back"].click()
    assert panel.passes.index == 3
    bar(panel).buttons["first"].click()
    assert panel.passes.index == 0
    bar(panel).buttons["last"].click()
    assert panel.passes.index == 4


def test_play_goes_to_the_end_and_pauses(
    qtbot: QtBot, panel: GraphPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes, "NODE_SECONDS", 0.05)
    seen: list[int] = []
    panel.node_hovered.connect(seen.append)
    panel.passes.play()
    assert panel.passes.playing
    qtbot.waitUntil(lambda: panel.passes.index == 2)
    panel.passes.play()
    assert not panel.passes.playing
    assert panel.passes.layer.phase == 1.0
    held = panel.passes.index
    qtbot.wait(80)
    assert panel.passes.index == held
    panel.passes.play()
    qtbot.waitUntil(lambda: panel.passes.index == 4 and not panel.passes.playing)
    assert seen == [ADD, TWICE, SQUARE, GRAD], "the typed text is lit up node by node"
    panel.passes.play()
    assert panel.passes.index <= 1, "from the beginning again"
    panel.passes.jump(0)


def test_speed_keeps_the_place(panel: GraphPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "NODE_SECONDS", 30.0)
    panel.passes.play()
    index = panel.passes.index
    bar(panel)._on_speed(8.0)
    assert bar(panel).speed.text() == "8×"
    panel.passes._on_tick()
    assert panel.passes.index == index
    panel.passes.jump(0)


def test_keys_of_the_bar(qtbot: QtBot, panel: GraphPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "NODE_SECONDS", 0.02)
    for widget, forth, back in (
        (bar(panel), Qt.Key.Key_Period, Qt.Key.Key_Comma),
        (bar(panel), Qt.Key.Key_Right, Qt.Key.Key_Left),
        (panel._surface, Qt.Key.Key_Period, Qt.Key.Key_Comma),
    ):
        panel.passes.jump(0)
        press(widget, forth)
        arrive(qtbot, panel)
        assert panel.passes.index == 1
        press(widget, back)
        assert panel.passes.index == 0
        press(widget, Qt.Key.Key_End)
        assert panel.passes.index == 4
    press(bar(panel), Qt.Key.Key_Space)
    assert panel.passes._started is not None
    press(panel._surface, Qt.Key.Key_Space)
    assert panel.passes._started is None
    press(panel._surface, Qt.Key.Key_Escape)
    assert not bar(panel).isVisible()
    assert not button(panel).isChecked()


def test_its_keys_do_not_reach_the_windows_shortcuts(panel: GraphPanel) -> None:
    override = QEvent.Type.ShortcutOverride
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Comma, Qt.Key.Key_Period, Qt.Key.Key_Escape):
        assert press(bar(panel), key, override).isAccepted()
        assert press(panel._surface, key, override).isAccepted()
    assert not press(bar(panel), Qt.Key.Key_A, override).isAccepted()
    panel.passes.close()
    assert not press(panel._surface, Qt.Key.Key_Space, override).isAccepted()


def test_a_click_on_a_node_goes_to_its_frame(qtbot: QtBot, panel: GraphPanel) -> None:
    for node, index in ((SQUARE, 3), (X, 4), (ADD, 1)):
        qtbot.mouseClick(panel._surface, Qt.MouseButton.LeftButton, pos=middle(panel, node))
        assert panel.passes.index == index


def test_the_slider_goes_anywhere(panel: GraphPanel) -> None:
    bar(panel).slider.setValue(2)
    assert panel.passes.index == 2
    assert panel.passes.layer.phase == 1.0


def test_forward_shows_the_values_in_the_order_of_evaluation(panel: GraphPanel) -> None:
    bar(panel).directions["forward"].click()
    assert said(panel) == "The forward pass begins with the leaves\nx = 3"
    known = []
    for index in range(4):
        panel.passes.jump(index)
        graph = panel.passes.layer.scene.graph
        known.append({node.id for node in graph.nodes if node.value is not None})
        assert all(node.gradient is None for node in graph.nodes)
    assert known == [{X}, {X, SQUARE}, {X, SQUARE, TWICE}, {X, SQUARE, TWICE, ADD}]
    assert said(panel) == "AddBackward0\n9 and 6 → 15"


def test_numbers_are_written_once_they_are_known(panel: GraphPanel) -> None:
    layer = panel.passes.layer
    for index, known in enumerate((set(), {ADD}, {ADD, TWICE}, {ADD, TWICE, SQUARE})):
        panel.passes.jump(index)
        assert {node.id for node in layer.scene.graph.nodes if node.gradient is not None} == known
    panel.passes.close()
    assert panel._surface.scene.graph.nodes[X].gradient is not None


def test_the_place_is_kept_at_another_step(panel: GraphPanel) -> None:
    panel.passes.jump(3)
    graph = meeting(5.0)
    panel.set_graph(graph, panel._scene.placement)
    assert panel.passes.index == 3
    assert said(panel) == "MulBackward0 · upstream 1\n1 × local 5 = 5 → x twice"
    panel.set_graph(long_chain(3), layout(long_chain(3), measure=measure))
    assert panel.passes.index == 0
    assert bar(panel).position.text() == "3 nodes"


def test_a_graph_without_a_backward_pass_is_walked_forward(panel: GraphPanel) -> None:
    graph = replace(meeting(), order=())
    panel.set_graph(graph, layout(graph, measure=measure))
    assert not bar(panel).directions["backward"].isEnabled()
    assert bar(panel).directions["forward"].isChecked()
    assert said(panel).startswith("The forward pass")
    panel.set_graph(None, None)
    assert said(panel) == ""
    for wish in ("play", "on", "back", "first", "last"):
        bar(panel).wished.emit(wish)
    assert panel.passes.index == 0


def test_what_is_painted(panel: GraphPanel) -> None:
    panel.passes.jump(1)
    picture = shot(panel)

    def rim(node: int) -> set[str]:
        surface = panel._surface
        area = surface.view.to_screen(surface.scene.area(surface.scene.boxes_of[node][0]))
        y = round(area.center().y())
        return {picture.pixelColor(round(area.left()) - k, y).name() for k in range(6)}

    assert LIGHT.accent in rim(ADD), "the ring of the node whose turn it is"
    assert LIGHT.accent not in rim(X)
    inside = QPoint(12, 0)
    box = panel._surface.view.to_screen(panel._surface.scene.area(panel._surface.scene.boxes_of[X][0]))
    place = QPointF(box.left() + 20, box.top() + 5).toPoint() + inside
    dimmed = picture.pixelColor(place)
    panel.passes.jump(4)
    bright = shot(panel).pixelColor(place)
    assert bright == QColor(LIGHT.nodes["leaf"].fill)
    assert dimmed.lightnessF() > bright.lightnessF()


def test_each_moment_has_its_picture(panel: GraphPanel) -> None:
    pictures = []
    for phase in (0.2, 0.8, 1.0):
        panel.passes._show(3, phase)
        pictures.append(shot(panel))
    assert pictures[0] != pictures[1]
    assert pictures[1] != pictures[2]
    panel.apply_theme(DARK)
    assert shot(panel) != pictures[2]
    panel.passes.close()
    after = shot(panel)
    button(panel).click()
    panel.passes.close()
    assert shot(panel) == after, "nothing is left of a walk"


def test_tags_tell_products_and_sums(qapp: QApplication) -> None:  # noqa: ARG001 - fonts need it
    graph = meeting()
    walk = backward(graph)
    layer = PassLayer(walk, layout(graph, measure=measure), LIGHT)
    looks = {}
    for index in range(len(walk)):
        layer.show(index, 1.0)
        moment = Moment(
            walk,
            layer.frame,
            layer.frame,
            layer.scene,
            layer._wires,
            layer._carried,
            1.0,
            QRectF(0, 0, 900, 900),
        )
        looks[index] = {(tag.look, tag.text) for tag in tags(moment)}
    assert looks[0] == {("sum", "1")}
    assert ("flow", "1 × 3 = 3 twice") in looks[3]
    assert ("waiting", "2 + …") in looks[2]
    assert looks[4] == {("sum", "2 + 3 + 3 = 8")}
    assert flow_text(walk.steps(TWICE)[0], wordy=False) == "2"


def test_the_whole_is_shown_while_it_is_walked_unless_it_would_be_tiny(qtbot: QtBot) -> None:
    panel = shown(qtbot, long_chain(6), 480, 380)
    surface = panel._surface
    button(panel).click()
    for index in (1, 6):
        panel.passes.jump(index)
        qtbot.waitUntil(lambda: surface.view.seen(surface.screen_size()).contains(surface.scene.extent))
        assert 0.36 <= surface.view.zoom < 0.7
    assert panel.findChild(PassBar).height() <= 90


def test_a_small_panel_follows_the_pass_until_it_is_moved(qtbot: QtBot) -> None:
    graph = long_chain(12)
    panel = shown(qtbot, graph, 420, 380)
    surface = panel._surface
    whole = surface.view.zoom
    button(panel).click()
    panel.passes.jump(6)
    qtbot.waitUntil(lambda: surface.view.zoom >= 0.7)
    area = surface.scene.area(surface.scene.boxes_of[panel.passes.layer.frame.node][0])
    qtbot.waitUntil(lambda: surface.view.seen(surface.screen_size()).contains(area))
    surface.fit()
    assert not surface.follows
    small = surface.view
    panel.passes.jump(9)
    qtbot.wait(50)
    assert surface.view == small
    panel.passes.close()
    assert surface.view.zoom < 0.7
    assert whole < 0.7


def test_a_long_pass_takes_a_minute_at_most(qtbot: QtBot) -> None:
    panel = shown(qtbot, long_chain(600), 420, 380)
    button(panel).click()
    assert panel.passes._rate() == pytest.approx(601 / passes.LONGEST_SECONDS)
    panel.passes.jump(400)
    assert bar(panel).position.text() == "node 400 of 600"
    panel.passes.close()


def test_the_caption_has_as_many_rows_as_fit(qapp: QApplication) -> None:  # noqa: ARG001 - fonts need it
    lines = ((Part("title"),), *((Part(f"{k} × local 2 = 4 → x"),) for k in range(6)))
    assert len(rows(lines, 2000)) == 2
    narrow = rows(lines, 150)
    assert len(narrow) == ROWS
    assert [part.text for part in narrow[0]] == ["title"]


def svg(picture: Picture) -> str:
    buffer, size = io.BytesIO(), picture.size()
    FORMATS[".svg"](picture, buffer, size, 1.0, "")
    return buffer.getvalue().decode()


def test_the_picture_is_that_moment_with_its_words_as_text(panel: GraphPanel) -> None:
    panel.passes.jump(4)
    picture = panel.picture()
    assert picture.name == "backward"
    panel.passes.jump(1)
    drawn = svg(picture)
    for text in (">2 + 3 + 3 = 8<", ">x.grad<", ">MulBackward0<"):
        assert text in drawn
    assert "<image" not in drawn
    panel.passes.close()
    assert panel.picture().name == "graph"


def test_a_layer_paints_at_any_zoom(qtbot: QtBot) -> None:  # noqa: ARG001 - fonts need an application
    graph = long_chain(60)
    placement = layout(graph, measure=measure)
    for walk in (backward(graph), forward(graph)):
        layer = PassLayer(walk, placement, DARK)
        for zoom in (0.05, 0.4, 2.0):
            layer.show(30, 0.5)
            image = QImage(200, 200, QImage.Format.Format_RGB32)
            image.fill(QColor(DARK.panel))
            painter = QPainter(image)
            area = layer.area()
            painter.scale(zoom, zoom)
            painter.translate(100 / zoom - area.center().x(), 100 / zoom - area.center().y())
            layer.paint(painter, zoom, area.adjusted(-90, -90, 90, 90))
            painter.end()
            colours = {image.pixelColor(x, y).name() for x in range(0, 200, 3) for y in range(0, 200, 3)}
            assert len(colours) > 2


def test_the_bar_can_be_reached_by_the_keyboard(panel: GraphPanel) -> None:
    there = bar(panel)
    plain = there.grab().toImage()
    QApplication.sendEvent(there, QFocusEvent(QEvent.Type.FocusIn, Qt.FocusReason.TabFocusReason))
    assert there.grab().toImage().pixelColor(0, 0) == QColor(LIGHT.accent)
    QApplication.sendEvent(there, QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.OtherFocusReason))
    assert there.grab().toImage() == plain
    assert there.directions["forward"].focusPolicy() & Qt.FocusPolicy.TabFocus
    assert there.caption.accessibleName() == "The backward pass begins at the result; ∂result/∂result = 1"


def test_another_picture_does_not_end_the_following(panel: GraphPanel) -> None:
    assert panel._surface.follows
    graph = long_chain(5)
    panel.set_graph(graph, layout(graph, measure=measure))
    assert panel._surface.follows
