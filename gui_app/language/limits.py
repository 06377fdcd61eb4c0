"""How much a typed program may ask for, and how it is stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle

import psutil  # type: ignore[import-untyped,unused-ignore]

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
MAX_ITEMS = 10_000_000
"""Items of all lists and tuples that one evaluation makes."""
MAX_BITS = 4_096
"""Bits of a whole number."""
MAX_MEMORY = 4_096
"""MiB by which the process may grow while programs with one stop flag run."""
CHECK_EVERY = 256
"""Rounds between two looks at the count; the flag itself is looked at in each."""
LOOK_EVERY = 0.01
"""Seconds between two looks at the memory: each takes some ten microseconds."""
_MIB = 2**20


class Stopped(Exception):  # noqa: N818 - it is not an error
    """A program was ended from outside or has used up what it may; ``reason`` says which in one sentence."""

    def __init__(self, reason: str, hint: str = "Does a loop never end?") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


class Memory:
    """How much the process has grown since the least that has been seen of it."""

    def __init__(self, most: int = MAX_MEMORY) -> None:
        self.most = most
        """MiB of growth."""
        self._process = psutil.Process()
        self._least = 0
        self._next = 0.0

    def used(self) -> int:
        """Bytes that the process holds now."""
        return int(self._process.memory_info().rss)

    def look(self) -> None:
        """Raise Stopped if the process has grown too much; looks once in ``LOOK_EVERY`` seconds."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + LOOK_EVERY
        used = self.used()
        self._least = min(self._least or used, used)
        if used - self._least > self.most * _MIB:
            raise Stopped(
                f"The program uses more than {self.most:,} MB of memory.",
                "Use smaller tensors, or keep fewer of them.",
            )


class StopFlag:
    """Ends programs from any thread; also counts the rounds of the evaluation that uses it, and watches its memory.

    One flag belongs to one evaluation at a time. Compiled programs test ``raised`` inline, in every round of a
    loop, at every entry of a function and before statements that call something, and call :meth:`tick` when it is
    not empty or ``beat`` says so.
    """

    def __init__(self, max_rounds: int = MAX_ROUNDS, memory_mib: int = MAX_MEMORY) -> None:
        self.raised: list[str] = []
        self.beat = cycle((False,) * (CHECK_EVERY - 1) + (True,))
        self.memory = Memory(memory_mib)
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
        """Raise Stopped if the flag is set; else count the rounds since the last beat, and look at the memory."""
        self.look()
        self.spend(CHECK_EVERY)

    def look(self) -> None:
        """Raise Stopped if the flag is set or the process has grown too much. For work that takes its time."""
        if self.raised:
            raise Stopped(self.raised[0])
        self.memory.look()

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
    """Counts the elements of the larger tensors, and the items of the lists, that one evaluation makes.

    ``large`` stays empty while every tensor of the evaluation has between 1 and LARGE elements. Compiled programs
    look at it inline: then an operation needs no other check than that its result is as small.
    """

    def __init__(self, most: int = MAX_SPENT, most_items: int = MAX_ITEMS) -> None:
        self.used = 0
        self.items = 0
        self.large: list[bool] = []
        self.parameters: tuple[object, ...] = ()
        """What the evaluation was called with; no program may change it."""
        self.most = most
        self.most_items = most_items
        self.look: Callable[[], None] = _nothing
        """Ends the evaluation by raising, if that is asked for; guards whose work takes its time call it."""

    def restart(self, parameters: tuple[object, ...] = ()) -> None:
        """A new evaluation begins."""
        self.parameters = parameters
        self.used = self.items = 0
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
        self.look()

    def spend_items(self, items: int) -> None:
        """Count a list or tuple of so many items. Raises Refusal if the evaluation has made too many."""
        self.items += items
        if self.items > self.most_items:
            raise Refusal(
                f"One evaluation makes lists of more than {self.most_items:,} items in all.",
                "Use tensors, or shorter lists.",
            )


def _nothing() -> None:
    """Until an evaluation begins there is nothing to end."""
