"""All that is known of the node that was clicked."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontInfo,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPalette,
    QTextBlock,
)
from PySide6.QtWidgets import QLabel, QMenu, QStackedLayout, QTextBrowser, QWidget

from gui_app.core.graph import Graph
from gui_app.ui.inspector.page import Page
from gui_app.ui.style import monospace
from gui_app.ui.theme import GRID, Palette

EMPTY = "Click a node of the graph."


class Inspector(QWidget):
    """Shows a node; its neighbours are links: ``node_chosen`` and ``node_hovered`` carry their ids (-1: none)."""

    node_chosen = Signal(int)
    node_hovered = Signal(int)

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self._graph: Graph | None = None
        self._node: int | None = None
        self._html = ""
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self._empty = QLabel(EMPTY)
        self._empty.setObjectName("muted")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self.text = ExactBrowser()
        self.text.setAccessibleName("Inspector")
        self.text.anchorClicked.connect(lambda url: self.node_chosen.emit(_node_of(url)))
        self.text.highlighted.connect(lambda url: self.node_hovered.emit(_node_of(url)))
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.text)
        self.setFocusProxy(self.text)

    def show_node(self, graph: Graph | None, node_id: int | None) -> None:
        """Write about ``node_id`` of ``graph``; None, or an id that the graph has not, empties the page."""
        known = graph is not None and node_id is not None and 0 <= node_id < len(graph.nodes)
        another = node_id != self._node
        self._graph, self._node = (graph, node_id) if known else (None, None)
        self._write(keep_place=known and not another)

    def apply_theme(self, palette: Palette) -> None:
        """Write with another palette."""
        self._palette = palette
        self._write(keep_place=True)

    def sizeHint(self) -> QSize:
        return QSize(40 * GRID, 40 * GRID)

    def _write(self, *, keep_place: bool) -> None:
        if self._graph is None or self._node is None:
            self._stack.setCurrentWidget(self._empty)
            return
        html = Page(self._graph, self._node, self._palette, QFontInfo(monospace()).family()).html()
        if html != self._html:
            self._html = html
            bar = self.text.verticalScrollBar()
            place = bar.value() if keep_place else 0
            self.text.setHtml(html)
            bar.setValue(place)
        self._stack.setCurrentWidget(self.text)


class ExactBrowser(QTextBrowser):
    """Rich text whose numbers are copied in the full precision that hovering over them shows."""

    def __init__(self) -> None:
        super().__init__()
        self.setOpenLinks(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.document().setDocumentMargin(1.5 * GRID)

    def copy_selection(self) -> None:
        """Put the selected text on the clipboard, each whole number of it in full.

        By hand: data that ``createMimeDataFromSelection`` made in Python would outlive Python on the clipboard.
        """
        cursor = self.textCursor()
        first, last = cursor.selectionStart(), cursor.selectionEnd()
        block, lines = self.document().findBlock(first), []
        while block.isValid() and block.position() < last:
            lines.append(_exact(block, first, last))
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


def _exact(block: QTextBlock, first: int, last: int) -> str:
    """The text of a block between two positions; a number that lies inside as a whole is written in full."""
    text, iterator = "", block.begin()
    while not iterator.atEnd():
        fragment = iterator.fragment()
        start, end = fragment.position(), fragment.position() + fragment.length()
        whole = fragment.charFormat().toolTip()
        if whole and first <= start and end <= last:
            text += whole
        else:
            text += fragment.text()[max(0, first - start) : max(0, last - start)]
        iterator += 1
    return text


def _node_of(url: QUrl) -> int:
    """The id in a link ``node:7``; -1 where there is none."""
    return int(url.path()) if url.scheme() == "node" else -1
