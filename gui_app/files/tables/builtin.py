"""The data sets that travel with the program: small, well known, of free licence (``resources/data/README.md``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from gui_app.core.resources import resource
from gui_app.core.table import Table, TableOptions
from gui_app.files.errors import FileError, nearest
from gui_app.files.tables.formats import read_table


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """One of the sets."""

    title: str
    summary: str
    target: str | None = None
    """The column that is usually fitted."""
    categories: tuple[str, ...] = ()


BUILT_IN: Mapping[str, BuiltIn] = {
    "iris": BuiltIn("Iris", "150 flowers of 3 species, 4 measures in cm", "species"),
    "wine": BuiltIn("Wine", "178 wines of 3 cultivars, 13 chemical measures", "cultivar"),
    "breast_cancer": BuiltIn("Breast cancer", "569 tumours, benign or malignant, 30 measures", "diagnosis"),
    "digits": BuiltIn("Digits", "1,797 handwritten digits of 8 × 8 pixels, 0 to 16", "digit", ("digit",)),
    "diabetes": BuiltIn("Diabetes", "442 patients, 10 measures, progression a year later", "progression"),
    "linnerud": BuiltIn("Linnerud", "20 men, 3 exercises, weight, waist and pulse"),
    "b1": BuiltIn("Matrix regression", "3 rows, 3 columns of X and 2 of Y, as in lessons B1 and C4"),
}


@cache
def built_in(name: str) -> Table:
    """The set of that name. Raises FileError where there is none."""
    if name not in BUILT_IN:
        raise FileError(
            f"There is no built-in data set '{name}'.{nearest(name, BUILT_IN)}", key="data.builtin"
        )
    known = BUILT_IN[name]
    table = read_table(resource(f"data/{name}.csv"), TableOptions(categories=known.categories))
    return replace(table, source=name, target=known.target)
