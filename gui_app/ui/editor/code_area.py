"""The text area of the editor: line numbers, marks of faults, brackets, indentation, zoom. It knows no program."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QToolTip, QWidget

from gui_app.core.fault import Fault, Span
from gui_app.ui.editor import keys
from gui_app.ui.editor.message_strip import mixed, paint_mark
from gui_app.ui.editor.places import column_of, cursor_of, matching_brackets, visible_cursor_of
from gui_app.ui.style import monospace
from gui_app.ui.theme import GRID, Palette

SMALLEST, LARGEST = 7.0, 48.0


class CodeArea(QPlainTextEdit):
    """Monospaced text with a gutter; what is wrong is underlined and marked beside its line."""

    zoomed = Signal(float)

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self._faults: list[tuple[Fault, QTextCursor]] = []
        self._glow: QTextCursor | None = None
        self._failure: QTextCursor | None = None
        self._gutter = _Gutter(self)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(False)
        self.blockCountChanged.connect(self._place_gutter)
        self.updateRequest.connect(self._scroll_gutter)
        self.cursorPositionChanged.connect(self._mark)
        self.zoom(0)

    # What is shown

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self._palette = palette
        self._gutter.update()
        self._mark()

    def set_faults(self, faults: Sequence[Fault]) -> None:
        """Underline the faults that have a span and mark their lines."""
        document = self.document()
        self._faults = [(fault, visible_cursor_of(document, fault.span)) for fault in faults if fault.span]
        self._failure = None
        self._gutter.update()
        self._mark()

    def fail(self, span: Span | None) -> None:
        """A background that warns behind ``span``, until the next faults are set.

        It is scrolled into sight, unless somebody is typing.
        """
        self._failure = visible_cursor_of(self.document(), span) if span else None
        if self._failure and not self.hasFocus():
            self._reveal(self._failure.blockNumber())
        self._mark()

    def _reveal(self, line: int) -> None:
        """Scroll as little as needed to see that 0-based line; the caret stays."""
        bar, height = self.verticalScrollBar(), QFontMetricsF(self.font()).lineSpacing()
        room = max(1, int(self.viewport().height() / height) - 1)
        bar.setValue(min(line, max(bar.value(), line - room + 1)))

    def glow(self, span: Span | None) -> None:
        """A soft background behind ``span``."""
        self._glow = cursor_of(self.document(), span) if span else None
        self._mark()

    def set_points(self, points: float) -> None:
        """Size of the font, kept between ``SMALLEST`` and ``LARGEST``."""
        font = monospace()
        font.setPointSizeF(min(max(points, SMALLEST), LARGEST))
        self.setFont(font)
        self.setTabStopDistance(4 * QFontMetricsF(self.font()).horizontalAdvance(" "))
        self._place_gutter()
        self.zoomed.emit(self.font().pointSizeF())

    def zoom(self, by: float) -> None:
        """Larger or smaller by that many points; 0 goes back to the usual size."""
        self.set_points(self.font().pointSizeF() + by if by else monospace("title").pointSizeF())

    def caret(self) -> tuple[int, int]:
        """1-based line and 0-based column of the caret."""
        cursor = self.textCursor()
        return cursor.blockNumber() + 1, column_of(cursor.block(), cursor.position())

    def fault_on(self, line: int) -> Fault | None:
        """The first fault marked on that 1-based line."""
        for fault, cursor in self._faults:
            if self.document().findBlock(cursor.selectionStart()).blockNumber() + 1 == line:
                return fault
        return None

    def _mark(self) -> None:
        """What has failed, what glows, the brackets at the caret, and squiggles above them."""
        panel, found = self._palette.panel, []
        if self._failure:
            found.append(_selection(self._failure, mixed(self._palette.error, panel, 0.2)))
        if self._glow:
            found.append(_selection(self._glow, mixed(self._palette.cursor, panel, 0.28)))
        for place in matching_brackets(self.document(), self.textCursor().position()) or ():
            found.append(_selection(self._character(place), mixed(self._palette.accent, panel, 0.3)))
        found += [_squiggle(cursor, QColor(self._palette.error)) for _, cursor in self._faults]
        self.setExtraSelections(found)
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The current line first: as a selection it would leave a seam where the text ends."""
        line = self.cursorRect()
        line.setX(0)
        line.setWidth(self.viewport().width())
        painter = QPainter(self.viewport())
        painter.fillRect(line, mixed(self._palette.hover, self._palette.panel, 0.5))
        painter.end()
        super().paintEvent(event)

    def _character(self, position: int) -> QTextCursor:
        cursor = QTextCursor(self.document())
        cursor.setPosition(position)
        cursor.movePosition(QTextCursor.MoveOperation.NextCharacter, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    # What is typed

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and keys.action(event)
        ):
            event.accept()  # while the caret is here, these keys are the editor's and not the window's
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        act = keys.action(event)
        if act is None or not act(self):
            super().keyPressEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """A file that is dropped on the text is for the window to open."""
        return not source.hasUrls() and super().canInsertFromMimeData(source)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._explain(event.pos(), event.globalPos())
            return True
        return super().viewportEvent(event)

    def _explain(self, place: QPoint, on_screen: QPoint) -> None:
        position = self.cursorForPosition(place).position()
        for fault, cursor in self._faults:
            if cursor.selectionStart() <= position <= cursor.selectionEnd():
                QToolTip.showText(on_screen, sentence(fault), self)
                return
        QToolTip.hideText()

    # The gutter

    def gutter_width(self) -> int:
        """Room for the numbers of all lines and the mark of a fault."""
        digits = max(2, len(str(self.blockCount())))
        return round(QFontMetricsF(self.font()).horizontalAdvance("9") * digits) + 3 * GRID

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_gutter()

    def _place_gutter(self) -> None:
        self.setViewportMargins(self.gutter_width(), 0, 0, 0)
        inside = self.contentsRect()
        self._gutter.setGeometry(QRect(inside.left(), inside.top(), self.gutter_width(), inside.height()))
        self._gutter.update()

    def _scroll_gutter(self, area: QRect, moved: int) -> None:
        if moved:
            self._gutter.scroll(0, moved)
        else:
            self._gutter.update(0, area.y(), self._gutter.width(), area.height())

    def paint_gutter(self, painter: QPainter) -> None:
        """Numbers of the visible lines, the current one in full ink; a disc where something is wrong."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        block, current = self.firstVisibleBlock(), self.textCursor().blockNumber()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top <= self.height():
            # The layout's own height: the last block's bounding rectangle includes the document's margin.
            number, height = block.blockNumber(), block.layout().boundingRect().height()
            strong = number == current and self.hasFocus()
            painter.setPen(QColor(self._palette.text if strong else self._palette.muted))
            place = QRectF(2 * GRID, top, self._gutter.width() - 3 * GRID, height)
            painter.drawText(
                place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(number + 1)
            )
            if self.fault_on(number + 1):
                paint_mark(painter, QPointF(GRID + 2, top + height / 2), self._palette.error)
            block, top = block.next(), top + self.blockBoundingRect(block).height()

    def focusInEvent(self, event: QEvent) -> None:
        super().focusInEvent(event)
        self._gutter.update()

    def focusOutEvent(self, event: QEvent) -> None:
        super().focusOutEvent(event)
        self._gutter.update()


class _Gutter(QWidget):
    """The strip at the left of the text."""

    def __init__(self, area: CodeArea) -> None:
        super().__init__(area)
        self._area = area

    def sizeHint(self) -> QSize:
        return QSize(self._area.gutter_width(), 0)

    def paintEvent(self, _event: QPaintEvent) -> None:
        self._area.paint_gutter(QPainter(self))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            line = self._area.cursorForPosition(QPoint(0, event.pos().y())).blockNumber() + 1
            fault = self._area.fault_on(line)
            QToolTip.showText(event.globalPos(), sentence(fault) if fault else "", self)
            return True
        return super().event(event)


def sentence(fault: Fault) -> str:
    """What happened and what to do, without the place: that is seen."""
    return f"{fault.message} {fault.hint}".strip()


def _selection(cursor: QTextCursor, background: QColor) -> QTextEdit.ExtraSelection:
    found = QTextEdit.ExtraSelection()
    style = QTextCharFormat()
    style.setBackground(background)
    found.cursor, found.format = cursor, style
    return found


def _squiggle(cursor: QTextCursor, colour: QColor) -> QTextEdit.ExtraSelection:
    found = QTextEdit.ExtraSelection()
    style = QTextCharFormat()
    style.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
    style.setUnderlineColor(colour)
    found.cursor, found.format = cursor, style
    return found
