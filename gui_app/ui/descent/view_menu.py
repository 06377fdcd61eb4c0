"""The menu of the descent panel: which view, along which axes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit, QMenu, QToolButton, QWidget, QWidgetAction

from gui_app.core.experiment import Experiment
from gui_app.ui.descent.choice import AXES, VIEWS, Choice, offered
from gui_app.ui.descent.elements import column_of, count, element_at, first_elements

LISTED = 24
"""Most parameter elements in a list; others are typed."""


class DescentMenu(QMenu):
    """Built anew whenever it opens. It says what is wished; it keeps nothing."""

    chosen = Signal(object)
    """Choice."""
    follow_toggled = Signal(bool)

    def __init__(self, parent: QWidget, state: Callable[[], tuple[Experiment, Choice, bool]]) -> None:
        """``state`` gives the experiment, what is chosen, and whether step k is followed."""
        super().__init__(parent)
        self._state = state
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.build)

    def open_from(self, button: QToolButton) -> None:
        """Open below this button when it is pressed."""
        button.setMenu(self)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def build(self) -> None:
        """Offer what there is."""
        self.clear()
        experiment, choice, follows = self._state()
        total = count(experiment)
        for view in offered(total):
            spec = VIEWS[view]
            self._entry(self, spec.title, spec.tip, view == choice.view, replace(choice, view=view))
        if choice.is_field and total > 2:
            self.addSection("Axes")
            for axes, (title, tip) in AXES.items():
                self._entry(self, title, tip, axes == choice.axes, replace(choice, axes=axes))
            self._offer_details(experiment, choice)
        self._offer_signs(choice)
        if choice.view in ("curve", "contour"):
            follow = self.addAction("Follow step k")
            follow.setToolTip("Keep the point of the step that is shown in sight")
            follow.setCheckable(True)
            follow.setChecked(follows)
            follow.toggled.connect(self.follow_toggled)

    def _offer_signs(self, choice: Choice) -> None:
        """What is drawn besides."""
        if choice.is_field or choice.view == "curve":
            self.addSeparator()
        if choice.is_field:
            self._entry(self, "Key", "What the signs mean", choice.key, replace(choice, key=not choice.key))
        if choice.view in ("curve", "contour"):
            other = replace(choice, quadratic=not choice.quadratic)
            tip = "The parabola or paraboloid that has the same value, gradient and curvature at step k"
            self._entry(self, "Local quadratic", tip, choice.quadratic, other)

    def _offer_details(self, experiment: Experiment, choice: Choice) -> None:
        """What can be changed about the axes."""
        if choice.axes == "random":
            again = self.addAction("Draw other random directions")
            again.triggered.connect(lambda: self.chosen.emit(replace(choice, seed=choice.seed + 1)))
        elif choice.axes == "numbers":
            for axis, title in enumerate(("Horizontal axis", "Vertical axis")):
                self.addMenu(self._axis_menu(title, axis, experiment, choice))

    def _axis_menu(self, title: str, axis: int, experiment: Experiment, choice: Choice) -> QMenu:
        """The elements that one axis can run along; the other axis' element takes its place if it is chosen."""
        current = element_at(experiment, choice.columns[axis])
        menu = QMenu(f"{title}: {current.name}", self)

        def chosen(column: int) -> Choice:
            columns = list(choice.columns)
            if columns[1 - axis] == column:
                columns[1 - axis] = columns[axis]
            columns[axis] = column
            return replace(choice, columns=(columns[0], columns[1]))

        for element in first_elements(experiment, LISTED):
            self._entry(menu, element.name, "", element == current, chosen(element.column))
        if count(experiment) > LISTED:
            menu.addSeparator()
            menu.addAction(self._typed(menu, experiment, lambda column: self.chosen.emit(chosen(column))))
        return menu

    def _typed(self, menu: QMenu, experiment: Experiment, found: Callable[[int], None]) -> QWidgetAction:
        """A field for the name of any other element."""
        line = QLineEdit()
        last = element_at(experiment, count(experiment) - 1).name
        line.setPlaceholderText(f"another one, up to {last}")
        line.setAccessibleName("Name of a parameter element")

        def on_entered() -> None:
            column = column_of(experiment, line.text())
            if column is None:
                line.selectAll()
            else:
                self.close()
                menu.close()
                found(column)

        line.returnPressed.connect(on_entered)
        action = QWidgetAction(menu)
        action.setDefaultWidget(line)
        return action

    def _entry(self, menu: QMenu, text: str, tip: str, checked: bool, choice: Choice) -> QAction:
        made = menu.addAction(text)
        made.setToolTip(tip)
        made.setCheckable(True)
        made.setChecked(checked)
        made.triggered.connect(lambda: self.chosen.emit(choice))
        return made
