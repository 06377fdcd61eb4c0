"""One row of the table of rules."""

from __future__ import annotations

from dataclasses import dataclass

LETTERS = ("a", "b", "d")
"""Inputs by slot, where a rule does not name them."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What an operation computes and what its backward pass sends to each input.

    Formulas are expressions in Python's spelling, read by ``notation``: the letters of ``inputs`` and ``results``,
    ``g`` for the gradient that arrives at the result (``g0``, ``g1``, … at several), other letters explained in
    ``where``. ``a[i]`` is an element and ``Sum(i, …)`` runs over all of them. After a colon comes a sentence with
    formulas in braces.
    """

    title: str
    words: str
    """What it computes, in one plain sentence."""
    formula: str
    back: tuple[str, ...]
    """By input slot; the last one also serves the slots after it."""
    inputs: tuple[str, ...] = LETTERS
    results: tuple[str, ...] = ("c",)
    index: tuple[str, ...] = ()
    """For each of ``back`` the indices of the gradient's element that it gives: ``i``, ``i k``; or one for all."""
    where: str = ""
    """What other letters stand for."""
    saved: tuple[str, ...] = ("self", "other")
    """The inputs' names among the saved tensors, by slot."""
    elementwise: bool = False

    def input(self, slot: int) -> str:
        """The letter of an input; those of a list are numbered: ``A₁``, ``A₂``."""
        return self.inputs[slot] if slot < len(self.inputs) else f"{self.inputs[-1]}{slot + 1}"

    def flow(self, slot: int) -> str:
        """What is sent to an input."""
        return self.back[min(slot, len(self.back) - 1)]

    def indices(self, slot: int) -> str:
        """The indices of the element that ``flow`` gives; empty where it gives all at once."""
        return self.index[min(slot, len(self.index) - 1)] if self.index else ""


def elementwise(title: str, words: str, formula: str, *back: str, **more: object) -> Rule:
    """A rule of each element by itself."""
    return Rule(title, words, formula, back, elementwise=True, **more)  # type: ignore[arg-type]
