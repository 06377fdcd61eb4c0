"""What stands in the rows of the parameter table, and what typing into them leads to: no widgets here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gui_app.core.experiment import Experiment, ParameterSpec, nested
from gui_app.ui.editor.parameter_columns import LIVE, NUMERIC, SET, TYPED, Column, typed_text
from gui_app.ui.editor.starts import (
    StartError,
    exact,
    parse_start,
    shape_text,
    start_text,
    with_reference,
    with_shape,
    with_start,
)
from gui_app.ui.editor.values import ABSENT, COPIED, brief_text, choices, full_text

Arrays = Mapping[str, NDArray[np.floating]]

_SETTERS = {Column.START: with_start, Column.SHAPE: with_shape, Column.REFERENCE: with_reference}
_LONGEST_TIP = 600
SET_IN_PROGRAM = "Set in the program."


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter, by its number, or one of its elements."""

    parameter: int
    element: tuple[int, ...] | None = None


class ParameterRows:
    """One row for each parameter, and one for each element of those that are unfolded."""

    def __init__(self) -> None:
        self.experiment = Experiment()
        self.rows: list[Row] = []
        self._starts: dict[str, NDArray[np.float64]] = {}
        self._live: dict[Column, Arrays] = {column: {} for column in LIVE}
        self._rejected: dict[tuple[str, tuple[int, ...] | None, Column], tuple[str, str]] = {}
        self._unfolded: set[str] = set()
        self.read_only: frozenset[str] = frozenset()
        """Names that only the program's text sets."""

    def set_experiment(self, experiment: Experiment) -> None:
        """Lay out another experiment; what was typed before and rejected is forgotten."""
        self.experiment = experiment
        self._rejected = {}
        self._starts = {
            spec.name: np.array(spec.value, dtype=np.float64)
            for spec in experiment.parameters
            if spec.value is not None
        }
        self._lay()

    def set_step(self, *arrays: Arrays | None) -> None:
        """Values, gradients and updates by parameter name."""
        self._live = {column: given or {} for column, given in zip(LIVE, arrays, strict=True)}

    def toggle(self, row: int) -> None:
        """Unfold a parameter into its elements, or fold it."""
        self._unfolded ^= {self.spec(row).name}
        self._lay()

    def folding(self, row: int) -> bool | None:
        """Whether the row is unfolded; None where there is nothing to unfold."""
        spec = self.spec(row)
        foldable = self.rows[row].element is None and 1 < spec.size <= COPIED
        return spec.name in self._unfolded if foldable else None

    def _lay(self) -> None:
        self.rows = []
        for number, spec in enumerate(self.experiment.parameters):
            self.rows.append(Row(number))
            if spec.name in self._unfolded and 1 < spec.size <= COPIED:
                self.rows += [Row(number, index) for index in np.ndindex(spec.shape)]

    # The cells

    def spec(self, row: int) -> ParameterSpec:
        """The parameter of that row."""
        return self.experiment.parameters[self.rows[row].parameter]

    def editable(self, row: int, column: Column) -> bool:
        """Whether something can be typed or chosen there."""
        spec = self.spec(row)
        if spec.name in self.read_only:
            return False
        if self.rows[row].element is not None:
            return column == Column.START and spec.value is not None
        return {
            Column.START: spec.size <= COPIED or spec.distribution is not None,
            Column.SHAPE: spec.distribution is not None,
            Column.DTYPE: True,
            Column.REFERENCE: spec.size <= COPIED,
        }.get(column, False)

    def array(self, row: int, column: Column) -> NDArray[np.floating] | None:
        """The numbers of a cell: of the whole parameter, or () for an element; None where there are none."""
        spec, element = self.spec(row), self.rows[row].element
        if column == Column.START:
            found = self._starts.get(spec.name)
        elif column == Column.REFERENCE:
            found = None if spec.reference is None else np.array(spec.reference)
        else:
            found = self._live.get(column, {}).get(spec.name)
        if found is None or element is None:
            return None if found is None else np.asarray(found)
        return np.asarray(found[element]) if found.shape == spec.shape else None

    def text(self, row: int, column: Column, *, in_full: bool = False) -> str:
        """What the cell says, briefly or in full precision."""
        spec, element = self.spec(row), self.rows[row].element
        if column == Column.NAME:
            return spec.name if element is None else f"{spec.name}[{','.join(map(str, element))}]"
        if column not in NUMERIC:
            return "" if element is not None else self._type_text(spec, column)
        if column == Column.START and spec.distribution is not None:
            return "" if element is not None else start_text(spec, brief=not in_full)
        array = self.array(row, column)
        if array is None:
            return "" if column == Column.REFERENCE or not spec.requires_grad else ABSENT
        return full_text(array) if in_full else brief_text(array)

    def _type_text(self, spec: ParameterSpec, column: Column) -> str:
        if column == Column.SHAPE:
            return shape_text(spec.shape)
        return (spec.dtype or self.experiment.run.dtype) if column == Column.DTYPE else ""

    def choices(self, row: int, column: Column) -> Iterable[str] | None:
        """Ever shorter ways to write the cell; None where there is only one."""
        if column not in NUMERIC or self.rejection(row, column):
            return None
        drawn, array = self.spec(row).distribution, self.array(row, column)
        if column == Column.START and drawn is not None:
            text = self.text(row, column)
            return (text, drawn.name) if text else None
        return None if array is None else choices(array)

    def edit_text(self, row: int, column: Column) -> str:
        """What stands in the cell's field when it is opened: in full, or what was rejected last."""
        rejected = self.rejection(row, column)
        if rejected:
            return rejected[0]
        if column == Column.DTYPE:
            return self.spec(row).dtype or ""
        if self.rows[row].element is not None:
            array = self.array(row, column)
            return "" if array is None else exact(float(array))
        return typed_text(self.spec(row), column) if column in TYPED else ""

    def tip(self, row: int, column: Column) -> str:
        """The cell in full, or why what stands there is not taken."""
        rejected = self.rejection(row, column)
        if rejected:
            return rejected[1]
        text = self.text(row, column, in_full=True)
        if self.spec(row).name in self.read_only and column in SET:
            return f"{text}\n{SET_IN_PROGRAM}".strip()
        if column == Column.TRAINED and not self.spec(row).requires_grad:
            text = "A constant: it stays as it is and has no gradient."
        if column == Column.DTYPE and self.spec(row).dtype is None:
            text = f"{text}, as the run says."
        return text if len(text) <= _LONGEST_TIP else f"{text[:_LONGEST_TIP]} …"

    # What is typed

    def rejection(self, row: int, column: Column) -> tuple[str, str] | None:
        """The text that is not taken and the sentence about it."""
        return self._rejected.get((self.spec(row).name, self.rows[row].element, column))

    def first_rejection(self) -> str:
        """The first such sentence, with its parameter's name; empty if there is none."""
        return next((f"{name}: {entry[1]}" for (name, _, _), entry in self._rejected.items()), "")

    def forget(self, row: int, column: Column) -> None:
        """Give up the text that is not taken."""
        self._rejected.pop((self.spec(row).name, self.rows[row].element, column), None)

    def typed(self, row: int, column: Column, text: str) -> ParameterSpec:
        """The parameter as the text makes it; text that makes no sense is kept beside the parameter as it is."""
        spec, element = self.spec(row), self.rows[row].element
        self.forget(row, column)
        if not text.strip() and column != Column.REFERENCE:
            return spec  # an emptied field goes back to what it was
        try:
            return (
                _SETTERS[column](spec, text) if element is None else self._with_element(spec, element, text)
            )
        except StartError as error:
            self._rejected[spec.name, element, column] = (text, str(error))
            return spec

    def _with_element(self, spec: ParameterSpec, element: tuple[int, ...], text: str) -> ParameterSpec:
        number = parse_start(text)
        if not isinstance(number, float):
            raise StartError("Type one number for this element.")
        start = self._starts[spec.name].copy()
        start[element] = number
        return replace(spec, value=nested(start))
