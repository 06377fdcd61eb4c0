"""A view that asks: the panels which need more than the record to show a step."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from gui_app.core.fault import Fault
from gui_app.core.moment import Moment
from gui_app.ui.theme import Palette


class LensView(QWidget):
    """Is handed moments, asks the engine about them, and paints the answers.

    Override ``refresh``, ``take``, ``fail`` and ``apply_theme``. ``refresh`` is called on the GUI thread when another
    moment is shown, at most 30 times a second, and only while the view can be seen. A question that is asked makes
    the view's earlier one void: its answer does not come any more.
    """

    asked = Signal(object)
    """A Question; its answer, or its answers one after the other, come to ``take``, a Fault to ``fail``."""
    withdrawn = Signal()
    """Nothing is wanted any more of what was asked."""
    experiment_edited = Signal(object)
    """Experiment: the user has changed it here."""
    step_chosen = Signal(int)
    branch_chosen = Signal(int)
    """Number of a branch that is to be shown."""
    branches_made = Signal(object)
    """tuple[Branch, ...]: further records of the same experiment, to be seen in every view."""
    branches_dropped = Signal(object)
    """set[int]: numbers of branches that nobody wants any more."""

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.palette_ = palette
        self.moment: Moment | None = None
        """What is shown, or will be when the view is seen."""
        self._stale = self._veiled = False

    def set_moment(self, moment: Moment) -> None:
        """Show this from now on."""
        self.moment = moment
        self._stale = True
        self._look()

    def set_veiled(self, veiled: bool) -> None:
        """Whether something lies before the view: Qt calls a panel behind others of its tab bar visible, too."""
        self._veiled = veiled
        self._look()

    @property
    def is_seen(self) -> bool:
        """Whether the view is on the screen, with nothing before it."""
        return self.isVisible() and not self._veiled

    def _look(self) -> None:
        if self._stale and self.is_seen:
            self._stale = False
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look()

    def refresh(self) -> None:
        """``self.moment`` is another one than before, or the record has grown."""

    def take(self, answer: object) -> None:
        """An answer to what was asked."""

    def fail(self, fault: Fault) -> None:
        """There is no answer, and why."""

    def apply_theme(self, palette: Palette) -> None:
        """Use other colours from now on."""
        self.palette_ = palette
        self.update()
