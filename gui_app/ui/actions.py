"""Everything that a menu, a button or a key can ask for, as a table; nothing here knows what it leads to."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QComboBox,
    QTabBar,
    QWidget,
)

from gui_app.ui.resources import Icons


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One row: what it is called, its key, its icon, what it does in one sentence."""

    id: str
    title: str
    shortcut: str = ""
    icon: str = ""
    tip: str = ""
    checkable: bool = False
    group: str = ""
    """Checkable actions of one group exclude one another."""


ACTIONS = (
    ActionSpec("new", "New", "Ctrl+N", "new", "Start with an empty experiment."),
    ActionSpec("open", "Open…", "Ctrl+O", "open", "Open an experiment, a program or a table."),
    ActionSpec(
        "open_table", "Open table…", "Ctrl+Shift+O", "", "Fit a model to a table, such as a CSV file."
    ),
    ActionSpec("save", "Save", "Ctrl+S", "save", "Save the experiment."),
    ActionSpec("save_as", "Save as…", "Ctrl+Shift+S", "", "Save the experiment under another name."),
    ActionSpec("export_graph", "Export graph…", "Ctrl+Shift+G", "export", "Save the graph as a picture."),
    ActionSpec("export_loss", "Export loss…", "Ctrl+Shift+L", "", "Save the loss curve as a picture."),
    ActionSpec("export_descent", "Export descent…", "Ctrl+Shift+D", "", "Save the descent as a picture."),
    ActionSpec(
        "export_script",
        "Export as PyTorch script…",
        "Ctrl+Shift+P",
        "",
        "The same run as a program of its own.",
    ),
    ActionSpec("export_history", "Export history (CSV)…", "Ctrl+Shift+H", "", "Save every step as a table."),
    ActionSpec("close", "Close", "Ctrl+Q", "", "Close the window."),
    ActionSpec("undo", "Undo", "Ctrl+Z", "", "Take back the last change of the objective."),
    ActionSpec("redo", "Redo", "Ctrl+Shift+Z", "", "Make that change again."),
    ActionSpec("find", "Find", "Ctrl+F", "search", "Find text in the objective."),
    ActionSpec("toggle_comment", "Toggle comment", "Ctrl+/", "", "Switch the selected lines off or on."),
    ActionSpec("play", "Play", "Space", "play", "Descend step by step until paused."),
    ActionSpec("step", "Step", "Right", "step-forward", "Go one step forward."),
    ActionSpec("step_back", "Step back", "Left", "step-back", "Go one step back."),
    ActionSpec("to_start", "To start", "Home", "to-start", "Go to step 0."),
    ActionSpec("to_end", "To end", "End", "to-end", "Go to the last recorded step."),
    ActionSpec(
        "run_to_end", "Run to the end", "Ctrl+Return", "speed", "Take all planned steps at full speed."
    ),
    ActionSpec("loop_in", "Loop from here", "I", "", "Begin of a stretch that is played round and round."),
    ActionSpec("loop_out", "Loop to here", "O", "", "End of that stretch."),
    ActionSpec("clear_loop", "No loop", "", "", "Play on to the end again."),
    ActionSpec("reset", "Reset", "Ctrl+R", "reset", "Forget the run and go back to the start."),
    ActionSpec(
        "clear_gradients",
        "Clear gradients each step",
        tip="Set .grad to zero before each backward pass. Without it, gradients add up.",
        checkable=True,
    ),
    ActionSpec("reset_layout", "Reset layout", tip="Put all panels back in their first places."),
    ActionSpec("theme_system", "System", checkable=True, group="theme", tip="Follow the system."),
    ActionSpec("theme_light", "Light", checkable=True, group="theme", tip="Dark text on a light window."),
    ActionSpec("theme_dark", "Dark", checkable=True, group="theme", tip="Light text on a dark window."),
    ActionSpec("full_screen", "Full screen", "F11", "fit", "Fill the screen.", checkable=True),
    ActionSpec(
        "start_page", "Start page and lessons", "Ctrl+L", "gallery", "Choose a lesson or open a file."
    ),
    ActionSpec("back", "Back to the laboratory", "Esc", "", "Go back to what is open."),
    ActionSpec("shortcuts", "Keyboard shortcuts", "F1", "help", "List every key."),
    ActionSpec("about", "About Gradarium", tip="Version and licence."),
)

IN_THE_LABORATORY = (
    *("save", "save_as", "export_graph", "export_loss", "export_descent", "export_history", "export_script"),
    *("undo", "redo", "find", "toggle_comment"),
    *("play", "step", "step_back", "to_start", "to_end", "run_to_end", "reset", "clear_gradients"),
    *("loop_in", "loop_out", "clear_loop"),
)
"""Actions that mean nothing on the start page; ``back`` means nothing elsewhere."""

SEPARATOR = "-"
RECENT = "recent"
"""Place of the submenu of recent files."""
EXAMPLES = "examples"
"""Place of the submenu of programs to insert."""
DATA_SETS = "data sets"
"""Place of the tables that are always there."""
PANELS = "panels"
"""Place of the switches of the panels."""
THEME = ("Theme", ("theme_system", "theme_light", "theme_dark"))

MENUS: tuple[tuple[str, tuple[str | tuple[str, tuple[str, ...]], ...]], ...] = (
    (
        "File",
        (
            *("new", "open", "open_table", RECENT, SEPARATOR, "save", "save_as", SEPARATOR),
            *("export_graph", "export_loss", "export_descent", SEPARATOR),
            *("export_history", "export_script", SEPARATOR, "close"),
        ),
    ),
    ("Edit", ("undo", "redo", SEPARATOR, "find", "toggle_comment", SEPARATOR, EXAMPLES)),
    (
        "Run",
        (
            *("play", "step", "step_back", SEPARATOR, "to_start", "to_end", SEPARATOR),
            *("run_to_end", "reset", SEPARATOR, "loop_in", "loop_out", "clear_loop", SEPARATOR),
            *("clear_gradients",),
        ),
    ),
    ("Data", ("open_table", SEPARATOR, DATA_SETS)),
    ("View", (PANELS, "reset_layout", SEPARATOR, THEME, "full_screen")),
    ("Help", ("start_page", "back", "shortcuts", SEPARATOR, "about")),
)
"""Each menu: action ids, separators, the places filled by the window, and submenus as (title, ids)."""


def build_actions(icons: Icons, parent: QObject) -> dict[str, QAction]:
    """The table as QActions by id, owned by ``parent``."""
    groups: dict[str, QActionGroup] = {}
    made: dict[str, QAction] = {}
    for spec in ACTIONS:
        action = QAction(spec.title, parent)
        action.setObjectName(spec.id)
        action.setCheckable(spec.checkable)
        if spec.shortcut:
            action.setShortcut(QKeySequence(spec.shortcut))
        action.setStatusTip(spec.tip)
        action.setToolTip(tool_tip(spec))
        if spec.group:
            groups.setdefault(spec.group, QActionGroup(parent)).addAction(action)
        made[spec.id] = action
    tint_actions(made, icons)
    return made


def tool_tip(spec: ActionSpec) -> str:
    """Title, key and sentence of an action, as shown over its button."""
    key = QKeySequence(spec.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
    head = f"{spec.title} ({key})" if key else spec.title
    return f"{head}\n{spec.tip}" if spec.tip else head


def tint_actions(actions: dict[str, QAction], icons: Icons) -> None:
    """Give every action its icon in the colours of the theme."""
    for spec in ACTIONS:
        if spec.icon:
            actions[spec.id].setIcon(icons(spec.icon))


_ARROWS = frozenset({Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down})
_ENDS = frozenset({Qt.Key.Key_Home, Qt.Key.Key_End})
_SPACE = frozenset({Qt.Key.Key_Space})

_OWN_KEYS: tuple[tuple[type[QWidget], frozenset[Qt.Key]], ...] = (
    (QAbstractButton, _SPACE),
    (QComboBox, _SPACE | _ARROWS | _ENDS),
    (QAbstractItemView, _ARROWS | _ENDS),
    (QAbstractSlider, _ARROWS | _ENDS),
    (QTabBar, _ARROWS | _ENDS),
)
"""Bare keys that a widget with the focus keeps from the actions. Text fields keep theirs by themselves."""


def keeps_key(widget: QWidget | None, event: QEvent) -> bool:
    """Whether a ShortcutOverride that nobody has accepted belongs to the focused ``widget`` all the same."""
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
        return False
    return any(isinstance(widget, kind) and event.key() in keys for kind, keys in _OWN_KEYS)
