"""All that is known of the node that was clicked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import QFontInfo, QKeyEvent, QPalette, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QLabel, QStackedLayout, QWidget

from gui_app.core.graph import Graph, Node, TensorView
from gui_app.ui.inspector.browser import ExactBrowser
from gui_app.ui.inspector.elements import ElementsPane
from gui_app.ui.inspector.page import block_page, page
from gui_app.ui.inspector.subject import Subject
from gui_app.ui.inspector.writer import Writer
from gui_app.ui.style import monospace
from gui_app.ui.theme import GRID, Palette

EMPTY = "Click a node of the graph."
WIDE = 58 * GRID
"""Pixels from which a page has two columns."""
FORMULA = 1.4
"""Size of a formula against the text around it."""


class Inspector(QWidget):
    """Shows a node; its neighbours are links: ``node_chosen`` and ``node_hovered`` carry their ids (-1: none)."""

    node_chosen = Signal(int)
    node_hovered = Signal(int)

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self._graph: Graph | None = None
        self._node: int | None = None
        self._block: tuple[Node, tuple[int, ...]] | None = None
        self._program = ""
        self._written: tuple[object, ...] = ()
        self._elements = ""
        """Which elements are shown as a table: ``value``, ``gradient`` or none."""
        self._due = False
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self._empty = QLabel(EMPTY)
        self._empty.setObjectName("muted")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self.text = ExactBrowser(palette)
        self.text.setAccessibleName("Inspector")
        self.text.anchorClicked.connect(self._on_anchor)
        self.text.highlighted.connect(lambda url: self.node_hovered.emit(_node_of(url)))
        self.elements = ElementsPane()
        self.elements.left.connect(self._on_left)
        self._stack = QStackedLayout(self)
        for widget in (self._empty, self.text, self.elements):
            self._stack.addWidget(widget)
        self.setFocusProxy(self.text)

    def set_program(self, program: str) -> None:
        """The text that the spans of the graph's nodes point into."""
        if program != self._program:
            self._program = program
            self._show(keep_place=True)

    def show_node(self, graph: Graph | None, node_id: int | None) -> None:
        """Write about ``node_id`` of ``graph``; None, or an id that the graph has not, empties the page."""
        known = graph is not None and node_id is not None and 0 <= node_id < len(graph.nodes)
        another = node_id != self._node or self._block is not None
        if another:
            self._elements = ""
        self._graph, self._node, self._block = (graph, node_id, None) if known else (None, None, None)
        self._show(keep_place=known and not another)

    def show_block(self, graph: Graph, block: Node, members: Sequence[int]) -> None:
        """Write about a rolled-up block, whose ``members`` are node ids of ``graph``."""
        same = (
            self._block is not None and self._block[0].name == block.name and self._block[1] == tuple(members)
        )
        self._graph, self._node, self._block, self._elements = graph, None, (block, tuple(members)), ""
        self._show(keep_place=same)

    def apply_theme(self, palette: Palette) -> None:
        """Write with another palette."""
        self._palette = self.text.painter.palette = palette
        self._show(keep_place=True)

    def sizeHint(self) -> QSize:
        return QSize(40 * GRID, 40 * GRID)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._due:
            self._show(keep_place=False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (event.oldSize().width() >= WIDE) != (self.width() >= WIDE):
            self._show(keep_place=False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._elements:
            self._on_left()
        else:
            super().keyPressEvent(event)

    def _show(self, *, keep_place: bool) -> None:
        """Write what there is to see; behind other panels, as soon as it comes to the front."""
        self._due = not self.isVisible()
        if self._graph is None:
            self._written = ()
            self._stack.setCurrentWidget(self._empty)
        elif not self._due:
            view = self._table_view()
            if view is not None and view.elements is not None:
                assert self._node is not None
                name = Subject(self._graph, self._node).name(self._graph.nodes[self._node])
                self.elements.show_elements(f"{name} · {self._elements}", view.elements)
                self._stack.setCurrentWidget(self.elements)
            else:
                self._write(keep_place=keep_place)
                self._stack.setCurrentWidget(self.text)

    def _write(self, *, keep_place: bool) -> None:
        wide = self.width() >= WIDE
        content = (self._graph, self._node, self._block, self._program, self._palette, wide)
        if content == self._written:
            return
        self._written = content
        assert self._graph is not None
        pixels = round(QFontInfo(QApplication.font()).pixelSize() * FORMULA)
        writer = Writer(self._palette, QFontInfo(monospace()).family(), pixels, wide=wide)
        if self._block is not None:
            html = block_page(self._graph, *self._block, writer)
        else:
            assert self._node is not None
            html = page(Subject(self._graph, self._node, self._program), writer)
        bar = self.text.verticalScrollBar()
        place = bar.value() if keep_place else 0
        self.text.write(html, writer.figures)
        bar.setValue(place)

    def _table_view(self) -> TensorView | None:
        if self._graph is None or self._node is None or not self._elements:
            return None
        node = self._graph.nodes[self._node]
        return node.value if self._elements == "value" else node.gradient

    def _on_anchor(self, url: QUrl) -> None:
        if url.scheme() == "elements":
            self._elements = url.path()
            self._show(keep_place=True)
            self.elements.setFocus()
        else:
            self.node_chosen.emit(_node_of(url))

    def _on_left(self) -> None:
        self._elements = ""
        self._show(keep_place=True)
        self.text.setFocus()


def _node_of(url: QUrl) -> int:
    """The id in a link ``node:7``; -1 where there is none."""
    return int(url.path()) if url.scheme() == "node" else -1
