"""The vocabulary: everything that a typed program may use. This table is the wall of the sandbox.

A program reaches nothing but the wrappers made here; each bounds the size of its result before it computes it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

import torch
from torch import Tensor

from gui_app.engine.vocabulary import elementwise, linear, networks, numbers, reductions, shaping, values
from gui_app.engine.vocabulary.guards import guards
from gui_app.engine.vocabulary.refusals import REFUSALS
from gui_app.engine.vocabulary.row import PLACES, Function, Row
from gui_app.engine.vocabulary.sequences import described
from gui_app.language.limits import Meter
from gui_app.language.names import Word, Words
from gui_app.language.refusal import Refusal

__all__ = ["namespace", "words"]

_ROWS = (
    *(
        *elementwise.ROWS,
        *reductions.ROWS,
        *linear.ROWS,
        *shaping.ROWS,
        *networks.ROWS,
        *values.ROWS,
        *values.LIKE_ROWS,
    ),
    *(*numbers.ROWS, *numbers.MATH),
)
_SPACES = {"torch": "torch", "F": "torch.nn.functional", "linalg": "torch.linalg", "math": "math"}

_NUMBERS = {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan}
_DTYPES = (
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "bool",
    *("half", "float", "double", "short", "int", "long"),
)
_CONSTANTS: dict[str, object] = (
    {f"torch.{name}": getattr(torch, name) for name in _DTYPES}
    | {f"{space}.{name}": value for space in ("torch", "math") for name, value in _NUMBERS.items()}
    | {"math.tau": math.tau, "pi": math.pi, "inf": math.inf, "nan": math.nan}
)

_ATTRIBUTES = {
    "shape": ("the sizes of the dimensions", "any"),
    "T": ("matrix turned over", "tensor"),
    "mT": ("the last two dimensions exchanged", "tensor"),
    "ndim": ("number of dimensions", "int"),
    "dtype": ("kind of the elements", "any"),
    "requires_grad": ("whether gradients are recorded", "any"),
    "is_leaf": ("whether it was not computed from others", "any"),
}
_PARTS = ("values", "indices")
_CONTEXTS = {"torch.no_grad": torch.no_grad, "torch.enable_grad": torch.enable_grad}


@cache
def words() -> Words:
    """The vocabulary as plain data, for the compiler and the editor."""
    spaces: dict[str, dict[str, Word]] = {place: {} for place in PLACES}
    for row in _all_rows(Meter(), torch.float32, "cpu"):
        for place, word in row.words():
            spaces[place][row.name] = word
    return Words(
        functions=spaces["bare"],
        namespaces={name: spaces[place] for place, name in _SPACES.items()},
        methods=spaces["method"],
        attributes=_attribute_words(),
        constants={name: _constant_word(name, value) for name, value in _CONSTANTS.items()},
        contexts={name: Word(name, f"with {name}") for name in _CONTEXTS},
        aliases={"F": "torch.nn.functional", "nn": "torch.nn"},
        refusals=REFUSALS,
    )


def _all_rows(meter: Meter, dtype: torch.dtype, device: str | torch.device) -> tuple[Row, ...]:
    return (*_ROWS, *values.creation(dtype, device), *values.tracking(meter), *numbers.python_rows(meter))


def _constant_word(name: str, value: object) -> Word:
    help = f"{value:.6g}" if isinstance(value, float) else "kind of the elements"
    return Word(name, f"constant {name}", "", help, "float" if isinstance(value, float) else "any")


def _attribute_words() -> dict[str, Word]:
    made = {
        name: Word(f".{name}", f"attribute {name}", "", help, "tensor" if kind == "tensor" else "any")
        for name, (help, kind) in _ATTRIBUTES.items()
    }
    return made | {
        name: Word(f".{name}", f"attribute {name}", "", f"the {name} of max, min, sort …") for name in _PARTS
    }


def namespace(dtype: torch.dtype = torch.float32, device: str | torch.device = "cpu") -> Mapping[str, object]:
    """Everything that a compiled program needs, for one evaluation at a time.

    Numbers with a fraction become tensors of ``dtype`` on ``device``. PyTorch's own defaults stay as they are.
    """
    meter = Meter()
    made: dict[str, object] = {"meter": meter, **guards(meter)}
    for row in _all_rows(meter, dtype, device):
        made.update(row.wrappers(meter))
    made.update({f"constant {name}": value for name, value in _CONSTANTS.items()})
    made.update({f"attribute {name}": _attribute(name) for name in _ATTRIBUTES})
    made.update({f"attribute {name}": _part(name) for name in _PARTS})
    made.update({f"with {name}": context for name, context in _CONTEXTS.items()})
    return made


def _attribute(name: str) -> Function:
    descriptor = getattr(Tensor, name)

    def read(value: object) -> object:
        if not isinstance(value, Tensor):
            raise Refusal(f"{described(value).capitalize()} has no .{name}.", "Only tensors have.")
        return descriptor.__get__(value)

    return read


def _part(name: str) -> Function:
    def read(value: object) -> object:
        if isinstance(value, tuple) and type(value).__module__ == "torch.return_types":
            return getattr(value, name)
        raise Refusal(
            f"{described(value).capitalize()} has no .{name}.", "max, min and sort with a dimension give it."
        )

    return read
