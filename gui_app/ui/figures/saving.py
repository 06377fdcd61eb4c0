"""Where a file is saved, as what and how large: asked in one dialog, wherever the wish came from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

SCALE = 2.0
"""Pixels of a PNG for each one on the screen, unless another kind is chosen."""

Kinds = Mapping[str, tuple[str, float]]
"""What a dialog offers: the suffix and the magnification of each kind; the first is the usual one."""
KINDS: Kinds = {
    "PNG image, 2× (*.png)": (".png", SCALE),
    "PNG image, 1× (*.png)": (".png", 1.0),
    "PNG image, 4× (*.png)": (".png", 4.0),
    "PNG image, 8× (*.png)": (".png", 8.0),
    "SVG drawing (*.svg)": (".svg", 1.0),
    "PDF page (*.pdf)": (".pdf", 1.0),
}
GRAPH_KINDS: Kinds = {
    "JSON: every node, edge and number (*.json)": (".json", 1.0),
    "DOT for Graphviz (*.dot)": (".dot", 1.0),
    "DOT as torchviz writes it (*.gv)": (".gv", 1.0),
}
FILM_KINDS: Kinds = {
    "GIF animation (*.gif)": (".gif", 1.0),
    "MP4 video (*.mp4)": (".mp4", 1.0),
    "MP4 video, 2× (*.mp4)": (".mp4", 2.0),
}


def ask_target(
    parent: QWidget, start: Path, kinds: Kinds = KINDS, title: str = "Save picture"
) -> tuple[Path, float] | None:
    """The file that the user names and its magnification; None if there is none. Nothing is written yet.

    ``start`` is suggested, without a suffix so that the kind that is chosen gives it.
    """
    name, kind = QFileDialog.getSaveFileName(parent, title, str(start), ";;".join(kinds))
    if not name:
        return None
    typed = Path(name)
    path, scale = target(typed, kind, kinds)
    return (path, scale) if path == typed or _may_replace(parent, path, title) else None


def target(typed: Path, kind: str, kinds: Kinds = KINDS) -> tuple[Path, float]:
    """The whole name and the magnification: a suffix that can be written decides, else the kind gives one."""
    suffix, scale = kinds.get(kind, next(iter(kinds.values())))
    known = {each for each, _ in kinds.values()}
    return (typed if typed.suffix.lower() in known else typed.with_name(typed.name + suffix)), scale


def _may_replace(parent: QWidget, path: Path, title: str) -> bool:
    """The dialog has asked about the name as it was typed, not about the one with a suffix."""
    if not path.exists():
        return True
    answer = QMessageBox.question(parent, title, f"“{path.name}” exists already. Replace it?")
    return answer == QMessageBox.StandardButton.Yes
