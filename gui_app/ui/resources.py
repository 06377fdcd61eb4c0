"""Icons: one set of single-colour SVGs, drawn in a colour of the theme at the sizes that the screens show."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from gui_app.core.resources import resource
from gui_app.ui.theme import Palette

SIZES = (16, 20, 24)
"""Sides of an icon in the window, in device-independent pixels: menus and tabs, tool bars, large buttons."""


@cache
def _source(name: str) -> str:
    """Text of the icon's SVG. Raises FileNotFoundError that names it."""
    return resource(f"icons/{name}.svg").read_text(encoding="utf-8")


def pixmap(name: str, colour: str, side: int, ratio: float = 1.0) -> QPixmap:
    """The icon of that name in one colour, ``side`` device-independent pixels wide and high."""
    renderer = QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode()))
    pixels = round(side * ratio)
    image = QPixmap(pixels, pixels)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    image.setDevicePixelRatio(ratio)
    return image


@cache
def _icon(name: str, colour: str, disabled: str, ratios: frozenset[float]) -> QIcon:
    """Pixmaps, not a QIconEngine of our own: PySide loses the engine that ``clone`` returns and crashes."""
    made = QIcon()
    for ratio in sorted(ratios):
        for side in SIZES:
            made.addPixmap(pixmap(name, colour, side, ratio), QIcon.Mode.Normal)
            made.addPixmap(pixmap(name, disabled, side, ratio), QIcon.Mode.Disabled)
    return made


class Icons:
    """``icons("play")`` is the QIcon of that name in the colours of the theme set last."""

    def __init__(self, palette: Palette) -> None:
        self.palette = palette

    def __call__(self, name: str, colour: str | None = None) -> QIcon:
        """Raises FileNotFoundError where ``resources/icons`` has no such icon."""
        ratios = frozenset(screen.devicePixelRatio() for screen in QGuiApplication.screens())
        return _icon(name, colour or self.palette.text, self.palette.faint, ratios or frozenset({1.0}))


@cache
def application_icon() -> QIcon:
    """The program's own icon."""
    return QIcon(str(resource("app.svg")))
