"""The window: arrangement remembered and reset, title, drop, closing, themes, failures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QTabBar, QToolButton, QWidget
from pytestqt.qtbot import QtBot
from shell_parts import Plot, Shell, make_shell

from gui_app.core.fault import Fault, Span
from gui_app.ui import errors
from gui_app.ui.docks import PANELS
from gui_app.ui.help import show_about, show_shortcuts
from gui_app.ui.style import Theme, style_sheet
from gui_app.ui.theme import DARK, LIGHT

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def make(qtbot: QtBot, settings: QSettings) -> Callable[[], Shell]:
    def made() -> Shell:
        shell = make_shell(settings)
        qtbot.addWidget(shell.window)
        shell.window.resize(1280, 800)
        shell.window.show_laboratory()
        shell.window.show()
        qtbot.waitExposed(shell.window)
        QApplication.processEvents()
        return shell

    return made


def left_of(shell: Shell, name: str) -> int:
    return shell.window.laboratory.docks[name].mapTo(shell.window, QPoint()).x()


def top_of(shell: Shell, name: str) -> int:
    return shell.window.laboratory.docks[name].mapTo(shell.window, QPoint()).y()


def test_first_arrangement(make: Callable[[], Shell]) -> None:
    shell = make()
    assert left_of(shell, "objective") < left_of(shell, "descent") < left_of(shell, "graph")
    for column in range(3):
        stack = [spec.id for spec in PANELS if spec.column == column and not spec.tab_of]
        assert len({left_of(shell, name) for name in stack}) == 1
        tops = [top_of(shell, name) for name in stack]
        assert tops == sorted(tops)
        assert len(set(tops)) == len(tops)
    docks = shell.window.laboratory.docks
    assert docks["inspector"] in shell.window.laboratory.tabifiedDockWidgets(docks["step"])
    widths = [docks[name].width() / 1280 for name in ("objective", "descent", "graph")]
    assert widths == pytest.approx([0.26, 0.40, 0.34], abs=0.02)


def test_first_arrangement_after_the_start_page(make: Callable[[], Shell]) -> None:
    shell = make()
    shell.window.show_start_page()
    assert shell.window.on_start_page
    shell.window.resize(1920, 1080)
    shell.window.show_laboratory()
    QApplication.processEvents()
    docks = shell.window.laboratory.docks
    widths = [docks[name].width() / 1920 for name in ("objective", "descent", "graph")]
    assert widths == pytest.approx([0.26, 0.40, 0.34], abs=0.03)


def test_everything_fits_at_1280_by_800(make: Callable[[], Shell]) -> None:
    shell = make()
    assert (shell.window.width(), shell.window.height()) == (1280, 800)
    for widget in (shell.transport, shell.timeline, *shell.panels.values()):
        if not widget.visibleRegion().isEmpty():
            inside = shell.window.rect().contains(
                widget.rect().translated(widget.mapTo(shell.window, QPoint()))
            )
            assert inside, widget
            assert widget.width() >= widget.minimumSizeHint().width()


def test_layout_is_remembered_and_reset(make: Callable[[], Shell]) -> None:
    first = make()
    first.window.laboratory.docks["loss"].close()
    first.window.laboratory.splitDockWidget(
        first.window.laboratory.docks["graph"],
        first.window.laboratory.docks["objective"],
        Qt.Orientation.Horizontal,
    )
    QApplication.processEvents()
    first.window.close()

    second = make()
    assert not second.window.laboratory.docks["loss"].isVisible()
    assert left_of(second, "objective") > left_of(second, "graph")

    second.actions["reset_layout"].trigger()
    QApplication.processEvents()
    assert second.window.laboratory.docks["loss"].isVisible()
    assert left_of(second, "objective") < left_of(second, "descent") < left_of(second, "graph")


def test_layout_of_another_version_is_ignored(make: Callable[[], Shell], settings: QSettings) -> None:
    other = make()
    settings.setValue("window/layout", other.window.laboratory.saveState(999))
    assert left_of(make(), "objective") == 0


def test_a_closed_panel_is_in_the_view_menu(make: Callable[[], Shell]) -> None:
    shell = make()
    toggles = {action.text(): action for action in shell.window.laboratory.toggles()}
    assert list(toggles) == [spec.title for spec in PANELS]
    toggles["Loss"].trigger()
    assert not shell.window.laboratory.docks["loss"].isVisible()
    shell.window.laboratory.show_panel("loss")
    assert shell.window.laboratory.docks["loss"].isVisible()


def test_menu_of_a_panel(qtbot: QtBot, make: Callable[[], Shell]) -> None:
    shell = make()
    docks = shell.window.laboratory.docks
    plain = [action.text() for action in docks["objective"].title.menu.actions()]
    assert plain == ["Float", "Close"]
    actions = {action.text(): action for action in docks["graph"].title.menu.actions()}
    with qtbot.waitSignal(shell.window.picture_wanted) as wanted:
        actions["Copy picture"].trigger()
    assert wanted.args == ["graph", "copy"]
    with qtbot.waitSignal(shell.window.picture_wanted) as wanted:
        actions["Save picture…"].trigger()
    assert wanted.args == ["graph", "save"]
    actions["Float"].trigger()
    assert docks["graph"].isFloating()
    actions["Float"].trigger()
    assert not docks["graph"].isFloating()


GROUPS = [
    [spec, *(other for other in PANELS if other.tab_of == spec.id)] for spec in PANELS if not spec.tab_of
]
"""Panels that lie on one another, each group under its first."""


def test_a_tab_replaces_the_title(make: Callable[[], Shell]) -> None:
    shell = make()
    docks = shell.window.laboratory.docks
    slim = {name for name, dock in docks.items() if dock.title.sizeHint().height() == 0}
    assert slim == {spec.id for group in GROUPS if len(group) > 1 for spec in group}
    for group in GROUPS:
        for spec in group[1:]:
            docks[spec.id].close()
    docks["inspector"].show()
    docks["inspector"].setFloating(True)
    QApplication.processEvents()
    assert all(
        dock.title.isVisible() and dock.title.height() > 0 for dock in docks.values() if dock.isVisible()
    )
    docks["inspector"].setFloating(False)
    docks["inspector"].close()
    QApplication.processEvents()
    assert docks["step"].title.isVisible()


def tabs_in_sight(shell: Shell) -> list[list[str]]:
    QTest.qWait(20)
    bars = [bar for bar in shell.window.laboratory.findChildren(QTabBar) if bar.isVisible() and bar.x() >= 0]
    return sorted([bar.tabText(index) for index in range(bar.count())] for bar in bars)


def test_no_tab_bar_is_left_lying_about(make: Callable[[], Shell]) -> None:
    expected = sorted([spec.title for spec in group] for group in GROUPS if len(group) > 1)
    shell = make()
    assert tabs_in_sight(shell) == expected
    shell.actions["reset_layout"].trigger()
    assert tabs_in_sight(shell) == expected
    shell.window.close()
    second = make()  # with the layout of the first
    assert tabs_in_sight(second) == expected
    second.window.laboratory.bring_forward("console")
    second.window.resize(1500, 900)
    assert tabs_in_sight(second) == expected


def test_title_and_modified_mark(make: Callable[[], Shell]) -> None:
    window = make().window
    window.set_title("A parabola", modified=True)
    assert window.windowTitle() == "A parabola[*] — Gradarium"
    assert window.isWindowModified()
    window.set_title("", modified=False)
    assert window.windowTitle() == "Gradarium[*]"
    assert not window.isWindowModified()


def test_closing_can_be_refused(make: Callable[[], Shell]) -> None:
    window = make().window
    window.closing = lambda: False
    assert not window.close()
    assert window.isVisible()
    window.closing = lambda: True
    assert window.close()


def drop(window: QWidget, data: QMimeData) -> bool:
    """Drag ``data`` in and let go if it is taken; whether it was."""
    action, button, no = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), action, data, button, no)
    enter.ignore()
    QApplication.sendEvent(window, enter)
    if enter.isAccepted():
        QApplication.sendEvent(window, QDropEvent(QPointF(9, 9), action, data, button, no))
    return enter.isAccepted()


def test_a_file_can_be_dropped(qtbot: QtBot, make: Callable[[], Shell], tmp_path: Path) -> None:
    window, data = make().window, QMimeData()
    path = tmp_path / "a b é.toml"
    data.setUrls([QUrl.fromLocalFile(str(path))])
    with qtbot.waitSignal(window.file_dropped) as dropped:
        assert drop(window, data)
    assert Path(dropped.args[0]) == path


def test_nothing_else_can_be_dropped(qtbot: QtBot, make: Callable[[], Shell]) -> None:
    window = make().window
    web, two, text = QMimeData(), QMimeData(), QMimeData()
    web.setUrls([QUrl("https://example.org/a.toml")])
    two.setUrls([QUrl.fromLocalFile("/a"), QUrl.fromLocalFile("/b")])
    text.setText("x**2")
    with qtbot.assertNotEmitted(window.file_dropped):
        assert not any(drop(window, data) for data in (web, two, text))


def test_recent_files(qtbot: QtBot, make: Callable[[], Shell], tmp_path: Path) -> None:
    window = make().window
    window.set_recent([tmp_path / "a & b.toml", tmp_path / "c.toml"])
    submenu = next(
        menu
        for menu in window.findChildren(type(window.menuBar().addMenu("x")))
        if menu.title() == "Open recent"
    )
    assert "a && b.toml" in submenu.actions()[0].text()
    with qtbot.waitSignal(window.recent_chosen) as chosen:
        submenu.actions()[1].trigger()
    assert chosen.args == [str(tmp_path / "c.toml")]
    window.set_recent([])
    assert not submenu.isEnabled()


def test_theme_reaches_every_part(make: Callable[[], Shell]) -> None:
    shell = make()
    shell.window.apply_theme(DARK)
    plot = shell.panels["graph"]
    assert isinstance(plot, Plot)
    assert plot.palettes == [DARK]
    image = shell.timeline.grab().toImage()
    assert image.pixelColor(int(shell.timeline.x_of(0)), 26).name() == DARK.cursor


def test_play_stays_pause_in_another_theme(make: Callable[[], Shell]) -> None:
    shell = make()
    shell.transport.set_state("running")
    shell.window.apply_theme(DARK)
    assert shell.actions["play"].text() == "Pause"
    shell.transport.set_state("paused")
    assert shell.actions["play"].text() == "Play"


def test_full_screen(make: Callable[[], Shell]) -> None:
    shell = make()
    shell.actions["full_screen"].trigger()
    assert shell.window.isFullScreen()
    shell.actions["full_screen"].trigger()
    assert not shell.window.isFullScreen()


def test_fault_banner(qtbot: QtBot, make: Callable[[], Shell]) -> None:
    window = make().window
    fault = Fault("x is not defined.", Span(2, 4, 2, 5), "Define it first.", "NameError <b>x</b>")
    window.show_fault(fault)
    assert window.banner.isVisible()
    assert window.banner.text == "line 2, column 5: x is not defined. Define it first."
    with qtbot.waitSignal(window.banner.closed):
        qtbot.mouseClick(window.banner.findChild(QToolButton), Qt.MouseButton.LeftButton)
    assert not window.banner.isVisible()
    window.show_fault(fault, warning=True)
    window.hide_fault()
    assert not window.banner.isVisible()


def test_fault_box(qtbot: QtBot) -> None:
    box = errors.fault_box(
        None, "Cannot open", Fault("The file is empty.", hint="Open another.", details="raw")
    )
    qtbot.addWidget(box)
    assert (box.text(), box.informativeText(), box.detailedText()) == (
        "The file is empty.",
        "Open another.",
        "raw",
    )


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize(
    ("button", "answer"),
    [
        (QMessageBox.StandardButton.Save, "save"),
        (QMessageBox.StandardButton.Discard, "discard"),
        (QMessageBox.StandardButton.Cancel, "cancel"),
    ],
)
def test_unsaved_question(
    monkeypatch: pytest.MonkeyPatch, button: QMessageBox.StandardButton, answer: str
) -> None:
    monkeypatch.setattr(QMessageBox, "exec", lambda _box: button.value)
    assert errors.ask_unsaved(None, "A parabola") == answer


def test_help_boxes(make: Callable[[], Shell]) -> None:
    window = make().window
    for box in (show_shortcuts(window), show_about(window)):
        assert box.isVisible()
        box.close()


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_style_sheet_is_filled_in(palette: object) -> None:
    sheet = style_sheet(palette)  # type: ignore[arg-type]
    assert "$" not in sheet
    assert all(Path(part.split('"')[0]).is_file() for part in sheet.split('url("')[1:])


def test_theme_is_remembered(qapp: QApplication, settings: QSettings) -> None:
    theme = Theme(qapp, settings)
    told: list[object] = []
    theme.changed.connect(told.append)
    assert (theme.mode, theme.palette) == ("system", LIGHT)
    theme.set_mode("dark")
    assert told == [DARK]
    assert qapp.palette().window().color().name() == DARK.window
    again = Theme(qapp, settings)
    assert (again.mode, again.palette) == ("dark", DARK)
    again.set_mode("system")
    for made in (theme, again):
        made.deleteLater()
    qapp.setStyleSheet("")


def test_a_panel_comes_forward_unless_it_was_closed(make: Callable[[], Shell]) -> None:
    shell = make()
    laboratory = shell.window.laboratory
    assert shell.panels["console"].visibleRegion().isEmpty()
    laboratory.bring_forward("console")
    QApplication.processEvents()
    assert not shell.panels["console"].visibleRegion().isEmpty()
    assert shell.panels["loss"].visibleRegion().isEmpty()
    laboratory.docks["console"].close()
    laboratory.bring_forward("console")
    assert laboratory.docks["console"].isHidden()


def test_examples_are_in_the_edit_menu_of_the_laboratory_only(make: Callable[[], Shell]) -> None:
    shell = make()
    edit = next(a.menu() for a in shell.window.menuBar().actions() if a.text() == "Edit")
    entry = edit.actions()[-1]
    assert entry.text() == "Insert example"
    assert entry.isEnabled()
    shell.window.show_start_page()
    assert not entry.isEnabled()


def test_the_title_of_the_objective_offers_its_examples(make: Callable[[], Shell]) -> None:
    shell = make()
    docks = shell.window.laboratory.docks
    buttons = [b for b in docks["objective"].title.findChildren(QToolButton) if b.text()]
    assert [b.text() for b in buttons] == ["Insert example ▾"]
    assert buttons[0].menu() is docks["objective"].panel.examples
    assert not [b for b in docks["loss"].title.findChildren(QToolButton) if b.text()]
