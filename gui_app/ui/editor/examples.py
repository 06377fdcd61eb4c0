"""Programs to begin with, from ``resources/examples``: a menu of their titles."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from gui_app.core.resources import resource

EXAMPLES: dict[str, tuple[str, ...]] = {
    "Objectives": (
        *("one-variable", "two-paths", "rosenbrock", "linear-regression", "small-perceptron"),
        "loop-with-control-flow",
        *("network-of-layers", "convolution", "recurrent-network", "attention"),
    ),
    "Scripts": (
        *("leaf-and-grad-fn", "accumulate-gradients", "hand-written-descent", "no-grad-branch"),
        *("detach-and-in-place", "network-by-hand"),
    ),
}
"""Names of the files, by the kind of their program, in the order of the menu."""


@dataclass(frozen=True, slots=True)
class Example:
    """A program and what its first line, a comment, calls it."""

    title: str
    program: str


def example(name: str) -> Example:
    """The example of that name. Raises FileNotFoundError that names its file."""
    program = resource(f"examples/{name}.py").read_text(encoding="utf-8")
    return Example(program.partition("\n")[0].lstrip("# "), program.rstrip("\n"))


class ExamplesMenu(QMenu):
    """“Insert example”: one submenu for each kind of program. ``chosen`` carries the program."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__("Insert example", parent)
        for kind, names in EXAMPLES.items():
            submenu = self.addMenu(kind)
            for name in names:
                found = example(name)
                submenu.addAction(found.title).setData(found.program)
        self.triggered.connect(self._on_triggered)

    def _on_triggered(self, action: QAction) -> None:
        self.chosen.emit(action.data())
