"""What the tests of the language share: compile and run with the real vocabulary."""

from __future__ import annotations

import torch
from torch import Tensor

from gui_app.core.fault import Fault
from gui_app.engine.vocabulary import namespace, words
from gui_app.language.compiler import Program, compile_program
from gui_app.language.errors import ProgramError, explain
from gui_app.language.limits import StopFlag

NAMESPACE = namespace(torch.float64)


def compiled(source: str, parameters: dict[str, Tensor] | None = None, traced: bool = False) -> Program:
    """The program of ``source`` with the names of ``parameters``."""
    return compile_program(source, words(), list(parameters or {}), traced)


def run(source: str, **parameters: Tensor) -> object:
    """The value of a program at these parameters."""
    return compiled(source, parameters).bind(NAMESPACE, StopFlag())(*parameters.values())


def failure(source: str, **parameters: Tensor) -> Fault:
    """The fault of a program that cannot be compiled or run."""
    try:
        program = compiled(source, parameters)
    except ProgramError as error:
        return error.fault
    try:
        value = program.bind(NAMESPACE, StopFlag())(*parameters.values())
    except Exception as error:
        return explain(error, program)
    raise AssertionError(f"no fault, but {value!r}")


def leaf(value: object) -> Tensor:
    """A double-precision leaf."""
    return torch.tensor(value, dtype=torch.float64, requires_grad=True)
