"""Resources are found wherever the program runs from; every icon is there, parses and follows the theme."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage, QPixmap

from gui_app.core.resources import resource
from gui_app.ui.actions import ACTIONS
from gui_app.ui.resources import Icons, application_icon, pixmap
from gui_app.ui.theme import DARK, LIGHT

ICONS = sorted(path.stem for path in resource("icons").glob("*.svg"))
PROMISED = {
    *("play", "pause", "step-back", "step-forward", "to-start", "to-end", "reset", "open", "save", "export"),
    *(
        "copy",
        "theme",
        "zoom-in",
        "zoom-out",
        "fit",
        "orientation",
        "shared",
        "legend",
        "gallery",
        "settings",
    ),
    *("device", "warning", "error", "check", "close", "search", "loop", "help"),
}


def colours(picture: QPixmap) -> set[str]:
    """Colours of the opaque pixels."""
    image: QImage = picture.toImage()
    pixels = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    return {pixel.name() for pixel in pixels if pixel.alpha() == 255}


def test_checkout() -> None:
    root = Path(__file__).parent.parent.parent
    assert resource("icons/play.svg") == root / "resources" / "icons" / "play.svg"
    assert resource("lessons").is_dir()


def test_wheel(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "gui_app"
    (package / "resources" / "icons").mkdir(parents=True)
    (package / "resources" / "icons" / "play.svg").write_text("<svg/>")
    # Another distribution's folder beside the package must not be taken for ours.
    (package.parent / "resources" / "lessons").mkdir(parents=True)
    assert resource("icons/play.svg", package) == package / "resources" / "icons" / "play.svg"
    with pytest.raises(FileNotFoundError, match="resources/lessons is missing"):
        resource("lessons", package)


def test_every_promised_icon_is_there() -> None:
    assert set(ICONS) >= PROMISED
    assert {spec.icon for spec in ACTIONS if spec.icon} <= set(ICONS)


@pytest.mark.parametrize("name", ICONS)
def test_icon_is_of_the_set(name: str) -> None:
    root = ET.parse(resource(f"icons/{name}.svg")).getroot()
    assert root.get("viewBox") == "0 0 24 24"
    assert root.get("stroke") == "currentColor"
    assert root.get("stroke-width") == "1.75"
    own = {element.get(key) for element in root.iter() for key in ("stroke", "fill")}
    assert own <= {None, "none", "currentColor"}


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("name", ICONS)
def test_icon_is_painted_in_the_colour(name: str) -> None:
    picture = pixmap(name, "#ff0000", 24, 2.0)
    assert picture.size() == QSize(48, 48)
    assert picture.devicePixelRatio() == 2.0
    assert colours(picture) == {"#ff0000"}


@pytest.mark.usefixtures("qapp")
def test_icons_follow_the_theme() -> None:
    icons = Icons(LIGHT)
    assert colours(icons("fit").pixmap(20, 20)) == {LIGHT.text}
    icons.palette = DARK
    assert colours(icons("fit").pixmap(20, 20)) == {DARK.text}
    disabled = icons("fit").pixmap(QSize(20, 20), QIcon.Mode.Disabled)
    assert colours(disabled) == {DARK.faint}
    assert colours(icons("fit", DARK.accent).pixmap(20, 20)) == {QColor(DARK.accent).name()}


@pytest.mark.usefixtures("qapp")
def test_unknown_icon() -> None:
    with pytest.raises(FileNotFoundError, match="icons/unicorn"):
        Icons(LIGHT)("unicorn")


@pytest.mark.usefixtures("qapp")
def test_application_icon() -> None:
    assert not application_icon().pixmap(64, 64).isNull()
