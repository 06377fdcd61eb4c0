"""The data of an experiment in plain NumPy and PyTorch: read or made, filled, split and standardised."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gui_app.core.data import FEATURES, TARGET
from gui_app.core.prepared import prepared
from gui_app.files.script.generating import generated
from gui_app.files.script.layout import indented, listed
from gui_app.files.script.reading import helpers, reading
from gui_app.files.script.source import Source
from gui_app.files.tables import BUILT_IN, GENERATORS

SETS = "TensorDataset"


def imports_of(source: Source) -> set[str]:
    """Import statements that the data need."""
    needed = {"import numpy as np", f"from torch.utils.data import {SETS}"}
    if source.batches > 1:
        needed = {"import numpy as np", f"from torch.utils.data import DataLoader, {SETS}"}
    if not source.is_generated:
        needed.add("import csv")
    if source.companion or source.spec.path:
        needed.add("from pathlib import Path")
    return needed


def loading(source: Source, folder: Path | None) -> str:
    """Functions and statements that set ``train_set`` and, where rows are held out, ``validation_set``.

    ``folder`` is where the script will stand: what lies in it or below is named relative to it.
    """
    body = generated(source.spec, source.seed) if source.is_generated else reading(source, folder)
    held = len(source.prepared.validation)
    body += _split(source, held) + _standardised(source, held)
    rows = "training" if held else ""
    body += _sets(source, rows)
    whole = ["def load_data():", f'    """{_about(source)}"""', *indented(body)]
    sets = "train_set, validation_set" if held else "train_set"
    return "\n".join([*helpers(source), *whole, "", "", f"{sets} = load_data()"])


def _about(source: Source) -> str:
    spec = source.spec
    if spec.generate:
        known = GENERATORS[spec.generate]
        return f"{known.title}: {known.summary}."
    if spec.builtin:
        return f"{BUILT_IN[spec.builtin].title}: {BUILT_IN[spec.builtin].summary}."
    return f"The rows of {_safe(Path(spec.source).name)}."


def _safe(text: str) -> str:
    return text.replace("\\", "").replace('"', "'")


def _split(source: Source, held: int) -> list[str]:
    if not held:
        return []
    return [
        "",
        f"# {held:,} of the rows are held out.",
        f"order = np.random.default_rng({source.seed}).permutation(len(features))",
        f"training, held_out = np.sort(order[{held}:]), np.sort(order[:{held}])",
    ]


def _standardised(source: Source, held: int) -> list[str]:
    if not source.spec.standardize:
        return []
    made = prepared(source.table, source.spec, source.seed)
    seen = source.prepared.features[made.training]
    numeric = np.array([name in source.table.names for name in made.names])
    coded = np.flatnonzero(~numeric).tolist()
    still = np.flatnonzero(numeric & (made.stds != seen.std(0))).tolist()
    rows = "features[training]" if held else "features"
    lines = [
        "",
        "# Each column with mean 0 and variance 1 over the rows that are trained on.",
        f"seen = {rows}",
        "mean, std = np.array([column.mean() for column in seen.T]), seen.std(0)",
    ]
    if coded:
        lines += [*listed("coded = [", map(str, coded), "]  # categories stay 0 and 1")]
        lines.append("mean[coded], std[coded] = 0.0, 1.0")
    if still:
        lines += listed("std[[", map(str, still), "]] = 1.0  # they never change")
    return [*lines, "features = (features - mean) / std"]


def _sets(source: Source, rows: str) -> list[str]:
    tensors = [_tensor(source, name) for name in source.names]
    if not rows:
        return ["", *listed(f"return {SETS}(", tensors, ")")]
    return [
        "",
        *listed(f"rows = {SETS}(", tensors, ")"),
        f"return {SETS}(*rows[training]), {SETS}(*rows[held_out])",
    ]


def _tensor(source: Source, name: str) -> str:
    """The expression of what the program calls ``name``."""
    made, dtype = source.prepared, f", dtype=torch.{source.dtype}"
    if name == FEATURES:
        return f"torch.tensor(features{dtype})"
    if made.target is not None and name in (TARGET, source.target):
        return f"torch.tensor(target{dtype if made.classes is None else ''})"
    if name in made.names:
        return f"torch.tensor(features[:, {made.names.index(name)}]{dtype})"
    places = [place for place, each in enumerate(made.names) if each.startswith(f"{name} = ")]
    return f"torch.tensor(features[:, {places[0]}:{places[-1] + 1}].argmax(1))"
