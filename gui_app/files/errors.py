"""What is wrong with a file, in words."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

_LONGEST, _LONGEST_KEY = 1_000, 100
"""Characters of a message and of a key: both may quote what stands in the file, also what a terminal would obey."""


def _shortened(text: str, most: int) -> str:
    text = text if len(text) <= most else f"{text[: most // 2]} … {text[-most // 3 :]}"
    return "".join(c if c.isprintable() or c.isspace() else "\ufffd" for c in text)


class FileError(Exception):
    """A file that cannot be read, understood or written.

    ``message`` is a plain sentence without the place; ``key`` is the dotted key it is about, if any.
    """

    def __init__(self, message: str, *, path: Path | None = None, key: str = "") -> None:
        message, key = _shortened(message, _LONGEST), _shortened(key, _LONGEST_KEY)
        super().__init__(message, path, key)
        self.message = message
        self.path = path
        self.key = key

    def __str__(self) -> str:
        return ": ".join(part for part in (str(self.path or ""), self.key, self.message) if part)

    def at(self, path: Path) -> FileError:
        """The same error, said of the file it was found in."""
        return FileError(self.message, path=path, key=self.key)


def nearest(word: str, known: Iterable[str]) -> str:
    """`` Did you mean …?`` with the known word most like ``word``; empty where none is."""
    found = get_close_matches(word, list(known), n=1)
    return f" Did you mean {found[0]}?" if found else ""
