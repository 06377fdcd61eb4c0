"""One line of the arithmetic of an update, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

GRADIENT = "Gradient"
RATE = "Learning rate"
MEMORY = "What the optimizer remembers"
STEP = "Update"
VALUE = "Next value"
AFTER = "Kept for the next update"


@dataclass(frozen=True, slots=True)
class Line:
    """``letter`` = ``formula``, in the notation of ``core.rules``; every name is one of ``symbols.SYMBOLS``."""

    letter: str
    formula: str
    """Empty: the number is given, not computed. A name that has no value stands for more than one number."""
    section: str
    when: str = ""
    """Facts, each a word, that must hold for the line to apply; ``!`` before one: it must not."""
    remark: str = ""
    """What else is to be said, with formulas in braces."""

    def applies(self, facts: Mapping[str, object]) -> bool:
        """Whether the line belongs to an update with these facts."""
        return all(
            bool(facts.get(word.removeprefix("!"))) != word.startswith("!") for word in self.when.split()
        )
