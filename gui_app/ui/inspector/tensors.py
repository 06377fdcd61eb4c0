"""What a page says of a tensor: its number, its elements, their statistics and pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from gui_app.core.graph import TensorView
from gui_app.ui.inspector.charts import HeatMap, Histogram, shades
from gui_app.ui.inspector.subject import scalar
from gui_app.ui.inspector.writer import Writer, shape_text

ROWS, COLUMNS = 8, 5
"""Most of a matrix that is written out."""
DIGITS_BY_COLUMNS = {1: 5, 2: 5, 3: 5, 4: 4, 5: 3}
FEW = 12
"""Elements that need no histogram."""
TINT = 0.34
"""How strongly a cell is coloured at most: its number stays readable."""


def tensor(writer: Writer, title: str, view: TensorView | None, role: str) -> str:
    """A section about a tensor; nothing where it is not known. ``role`` is ``value`` or ``gradient``."""
    if view is None:
        return ""
    value = scalar(view)
    if value is not None:
        large = f"<span style='font-size:x-large'>{writer.number(value)}</span>"
        shape = "" if view.shape == () else f"&nbsp; {writer.muted(shape_text(view.shape))}"
        return writer.section(title) + writer.line(large + shape, above=0)
    if not view.has_numbers:
        what = "no elements" if 0 in view.shape else "without numbers"
        return writer.section(title) + writer.line(writer.muted(f"{shape_text(view.shape)}: {what}"))
    body = "" if view.elements is None else _elements(writer, view.elements, role)
    return writer.section(title) + body + _statistics(writer, view)


def _elements(writer: Writer, elements: NDArray[np.float64], role: str) -> str:
    lines = _lines(elements)
    body = writer.figure(HeatMap(elements)) if lines is None else _grid(writer, lines, elements)
    if elements.size > FEW:
        body += writer.figure(Histogram(elements.ravel(), role), above=8)
    return body + _not_finite(writer, elements)


def written_out(elements: NDArray[np.float64]) -> bool:
    """Whether each element stands on the page as a number."""
    return elements.size <= 1 or _lines(elements) is not None


def _lines(elements: NDArray[np.float64]) -> list[list[float]] | None:
    """The lines in which few elements are written out: of a longer vector several."""
    if elements.ndim == 2 and elements.shape[0] <= ROWS and elements.shape[1] <= COLUMNS:
        return [list(line) for line in elements.tolist()]
    if elements.ndim == 1 and elements.size <= ROWS * COLUMNS:
        numbers = elements.tolist()
        return [numbers[start : start + COLUMNS] for start in range(0, len(numbers), COLUMNS)]
    return None


def _grid(writer: Writer, grid: list[list[float]], elements: NDArray[np.float64]) -> str:
    """Each element as a number, in its colour."""
    digits = DIGITS_BY_COLUMNS[len(grid[0])]
    finite = np.abs(elements[np.isfinite(elements)])
    largest = float(finite.max()) if finite.size else 0.0
    scale = shades(writer.palette)
    half = (len(scale) - 2) // 2
    lines = []
    for line in grid:
        cells = []
        for value in line:
            share = value / largest * TINT if largest and np.isfinite(value) else 0.0
            colour: QColor = scale[half + round(share * half)]
            cells.append(
                f"<td align='right' bgcolor='{colour.name()}'>&nbsp;{writer.number(value, digits)}&nbsp;</td>"
            )
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table cellspacing='1' cellpadding='3'>{''.join(lines)}</table>"


def _not_finite(writer: Writer, elements: NDArray[np.float64]) -> str:
    counts = {"NaN": int(np.isnan(elements).sum()), "infinite": int(np.isinf(elements).sum())}
    told = [f"{count:,} of {elements.size:,} are {what}" for what, count in counts.items() if count]
    return writer.warning("; ".join(told) + ".", error=True) if told else ""


def _statistics(writer: Writer, view: TensorView) -> str:
    pairs = [("min", view.minimum), ("max", view.maximum), ("mean", view.mean), ("norm", view.norm)]
    if view.elements is not None:
        finite = view.elements[np.isfinite(view.elements)]
        if 0 < finite.size < view.elements.size:
            pairs[:2] = [
                ("least&nbsp;finite", float(finite.min())),
                ("largest&nbsp;finite", float(finite.max())),
            ]
        with np.errstate(all="ignore"):
            spread = float(view.elements.std(ddof=1))
        pairs.insert(3, ("std", spread))
    told = "&nbsp;&nbsp; ".join(f"{writer.muted(name)}&nbsp;{writer.number(value)}" for name, value in pairs)
    return writer.line(told, above=6)
