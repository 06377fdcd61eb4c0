"""A lesson: an experiment with its story, and the numbers that must come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from gui_app.core.experiment import Experiment

LANGUAGES = ("en", "zh")
SECTIONS: Mapping[str, Mapping[str, str]] = {
    "graph": {"en": "The graph", "zh": "计算图"},
    "gradients": {"en": "Gradients, kept and cut", "zh": "梯度的保留与切断"},
    "descent": {"en": "Descent", "zh": "梯度下降"},
    "surfaces": {"en": "Surfaces", "zh": "经典曲面"},
}
"""The parts of the gallery, in order, with their names in each language."""

Rule = Literal["exact", "digits", "tolerance", "text"]


@dataclass(frozen=True, slots=True)
class LessonText:
    """What is told, in one language."""

    title: str
    summary: str
    """One sentence."""
    text: str
    """Paragraphs, separated by empty lines."""


@dataclass(frozen=True, slots=True)
class Check:
    """One number, or one text, that must come out.

    ``quantity`` is ``loss``, ``steps``, an element of a parameter (``x``, ``W[0,1]``), its gradient (``grad x``), a
    variable of the program (``value y``, ``value y[0]``), how often the graph has a node (``nodes MulBackward0``), or a
    metric on all rows of the data (``validation accuracy``).
    Texts are what the program has printed up to a step (``printed``), and what it fails with (``error``).
    """

    quantity: str
    value: float | str
    step: int | None = None
    """``None``: the last one."""
    rule: Rule = "exact"
    amount: float = 0.0
    """Decimals for ``digits``, largest distance for ``tolerance``."""

    def holds(self, obtained: float | str) -> bool:
        """Whether ``obtained`` is as expected: as a float32, in its decimals, near enough; a text contains it."""
        if isinstance(obtained, str) or isinstance(self.value, str):
            return str(self.value) in str(obtained)
        if self.rule == "exact":
            return bool(np.float32(obtained) == np.float32(self.value))
        if self.rule == "digits":
            return round(obtained, int(self.amount)) == round(self.value, int(self.amount))
        return abs(obtained - self.value) <= self.amount


@dataclass(frozen=True, slots=True)
class Lesson:
    """An experiment of the gallery."""

    id: str
    section: str
    """A key of SECTIONS."""
    texts: Mapping[str, LessonText]
    """By language."""
    experiment: Experiment
    checks: tuple[Check, ...]

    def told_in(self, language: str) -> LessonText:
        """The text in that language, else in English."""
        return self.texts.get(language, self.texts["en"])
