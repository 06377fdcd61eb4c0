"""A table of numbers that are copied in full precision."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QTableView


class NumbersView(QTableView):
    """Copies the selected cells in full precision, tab-separated: what their tool tips say."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def copy(self) -> None:
        """Put the selection on the clipboard."""
        rows: dict[int, list[str]] = {}
        for index in sorted(self.selectedIndexes(), key=lambda i: (i.row(), i.column())):
            rows.setdefault(index.row(), []).append(str(index.data(Qt.ItemDataRole.ToolTipRole)))
        QGuiApplication.clipboard().setText("\n".join("\t".join(cells) for cells in rows.values()))
