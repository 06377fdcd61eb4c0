"""The look applied: Fusion, the theme's QPalette and one style sheet, following the system unless told otherwise."""

from __future__ import annotations

from dataclasses import fields
from string import Template

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from gui_app.core.resources import resource
from gui_app.ui.theme import DARK, LIGHT, TYPE, Palette

MODES = ("system", "light", "dark")

_ROLES: dict[QPalette.ColorRole, str] = {
    QPalette.ColorRole.Window: "window",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "panel",
    QPalette.ColorRole.AlternateBase: "raised",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.PlaceholderText: "muted",
    QPalette.ColorRole.Button: "raised",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.ToolTipBase: "raised",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "on_accent",
    QPalette.ColorRole.Accent: "accent",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.LinkVisited: "accent",
    QPalette.ColorRole.Mid: "border",
    QPalette.ColorRole.Dark: "border",
}
_TEXT_ROLES = (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText)


def qt_palette(palette: Palette) -> QPalette:
    """The theme in Qt's terms, for everything that the style sheet does not name."""
    made = QPalette()
    for role, field in _ROLES.items():
        made.setColor(role, QColor(getattr(palette, field)))
    for role in _TEXT_ROLES:
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(palette.faint))
    return made


def style_sheet(palette: Palette) -> str:
    """``resources/style.qss`` with the theme's colours filled in. Raises KeyError for an unknown name in it."""
    names = {field.name: str(getattr(palette, field.name)) for field in fields(palette)}
    accent = QColor(palette.accent)
    names["accent_hover"] = (accent.lighter(112) if palette.dark else accent.darker(112)).name()
    names["widgets"] = resource("widgets").as_posix()
    return Template(resource("style.qss").read_text(encoding="utf-8")).substitute(names)


def apply(app: QApplication, palette: Palette) -> None:
    """Dress the whole application in one theme."""
    app.setStyle("Fusion")
    app.setPalette(qt_palette(palette))
    app.setStyleSheet(style_sheet(palette))


def font(step: str = "body", *, bold: bool = False) -> QFont:
    """The system's font at one step of the type scale (``theme.TYPE``)."""
    made = QFont(QApplication.font())
    made.setPointSizeF(made.pointSizeF() * TYPE[step])
    if bold:
        made.setWeight(QFont.Weight.DemiBold)
    return made


def monospace(step: str = "body") -> QFont:
    """The system's fixed-width font, as large as the text around it."""
    made = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    made.setPointSizeF(QApplication.font().pointSizeF() * TYPE[step])
    return made


class Theme(QObject):
    """Which of the two themes is on: the system's, or the one that was chosen, which is remembered.

    ``changed`` carries the new Palette after the application has been dressed in it.
    """

    changed = Signal(object)

    def __init__(self, app: QApplication, settings: QSettings) -> None:
        super().__init__(app)
        self._app, self._settings = app, settings
        self._hints = app.styleHints()
        remembered = str(settings.value("theme", "system"))
        self.mode = remembered if remembered in MODES else "system"
        self._tell_system()
        self.palette = self._wanted()
        apply(app, self.palette)
        self._hints.colorSchemeChanged.connect(self._on_system_changed)

    def set_mode(self, mode: str) -> None:
        """``system``, ``light`` or ``dark``."""
        self.mode = mode
        self._settings.setValue("theme", mode)
        self._tell_system()
        self._update()

    def _wanted(self) -> Palette:
        dark = self._hints.colorScheme() == Qt.ColorScheme.Dark
        return {"light": LIGHT, "dark": DARK}.get(self.mode, DARK if dark else LIGHT)

    def _tell_system(self) -> None:
        """So that the frame of the window matches what is inside it."""
        schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
        self._hints.setColorScheme(schemes.get(self.mode, Qt.ColorScheme.Unknown))

    def _on_system_changed(self) -> None:
        self._update()

    def _update(self) -> None:
        wanted = self._wanted()
        if wanted is not self.palette:
            self.palette = wanted
            apply(self._app, wanted)
            self.changed.emit(wanted)
