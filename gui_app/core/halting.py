"""A function that halts in the middle of its work, however deep in its calls."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from gui_app.core.runner import start_thread

T = TypeVar("T")


class GivenUp(BaseException):
    """Raised inside a halted function that nobody waits for any more."""


class Halting(Generic[T]):
    """Runs ``work(halt)`` on a thread of its own; every ``halt(value)`` in it hands a value out and waits.

    What a generator is to a loop of ours, this is to a program whose calls are not ours to rewrite. Either the caller
    or the function runs, never both. Whoever begins one must ``close`` it.
    """

    def __init__(self, name: str, work: Callable[[Callable[[T], None]], None]) -> None:
        self._name, self._work = name, work
        self._go, self._ready = threading.Semaphore(0), threading.Semaphore(0)
        self._thread: threading.Thread | None = None
        self._value: T | None = None
        self._error: BaseException | None = None
        self._closing = False
        self.over = False
        """The function has returned or raised."""

    def advance(self) -> T | None:
        """Run to the next halt and return its value; ``None`` at the end. Raises what the function raises."""
        if self.over:
            return None
        self._value = None
        if self._thread is None:
            self._thread = start_thread(self._name, self._run)
        else:
            self._go.release()
        self._ready.acquire()
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        return self._value

    def close(self) -> None:
        """Give the function up where it stands, and wait for its thread."""
        if self._thread is None:
            self.over = True
            return
        if not self.over:
            self._closing = True
            self._go.release()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._work(self._halt)
        except GivenUp:
            pass
        except BaseException as error:  # it is raised again where the function is waited for
            self._error = error
        finally:
            self.over = True
            self._ready.release()

    def _halt(self, value: T) -> None:
        self._value = value
        self._ready.release()
        self._go.acquire()
        if self._closing:
            raise GivenUp
