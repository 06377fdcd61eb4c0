"""The start of a parameter as one writes it in a program."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gui_app.core.experiment import Distribution, Nested, ParameterSpec

_SHORT = 4
"""Up to so many equal numbers are written out."""


def spelled(spec: ParameterSpec, prefix: str = "torch.", tracked: bool | None = None) -> str:
    """The shortest natural call that makes the start; ``tracked`` is what it says of requires_grad, None nothing.

    A seed of the parameter's own has no spelling.
    """
    dtype = [f"dtype=torch.{spec.dtype}"] if spec.dtype else []
    options = dtype if tracked is None else [*dtype, f"requires_grad={tracked}"]
    drawn = spec.distribution
    if drawn and drawn.name == "uniform" and (drawn.first, drawn.second) != (0.0, 1.0):
        made = f"{_call(f'{prefix}zeros', _sizes(spec.shape), dtype)}.uniform_({_ends(drawn)})"
        return made if tracked is None else f"{made}.requires_grad_({'' if tracked else 'False'})"
    name, arguments = _drawn(drawn, spec.shape) if drawn else _valued(spec)
    return _call(f"{prefix}{name}", arguments, options)


def _call(name: str, arguments: str, options: list[str]) -> str:
    return f"{name}({', '.join([arguments, *options])})"


def _drawn(drawn: Distribution, shape: tuple[int, ...]) -> tuple[str, str]:
    if drawn.name == "uniform":
        return "rand", _sizes(shape)
    if (drawn.first, drawn.second) == (0.0, 1.0):
        return "randn", _sizes(shape)
    return "normal", f"{_ends(drawn)}, {shape}"


def _valued(spec: ParameterSpec) -> tuple[str, str]:
    value = spec.value
    assert value is not None
    kinds = {repr(number) for number in _numbers(value)}
    if spec.shape and kinds <= {"0.0"}:
        return "zeros", _sizes(spec.shape)
    if spec.shape and kinds == {"1.0"}:
        return "ones", _sizes(spec.shape)
    if len(kinds) == 1 and spec.size > _SHORT:
        return "full", f"{spec.shape}, {_written(next(_numbers(value)))}"
    return "tensor", _written(value)


def _numbers(value: Nested) -> Iterator[float]:
    if isinstance(value, tuple):
        for row in value:
            yield from _numbers(row)
    else:
        yield value


def _sizes(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape)) or "()"


def _ends(drawn: Distribution) -> str:
    return f"{_written(drawn.first)}, {_written(drawn.second)}"


def _written(value: Nested) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_written, value))}]"
    number = float(value)
    if math.isfinite(number):
        return repr(number)
    return "torch.nan" if math.isnan(number) else f"{'-' if number < 0 else ''}torch.inf"
