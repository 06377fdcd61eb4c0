"""The surface in three dimensions: what a pixel shows, what hides what, and the view that is turned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui_app.core.branch import Branch
from gui_app.core.experiment import Experiment, ParameterSpec
from gui_app.core.history import History
from gui_app.core.landscape import Axis, Landscape
from gui_app.ui.curves.chart import TOP
from gui_app.ui.curves.span import Span
from gui_app.ui.descent.box import Stage, ground_edge, upright_edge
from gui_app.ui.descent.camera import HEIGHT, HIGHEST, LOWEST, Camera
from gui_app.ui.descent.choice import Choice
from gui_app.ui.descent.draped import Draped
from gui_app.ui.descent.faces import NO_SURFACE
from gui_app.ui.descent.levels import Scale, levels
from gui_app.ui.descent.panel import DescentPanel
from gui_app.ui.descent.relief import Relief, _chords, _Cut
from gui_app.ui.descent.surface_view import VIEWS, Scene, SurfaceView
from gui_app.ui.figures.export import export
from gui_app.ui.theme import DARK, LIGHT

# The offscreen platform says this of every window that is shown.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

SIDE = np.linspace(-1, 1, 65)
X, Y = np.meshgrid(SIDE, SIDE, indexing="ij")
SURFACES = {
    "bowl": (X**2 + Y**2) / 2,
    "saddle": (X**2 - Y**2 + 1) / 2,
    "waves": (np.sin(4 * X) * np.cos(3 * Y) + 1) / 2,
    "slope": (X + 1) / 2,
    "ridge": np.exp(-20 * X**2),
}
CAMERAS = st.builds(Camera, st.floats(-180, 180), st.floats(LOWEST, HIGHEST))


def marched(relief: Relief, camera: Camera, right: float, row: float) -> float:
    """The height at which a ray first meets the surface, by many small steps along it; NaN if it passes."""
    cos, sin, up, along = camera.ground
    near, far = (float(end[0]) for end in _chords(camera, np.array([right])))
    if not far > near:
        return np.nan
    away = np.linspace(near, far, 6000)
    heights = relief.at(-right * sin - away * cos, right * cos - away * sin)
    side = np.sign((heights - 0.5) * HEIGHT * up + away * along - row)
    crossed = np.flatnonzero(side[1:] != side[:-1])
    return float(heights[crossed[0]]) if len(crossed) else np.nan


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(SURFACES)), CAMERAS, st.integers(0, 1000))
def test_every_pixel_shows_where_its_ray_first_meets_the_surface(
    name: str, camera: Camera, seed: int
) -> None:
    relief = Relief(SURFACES[name])
    generator = np.random.default_rng(seed)
    right, rows = generator.uniform(-1.4, 1.4, 5), np.sort(generator.uniform(-1.2, 1.2, 6))[::-1]
    near, far = _chords(camera, right)
    inside = far > near + 1e-3
    if not inside.any():
        return
    cut = _Cut(relief, camera, right[inside], (near[inside], far[inside]), 2000)
    seen, _, _ = cut.first_meetings(rows)
    expected = np.array([[marched(relief, camera, x, row) for x in right[inside]] for row in rows])
    agree = np.isclose(seen, expected, atol=0.02) | (np.isnan(seen) & np.isnan(expected))
    assert agree.mean() > 0.9, "only rays that touch an edge may differ"


def test_what_is_not_defined_is_seen_through() -> None:
    heights = SURFACES["bowl"].copy()
    heights[:20] = np.nan
    picture = Relief(heights).painted(Camera(-90, 60), 200, 200, 70.0)
    whole = Relief(SURFACES["bowl"]).painted(Camera(-90, 60), 200, 200, 70.0)
    assert picture.shape == (200, 200, 4)
    assert set(np.unique(picture[..., 3])) == {0, 255}
    assert (picture[..., 3] > 0).sum() < 0.85 * (whole[..., 3] > 0).sum()
    assert not Relief(np.full((9, 9), np.nan)).painted(Camera(), 50, 40, 20.0).any()


def test_level_lines_darken_the_picture() -> None:
    plain = Relief(SURFACES["bowl"]).painted(Camera(), 240, 200, 80.0).astype(int)
    lined = Relief(SURFACES["bowl"], np.linspace(0.1, 0.9, 9)).painted(Camera(), 240, 200, 80.0).astype(int)
    assert (lined <= plain).all()
    assert 0.02 < (lined != plain).any(axis=2).mean() < 0.5


def test_what_lies_behind_a_ridge_is_hidden() -> None:
    relief = Relief(SURFACES["ridge"])
    x, y = np.array([-0.6, 0.0, 0.6]), np.zeros(3)
    height = relief.at(x, y) + 0.004
    from_right = Camera(0, 20)
    assert relief.hidden(from_right, x, y, height).tolist() == [True, False, False]
    assert relief.hidden(Camera(180, 20), x, y, height).tolist() == [False, False, True]
    assert not relief.hidden(Camera(0, 85), x, y, height).any()


@given(CAMERAS, st.floats(-1000, 1000), st.floats(-1000, 1000))
def test_a_camera_stays_above_the_ground(camera: Camera, right: float, up: float) -> None:
    turned = camera.turned(right, up)
    assert LOWEST <= turned.elevation <= HIGHEST
    assert -180 <= turned.azimuth <= 180
    assert 0.3 < camera.nearer(1e9).zoom < 20


@given(CAMERAS)
def test_the_box_is_inside_of_its_place(camera: Camera) -> None:
    stage = Stage(QRectF(0, 0, 500, 400), camera)
    corners = [stage.point(x, y, h) for x in (-1, 1) for y in (-1, 1) for h in (0, 1)]
    assert all(stage.rect.contains(at) for at in corners)
    lowest = max(corners, key=QPointF.y)
    assert stage.point(*stage.near).y() == pytest.approx(lowest.y())
    assert stage.point(*stage.left).x() == pytest.approx(min(at.x() for at in corners))


def test_a_path_is_laid_over_the_surface() -> None:
    relief, stage = Relief(SURFACES["saddle"]), Stage(QRectF(0, 0, 500, 400), Camera())
    path = np.array([[-0.5, 0.0], [0.5, 0.0], [0.5, 5.0], [np.nan, 0.0]])
    draped = Draped.of(relief, stage, path, np.array([0, 10, 20, 30]))
    assert draped.steps[draped.is_step].tolist() == [0, 10, 20, 30]
    at = stage.point(0.5, 0.0, float(relief.at(np.array([0.5]), np.array([0.0]))[0]) + 0.004)
    own = np.flatnonzero(draped.is_step)
    assert (draped.xs[own[1]], draped.ys[own[1]]) == pytest.approx((at.x(), at.y()))
    assert np.isnan(draped.xs[own[2:]]).all()
    assert len(draped.xs) > 20
    assert len(Draped.of(relief, stage, path[:1], np.zeros(1, np.intp)).xs) == 1
    assert len(Draped.of(relief, stage, path[:0], np.zeros(0, np.intp)).xs) == 0


@given(st.lists(st.floats(-1e12, 1e12), min_size=2, max_size=60))
def test_heights_rise_with_the_values(values: list[float]) -> None:
    data = np.array(values)
    scale = Scale.of(data)
    if scale is None:
        return
    heights = scale.heights(np.sort(data))
    assert heights[0] == pytest.approx(0, abs=1e-9)
    assert heights[-1] == pytest.approx(1)
    assert (np.diff(heights) >= -1e-12).all()
    edge = upright_edge("objective", scale)
    assert len(edge.labels) <= 8
    assert all(-1e-6 <= share <= 1 + 1e-6 for share in edge.shares)


def test_a_narrow_valley_is_not_flat() -> None:
    x, y = np.meshgrid(np.linspace(-2, 2, 64), np.linspace(-1, 3, 64), indexing="ij")
    values = (1 - x) ** 2 + 100 * (y - x * x) ** 2
    scale = Scale.of(values)
    assert scale is not None
    assert scale.rise is not None
    assert 0.3 < np.median(scale.heights(values)) < 0.9
    assert list(ground_edge("x", Span(-2, 2)).labels) == ["−2", "−1", "0", "1", "2"]
    landscape = Landscape((Axis(0, -2, 2, 64), Axis(1, -1, 3, 64)), values)
    scene = Scene(landscape, ["x", "y"], levels(values))
    costs = [scene.cost(camera, np.zeros((0, 2))) for camera in VIEWS]
    assert min(costs) < max(costs)


# The view


def record(rows: np.ndarray) -> History:
    history = History(tuple(f"p{i}" for i in range(rows.shape[1])), "float64")
    history.extend((rows**2).sum(axis=1), rows, 2 * rows)
    return history


SPIRAL = (
    np.stack((np.cos(np.arange(40) / 4), np.sin(np.arange(40) / 4)), axis=1) * 0.93 ** np.arange(40)[:, None]
)


@pytest.fixture
def panel(qtbot: QtBot) -> DescentPanel:
    made = DescentPanel(LIGHT)
    qtbot.addWidget(made)
    made.resize(520, 400)
    made.show()

    def answer(axes: tuple[Axis, ...]) -> None:
        x, y = np.meshgrid(*(axis.values for axis in axes), indexing="ij")
        made.set_landscape(Landscape(axes, x * x + y * y))

    specs = (ParameterSpec("x", 1.0, reference=0.0), ParameterSpec("y", 0.0, reference=0.0))
    made.set_experiment(Experiment(parameters=specs))
    made.set_history(record(SPIRAL))
    made.choose(Choice("surface"))
    made.landscape_wanted.connect(answer)
    return made


def shown(panel: DescentPanel) -> SurfaceView:
    panel.request_landscape()
    assert panel.faces.surface is not None
    return panel.faces.surface


def test_it_is_made_only_when_it_is_wished_for(qtbot: QtBot) -> None:
    panel = DescentPanel(LIGHT)
    qtbot.addWidget(panel)
    panel.set_experiment(Experiment(parameters=(ParameterSpec("x", 1.0), ParameterSpec("y", 0.0))))
    assert panel.faces.surface is None
    panel.choose(Choice("surface"))
    assert panel.faces.surface is not None
    assert panel.faces.surface.message == NO_SURFACE
    panel.grab()
    panel.choose(Choice("contour"))
    assert not panel.faces.is_solid


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_path_point_and_branches_are_painted(panel: DescentPanel, palette: object) -> None:
    panel.apply_theme(palette)
    view = shown(panel)
    assert view.message == ""
    panel.set_step(3)
    before = view.grab().toImage()
    panel.set_step(9)
    after = view.grab().toImage()
    assert after != before
    panel.set_branches([Branch(1, record(SPIRAL[::-1]), 0, "backwards")])
    assert view.grab().toImage() != after
    assert view.reading[0] == ("step 9", view.theme.cursor)


def test_drag_turns_wheel_zooms_and_a_double_click_goes_home(panel: DescentPanel) -> None:
    view = shown(panel)
    home = view.camera
    middle = view.rect().center()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(view, middle + QPoint(60, 20))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=middle + QPoint(60, 20))
    assert view.camera.azimuth != home.azimuth
    assert view.camera.elevation > home.elevation
    at = QPointF(middle)
    held, none = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.NoButton
    phase = Qt.ScrollPhase.NoScrollPhase
    wheel = QWheelEvent(at, at, QPoint(), QPoint(0, 120), none, held, phase, False)
    QApplication.sendEvent(view, wheel)
    assert view.camera.zoom > 1
    turned = view.camera
    panel.set_landscape(
        Landscape((Axis(0, -3, 3, 8), Axis(1, -3, 3, 8)), np.add.outer(np.arange(8), np.arange(8.0)))
    )
    assert view.camera == turned, "a view that was turned stays"
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=middle)
    assert view.camera in VIEWS
    view.grab()


def test_a_click_on_the_path_chooses_its_step(panel: DescentPanel) -> None:
    chosen: list[int] = []
    panel.step_chosen.connect(chosen.append)
    view = shown(panel)
    assert view._scene is not None
    stage = Stage(QRectF(view.rect()).adjusted(0, TOP, 0, 0), view.camera)
    path = Draped.of(view._scene.relief, stage, view._scene.ground(SPIRAL), np.arange(40))
    free = np.flatnonzero(path.is_step & ~path.hidden)
    index = int(free[0])
    at = QPointF(float(path.xs[index]), float(path.ys[index]))
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=at.toPoint())
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(5, 380))
    assert chosen == [int(path.steps[index])]


def test_it_is_painted_finely_once_it_rests(panel: DescentPanel, qtbot: QtBot) -> None:
    view = shown(panel)
    view.grab()
    assert view._image is not None
    coarse = view._image[1].width()
    qtbot.waitUntil(lambda: not view._moving)
    view.grab()
    assert view._image[1].width() > 2 * coarse
    kept = view._image[1]
    panel.set_step(5)
    view.grab()
    assert view._image[1] is kept, "another step moves nothing of the surface"


def test_the_zoomed_contour_is_what_the_surface_shows(panel: DescentPanel) -> None:
    panel.choose(Choice("contour"))
    panel.chart.set_view(Span(0.0, 0.5), Span(0.0, 0.25))
    panel.choose(Choice("surface"))
    view = shown(panel)
    assert view._scene is not None
    assert view._scene._spans == [Span(0.0, 0.5), Span(0.0, 0.25)]


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_its_picture_can_be_taken_away(panel: DescentPanel, tmp_path: Path, suffix: str) -> None:
    shown(panel)
    picture = panel.picture()
    assert picture.name == "descent"
    path = tmp_path / f"surface{suffix}"
    export(picture, path, scale=2.0)
    assert path.stat().st_size > 5000
    if suffix == ".png":
        image = QImage(str(path))
        assert (image.width(), image.height()) == (1040, 800)
    if suffix == ".svg":
        assert ">objective<" in path.read_text()
