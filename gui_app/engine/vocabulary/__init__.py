"""The vocabulary: everything that a typed program may use. This table is the wall of the sandbox.

A program reaches nothing but the wrappers made here; each bounds the size of its result before it computes it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

import torch

from gui_app.engine.vocabulary import (
    activations,
    attributes,
    creation,
    draws,
    elementwise,
    in_place,
    layers,
    linear,
    lists,
    loaders,
    losses,
    modules,
    numbers,
    optimizers,
    printing,
    reductions,
    schedulers,
    selecting,
    shaping,
    sorting,
    tracking,
    values,
)
from gui_app.engine.vocabulary.effects import Effects
from gui_app.engine.vocabulary.guards import guards
from gui_app.engine.vocabulary.refusals import REFUSALS
from gui_app.engine.vocabulary.row import PLACES, Row, Setting
from gui_app.language.limits import Meter
from gui_app.language.names import Word, Words

__all__ = ["namespace", "words"]

_ROWS = (
    *elementwise.ROWS,
    *reductions.ROWS,
    *sorting.ROWS,
    *linear.ROWS,
    *shaping.ROWS,
    *selecting.ROWS,
    *activations.ROWS,
    *losses.ROWS,
    *layers.ROWS,
    *values.ROWS,
    *in_place.ROWS,
    *tracking.ROWS,
    *modules.ROWS,
    *schedulers.ROWS,
    *numbers.ROWS,
    *lists.ROWS,
    *numbers.MATH,
)
_MADE = (
    creation.creation,
    draws.draws,
    layers.layers,
    tracking.gradients,
    printing.printing,
    values.devices,
    lists.lists,
    optimizers.optimizers,
    loaders.loaders,
)
"""Rows that depend on the setting."""
_SPACES = {
    "torch": "torch",
    "F": "torch.nn.functional",
    "nn": "torch.nn",
    "linalg": "torch.linalg",
    "autograd": "torch.autograd",
    "optim": "torch.optim",
    "schedules": "torch.optim.lr_scheduler",
    "data": "torch.utils.data",
    "utils": "torch.nn.utils",
    "cuda": "torch.cuda",
    "math": "math",
}

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


@cache
def words() -> Words:
    """The vocabulary as plain data, for the compiler and the editor."""
    spaces: dict[str, dict[str, Word]] = {place: {} for place in PLACES}
    for row in _all_rows(Setting()):
        for place, word in row.words():
            spaces[place][row.name] = word
    spaces["nn"].update(modules.words())
    return Words(
        functions=spaces["bare"],
        namespaces={name: spaces[place] for place, name in _SPACES.items()},
        methods=spaces["method"],
        attributes=attributes.words(),
        writable=attributes.writable_words(),
        constants={name: _constant_word(name, value) for name, value in _CONSTANTS.items()},
        contexts={
            name: Word(name, f"with {name}", signature, help)
            for name, (signature, help, _) in tracking.CONTEXTS.items()
        },
        aliases={
            "F": "torch.nn.functional",
            "nn": "torch.nn",
            "optim": "torch.optim",
            "lr_scheduler": "torch.optim.lr_scheduler",
        },
        refusals=REFUSALS,
    )


def _all_rows(setting: Setting) -> tuple[Row, ...]:
    return (*_ROWS, *(row for make in _MADE for row in make(setting)))


def _constant_word(name: str, value: object) -> Word:
    help = f"{value:.6g}" if isinstance(value, float) else "kind of the elements"
    return Word(name, f"constant {name}", "", help, "float" if isinstance(value, float) else "any")


def namespace(
    dtype: torch.dtype = torch.float32, device: str | torch.device = "cpu", effects: Effects | None = None
) -> Mapping[str, object]:
    """Everything that a compiled program needs, for one evaluation at a time.

    Numbers with a fraction become tensors of ``dtype`` on ``device``; ``effects`` says where random numbers come from
    and where printed texts and backward passes go. PyTorch's own defaults and generators stay as they are.
    """
    setting = Setting(dtype, device, effects or Effects(), Meter())
    made: dict[str, object] = {"meter": setting.meter, **guards(setting.meter)}
    for row in _all_rows(setting):
        made.update(row.wrappers(setting.meter))
    made.update({f"constant {name}": value for name, value in _CONSTANTS.items()})
    made.update(attributes.attributes(setting))
    known = words()
    functions = known.namespaces[modules.SPACE], known.functions, known.namespaces["torch"]
    made.update(modules.Modules(made, functions, setting).symbols())
    made.update({f"with {name}": context for name, (_, _, context) in tracking.CONTEXTS.items()})
    return made
