"""What the tests of training scripts share: a script run here and by Python itself."""

from __future__ import annotations

import warnings

import torch
from torch import Tensor, nn

from gui_app.engine.vocabulary import namespace, words
from gui_app.engine.vocabulary.effects import Effects
from gui_app.language.compiler import compile_program
from gui_app.language.errors import ProgramError, explain
from gui_app.language.limits import StopFlag

PLAIN = {"torch": torch, "nn": nn}


def ours(source: str) -> dict[str, object]:
    """What each name of a script is worth in the end."""
    names: dict[str, object] = {}
    program = compile_program(source, words(), ())
    assert program.kind == "script"
    bound = program.bind(
        namespace(effects=Effects(torch.Generator())),
        StopFlag(),
        on_name=lambda name, value: names.update({name: value}),
    )
    bound()
    return names


def same_bits(source: str) -> dict[str, object]:
    """Assert that a script gives the values that Python and PyTorch give it; returns ours."""
    before = torch.get_rng_state()
    found = ours(source)
    assert torch.equal(torch.get_rng_state(), before)
    scope: dict[str, object] = dict(PLAIN)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on what is out of fashion
        exec(source, scope)
    for name in found.keys() & scope.keys():  # not those of functions
        _same(name, found[name], scope[name])
    return found


def _same(name: str, one: object, other: object) -> None:
    if isinstance(one, Tensor):
        assert isinstance(other, Tensor), name
        assert (one.dtype, one.shape, one.requires_grad) == (other.dtype, other.shape, other.requires_grad), (
            name
        )
        assert torch.equal(one, other) or torch.equal(one.isnan(), other.isnan()), name
        assert (one.grad_fn and one.grad_fn.name()) == (other.grad_fn and other.grad_fn.name()), name
        if one.is_leaf and one.requires_grad:
            _same(f"{name}.grad", one.grad, other.grad)
    elif isinstance(one, list | tuple):
        assert isinstance(other, type(one)), name
        assert len(one) == len(other), name
        for number, (item, twin) in enumerate(zip(one, other, strict=True)):
            _same(f"{name}[{number}]", item, twin)
    elif isinstance(one, int | float | str | None):
        assert one == other, name


def refusal(source: str, *parameters: str, missing: str = "") -> str:
    """What is said against a program: its message and hint; ``missing`` where nothing is."""
    if not parameters:
        source += "\nif False:\n    torch.ones(1).backward()"  # that makes it a script
    values = [torch.ones(2, requires_grad=True) for _ in parameters]
    try:
        program = compile_program(source, words(), parameters)
    except ProgramError as error:
        return f"{error.fault.message} {error.fault.hint}"
    try:
        program.bind(namespace(), StopFlag())(*values)
    except Exception as error:
        fault = explain(error, program)
        return f"{fault.message} {fault.hint} {fault.details}"
    if missing:
        return missing
    raise AssertionError("nothing was refused")
