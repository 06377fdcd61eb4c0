"""Animations of a pass, the graph for other tools, and the menu from which both are saved."""

from __future__ import annotations

import re
import subprocess
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import imageio.v3 as imageio
import imageio_ffmpeg
import numpy as np
import pytest
import torch
import torchviz
from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QFileDialog, QMessageBox, QProgressDialog, QWidget
from pytestqt.qtbot import QtBot

from gui_app.core.graph import Edge, Graph, Node, TensorView
from gui_app.core.layout import layout
from gui_app.engine.lenses.graph import trace
from gui_app.files.graph_json import parse_graph
from gui_app.files.graph_torchviz import format_torchviz
from gui_app.ui import errors
from gui_app.ui.figures import animation, graph_menu, png, saving
from gui_app.ui.figures.animation import (
    LAST_SECONDS,
    LONGEST_SECONDS,
    script,
    write_animation,
)
from gui_app.ui.figures.export import export
from gui_app.ui.figures.graph_menu import TEXTS
from gui_app.ui.figures.job import Job
from gui_app.ui.figures.progress import Cancelled, Progress
from gui_app.ui.figures.saving import FILM_KINDS, GRAPH_KINDS
from gui_app.ui.graph.cards import measure
from gui_app.ui.graph.panel import GraphPanel
from gui_app.ui.theme import LIGHT

# The offscreen platform says this of every window that is shown.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


class Dot:
    """A film: frame k is k grey levels darker; what moves is a red dot from left to right."""

    name = "dot"

    def __init__(self, fails_at: int = -1) -> None:
        self.index, self.phase, self.fails_at = 0, 1.0, fails_at

    def show(self, index: int, phase: float) -> None:
        self.index, self.phase = index, phase
        if index == self.fails_at:
            raise MemoryError("no more")

    def size(self) -> QSizeF:
        return QSizeF(61, 40)

    def paint(self, painter: QPainter, target: QRectF) -> None:
        level = 250 - 40 * self.index
        painter.fillRect(target, QColor(level, level, level))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#ff0000"))
        side = target.height() / 4
        painter.drawRect(QRectF(self.phase * (target.width() - side), side, side, side))


def frames_of(path: Path) -> list[np.ndarray]:
    """All pictures of a GIF or MP4, (height, width, 3)."""
    if path.suffix == ".gif":
        return [frame[..., :3] for frame in imageio.imread(path, plugin="pillow", index=None, mode="RGB")]
    words = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", path, "-f", "image2pipe"]
    done = subprocess.run([*words, "-vcodec", "ppm", "-"], capture_output=True, check=True).stdout
    width, height = map(int, done.split(maxsplit=3)[1:3])
    head = len(f"P6\n{width} {height}\n255\n")
    pictures = np.frombuffer(done, np.uint8).reshape(-1, head + width * height * 3)[:, head:]
    return list(pictures.reshape(-1, height, width, 3))


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("suffix", ["gif", "mp4"])
def test_a_film_shows_every_frame_and_what_moves(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"film.{suffix}"
    write_animation(Dot(), 4, path, fps=10, scale=2.0)
    pictures = frames_of(path)
    assert pictures[0].shape == (80, 122, 3), "even sides: video wants them"
    greys = [int(picture[-4, picture.shape[1] // 2, 2]) for picture in pictures]
    assert greys == sorted(greys, reverse=True)
    for level in (250, 210, 170, 130):
        assert any(abs(grey - level) < 8 for grey in greys)
    first = [p for p, grey in zip(pictures, greys, strict=True) if abs(grey - 210) < 8]
    places = [int(np.argmax(p[30, :, 0].astype(int) - p[30, :, 1])) for p in first]
    assert places[0] + 30 < places[3] < places[-1]
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.usefixtures("qapp")
def test_how_long_a_picture_stands(tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    write_animation(Dot(), 3, path, fps=10)
    told = [imageio.immeta(path, plugin="pillow", index=k)["duration"] for k in range(len(frames_of(path)))]
    assert sum(told) == pytest.approx(1000 * sum(shot.seconds for shot in script(3, 10)), abs=10 * len(told))
    assert told[-1] >= 1000 * LAST_SECONDS


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("suffix", ["gif", "mp4"])
def test_the_same_film_is_the_same_file(tmp_path: Path, suffix: str) -> None:
    names = [tmp_path / f"{k}.{suffix}" for k in range(2)]
    for name in names:
        write_animation(Dot(), 3, name, fps=8)
    assert names[0].read_bytes() == names[1].read_bytes()


@pytest.mark.usefixtures("qapp")
def test_a_size_is_kept_and_a_huge_one_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_animation(Dot(), 1, tmp_path / "a.gif", size=QSizeF(320, 200))
    assert frames_of(tmp_path / "a.gif")[0].shape == (200, 320, 3)
    monkeypatch.setattr(animation, "MOST_SIDE", 100)
    write_animation(Dot(), 1, tmp_path / "a.gif", scale=8)
    assert max(frames_of(tmp_path / "a.gif")[0].shape) == 100


@pytest.mark.parametrize("count", [1, 2, 14, 40, 672, 2_000, 100_000])
@pytest.mark.parametrize("fps", [1.0, 15.0, 60.0])
def test_a_script_begins_at_the_start_ends_at_the_end_and_is_not_too_long(count: int, fps: float) -> None:
    shots = script(count, fps)
    assert (shots[0].index, shots[-1].index, shots[-1].phase) == (0, count - 1, 1.0)
    assert [shot.index for shot in shots] == sorted(shot.index for shot in shots)
    assert all(0 <= shot.phase <= 1 and shot.seconds > 0 for shot in shots)
    assert sum(shot.seconds for shot in shots) < 1.7 * LONGEST_SECONDS + 5
    if count <= 40:
        assert {shot.index for shot in shots} == set(range(count))
        assert fps < 15 or count == 1 or any(0 < shot.phase < 1 for shot in shots)


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("suffix", ["gif", "mp4"])
def test_a_film_that_fails_or_is_cancelled_leaves_what_was_there(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"film.{suffix}"
    path.write_bytes(b"old")
    with pytest.raises(MemoryError):
        write_animation(Dot(fails_at=2), 4, path)
    with pytest.raises(Cancelled):
        write_animation(Dot(), 4, path, progress=Progress(cancelled=True))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(ValueError, match=r"no animation.*\.gif, \.mp4"):
        write_animation(Dot(), 4, tmp_path / "film.avi")


def number(value: float) -> TensorView:
    return TensorView((), "float32", "cpu", value, value, value, abs(value), np.array(value))


def square() -> Graph:
    """``x * x`` at 3."""
    nodes = (
        Node(0, "x", "leaf", (), label="x", value=number(3.0), gradient=number(6.0)),
        Node(1, "AccumulateGrad", "accumulate", (), value=number(3.0), gradient=number(6.0), order=1),
        Node(2, "MulBackward0", "grad_fn", (), value=number(9.0), gradient=number(1.0), order=0),
    )
    edges = (Edge(0, 1), Edge(1, 2, 0, gradient=number(3.0)), Edge(1, 2, 1, gradient=number(3.0)))
    return Graph(nodes, edges, (2,), (2, 1))


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[GraphPanel]:
    made = GraphPanel(LIGHT)
    qtbot.addWidget(made)
    made.resize(400, 300)
    graph = square()
    made.set_graph(graph, layout(graph, measure=measure))
    yield made
    if made.exports.job is not None:
        made.exports.job.wait()


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What has been told in dialogs."""
    told: list[str] = []
    monkeypatch.setattr(errors, "show_fault", lambda _parent, _title, fault: told.append(str(fault)))
    return told


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the user answers in the dialog, and the kinds that it offered."""
    answers = {"name": "", "kind": "", "offered": ""}

    def dialog(_parent: object, _title: str, start: str, kinds: str) -> tuple[str, str]:
        answers.update(offered=kinds, start=start)
        return answers["name"], answers["kind"]

    monkeypatch.setattr(QFileDialog, "getSaveFileName", dialog)
    return answers


def test_the_menu_saves_pictures_and_graphs(panel: GraphPanel, tmp_path: Path, asked: dict[str, str]) -> None:
    menu, told = panel.exports, []
    menu.told.connect(told.append)
    asked["name"] = str(tmp_path / "a.svg")
    menu.save_picture()
    assert "MulBackward0" in (tmp_path / "a.svg").read_text(encoding="utf-8")
    for kind, (suffix, _) in GRAPH_KINDS.items():
        asked.update(name=str(tmp_path / "b"), kind=kind)
        menu.save_graph()
        assert (tmp_path / f"b{suffix}").exists()
        assert kind in asked["offered"]
    assert asked["start"] == str(tmp_path / "graph"), "the folder of the file before"
    assert parse_graph((tmp_path / "b.json").read_text(encoding="utf-8")).structure() == square().structure()
    asked["name"] = ""
    menu.save_picture()
    menu.save_graph()
    menu.save_film("backward")
    menu.copy_picture()
    assert told == ["Saved a.svg.", "Saved b.json.", "Saved b.dot.", "Saved b.gv.", "Copied the picture."]
    assert set(TEXTS) == {suffix for suffix, _ in GRAPH_KINDS.values()}


@pytest.mark.parametrize("direction", ["backward", "forward"])
def test_the_menu_saves_a_film(
    qtbot: QtBot,
    panel: GraphPanel,
    tmp_path: Path,
    asked: dict[str, str],
    direction: str,
    faults: list[str],
) -> None:
    asked.update(name=str(tmp_path / "film"), kind=next(iter(FILM_KINDS)))
    with qtbot.waitSignal(panel.exports.told, timeout=30_000) as told:
        panel.exports.save_film(direction)
        assert panel.exports.job is not None
        panel.exports.save_film(direction)
        assert faults == ["Another file is still being written. Wait for it, or cancel it."]
    assert told.args == ["Saved film.gif."]
    assert panel.exports.job is None
    assert len(frames_of(tmp_path / "film.gif")) > 3
    assert asked["start"].endswith(direction)


def test_a_cancelled_film_leaves_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    path = tmp_path / "film.mp4"
    job = Job(path, lambda p: write_animation(Dot(), 400, path, scale=4, progress=p), owner)
    dialog = owner.findChild(QProgressDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: job._progress.done > 2)
    with qtbot.waitSignal(job.ended) as ended:
        dialog.canceled.emit()
    assert ended.args == [""]
    assert list(tmp_path.iterdir()) == []


def test_what_goes_wrong_is_told(
    qtbot: QtBot,
    panel: GraphPanel,
    tmp_path: Path,
    asked: dict[str, str],
    faults: list[str],
) -> None:
    asked["name"] = str(tmp_path / "none" / "a.png")
    panel.exports.save_picture()
    asked["name"] = str(tmp_path / "none" / "a.json")
    panel.exports.save_graph()
    asked["name"] = str(tmp_path / "none" / "a.gif")
    panel.exports.save_film("backward")
    qtbot.waitUntil(lambda: len(faults) == 3)
    panel.set_graph(None, None)
    for save in (panel.exports.save_picture, panel.exports.copy_picture, panel.exports.save_graph):
        save()
    panel.exports.save_film("forward")
    assert len(faults) == 7
    assert all("nothing to export" in fault for fault in faults[3:])
    owner, path = QWidget(), tmp_path / "a.gif"
    qtbot.addWidget(owner)
    film = Dot(fails_at=1)
    job = Job(path, lambda p: write_animation(film, 3, path, progress=p), owner)
    with qtbot.waitSignal(job.ended) as ended:
        pass
    assert ended.args == ["no more"]
    with qtbot.waitSignal(Job(path, lambda _: 1 / 0, owner).ended) as ended:  # type: ignore[arg-type, return-value]
        pass
    assert "ZeroDivisionError" in ended.args[0]


def test_a_graph_that_never_ran_backward_has_no_film(panel: GraphPanel, faults: list[str]) -> None:
    graph = square()
    panel.set_graph(Graph(graph.nodes, graph.edges, graph.roots), layout(graph, measure=measure))
    panel.exports.save_film("backward")
    assert "No backward pass" in faults[0]


def test_every_kind_has_its_own_suffix_or_scale(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    (tmp_path / "a.gif").write_bytes(b"old")
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "a"), "GIF animation (*.gif)")
    )
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.No)
    assert saving.ask_target(owner, tmp_path / "x", FILM_KINDS, "Save animation") is None
    assert saving.target(tmp_path / "a", "MP4 video, 2× (*.mp4)", FILM_KINDS) == (tmp_path / "a.mp4", 2.0)
    assert saving.target(tmp_path / "a.gif", "MP4 video (*.mp4)", FILM_KINDS)[0] == tmp_path / "a.gif"
    assert saving.target(tmp_path / "a.png", "", GRAPH_KINDS) == (tmp_path / "a.png.json", 1.0)


@pytest.mark.usefixtures("qapp")
def test_a_picture_of_a_pass_is_sharp_at_any_scale(panel: GraphPanel, tmp_path: Path) -> None:
    picture, count = panel.film("backward")  # type: ignore[misc]
    picture.show(count - 1)
    size = picture.size()
    for scale in (0.5, 1.0, 6.0):
        export(picture, tmp_path / "a.png", scale=scale)
        image = QImage(str(tmp_path / "a.png"))
        assert (image.width(), image.height()) == (round(size.width() * scale), round(size.height() * scale))


def test_a_large_png_is_written_beside_the_window(
    qtbot: QtBot,
    panel: GraphPanel,
    tmp_path: Path,
    asked: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    picture = panel.picture()
    assert picture is not None
    export(picture, tmp_path / "whole.png", scale=2.0)
    monkeypatch.setattr(graph_menu, "LARGE", 1)
    monkeypatch.setattr(png, "BAND_BYTES", 4 * round(2 * picture.size().width()) * 50)
    asked["name"] = str(tmp_path / "a.png")
    with qtbot.waitSignal(panel.exports.told, timeout=30_000):
        panel.exports.save_picture()
        assert panel.exports.job is not None
        progress = panel.exports.job._progress
    assert progress.done == progress.total == png.parts(picture.size(), 2.0) > 3
    assert QImage(str(tmp_path / "a.png")).size() == QImage(str(tmp_path / "whole.png")).size()


# torchviz's way

LINE = re.compile(r'^\t(\w+) \[label=(?:"((?:[^"\\]|\\.)*)"|(\w+))(.*)\]$', re.MULTILINE)
FILL = re.compile(r"fillcolor=(\w+)")
ARROW = re.compile(r"^\t(\w+) -> (\w+)", re.MULTILINE)


def shape_of(text: str) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Boxes as label and colour, and edges between them, without the names of the nodes."""
    flat = re.sub(r'label="[^"]*"', lambda found: found[0].replace("\n", "\\n"), text)
    boxes = {}
    for name, quoted, word, rest in LINE.findall(flat):
        fill = "".join(FILL.findall(rest))
        boxes[name] = (quoted + word + fill).replace("\\n", "").replace(" ", "")
    return Counter(boxes.values()), Counter((boxes[a], boxes[b]) for a, b in ARROW.findall(flat))


def models() -> dict[str, tuple[torch.Tensor, dict[str, torch.Tensor]]]:
    torch.manual_seed(0)
    x = torch.randn(3, requires_grad=True)
    layers = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2))
    named = dict(layers.named_parameters())
    shared = torch.nn.Linear(4, 4)
    state = torch.randn(2, 4)
    for _ in range(3):
        state = torch.relu(shared(state))
    return {
        "x*x": ((x * x).sum(), {"x": x}),
        "perceptron": (layers(torch.randn(5, 4)).pow(2).mean(), named),
        "tied": (state.sum(), dict(shared.named_parameters())),
    }


@pytest.mark.parametrize("name", ["x*x", "perceptron", "tied"])
def test_dot_is_what_torchviz_writes(name: str) -> None:
    output, leaves = models()[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        theirs = str(torchviz.make_dot(output, params=leaves).source)
    ours = format_torchviz(trace(output, leaves))
    assert shape_of(ours) == shape_of(theirs)
    assert re.search(r'size="[\d.]+,[\d.]+"', ours)


def test_dot_of_a_hostile_name_is_inert(tmp_path: Path) -> None:
    nodes = (Node(0, 'x"]; evil [label="', "leaf", (), label='a"\\'), Node(1, "AccumulateGrad", "accumulate"))
    text = format_torchviz(Graph(nodes, (Edge(0, 1),), (1,)))
    path = tmp_path / "a.gv"
    path.write_text(text, encoding="utf-8")
    done = subprocess.run(["dot", "-Tplain", path], capture_output=True, text=True, check=True)
    assert len([line for line in done.stdout.splitlines() if line.startswith("node ")]) == 3
