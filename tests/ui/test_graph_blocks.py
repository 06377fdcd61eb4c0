"""Rolled-up blocks on the panel: opening, closing, frames, the view that stays, the short move."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from graph_parts import Builder, chain, show
from PySide6.QtCore import QPointF, QRectF, Qt
from pytestqt.qtbot import QtBot

from gui_app.core.graph import Graph
from gui_app.ui.graph.changes import BlockKey
from gui_app.ui.graph.drawn import Folding
from gui_app.ui.graph.link import Shown
from gui_app.ui.graph.motion import MILLISECONDS
from gui_app.ui.graph.panel import GraphPanel
from gui_app.ui.graph.shapes import opener
from gui_app.ui.graph.view import View
from gui_app.ui.theme import LIGHT

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
LEFT = Qt.MouseButton.LeftButton


class Placed:
    """A panel whose options are answered at once, as the laboratory answers them a little later."""

    def __init__(self, panel: GraphPanel, graph: Graph) -> None:
        self.panel, self.graph = panel, graph
        self.shown: Shown | None = None
        panel.layout_options_changed.connect(self.place)
        self.place()

    def place(self) -> None:
        self.shown = show(self.panel, self.graph, before=self.shown)

    def kinds(self) -> list[str]:
        assert self.panel.drawn is not None
        return [node.kind for node in self.panel.drawn.graph.nodes]

    def node(self, label: str) -> int:
        assert self.panel.drawn is not None
        return next(node.id for node in self.panel.drawn.graph.nodes if node.label == label)

    def at(self, node: int) -> QRectF:
        surface = self.panel._surface
        return surface.view.to_screen(surface.scene.area(surface.scene.boxes_of[node][0]))


def straight(rounds: int) -> Graph:
    """A loop without a leaf that all rounds share, so that each can be framed."""
    b = Builder()
    last = b.leaf("x")
    for number in range(rounds):
        last = b("ExpBackward0", ins=(last,), repeat=number)
        last = b("SinBackward0", ins=(last,), repeat=number)
    return b.graph(b("SumBackward0", ins=(last,)))


@pytest.fixture
def placed(qtbot: QtBot) -> Iterator[Placed]:
    panel = GraphPanel(LIGHT)
    qtbot.addWidget(panel)
    panel.resize(700, 560)
    panel.show()
    qtbot.waitExposed(panel)
    yield Placed(panel, chain(60))
    panel.hide()


def test_a_click_on_the_plus_opens_a_block_where_it_stands(qtbot: QtBot, placed: Placed) -> None:
    surface = placed.panel._surface
    block = placed.node("× 60")
    before = placed.at(block).center()
    plus = surface.view.to_screen(opener(surface.scene.area(surface.scene.boxes_of[block][0])))
    qtbot.mouseClick(surface, LEFT, pos=plus.center().toPoint())
    assert placed.kinds().count("block") == 60
    first = placed.node("1 of 60")
    assert (placed.at(first).center() - before).manhattanLength() < 1.0
    assert surface.chosen == -1, "the plus only opens"


def test_a_double_click_and_enter_open_too(qtbot: QtBot, placed: Placed) -> None:
    surface = placed.panel._surface
    qtbot.mouseDClick(surface, LEFT, pos=placed.at(placed.node("× 60")).center().toPoint())
    first = placed.node("1 of 60")
    placed.panel.choose(first)
    qtbot.keyClick(surface, Qt.Key.Key_Return)
    assert placed.kinds().count("block") == 59
    assert placed.kinds().count("grad_fn") == 3 + 1


def test_backspace_rolls_up_what_the_chosen_node_is_in(qtbot: QtBot, placed: Placed) -> None:
    surface = placed.panel._surface
    surface.open_block(placed.node("× 60"))
    placed.panel.choose(placed.node("7 of 60"))
    at = placed.at(placed.node("7 of 60")).center()
    qtbot.keyClick(surface, Qt.Key.Key_Backspace)
    assert placed.kinds().count("block") == 1
    assert (placed.at(placed.node("× 60")).center() - at).manhattanLength() < 1.0


def test_what_was_chosen_stays_chosen_while_blocks_open(placed: Placed) -> None:
    surface = placed.panel._surface
    placed.panel.choose(placed.node("loss"))
    surface.open_block(placed.node("× 60"))
    assert surface.chosen == placed.node("loss")


def test_the_switch_opens_and_closes_everything(placed: Placed) -> None:
    button = placed.panel._toolbar.buttons["rolled"]
    assert button.isChecked()
    button.click()
    assert "block" not in placed.kinds()
    assert not button.isChecked()
    assert button.isEnabled()
    button.click()
    assert placed.kinds().count("block") == 1


def test_a_graph_without_repeats_has_nothing_to_roll_up(placed: Placed) -> None:
    b = Builder()
    placed.graph = b.graph(b("SumBackward0", ins=(b.leaf("x"),)))
    placed.place()
    assert not placed.panel._toolbar.buttons["rolled"].isEnabled()


def test_another_experiment_starts_afresh(placed: Placed) -> None:
    placed.panel._toolbar.buttons["rolled"].click()
    placed.panel.show_drawn(None, None)
    assert placed.panel.folding == Folding()


def test_frames_lie_within_each_other_and_around_nothing_else(placed: Placed) -> None:
    placed.graph = straight(4)
    placed.place()
    scene = placed.panel._surface.scene
    assert [frame.text.split("  ")[0] for frame in scene.frames] == [
        "× 4",
        *(f"{i} of 4" for i in (1, 2, 3, 4)),
    ]
    outer, *rounds = scene.frames
    assert all(outer.area.contains(frame.area) and outer.area.contains(frame.tab) for frame in rounds)
    assert all(not a.area.intersects(b.area) for a in rounds for b in rounds if a is not b)
    sums = scene.area(scene.boxes_of[len(placed.graph.nodes) - 1][0])
    assert not outer.area.intersects(sums)
    assert scene.extent.contains(outer.area)


def test_the_tab_of_a_frame_closes_it(qtbot: QtBot, placed: Placed) -> None:
    placed.graph = straight(4)
    placed.place()
    surface = placed.panel._surface
    surface.look(View(0.8, 10, 10))
    frame = surface.scene.frames[2]
    qtbot.mouseClick(surface, LEFT, pos=surface.view.to_screen(frame.tab).center().toPoint())
    assert placed.kinds().count("block") == 1
    assert placed.node("2 of 4") >= 0
    assert surface.chosen == -1


def test_the_menu_names_the_blocks(placed: Placed) -> None:
    placed.graph = straight(4)
    placed.place()
    surface = placed.panel._surface
    node = next(n for n, homes in enumerate(surface.scene.identity.homes) if len(homes) == 2)
    placed.panel.choose(len(surface.scene.graph.nodes) - 1)
    menu = surface.menu(surface.scene, node)
    entries = [action.text() for action in menu.actions()]
    assert entries[0].startswith("Roll up 1 of 4")
    assert entries[1].startswith("Roll up × 4")
    assert entries[2:] == ["Show the paths between this and SumBackward0", "Show the whole graph"]
    menu.actions()[1].trigger()
    block = surface.menu(surface.scene, placed.node("× 4"))
    assert block.actions()[0].text().startswith("Open × 4")
    for each in (menu, block):
        each.deleteLater()


def test_what_both_pictures_have_glides_from_one_to_the_other(qtbot: QtBot, placed: Placed) -> None:
    surface = placed.panel._surface
    before = placed.at(placed.node("loss"))
    placed.panel.folding = Folding(all_shut=False)
    placed.panel.layout_options_changed.disconnect(placed.place)
    shown = show(placed.panel, placed.graph)
    surface.set_scene(None)
    surface.set_scene(placed.shown.scene)
    placed.panel.finish()
    surface.set_scene(shown.scene)
    assert surface.motion.running
    loss = next(n.id for n in shown.drawn.graph.nodes if n.label == "loss")
    way = surface.motion._way
    way._left = 1.0
    start = way._start.to_screen(way.area(shown.scene.boxes_of[loss][0]))
    assert (start.center() - before.center()).manhattanLength() < 1.0
    assert surface.grab().toImage() is not None
    qtbot.waitUntil(lambda: not surface.motion.running, timeout=20 * MILLISECONDS)


def test_a_block_opens_out_of_its_card(placed: Placed) -> None:
    closed = placed.shown.scene
    surface = placed.panel._surface
    middle = closed.area(closed.boxes_of[placed.node("× 60")][0]).center()
    surface.open_block(placed.node("× 60"))
    opened = placed.shown.scene
    surface.motion.start(closed, View(), opened, View(), True)
    first = next(
        i for i, b in enumerate(opened.placement.boxes) if opened.graph.nodes[b.node].label == "9 of 60"
    )
    way = surface.motion._way
    way._left = 1.0
    assert (way.area(first).center() - middle).manhattanLength() < 1.0
    surface.motion.start(opened, View(), closed, View(), True)
    assert surface.motion.running, "and back into it"
    surface.motion.stop()
    assert (
        BlockKey(next(iter(opened.identity.homes[opened.placement.boxes[first].node])))
        in closed.identity.keys
    )


def test_nothing_moves_where_nobody_looks_or_nothing_is_the_same(placed: Placed) -> None:
    scene, motion = placed.shown.scene, placed.panel._surface.motion
    for old, new, visible in (
        (None, scene, True),
        (scene, None, True),
        (scene, scene, False),
        (scene, scene, True),
    ):
        motion.start(old, View(), new, View(), visible)
        assert not motion.running


def test_an_opened_block_that_can_be_read_whole_is_shown_whole(placed: Placed) -> None:
    placed.graph = straight(3)
    placed.panel.folding = Folding(all_shut=True)
    placed.place()
    surface = placed.panel._surface
    surface.fit()
    placed.panel.resize(700, 900)
    surface.open_block(placed.node("× 3"))
    assert not surface.own_view
    assert surface.view.seen(surface.screen_size()).contains(surface.scene.extent)


def test_dragging_a_rolled_up_graph_still_moves_it(qtbot: QtBot, placed: Placed) -> None:
    surface = placed.panel._surface
    start = placed.at(placed.node("× 60")).center().toPoint()
    before = surface.view
    qtbot.mousePress(surface, LEFT, pos=start)
    qtbot.mouseMove(surface, start + QPointF(50, 0).toPoint())
    qtbot.mouseRelease(surface, LEFT, pos=start + QPointF(50, 0).toPoint())
    assert surface.view.dx == before.dx + 50
    assert placed.kinds().count("block") == 1
