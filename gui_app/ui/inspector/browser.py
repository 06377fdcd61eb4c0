"""Rich text with figures in it: painted sharp at any size, copied as text, explained on hover."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPyTextObject,
    QResizeEvent,
    QTextBlock,
    QTextDocument,
    QTextFormat,
    QTextOption,
)
from PySide6.QtWidgets import QMenu, QTextBrowser, QToolTip, QWidget

from gui_app.ui.inspector.figures import Figure
from gui_app.ui.theme import GRID, Palette

SOFT = "\u200b"
"""Where a long name may be broken; not copied."""
COLUMN_GAP = 2.0 * GRID


class FigurePainter(QPyTextObject):
    """Takes the place of the images of a document: ``<img src='figure name'>`` is a figure."""

    def __init__(self, parent: QWidget, palette: Palette) -> None:
        super().__init__(parent)
        self.palette = palette
        self.figures: Mapping[str, tuple[Figure, float]] = {}
        self._places: dict[str, QRectF] = {}

    def intrinsicSize(self, document: QTextDocument, _position: int, kind: QTextFormat) -> QSizeF:
        found = self.figures.get(kind.toImageFormat().name())
        if found is None:
            return QSizeF()
        figure, share = found
        width = (document.textWidth() - 2 * document.documentMargin()) * share - (
            COLUMN_GAP if share < 1 else 0
        )
        return figure.size(max(width, 20.0 * GRID))

    def drawObject(
        self, painter: QPainter, where: QRectF, _document: QTextDocument, _position: int, kind: QTextFormat
    ) -> None:
        name = kind.toImageFormat().name()
        if name in self.figures:
            self._places[name] = QRectF(where)
            self.figures[name][0].paint(painter, where, self.palette)

    def show(self, figures: Mapping[str, tuple[Figure, float]]) -> None:
        """Figures for the next text."""
        self.figures, self._places = figures, {}

    def tip(self, at: QPointF) -> str:
        """What the figure at a point of the document says of it."""
        for name, where in self._places.items():
            if where.contains(at) and name in self.figures:
                return self.figures[name][0].tip(at - where.topLeft(), where.size())
        return ""


class ExactBrowser(QTextBrowser):
    """Rich text whose numbers are copied in the full precision that hovering over them shows."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.setOpenLinks(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setWordWrapMode(QTextOption.WrapMode.WordWrap)
        self.document().setDocumentMargin(1.5 * GRID)
        self.painter = FigurePainter(self, palette)
        image = QTextFormat.ObjectTypes.ImageObject.value
        self.document().documentLayout().registerHandler(image, self.painter)

    def write(self, html: str, figures: Mapping[str, tuple[Figure, float]]) -> None:
        """Show a text with its figures."""
        self.painter.show(figures)
        if (
            self.verticalScrollBar().maximum()
        ):  # stays while the text is empty, or each is laid out three times
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setHtml(html)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)

    def copy_selection(self) -> None:
        """Put the selected text on the clipboard, each whole number of it in full, formulas as text.

        By hand: data that ``createMimeDataFromSelection`` made in Python would outlive Python on the clipboard.
        """
        cursor = self.textCursor()
        first, last = cursor.selectionStart(), cursor.selectionEnd()
        block, lines = self.document().findBlock(first), []
        while block.isValid() and block.position() < last:
            lines.append(self._exact(block, first, last))
            block = block.next()
        if lines:
            QGuiApplication.clipboard().setText("\n".join(lines))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_selection()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        copy = menu.addAction("Copy", self.copy_selection)
        copy.setEnabled(self.textCursor().hasSelection())
        menu.addAction("Select all", self.selectAll)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Figures depend on the width, which the document does not know of them."""
        narrower = event.oldSize().width() != event.size().width()
        super().resizeEvent(event)
        if narrower and self.painter.figures:
            self.document().markContentsDirty(0, self.document().characterCount())

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            scrolled = QPointF(self.horizontalScrollBar().value(), self.verticalScrollBar().value())
            tip = self.painter.tip(QPointF(event.pos()) + scrolled)
            if tip:
                QToolTip.showText(event.globalPos(), tip, self)
                return True
        return super().viewportEvent(event)

    def _exact(self, block: QTextBlock, first: int, last: int) -> str:
        """The text of a block between two positions; a number that lies inside as a whole is written in full."""
        text, iterator = "", block.begin()
        while not iterator.atEnd():
            fragment = iterator.fragment()
            start, end = fragment.position(), fragment.position() + fragment.length()
            kind = fragment.charFormat()
            found = self.painter.figures.get(kind.toImageFormat().name()) if kind.isImageFormat() else None
            whole = kind.toolTip()
            if found is not None:
                text += found[0].plain() if first <= start and end <= last else ""
            elif whole and first <= start and end <= last:
                text += whole
            else:
                text += fragment.text()[max(0, first - start) : max(0, last - start)]
            iterator += 1
        return text.replace(SOFT, "")
