"""What stands in the box of a node: rows of text and heat strips, and how large a box they need.

The size must not depend on the numbers, which change with the step, so :func:`measure` writes the widest
usual number wherever one may come.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QFont

from gui_app.core.graph import Node, NodeKind, TensorView
from gui_app.ui.graph.fonts import FontKey, elided, width
from gui_app.ui.graph.heat import cells_of
from gui_app.ui.graph.shapes import CARDS, OPENER, STACK
from gui_app.ui.graph.words import is_single, operation, shape_text, value_text

WIDEST = "-0.12345"
WIDEST_RANGE = "-0.0123 … -0.0123"
FEW_DIGITS = 2
LONGEST_OPERATION = 10
"""Letters of an operation that stands beside PyTorch's own name; a longer one would say it all twice."""
HEAT_WIDTH = 36.0
WIDEST_BOX = 264.0
HEIGHTS = (32.0, 48.0, 64.0)
"""By the number of rows."""
LOW = (24.0, 40.0)
"""The same of a saved tensor, which stands beside another box."""
MESSAGE_WIDTH, MESSAGE_ROWS = 232.0, 2
"""Of what went wrong, in the box of the operation that failed; all of it is told above the graph."""
BLOCK_ROOM = (CARDS * STACK + OPENER, CARDS * STACK)
"""What the cards behind a block and the field that opens it add to its box."""
TIGHTER: dict[FontKey, FontKey] = {"value": "small", "large": "value"}
GAP, MIDDLE_GAP, MARGIN = 6.0, 16.0, 12.0
MOST_SIZES = 10_000
"""Sizes that are kept: most boxes of a graph have others like them, and come again at the next step."""


class Cell(NamedTuple):
    """A piece of a row: a text in a font and a colour role, or a heat strip (``heat`` given)."""

    text: str
    font: FontKey = "value"
    role: str = "text"
    least: float = 0.0
    """Least width, px: lines up the columns of neighbouring rows."""
    heat: NDArray[np.float64] | None = None
    brief: str = ""
    """The text in fewer digits: a number must not be cut, or it would look like another one."""

    def width(self) -> float:
        """Advance in px."""
        return max(self.least, width(self.text, self.font))

    def tight(self) -> Cell:
        """The same where room is short: fewer digits."""
        return self._replace(text=self.brief or self.text)

    def small(self) -> Cell:
        """The same where room is very short: fewer digits, and smaller."""
        return self.tight()._replace(font=TIGHTER.get(self.font, self.font))


class Row(NamedTuple):
    """Cells from the left edge and cells up to the right edge."""

    left: tuple[Cell, ...]
    right: tuple[Cell, ...] = ()

    def width(self) -> float:
        """What the row needs, px."""
        cells = (*self.left, *self.right)
        gaps = GAP * (len(cells) - 1) + (MIDDLE_GAP - GAP if self.left and self.right else 0)
        return sum(cell.width() for cell in cells) + gaps

    def within(self, room: float) -> Row:
        """The same, in its usual form if that fits into ``room`` px, else as tight as it can be."""
        for form in (lambda cell: cell, Cell.tight, Cell.small):
            row = Row(tuple(map(form, self.left)), tuple(map(form, self.right)))
            if row.width() <= room:
                break
        return row


def rows(node: Node, worst: bool = False) -> tuple[Row, ...]:
    """The rows of the node's box; with ``worst`` the widest that may come."""
    return tuple(row for row in _ROWS[node.kind](node, worst) if row.left or row.right)


def strip_row(node: Node, worst: bool = False) -> Row:
    """The row below a leaf for the AccumulateGrad ``node`` that is drawn with it: its gradient, else its name."""
    if not worst and not value_text(node.gradient):
        return Row((Cell(node.name, "small", "muted"),))
    if is_single(node.shape):
        return Row(*_gradient(node, worst))
    return _tensor_row("grad", node.gradient, "gradient", "grad", worst)


def far_rows(node: Node) -> tuple[Row, ...]:
    """The little that can be read from far away: what it is, and its numbers if they are single."""
    name = node.label or operation(node.name)
    if node.kind == "saved":
        return (Row((Cell(name, "large"),)),)
    value, gradient = (
        _large(view, role) for view, role in ((node.value, "text"), (node.gradient, "gradient"))
    )
    if node.kind == "leaf":
        return (Row((Cell(name, "headline"),), value),)
    room = measure(node)[0] - 2 * MARGIN
    numbers = Row(value, gradient)
    if value and numbers.within(room).width() > room:
        numbers = Row(value)
    return (Row((Cell(name, "headline"),)), *((numbers,) if value or gradient else ()))


def far_strip_row(node: Node) -> Row:
    """The same for an AccumulateGrad below its leaf."""
    return Row((), _large(node.gradient, "gradient"))


def measure(node: Node) -> tuple[float, float]:
    """Width and height of the node's box in px at 100 %; callable from any thread."""
    return size(node.kind, node.name, node.label, node.shape, node.note, QFont().family())


@lru_cache(maxsize=MOST_SIZES)
def size(
    kind: NodeKind, name: str, label: str, shape: tuple[int, ...] | None, note: str, _family: str
) -> tuple[float, float]:
    """The same from all that it depends on."""
    node = Node(0, name, kind, shape, label=label, note=note)
    needed = rows(node, worst=True)
    if kind == "leaf":
        needed = (*needed, strip_row(node, worst=True))
    heights = LOW if kind == "saved" else HEIGHTS
    more = BLOCK_ROOM if kind == "block" else (0.0, 0.0)
    wide = max(row.width() for row in needed) + 2 * MARGIN + more[0]
    return float(min(WIDEST_BOX, 8 * -(-wide // 8))), heights[min(len(needed), len(heights)) - 1] + more[1]


def _operation_rows(node: Node, worst: bool) -> tuple[Row, ...]:
    return (_title(node), *_number_rows(node, worst))


def _title(node: Node) -> Row:
    """The variable, the operation, and PyTorch's own name in full."""
    label = (Cell(node.label, "name"),) if node.label else ()
    short_name = operation(node.name)
    if short_name == node.name or len(short_name) > LONGEST_OPERATION:
        return Row((*label, Cell(node.name, "text")))
    return Row((*label, Cell(short_name, "text" if label else "name")), (Cell(node.name, "small", "muted"),))


def _leaf_rows(node: Node, worst: bool) -> tuple[Row, ...]:
    name = Cell(node.name, "name")
    if is_single(node.shape):
        return (Row((name,), _number(node.value, "text", worst)),)
    value = _tensor_row(shape_text(node.shape or ()), node.value, "text", "grad", worst)
    return (Row((name,), (value.left[0]._replace(least=0.0),)), Row(value.left[1:]))


def _accumulate_rows(node: Node, worst: bool) -> tuple[Row, ...]:
    told = (strip_row(node, worst),) if worst or value_text(node.gradient) else ()
    return (Row((Cell(node.name, "small", "muted"),)), *told)


def _saved_rows(node: Node, worst: bool) -> tuple[Row, ...]:
    """A saved tensor: its slot, its number or shape, and below what has become of it."""
    number = _number(node.value, "text", worst) if is_single(node.shape) and not node.note else ()
    shape = "" if node.shape in (None, ()) else shape_text(node.shape or ())
    told = tuple(Cell(text, "small", "muted") for text in (shape,) if text)
    below = (Cell(node.note, "small", "muted"),) if node.note else ()
    return (Row((Cell(node.label or node.name, "value"),), (*told, *number)), Row(below))


def _ghost_rows(node: Node, worst: bool) -> tuple[Row, ...]:
    """A value that was not tracked: its name, and its number or shape and the remark."""
    shape = "" if node.shape in (None, ()) else shape_text(node.shape or ())
    number = _number(node.value, "text", worst) if is_single(node.shape) else ()
    told = tuple(Cell(text, "small", "muted") for text in (shape, node.note) if text)
    return (Row((Cell(node.label or node.name, "value"),), number), Row(told))


def _failed_rows(node: Node, _worst: bool) -> tuple[Row, ...]:
    """The operation as typed, and what went wrong in a few words."""
    lines = wrapped(node.note, "small", MESSAGE_WIDTH, MESSAGE_ROWS)
    title = Row((Cell(f"{node.name} failed", "name", "error"),))
    return (title, *(Row((Cell(line, "small"),)) for line in lines))


def _block_rows(node: Node, worst: bool) -> tuple[Row, ...]:
    """What is rolled up, how often it comes, and the single number that comes out of it."""
    title, name = Row((Cell(node.label, "name"),)), (Cell(node.name, "small"),)
    if node.shape is None:
        return (title, Row(name))
    if is_single(node.shape):
        return (title, Row(name), *_number_rows(node, worst))
    return (title, Row(name, (Cell(shape_text(node.shape), "small", "muted"),)))


def wrapped(text: str, key: FontKey, room: float, most: int) -> list[str]:
    """``text`` in at most so many lines, broken between words; the last is cut with an ellipsis if need be."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if width(longer, key) <= room or len(lines) == most or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return [elided(line, key, room) for line in lines if line]


def _number_rows(node: Node, worst: bool) -> tuple[Row, ...]:
    if is_single(node.shape):
        left, right = _gradient(node, worst)
        return (Row(_number(node.value, "text", worst), (*left, *right)),)
    shape = shape_text(node.shape or ())
    forward = _tensor_row(shape, node.value, "text", "grad", worst)
    backward = _tensor_row("grad", node.gradient, "gradient", shape, worst)
    return (forward, backward if len(backward.left) > 1 else Row(()))


def _gradient(node: Node, worst: bool) -> tuple[tuple[Cell, ...], tuple[Cell, ...]]:
    number = _number(node.gradient, "gradient", worst)
    return ((Cell("grad", "small", "muted"),), number) if number else ((), ())


def _number(view: TensorView | None, role: str, worst: bool) -> tuple[Cell, ...]:
    text = WIDEST if worst else value_text(view)
    return (_number_cell(text, None if worst else view, "value", role),) if text else ()


def _large(view: TensorView | None, role: str) -> tuple[Cell, ...]:
    text = value_text(view) if view is not None and is_single(view.shape) else ""
    return (_number_cell(text, view, "large", role),) if text else ()


def _number_cell(text: str, view: TensorView | None, key: FontKey, role: str) -> Cell:
    brief = value_text(view, FEW_DIGITS) if len(text) >= len(WIDEST) else ""
    return Cell(text, key, role, brief=brief)


def _tensor_row(head: str, view: TensorView | None, role: str, beside: str, worst: bool) -> Row:
    """``head`` in a column as wide as ``beside`` needs too, a heat strip, and the range."""
    first = Cell(head, "small", "muted", width(beside, "small"))
    text = WIDEST_RANGE if worst else value_text(view)
    if not text:
        return Row((first,))
    strip = Cell("", least=HEAT_WIDTH, heat=None if worst else cells_of(view))
    shown = (strip,) if worst or strip.heat is not None else ()
    return Row((first, *shown, _number_cell(text, None if worst else view, "value", role)))


_ROWS: dict[str, Callable[[Node, bool], tuple[Row, ...]]] = {
    "leaf": _leaf_rows,
    "accumulate": _accumulate_rows,
    "grad_fn": _operation_rows,
    "saved": _saved_rows,
    "ghost": _ghost_rows,
    "failed": _failed_rows,
    "block": _block_rows,
}
