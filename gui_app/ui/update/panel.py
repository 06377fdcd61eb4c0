"""The step in numbers: every element's value, gradient and update, and the whole arithmetic of one of them."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from gui_app.core.arithmetic import Arithmetic, ArithmeticAsked
from gui_app.core.experiment import Experiment
from gui_app.core.fault import Fault
from gui_app.core.history import History
from gui_app.core.moment import Moment
from gui_app.core.numbers import full, short
from gui_app.core.session import resume_of
from gui_app.ui.lens_view import LensView
from gui_app.ui.resources import Icons
from gui_app.ui.theme import GRID, Palette
from gui_app.ui.update.sheet import Sheet
from gui_app.ui.update.table import MOST_ROWS, ElementModel, ElementTable
from gui_app.ui.update.writing import blocks_of, title_of

EMPTY = "The numbers of a step appear here as soon as the objective can be evaluated."
SCRIPT = "A script makes its own updates. Their numbers are in the table; the arithmetic is told of objectives only."
PASSED_OVER = (
    "The objective does not use {name} at this step. It has no gradient, so the optimizer passes over it."
)
WIDE = 110 * GRID
"""Pixels from which on the arithmetic stands beside the table instead of below it."""
LOW = 38 * GRID
"""Pixels up to which a narrow panel shows one line about the chosen element instead of the table."""
TABLE_SHARE = 0.42
"""Most of the height that the table takes of its own accord."""
LEAST = 30 * GRID, 15 * GRID
"""The smallest size, in pixels."""
MOST_HEIGHT = 16_777_215
"""What Qt takes for no bound."""

Key = tuple[History, Experiment, int, int, bool]


class UpdatePanel(LensView):
    """The table of elements and, for the chosen one, the update from step k to the next as formulas with numbers."""

    def __init__(self, palette: Palette, icons: Icons, parent: QWidget | None = None) -> None:  # noqa: ARG002
        super().__init__(palette, parent)
        self.model = ElementModel(palette)
        self.table = ElementTable(self.model)
        self.sheet = Sheet(palette)
        self._told: Arithmetic | None = None
        self._asked_for: Key | None = None
        self._is_waiting = False
        self._head, self._note = _words(), _words()
        self._name_box = _names(self.model)
        self._head_text = ""
        self._scroll = QScrollArea()
        self._scroll.setWidget(self.sheet)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._lower = QWidget()
        below = _column(self._lower)
        below.addWidget(self._note)
        below.addWidget(self._scroll, 1)
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self.table)
        self._split.addWidget(self._lower)
        # The panel itself has no layout: other numbers must not make the whole window arrange its docks anew.
        self._body = QWidget(self)
        self.setMinimumSize(*LEAST)
        column = _column(self._body)
        column.addLayout(_row(self._name_box, self._head))
        column.addWidget(self._split, 1)
        self.table.chosen.connect(self._on_chosen)
        self._name_box.activated.connect(self._on_named)
        self._split.splitterMoved.connect(self._on_split_moved)
        self._is_arranged = False
        """The user has divided the room."""
        self._show_nothing()

    def apply_theme(self, palette: Palette) -> None:
        """See LensView."""
        super().apply_theme(palette)
        self.model.theme = palette
        self.table.viewport().update()
        self.sheet.apply_theme(palette)
        self._write()

    # What is shown

    def refresh(self) -> None:
        """See LensView."""
        moment = self.moment
        if moment is None or moment.history is None or not moment.is_recorded:
            self._show_nothing()
            return
        self._split.show()
        self._show_elements(moment, moment.history)
        reason = self._no_arithmetic(moment)
        if reason:
            self._give_up()
            self._say(reason)
        else:
            self._ask()

    def _show_nothing(self) -> None:
        self._give_up()
        self._split.hide()
        self._name_box.hide()
        self._head.setText(EMPTY)
        self._head.setToolTip("")

    def _give_up(self) -> None:
        """Nothing is wanted any more of what was asked."""
        self._told = self._asked_for = None
        if self._is_waiting:
            self._is_waiting = False
            self.withdrawn.emit()

    def _show_elements(self, moment: Moment, history: History) -> None:
        step, before = moment.step, self._name
        names = [spec.name for spec in moment.experiment.parameters]
        if self.model.set_elements(history.columns, names):
            self.table.fit_names()
            self._go_to(before)
            self._arrange()
        following = history.parameters(step + 1) if history.neighbour(step, 1) == step + 1 else None
        self.model.set_numbers(history.parameters(step), history.gradients(step), following)
        loss = float(history.losses[step])
        more = len(history.columns) - MOST_ROWS
        rest = f"   ·   the first {MOST_ROWS:,} of {len(history.columns):,} elements" if more > 0 else ""
        self._head_text = f"Step {step:,}   ·   loss {short(loss)}{rest}"
        self._head.setToolTip(f"loss = {full(loss)}")
        self._write_head()

    @property
    def _is_low(self) -> bool:
        """Whether there is no room for the table."""
        return self.width() < WIDE and self.height() < LOW

    def _write_head(self) -> None:
        """The step; where the table has no room, the chosen element and where it goes, too."""
        chosen, low = self.model.chosen, self._is_low and self.model.rowCount() > 0
        self._name_box.setVisible(low and self._split.isVisibleTo(self))
        self.table.setVisible(not low)
        if not self._split.isVisibleTo(self):
            return
        self._name_box.setCurrentIndex(chosen)
        way = [self.model.number(chosen, column) for column in (1, 4)] if low else []
        told = " → ".join("–" if x is None or x != x else short(x) for x in way)
        text = f"{told}   ·   step {self.moment.step:,}" if told and self.moment else self._head_text
        self._head.setText(text.replace("-", "−"))

    def _no_arithmetic(self, moment: Moment) -> str:
        """Why there is none at this step, in words; empty if there is."""
        assert moment.history is not None
        if moment.is_script:
            return SCRIPT
        if moment.diverged and moment.step == moment.history.last:
            return moment.diverged
        return "" if moment.history.columns else "There is nothing to update."

    # Asking

    def _key(self) -> Key | None:
        """What the arithmetic depends on."""
        moment = self.moment
        if moment is None or moment.history is None:
            return None
        history = moment.history
        return history, moment.experiment, moment.step, self.model.chosen, moment.step == history.last

    def _ask(self) -> None:
        """Ask, unless that has been asked already, or an answer about the same record is still on its way."""
        key, before = self._key(), self._asked_for
        if key is None or _same(key, before):
            return
        if self._is_waiting and before is not None and before[0] is key[0]:
            return
        history, experiment, step, column, is_newest = key
        resume = resume_of(history, step)
        if is_newest:
            resume = replace(resume, changes={**resume.changes, step: experiment.optimizer})
        self._asked_for, self._is_waiting = key, True
        self.asked.emit(ArithmeticAsked(experiment, resume=resume, column=column))

    def take(self, answer: object) -> None:
        """See LensView."""
        self._is_waiting = False
        if isinstance(answer, Arithmetic):
            self._told = answer
            self._write()
        self._ask()

    def fail(self, fault: Fault) -> None:
        """See LensView."""
        self._is_waiting, self._told = False, None
        self._say(str(fault))
        self._ask()

    def _write(self) -> None:
        """Show what has been told."""
        told, moment = self._told, self.moment
        if told is None or moment is None:
            return
        if told.step == moment.step:
            self.model.set_following(told.following)
            self._write_head()
        if not told.lines:
            self._say(PASSED_OVER.format(name=told.name))
            return
        self._note.hide()
        self._scroll.show()
        colour = self.model.colour(told.column)
        self.sheet.show_blocks(title_of(told), blocks_of(told), told.values, colour)

    def _say(self, words: str) -> None:
        self._scroll.hide()
        self._note.setText(words)
        self._note.show()

    # Choosing

    @property
    def _name(self) -> str:
        """Of the chosen element."""
        return self.model.name(self.model.chosen) if self.model.rowCount() else ""

    def _go_to(self, name: str) -> None:
        """Choose the element of that name, or the first one."""
        row = self.model.row_of(name)
        self.model.choose(row)
        if self.model.rowCount():
            self.table.setCurrentIndex(self.model.index(row, 0))

    def _on_named(self, row: int) -> None:
        self.table.setCurrentIndex(self.model.index(row, 0))

    def _on_chosen(self, row: int) -> None:
        if row == self.model.chosen:
            return
        self.model.choose(row)
        self._write_head()
        if self.moment is not None and self.moment.is_recorded and not self._no_arithmetic(self.moment):
            self._ask()

    # Dividing the room

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._body.setGeometry(self.rect())
        self._arrange()

    def _on_split_moved(self, _at: int, _index: int) -> None:
        self._is_arranged = True

    def _arrange(self) -> None:
        """The table takes what it needs, at most its share; in a wide panel the two stand side by side."""
        self._write_head()
        wide = self.width() >= WIDE
        orientation = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        if orientation != self._split.orientation():
            self._split.setOrientation(orientation)
            self._is_arranged = False
        self.table.setMaximumHeight(MOST_HEIGHT if wide else self.table.natural_height)
        if not self._is_arranged:
            whole = self._split.width() if wide else self._split.height()
            most = round(whole * TABLE_SHARE)
            table = most if wide else min(self.table.natural_height, most)
            self._split.setSizes([table, whole - table])


def _same(key: Key, other: Key | None) -> bool:
    """Whether both are the same record, experiment, step and element; large things are not compared in depth."""
    return other is not None and key[0] is other[0] and key[1] is other[1] and key[2:] == other[2:]


def _words() -> QLabel:
    label = QLabel()
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setWordWrap(True)
    label.setContentsMargins(GRID + 4, GRID, GRID + 4, GRID)
    return label


def _names(model: ElementModel) -> QComboBox:
    """All elements, to choose one of."""
    box = QComboBox()
    box.setModel(model)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(6)
    box.setAccessibleName("Element")
    box.setToolTip("The element whose update is worked out")
    box.hide()
    return box


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(GRID, 0, 0, 0)
    row.setSpacing(0)
    for widget in widgets:
        row.addWidget(widget, int(isinstance(widget, QLabel)))
    return row


def _column(widget: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    return column
