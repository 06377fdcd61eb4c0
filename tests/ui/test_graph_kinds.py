"""Every kind of node is seen, explained and told apart; what is lit, found and coloured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from graph_parts import Builder, chain, failed, kinds, show
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui_app.core.graph import Edge, Graph
from gui_app.ui.graph.badges import NEW
from gui_app.ui.graph.cards import measure, rows
from gui_app.ui.graph.drawn import Folding
from gui_app.ui.graph.ink import FLOW_LEVELS, Ink, node_styles
from gui_app.ui.graph.legend import BADGES, SHAPES
from gui_app.ui.graph.light import light_steps
from gui_app.ui.graph.overlay import related
from gui_app.ui.graph.painting import paint_writing
from gui_app.ui.graph.panel import GraphPanel
from gui_app.ui.graph.shapes import EXPLAINED, OUTLINES, styles
from gui_app.ui.graph.walk import end, in_order
from gui_app.ui.theme import DARK, LIGHT, Palette

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
LEFT = Qt.MouseButton.LeftButton


def diamond(flow: float = 2.0) -> Graph:
    """``x`` goes two ways to the sum; ``k`` only one."""
    b = Builder()
    x, k = b.leaf("x"), b("k", "leaf", label="k")
    mul = b("MulBackward0", ins=(x, k), flow=flow)
    exp = b("ExpBackward0", ins=(x,), flow=1e-3)
    add = b("AddBackward0", ins=(mul, exp), label="y", flow=100.0)
    return b.graph(b("SumBackward0", ins=(add,), flow=1.0))


X, GRAD, K, MUL, EXP, ADD, SUM = range(7)


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[GraphPanel]:
    panel = GraphPanel(LIGHT)
    qtbot.addWidget(panel)
    panel.resize(700, 620)
    panel.show()
    qtbot.waitExposed(panel)
    show(panel, diamond())
    yield panel
    panel.hide()


def shot(panel: GraphPanel) -> QImage:
    panel.finish()
    return panel._surface.grab().toImage()


def centre(panel: GraphPanel, node: int) -> QPoint:
    surface = panel._surface
    return surface.view.to_screen(surface.scene.area(surface.scene.boxes_of[node][0])).center().toPoint()


def switch(panel: GraphPanel, name: str) -> None:
    panel._toolbar.buttons[name].click()


def contrast(one: QColor, other: QColor) -> float:
    def luminance(colour: QColor) -> float:
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in colour.getRgbF()[:3]]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


# Kinds


def test_each_kind_has_its_style_and_shape() -> None:
    assert styles(kinds()) == [
        *("leaf", "accumulate", "constant", "saved", "saved", "grad_fn", "ghost", "grad_fn"),
        *("derivative", "derivative", "root"),
    ]
    assert styles(failed())[-1] == "failed"
    assert set(OUTLINES) == set(node_styles(LIGHT)) == {*SHAPES, *EXPLAINED}
    assert {part for parts in EXPLAINED.values() for part in parts} <= set(SHAPES)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda p: p.name)
def test_every_style_and_badge_can_be_read(palette: Palette) -> None:
    ink = Ink(palette)
    for style, colours in node_styles(palette).items():
        assert contrast(QColor(colours.text), QColor(colours.fill)) >= 4.5, style
        if style != "ghost":  # quiet on purpose, and dashed
            assert contrast(QColor(colours.border), ink.paper) >= 2.5, style
    for role, (fill, text) in ink.badges.items():
        assert contrast(fill, text) >= 4.5, role


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda p: p.name)
def test_the_scale_of_gradients_rises_in_width_and_stands_out(palette: Palette) -> None:
    ink = Ink(palette)
    widths = [pen.widthF() for pen in ink.flow]
    assert len(widths) == FLOW_LEVELS
    assert widths == sorted(set(widths))
    contrasts = [contrast(pen.color(), ink.paper) for pen in ink.flow]
    assert contrasts == sorted(contrasts), "the stronger, the clearer"
    assert contrasts[0] >= 1.4


def test_a_failed_operation_tells_why_in_its_box(qapp: object) -> None:  # noqa: ARG001 - fonts need it
    node = failed().nodes[-1]
    texts = [cell.text for row in rows(node) for cell in row.left]
    assert texts[0] == "matmul failed"
    assert texts[1].startswith("The shapes 2×3")
    assert len(texts) == 3
    endless = node._replace(note="word " * 200)
    assert measure(endless)[1] == measure(node)[1]
    assert [cell.text for row in rows(endless) for cell in row.left][-1].endswith("…")


def test_a_partial_graph_has_a_strip_and_shows_where_it_failed(panel: GraphPanel) -> None:
    strip = panel._failure
    assert not strip.isVisible()
    show(panel, failed())
    assert strip.isVisible()
    assert (
        strip.text
        == "The shapes 2×3 and 2×3 do not fit for @: the inner sizes differ. Transpose one of them."
    )
    surface = panel._surface
    last = surface.scene.boxes_of[len(failed().nodes) - 1][0]
    assert surface.view.seen(surface.screen_size()).contains(surface.scene.area(last))
    inside = surface.view.to_screen(surface.scene.area(last)).center().toPoint() + QPoint(0, -20)
    assert shot(panel).pixelColor(inside) == QColor(node_styles(LIGHT)["failed"].fill)
    show(panel, diamond())
    assert not strip.isVisible()


def test_a_failure_far_away_is_come_close_to(panel: GraphPanel) -> None:
    graph = chain(80)
    fault = failed().failure
    nodes = (*graph.nodes[:-1], graph.nodes[-1]._replace(kind="failed", name="sum", note="No."))
    panel.folding = Folding(all_shut=False)
    show(panel, replace(graph, nodes=nodes, failure=fault))
    surface = panel._surface
    box = surface.scene.area(surface.scene.boxes_of[len(panel.drawn.graph.nodes) - 1][0])
    assert surface.view.zoom > 0.5
    assert surface.view.seen(surface.screen_size()).contains(box)


def test_wires_of_what_is_not_tracked_are_apart(panel: GraphPanel) -> None:
    show(panel, kinds())
    tiles = panel._surface.scene.tiles
    assert sum(not tile.fine.untracked.isEmpty() for tile in tiles) == 1
    show(panel, diamond())
    assert all(tile.fine.untracked.isEmpty() for tile in panel._surface.scene.tiles)


def test_saved_tensors_come_on_demand(panel: GraphPanel) -> None:
    panel.layout_options_changed.connect(lambda: show(panel, kinds()))
    show(panel, kinds())
    assert "saved" not in panel._surface.scene.shown_styles
    switch(panel, "saved")
    assert panel.saved
    assert "saved" in panel._surface.scene.shown_styles
    switch(panel, "saved")
    assert "saved" not in panel._surface.scene.shown_styles


def test_the_legend_explains_what_is_there_and_no_more(panel: GraphPanel) -> None:
    legend = panel._legend
    assert legend.texts() == [
        *(SHAPES[s] for s in ("leaf", "accumulate", "grad_fn", "root", "constant")),
        legend.texts()[-1],
    ]
    show(panel, kinds())
    told = legend.texts()
    assert {SHAPES["ghost"], SHAPES["derivative"], BADGES["warning"][1], BADGES["plain"][1]} <= set(told)
    assert SHAPES["failed"] not in told
    show(panel, failed())
    assert SHAPES["failed"] in legend.texts()
    switch(panel, "legend")
    assert legend.isVisible()
    assert legend.height() < panel._surface.height()
    assert panel._surface.rect().contains(legend.geometry())


def test_the_legend_stands_where_it_hides_the_least(panel: GraphPanel) -> None:
    panel.resize(760, 620)
    surface, legend = panel._surface, panel._legend
    for away in (0, 300):
        surface.fit()
        surface.look(surface.view.moved(QPointF(-away, 0)))
        switch(panel, "legend")
        assert surface.hidden_by(legend.geometry()) == 0, "to the left or to the right of the graph"
        switch(panel, "legend")
    surface.fit()
    assert surface.hidden_by(surface.rect()) == len(
        (*surface.scene.placement.boxes, *surface.scene.placement.wires)
    )


def test_what_belongs_together_without_an_edge() -> None:
    graph = kinds()
    assert related(graph, 8) == [5, 9], "what it derives, and its own derivative"
    assert related(graph, 4) == [0], "the leaf that was saved"
    assert related(graph, 0) == [4]
    assert related(graph, 7) == []


def test_thin_links_are_drawn_on_hover(panel: GraphPanel) -> None:
    show(panel, kinds())
    drawn = panel.drawn
    plain = shot(panel)
    panel.highlight(drawn.of[8])
    assert len(panel._surface._hover.links) == 2
    assert shot(panel) != plain


def test_several_nodes_can_be_pointed_at(panel: GraphPanel) -> None:
    panel.highlight(MUL, EXP)
    boxes = panel._surface.scene.boxes_of
    assert panel._surface._hover.boxes == (*boxes[MUL], *boxes[EXP])
    both = shot(panel)
    panel.highlight(MUL)
    assert shot(panel) != both
    panel.highlight(-1)
    assert panel._surface._hover is None


# What is lit


def dimmed(panel: GraphPanel) -> list[int]:
    """Nodes whose name cannot be read as well as before."""
    lit = panel._surface._light
    if lit is None or lit.everything:
        return []
    boxes = {box for tile in lit.tiles for box in tile.boxes}
    return [b.node for i, b in enumerate(panel._surface.scene.placement.boxes) if i not in boxes]


def test_ancestors_and_descendants_are_lit_and_told_apart(panel: GraphPanel) -> None:
    surface = panel._surface
    panel.choose(MUL)
    assert dimmed(panel) == [EXP]
    assert surface._light.words == "Made from 2 nodes (solid lines), goes into 2 nodes (dashed lines)"
    ink = Ink(LIGHT)
    assert ink.before.color() != ink.after.color()
    assert ink.before.dashPattern() != ink.after.dashPattern(), "not by colour alone"
    on = shot(panel)
    switch(panel, "lineage")
    assert surface._light is None
    assert shot(panel) != on
    switch(panel, "lineage")
    assert shot(panel) == on
    panel.choose(X)
    assert surface._light.words == "Goes into 4 nodes (dashed lines)"
    panel.choose(SUM)
    assert surface._light.words == "Made from 5 nodes (solid lines)"


def test_shift_and_a_click_light_the_paths_between_two_nodes(qtbot: QtBot, panel: GraphPanel) -> None:
    surface = panel._surface
    chosen: list[int] = []
    panel.node_chosen.connect(chosen.append)
    shift = Qt.KeyboardModifier.ShiftModifier
    qtbot.mouseClick(surface, LEFT, pos=centre(panel, X) + QPoint(0, -8))
    qtbot.mouseClick(surface, LEFT, shift, centre(panel, ADD))
    assert (surface.chosen, surface.other) == (X, ADD)
    assert surface._light.words == "2 paths between x and y"
    assert sorted(dimmed(panel)) == [K, SUM]
    qtbot.mouseClick(surface, LEFT, shift, centre(panel, K))
    assert surface._light.words == "No path between x and k"
    qtbot.mouseClick(surface, LEFT, shift, centre(panel, MUL))
    assert surface._light.words == "One path between x and MulBackward0"
    qtbot.keyClick(surface, Qt.Key.Key_Escape)
    assert (surface.chosen, surface.other) == (X, -1), "first the paths go, …"
    qtbot.keyClick(surface, Qt.Key.Key_Escape)
    assert surface.chosen == -1, "… then the choice"
    assert chosen == [X, -1]


# Search


def test_search_finds_lights_and_walks(qtbot: QtBot, panel: GraphPanel) -> None:
    chosen: list[int] = []
    panel.node_chosen.connect(chosen.append)
    panel._surface.setFocus()
    qtbot.keyClick(panel._surface, "f", Qt.KeyboardModifier.ControlModifier)
    bar = panel._search
    assert bar.isVisible()
    qtbot.keyClicks(bar.field, "backward")
    assert bar.told.text() == "4 found"
    assert sorted(dimmed(panel)) == [X, K]
    for key, modifier, told in (
        (Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "1 of 4"),
        (Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "2 of 4"),
        (Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier, "1 of 4"),
        (Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier, "4 of 4"),
    ):
        qtbot.keyClick(bar.field, key, modifier)
        assert bar.told.text() == told
    assert chosen == [MUL, EXP, MUL, SUM]
    bar.field.setText("^add")
    assert bar.told.text() == "Nothing found"
    bar.pattern.click()
    assert bar.told.text() == "1 found"
    bar.field.setText("(add")
    assert bar.told.text() == "A bracket ( is not closed."
    assert not panel._surface._found
    qtbot.keyClick(bar.field, Qt.Key.Key_Escape)
    assert not bar.isVisible()
    assert not panel._surface._found


def test_a_search_goes_on_in_the_next_graph(panel: GraphPanel) -> None:
    switch(panel, "search")
    panel._search.field.setText("tanh")
    assert panel._search.told.text() == "Nothing found"
    show(panel, chain(3))
    assert panel._search.told.text() == "3 found"
    assert len(panel._surface._found) == 3
    panel._search.close_bar()
    show(panel, diamond())
    assert not panel._surface._found


def test_what_is_found_is_come_close_to(panel: GraphPanel) -> None:
    panel.folding = Folding(all_shut=False)
    show(panel, chain(100))
    surface = panel._surface
    assert surface.view.zoom < 0.3
    switch(panel, "search")
    panel._search.field.setText("loss")
    panel._search.go_on()
    assert surface.view.zoom > 0.6
    box = surface.scene.area(surface.scene.boxes_of[surface.chosen][0])
    assert surface.view.seen(surface.screen_size()).contains(box)


# Gradients on the edges


def test_edges_are_coloured_by_gradient_on_request(panel: GraphPanel) -> None:
    plain = shot(panel)
    scale = panel._scale
    assert not scale.isVisible()
    switch(panel, "flow")
    assert scale.isVisible()
    assert scale.words() == "0.001 … 100"
    assert panel._surface.rect().contains(scale.geometry())
    coloured = shot(panel)
    assert coloured != plain
    show(panel, diamond(50.0), before=None)
    assert shot(panel) != coloured
    bare = diamond()
    show(panel, replace(bare, edges=tuple(Edge(e.source, e.target, e.slot) for e in bare.edges)))
    assert scale.words() == "No gradients at this step"
    switch(panel, "flow")
    assert not scale.isVisible()


def test_the_scale_and_the_legend_hide_nothing_where_there_is_room(panel: GraphPanel) -> None:
    panel.resize(1000, 600)
    show(panel, diamond(), before=None)
    switch(panel, "flow")
    switch(panel, "legend")
    surface = panel._surface
    for corner in (panel._scale, panel._legend):
        assert surface.rect().contains(corner.geometry())
        assert surface.hidden_by(corner.geometry()) == 0
    assert not panel._scale.geometry().intersects(panel._legend.geometry())


def test_a_wire_counts_where_it_runs(panel: GraphPanel) -> None:
    scene = show(panel, diamond(), before=None).scene
    x, y = scene.placement.wires[0].points[0]
    between = QRectF(x - 2, y + 2, 4, 12)
    assert not any(scene.area(box).intersects(between) for box in range(len(scene.placement.boxes)))
    assert sum(tile.count(between) for tile in scene.tiles) == 1


def test_levels_follow_the_values(panel: GraphPanel) -> None:
    first = show(panel, diamond(2.0))
    scene = first.scene
    levels = [scene.level(wire) for wire in range(len(scene.placement.wires))]
    assert max(levels) == FLOW_LEVELS - 1
    assert min(levels) == 0
    again = show(panel, diamond(1e6), before=first)
    assert again.scene is scene
    assert [scene.level(wire) for wire in range(len(levels))] != levels


# Steps


def test_a_changed_structure_is_told_and_marked(panel: GraphPanel) -> None:
    first = show(panel, chain(2), step=41)
    seen = {41: first.counted}
    second = show(panel, chain(3), step=42, before=first, seen=seen)
    assert panel._surface.caption == second.change == "3 nodes more than at step 41"
    assert sum(NEW in own for own in panel.drawn.badges.values()) == 3
    assert BADGES["new"][1] in panel._legend.texts()
    same = show(panel, chain(3), step=43, before=second, seen={**seen, 42: second.counted})
    assert same.scene is second.scene
    assert same.change == panel._surface.caption == ""
    assert not panel.drawn.badges
    away = show(panel, chain(2), step=7, before=same, seen={43: same.counted})
    assert away.change == "3 nodes fewer than at step 43"


def test_the_remark_counts_what_is_drawn(panel: GraphPanel) -> None:
    bar = panel._toolbar
    show(panel, kinds())
    assert bar._remark.text().startswith("9 nodes · 9 edges · ")
    show(panel, chain(60))
    assert bar._remark.text().startswith("4 of 183 nodes")
    panel.resize(330, 400)
    assert "nodes" not in bar._remark.text(), "no word is cut"


# Keys


def test_tab_goes_through_the_nodes_in_topological_order(qtbot: QtBot, panel: GraphPanel) -> None:
    surface = panel._surface
    surface.setFocus()
    panel.choose(X)
    seen = [surface.chosen]
    for _ in range(5):
        qtbot.keyClick(surface, Qt.Key.Key_Tab)
        seen.append(surface.chosen)
    assert seen == [X, K, MUL, EXP, ADD, SUM]
    qtbot.keyClick(surface, Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier)
    assert surface.chosen == ADD
    scene = surface.scene
    assert in_order(scene, scene.boxes_of[SUM][0], 1) == in_order(scene, scene.boxes_of[X][0], -1) == -1


def test_tab_leaves_once_nothing_is_chosen(qtbot: QtBot, panel: GraphPanel) -> None:
    surface = panel._surface
    other = QWidget(panel)
    other.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    other.show()
    surface.setFocus()
    panel.choose(SUM)
    qtbot.keyClick(surface, Qt.Key.Key_Escape)
    qtbot.keyClick(surface, Qt.Key.Key_Tab)
    assert not surface.hasFocus()
    assert surface.chosen == -1


def test_home_and_end_go_to_a_leaf_and_to_a_root(qtbot: QtBot, panel: GraphPanel) -> None:
    surface = panel._surface
    panel.choose(EXP)
    qtbot.keyClick(surface, Qt.Key.Key_Home)
    assert surface.chosen == X
    qtbot.keyClick(surface, Qt.Key.Key_End)
    assert surface.chosen == SUM
    assert end(surface.scene, -1, forward=True) == surface.scene.boxes_of[SUM][0]


def test_the_zoom_keys(qtbot: QtBot, panel: GraphPanel) -> None:
    surface = panel._surface
    fitted = surface.view
    panel.choose(ADD)
    at = centre(panel, ADD)
    qtbot.keyClick(surface, "0")
    assert surface.view.zoom == pytest.approx(1.0)
    assert (QPointF(centre(panel, ADD)) - QPointF(at)).manhattanLength() <= 2
    qtbot.keyClick(surface, "+")
    assert surface.view.zoom == pytest.approx(1.25)
    qtbot.keyClick(surface, Qt.Key.Key_F)
    assert surface.view == fitted


def test_enter_tells_the_choice_again(qtbot: QtBot, panel: GraphPanel) -> None:
    panel.choose(ADD)
    with qtbot.waitSignal(panel.node_chosen) as told:
        qtbot.keyClick(panel._surface, Qt.Key.Key_Return)
    assert told.args == [ADD]


def test_everything_has_a_name_for_those_who_do_not_see(panel: GraphPanel) -> None:
    assert panel._surface.accessibleName()
    assert all(button.accessibleName() for button in panel._toolbar.buttons.values())
    assert panel._search.field.accessibleName()
    show(panel, kinds())
    panel.choose(panel.drawn.of[8])
    assert panel._surface.accessibleDescription() == "MulBackward0, derivative first"


def test_the_picture_has_badges_and_colours_as_on_the_screen(panel: GraphPanel) -> None:
    show(panel, kinds())
    picture = panel.picture()
    assert picture is not None
    assert picture._scene.all_badges == panel.drawn.badges
    assert not picture._flow
    switch(panel, "flow")
    assert panel.picture()._flow


def test_numbers_on_lit_wires_stay_readable(panel: GraphPanel) -> None:
    """They are written again, over the wires that are painted in another colour."""
    panel.choose(MUL)
    light = panel._surface._light
    assert light is not None
    wires = {wire for tiles in light.wires.values() for tile in tiles for wire in tile.wires}
    steps = light_steps(light, panel._surface.scene, Ink(LIGHT), 1.0, QRectF(0, 0, 1e6, 1e6))
    written = [step.keywords["tile"] for step in steps if step.func is paint_writing]
    assert wires <= {wire for tile in written for wire in tile.wires}
