"""Loss and metrics at the shown step, of the rows trained on and of those held out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from gui_app.core.history import History
from gui_app.core.numbers import full
from gui_app.ui.data.view import written
from gui_app.ui.style import font
from gui_app.ui.theme import GRID, Palette

SPLITS = {"training": "training", "validation": "held out"}
COLUMNS = ("loss", "accuracy", "MSE", "MAE", "R²")


def recorded(history: History, step: int) -> dict[str, float]:
    """What the record knows of that very step, by name."""
    found = {}
    for name, metric in history.metrics.items():
        at = int(np.searchsorted(metric.steps, step))
        if at < len(metric.steps) and metric.steps[at] == step:
            found[name] = float(metric.values[at])
    return found


class MetricsLine(QLabel):
    """A small table: a row for each split, a column for each metric."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.palette_ = palette
        self._metrics: Mapping[str, float] = {}
        self._notice = ""
        self.setWordWrap(True)
        self.setFont(font("small"))
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setContentsMargins(GRID + 4, GRID // 2, GRID, GRID // 2)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setAccessibleName("Metrics")
        self.setObjectName("metrics")
        self.apply_theme(palette)
        self.hide()

    def show_metrics(self, metrics: Mapping[str, float], notice: str = "") -> None:
        """Show these, by the names of Evaluated, and a sentence above them."""
        self._metrics, self._notice = dict(metrics), notice
        self.setVisible(bool(metrics) or bool(notice))
        self.setText(self._table())
        self.setToolTip("\n".join(f"{name}: {full(value)}" for name, value in metrics.items()))

    def apply_theme(self, palette: Palette) -> None:
        """Use other colours."""
        self.palette_ = palette
        self.setStyleSheet(f"#metrics {{ border-top: 1px solid {palette.grid}; }}")
        self.setText(self._table())

    def _table(self) -> str:
        columns = [name for name in COLUMNS if any(f"{s} {name}" in self._metrics for s in SPLITS)]
        rows = [split for split in SPLITS if any(name.startswith(f"{split} ") for name in self._metrics)]
        muted, pad = self.palette_.muted, "padding-left:16px"
        lines = []
        for split in rows:
            cells = "".join(
                f"<td style='color:{muted}; {pad}'>{name}</td>"
                f"<td style='padding-left:6px'>{_said(name, self._metrics.get(f'{split} {name}'))}</td>"
                for name in columns
            )
            lines.append(f"<tr><td style='color:{muted}'>{SPLITS[split]}</td>{cells}</tr>")
        notice = (
            f"<p style='color:{self.palette_.warning}'>{escape(self._notice)}</p>" if self._notice else ""
        )
        return f"{notice}<table cellspacing=0 cellpadding=1>{''.join(lines)}</table>"


def _said(name: str, value: float | None) -> str:
    if value is None or math.isnan(value):
        return "–"
    return f"{value:.1%}" if name == "accuracy" else escape(written(value))
