"""The parameters as pictures: matrices as heat maps, filters and neurons over pixels as little images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gui_app.core.experiment import Experiment
from gui_app.core.fit import Fit
from gui_app.ui.data.pictures import MOST, Pictures, side_of
from gui_app.ui.data.text_view import TextView
from gui_app.ui.inspector.figures import Figure
from gui_app.ui.inspector.writer import Writer, shape_text
from gui_app.ui.lenses.matrix_map import MatrixMap

MOST_ELEMENTS = 1_000_000
"""Elements of a parameter that is shown."""


class WeightsView(TextView):
    """Every trained parameter with an axis, the matrices first as they come."""

    name = "Weights"
    help = "Every parameter as a picture: sign by colour, size by strength."

    @classmethod
    def suits(cls, fit: Fit, experiment: Experiment) -> bool:  # noqa: ARG003
        """Where there is more than one number."""
        return any(spec.size > 1 for spec in experiment.trained)

    def write(self, writer: Writer, fit: Fit, experiment: Experiment) -> str:
        """A picture for each parameter."""
        parts = []
        for name, values in experiment.split_row(fit.parameters).items():
            shape = writer.muted(f"&nbsp; {shape_text(values.shape).replace('×', ' × ')}")
            parts.append(writer.line(f"{writer.code(name)}{shape}", above=12 if parts else 2))
            if 0 < values.size <= MOST_ELEMENTS:
                parts.append(writer.figure(figure_of(np.asarray(values, float), name, fit), above=4))
        return "".join(parts)


def figure_of(values: np.ndarray, name: str, fit: Fit) -> Figure:
    """The picture of one parameter."""
    features, classes = fit.data.names, fit.data.classes
    if values.ndim == 4:
        filters = values.reshape(-1, *values.shape[2:])
        captions = [f"{i}" if values.shape[1] == 1 else f"{i} ← {j}" for i, j in np.ndindex(values.shape[:2])]
        return Pictures(filters, captions)
    table = values.reshape(len(values), -1) if values.ndim > 1 else values.reshape(1, -1)
    rows = names_of(table.shape[0], classes if values.ndim > 1 else None)
    side = side_of(table.shape[1])
    if side and table.shape[1] == len(features) and len(table) <= MOST:
        return Pictures(table.reshape(-1, side, side), rows)
    columns: Sequence[str] = [str(at) for at in range(table.shape[1])]
    if values.ndim == 1:
        columns = names_of(table.shape[1], classes)
        rows = [""]
    elif table.shape[1] == len(features):
        columns = features
    return MatrixMap(
        table, rows, columns, name + "[{row}, {column}]" if values.ndim > 1 else name + "[{column}]"
    )


def names_of(count: int, classes: Sequence[str] | None) -> list[str]:
    """The classes' names where there is one for each, else numbers."""
    return (
        list(classes) if classes is not None and len(classes) == count else [str(at) for at in range(count)]
    )
