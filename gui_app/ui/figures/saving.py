"""Where a picture is saved and how large: asked in one dialog, wherever the wish came from."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from gui_app.ui.figures.export import FORMATS

SCALE = 2.0
"""Pixels of a PNG for each one on the screen, unless another kind is chosen."""

KINDS: dict[str, tuple[str, float]] = {
    "PNG image, 2× (*.png)": (".png", SCALE),
    "PNG image, 1× (*.png)": (".png", 1.0),
    "PNG image, 4× (*.png)": (".png", 4.0),
    "SVG drawing (*.svg)": (".svg", 1.0),
    "PDF page (*.pdf)": (".pdf", 1.0),
}
"""What the dialog offers: the suffix and the magnification of each kind; the first is the usual one."""


def ask_target(parent: QWidget, start: Path) -> tuple[Path, float] | None:
    """The file that the user names and its magnification; None if there is none. Nothing is written yet.

    ``start`` is suggested, without a suffix so that the kind that is chosen gives it.
    """
    name, kind = QFileDialog.getSaveFileName(parent, "Save picture", str(start), ";;".join(KINDS))
    if not name:
        return None
    typed = Path(name)
    path, scale = target(typed, kind)
    return (path, scale) if path == typed or _may_replace(parent, path) else None


def target(typed: Path, kind: str) -> tuple[Path, float]:
    """The whole name and the magnification: a suffix that can be written decides, else the kind gives one."""
    suffix, scale = KINDS.get(kind, (".png", SCALE))
    return (typed if typed.suffix.lower() in FORMATS else typed.with_name(typed.name + suffix)), scale


def _may_replace(parent: QWidget, path: Path) -> bool:
    """The dialog has asked about the name as it was typed, not about the one with a suffix."""
    if not path.exists():
        return True
    answer = QMessageBox.question(parent, "Save picture", f"“{path.name}” exists already. Replace it?")
    return answer == QMessageBox.StandardButton.Yes
