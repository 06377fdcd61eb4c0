"""The panel of data: what an experiment is fitted to, and how well it fits at the shown step."""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from gui_app.core.fault import Fault
from gui_app.core.fit import Fit, FitAsked
from gui_app.core.moment import Moment
from gui_app.ui.data.coefficients_view import CoefficientsView
from gui_app.ui.data.confusion_view import ConfusionView
from gui_app.ui.data.empty import EmptyData
from gui_app.ui.data.fit_view import FitView
from gui_app.ui.data.images_view import ImagesView
from gui_app.ui.data.metrics_line import MetricsLine, recorded
from gui_app.ui.data.network_view import NetworkView
from gui_app.ui.data.table_view import TableView
from gui_app.ui.data.taking import Taking
from gui_app.ui.data.truth_view import TruthView
from gui_app.ui.data.view import DataView, ViewPicture
from gui_app.ui.data.weights_view import WeightsView
from gui_app.ui.figures.picture import Picture
from gui_app.ui.lens_view import LensView
from gui_app.ui.lenses.page import row_of
from gui_app.ui.resources import Icons
from gui_app.ui.theme import GRID, Palette
from gui_app.ui.view_buttons import ViewButtons

WAITING = "As soon as the first step is evaluated, the data and the predictions are shown here."
SCRIPT = (
    "Which numbers of a script are its predictions only the script knows.\n"
    "Write the loss as an objective to see how it fits."
)
LEAST_WIDTH = 54 * GRID
"""Pixels in which points, legends and tables can still be read."""
GAP_MS = 50
"""From an answer to the next question while the step moves."""


class DataPanel(LensView):
    """Asks how the predictions of step k fit the data, and shows the answer in one of several views."""

    open_wanted = Signal()
    builtin_wanted = Signal(str)
    generate_wanted = Signal(str)
    picture_wanted = Signal(str)
    """``save`` or ``copy``."""

    def __init__(self, palette: Palette, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(palette, parent)
        self.fit: Fit | None = None
        self.empty = EmptyData(icons)
        self.metrics = MetricsLine(palette)
        self._fit_view = FitView(palette)
        self.views: tuple[DataView, ...] = (
            self._fit_view,
            ImagesView(palette),
            TruthView(palette),
            ConfusionView(palette),
            CoefficientsView(palette),
            WeightsView(palette),
            NetworkView(palette),
            TableView(palette),
        )
        self.taking = Taking(self)
        self._wanted: DataView = self.views[0]
        """What was chosen; another view stands in for it where it shows nothing."""
        self._sample: int | None = None
        self._record: object = None
        self._asked: Hashable = None
        """What the newest question was about; None: it has no answer to wait for."""
        self._known: Hashable = None
        """What the newest answer was about."""
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self.refresh)
        self._build()
        self._connect()

    def _build(self) -> None:
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self._message = QLabel(WAITING)
        self._message.setObjectName("muted")
        self._message.setWordWrap(True)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setContentsMargins(3 * GRID, GRID, 3 * GRID, GRID)
        self._shown, self._pages = QStackedWidget(), QStackedWidget()
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for view in self.views:
            self._shown.addWidget(view)
        self._buttons = ViewButtons(((view.name, view.help) for view in self.views), self.taking.button)
        column.addWidget(self._buttons)
        column.addWidget(self._shown, 1)
        column.addWidget(self.metrics)
        for page in (self.empty, self._message, content):
            self._pages.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._pages)

    def _connect(self) -> None:
        self._buttons.chosen.connect(lambda number: self.choose(self.views[number]))
        self.empty.open_wanted.connect(self.open_wanted)
        self.empty.builtin_wanted.connect(self.builtin_wanted)
        self.empty.generate_wanted.connect(self.generate_wanted)
        self.taking.picture_wanted.connect(self.picture_wanted)
        for view in self.views:
            view.sample_chosen.connect(self.choose_sample)
            view.question_changed.connect(self.refresh)

    def sizeHint(self) -> QSize:
        return QSize(60 * GRID, 52 * GRID)

    def minimumSizeHint(self) -> QSize:
        return QSize(LEAST_WIDTH, super().minimumSizeHint().height())

    @property
    def view(self) -> DataView:
        """The view that is shown."""
        return self.views[self._shown.currentIndex()]

    @property
    def message(self) -> str:
        """The sentence that is shown instead of data; empty where there are some."""
        return self._message.text() if self._pages.currentWidget() is self._message else ""

    def button_of(self, view: DataView) -> QToolButton:
        """The button that chooses a view."""
        return self._buttons.button(self.views.index(view))

    def choose(self, view: DataView) -> None:
        """Show another view."""
        self._wanted = view
        self._show_view(view)
        if self.fit is not None:
            self._paint(self.fit)
        self.refresh()

    def choose_sample(self, row: int) -> None:
        """Follow this row of the data through every view; again, and none is followed."""
        self._sample = None if self._sample == row else row
        self.refresh()

    def apply_theme(self, palette: Palette) -> None:
        """Use other colours from now on."""
        super().apply_theme(palette)
        self.metrics.apply_theme(palette)
        for view in self.views:
            view.apply_theme(palette)

    def picture(self) -> Picture | None:
        """What is shown, to be taken away; None where there is nothing yet."""
        return None if self.fit is None or self.message else ViewPicture(self.view)

    # Moments

    def set_moment(self, moment: Moment) -> None:
        """See LensView; what is known of another record is forgotten."""
        record = moment.history, moment.experiment.program, moment.experiment.data
        if record != self._record:
            self._record = record
            self.fit = self._asked = self._known = None
            self._sample = None
            self._later.stop()
        super().set_moment(moment)

    def refresh(self) -> None:
        """Ask about the moment, unless that is known; while an answer is awaited, later."""
        moment = self.moment
        if moment is None or moment.experiment.data is None:
            self._pages.setCurrentWidget(self.empty)
            return
        if moment.is_script:
            self._tell(SCRIPT)
            return
        if moment.history is None or not moment.is_recorded:
            self._tell(WAITING)
            return
        subject = self._subject(moment)
        if subject in (self._known, self._asked) or self._asked is not None or self._later.isActive():
            return
        self._asked = subject
        self.asked.emit(self._question(moment))

    def _subject(self, moment: Moment) -> Hashable:
        view = self.view
        return (
            id(moment.history),
            moment.step,
            self._sample,
            view.wants_plane,
            view.wants_layers,
            self._fit_view.choices.axes,
        )

    def _question(self, moment: Moment) -> FitAsked:
        step, row = row_of(moment)
        assert moment.history is not None
        return FitAsked(
            experiment=moment.experiment,
            step=step,
            row=row,
            axes=self._fit_view.choices.axes,
            sample=self._sample,
            plane=self.view.wants_plane,
            layers=self.view.wants_layers,
            metrics=not recorded(moment.history, step),
        )

    def take(self, answer: object) -> None:
        """Show a Fit, unless another record is shown by now."""
        if not isinstance(answer, Fit) or self._asked is None:
            return
        self._known, self._asked = self._asked, None
        self.fit = answer
        self._offer(answer)
        self._paint(answer)
        self._later.start(GAP_MS)

    def fail(self, fault: Fault) -> None:
        """There is no answer, and why."""
        self._known, self._asked = self._asked, None
        self._tell(str(fault))

    def _offer(self, fit: Fit) -> None:
        """The buttons of the views that make sense; the one that was chosen is shown if it does."""
        assert self.moment is not None
        suited = [view for view in self.views if view.suits(fit, self.moment.experiment)]
        for view in self.views:
            self.button_of(view).setVisible(view in suited)
            self.button_of(view).setText(view.title(fit))
        self._show_view(self._wanted if self._wanted in suited else suited[0])

    def _show_view(self, view: DataView) -> None:
        self._shown.setCurrentWidget(view)
        self.button_of(view).setChecked(True)

    def _paint(self, fit: Fit) -> None:
        assert self.moment is not None
        assert self.moment.history is not None
        self.view.show_fit(fit, self.moment.experiment)
        self.taking.offer(fit, self.moment.experiment)
        self.metrics.show_metrics(fit.metrics or recorded(self.moment.history, fit.step), fit.notice)
        self._pages.setCurrentIndex(self._pages.count() - 1)

    def _tell(self, message: str) -> None:
        self._message.setText(message)
        self._pages.setCurrentWidget(self._message)
