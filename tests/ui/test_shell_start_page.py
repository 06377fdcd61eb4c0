"""The start page: what can be begun, by mouse and by keyboard, at any width."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from gui_app.core.lessons import SECTIONS
from gui_app.ui.lessons.cards import LessonPlate, RecentPlate
from gui_app.ui.lessons.grid import CardGrid
from gui_app.ui.lessons.hero import paths, surface
from gui_app.ui.lessons.miniatures import MINIATURES, LessonCard, level_paths
from gui_app.ui.lessons.start_page import MOST_RECENT, StartPage
from gui_app.ui.theme import DARK, LIGHT

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

CARDS = (
    LessonCard("A4", "One variable", "Where the derivative comes from.", "graph", (1, 2, 1)),
    LessonCard("C1", "A parabola", "Fifteen steps.", "descent", (3.0, 1.0, 0.5)),
    LessonCard("rosenbrock", "Rosenbrock", "A long valley.", "surfaces", tuple(map(float, range(25)))),
)


@pytest.fixture
def page(qtbot: QtBot) -> StartPage:
    made = StartPage(LIGHT)
    qtbot.addWidget(made)
    made.set_recent([Path("/home/ada/a.toml"), Path("/home/ada/b.toml")])
    made.set_lessons(CARDS)
    made.resize(1280, 740)
    made.show()
    made.activateWindow()
    qtbot.waitActive(made)
    return made


def test_everything_can_be_reached_and_chosen_by_keyboard(qtbot: QtBot, page: StartPage) -> None:
    said: list[object] = []
    page.new_requested.connect(lambda: said.append("new"))
    page.open_requested.connect(lambda: said.append("open"))
    page.table_requested.connect(lambda: said.append("table"))
    page.recent_chosen.connect(said.append)
    page.lesson_chosen.connect(said.append)
    page.findChild(QPushButton).setFocus()
    for key in (
        *(Qt.Key.Key_Space,) * 3,
        *(Qt.Key.Key_Return, Qt.Key.Key_Space) * 2,
        Qt.Key.Key_Enter,
    ):
        qtbot.keyClick(page.focusWidget(), key)
        page.focusNextChild()
    assert said == [
        "new",
        "open",
        "table",
        str(Path("/home/ada/a.toml")),
        str(Path("/home/ada/b.toml")),
        "A4",
        "C1",
        "rosenbrock",
    ]


def test_arrows_go_to_the_neighbour_which_scrolls_into_view(qtbot: QtBot, page: StartPage) -> None:
    page.set_lessons([LessonCard(f"C{n}", f"Lesson {n}", "Steps.", "descent") for n in range(40)])
    QApplication.processEvents()
    plates = [plate for plate in page.findChildren(LessonPlate) if plate.isVisible()]
    qtbot.waitUntil(lambda: page.findChild(QScrollArea).verticalScrollBar().maximum() > page.height())
    plates[0].setFocus()
    qtbot.keyClick(plates[0], Qt.Key.Key_Right)
    assert page.focusWidget() is plates[1]
    for _ in range(6):
        qtbot.keyClick(page.focusWidget(), Qt.Key.Key_Down)
    reached = page.focusWidget()
    assert plates.index(reached) > 10
    assert page.rect().contains(reached.rect().translated(reached.mapTo(page, QPoint())))


def test_a_click_chooses(qtbot: QtBot, page: StartPage) -> None:
    for plate in page.findChildren(LessonPlate):
        with qtbot.waitSignal(page.lesson_chosen) as chosen:
            qtbot.mouseClick(plate, Qt.MouseButton.LeftButton)
        assert chosen.args == [plate.card.id]


def test_cards_say_what_they_are(page: StartPage) -> None:
    names = [plate.accessibleName() for plate in page.findChildren(LessonPlate)]
    assert names == [f"{card.title}. {card.summary}" for card in CARDS]
    titles = [label.text() for label in page.findChildren(QLabel)]
    sections = [SECTIONS[card.kind]["en"] for card in CARDS]
    assert [title for title in titles if title in sections] == sections


def test_lists_are_replaced_and_empty_ones_hidden(page: StartPage) -> None:
    page.set_recent([])
    page.set_lessons(CARDS[:1])
    QApplication.processEvents()
    visible = [plate for plate in page.findChildren(LessonPlate) if plate.isVisible()]
    assert [plate.card.id for plate in visible] == ["A4"]
    assert not any(plate.isVisible() for plate in page.findChildren(RecentPlate))
    page.set_recent([Path(f"{number}.toml") for number in range(20)])
    QApplication.processEvents()
    assert sum(plate.isVisible() for plate in page.findChildren(RecentPlate)) == MOST_RECENT


@pytest.mark.parametrize("width", [700, 900, 1280, 1920, 3840])
def test_words_fit_at_every_width(page: StartPage, width: int) -> None:
    page.resize(width, 740)
    QApplication.processEvents()
    for plate in page.findChildren(LessonPlate):
        assert plate.height() >= plate.heightForWidth(plate.width())
        assert plate.mapTo(page, plate.rect().topRight()).x() < width


def test_theme(page: StartPage) -> None:
    page.apply_theme(DARK)
    plate = page.findChildren(LessonPlate)[0]
    image = plate.grab().toImage()
    assert image.pixelColor(image.width() // 2, image.height() - 6).name() == DARK.panel


def painted(kind: str, curve: tuple[float, ...]) -> QImage:
    image = QImage(QSize(220, 88), QImage.Format.Format_RGB32)
    image.fill(QColor(LIGHT.raised))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    MINIATURES[kind](painter, QRectF(8, 8, 204, 72), curve, LIGHT)
    painter.end()
    return image


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("kind", MINIATURES)
@pytest.mark.parametrize(
    "curve",
    [
        (),
        (1.0,),
        (3.0, 2.0, 1.0),
        (math.nan,) * 9,
        (math.inf, 1.0, 2.0, 3.0),
        (5.0,) * 16,
        tuple(map(float, range(49))),
    ],
)
def test_every_miniature_paints_whatever_it_gets(kind: str, curve: tuple[float, ...]) -> None:
    painted(kind, curve)


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("kind", MINIATURES)
def test_an_empty_card_still_shows_its_kind(kind: str) -> None:
    image = painted(kind, ())
    colours = {image.pixelColor(x, y).name() for x in range(220) for y in range(88)}
    assert {LIGHT.raised} < colours


@pytest.mark.usefixtures("qapp")
def test_level_lines_are_levels() -> None:
    ys, xs = np.mgrid[-1:1:41j, -1:1:41j]
    area = QRectF(-1, -1, 2, 2)
    for _, path in level_paths(xs**2 + ys**2, area, 5):
        points = [path.elementAt(index) for index in range(path.elementCount())]
        radii = [math.hypot(point.x, point.y) for point in points]
        assert max(radii) - min(radii) < 0.02


def test_the_head_shows_descents_that_arrive() -> None:
    left, right, bottom, top = -6.2, 6.2, -5.0, 5.0
    for walk in paths():
        losses = (walk[:, 0] ** 2 + walk[:, 1] - 11) ** 2 + (walk[:, 0] + walk[:, 1] ** 2 - 7) ** 2
        assert losses[-1] < 0.01 * losses[0]
        assert (
            (left <= walk[:, 0]) & (walk[:, 0] <= right) & (bottom <= walk[:, 1]) & (walk[:, 1] <= top)
        ).all()
    assert surface().min() >= 0


class Card(QWidget):
    """A stand-in whose words need a fifth of its width."""

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return 20 + width // 5


@given(st.integers(0, 30), st.integers(1, 4000), st.integers(10, 400), st.integers(0, 40))
def test_grid_keeps_cards_apart_and_inside(count: int, width: int, least: int, gap: int) -> None:
    QApplication.instance() or QApplication([])
    cards = [Card() for _ in range(count)]
    grid = CardGrid(cards, least, gap)
    grid.resize(width, grid.heightForWidth(width))
    grid.grab()
    boxes = [card.geometry() for card in cards]
    height = grid.heightForWidth(width)
    assert all(box.left() >= 0 and box.right() < max(width, 1) and box.bottom() < height for box in boxes)
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[:i])
    grid.deleteLater()
