"""How the lines of a script are laid out."""

from __future__ import annotations

import json
from collections.abc import Iterable

WIDTH = 100


def listed(before: str, items: Iterable[str], after: str = "") -> list[str]:
    """Items between brackets: on one line if it is short enough, else on as many as they need."""
    parts = list(items)
    whole = f"{before}{', '.join(parts)}{after}"
    if len(whole) <= WIDTH:
        return [whole]
    lines, row = [before], ""
    for part in parts:
        if row and len(row) + len(part) + 1 > WIDTH - 4:
            lines.append(f"    {row.rstrip()}")
            row = ""
        row += f"{part}, "
    return [*lines, f"    {row.rstrip()}", after]


def indented(lines: Iterable[str]) -> list[str]:
    """The same lines one level deeper; empty ones stay empty."""
    return [f"    {line}" if line else "" for line in lines]


def quoted(text: str) -> str:
    """A text as Python writes it, in double quotation marks."""
    return json.dumps(text, ensure_ascii=False)
