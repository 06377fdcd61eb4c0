"""The objective over two axes as a landscape that can be turned, with the path of the run on it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui_app.core.landscape import Landscape
from gui_app.ui.curves.chart import TOP
from gui_app.ui.curves.frame import LABEL_PIXELS, Frame, sized
from gui_app.ui.curves.reading import Reading, placed
from gui_app.ui.curves.span import Span
from gui_app.ui.descent.box import Edge, Stage, ground_edge, paint_behind, paint_numbers, upright_edge
from gui_app.ui.descent.camera import Camera
from gui_app.ui.descent.draped import LIFT, Draped
from gui_app.ui.descent.levels import Scale
from gui_app.ui.descent.mode import nearest_step
from gui_app.ui.descent.over import Over
from gui_app.ui.descent.relief import Relief
from gui_app.ui.descent.walked import paint_rim, paint_walked
from gui_app.ui.theme import GRID, Palette

PER_PIXEL = 0.4
"""Degrees by which a drag of one pixel turns."""
TURNING, RESTING = 80_000, 600_000
"""Pixels of the surface while it is turned, and when it rests: what a frame, and a moment, can be had for."""
FINEST = 2.0
"""Most pixels of the surface along each pixel of the screen; as many as a picture has."""
REST = 160
"""Milliseconds after which it is painted finely again."""
VIEWS = tuple(
    Camera(azimuth, up) for up in (36.0, 46.0) for azimuth in (-125.0, -55.0, -145.0, -35.0, -105.0, -75.0)
)
"""From where it may be looked at at first: no axis runs towards the left and the eye at once."""
STEEP = 0.02
"""The share of the surface that must be won for each degree by which it is looked at more steeply."""


class SurfaceView(QWidget):
    """Drag turns, the wheel zooms, a double click goes home, a click on the path chooses its step."""

    clicked = Signal(int)
    """The step of the path that was clicked."""

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme, self.camera = palette, Camera()
        self.reading: Reading = ()
        self.reserved = 0.0
        """Pixels at the right end of the reading that widgets lie over."""
        self.message = ""
        """Shown instead of everything else, if there is one."""
        self._mode: Over | None = None
        self._scene: Scene | None = None
        self._is_turned = False
        """Whether somebody has turned it: then it stays as it is."""
        self._image: tuple[object, QImage] | None = None
        self._pressed: QPointF | None = None
        self._held: QPointF | None = None
        self._moving = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST)
        self._rest.timeout.connect(self._on_rest)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(180, 120)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setAccessibleName("Surface of the objective")

    def apply_theme(self, palette: Palette) -> None:
        """Use other colours from now on."""
        self.theme = palette
        self.update()

    def show_mode(self, mode: Over | None) -> None:
        """Show what this draws as a contour; call again when it has changed."""
        self._mode = mode
        landscape = mode.landscape if mode is not None else None
        before = self._scene
        if mode is None or landscape is None:
            self._scene = None
        elif before is None or before.landscape is not landscape:
            self._scene = Scene(
                landscape, [element.name for element in mode.record.elements], mode.field.levels
            )
            is_other = before is None or not before.is_like(self._scene)
            if is_other and not self._is_turned:
                self.camera = self._best()
            self._be_coarse()
        self.update()

    def home(self) -> None:
        """Look at it as at first: from where the most can be seen."""
        self._is_turned = False
        self.camera = self._best()
        self._be_coarse()
        self.update()

    def _best(self) -> Camera:
        """Of a few views around it, the one that hides the least of the surface and of the path on it."""
        if self._scene is None or self._mode is None:
            return Camera()
        path = self._scene.ground(self._mode.record.path[::10])
        return min(VIEWS, key=lambda camera: self._scene.cost(camera, path))

    def paint(self, painter: QPainter, target: QRectF, fine: float) -> None:
        """Paint everything into ``target``; the surface with ``fine`` pixels for each of the painter's."""
        frame = Frame(target, Span(0, 1), Span(0, 1), False, self.theme, self.font())
        painter.fillRect(target, QColor(self.theme.panel))
        if self.message or self._scene is None or self._mode is None:
            self._paint_message(painter, frame)
            return
        painter.setClipRect(target)
        stage = Stage(target.adjusted(0, TOP, 0, 0), self.camera)
        paint_behind(painter, frame, stage, self._scene.edges)
        painter.drawImage(stage.rect, self._surface(stage, fine))
        paint_rim(painter, stage, self._scene.relief)
        paint_walked(painter, frame, stage, self._scene.relief, self._mode, self._scene.ground)
        paint_numbers(painter, frame, stage, self._scene.edges)
        self._paint_reading(painter, frame)

    def _surface(self, stage: Stage, fine: float) -> QImage:
        """The pixels of the surface, kept until something has moved."""
        assert self._scene is not None
        key = (self._scene, stage, fine)
        if self._image is None or self._image[0] != key:
            width, height = (max(1, round(side * fine)) for side in (stage.rect.width(), stage.rect.height()))
            offset = (stage.middle.y() - stage.rect.center().y()) * fine
            pixels = self._scene.relief.painted(stage.camera, width, height, stage.scale * fine, offset)
            image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
            self._image = key, image.copy()
        return self._image[1]

    def _paint_message(self, painter: QPainter, frame: Frame) -> None:
        painter.setFont(sized(frame.font, LABEL_PIXELS + 1))
        painter.setPen(QColor(self.theme.muted))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(frame.rect.adjusted(24, 0, -24, 0), int(flags), self.message)

    def _paint_reading(self, painter: QPainter, frame: Frame) -> None:
        """The line above, as that of a chart."""
        font = sized(frame.font, LABEL_PIXELS)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        widths = [metrics.horizontalAdvance(text) for text, _ in self.reading]
        for piece, x in placed(widths, 2.0 * GRID, frame.rect.width() - max(self.reserved, GRID)):
            text, colour = self.reading[piece]
            painter.setPen(QColor(colour))
            painter.drawText(frame.rect.topLeft() + QPointF(x, TOP / 2 + metrics.ascent() / 2 - 2), text)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            pixels = TURNING if self._moving else RESTING
            fine = min((pixels / max(self.width() * self.height(), 1)) ** 0.5, FINEST)
            self.paint(painter, QRectF(self.rect()), fine)

    def step_at(self, at: QPointF) -> int | None:
        """The step of the path within reach of a pixel position."""
        if self._scene is None or self._mode is None or not self._mode.record.filled:
            return None
        stage = Stage(QRectF(self.rect()).adjusted(0, TOP, 0, 0), self.camera)
        record = self._mode.record
        path = Draped.of(self._scene.relief, stage, self._scene.ground(record.path), record.steps)
        xs, ys = path.seen()
        return nearest_step(path.steps[path.is_step], xs[path.is_step], ys[path.is_step], at)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = self._held = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is not None:
            moved = event.position() - self._held
            self._held = event.position()
            self._look(self.camera.turned(moved.x() * PER_PIXEL, moved.y() * PER_PIXEL))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed, self._held = self._pressed, None, None
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        if pressed is not None and (event.position() - pressed).manhattanLength() < 4:
            step = self.step_at(pressed)
            if step is not None:
                self.clicked.emit(step)

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self.home()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._look(self.camera.nearer(1.15 ** (event.angleDelta().y() / 120)))
        event.accept()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.update()

    def _look(self, camera: Camera) -> None:
        self.camera, self._is_turned = camera, True
        self._be_coarse()
        self.update()

    def _be_coarse(self) -> None:
        """For a moment."""
        self._moving = True
        self._rest.start()

    def _on_rest(self) -> None:
        self._moving = False
        self.update()


class Scene:
    """What is made of one landscape, from wherever it is looked at."""

    def __init__(self, landscape: Landscape, names: list[str], levels: np.ndarray) -> None:
        self.landscape = landscape
        scale = Scale.of(landscape.values)
        flat = np.where(np.isnan(landscape.values), np.nan, 0.0)
        heights = flat if scale is None else np.clip(scale.heights(landscape.values), 0.0, 1.0)
        lines = np.empty(0) if scale is None else scale.heights(levels[1:-1])
        self.relief = Relief(heights, lines)
        self._spans = [Span(axis.low, axis.high) for axis in landscape.axes]
        upright = Edge("objective", (), ()) if scale is None else upright_edge("objective", scale)
        first, second = (ground_edge(name, span) for name, span in zip(names, self._spans, strict=True))
        self.edges = first, second, upright

    def is_like(self, other: Scene) -> bool:
        """Whether it shows the same stretches of the same axes."""
        return self._spans == other._spans and [each.name for each in self.edges] == [
            each.name for each in other.edges
        ]

    def cost(self, camera: Camera, path: np.ndarray) -> float:
        """How much of the surface, and of a path (n, 2) on the ground, is not seen well; rounded, so that ties stay."""
        x, y = (part.ravel() for part in np.meshgrid(*[np.linspace(-0.95, 0.95, 24)] * 2))
        total = STEEP * camera.elevation
        for across, up in ((x, y), path.T):
            height = self.relief.at(across, up)
            known = ~np.isnan(height)
            if known.any():
                hidden = self.relief.hidden(camera, across[known], up[known], height[known] + LIFT)
                total += float(hidden.mean())
        return round(total, 1)

    def ground(self, path: np.ndarray) -> np.ndarray:
        """A path (n, 2) in the units of the axes as places on the ground, from -1 to 1."""
        low = np.array([span.low for span in self._spans])
        length = np.array([span.length for span in self._spans])
        with np.errstate(over="ignore", invalid="ignore"):
            return (np.asarray(path, float) - low) / length * 2 - 1


class SurfacePicture:
    """The surface as a picture to be taken away: pixels under letters and lines."""

    name = "descent"

    def __init__(self, view: SurfaceView, panel: QWidget) -> None:
        self._view, self._panel = view, panel

    def size(self) -> QSizeF:
        """The size on the screen, in pixels."""
        return QSizeF(self._panel.size())

    def paint(self, painter: QPainter, target: QRectF) -> None:
        """Paint it into ``target``."""
        reserved, self._view.reserved = self._view.reserved, 0.0
        try:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            self._view.paint(painter, target, FINEST)
        finally:
            self._view.reserved = reserved
