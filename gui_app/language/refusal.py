"""What a guard says when it does not let a program go on."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - it is a refusal, not a mistake of ours
    """An operation that a program may not do, or that makes no sense: one sentence, and what to do instead."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
