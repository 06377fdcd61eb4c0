"""Many starts of the experiment: where they go, and which minimum each of them reaches."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QTimer, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui_app.core.experiment import Experiment
from gui_app.core.fault import Fault
from gui_app.core.starts_study import BasinMap, BasinsAsked, StartsAsked, Swarm, SwarmAsked
from gui_app.ui.curves.chart import Chart
from gui_app.ui.curves.corner import Corner
from gui_app.ui.curves.frame import Frame
from gui_app.ui.curves.picture import ChartPicture
from gui_app.ui.curves.reading import Reading
from gui_app.ui.curves.span import Span
from gui_app.ui.descent.elements import Element, first_elements
from gui_app.ui.descent.extent import first_extent
from gui_app.ui.figures.menu import PictureMenu
from gui_app.ui.lens_view import LensView
from gui_app.ui.resources import Icons
from gui_app.ui.starts import asking, basins_view, swarm_view
from gui_app.ui.starts.basins_view import BasinsView
from gui_app.ui.starts.controls import Controls
from gui_app.ui.starts.swarm_view import SwarmView
from gui_app.ui.starts.trail import paint_trail
from gui_app.ui.theme import Palette

TOO_FEW = "Many starts need at least two numbers that are trained."
OF_A_SCRIPT = "A script takes its steps itself. Write the loss alone, as an objective, to try many starts."
NOT_ASKED = {
    "basins": "Every point of the plane becomes a start, and gets the colour of where it ends. Press Run.",
    "swarm": "Many points descend at once, and follow the step that the window shows. Press Run.",
}
STALE = "the experiment has changed: run again"
MOST_ELEMENTS = 60
"""Elements that can be chosen for an axis."""
PATIENCE = 350
"""Milliseconds that the view rests before the part that is looked at is mapped anew."""


class StartsPanel(LensView):
    """Asks when told to, and again when the view or a choice changes after that; never because of the run."""

    picture_wanted = Signal(str)
    """``save`` or ``copy``: chosen in the context menu."""

    def __init__(self, palette: Palette, _icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(palette, parent)
        self._experiment = Experiment()
        self._elements: list[Element] = []
        self._asked: StartsAsked | None = None
        self._running = False
        self._fault = ""
        self._view: BasinsView | SwarmView | None = None
        self._under: BasinsView | None = None
        """The map before, which is seen until the new one covers it."""
        self.controls = Controls(palette, self)
        self.chart = Chart(palette, self)
        self.chart.setAccessibleName("Many starts")
        self._corner = Corner(self.chart, palette)
        self._fit = self._corner.button("fit", "Show the whole plane (double click)", self.chart.fit)
        self._menu = PictureMenu(self.chart)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PATIENCE)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.controls)
        layout.addWidget(self.chart, 1)
        self._connect()
        self._fit.hide()
        self.chart.set_layers([self._draw_ground], [self._draw_live], [self._draw_beside])
        self.refresh()

    def _connect(self) -> None:
        self._menu.wanted.connect(self.picture_wanted)
        self._timer.timeout.connect(self._on_rested)
        self.controls.run_wanted.connect(self.run)
        self.controls.stop_wanted.connect(self.stop)
        self.controls.study_changed.connect(self._on_study_changed)
        self.controls.look_changed.connect(self._on_look_changed)
        self.chart.view_changed.connect(self._on_view_changed)
        self.chart.clicked.connect(self._on_clicked)
        self.chart.hovered.connect(self._on_hovered)

    def apply_theme(self, palette: Palette) -> None:
        """Use other colours from now on."""
        self.palette_ = palette
        self.controls.apply_theme(palette)
        self._corner.apply_theme(palette)
        self._under = None
        if self._view is not None:
            self._view = self._painted(self._view.answer)
        self.chart.apply_theme(palette)
        self._say()

    def refresh(self) -> None:
        """See LensView."""
        moment = self.moment
        if moment is not None and moment.experiment is not self._experiment:
            self._enter(moment.experiment)
        self._show_message()
        self._say()

    def take(self, answer: object) -> None:
        """See LensView."""
        if not isinstance(answer, BasinMap | Swarm) or self._asked is None:
            return
        share = answer.done
        self._running = share < 1.0
        self._view = self._painted(answer)
        self.controls.show_running(self._running, share)
        self._show_message()
        self._say()
        self.chart.touch()

    def fail(self, fault: Fault) -> None:
        """See LensView."""
        self._running = False
        self._fault = str(fault)
        self._view = self._under = None
        self.controls.show_running(False)
        self._show_message()

    def picture(self) -> ChartPicture:
        """The panel as a picture to be taken away."""
        return ChartPicture("starts", self.chart, self)

    def run(self) -> None:
        """Ask for what the controls and the view say."""
        if len(self._elements) < 2 or (self.moment is not None and self.moment.is_script):
            return
        view, self._fault = self._view, ""
        self._under = view if isinstance(view, BasinsView) else None
        self._asked = asking.question(self._experiment, self.controls, self.chart.view, self._home())
        self._running = True
        self.controls.show_running(True)
        self._show_message()
        self._say()
        self.asked.emit(self._asked)

    def stop(self) -> None:
        """Want no more of it; what has come stays."""
        self._running = False
        self.controls.show_running(False)
        self.withdrawn.emit()
        self._show_message()

    @property
    def columns(self) -> tuple[int, int]:
        """Of the elements along x and y."""
        return self.controls.across.value, self.controls.up.value

    def _enter(self, experiment: Experiment) -> None:
        """Study another experiment; what was found of one with the same program stays until it is run again."""
        fresh = experiment.program != self._experiment.program
        self._experiment = experiment
        before = [element.name for element in self._elements]
        self._elements = first_elements(experiment, MOST_ELEMENTS)
        if len(self._elements) < 2:
            self._forget()
            return
        self.controls.set_experiment(experiment, self._elements, fresh=fresh)
        if fresh or before != [element.name for element in self._elements]:
            self._forget()
            self.chart.zoomed = False
        self._go_home()

    def _forget(self) -> None:
        if self._running:
            self.stop()
        self._asked = self._view = self._under = None
        self._fault = ""
        self.chart.touch()

    def _go_home(self) -> None:
        """Name the axes and show the whole plane, unless someone has zoomed."""
        across, up = (self._elements[column] for column in self.columns)
        room = basins_view.ROOM if self.controls.study.value == "basins" else swarm_view.ROOM
        self.chart.set_axes(across.name, up.name, right=room)
        self.chart.set_home(*self._home())

    def _home(self) -> tuple[Span, Span]:
        """The stretches that were asked for, or around start and reference."""
        across, up = (self._elements[column] for column in self.columns)
        return first_extent(across, across.start), first_extent(up, up.start)

    def _painted(self, answer: BasinMap | Swarm) -> BasinsView | SwarmView:
        view = self._view
        if isinstance(answer, BasinMap):
            return BasinsView(answer, self.controls.colour.value, self.palette_)
        if isinstance(view, SwarmView) and view.answer.relief is answer.relief:
            view.answer = answer
            return view
        return SwarmView(answer)

    def _is_stale(self) -> bool:
        """Whether the experiment is another one than that which was asked about, but for the start in the plane."""
        if self._asked is None or self._view is None:
            return False
        return asking.essence(self._asked, self._asked.experiment) != asking.essence(
            self._asked, self._experiment
        )

    def _show_message(self) -> None:
        moment = self.moment
        if moment is not None and moment.is_script:
            message = OF_A_SCRIPT
        elif len(self._elements) < 2:
            message = TOO_FEW
        elif self._fault:
            message = self._fault
        else:
            message = "" if self._view is not None or self._running else NOT_ASKED[self.controls.study.value]
        possible = message not in (OF_A_SCRIPT, TOO_FEW)
        self.controls.setVisible(possible)
        self.chart.set_message(message)

    def _say(self, told: list[str] | None = None) -> None:
        """The line above the plot: what is pointed at, else what is shown."""
        palette, view = self.palette_, self._view
        words: Reading = ()
        if told:
            words = [(told[0], palette.cursor), *((text, palette.text) for text in told[1:])]
        elif isinstance(view, SwarmView):
            step = self.moment.step if self.moment is not None else 0
            first, *others = view.told(step)
            words = [(first, palette.cursor), *((text, palette.text) for text in others)]
        elif view is not None:
            side, steps = len(view.answer.labels), view.answer.steps
            words = [(f"{side * side:,} starts, {steps:,} steps each", palette.text)]
            words.append(("click: start there", palette.muted))
        if self._is_stale():
            words = [(STALE, palette.warning), *words]
        self.chart.set_step(None, words)

    def _draw_ground(self, painter: QPainter, frame: Frame) -> None:
        for view in (self._under, self._view):
            if view is not None:
                view.paint(painter, frame)

    def _draw_live(self, painter: QPainter, frame: Frame) -> None:
        view, moment = self._view, self.moment
        if isinstance(view, SwarmView):
            view.paint_points(painter, frame, moment.step if moment is not None else 0)
        if moment is not None and view is not None:
            paint_trail(painter, frame, moment, view.answer.plane.columns)
        if isinstance(view, BasinsView) and view.by == "minimum":
            view.paint_letters(painter, frame)

    def _draw_beside(self, painter: QPainter, frame: Frame) -> None:
        if isinstance(self._view, BasinsView):
            self._view.paint_legend(painter, frame)
        elif self._view is not None:
            self._view.paint_bar(painter, frame)

    def _on_study_changed(self) -> None:
        """Ask anew if something was asked before; another study or other elements begin with the whole plane."""
        if len(self._elements) < 2:
            return
        if self.columns[0] == self.columns[1]:
            other = next(element.column for element in self._elements if element.column != self.columns[0])
            self.controls.up.offer({each.name: each.column for each in self._elements}, other)
        kind = BasinsAsked if self.controls.study.value == "basins" else SwarmAsked
        again = self._asked is not None
        if again and (not isinstance(self._asked, kind) or self._asked.plane.columns != self.columns):
            self._view = self._under = None
            self.chart.zoomed = False
        self._go_home()
        self._show_message()
        self.chart.touch()
        if again:
            self.run()

    def _on_look_changed(self) -> None:
        self._under = None
        if isinstance(self._view, BasinsView):
            self._view = self._painted(self._view.answer)
            self.chart.touch()

    def _on_view_changed(self) -> None:
        self._fit.setVisible(self.chart.zoomed)
        self.chart.reserved = float(self._corner.sizeHint().width() + 16) if self.chart.zoomed else 0.0
        if isinstance(self._asked, BasinsAsked) and self._view is not None:
            self._timer.start()

    def _on_rested(self) -> None:
        """Map the part of the plane that is looked at, unless it is the one that was asked about."""
        x, y = self.chart.view
        if isinstance(self._asked, BasinsAsked) and (tuple(x), tuple(y)) != (
            self._asked.plane.x,
            self._asked.plane.y,
        ):
            self.run()

    def _values_at(self, at: QPointF) -> tuple[float, float] | None:
        """What is there: the middle of a cell of a map, or the place itself; ``None`` outside of the map."""
        frame, view = self.chart.frame(), self._view
        place = asking.place(frame, at)
        if isinstance(view, BasinsView):
            return asking.middle(view.answer, place)
        return place if view is not None else None

    def _on_clicked(self, at: QPointF) -> None:
        values = self._values_at(at)
        if values is not None and self._view is not None:
            columns = self._view.answer.plane.columns
            self.experiment_edited.emit(self._experiment.started_at(dict(zip(columns, values, strict=True))))

    def _on_hovered(self, at: QPointF | None) -> None:
        values = self._values_at(at) if at is not None else None
        if values is None or not isinstance(self._view, BasinsView):
            self._say()
            return
        cell = asking.cell(self._view.answer, values)
        self._say(self._view.told(*cell) if cell is not None else None)
