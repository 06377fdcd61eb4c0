"""A function that halts in the middle of its calls, and what becomes of its thread."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from gui_app.core.halting import GivenUp, Halting


def deep(halt: Callable[[int], None], depth: int) -> None:
    if depth:
        deep(halt, depth - 1)
        halt(depth)


def test_it_halts_wherever_it_is_and_ends() -> None:
    halting: Halting[int] = Halting("test", lambda halt: deep(halt, 3))
    assert [halting.advance() for _ in range(5)] == [1, 2, 3, None, None]
    assert halting.over
    halting.close()


def test_its_error_is_raised_where_it_is_waited_for() -> None:
    def work(halt: Callable[[int], None]) -> None:
        halt(1)
        raise ValueError("no more")

    halting: Halting[int] = Halting("test", work)
    assert halting.advance() == 1
    with pytest.raises(ValueError, match="no more"):
        halting.advance()
    assert halting.advance() is None
    halting.close()


def test_closing_ends_it_where_it_stands() -> None:
    before = threading.active_count()
    seen: list[str] = []

    def work(halt: Callable[[int], None]) -> None:
        try:
            halt(1)
            seen.append("went on")
        except GivenUp:
            seen.append("given up")
            raise

    halting: Halting[int] = Halting("test", work)
    halting.advance()
    halting.close()
    assert seen == ["given up"]
    assert threading.active_count() == before
    assert halting.over
    assert halting.advance() is None


def test_one_that_never_began_has_nothing_to_close() -> None:
    halting: Halting[int] = Halting("test", lambda halt: halt(1))
    halting.close()
    assert halting.advance() is None
