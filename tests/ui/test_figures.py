"""Pictures taken away: as large as asked, with text as text, and never half a file."""

from __future__ import annotations

import math
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter, QPen
from PySide6.QtWidgets import QFileDialog, QGraphicsScene, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from gui_app.core.history import History
from gui_app.ui.curves.loss_panel import LossPanel
from gui_app.ui.figures import png
from gui_app.ui.figures.export import ScenePicture, copy, export
from gui_app.ui.figures.menu import PictureMenu
from gui_app.ui.figures.saving import KINDS, SCALE, ask_target, target
from gui_app.ui.theme import LIGHT

# The offscreen platform says this of every window that is shown.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


class Cross:
    """A red cross from corner to corner, with a name that would like to be a script."""

    name = "cross"

    def size(self) -> QSizeF:
        return QSizeF(60, 40)

    def paint(self, painter: QPainter, target: QRectF) -> None:
        painter.fillRect(target, QColor("#ffffff"))
        painter.setPen(QPen(QColor("#ff0000"), 2))
        painter.drawLine(target.topLeft(), target.bottomRight())
        painter.drawLine(target.bottomLeft(), target.topRight())
        painter.drawText(target, Qt.AlignmentFlag.AlignCenter, "<script>a</script>")


class Broken(Cross):
    """Fails in the middle of painting."""

    def paint(self, painter: QPainter, target: QRectF) -> None:
        painter.fillRect(target, QColor("#ffffff"))
        raise MemoryError("no more")


@pytest.fixture
def panel(qtbot: QtBot) -> LossPanel:
    made = LossPanel(LIGHT)
    qtbot.addWidget(made)
    made.resize(420, 300)
    history = History(("x",), "float64")
    losses = np.linspace(2, 0, 21)
    history.extend(losses, np.zeros((21, 1)), np.zeros((21, 1)))
    made.set_history(history)
    made.set_step(7)
    return made


@pytest.mark.parametrize("scale", [1.0, 2.0, 4.0, 0.5])
def test_png_is_its_size_times_scale(panel: LossPanel, tmp_path: Path, scale: float) -> None:
    export(panel.picture(), tmp_path / "loss.png", scale=scale, title="A run")
    image = QImage(str(tmp_path / "loss.png"))
    assert (image.width(), image.height()) == (round(420 * scale), round(300 * scale))
    assert image.text("Title") == "A run"


def test_png_equals_the_screen(panel: LossPanel, tmp_path: Path) -> None:
    panel.show()
    panel._corner.hide()
    shown = panel.grab().toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    export(panel.picture(), tmp_path / "loss.png")
    saved = QImage(str(tmp_path / "loss.png")).convertToFormat(QImage.Format.Format_RGBA8888)
    first, second = (np.frombuffer(image.constBits(), np.uint8).astype(int) for image in (shown, saved))
    assert np.mean(np.abs(first - second)) < 1.0


@pytest.mark.usefixtures("qapp")
def test_png_in_bands_and_tiles_equals_the_one_in_one_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(Cross(), tmp_path / "whole.png", scale=3)
    monkeypatch.setattr(png, "BAND_BYTES", 4 * 180 * 7)
    monkeypatch.setattr(png, "TILE", 50)
    export(Cross(), tmp_path / "parts.png", scale=3)
    whole, parts = QImage(str(tmp_path / "whole.png")), QImage(str(tmp_path / "parts.png"))
    assert parts.size() == whole.size()
    first, second = (np.frombuffer(image.constBits(), np.uint8).astype(int) for image in (whole, parts))
    assert np.mean(np.abs(first - second)) < 0.5


@pytest.mark.usefixtures("qapp")
def test_png_wider_than_the_painter_allows(tmp_path: Path) -> None:
    export(Cross(), tmp_path / "wide.png", size=QSizeF(40_000, 3))
    header = (tmp_path / "wide.png").read_bytes()[16:24]
    assert int.from_bytes(header[:4]) == 40_000
    assert int.from_bytes(header[4:]) == 3


def test_svg_holds_texts_as_text(panel: LossPanel, tmp_path: Path) -> None:
    export(panel.picture(), tmp_path / "loss.svg")
    root = ET.parse(tmp_path / "loss.svg").getroot()
    texts = ["".join(node.itertext()).strip() for node in root.iter() if node.tag.endswith("}text")]
    assert {"step", "loss", "step 7", "loss 1.3", "0", "1.5", "20"} <= set(texts)
    assert root.attrib["viewBox"] == "0 0 420 300"


@pytest.mark.usefixtures("qapp")
def test_svg_of_a_hostile_name_is_inert(tmp_path: Path) -> None:
    export(Cross(), tmp_path / "a.svg", title="</title><script>alert(1)</script>")
    assert "<script" not in (tmp_path / "a.svg").read_text(encoding="utf-8")
    ET.parse(tmp_path / "a.svg")


def test_pdf_is_one_page_of_the_pictures_size(panel: LossPanel, tmp_path: Path) -> None:
    path = tmp_path / "loss.pdf"
    export(panel.picture(), path)
    assert path.read_bytes().startswith(b"%PDF")
    if shutil.which("pdftotext"):
        text = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True).stdout.decode()
        assert "loss 1.3" in text
        assert "step" in text


@pytest.mark.usefixtures("qapp")
def test_pdf_of_a_huge_picture_stays_readable(tmp_path: Path) -> None:
    path = tmp_path / "huge.pdf"
    export(Cross(), path, size=QSizeF(50_000, 20_000))
    if shutil.which("pdfinfo"):
        info = subprocess.run(["pdfinfo", path], capture_output=True, check=True).stdout.decode()
        assert "14400 x 5760 pts" in info


def test_unknown_format_is_refused_in_words(panel: LossPanel, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"“loss\.gif” is no picture format.*\.png, \.svg, \.pdf"):
        export(panel.picture(), tmp_path / "loss.gif")
    with pytest.raises(ValueError, match="above 0"):
        export(panel.picture(), tmp_path / "loss.png", size=QSizeF(0, 10))
    with pytest.raises(ValueError, match="smaller scale"):
        export(panel.picture(), tmp_path / "loss.png", scale=math.ldexp(1, 40))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
@pytest.mark.usefixtures("qapp")
def test_failed_export_leaves_the_old_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(b"old")
    with pytest.raises(MemoryError):
        export(Broken(), path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.usefixtures("qapp")
def test_export_into_a_missing_folder_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        export(Cross(), tmp_path / "none" / "a.png")


@pytest.mark.usefixtures("qapp")
def test_export_keeps_the_permissions_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    path.chmod(0o640)
    export(Cross(), path)
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.usefixtures("qapp")
def test_copy_puts_image_and_svg_on_the_clipboard() -> None:
    copy(Cross(), 2.0)
    data = QGuiApplication.clipboard().mimeData()
    assert data.hasImage()
    assert QGuiApplication.clipboard().image().width() == 120
    assert b"<svg" in data.data("image/svg+xml").data()
    with pytest.raises(ValueError, match="smaller scale"):
        copy(Cross(), 1000.0)
    QGuiApplication.clipboard().clear()


@pytest.mark.usefixtures("qapp")
def test_scene_picture_paints_the_part_that_was_asked_for(tmp_path: Path) -> None:
    scene = QGraphicsScene(0, 0, 100, 50)
    scene.addRect(0, 0, 50, 50, QPen(Qt.PenStyle.NoPen), QColor("#00ff00"))
    scene.addSimpleText("a node")
    export(ScenePicture("graph", scene), tmp_path / "all.png", scale=2)
    image = QImage(str(tmp_path / "all.png"))
    assert (image.width(), image.height()) == (200, 100)
    assert image.pixelColor(50, 80).name() == "#00ff00"
    export(ScenePicture("graph", scene, QRectF(0, 25, 50, 25)), tmp_path / "part.svg")
    assert 'viewBox="0 0 50 25"' in (tmp_path / "part.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("typed", "kind", "name", "scale"),
    [
        ("mine", "SVG drawing (*.svg)", "mine.svg", 1.0),
        ("mine", "PDF page (*.pdf)", "mine.pdf", 1.0),
        ("mine", "PNG image, 4× (*.png)", "mine.png", 4.0),
        ("mine", "", "mine.png", SCALE),
        ("run 1.5", "SVG drawing (*.svg)", "run 1.5.svg", 1.0),
        ("mine.SVG", "PNG image, 1× (*.png)", "mine.SVG", 1.0),
        ("mine.png", "PNG image, 1× (*.png)", "mine.png", 1.0),
    ],
)
def test_the_chosen_kind_gives_suffix_and_scale(
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    kind: str,
    name: str,
    scale: float,
) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / typed), kind))
    assert ask_target(owner, tmp_path / "start") == (tmp_path / name, scale)


def test_every_kind_can_be_written(tmp_path: Path) -> None:
    for kind in KINDS:
        path, scale = target(tmp_path / "cross", kind)
        export(Cross(), path, scale=scale)
        assert f"*{path.suffix}" in kind
        if path.suffix == ".png":
            assert QImage(str(path)).width() == 60 * scale


def test_a_file_is_not_replaced_under_a_name_that_nobody_typed(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    (tmp_path / "mine.png").write_bytes(b"old")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine"), ""))
    for answer, expected in (
        (QMessageBox.StandardButton.No, None),
        (QMessageBox.StandardButton.Yes, (tmp_path / "mine.png", SCALE)),
    ):
        monkeypatch.setattr(QMessageBox, "question", lambda *_, given=answer: given)
        assert ask_target(owner, tmp_path / "start") == expected
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    assert ask_target(owner, tmp_path / "start") is None


def test_menu_says_what_is_wished(panel: LossPanel, qtbot: QtBot) -> None:
    menu = panel.findChild(PictureMenu)
    for action, wish in zip(menu.actions(), ("save", "copy"), strict=True):
        with qtbot.waitSignal(panel.picture_wanted) as wanted:
            action.trigger()
        assert wanted.args == [wish]
