"""The sheet that the arithmetic stands on: pointed at, chosen line by line, copied as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontInfo,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QMenu, QToolTip, QWidget

from gui_app.ui.inspector.boxes import paint
from gui_app.ui.theme import GRID, RADIUS, Palette
from gui_app.ui.update.setting import BAND, MARGIN, Placed, placed
from gui_app.ui.update.writing import Block, Heading, explained

SIZE = 1.4
"""Of the letters of formulas, against the font of the window."""
NEAR = 2.0
"""Pixels around a letter that belong to it."""


class Inks(dict[str, QColor]):
    """Colours by role; letters that have none of their own have that of text."""

    def __missing__(self, role: str) -> QColor:
        return self["text"]


class Sheet(QWidget):
    """Shows blocks within its width, and asks for the height that this takes."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette
        self._owner = palette.text
        self._title = ""
        self._blocks: Sequence[Block] = ()
        self._values: Mapping[str, float] = {}
        self._placed: list[Placed] = []
        self._pointed = ""
        self._chosen: tuple[int, int] | None = None
        """First and last of the chosen blocks, in the order in which they were chosen."""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Arithmetic of the update")

    def show_blocks(
        self, title: str, blocks: Sequence[Block], values: Mapping[str, float], owner: str
    ) -> None:
        """Other blocks, with the values of their letters.

        ``title`` stands above what is copied; ``owner`` is the colour of the element.
        """
        if len(blocks) != len(self._blocks):
            self._chosen = None
        self._title, self._blocks, self._values, self._owner = title, blocks, values, owner
        self._lay_out()
        self.setAccessibleDescription(self.text())

    def apply_theme(self, palette: Palette) -> None:
        """Colours of another palette."""
        self._palette = palette
        self.update()

    @property
    def placed(self) -> Sequence[Placed]:
        """The blocks where they stand."""
        return self._placed

    def text(self) -> str:
        """Everything in characters, numbers in full."""
        return f"{self._title}\n\n{self._between(0, len(self._blocks) - 1)}"

    def chosen_text(self) -> str:
        """What is copied: the chosen blocks, or all."""
        return self.text() if self._chosen is None else self._between(*sorted(self._chosen))

    def _between(self, first: int, last: int) -> str:
        parts: list[str] = []
        for place in range(first, last + 1):
            above = place > first and isinstance(self._blocks[place], Heading)
            parts.append("\n" * above + self._placed[place].text)
        return "\n".join(parts)

    def letter_at(self, at: QPointF) -> str:
        """The letter at a point; empty where there is none."""
        for each in self._placed:
            if each.where.top() - BAND <= at.y() <= each.where.bottom() + BAND:
                for where, letter in each.zones:
                    if where.adjusted(-NEAR, -NEAR, NEAR, NEAR).contains(at):
                        return letter
        return ""

    def tip_at(self, at: QPointF) -> str:
        """What is said of a point."""
        letter = self.letter_at(at)
        if letter:
            return explained(letter, self._values)
        for each in self._placed:
            if each.figure is not None and each.figure[1].contains(at):
                return each.figure[0].tip(at - each.figure[1].topLeft(), each.figure[1].size())
        return ""

    def sizeHint(self) -> QSize:
        return QSize(48 * GRID, self.minimumHeight())

    def _lay_out(self) -> None:
        pixels = round(QFontInfo(QApplication.font()).pixelSize() * SIZE)
        self._placed = placed(self._blocks, pixels, max(self.width(), 24.0 * GRID))
        bottom = self._placed[-1].where.bottom() + MARGIN if self._placed else 0.0
        self.setMinimumHeight(round(bottom))
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(self._palette.panel))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inks = self._inks()
        for place, each in enumerate(self._placed):
            row = QRectF(
                GRID / 2, each.where.top() - BAND, self.width() - GRID, each.where.height() + 2 * BAND
            )
            if row.intersects(QRectF(event.rect())):
                self._paint_block(painter, place, each, row, inks)
        painter.end()

    def _paint_block(self, painter: QPainter, place: int, each: Placed, row: QRectF, inks: Inks) -> None:
        palette, chosen = self._palette, self._chosen
        painter.setPen(Qt.PenStyle.NoPen)
        if chosen is not None and min(chosen) <= place <= max(chosen):
            painter.setBrush(QColor(palette.selection))
            painter.drawRoundedRect(row, RADIUS, RADIUS)
        elif each.is_result:
            painter.setBrush(QColor(palette.raised))
            painter.drawRoundedRect(row, RADIUS, RADIUS)
        painter.setBrush(QColor(palette.hover))
        for where, letter in each.zones:
            if letter == self._pointed:
                painter.drawRoundedRect(where.adjusted(-NEAR, -NEAR, NEAR, NEAR), 3, 3)
        paint(painter, each.box, QPointF(), inks)
        if each.figure is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            each.figure[0].paint(painter, each.figure[1], palette)

    def _inks(self) -> Inks:
        palette = self._palette
        inks = Inks(text=QColor(palette.text), muted=QColor(palette.muted))
        inks |= dict.fromkeys(("slope", "g_k", "g_clip", "g_decay"), QColor(palette.accent))
        return Inks(inks | dict.fromkeys(("theta_k", "theta_decay", "theta_next"), QColor(self._owner)))

    # Pointing, choosing, copying

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if event.buttons() & Qt.MouseButton.LeftButton and self._chosen is not None:
            self._choose(self._chosen[0], self._block_at(at))
            return
        self._point(self.letter_at(at))
        QToolTip.showText(event.globalPosition().toPoint(), self.tip_at(at), self)

    def leaveEvent(self, event: object) -> None:
        super().leaveEvent(event)
        self._point("")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self._placed:
            return
        place = self._block_at(event.position())
        extends = event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self._chosen is not None
        self._choose(self._chosen[0] if extends else place, place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.SelectAll) and self._placed:
            self._choose(0, len(self._placed) - 1)
        elif event.key() == Qt.Key.Key_Escape and self._chosen is not None:
            self._chosen = None
            self.update()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.addAction("Copy lines" if self._chosen else "Copy", self.copy)
        menu.addAction("Copy everything", lambda: QGuiApplication.clipboard().setText(self.text()))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def copy(self) -> None:
        """Put the chosen lines on the clipboard, or all of them."""
        QGuiApplication.clipboard().setText(self.chosen_text())

    def _point(self, letter: str) -> None:
        if letter != self._pointed:
            self._pointed = letter
            self.update()

    def _choose(self, first: int, last: int) -> None:
        self._chosen = first, last
        self.update()

    def _block_at(self, at: QPointF) -> int:
        """The block nearest to a point."""

        def distance(place: int) -> float:
            where = self._placed[place].where
            return max(where.top() - at.y(), at.y() - where.bottom(), 0.0)

        return min(range(len(self._placed)), key=distance)
