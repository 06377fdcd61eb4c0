"""The graph panel: what is painted, and what mouse and keys do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, QPoint, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QWheelEvent
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui_app.core.graph import Edge, Graph, Node, TensorView
from gui_app.core.layout import Box, Placement, Wire
from gui_app.ui.graph.cards import measure
from gui_app.ui.graph.ink import Ink
from gui_app.ui.graph.lineage import between, reach
from gui_app.ui.graph.painting import paint
from gui_app.ui.graph.panel import EMPTY, GraphPanel
from gui_app.ui.graph.scene import Scene
from gui_app.ui.theme import DARK, LIGHT

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

X, GRAD, A, MUL, ADD, FREE = range(6)


def number(value: float) -> TensorView:
    return TensorView((), "float32", "cpu", value, value, value, abs(value), np.array(value))


def small_graph(x: float = 3.0) -> Graph:
    """``y = x * x`` and ``z = y + a``, with something beside it that is not connected."""
    nodes = (
        Node(X, "x", "leaf", (), value=number(x), gradient=number(2 * x)),
        Node(GRAD, "AccumulateGrad", "accumulate", (), gradient=number(2 * x)),
        Node(A, "a", "leaf", (), value=number(1.0)),
        Node(MUL, "MulBackward0", "grad_fn", (), label="y", value=number(x * x), gradient=number(1.0)),
        Node(ADD, "AddBackward0", "grad_fn", (), label="z", value=number(x * x + 1), gradient=number(1.0)),
        Node(FREE, "other", "ghost", (), note="not tracked"),
    )
    edges = (
        Edge(X, GRAD),
        Edge(GRAD, MUL, 0, gradient=number(x)),
        Edge(GRAD, MUL, 1, gradient=number(x)),
        Edge(MUL, ADD, 0, gradient=number(1.0)),
        Edge(A, ADD, 1),
    )
    return Graph(nodes, edges, (ADD,))


def wire(edge: int, boxes: tuple[Box, ...], source: int, target: int, shift: float = 0.0) -> Wire:
    a, b = boxes[source], boxes[target]
    start = np.array([a.x + a.width / 2 + shift, a.y + a.height])
    end = np.array([b.x + b.width / 2 + shift, b.y])
    lift = np.array([0.0, (end[1] - start[1]) / 2])
    return Wire(edge, source, target, np.array([start, start + lift, end - lift, end]))


def placed(graph: Graph) -> Placement:
    spots = (
        (X, GRAD, 40, 10),
        (A, None, 340, 110),
        (MUL, None, 20, 110),
        (ADD, None, 150, 210),
        (FREE, None, 340, 10),
    )
    boxes = tuple(Box(node, also, x, y, *measure(graph.nodes[node])) for node, also, x, y in spots)
    wires = (wire(1, boxes, 0, 2, -8), wire(2, boxes, 0, 2, 8), wire(3, boxes, 2, 3), wire(4, boxes, 1, 3))
    return Placement(boxes, wires, 480.0, 260.0)


@pytest.fixture
def graph() -> Graph:
    return small_graph()


@pytest.fixture
def placement(graph: Graph, qapp: QApplication) -> Placement:  # noqa: ARG001 - fonts need it
    return placed(graph)


@pytest.fixture
def panel(qtbot: QtBot, graph: Graph, placement: Placement) -> Iterator[GraphPanel]:
    panel = GraphPanel(LIGHT)
    qtbot.addWidget(panel)
    panel.resize(640, 480)
    panel.set_message("")
    panel.set_graph(graph, placement)
    panel.show()
    qtbot.waitExposed(panel)
    yield panel
    panel.hide()


def on_screen(panel: GraphPanel, box: int, share: float = 0.3) -> QPoint:
    """A point of the box on the canvas, at that share of its height."""
    surface = panel._surface
    area = surface.view.to_screen(surface.scene.area(box))
    return QPointF(area.center().x(), area.top() + share * area.height()).toPoint()


def shot(panel: GraphPanel) -> QImage:
    return panel._surface.grab().toImage()


def test_a_click_chooses_the_node_and_a_click_beside_it_none(qtbot: QtBot, panel: GraphPanel) -> None:
    chosen: list[int] = []
    panel.node_chosen.connect(chosen.append)
    left = Qt.MouseButton.LeftButton
    for place in (on_screen(panel, 2), on_screen(panel, 0), on_screen(panel, 0, 0.9), QPoint(2, 2)):
        qtbot.mouseClick(panel._surface, left, pos=place)
    assert chosen == [MUL, X, GRAD, -1]


def test_hovering_tells_each_node_once(qtbot: QtBot, panel: GraphPanel) -> None:
    hovered: list[int] = []
    panel.node_hovered.connect(hovered.append)
    for place in (on_screen(panel, 2), on_screen(panel, 2, 0.5), on_screen(panel, 3), QPoint(2, 2)):
        qtbot.mouseMove(panel._surface, place)
    assert hovered == [MUL, ADD, -1]


def test_a_choice_from_outside_is_silent_and_comes_into_view(qtbot: QtBot, panel: GraphPanel) -> None:
    surface = panel._surface
    surface.look(surface.view.moved(QPointF(5_000, 0)))
    with qtbot.assertNotEmitted(panel.node_chosen):
        panel.choose(MUL)
    assert surface.chosen == MUL
    assert surface.view.seen(surface.screen_size()).contains(surface.scene.area(2))
    assert "MulBackward0" in surface.accessibleDescription()
    panel.choose(-1)
    assert surface.chosen == -1


def test_where_a_node_comes_from_and_goes(graph: Graph, placement: Placement) -> None:
    scene = Scene(graph, placement)
    assert reach(scene, [2], forward=False) == ({0, 2}, {0, 1})
    assert reach(scene, [2], forward=True) == ({2, 3}, {2})
    assert reach(scene, [3], forward=False) == ({0, 1, 2, 3}, {0, 1, 2, 3})
    assert reach(scene, [4], forward=True) == reach(scene, [4], forward=False) == ({4}, set())


def test_the_paths_between_two_nodes_in_either_order(graph: Graph, placement: Placement) -> None:
    scene = Scene(graph, placement)
    assert between(scene, [0], [3]) == between(scene, [3], [0]) == ({0, 2, 3}, {0, 1, 2}, 2)
    assert between(scene, [0], [1]) == (set(), set(), 0)


def test_a_choice_dims_the_rest(panel: GraphPanel) -> None:
    place = on_screen(panel, 1)
    corner = panel._surface.view.to_screen(panel._surface.scene.area(1)).center().toPoint() - QPoint(0, 12)
    before = shot(panel).pixelColor(corner)
    panel.choose(MUL)
    after = shot(panel).pixelColor(corner)
    assert after != before, place
    assert after.lightness() > before.lightness(), "the leaf a is not on a path through y"


def test_arrow_keys_walk_along_the_edges(qtbot: QtBot, panel: GraphPanel) -> None:
    chosen: list[int] = []
    panel.node_chosen.connect(chosen.append)
    for key in ("Down", "Up", "Up", "Up", "Down", "Right", "Left", "Left", "Down", "Escape"):
        qtbot.keyClick(panel._surface, getattr(Qt.Key, f"Key_{key}"))
    assert chosen == [ADD, MUL, X, MUL, A, MUL, ADD, -1]


def test_the_graph_claims_its_keys_before_the_windows_shortcuts(panel: GraphPanel) -> None:
    for key, mine in ((Qt.Key.Key_Down, True), (Qt.Key.Key_F, True), (Qt.Key.Key_Space, False)):
        event = QKeyEvent(QKeyEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier)
        event.ignore()
        QApplication.sendEvent(panel._surface, event)
        assert event.isAccepted() is mine


def test_the_wheel_zooms_at_the_cursor_and_fit_goes_back(qtbot: QtBot, panel: GraphPanel) -> None:
    surface = panel._surface
    fitted, about = surface.view, QPointF(100, 100)
    before = surface.view.to_picture(about)
    no = Qt.KeyboardModifier.NoModifier
    wheel = QWheelEvent(
        about,
        about,
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        no,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(surface, wheel)
    assert surface.view.zoom > fitted.zoom
    assert (surface.view.to_picture(about) - before).manhattanLength() < 1e-6
    qtbot.keyClick(surface, Qt.Key.Key_F)
    assert surface.view == fitted
    qtbot.keyClick(surface, "-")
    assert surface.view.zoom < fitted.zoom
    qtbot.mouseDClick(surface, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert surface.view == fitted


def test_dragging_moves_the_picture_and_chooses_nothing(qtbot: QtBot, panel: GraphPanel) -> None:
    surface, left = panel._surface, Qt.MouseButton.LeftButton
    before, start = surface.view, on_screen(panel, 2)
    with qtbot.assertNotEmitted(panel.node_chosen):
        qtbot.mousePress(surface, left, pos=start)
        for shift in (20, 40, 60):
            qtbot.mouseMove(surface, start + QPoint(shift, shift))
        qtbot.mouseRelease(surface, left, pos=start + QPoint(60, 60))
    assert (surface.view.dx, surface.view.dy) == (before.dx + 60, before.dy + 60)
    assert surface.own_view


def test_new_values_keep_view_and_choice(panel: GraphPanel, placement: Placement) -> None:
    surface = panel._surface
    scene = surface.scene
    panel.choose(MUL)
    surface.zoom(1.7)
    panel.finish()
    view, before = surface.view, shot(panel)
    panel.set_graph(small_graph(5.0), placement)
    assert surface.scene is scene, "the shapes are kept"
    assert (surface.view, surface.chosen) == (view, MUL)
    assert shot(panel) != before
    panel.set_graph(small_graph(3.0), placed(small_graph()))
    assert surface.scene is scene, "an equal placement is the same picture"
    assert shot(panel) == before


def test_another_placement_of_the_same_graph_keeps_the_choice(
    panel: GraphPanel, placement: Placement
) -> None:
    panel.choose(MUL)
    boxes = tuple(replace(box, x=box.x + 8) for box in placement.boxes)
    panel.set_graph(small_graph(), replace(placement, boxes=boxes))
    assert panel._surface.chosen == MUL
    assert panel._surface.scene.placement.boxes == boxes


def test_another_structure_is_fitted_unless_the_user_has_zoomed(panel: GraphPanel, graph: Graph) -> None:
    surface = panel._surface
    panel.choose(MUL)
    fitted = surface.view
    other = replace(graph, nodes=(graph.nodes[X]._replace(name="w"), *graph.nodes[1:]))
    wide = replace(placed(other), width=2_000.0)
    panel.set_graph(other, wide)
    assert surface.chosen == MUL, "it is there still"
    assert surface.view.zoom < fitted.zoom
    surface.zoom(2.0)
    mine = surface.view
    panel.set_graph(graph, placed(graph))
    assert surface.view == mine


@pytest.mark.parametrize(("graph", "placement"), [(None, None), (Graph((), ()), Placement((), (), 0.0, 0.0))])
def test_nothing_to_show_says_what_to_do(
    panel: GraphPanel, graph: Graph | None, placement: Placement | None
) -> None:
    panel.set_message(EMPTY)
    panel.set_graph(graph, placement)
    picture = shot(panel)
    panel.set_message("")
    assert panel.picture() is None
    assert picture != shot(panel), "the sentence is on the canvas"
    panel.choose(3)
    panel.highlight(3)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_F, Qt.Key.Key_Plus):
        QApplication.sendEvent(
            panel._surface, QKeyEvent(QKeyEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier)
        )
    assert panel._surface.chosen == -1


def test_a_message_stands_over_a_graph(panel: GraphPanel) -> None:
    before = shot(panel)
    panel.set_message("Working…")
    assert shot(panel) != before
    panel.set_message("")
    assert shot(panel) == before


def test_the_theme_changes_paper_and_shapes(panel: GraphPanel) -> None:
    panel.apply_theme(DARK)
    assert shot(panel).pixelColor(2, 2) == QColor(DARK.panel)
    inside = on_screen(panel, 3, 0.08)
    assert shot(panel).pixelColor(inside) == QColor(DARK.nodes["root"].fill)
    panel.apply_theme(LIGHT)
    assert shot(panel).pixelColor(inside) == QColor(LIGHT.nodes["root"].fill)


def test_the_options_ask_for_another_layout(qtbot: QtBot, panel: GraphPanel) -> None:
    assert (panel.shared, panel.orientation) == (False, "down")
    buttons = panel._toolbar.buttons
    with qtbot.waitSignals([panel.layout_options_changed] * 2):
        buttons["shared"].click()
        buttons["orientation"].click()
    assert (panel.shared, panel.orientation) == (True, "right")


def test_the_legend_comes_and_goes(panel: GraphPanel) -> None:
    assert not panel._legend.isVisible()
    panel._toolbar.buttons["legend"].click()
    assert panel._legend.isVisible()
    assert panel._surface.rect().contains(panel._legend.geometry())


def written(panel: GraphPanel, zoom: float) -> str:
    """All texts that the canvas writes at that zoom, by way of an SVG."""
    return svg(lambda painter: paint(painter, panel._surface.scene.tiles, Ink(LIGHT), zoom))


def svg(draw: object, size: QSizeF | None = None) -> str:
    size = size or QSizeF(480, 260)
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    painter = QPainter(generator)
    draw(painter)  # type: ignore[operator]
    painter.end()
    return bytes(buffer.data().data()).decode()


def test_level_of_detail(panel: GraphPanel) -> None:
    far, middle, near, close = (written(panel, zoom) for zoom in (0.1, 0.4, 0.65, 1.0))
    assert "<text" not in far
    assert ">y</text>" in middle
    assert "MulBackward0" not in middle
    assert "MulBackward0" in near
    assert near.count("<text") < close.count("<text"), "the edges have their numbers from close by only"


def test_the_picture_is_the_whole_graph_with_text_as_text(panel: GraphPanel, graph: Graph) -> None:
    panel._surface.zoom(0.1)
    picture = panel.picture()
    assert picture is not None
    assert picture.name == "graph"
    size = picture.size()
    assert size.width() > 480
    panel.set_graph(small_graph(7.0), placed(graph))
    drawn = svg(lambda painter: picture.paint(painter, QRectF(QPointF(0, 0), size)), size)
    for text in ("MulBackward0", "AddBackward0", ">x<", ">a<", ">9<", "not tracked"):
        assert text in drawn
    assert ">49<" not in drawn, "what came later is not in it"
    assert "<image" not in drawn


def test_the_picture_keeps_its_proportions_in_any_target(panel: GraphPanel) -> None:
    picture = panel.picture()
    assert picture is not None
    image = QImage(900, 300, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    painter = QPainter(image)
    picture.paint(painter, QRectF(0, 0, 900, 300))
    painter.end()
    assert image.pixelColor(3, 150) == QColor(LIGHT.panel), "paper to both sides"
    middle = [image.pixelColor(450, y) for y in range(300)]
    assert QColor(LIGHT.nodes["root"].border) in middle


def test_a_large_graph_has_a_map_that_steers(qtbot: QtBot, panel: GraphPanel) -> None:
    surface = panel._surface
    assert surface.minimap() is None
    surface.zoom(4.0)
    minimap = surface.minimap()
    assert minimap is not None
    place = minimap.area.topLeft() + QPointF(3, 3)
    with qtbot.assertNotEmitted(panel.node_chosen):
        qtbot.mouseClick(surface, Qt.MouseButton.LeftButton, pos=place.toPoint())
    centre = surface.view.seen(surface.screen_size()).center()
    assert (centre - minimap.to_picture(QPointF(place.toPoint()))).manhattanLength() < 1.0
    shot(panel)


def test_a_fitted_graph_stays_fitted_in_another_size(panel: GraphPanel) -> None:
    panel.resize(320, 240)
    surface = panel._surface
    assert surface.view.seen(surface.screen_size()).contains(QRectF(0, 0, 480, 260))


def test_hover_from_outside_is_painted_and_silent(qtbot: QtBot, panel: GraphPanel) -> None:
    before = shot(panel)
    with qtbot.assertNotEmitted(panel.node_hovered):
        panel.highlight(MUL)
    assert shot(panel) != before
    panel.highlight(-1)
    assert shot(panel) == before


def test_a_graph_of_thousands_is_cut_into_tiles_and_painted(qtbot: QtBot) -> None:
    count = 2_000
    nodes = tuple(Node(i, "MulBackward0", "grad_fn", (), value=number(i)) for i in range(count))
    edges = tuple(Edge(i, i + 1) for i in range(count - 1))
    graph = Graph(nodes, edges, (count - 1,))
    boxes = tuple(Box(i, None, 200.0 * (i % 40), 90.0 * (i // 40), 160.0, 48.0) for i in range(count))
    wires = tuple(wire(i, boxes, i, i + 1) for i in range(count - 1))
    panel = GraphPanel(DARK)
    qtbot.addWidget(panel)
    panel.resize(500, 400)
    panel.set_graph(graph, Placement(boxes, wires, 8_000.0, 4_500.0))
    scene = panel._surface.scene
    assert sum(len(tile.boxes) for tile in scene.tiles) == count
    assert sum(len(tile.wires) for tile in scene.tiles) == count - 1
    far = shot(panel)
    panel._surface.zoom(20)
    assert shot(panel) != far


def test_a_leaf_shows_its_own_grad_not_what_arrived_last(graph: Graph) -> None:
    nodes = tuple(n._replace(gradient=number(1.0)) if n.id == GRAD else n for n in graph.nodes)
    scene = Scene(replace(graph, nodes=nodes), placed(graph))
    written = [text for tile in scene.tiles for found in tile.writing[0].values() for _, text in found]
    assert "6" in written
    assert written.count("1") == 3, "the constant and two operations"
