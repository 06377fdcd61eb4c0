"""What a linear model has come to, beside the exact least squares solution."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gui_app.core.experiment import Experiment
from gui_app.core.fit import Coefficients, Fit
from gui_app.ui.data.text_view import TextView
from gui_app.ui.inspector.writer import CELL_DIGITS, Writer

RIGHT = "align='right'"
KEPT = "style='white-space:nowrap'"


class CoefficientsView(TextView):
    """A row for each coefficient, in the table's units and of standardised features."""

    name = "Coefficients"
    help = "The fitted coefficients beside the exact least squares solution."

    @classmethod
    def suits(cls, fit: Fit, experiment: Experiment) -> bool:  # noqa: ARG003
        """Where the model is linear in its parameters."""
        return fit.coefficients is not None

    def write(self, writer: Writer, fit: Fit, experiment: Experiment) -> str:  # noqa: ARG002
        """The tables, one or two."""
        found = fit.coefficients
        if found is None:
            return ""
        text = table_of(writer, found, both=True)
        words = "“Exact” is the least squares solution over the training rows, computed in float64."
        if not found.is_unique:
            words += (
                " Other coefficients fit as well: columns depend on each other, and these are the shortest."
            )
        return text + writer.remark(words, above=10)


def table_of(writer: Writer, found: Coefficients, *, both: bool = False) -> str:
    """The coefficients as the table has them, or the parameters as they are; ``both``: and of standardised features."""
    columns = [("fitted", found.fitted), ("exact", found.exact)]
    if found.true is not None:
        columns.append(("true", found.true))
    groups = [("in the table’s units", columns)]
    if both and found.fitted_standardized is not None and found.exact_standardized is not None:
        standard = [("fitted", found.fitted_standardized), ("exact", found.exact_standardized)]
        groups.append(("standardised: mean 0, variance 1", standard))
    small = f"style='font-size:small; color:{writer.palette.muted}'"
    heads = [(title, f"colspan='{len(held)}'") for title, held in groups] if len(groups) > 1 else []
    lines = [_head(heads, small), _head([(name, "") for _, held in groups for name, _ in held], small)]
    for place, name in enumerate(found.names):
        cells = "".join(
            f"<td {RIGHT} {_pad(at)}>{writer.number(float(values[place]))}</td>"
            for _, held in groups
            for at, (_, values) in enumerate(held)
        )
        lines.append(f"<tr><td {KEPT}>{writer.name(name)}</td>{cells}</tr>")
    return f"<table cellspacing='0' cellpadding='1'>{''.join(lines)}</table>"


def equation_of(writer: Writer, target: str, names: Sequence[str], values: NDArray[np.floating]) -> str:
    """``y = 2·x + 3`` of coefficients (names,), the intercept last."""
    text = ""
    factors = [*(f"&nbsp;·&nbsp;{writer.name(name)}" for name in names[:-1]), ""]
    for value, factor in zip(values.tolist(), factors, strict=True):
        sign = "−" if value < 0 else "+" if text else ""
        text += (f" {sign} " if text else sign) + writer.number(abs(value), CELL_DIGITS) + factor
    return f"{writer.name(target)} = {text}"


def _head(cells: Sequence[tuple[str, str]], style: str) -> str:
    """Titles above columns, each with its attributes."""
    made = "".join(f"<td {RIGHT} {more} {_pad(0)}><span {style}>{name}</span></td>" for name, more in cells)
    return f"<tr><td></td>{made}</tr>" if cells else ""


def _pad(column: int) -> str:
    return f"style='padding-left:{30 if column == 0 else 20}px; white-space:nowrap'"
