"""Random numbers: those that torch itself draws after the same ``manual_seed``, from a generator of the run's own.

They are drawn on the CPU and moved, so that they are the same on every device.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gui_app.engine.vocabulary import extents, sizes, work
from gui_app.engine.vocabulary.creation import OPTIONS, SIZE
from gui_app.engine.vocabulary.row import Function, Row, Rule, Setting
from gui_app.engine.vocabulary.sequences import tensor_of
from gui_app.engine.vocabulary.values import number, same_device
from gui_app.language.refusal import Refusal

_PLACES = "torch bare"
_SEEDS = -(2**63), 2**64 - 1
_WHAT = "What random numbers are drawn for"


def _row(
    name: str,
    signature: str,
    help: str,
    function: Function,
    places: str = _PLACES,
    rule: Rule | None = None,
    *,
    changes: bool = False,
) -> Row:
    return Row(
        name, signature, help, function, places, rule, text="device" in signature, draws=True, changes=changes
    )


class _Draws:
    """The random words of one setting."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._generator = setting.effects.generator
        self._masks = setting.effects.masks or setting.effects.generator

    def finished(self, drawn: Tensor, given: dict[str, Any]) -> Tensor:
        """What was drawn, on the device, as the options say."""
        same_device(given.get("device"), self._setting.device)
        there = drawn.to(self._setting.device)
        return there.requires_grad_() if given.get("requires_grad") else there

    def dtype(self, given: dict[str, Any], usual: torch.dtype | None = None) -> torch.dtype:
        return given.get("dtype") or usual or self._setting.dtype

    def sized(self, function: Function) -> Function:
        """rand and randn."""

        def make(*dimensions: Any, size: Any = None, **given: Any) -> Tensor:
            wanted = extents.dimensions(dimensions if size is None else (size,))
            return self.finished(function(wanted, generator=self._generator, dtype=self.dtype(given)), given)

        return make

    def like(self, fill: Function) -> Function:
        """rand_like and randn_like, which take no generator in PyTorch."""

        def make(input: Any, **given: Any) -> Tensor:
            empty = torch.empty_like(tensor_of(input, _WHAT), dtype=given.get("dtype"), device="cpu")
            return self.finished(fill(empty, generator=self._generator), given)

        return make

    def randint(self, *bounds: Any, size: Any = None, low: Any = 0, high: Any = None, **given: Any) -> Tensor:
        """``bounds`` are high and size, or low, high and size; each may also be given by its name."""
        found = [*bounds]
        if size is None and found:
            size = found.pop()
        if high is None and found:
            high = found.pop()
        low = sizes.whole(found.pop() if found else low)
        wanted = extents.dimensions((size,) if isinstance(size, list | tuple) else ((size,),))
        drawn = torch.randint(
            low, sizes.whole(high), wanted, generator=self._generator, dtype=self.dtype(given, torch.int64)
        )
        return self.finished(drawn, given)

    def randint_like(self, input: Any, *bounds: Any, low: Any = 0, high: Any = None, **given: Any) -> Tensor:
        """As ``randint``, in the shape of ``input``."""
        first, last = (low, high) if not bounds else (low, *bounds) if len(bounds) == 1 else bounds
        like = tensor_of(input, _WHAT)
        drawn = torch.randint(
            sizes.whole(first),
            sizes.whole(last),
            like.shape,
            generator=self._generator,
            dtype=self.dtype(given, like.dtype),
        )
        return self.finished(drawn, given)

    def randperm(self, n: Any, **given: Any) -> Tensor:
        (count,) = extents.dimensions((n,))
        drawn = torch.randperm(count, generator=self._generator, dtype=self.dtype(given, torch.int64))
        return self.finished(drawn, given)

    def normal(self, mean: Any, std: Any = 1.0, size: Any = None, **given: Any) -> Tensor:
        """Of two numbers and a size, or of tensors of means and deviations."""
        if isinstance(mean, Tensor) or isinstance(std, Tensor):
            mean, std = (v.to("cpu") if isinstance(v, Tensor) else number(v) for v in (mean, std))
            return self.finished(torch.normal(mean, std, generator=self._generator), given)
        if size is None:
            raise Refusal("normal needs a size.", "Write for example normal(0.0, 1.0, size=(2, 3)).")
        wanted = extents.dimensions((size,) if isinstance(size, list | tuple) else ((size,),))
        drawn = torch.normal(
            float(number(mean)),
            float(number(std)),
            wanted,
            generator=self._generator,
            dtype=self.dtype(given),
        )
        return self.finished(drawn, given)

    def bernoulli(self, input: Any, p: Any = None) -> Tensor:
        there = tensor_of(input, "The probability").to("cpu")
        more = () if p is None else (number(p),)
        return self.finished(torch.bernoulli(there, *more, generator=self._generator), {})

    def multinomial(self, input: Any, num_samples: Any, replacement: Any = False) -> Tensor:
        there = tensor_of(input, "The weights").to("cpu")
        drawn = torch.multinomial(
            there, sizes.whole(num_samples), bool(replacement), generator=self._generator
        )
        return self.finished(drawn, {})

    def dropout(self, input: Any, p: Any = 0.5, training: Any = True) -> Tensor:
        """In PyTorch's own order of operations, so that values and gradients are equal to the last bit."""
        value, share = tensor_of(input, "What is dropped out of"), number(p)
        if not 0 <= share <= 1:
            raise Refusal(
                "The share that drops out lies between 0 and 1.", "Write for example dropout(x, 0.5)."
            )
        if not (training and self._setting.effects.training) or share == 0 or not value.numel():
            return value
        if share == 1:
            return value * torch.zeros((), dtype=value.dtype, device=value.device)
        noise = torch.empty_like(value, device="cpu").bernoulli_(1 - share, generator=self._masks)
        return value * noise.div_(1 - share).to(value.device)

    def channels(self, dims: int) -> Function:
        """Whole channels drop out: of (batch, channels, …), or of one sample without the batch."""

        def dropout(input: Any, p: Any = 0.5, training: Any = True) -> Tensor:
            value = tensor_of(input, "What is dropped out of")
            if value.ndim not in (dims + 1, dims + 2):
                form = f"dropout{dims}d takes {dims + 2} dimensions, or {dims + 1} without a batch"
                raise Refusal(f"{form}, not {value.ndim}.", "For all elements alike, use dropout(x, 0.5).")
            batched = value if value.ndim == dims + 2 else value.unsqueeze(0)
            ones = torch.ones(*batched.shape[:2], *(1,) * dims, dtype=value.dtype, device=value.device)
            kept = self.dropout(ones, p, training)
            if kept is ones:
                return value
            made = batched * kept
            return made if batched is value else made.squeeze(0)

        return dropout

    def filled(self, fill: Function) -> Function:
        """normal_, uniform_ … that change a tensor."""

        def change(input: Tensor, *numbers: Any) -> Tensor:
            plain = [number(value) for value in numbers]
            if input.device.type == "cpu":
                result: Tensor = fill(input, *plain, generator=self._generator)
                return result
            return input.copy_(fill(torch.empty_like(input, device="cpu"), *plain, generator=self._generator))

        return change

    def seed(self, seed: Any) -> None:
        wanted = sizes.whole(seed)
        if not _SEEDS[0] <= wanted <= _SEEDS[1]:
            raise Refusal("The seed is too large.", "Use a smaller number.")
        self._generator.manual_seed(wanted)


def draws(setting: Setting) -> tuple[Row, ...]:
    """Every word that draws, and the one that seeds."""
    made = _Draws(setting)
    randint = f"high, size, *, {OPTIONS} | low, high, size, *, {OPTIONS}"
    return (
        _row("rand", SIZE, "random numbers between 0 and 1", made.sized(torch.rand)),
        _row("randn", SIZE, "random numbers, normally distributed", made.sized(torch.randn)),
        _row("rand_like", f"input, *, {OPTIONS}", "rand in the shape of input", made.like(Tensor.uniform_)),
        _row("randn_like", f"input, *, {OPTIONS}", "randn in the shape of input", made.like(Tensor.normal_)),
        _row("randint", randint, "random whole numbers from low to below high", made.randint),
        _row(
            "randint_like",
            f"input, high, *, {OPTIONS} | input, low, high, *, {OPTIONS}",
            "randint in the shape of input",
            made.randint_like,
        ),
        _row("randperm", f"n, *, {OPTIONS}", "0 … n-1 in random order", made.randperm),
        _row(
            "normal",
            f"mean, std=1.0, size=None, *, {OPTIONS}",
            "random numbers with this mean and deviation",
            made.normal,
            rule=sizes.broadcast,
        ),
        _row(
            "bernoulli",
            "input | input, p",
            "1 with the probability input, else 0",
            made.bernoulli,
            "torch method bare",
        ),
        _row(
            "multinomial",
            "input, num_samples, replacement=False",
            "random indices with these weights",
            made.multinomial,
            "torch method bare",
            work.sampled,
        ),
        _row(
            "dropout",
            "input, p=0.5, training=True",
            "a random share of the elements set to 0, the others scaled up",
            made.dropout,
            "F bare",
        ),
        *(
            _row(
                f"dropout{dims}d",
                "input, p=0.5, training=True",
                "a random share of the channels set to 0, the others scaled up",
                made.channels(dims),
                "F bare",
            )
            for dims in (1, 2, 3)
        ),
        _row("dropout", "input, p, train", "a random share set to 0", made.dropout, "torch"),
        _changing("normal_", "mean=0, std=1", "random, normally distributed", made.filled(Tensor.normal_)),
        _changing("uniform_", "low=0, high=1", "random between low and high", made.filled(Tensor.uniform_)),
        _changing("bernoulli_", "p=0.5", "1 with probability p, else 0", made.filled(Tensor.bernoulli_)),
        _changing("random_", "low, high | high", "random whole numbers", made.filled(Tensor.random_)),
        _changing(
            "exponential_", "lambd=1", "random, exponentially distributed", made.filled(Tensor.exponential_)
        ),
        Row("manual_seed", "seed", "begin the random numbers anew", made.seed, _PLACES, result="any"),
    )


def _changing(name: str, signature: str, help: str, function: Function) -> Row:
    ways = " | ".join(f"input, {way.strip()}" for way in signature.split("|"))
    return _row(name, ways, f"every element {help}", function, "method", changes=True)
