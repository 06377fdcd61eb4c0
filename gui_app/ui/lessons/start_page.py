"""The start page: what this is, new, open, recent files and the gallery of lessons."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from gui_app.core.lessons import SECTIONS
from gui_app.ui.lessons.cards import LessonPlate, Plate, RecentPlate
from gui_app.ui.lessons.grid import CardGrid
from gui_app.ui.lessons.hero import Hero
from gui_app.ui.lessons.miniatures import LessonCard
from gui_app.ui.resources import Icons
from gui_app.ui.style import font
from gui_app.ui.theme import GRID, Palette

__all__ = ["LessonCard", "StartPage"]

WIDEST = 152 * GRID
"""Most pixels across that the contents of the page take."""
MOST_RECENT = 4
"""Recent files on the page; the menu has all."""
_CARD, _GAP = 31 * GRID, 2 * GRID


class StartPage(QWidget):
    """Shows what it is given and says what is chosen."""

    new_requested = Signal()
    open_requested = Signal()
    table_requested = Signal()
    lesson_chosen = Signal(str)
    recent_chosen = Signal(str)

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._palette, self._icons = palette, Icons(palette)
        self._hero = Hero(palette)
        self._recent, self._gallery = _column(), _column()
        self._fill()
        self._hero.new.clicked.connect(self._on_new)
        self._hero.open.clicked.connect(self._on_open)
        self._hero.table.clicked.connect(self._on_table)

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette from now on."""
        self._palette = self._icons.palette = palette
        self._hero.apply_theme(palette)
        for plate in self.findChildren(Plate):
            plate.apply_theme(palette)

    def set_lessons(self, cards: Sequence[LessonCard]) -> None:
        """The gallery, in sections by kind, each in the given order."""
        _clear(self._gallery)
        for kind, title in SECTIONS.items():
            plates = [LessonPlate(card, self._palette) for card in cards if card.kind == kind]
            for plate in plates:
                plate.clicked.connect(partial(self._on_lesson, plate.card.id))
            self._add_section(self._gallery, title["en"], plates)

    def set_recent(self, paths: Sequence[Path]) -> None:
        """Files that were open lately, newest first; none hides the section."""
        _clear(self._recent)
        plates = [RecentPlate(path, self._palette, self._icons) for path in paths[:MOST_RECENT]]
        for plate in plates:
            plate.clicked.connect(partial(self._on_recent, str(plate.path)))
        self._add_section(self._recent, "Recent", plates)

    def _fill(self) -> None:
        page = _Page(self._hero, (self._recent, self._gallery))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(page)
        self._area = area
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)

    def _add_section(self, column: QWidget, title: str, plates: Sequence[Plate]) -> None:
        column.setVisible(bool(plates) or column.layout().count() > 0)
        if not plates:
            return
        for plate in plates:
            plate.focused.connect(partial(self._area.ensureWidgetVisible, plate, 0, 3 * GRID))
        section, head = _column(GRID + 4), QLabel(title)
        head.setFont(font("section", bold=True))
        section.layout().addWidget(head)
        section.layout().addWidget(CardGrid(plates, _CARD, _GAP))
        column.layout().addWidget(section)

    def _on_new(self) -> None:
        self.new_requested.emit()

    def _on_open(self) -> None:
        self.open_requested.emit()

    def _on_table(self) -> None:
        self.table_requested.emit()

    def _on_lesson(self, name: str) -> None:
        self.lesson_chosen.emit(name)

    def _on_recent(self, path: str) -> None:
        self.recent_chosen.emit(path)


class _Page(QWidget):
    """The head over the whole width, the rest below it in a column of bounded width, both on one left edge."""

    def __init__(self, hero: Hero, parts: Sequence[QWidget]) -> None:
        super().__init__()
        self._hero, self._body = hero, QVBoxLayout()
        self._body.setSpacing(3 * GRID)
        for part in parts:
            self._body.addWidget(part)
        self._body.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(hero)
        column.addLayout(self._body)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        side = max(4 * GRID, (self.width() - WIDEST) // 2)
        self._hero.set_side(side)
        self._body.setContentsMargins(side, 3 * GRID, side, 4 * GRID)


def _column(spacing: int = 3 * GRID) -> QWidget:
    """An empty widget whose children stand below one another."""
    widget = QWidget()
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    return widget


def _clear(column: QWidget) -> None:
    layout = column.layout()
    while layout.count():
        widget = layout.takeAt(0).widget()
        widget.hide()
        widget.deleteLater()
