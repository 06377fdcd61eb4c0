"""The data that a script is to use, and the file that goes with it where no few lines read or make them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from pathlib import Path

from gui_app.core.data import DataSpec
from gui_app.core.experiment import Experiment
from gui_app.core.experiment_error import ExperimentError
from gui_app.core.fault import Fault
from gui_app.core.prepared import Prepared, batches_of, prepared
from gui_app.core.table import Table
from gui_app.files.errors import FileError
from gui_app.files.tables import load, preview
from gui_app.files.tables.cells import inert
from gui_app.language.errors import ProgramError
from gui_app.language.programs import names_in


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """The data that a script is to use."""

    spec: DataSpec
    seed: int
    """Of the split, of made-up data and of the order of rows."""
    dtype: str
    names: tuple[str, ...]
    """What the program calls them, in order."""
    table: Table
    prepared: Prepared
    """Not standardised."""
    target: str | None

    @property
    def batches(self) -> int:
        """Steps of an epoch."""
        return batches_of(len(self.prepared.training), self.spec.batch_size)

    @property
    def chosen(self) -> list[str]:
        """The columns that make the features."""
        names = (name for name in self.table.names if name != self.target)
        return list(self.spec.features or names)

    @property
    def companion(self) -> str:
        """The name of the file that the script reads them from; empty: it needs none of ours."""
        if self.is_generated or (self.spec.path and _is_plain(self.spec)):
            return ""
        return f"{Path(self.spec.source).stem}-data.csv"

    @property
    def is_generated(self) -> bool:
        """Whether a few lines of NumPy make the very table."""
        spec, usual = self.spec, tuple(name for name in self.table.names if name != self.table.target)
        plain = spec.features in ((), usual) and self.target == self.table.target and not spec.types
        return spec.generate is not None and plain


def source_of(experiment: Experiment) -> Source | None:
    """The data that the program reads; None if there are none. Raises ProgramError where they cannot be read."""
    spec = experiment.data
    if spec is None:
        return None
    own = {parameter.name for parameter in experiment.parameters}
    names = tuple(name for name in spec.names if name in names_in(experiment.program) - own)
    if not names:
        return None
    seed = experiment.run.seed if spec.seed is None else spec.seed
    try:
        table = load(replace(spec, seed=seed), Path())
        made = prepared(table, replace(spec, standardize=False), seed)
    except (FileError, ExperimentError) as error:
        raise ProgramError(Fault(str(error), hint="Choose the data again, or correct the file.")) from error
    return Source(spec, seed, experiment.run.dtype, names, table, made, spec.target or table.target)


def companion_of(source: Source) -> bytes:
    """The features before they are standardised, and the target, as CSV with every digit.

    Names and labels are made inert: a spreadsheet would take some of them for formulas.
    """
    made, text = source.prepared, io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(map(inert, [*made.names, *([source.target] if source.target else [])]))
    rows: list[list[float | int | str]] = made.features.tolist()
    goal = [] if made.target is None else made.target.tolist()
    for row, aim in zip(rows, goal, strict=False):
        row.append(aim if made.classes is None else inert(made.classes[aim]))
    table.writerows(rows)
    return text.getvalue().encode()


def _is_plain(spec: DataSpec) -> bool:
    """Whether Python's own reader of CSV finds the same cells under the same names."""
    path = Path(spec.path or "")
    try:
        found = preview(path, spec.options)
        options = found.options
        if found.format not in ("CSV", "TSV", "Text") or options.delimiter in (None, " ") or options.skip:
            return False
        with path.open(newline="", encoding=encoding_of(options.encoding)) as file:
            head = next(csv.reader(file, delimiter=options.delimiter or ","))
    except (FileError, OSError, ValueError, StopIteration, csv.Error):
        return False
    return bool(options.header) and tuple(head) == found.names


def encoding_of(name: str | None) -> str:
    """An encoding as Python calls it where a mark at the beginning is to be passed over."""
    return "utf-8-sig" if name in (None, "utf-8") else name
