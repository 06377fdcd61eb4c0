"""The panel of lenses: a row of choices, and the page of the one that is chosen."""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QStackedWidget, QToolButton, QVBoxLayout, QWidget

from gui_app.core.fault import Fault
from gui_app.core.lenses import Curvature
from gui_app.core.moment import Moment
from gui_app.ui.lens_view import LensView
from gui_app.ui.lenses.check_page import CheckPage
from gui_app.ui.lenses.curvature_page import CurvaturePage
from gui_app.ui.lenses.jacobian_page import JacobianPage
from gui_app.ui.lenses.page import Page
from gui_app.ui.lenses.range_page import RangePage
from gui_app.ui.lenses.why_page import WhyPage
from gui_app.ui.resources import Icons
from gui_app.ui.theme import GRID, Palette
from gui_app.ui.view_buttons import ViewButtons

EMPTY = "As soon as the objective can be evaluated, its curvature, its Jacobian and more are shown here."
SCRIPT = (
    "A script takes its steps itself, so there is no objective to look at from here. "
    "The gradient check and the Jacobian work."
)
GAP_MS, REST_MS = 100, 300
"""From an answer to the next question while the step moves; and how long it must rest before a long question."""


class LensesPanel(LensView):
    """Asks about step k what the chosen page wants to know."""

    quadratic_found = Signal(object)
    """The local Quadratic at the shown step, or None: nothing is known of what is shown now."""
    limit_found = Signal(object)
    """The largest stable learning rate at the shown step (float), or None."""

    def __init__(self, palette: Palette, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(palette, parent)
        self._icons = icons
        self.curvature, self.check = CurvaturePage(palette), CheckPage(palette)
        self.jacobian, self.range, self.why = JacobianPage(palette), RangePage(palette), WhyPage(palette)
        self.pages: tuple[Page, ...] = (self.curvature, self.check, self.jacobian, self.range, self.why)
        self._subjects: dict[Page, Hashable] = {}
        """What each page shows, or has been told to have no answer to."""
        self._pending: tuple[Page, Hashable] | None = None
        """What is asked and not answered yet."""
        self._record: object = None
        self._resting: Hashable = None
        """What a long question would be about, once it has stayed the same for a while."""
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self.refresh)
        self._build()
        self._connect()

    def _build(self) -> None:
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self._stack = QStackedWidget()
        for page in self.pages:
            self._stack.addWidget(page)
        self._buttons = ViewButtons((page.title, page.help) for page in self.pages)
        self.button_of(self.why).hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._buttons)
        column.addWidget(self._stack, 1)
        for page in self.pages:
            page.tell(EMPTY)

    def _connect(self) -> None:
        self._buttons.chosen.connect(lambda number: self.choose(self.pages[number]))
        self.curvature.answered.connect(self._on_curvature)
        for page in self.pages:
            page.experiment_edited.connect(self.experiment_edited)
            page.step_chosen.connect(self.step_chosen)
            page.question_changed.connect(self.refresh)

    def sizeHint(self) -> QSize:
        return QSize(48 * GRID, 48 * GRID)

    def button_of(self, page: Page) -> QToolButton:
        """The button that chooses a page."""
        return self._buttons.button(self.pages.index(page))

    @property
    def page(self) -> Page:
        """The page that is shown."""
        return self.pages[self._stack.currentIndex()]

    def choose(self, page: Page) -> None:
        """Show another page."""
        self._stack.setCurrentWidget(page)
        self.button_of(page).setChecked(True)
        self._ask_no_more()
        self.refresh()

    def apply_theme(self, palette: Palette) -> None:
        """Use other colours from now on."""
        super().apply_theme(palette)
        for page in self.pages:
            page.apply_theme(palette)

    # Moments

    def set_moment(self, moment: Moment) -> None:
        """See LensView; what is known of another record is forgotten at once, also by whom it was told to."""
        record = moment.history, moment.experiment.program, moment.experiment.parameters
        if record != self._record:
            self._record = record
            self._forget()
        for page in self.pages:
            page.moment = moment
        self._offer_why(bool(moment.diverged))
        self._outdate(moment)
        super().set_moment(moment)

    def _outdate(self, moment: Moment) -> None:
        """A limit and a quadratic of another step are taken back, unless those of this one are about to come."""
        known = self.curvature.curvature
        coming = self.is_seen and self.page is self.curvature
        if known is not None and known.step != moment.step and not coming:
            self.curvature.forget()
            self._subjects.pop(self.curvature, None)
            self._take_back()

    def _take_back(self) -> None:
        self.quadratic_found.emit(None)
        self.limit_found.emit(None)

    def _forget(self) -> None:
        self._ask_no_more()
        self._subjects.clear()
        for page in self.pages:
            page.forget()
            page.tell("")
        self._take_back()

    def _offer_why(self, diverged: bool) -> None:
        """There is a reason to give as long as the run has diverged; the panel opens on it."""
        button = self.button_of(self.why)
        if diverged == button.isVisibleTo(self):
            return
        button.setVisible(diverged)
        self._stack.setCurrentWidget(self.why if diverged else self.curvature)
        self.button_of(self.page).setChecked(True)
        self._ask_no_more()

    def refresh(self) -> None:
        """Ask what the page wants to know of the moment, unless that is known, or asked already."""
        page, moment = self.page, self.moment
        if moment is None or moment.history is None or not moment.is_recorded:
            page.tell(EMPTY)
            return
        if moment.is_script and not page.for_scripts:
            self._ask_no_more()
            page.tell(SCRIPT)
            return
        subject = page.subject(moment)
        if self._subjects.get(page) == subject or (self._pending is not None and self._pending[1] == subject):
            return
        if page.waits and not self._rested(subject):
            return
        if self._pending is not None and not page.waits:
            return  # asked again when the answer has come: else there would never be one while the step moves
        question = page.question(moment)
        if question is None:
            self._subjects[page] = subject
            return
        self._pending = page, subject
        self.asked.emit(question)

    def _rested(self, subject: Hashable) -> bool:
        """Whether the subject has been the same for a while; if not, it is looked at again later."""
        if self._resting == subject and not self._later.isActive():
            return True
        self._resting = subject
        self._later.start(REST_MS)
        return False

    def _ask_no_more(self) -> None:
        self._later.stop()
        if self._pending is not None:
            self._pending = None
            self.withdrawn.emit()

    # Answers

    def take(self, answer: object) -> None:
        """See LensView."""
        if self._pending is None:
            return
        page, subject = self._pending
        if page.accept(answer):
            self._settle(page, subject)

    def fail(self, fault: Fault) -> None:
        """See LensView."""
        if self._pending is None:
            return
        page, subject = self._pending
        page.fail(fault)
        if page is self.curvature:
            self.curvature.forget()
            self._take_back()
        self._settle(page, subject)

    def _settle(self, page: Page, subject: Hashable) -> None:
        """One question is answered; the next one waits a little, so that the run has the machine too."""
        self._subjects[page] = subject
        if page.waits:
            return  # more parts may come
        self._pending = None
        self._later.start(GAP_MS)

    def _on_curvature(self, found: Curvature) -> None:
        self.quadratic_found.emit(found.local)
        self.limit_found.emit(found.limit.limit)
