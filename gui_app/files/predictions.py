"""Predictions as a table, and weights under PyTorch's names, of one step."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gui_app.core.experiment import Experiment, element_names
from gui_app.core.fit import Fit
from gui_app.files.atomic import write_atomically
from gui_app.files.tables.cells import inert

_CHUNK = 4096
"""Rows that are put into text at a time."""
_TYPES = {"float16": "F16", "float32": "F32", "float64": "F64"}


def write_predictions(path: Path, fit: Fit, step: Callable[[], object] = lambda: None) -> None:
    """Save what is predicted as CSV, whole or not at all; ``step`` is called between its chunks. Raises FileError."""
    write_atomically(path, _watched(prediction_rows(fit), step))


def prediction_rows(fit: Fit) -> Iterator[bytes]:
    """The CSV text in chunks: ``row`` of the table from 1, ``split``, the features in the table's units, the target,
    the prediction, and the residual of numbers or the probability of each class.

    Numbers have every digit. A text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    names, columns = _columns(fit)
    yield _csv([[inert(name) for name in names]])
    for first in range(0, len(fit.rows), _CHUNK):
        part = slice(first, first + _CHUNK)
        rows = fit.rows[part]
        places = (fit.data.rows[rows] + 1).tolist()
        splits = np.where(fit.held_out[part], "validation", "training").tolist()
        features = fit.data.original(fit.data.features[rows]).tolist()
        rest = zip(*(column[part] for column in columns), strict=True) if columns else ([] for _ in rows)
        yield _csv(
            [
                [place, split, *row, *more]
                for place, split, row, more in zip(places, splits, features, rest, strict=True)
            ]
        )


def _columns(fit: Fit) -> tuple[list[str], list[list[object]]]:
    """The names of all columns, and those after the features."""
    found: dict[str, list[object]] = {}
    labels = None if fit.data.classes is None else [inert(name) for name in fit.data.classes]
    if fit.truth is not None:
        found["target"] = fit.truth.tolist() if labels is None else [labels[at] for at in fit.truth.tolist()]
    if fit.values is not None:
        found["prediction"] = fit.values.tolist()
    if fit.residuals is not None:
        found["residual"] = fit.residuals.tolist()
    if fit.classes is not None and fit.probabilities is not None and labels is not None:
        found["prediction"] = [labels[at] for at in fit.classes.tolist()]
        shares = zip(fit.data.classes or (), fit.probabilities.T.tolist(), strict=True)
        found |= {f"probability of {name}": share for name, share in shares}
    return ["row", "split", *fit.data.names, *found], list(found.values())


def write_weights(
    path: Path,
    experiment: Experiment,
    row: NDArray[np.floating],
    step: Callable[[], object] = lambda: None,
) -> None:
    """Save the trained parameters of a recorded row (columns,): safetensors, or CSV where the name ends so.

    Raises FileError.
    """
    parts = experiment.split_row(row)
    chunks = weight_rows(parts) if path.suffix.lower() == ".csv" else [safetensors(parts)]
    write_atomically(path, _watched(chunks, step))


def weight_rows(parts: Mapping[str, NDArray[np.floating]]) -> Iterator[bytes]:
    """CSV in chunks: ``parameter`` and ``value``, a row for each element, in row-major order, with every digit."""
    yield _csv([["parameter", "value"]])
    for name, values in parts.items():
        elements, flat = element_names(name, values.shape), values.ravel().tolist()
        for first in range(0, len(flat), _CHUNK):
            part = slice(first, first + _CHUNK)
            yield _csv([list(pair) for pair in zip(elements[part], flat[part], strict=True)])


def safetensors(parts: Mapping[str, NDArray[np.floating]]) -> bytes:
    """Named arrays in the safetensors format, under the names that ``load_state_dict`` knows."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    data = []
    place = 0
    for name, values in parts.items():
        array = np.ascontiguousarray(values).astype(np.dtype(values.dtype).newbyteorder("<"))
        end = place + array.nbytes
        kind = _TYPES[np.dtype(values.dtype).name]
        header[name] = {"dtype": kind, "shape": list(values.shape), "data_offsets": [place, end]}
        data.append(array.tobytes())
        place = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(data)


def _watched(chunks: Iterable[bytes], step: Callable[[], object]) -> Iterator[bytes]:
    for chunk in chunks:
        step()
        yield chunk


def _csv(rows: list[list[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
