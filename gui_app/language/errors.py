"""Faults from what a program raises: where in its text, in plain words, and what to type instead."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from types import FrameType, TracebackType
from typing import Protocol

from gui_app.core.fault import Fault, Span
from gui_app.language.limits import Stopped
from gui_app.language.operands import operands, with_shapes
from gui_app.language.refusal import Refusal
from gui_app.language.said import SAID
from gui_app.language.saying import Saying
from gui_app.language.syntax import FILENAME, Text, unix


class ProgramError(Exception):
    """A program that cannot be compiled or run; ``fault`` says it to a person."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class HasSource(Protocol):
    """What is asked of a program."""

    @property
    def source(self) -> str: ...

    @property
    def last(self) -> Span | None: ...

    @property
    def operands(self) -> Mapping[Span | None, tuple[str, str]]: ...


def explain(error: BaseException, program: HasSource) -> Fault:
    """What ``error``, raised by the bound function of ``program`` or by a backward of its value, means."""
    if isinstance(error, ProgramError):
        return error.fault
    place, below = _frames(error.__traceback__)
    span = _span(place, program.source) if place else None
    if isinstance(error, Stopped):
        return Fault(error.reason, span, error.hint)
    if isinstance(error, RecursionError):
        return Fault(
            "A function calls itself too often.", span, "Give it an end: if n == 0: return …", str(error)
        )
    values = _arguments(below) if below else _inline(place, program.operands.get(span, ()))
    given = operands(program.source, span, values) if span else ()
    raw = _plain(str(error))
    for text, value in given:
        if value is None and text.endswith(".grad"):
            owner = text.removesuffix(".grad")
            hint = f"Call backward() first on something that depends on {owner}."
            return Fault(f"{owner} has no gradient yet.", span, hint, f"{text} is None")
    if isinstance(error, Refusal):
        return Fault(error.message, span, error.hint)
    saying, found = _saying(raw)
    if saying is None or found is None:
        kind = type(error).__name__
        return Fault("PyTorch cannot do this.", span, "The details have its own words.", f"{kind}: {raw}")
    groups = [group for group in found.groups() if group is not None]
    message, hint = saying.message.format(*groups), saying.hint.format(*groups)
    if saying.shapes:
        message = with_shapes(message, given)
    return Fault(message, span or (program.last if saying.at_last else None), hint, raw)


def _saying(raw: str) -> tuple[Saying | None, re.Match[str] | None]:
    for saying in SAID:
        found = re.search(saying.pattern, raw)
        if found:
            return saying, found
    return None, None


def _plain(raw: str) -> str:
    """The library's text without C++ frames and what we call the program's function."""
    return re.sub(
        r"\b(?:objective|script)\.<locals>\.", "", raw.partition("\nException raised from")[0]
    ).strip()


def _frames(trace: TracebackType | None) -> tuple[tuple[FrameType, int] | None, FrameType | None]:
    """The innermost frame of a program with its instruction, and the frame that it called."""
    place: tuple[FrameType, int] | None = None
    below: FrameType | None = None
    while trace:
        if trace.tb_frame.f_code.co_filename == FILENAME:
            place, below = (trace.tb_frame, trace.tb_lasti), None
        elif place and below is None:
            below = trace.tb_frame
        trace = trace.tb_next
    return place, below


def _span(place: tuple[FrameType, int], source: str) -> Span | None:
    frame, instruction = place
    positions = list(frame.f_code.co_positions())
    line, end_line, column, end_column = positions[instruction // 2]
    text = Text(unix(source))
    if line is None:
        return None
    if end_line is None or column is None or end_column is None:  # Python was told to keep no columns
        return Span(line, 0, line, len(text.lines[line - 1]))
    return text.span(line, column, end_line, end_column)


def _arguments(frame: FrameType) -> list[object]:
    """What a guard was called with."""
    code = frame.f_code
    values: list[object] = [frame.f_locals.get(name) for name in code.co_varnames[: code.co_argcount]]
    if code.co_flags & inspect.CO_VARARGS:
        values.extend(frame.f_locals.get(code.co_varnames[code.co_argcount + code.co_kwonlyargcount], ()))
    return values


def _inline(place: tuple[FrameType, int] | None, names: Sequence[str]) -> list[object]:
    """What an operation without a guard was given."""
    return [place[0].f_locals.get(name) for name in names] if place else []
