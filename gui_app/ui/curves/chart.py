"""A chart: pyqtgraph's view and axes, our layers in it, and the policy of what it shows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QSizePolicy, QWidget

from gui_app.ui.curves import marks
from gui_app.ui.curves.axis import EDGE, Axis
from gui_app.ui.curves.frame import LABEL_PIXELS, Draw, Frame, sized
from gui_app.ui.curves.ground import TOP, draw_grid, draw_reading
from gui_app.ui.curves.layer import Layer
from gui_app.ui.curves.reading import Reading
from gui_app.ui.curves.span import Span
from gui_app.ui.curves.view import View
from gui_app.ui.theme import GRID, Palette

RIGHT = 24.0
"""The right margin where nothing stands in it."""


class Chart(pg.GraphicsView):
    """Layers between two axes.

    The ``still`` ones are kept as pixels until ``touch``, the ``live`` ones painted at every repaint, above them;
    those ``beside`` paint into the right margin. The view is ``home`` until someone zooms or pans.
    """

    clicked = Signal(QPointF)
    """A click that was not a drag, in pixels."""
    hovered = Signal(object)
    """QPointF in pixels inside of the plot, or None."""
    cursor_dragged = Signal(float)
    """The x of the data to which the cursor line was dragged."""
    view_changed = Signal()
    """Other stretches of the axes are shown, for whatever reason."""

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent, useOpenGL=False, background=palette.panel)
        self.theme = palette
        self.zoomed = False
        self.cursor_at: float | None = None
        self.reading: Reading = ()
        self.reserved = 0.0
        """Pixels at the right end of the reading that widgets lie over."""
        self._message = ""
        self._home = (Span(0.0, 1.0), Span(0.0, 1.0))
        self.plot = View()
        self.left, self.bottom = Axis("left", self.plot), Axis("bottom", self.plot)
        self.right = Axis("right", None)
        """Of a second height: see ``set_second``."""
        self.right.hide()
        self._second: Span | None = None
        self.still, self.live = Layer(self, self.plot), Layer(self, self.plot)
        self.beside = Layer(self)
        self._head = Layer(self, draws=[partial(draw_reading, self)])
        self._margins = Layer(self, self.centralWidget, [self._draw_margins])
        self._cover = Layer(self, self.centralWidget, [self._draw_message])
        self._line = pg.InfiniteLine(movable=True)
        self._build()
        self._connect()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(180, 120)
        self.apply_theme(palette)

    def _build(self) -> None:
        grid = self.centralLayout
        grid.setContentsMargins(EDGE, 0, 0, EDGE)
        grid.setSpacing(0)
        grid.addItem(self._head, 0, 0, 1, 4)
        for column, item in enumerate((self.left, self.plot, self.beside, self.right)):
            grid.addItem(item, 1, column)
        grid.addItem(self.bottom, 2, 1)
        self._head.setFixedHeight(TOP)
        self.beside.setFixedWidth(RIGHT)
        self._keep_pixels(True)
        self.still.setZValue(-1)
        self.live.setZValue(1)
        for layer, height in ((self._margins, -1), (self._cover, 1)):
            layer.setZValue(height)
            layer.hide()
        # It is there for the mouse only: its pen would be a hair line in an enlarged picture.
        self._line.setPen(None)
        self._line.setHoverPen(None)
        self._line.setCursor(Qt.CursorShape.SizeHorCursor)
        self._line.hide()
        self.plot.addItem(self._line, ignoreBounds=True)

    def _connect(self) -> None:
        self.plot.clicked.connect(self.clicked)
        self.plot.reset.connect(self.fit)
        self.plot.hovered.connect(self.hovered)
        self.plot.sigRangeChanged.connect(self._on_range_changed)
        self.plot.sigRangeChangedManually.connect(self._on_zoomed)
        self.plot.sigResized.connect(self._on_resized)
        self.sigDeviceRangeChanged.connect(self._on_laid_out)
        self.scene().sigPrepareForPaint.connect(self._settle)
        self._line.sigDragged.connect(self._on_dragged)

    def sizeHint(self) -> QSize:
        return QSize(560, 360)

    def apply_theme(self, palette: Palette) -> None:
        """Use these colours, and the widget's font."""
        self.theme = palette
        self.setBackground(palette.panel)
        self.plot.dress(palette)
        for axis in (self.left, self.right, self.bottom):
            axis.dress(palette, self.font())
        self.touch()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.apply_theme(self.theme)

    def set_layers(self, still: Sequence[Draw], live: Sequence[Draw], beside: Sequence[Draw] = ()) -> None:
        """Paint these, each list from back to front."""
        self.still.draws, self.beside.draws = [partial(draw_grid, self), *still], beside
        self.live.draws = [self._draw_cursor, *live]
        self.touch()

    def set_axes(self, x: str, y: str, *, whole: bool = False, right: float = RIGHT) -> None:
        """Name both axes. ``whole`` keeps the x ticks to whole numbers; ``right`` is the right margin's width."""
        self.bottom.caption(x, whole=whole)
        self.left.caption(y)
        self.beside.setFixedWidth(right)

    def set_message(self, text: str) -> None:
        """Show this instead of everything else: what to do next. Nothing shows the chart again."""
        self._message = text
        self._cover.setVisible(bool(text))
        self.setInteractive(not text)

    @property
    def message(self) -> str:
        """What is shown instead of the chart."""
        return self._message

    def set_logarithmic(self, *, x: bool = False, y: bool = False) -> None:
        """Which of the axes are logarithmic. Set the view afterwards."""
        for axis, on in ((self.bottom, x), (self.left, y)):
            axis.setLogMode(on)

    def set_second(self, height: Span | None, name: str = "", *, log: bool = False) -> None:
        """Show a second axis of heights, called ``name``, at the right; None: none."""
        if (self._second is None) != (height is None):
            self.beside.setFixedWidth(RIGHT if height is None else 0.0)
            self.centralLayout.setContentsMargins(EDGE, 0, 0 if height is None else GRID, EDGE)
            self.right.setVisible(height is not None)
        self._second = height
        if height is not None:
            self.right.caption(name)
            self.right.setLogMode(log)
            self.right.setRange(*height)

    def second(self, frame: Frame) -> Frame:
        """The same place with the second axis of heights."""
        return frame if self._second is None else replace(frame, y=self._second, log=self.right.logMode)

    def set_step(self, at: float | None, reading: Reading) -> None:
        """Put the cursor line at ``at`` (nowhere if None), and the words above the plot."""
        self.cursor_at, self.reading = at, reading
        log, place = self.bottom.logMode, at or 0.0
        self._line.setVisible(at is not None and (place > 0 or not log))
        self._line.setValue(math.log10(place) if log and place > 0 else place)
        self.live.update()
        self._head.update()

    def set_home(self, x: Span, y: Span) -> None:
        """What is shown unless someone has zoomed."""
        self._home = x, y
        if not self.zoomed:
            self.plot.setRange(xRange=x, yRange=y, padding=0)

    @property
    def home(self) -> tuple[Span, Span]:
        """The stretches that are shown while nobody has zoomed."""
        return self._home

    def set_view(self, x: Span, y: Span) -> None:
        """Show these stretches until ``fit``."""
        self.zoomed = True
        self.plot.setRange(xRange=x, yRange=y, padding=0)

    def fit(self) -> None:
        """Back to the whole."""
        self.zoomed = False
        self.plot.setRange(xRange=self._home[0], yRange=self._home[1], padding=0)
        self.view_changed.emit()

    @property
    def view(self) -> tuple[Span, Span]:
        """The shown stretches of x and y."""
        x, y = self.plot.viewRange()
        return Span(*x), Span(*y)

    def touch(self) -> None:
        """The layers have changed."""
        for layer in (self.still, self.live, self.beside, self._head, self._cover):
            layer.update()

    def frame(self) -> Frame:
        """Where and what the plot is, once everything has its place."""
        self._settle()
        return self.current_frame()

    def current_frame(self) -> Frame:
        """Where and what the plot is now."""
        rect = self.plot.mapRectToScene(self.plot.rect())
        return Frame(rect, *self.view, self.left.logMode, self.theme, self.font(), self.bottom.logMode)

    def paint(self, painter: QPainter, target: QRectF) -> None:
        """Paint the chart, laid out anew, into ``target``."""
        self.hovered.emit(None)  # the mouse is no part of a picture
        with self._laid_out(target.size()):
            painter.fillRect(target, QColor(self.theme.panel))
            self.scene().render(painter, target, QRectF(QPointF(), target.size()))

    @contextmanager
    def _laid_out(self, size: QSizeF) -> Iterator[None]:
        """Everything at its place in a picture of that size, with lines instead of pixels."""
        reserved, self.reserved = self.reserved, 0.0
        self._margins.show()
        self._keep_pixels(False)
        self.setRange(QRectF(QPointF(), size), padding=0, disableAutoPixel=False)
        try:
            yield
        finally:
            self.reserved = reserved
            self._margins.hide()
            self._keep_pixels(True)
            self.resizeEvent(None)

    def _keep_pixels(self, kept: bool) -> None:
        """Whether what seldom changes is painted once and then copied: on the screen, not in a picture."""
        modes = QGraphicsItem.CacheMode
        for item in (self.still, self.left, self.right, self.bottom):
            item.setCacheMode(modes.DeviceCoordinateCache if kept else modes.NoCache)

    def _settle(self) -> None:
        """Lay out now: the left axis is as wide as its numbers, which depend on its height."""
        self.centralLayout.activate()
        self.left.fit()
        if self._second is not None:
            self.right.fit()
        self.centralLayout.activate()
        self.bottom.fit_caption()

    def _on_laid_out(self, _view: object, whole: QRectF) -> None:
        for layer in (self._margins, self._cover):
            layer.setGeometry(whole)

    def _on_resized(self) -> None:
        for layer in (self.still, self.live):
            layer.setGeometry(self.plot.rect())
        self.view_changed.emit()

    def _on_range_changed(self) -> None:
        self.plot.updateMatrix()  # put off until the paint, it would ask for another one
        self.touch()
        self.view_changed.emit()

    def _on_zoomed(self) -> None:
        self.zoomed = True
        self.view_changed.emit()

    def _on_dragged(self) -> None:
        """Tell where the line was dragged to; it stays where it is until the step is chosen."""
        at = self._line.value()
        self.set_step(self.cursor_at, self.reading)
        self.cursor_dragged.emit(10.0**at if self.bottom.logMode else at)

    def _draw_margins(self, painter: QPainter, frame: Frame) -> None:
        """Cover what layers have painted outside of the plot: SVG files know no clipping."""
        around = QPainterPath()
        around.addRect(self.range)
        around.addRect(frame.rect)
        painter.fillPath(around, QColor(frame.palette.panel))

    def _draw_cursor(self, painter: QPainter, frame: Frame) -> None:
        if self.cursor_at is not None:
            marks.cursor_line(painter, frame, self.cursor_at)

    def _draw_message(self, painter: QPainter, frame: Frame) -> None:
        painter.fillRect(self.range, QColor(frame.palette.panel))
        painter.setFont(sized(frame.font, LABEL_PIXELS + 1))
        painter.setPen(QColor(frame.palette.muted))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(self.range.adjusted(24, 0, -24, 0), int(flags), self._message)
