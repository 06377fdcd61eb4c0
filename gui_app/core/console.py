"""What a program prints, with the step at which it did, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable

from gui_app.core.events import Printed

MOST_CHARACTERS = 64 * 1024
"""Of all texts that are kept of one run."""
CUT = "…\nMore was printed than is kept.\n"


class Console:
    """The first 64 KB that a run prints."""

    def __init__(self) -> None:
        self.lines: list[Printed] = []
        self._left = MOST_CHARACTERS

    def take(self, printed: Iterable[Printed]) -> list[Printed]:
        """Keep what fits, and of what does not its beginning; returns what is kept."""
        kept = []
        for each in printed:
            if self._left <= 0:
                break
            text = each.text if len(each.text) < self._left else each.text[: self._left] + CUT
            self._left -= len(text)
            kept.append(Printed(each.step, text))
        self.lines += kept
        return kept
