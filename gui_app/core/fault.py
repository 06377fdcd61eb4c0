"""What is told to a person when something does not work."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of program text: 1-based lines, 0-based columns in characters, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    def holds(self, line: int, column: int) -> bool:
        """Whether that place lies within, the end included."""
        return (self.line, self.column) <= (line, column) <= (self.end_line, self.end_column)

    def excerpt(self, source: str, most: int = 40) -> str:
        """The text of the stretch on one line, cut where it is longer than ``most`` characters."""
        lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")[self.line - 1 : self.end_line]
        if lines:
            lines[-1] = lines[-1][: self.end_column]
            lines[0] = lines[0][self.column :]
        text = " ".join(" ".join(lines).split())
        return text if len(text) <= most else f"{text[: most - 1]}…"

    @property
    def extent(self) -> tuple[int, int]:
        """For comparing sizes: lines first, then columns."""
        return self.end_line - self.line, self.end_column - self.column


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong, where, and what to do: plain sentences, the library's own words behind them."""

    message: str
    """One sentence: what happened."""
    span: Span | None = None
    """Where in the program's text, if it is there."""
    hint: str = ""
    """What to type or do instead."""
    details: str = ""
    """The raw text of the library that refused."""

    def __str__(self) -> str:
        place = f"line {self.span.line}, column {self.span.column + 1}: " if self.span else ""
        return f"{place}{self.message}" + (f" {self.hint}" if self.hint else "")
