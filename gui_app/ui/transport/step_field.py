"""``step 12 of 400``, where the 12 can be typed over."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from gui_app.ui.theme import GRID


class StepField(QWidget):
    """Emits ``step_chosen`` on Return, cut to what is recorded; typing is never disturbed by a running run."""

    step_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._last, self._step = 0, 0
        self._field = QLineEdit("0")
        self._field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._field.setAccessibleName("Step")
        self._field.setToolTip("The step that every panel shows. Type a number to go there.")
        self._field.setValidator(QRegularExpressionValidator("[0-9][0-9,]{0,14}", self._field))
        self._field.setFixedWidth(self._field.fontMetrics().horizontalAdvance("0,000,000") + 2 * GRID)
        self._of = QLabel()
        self._of.setObjectName("muted")
        name = QLabel("step")
        name.setObjectName("muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        for widget in (name, self._field, self._of):
            row.addWidget(widget)
        self._field.returnPressed.connect(self._on_return)
        self._field.editingFinished.connect(self._show)
        self.set_range(0, 0)

    def set_range(self, recorded_last: int, planned: int) -> None:
        """The last step that is recorded, and how many are planned."""
        self._last = max(0, recorded_last)
        self._of.setText(f"of {max(recorded_last, planned):,}")

    def set_step(self, step: int) -> None:
        """Show that step, unless somebody is typing another one."""
        self._step = step
        if not (self._field.hasFocus() and self._field.isModified()):
            self._show()

    def _show(self) -> None:
        self._field.setText(f"{self._step:,}")

    def _on_return(self) -> None:
        self.step_chosen.emit(min(int(self._field.text().replace(",", "")), self._last))
        self._field.setModified(False)
        self._field.clearFocus()
