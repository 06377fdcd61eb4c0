"""What a linear model has come to, beside the exact least squares solution."""

from __future__ import annotations

from gui_app.core.experiment import Experiment
from gui_app.core.fit import Coefficients, Fit
from gui_app.ui.data.text_view import TextView
from gui_app.ui.inspector.writer import Writer

RIGHT = "align='right'"


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
        text = ""
        if found.fitted_standardized is not None and found.exact_standardized is not None:
            text += writer.section("In the units of the table")
            text += table_of(writer, found)
            text += writer.section("Of standardised features, with mean 0 and variance 1")
            text += _table(writer, found, found.fitted_standardized, found.exact_standardized, None)
        else:
            text += writer.section("Parameters") + table_of(writer, found)
        words = "“Exact” is the least squares solution over the training rows, computed in float64."
        if not found.is_unique:
            words += (
                " Other coefficients fit as well: columns depend on each other, and these are the shortest."
            )
        return text + writer.remark(words, above=10)


def table_of(writer: Writer, found: Coefficients) -> str:
    """The coefficients as the table has them, or the parameters as they are."""
    return _table(writer, found, found.fitted, found.exact, found.true)


def _table(writer: Writer, found: Coefficients, fitted: object, exact: object, true: object) -> str:
    columns = [("fitted", fitted), ("exact", exact), *([("true", true)] if true is not None else [])]
    small = f"style='font-size:small; color:{writer.palette.muted}'"
    pad = "style='padding-left:22px'"
    head = "".join(f"<td {RIGHT} {pad}><span {small}>{name}</span></td>" for name, _ in columns)
    lines = [f"<tr><td></td>{head}</tr>"]
    for place, name in enumerate(found.names):
        cells = "".join(
            f"<td {RIGHT} {pad}>{writer.number(float(values[place]))}</td>" for _, values in columns
        )
        lines.append(f"<tr><td>{writer.name(name)}</td>{cells}</tr>")
    return f"<table cellspacing='0' cellpadding='1'>{''.join(lines)}</table>"
