"""Printed text with the step of each piece beside it: a text area that can be read and copied, not written."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QToolTip, QWidget

from gui_app.core.events import Printed
from gui_app.ui.editor.places import units
from gui_app.ui.style import monospace
from gui_app.ui.theme import GRID, Palette

CONTEXT = 1
"""Lines that stay in sight above and below the step that is shown."""
LONGEST_LINE = 2_000
"""Characters after which a line goes on in the next one: Qt draws a line as a whole."""
_NEWLINES = dict.fromkeys(map(ord, "\r\u2028\u2029\ufdd0\ufdd1\x0b\x0c\x1c\x1d\x1e\x85"), "\n") | {0: "␀"}
"""What Qt's text would take for the end of a line, or of the text."""


class Transcript(QPlainTextEdit):
    """Printed texts, those of steps after the present one dimmed; it follows the step until it is scrolled."""

    step_chosen = Signal(int)

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette
        self._steps: list[int] = []
        self._starts: list[int] = []
        """Where the text of each entry of ``_steps`` begins in the document."""
        self._step = 0
        self._ended = False
        """A newline is due before the next text: at the very end it would be an empty line."""
        self._follows = True
        self._gutter = _Gutter(self)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setUndoRedoEnabled(False)
        self.setAccessibleName("Console")
        self.setFont(monospace())
        self.document().setDocumentMargin(GRID / 2)
        self.updateRequest.connect(self._scroll_gutter)
        for bar in (self.verticalScrollBar(), self.horizontalScrollBar()):
            bar.actionTriggered.connect(self._on_scrolled)
        self._place_gutter()

    # What is shown

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self._palette = palette
        self._dim()
        self._gutter.update()

    def wipe(self) -> None:
        """Empty, and following again."""
        self._steps, self._starts = [], []
        self._ended, self._follows = False, True
        self.clear()
        self._place_gutter()
        self._dim()

    def add(self, printed: Iterable[Printed]) -> None:
        """More texts, in the order in which they were printed."""
        end = self.document().characterCount() - 1
        parts: list[str] = []
        for each in printed:
            text = ("\n" if self._ended else "") + _broken(each.text.translate(_NEWLINES))
            self._steps.append(each.step)
            self._starts.append(end + self._ended)
            self._ended = text.endswith("\n") and text != "\n" * self._ended
            text = text[:-1] if self._ended else text
            parts.append(text)
            end += units(text)
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText("".join(parts))
        self._place_gutter()
        self._dim()
        self._come_along()

    def set_step(self, step: int) -> None:
        """The step that is shown."""
        if step != self._step:
            self._step = step
            self._dim()
            self._come_along()
            self._gutter.update()

    def text(self) -> str:
        """Everything, with the newline at its end."""
        return self.toPlainText() + "\n" * self._ended

    def _known(self) -> int:
        """How many texts had been printed at the step that is shown."""
        return bisect_right(self._steps, self._step)

    def _dim(self) -> None:
        known = self._known()
        if known == len(self._steps):
            self.setExtraSelections([])
            return
        later = QTextEdit.ExtraSelection()
        style = QTextCharFormat()
        style.setForeground(QColor(self._palette.faint))
        later.cursor, later.format = QTextCursor(self.document()), style
        later.cursor.setPosition(self._starts[known])
        later.cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        self.setExtraSelections([later])

    # Following

    def _lines_of_step(self) -> tuple[int, int]:
        """First and last line of what was printed last at the step that is shown."""
        known = self._known()
        if not known:
            return 0, 0
        first = self.document().findBlock(self._starts[known - 1]).blockNumber()
        if known == len(self._starts):
            return first, self.blockCount() - 1
        after = self.document().findBlock(self._starts[known]).blockNumber()
        return first, max(first, after - 1)

    def _room(self) -> int:
        """Whole lines that are in sight."""
        height = self.viewport().height() - 2 * self.document().documentMargin()
        return max(1, int(height / max(1.0, QFontMetricsF(self.font()).lineSpacing())))

    def _come_along(self) -> None:
        """Scroll as little as needed to see what was printed last at the step that is shown."""
        if not self._follows:
            return
        (first, last), room, bar = self._lines_of_step(), self._room(), self.verticalScrollBar()
        top = max(bar.value(), last + CONTEXT + 1 - room)
        bar.setValue(min(top, max(0, max(first - CONTEXT, last + 1 - room))))

    def _on_scrolled(self) -> None:
        """Scrolled by hand: stay there, unless the step that is shown is in sight."""
        first, last = self._lines_of_step()
        top = self.verticalScrollBar().sliderPosition()
        self._follows = top <= last and first < top + self._room()

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event)
        self._on_scrolled()

    # The gutter

    def gutter_width(self) -> int:
        """Room for the number of the last step."""
        widest = max(2, len(f"{max(self._steps, default=0):,}"))
        return round(QFontMetricsF(monospace("small")).horizontalAdvance("9") * widest) + 3 * GRID

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_gutter()
        self._come_along()

    def _place_gutter(self) -> None:
        width, inside = self.gutter_width(), self.contentsRect()
        if self.viewportMargins().left() != width:
            self.setViewportMargins(width, 0, 0, 0)
        self._gutter.setGeometry(QRect(inside.left(), inside.top(), width, inside.height()))
        self._gutter.update()

    def _scroll_gutter(self, area: QRect, moved: int) -> None:
        if moved:
            self._gutter.scroll(0, moved)
        else:
            self._gutter.update(0, area.y(), self._gutter.width(), area.height())

    def step_at(self, y: int) -> int | None:
        """The step whose text stands at that height; None where there is none."""
        block = self.cursorForPosition(QPoint(0, y)).block()
        if not self._steps or y > self._bottom(block):
            return None
        return self._steps[max(0, bisect_right(self._starts, block.position()) - 1)]

    def _bottom(self, block: QTextBlock) -> float:
        return self.blockBoundingGeometry(block).translated(self.contentOffset()).bottom()

    def paint_gutter(self, painter: QPainter) -> None:
        """A step's number where a text of it begins; that of the step that is shown in its colour."""
        painter.fillRect(self._gutter.rect(), QColor(self._palette.panel))
        painter.setPen(QColor(self._palette.grid))
        painter.drawLine(self._gutter.rect().topRight(), self._gutter.rect().bottomRight())
        if not self._steps:
            return
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        index = bisect_right(self._starts, block.position() - 1)
        while block.isValid() and top <= self.height():
            starts = index < len(self._starts) and self._starts[index] < block.position() + block.length()
            if starts:
                self._paint_step(painter, self._steps[index], top + block.layout().lineAt(0).ascent())
            block, top = block.next(), top + self.blockBoundingRect(block).height()
            index = bisect_right(self._starts, block.position() - 1) if block.isValid() else index

    def _paint_step(self, painter: QPainter, step: int, baseline: float) -> None:
        now, later = step == self._step, step > self._step
        colours = self._palette
        painter.setPen(QColor(colours.cursor if now else colours.faint if later else colours.muted))
        painter.setFont(monospace("small"))
        number = f"{step:,}"
        left = self._gutter.width() - 1.5 * GRID - QFontMetricsF(painter.font()).horizontalAdvance(number)
        painter.drawText(QPointF(left, baseline), number)


class _Gutter(QWidget):
    """The strip at the left of the text; a click goes to the step."""

    def __init__(self, area: Transcript) -> None:
        super().__init__(area)
        self._area = area
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def paintEvent(self, _event: QPaintEvent) -> None:
        self._area.paint_gutter(QPainter(self))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        step = self._area.step_at(round(event.position().y()))
        if step is not None and event.button() == Qt.MouseButton.LeftButton:
            self._area.step_chosen.emit(step)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._area.wheelEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            step = self._area.step_at(event.pos().y())
            QToolTip.showText(event.globalPos(), "" if step is None else f"Go to step {step:,}", self)
            return True
        return super().event(event)


def _broken(text: str) -> str:
    """``text`` with lines of at most ``LONGEST_LINE`` characters."""
    if len(text) <= LONGEST_LINE:
        return text
    lines = text.split("\n")
    return "\n".join(
        line[start : start + LONGEST_LINE]
        for line in lines
        for start in range(0, max(1, len(line)), LONGEST_LINE)
    )
