"""The kept picture: whatever way it came about, it is the one that painting at once would give."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from graph_parts import chain, show
from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from gui_app.ui.graph import backing
from gui_app.ui.graph.backing import Backing, Plan
from gui_app.ui.graph.drawn import Folding
from gui_app.ui.graph.panel import GraphPanel
from gui_app.ui.graph.view import View
from gui_app.ui.theme import LIGHT

SIZE = QSize(120, 90)
WHITE = QColor("white")


class Squares:
    """A picture of coloured squares, one step each, and how many were painted."""

    def __init__(self) -> None:
        self.painted = 0
        self.shade = 100

    def plan(self, _view: View, seen: QRectF) -> Plan:
        places = [QRectF(20 * x, 20 * y, 12, 12) for x in range(12) for y in range(9)]
        near = [place for place in places if place.intersects(seen)]
        ground = [
            lambda painter, at=at: self._fill(painter, at, QColor(int(at.x()) % 256, 90, 90)) for at in near
        ]
        top = [
            lambda painter, at=at: self._fill(painter, at.adjusted(4, 4, -4, -4), self._ink()) for at in near
        ]
        return Plan(ground, top)

    def _ink(self) -> QColor:
        return QColor(20, self.shade, 20)

    def _fill(self, painter: QPainter, where: QRectF, colour: QColor) -> None:
        self.painted += 1
        painter.fillRect(where, colour)


def shot(kept: Backing, view: View, ratio: float = 1.0) -> tuple[QImage, bool]:
    image = QImage(SIZE * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor("magenta"))
    painter = QPainter(image)
    more = kept.paint(painter, view, SIZE, WHITE)
    painter.end()
    return image, more


def finished(kept: Backing, view: View, ratio: float = 1.0) -> QImage:
    kept.finish()
    return shot(kept, view, ratio)[0]


@pytest.fixture
def squares(qapp: object) -> Squares:  # noqa: ARG001 - pixmaps need it
    return Squares()


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_a_moved_picture_is_the_picture_of_that_place(squares: Squares, ratio: float) -> None:
    kept, view = Backing(squares.plan), View(1.0, 10.0, 8.0)
    finished(kept, view, ratio)
    for shift in ((-4.0, 2.0), (16.0, -12.0), (0.0, 30.0), (-100.0, 0.0), (40.0, 40.0)):
        view = view.moved(QPointF(*shift))
        assert finished(kept, view, ratio) == finished(Backing(squares.plan), view, ratio)


def test_moving_paints_only_what_comes_into_view(squares: Squares) -> None:
    kept, view = Backing(squares.plan), View()
    finished(kept, view)
    whole, squares.painted = squares.painted, 0
    _, more = shot(kept, view.moved(QPointF(-6, 0)))
    assert not more
    assert 0 < squares.painted < whole / 3


def test_a_large_picture_comes_in_slices_behind_the_old_one(
    squares: Squares, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Backing(squares.plan)
    first = finished(kept, View())
    monkeypatch.setattr(backing, "SLICE", -1.0)
    monkeypatch.setattr(backing, "AT_ONCE", 0)
    closer, more = shot(kept, View(1.25))
    assert more
    assert closer != first, "the old one, larger"
    assert squares.painted, "nothing is painted anew"
    monkeypatch.setattr(backing, "SLICE", 10.0)
    done, more = shot(kept, View(1.25))
    assert not more
    assert done == finished(Backing(squares.plan), View(1.25))


def test_other_values_keep_the_ground(squares: Squares) -> None:
    kept = Backing(squares.plan)
    finished(kept, View())
    both, squares.painted, squares.shade = squares.painted, 0, 200
    kept.renew(ground=False)
    again = finished(kept, View())
    assert squares.painted == both / 2
    assert again == finished(Backing(squares.plan), View())


def test_what_is_forgotten_is_not_shown(squares: Squares, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Backing(squares.plan)
    finished(kept, View())
    kept.forget()
    monkeypatch.setattr(backing, "SLICE", -1.0)
    monkeypatch.setattr(backing, "AT_ONCE", 0)
    image, more = shot(kept, View())
    assert more
    assert {image.pixelColor(x, y).name() for x in range(0, 120, 7) for y in range(0, 90, 7)} == {"#ffffff"}


def test_sheets_are_used_again_and_never_while_they_are_shown(squares: Squares) -> None:
    kept, used = Backing(squares.plan), set[int]()
    for turn in range(12):
        squares.shade = 100 + turn
        view = View(1.0 + 0.1 * (turn % 3), 5.0 * turn, 0.0)
        if turn % 4 == 3:
            kept.forget()
        elif turn % 2:
            kept.renew(ground=turn % 3 == 0)
        assert finished(kept, view) == finished(Backing(squares.plan), view)
        shown = kept._shown
        assert shown is not None
        assert shown.top is not None
        used |= {id(shown.ground), id(shown.top)}
        spare = kept._sheets._spare
        assert not {id(shown.ground), id(shown.top)} & set(map(id, spare))
    assert len(used) <= 4
    finished(kept, View())
    other = QImage(2 * SIZE, QImage.Format.Format_RGB32)
    painter = QPainter(other)
    kept.finish()
    kept.paint(painter, View(), 2 * SIZE, WHITE)
    painter.end()
    assert all(sheet.size() == 2 * SIZE for sheet in kept._sheets._spare)


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[GraphPanel]:
    panel = GraphPanel(LIGHT)
    panel.folding = Folding(all_shut=False)
    qtbot.addWidget(panel)
    panel.resize(500, 420)
    panel.show()
    qtbot.waitExposed(panel)
    show(panel, chain(60))
    yield panel
    panel.hide()


@pytest.mark.parametrize("zoom", [0.1, 0.28, 0.45, 0.65, 1.0])
def test_a_graph_that_was_moved_looks_as_if_it_had_been_painted_there(panel: GraphPanel, zoom: float) -> None:
    surface = panel._surface
    surface.zoom(zoom / surface.view.zoom)
    surface.look(View(surface.view.zoom, round(surface.view.dx), round(surface.view.dy)))
    panel.finish()
    surface.grab()
    for shift in ((-30, 12), (17, -41), (60, 60)):
        surface.look(surface.view.moved(QPointF(*shift)))
        panel.finish()
        moved = surface.grab().toImage()
        surface._backing.forget()
        panel.finish()
        assert worst(moved, surface.grab().toImage()) <= 2, "letters may be rounded otherwise at the seam"


def worst(one: QImage, other: QImage) -> float:
    """Share of pixels that differ visibly, in thousandths."""
    import numpy as np

    def grey(image: QImage) -> np.ndarray:
        image = image.convertToFormat(QImage.Format.Format_Grayscale8)
        bits = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        return bits[:, : image.width()].astype(int)

    return float((abs(grey(one) - grey(other)) > 40).mean() * 1000)
