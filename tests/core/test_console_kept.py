"""What a program prints is kept up to a limit, and says so."""

from __future__ import annotations

from gui_app.core.console import CUT, MOST_CHARACTERS, Console
from gui_app.core.events import Printed


def test_lines_are_kept_in_order_with_their_steps() -> None:
    console = Console()
    lines = [Printed(0, "a\n"), Printed(3, "b\n")]
    assert console.take(lines) == lines
    assert console.lines == lines


def test_a_flood_is_cut_where_it_is_full() -> None:
    console = Console()
    for step in range(100):
        console.take([Printed(step, "x" * 999 + "\n")])
    told = "".join(line.text for line in console.lines)
    assert told.endswith(CUT)
    assert len(told) == MOST_CHARACTERS + len(CUT)
    assert console.take([Printed(7, "more")]) == []
