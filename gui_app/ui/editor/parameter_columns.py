"""The columns of the parameter table, as a table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from gui_app.core.experiment import ParameterSpec
from gui_app.ui.editor.starts import nested_text, shape_text, start_text


class Column(IntEnum):
    """Columns in the order in which a wide table shows them."""

    NAME = 0
    SHAPE = 1
    DTYPE = 2
    TRAINED = 3
    START = 4
    VALUE = 5
    GRADIENT = 6
    UPDATE = 7
    REFERENCE = 8


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """How a column presents itself; widths are in characters of the monospace."""

    title: str
    help: str
    width: int


COLUMNS: dict[Column, ColumnInfo] = {
    Column.NAME: ColumnInfo("Name", "The name in the objective, in the colour that it has in every view.", 5),
    Column.SHAPE: ColumnInfo("Shape", "Can be typed where the start is random, for example 3×2.", 7),
    Column.DTYPE: ColumnInfo("Dtype", "Precision of this parameter; the run's unless chosen here.", 8),
    Column.TRAINED: ColumnInfo("Trained", "requires_grad: a parameter that is not trained is a constant.", 8),
    Column.START: ColumnInfo(
        "Start", "A number, rows like [[1, 2], [3, 4]], normal(0, 1) or uniform(-1, 1).", 9
    ),
    Column.VALUE: ColumnInfo("Value", "The value at this step.", 9),
    Column.GRADIENT: ColumnInfo("Gradient", "The loss's gradient at this step: what is in .grad.", 9),
    Column.UPDATE: ColumnInfo("Update", "What the optimizer adds on the way to the next step.", 9),
    Column.REFERENCE: ColumnInfo("Reference", "A known best or true value.", 9),
}

PAGES: dict[str, tuple[Column, ...]] = {
    "Values": (Column.NAME, Column.START, Column.VALUE, Column.GRADIENT, Column.UPDATE),
    "Types": (Column.NAME, Column.SHAPE, Column.DTYPE, Column.TRAINED, Column.REFERENCE),
}
"""What a narrow table shows at a time."""

LIVE = (Column.VALUE, Column.GRADIENT, Column.UPDATE)
"""Columns that follow the step."""
NUMERIC = (Column.START, *LIVE, Column.REFERENCE)
"""Columns of numbers."""
SET = (Column.SHAPE, Column.DTYPE, Column.TRAINED, Column.START, Column.REFERENCE)
"""Columns that a person sets, if not the program."""
TYPED = (Column.START, Column.SHAPE, Column.REFERENCE)
"""Columns that text is typed into."""


def typed_text(spec: ParameterSpec, column: Column) -> str:
    """What stands in a field of ``TYPED`` when it is opened, in full precision."""
    if column == Column.START:
        return start_text(spec)
    if column == Column.SHAPE:
        return shape_text(spec.shape)
    return "" if spec.reference is None else nested_text(spec.reference)
