"""Completion and the signature of the call at the caret: two small windows that never take the focus."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QColor, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QHeaderView, QLabel, QTreeWidget, QTreeWidgetItem, QVBoxLayout

from gui_app.language.names import Words
from gui_app.ui.editor.code_area import CodeArea
from gui_app.ui.editor.vocabulary import Candidate, call_at, candidates
from gui_app.ui.style import monospace
from gui_app.ui.theme import GRID, Palette

WIDTH, ROWS = 40 * GRID, 8
CALL_LINES = 20
_LEAVES = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End)
_MOVES = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: ROWS, Qt.Key.Key_PageUp: -ROWS}


class _Window(QFrame):
    """Floats beside the caret; looks like a panel of the theme."""

    def __init__(self, area: CodeArea, palette: Palette) -> None:
        super().__init__(area, Qt.WindowType.ToolTip | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setObjectName("floating")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(1, 1, 1, 1)
        self.column.setSpacing(0)
        self.apply_theme(palette)

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self.palette_ = palette
        self.setStyleSheet(
            f"#floating {{ background: {palette.panel}; border: 1px solid {palette.border}; }}"
            f"#floating QTreeWidget {{ background: {palette.panel}; color: {palette.text}; border: none; }}"
            f"#floating QTreeWidget::item:selected {{ background: {palette.selection}; color: {palette.text}; }}"
            f"#floating QLabel {{ background: {palette.raised}; color: {palette.text}; }}"
            f"#floating QLabel {{ padding: {GRID // 2}px {GRID}px; }}"
        )


class _List(_Window):
    """What could be inserted, the help of the chosen one beneath."""

    def __init__(self, area: CodeArea, palette: Palette) -> None:
        super().__init__(area, palette)
        self.tree = QTreeWidget()
        self.tree.setColumnCount(2)
        self.tree.setHeaderHidden(True)
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.help = QLabel()
        self.help.setWordWrap(True)
        self.column.addWidget(self.tree)
        self.column.addWidget(self.help)
        self.tree.currentItemChanged.connect(self._on_current)

    def offer(self, found: list[Candidate]) -> None:
        """Fill the list; nothing is chosen yet."""
        self.tree.clear()
        font, muted = monospace(), QColor(self.palette_.muted)
        for candidate in found:
            item = QTreeWidgetItem([candidate.text, candidate.signature])
            item.setData(0, Qt.ItemDataRole.UserRole, candidate)
            item.setForeground(1, muted)
            item.setFont(0, font)
            self.tree.addTopLevelItem(item)
        self.help.setVisible(False)
        height = self.tree.sizeHintForRow(0) * min(ROWS, len(found)) + 2
        self.tree.setFixedHeight(height)
        self.setFixedWidth(WIDTH)
        self.adjustSize()

    def chosen(self) -> Candidate | None:
        """The chosen one, or none yet."""
        item = self.tree.currentItem()
        return None if item is None else item.data(0, Qt.ItemDataRole.UserRole)

    def first(self) -> Candidate:
        """The topmost one."""
        return self.tree.topLevelItem(0).data(0, Qt.ItemDataRole.UserRole)

    def move_choice(self, by: int) -> None:
        """Down or up by that many rows, round at the ends."""
        current = self.tree.indexOfTopLevelItem(self.tree.currentItem()) if self.tree.currentItem() else -1
        row = current + by if current >= 0 else (0 if by > 0 else -1)
        self.tree.setCurrentItem(self.tree.topLevelItem(row % self.tree.topLevelItemCount()))

    def _on_current(self) -> None:
        found = self.chosen()
        self.help.setText(found.help if found else "")
        self.help.setVisible(bool(found and found.help))
        self.adjustSize()


class Completion(QObject):
    """Listens to the keys of the text area. Tab takes the first or the chosen word, Enter a chosen one only."""

    def __init__(self, area: CodeArea, palette: Palette) -> None:
        super().__init__(area)
        self._area = area
        self._words: Words | None = None
        self._typed = False
        self._list = _List(area, palette)
        self._tip = _Window(area, palette)
        self._tip_text = QLabel()
        self._tip.column.addWidget(self._tip_text)
        area.installEventFilter(self)
        area.textChanged.connect(self._on_text)
        area.cursorPositionChanged.connect(self._on_caret)
        self._list.tree.itemClicked.connect(lambda _item: self._insert(self._list.chosen()))

    def set_words(self, words: Words | None) -> None:
        """The vocabulary to offer."""
        self._words = words

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self._list.apply_theme(palette)
        self._tip.apply_theme(palette)

    @property
    def offered(self) -> list[str]:
        """What the list shows now; empty while it is hidden."""
        tree = self._list.tree
        visible = self._list.isVisible()
        return [tree.topLevelItem(row).text(0) for row in range(tree.topLevelItemCount())] if visible else []

    def _before_in_call(self) -> str:
        """The text up to the caret, from so many lines before it as a call may be long."""
        cursor = QTextCursor(self._area.textCursor())
        end, top = cursor.position(), max(0, cursor.blockNumber() - CALL_LINES)
        cursor.setPosition(self._area.document().findBlockByNumber(top).position())
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        return cursor.selectedText().replace("\u2029", "\n")

    def _before(self) -> str:
        cursor = QTextCursor(self._area.textCursor())
        cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock, QTextCursor.MoveMode.KeepAnchor)
        return cursor.selectedText()

    def _show(self, *, asked: bool = False) -> None:
        stem, found = candidates(self._words, self._area.toPlainText(), self._before(), asked=asked)
        if not found:
            self._list.hide()
            return
        self._list.offer(found)
        start = QTextCursor(self._area.textCursor())
        start.movePosition(QTextCursor.MoveOperation.Left, n=len(stem))
        self._place(self._list, self._area.cursorRect(start).bottomLeft() + QPoint(0, 2))
        self._tip.hide()

    def _place(self, window: _Window, corner: QPoint) -> None:
        """Show ``window`` at ``corner`` of the text, inside the screen."""
        screen = self._area.screen().availableGeometry()
        place = self._area.viewport().mapToGlobal(corner)
        place.setX(max(screen.left(), min(place.x(), screen.right() - window.width())))
        if place.y() + window.height() > screen.bottom():
            place.setY(place.y() - window.height() - self._area.cursorRect().height() - GRID)
        window.move(place)
        window.show()

    def _on_text(self) -> None:
        if self._typed:
            self._typed = False
            self._show()

    def _on_caret(self) -> None:
        call = call_at(self._words, self._before_in_call()) if self._area.hasFocus() else None
        if call is None or self._list.isVisible():
            self._tip.hide()
            return
        self._tip_text.setText("\n".join(filter(None, (call.signature, call.help))))
        self._tip.adjustSize()
        self._place(self._tip, self._area.cursorRect().bottomLeft() + QPoint(0, GRID))

    def _insert(self, candidate: Candidate | None) -> bool:
        if candidate is None:
            return False
        stem, _ = candidates(self._words, "", self._before(), asked=True)
        self._list.hide()
        cursor = self._area.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor, len(stem))
        cursor.insertText(candidate.text)
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self._list.hide()
            self._tip.hide()
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._on_key(event)
        return super().eventFilter(watched, event)

    def _on_key(self, event: QKeyEvent) -> bool:
        """Whether the key is used up here."""
        key, held = Qt.Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key == Qt.Key.Key_Space and held == Qt.KeyboardModifier.ControlModifier:
            self._show(asked=True)
            return True
        if self._list.isVisible() and not held and self._on_list_key(key):
            return True
        if key == Qt.Key.Key_Escape and self._tip.isVisible():
            self._tip.hide()
            return True
        erases = key == Qt.Key.Key_Backspace and self._list.isVisible()
        self._typed = erases or event.text() == "." or event.text().isalnum() or event.text() == "_"
        if not self._typed and (event.text() or key in _LEAVES):
            self._list.hide()
        return False

    def _on_list_key(self, key: Qt.Key) -> bool:
        if key in _MOVES:
            self._list.move_choice(_MOVES[key])
        elif key == Qt.Key.Key_Tab:
            self._insert(self._list.chosen() or self._list.first())
        elif key == Qt.Key.Key_Escape:
            self._list.hide()
        else:
            return key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._insert(self._list.chosen())
        return True
