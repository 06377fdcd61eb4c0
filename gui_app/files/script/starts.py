"""Where the parameters of an experiment start, in plain PyTorch: random ones drawn in the order of the run."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gui_app.core.experiment import Distribution, Experiment, Nested, ParameterSpec
from gui_app.files.script.layout import listed
from gui_app.files.script.plain import Plain


def python_name(name: str) -> str:
    """What Python calls a parameter: ``net[0].weight`` for ``net.0.weight``."""
    first, *rest = name.split(".")
    return first + "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in rest)


def starts(experiment: Experiment, text: Plain) -> list[str]:
    """Statements that make every parameter and network.

    The run draws what the table of parameters says first, in its order, and then what the text declares.
    """
    declared = {spec.name: spec for name, net in text.networks.items() for spec in net.parameters(name)}
    own = [spec for spec in experiment.parameters if not _as_declared(spec, declared, text)]
    seed = [f"torch.manual_seed({experiment.run.seed})"]
    needs_seed = bool(text.draws) or any(map(_is_random, experiment.parameters))
    if text.once or any(_is_random(spec) for spec in experiment.parameters if spec not in own):
        before = [line for spec in own for line in _start(spec, experiment.run.dtype, aside=True)]
        made = text.once or list(text.declarations.values())
        if made[0] == seed[0] and not any(map(_is_random, own)):
            seed = []
        return [*seed, *before, *made, *_put_in(own), *_frozen(experiment)]
    # A network's own draws are overwritten, so they come before the seed.
    lines = [line for spec in own for line in _start(spec, experiment.run.dtype)]
    nets = [text.declarations[name] for name in text.networks]
    others = [text.declarations[name] for name in text.declarations if name not in text.networks]
    return [*nets, *(seed * needs_seed), *lines, *others, *_frozen(experiment)]


def _as_declared(spec: ParameterSpec, declared: dict[str, ParameterSpec], text: Plain) -> bool:
    """Whether the statement in the text starts it as the run does."""
    there = declared.get(spec.name)
    if there is None:
        return spec.name in text.declarations
    return (spec.value, spec.distribution) == (there.value, there.distribution)


def _is_random(spec: ParameterSpec) -> bool:
    """Whether it is drawn from the run's own random numbers."""
    return spec.distribution is not None and spec.distribution.seed is None


def _put_in(own: list[ParameterSpec]) -> Iterator[str]:
    """Give weights of networks the starts that were drawn aside."""
    for spec in own:
        if "." in spec.name:
            yield f"{python_name(spec.name)}.data.copy_({_aside(spec.name)})"


def _frozen(experiment: Experiment) -> list[str]:
    """Weights of networks that stay as they are."""
    fixed = [spec.name for spec in experiment.parameters if "." in spec.name and not spec.requires_grad]
    return [f"{python_name(name)}.requires_grad_(False)" for name in fixed]


def _aside(name: str) -> str:
    return name.replace(".", "_")


def _start(spec: ParameterSpec, run_dtype: str, *, aside: bool = False) -> list[str]:
    """The statement that makes a parameter, or changes a weight of a network that is there or will be."""
    dtype = spec.dtype or run_dtype
    other = "" if dtype == run_dtype else f", dtype=torch.{dtype}"
    is_weight = "." in spec.name
    grad = spec.requires_grad and not is_weight
    if is_weight and not aside:
        return _weight(spec)
    name = _aside(spec.name) if is_weight else spec.name
    if spec.distribution is not None:
        drawn = f"torch.empty({spec.shape}{other}){_drawn(spec.distribution)}"
        return [f"{name} = {drawn}{'.requires_grad_()' * grad}"]
    assert spec.value is not None
    return _filled(f"{name} = torch.tensor(", spec.value, f"{other}{', requires_grad=True' * grad})")


def _weight(spec: ParameterSpec) -> list[str]:
    data = f"{python_name(spec.name)}.data"
    if spec.distribution is not None:
        return [f"{data}{_drawn(spec.distribution)}"]
    assert spec.value is not None
    numbers = set(_flat(spec.value))
    if len(numbers) == 1:
        return [f"{data}.fill_({_numbers(numbers.pop())})"]
    return _filled(f"{data}.copy_(torch.tensor(", spec.value, "))")


def _drawn(how: Distribution) -> str:
    own = "" if how.seed is None else f", generator=torch.Generator().manual_seed({how.seed})"
    return f".{how.name}_({how.first!r}, {how.second!r}{own})"


def _filled(before: str, value: Nested, after: str) -> list[str]:
    if isinstance(value, tuple):
        return listed(f"{before}[", map(_numbers, value), f"]{after}")
    return [f"{before}{_numbers(value)}{after}"]


def _flat(value: Nested) -> Iterator[float]:
    if isinstance(value, tuple):
        for part in value:
            yield from _flat(part)
    else:
        yield value


def _numbers(value: Nested) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_numbers, value))}]"
    return repr(value) if math.isfinite(value) else f'float("{value}")'
