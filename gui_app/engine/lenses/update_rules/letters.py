"""The numbers of the letters: what an optimizer remembers of one parameter, before and after an update."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gui_app.core.frames import FrameValue
from gui_app.engine.frames import unpacked
from gui_app.engine.lenses.update_rules.derived import DERIVED, REMEMBERED, Letters, Settings, first_memory
from gui_app.engine.optimizers import BY_MATRIX
from gui_app.engine.problem import Problem

State = Mapping[str, FrameValue]


@dataclass(frozen=True)
class Place:
    """Where an element is: in which store, in which of its leaves, and where in that."""

    store: int
    leaf: int
    index: int
    extent: tuple[int, int]
    """Of the leaf in the flat tensor of its store."""
    shape: tuple[int, ...]
    """Of the leaf."""

    @property
    def flat(self) -> int:
        """Index in the flat tensor of the store."""
        return self.extent[0] + self.index

    def leaf_of(self, flat: Tensor) -> Tensor:
        """The part of a store's flat tensor that belongs to the leaf, in its shape."""
        return flat[slice(*self.extent)].view(self.shape)


def place_of(problem: Problem, column: int) -> Place:
    """Where the element of a column is. Raises IndexError."""
    rest = column
    for spec in problem.experiment.trained:
        if 0 <= rest < spec.size:
            break
        rest -= spec.size
    else:
        raise IndexError(column)
    for number_, store in enumerate(problem.stores):
        names = [each.name for each in store.specs]
        if spec.name in names:
            leaf = names.index(spec.name)
            return Place(number_, leaf, rest, store.extents[leaf], spec.shape)
    raise IndexError(column)


def number(value: object, index: int) -> float:
    """A letter's number: that of the element with this index where it has one for each."""
    return float(value.reshape(-1)[index]) if isinstance(value, Tensor) else float(value)  # type: ignore[arg-type]


def letters_of_rule(
    problem: Problem,
    place: Place,
    name: str,
    settings: Settings,
    states: tuple[State, State],
    element: tuple[Tensor, Tensor],
) -> Letters:
    """All letters of an update rule for one parameter: tensors in its shape, and plain numbers.

    ``states`` are those before and after the update, ``element`` the parameter before it and its gradient as the
    clipping leaves it.
    """
    theta, gradient = element
    decay = settings.get("weight_decay", 0.0)
    if decay and name not in ("AdamW", *BY_MATRIX):
        gradient = gradient.add(theta, alpha=decay)
    known: Letters = {"theta_k": theta, "g": gradient}
    before, after = (_memory(problem, place, state) for state in states)
    known |= _remembered(before, after, name, settings, theta)
    return known | DERIVED[name](settings, known)


def _memory(problem: Problem, place: Place, state: State) -> dict[str, Any]:
    """What is remembered of the parameter, by torch.optim's names."""
    store = problem.stores[place.store]
    groups = state[f"groups/{place.store}"]
    apart = groups != 1
    found = unpacked(
        f"memory/{place.store}/{place.leaf if apart else 0}", state, store.dtype, store.flat.device
    )
    return {
        key: (value.reshape(-1) if apart else value.reshape(-1)[slice(*place.extent)]).view(place.shape)
        if isinstance(value, Tensor)
        else value
        for key, value in found.items()
    }


def _remembered(
    before: Mapping[str, Any], after: Mapping[str, Any], name: str, settings: Settings, like: Tensor
) -> Letters:
    """Each memory as two letters; before the first update it holds what it is filled with then."""
    fill = first_memory(name, settings)
    known: Letters = {"t": after["step"]} if "step" in after else {}
    for key, stem in REMEMBERED.items():
        if key not in after:
            continue
        known[f"{stem}_next"] = after[key]
        if key in before:
            known[f"{stem}_k"] = before[key]
        elif name != "SGD":  # whose memory begins with the first gradient
            empty = isinstance(after[key], Tensor)
            known[f"{stem}_k"] = torch.full_like(like, fill.get(stem, 0.0)) if empty else fill.get(stem, 0.0)
    if "prev" in after:
        known["g_prev"] = before.get("prev", torch.zeros_like(like))
    return known


def total_norm(problem: Problem, rows: Sequence[Tensor], absent: Sequence[bool] | None) -> Tensor:
    """Length of all gradients together, taken in the experiment's order: the last bits of a sum depend on it."""
    leaves = [
        (spec.name, row[first:last].view(leaf.shape))
        for store, row in zip(problem.stores, rows, strict=True)
        for spec, leaf, (first, last) in zip(store.specs, store.leaves, store.extents, strict=True)
    ]
    there = {name: part for i, (name, part) in enumerate(leaves) if absent is None or not absent[i]}
    in_order = [there[spec.name] for spec in problem.experiment.trained if spec.name in there]
    return torch.nn.utils.get_total_norm(in_order)
