"""What data an experiment is fitted to, and which model: plain requests; reading and fitting happen elsewhere."""

from __future__ import annotations

import keyword
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal

from gui_app.core.experiment_error import ExperimentError
from gui_app.core.optimizers import SettingValue
from gui_app.core.table import MAX_COLUMNS, TableOptions

ColumnType = Literal["number", "category"]
Missing = Literal["error", "drop", "mean"]

COLUMN_TYPES: tuple[ColumnType, ...] = ("number", "category")
MISSING: Mapping[Missing, str] = {
    "error": "say which row and column has none",
    "drop": "leave the row out",
    "mean": "take the column's mean, of a category the most frequent",
}
"""What is done where a value is missing."""
_LONGEST = 4_096
"""Characters of a path."""
FEATURES, TARGET = "X", "y"
"""What programs call all features, (rows, features), and the target, (rows,)."""


@dataclass(frozen=True, slots=True)
class DataSpec:
    """A table, which of its columns are used and how its rows are handed to the objective.

    Exactly one of ``path``, ``builtin`` and ``generate`` says where the table is from.
    """

    path: str | None = None
    """A file. An experiment file names it relative to itself; in memory it is absolute or relative to the process."""
    builtin: str | None = None
    generate: str | None = None
    settings: Mapping[str, SettingValue] = field(default_factory=dict)
    """Of the generator."""
    options: TableOptions = field(default_factory=TableOptions)
    """How a file is read. Its ``categories`` and ``numbers`` stay empty: ``types`` says it for every source."""
    features: tuple[str, ...] = ()
    """Columns that make ``X``; none: every column but the target."""
    target: str | None = None
    """Column that makes ``y``; None: the table's own target if it names one, else there is no ``y``."""
    types: Mapping[str, ColumnType] = field(default_factory=dict)
    """Columns that are read as something else than they look like. A category becomes one column a label in ``X``,
    and class indices in ``y``."""
    missing: Missing = "error"
    standardize: bool = False
    """Number columns of ``X`` have mean 0 and variance 1 over the training rows. The target stays as it is."""
    validation: float = 0.0
    """Share of the rows that is not trained on."""
    shuffle: bool = False
    """Batches take the rows in another random order each epoch, as ``DataLoader(shuffle=True)`` does."""
    seed: int | None = None
    """Of the split, of generated data and of the order of rows; None: the run's."""
    batch_size: int | None = None
    """Rows of one step; None: all."""
    columns: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """What the columns of the table are called, where that has been looked up: not asked for, and never saved."""

    def __post_init__(self) -> None:
        given = [name for name in ("path", "builtin", "generate") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ExperimentError("data", "give one of path, builtin and generate")
        if not getattr(self, given[0]):
            raise ExperimentError(f"data.{given[0]}", "must not be empty")
        if len(self.source) > _LONGEST:
            raise ExperimentError(f"data.{given[0]}", f"at most {_LONGEST:,} characters")
        if self.settings and self.generate is None:
            raise ExperimentError("data.settings", "only generated data have settings")
        if self.options != TableOptions() and self.path is None:
            raise ExperimentError("data", "only a file is read with options")
        if self.options.categories or self.options.numbers:
            raise ExperimentError("data.types", "say there what a column holds")
        if len(self.features) > MAX_COLUMNS or len(self.types) > MAX_COLUMNS:
            raise ExperimentError("data.features", f"at most {MAX_COLUMNS:,} columns are read")
        twice = [name for name, times in Counter(self.features).items() if times > 1]
        if twice:
            raise ExperimentError("data.features", f"{twice[0]!r} is given twice")
        if self.target in self.features:
            raise ExperimentError("data.features", f"{self.target!r} is the target")
        for name, kind in self.types.items():
            if kind not in COLUMN_TYPES:
                raise ExperimentError(f"data.types.{name}", f"{kind!r} is none of {', '.join(COLUMN_TYPES)}")
        if self.missing not in MISSING:
            raise ExperimentError("data.missing", f"{self.missing!r} is none of {', '.join(MISSING)}")
        if not 0 <= self.validation < 1:
            raise ExperimentError("data.validation", "must be at least 0 and below 1")
        if self.seed is not None and not 0 <= self.seed < 2**63:
            raise ExperimentError("data.seed", "must lie between 0 and 2^63 - 1")
        if self.batch_size is not None and not 1 <= self.batch_size <= 1_000_000_000:
            raise ExperimentError("data.batch_size", "must be at least 1")

    @property
    def source(self) -> str:
        """Where the table is from, in a word: the file's path or the name of the built-in or generated set."""
        return self.path or self.builtin or self.generate or ""

    @property
    def names(self) -> tuple[str, ...]:
        """What programs may call the data: ``X``, ``y`` and the columns whose names are names: features, all of them
        where none are chosen, and target."""
        columns = (*(self.features or self.columns), *([self.target] if self.target else []))
        return tuple(dict.fromkeys((FEATURES, TARGET, *filter(is_name, columns))))


def is_name(text: str) -> bool:
    """Whether a program can call a column by this name."""
    return text.isidentifier() and text.isascii() and not keyword.iskeyword(text)


LOSSES: Mapping[str, str] = {
    "mse": "mean squared error",
    "mae": "mean absolute error",
    "huber": "squared where small, absolute where large",
    "cross_entropy": "of class scores and class indices",
    "bce": "binary cross entropy of one score and 0 or 1",
}
ACTIVATIONS = ("ReLU", "LeakyReLU", "ELU", "SELU", "GELU", "SiLU", "Softplus", "Tanh", "Sigmoid")
"""Names of torch.nn."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model as the form shows it."""

    summary: str
    losses: tuple[str, ...]
    """Those that make sense for it, the usual one first."""
    settings: tuple[str, ...] = ()
    """Which of ModelSpec's settings it has."""


_OF_NUMBERS = ("mse", "mae", "huber")
_OF_ANY = (*_OF_NUMBERS, "cross_entropy", "bce")
MODELS: Mapping[str, ModelInfo] = {
    "linear": ModelInfo("a plane through the data", _OF_NUMBERS),
    "polynomial": ModelInfo("powers of each feature, weighted", _OF_NUMBERS, ("degree",)),
    "logistic": ModelInfo("one of two classes by a plane between them", ("bce",)),
    "softmax": ModelInfo("one of several classes, a score each", ("cross_entropy",)),
    "perceptron": ModelInfo("layers of neurons", _OF_ANY, ("layers", "activation")),
    "convolution": ModelInfo(
        "filters on square pictures, a score a class", _OF_ANY, ("layers", "activation")
    ),
}


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model of the data's target, and its loss; from these the program's text is made."""

    name: str = "linear"
    loss: str | None = None
    """None: the model's usual one, or, where it fits classes and numbers, the one that suits the target."""
    degree: int = 2
    """Highest power of a polynomial."""
    layers: tuple[int, ...] = (16, 16)
    """Neurons of each hidden layer; filters of each convolution."""
    activation: str = "ReLU"

    def __post_init__(self) -> None:
        if self.name not in MODELS:
            raise ExperimentError("model.name", f"{self.name!r} is none of {', '.join(MODELS)}")
        known = MODELS[self.name]
        if self.loss is not None and self.loss not in known.losses:
            raise ExperimentError("model.loss", f"{self.loss!r} is none of {', '.join(known.losses)}")
        for entry in fields(self):
            is_setting = entry.name not in ("name", "loss")
            if is_setting and entry.name not in known.settings and getattr(self, entry.name) != entry.default:
                raise ExperimentError(f"model.{entry.name}", f"a {self.name} model has no such setting")
        if not 1 <= self.degree <= 20:
            raise ExperimentError("model.degree", "must lie between 1 and 20")
        sensible = all(1 <= size <= 10_000 for size in self.layers)
        if not sensible or len(self.layers) > 50:
            raise ExperimentError("model.layers", "up to 50 whole numbers between 1 and 10,000")
        if self.activation not in ACTIVATIONS:
            raise ExperimentError(
                "model.activation", f"{self.activation!r} is none of {', '.join(ACTIVATIONS)}"
            )
