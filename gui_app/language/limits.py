"""How much a typed program may ask for, and how it is stopped."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle

from gui_app.language.refusal import Refusal

MAX_SOURCE = 20_000
"""Bytes of program text (UTF-8)."""
MAX_NODES = 5_000
MAX_DEPTH = 100
"""Deepest nesting of the syntax tree."""
MAX_BRACKETS = 50
"""Deepest nesting of brackets."""
MAX_NUMBER = 40
"""Characters of one number."""
MAX_PREFIXES = 20
"""Signs (or ``not``) in front of one another."""
MAX_BRANCHES = 50
"""``elif`` branches in one program."""
MAX_ROUNDS = 2_000_000
"""Rounds of loops and calls of functions in one evaluation."""
MAX_ELEMENTS = 10_000_000
"""Elements of one tensor."""
MAX_SPENT = 300_000_000
"""Elements of all larger tensors that one evaluation makes."""
LARGE = 3_000
"""Smaller tensors are not counted; two of them never make one of more than MAX_ELEMENTS."""
MAX_SEQUENCE = 100_000
"""Items of one list or tuple."""
MAX_BITS = 4_096
"""Bits of a whole number."""
CHECK_EVERY = 256
"""Rounds between two looks at the count; the flag itself is looked at in each."""


class Stopped(Exception):  # noqa: N818 - it is not an error
    """A program was ended from outside or has used up its rounds; ``reason`` says which in one sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StopFlag:
    """Ends programs from any thread; also counts the rounds of the evaluation that uses it.

    One flag belongs to one evaluation at a time. Compiled programs test ``raised`` inline, in every round of a
    loop and at every entry of a function, and call :meth:`tick` when it is not empty or ``beat`` says so.
    """

    def __init__(self, max_rounds: int = MAX_ROUNDS) -> None:
        self.raised: list[str] = []
        self.beat = cycle((False,) * (CHECK_EVERY - 1) + (True,))
        self._max_rounds = max_rounds
        self._rounds = 0

    def set(self, reason: str = "The program was stopped.") -> None:
        """Every program with this flag raises Stopped at its next round. Thread-safe."""
        self.raised.append(reason)

    def clear(self) -> None:
        """Programs may run again."""
        self.raised.clear()

    @property
    def is_set(self) -> bool:
        """Whether programs with this flag end."""
        return bool(self.raised)

    def restart(self) -> None:
        """A new evaluation begins: its rounds count from zero. Raises Stopped if the flag is set."""
        self._rounds = 0
        if self.raised:
            raise Stopped(self.raised[0])

    def tick(self) -> None:
        """Raise Stopped if the flag is set; else count the rounds since the last beat."""
        if self.raised:
            raise Stopped(self.raised[0])
        self.spend(CHECK_EVERY)

    def spend(self, rounds: int) -> None:
        """Count rounds that are about to be run; raises Stopped if they are too many for one evaluation."""
        self._rounds += rounds
        if self._rounds > self._max_rounds:
            raise Stopped(f"The program takes more than {self._max_rounds:,} rounds.")

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Set the flag if the block takes longer than ``seconds``; take that back at the end of the block."""
        reason = f"The program takes longer than {seconds:g} s."
        timer = threading.Timer(seconds, self.set, [reason])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
            if reason in self.raised:
                self.raised.remove(reason)


class Meter:
    """Counts the elements of the larger tensors that one evaluation makes: what bounds its memory.

    ``large`` stays empty while every tensor of the evaluation has between 1 and LARGE elements. Compiled programs
    look at it inline: then an operation needs no other check than that its result is as small.
    """

    def __init__(self, most: int = MAX_SPENT) -> None:
        self.used = 0
        self.large: list[bool] = []
        self.parameters: tuple[object, ...] = ()
        """What the evaluation was called with; no program may change it."""
        self.most = most

    def restart(self, parameters: tuple[object, ...] = ()) -> None:
        """A new evaluation begins."""
        self.parameters = parameters
        self.used = 0
        self.large.clear()

    def spend(self, elements: int) -> None:
        """Count a result of so many elements. Raises Refusal if the evaluation has made too many."""
        if not self.large:
            self.large.append(True)
        self.used += elements
        if self.used > self.most:
            raise Refusal(
                f"One evaluation makes more than {self.most:,} numbers.",
                "Use smaller tensors, or fewer operations on them.",
            )
