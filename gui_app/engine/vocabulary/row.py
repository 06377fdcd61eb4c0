"""One row of the vocabulary, and how it becomes a word and a wrapper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from gui_app.engine.vocabulary.effects import Effects
from gui_app.engine.vocabulary.own import changing, nothing
from gui_app.language.limits import LARGE, Meter
from gui_app.language.names import Kind, Word

Function = Callable[..., Any]
Rule = Callable[..., None]
"""Takes the arguments of a call and raises Refusal if the result or the work would be too large."""

PLACES = {
    "torch": "torch.",
    "F": "F.",
    "nn": "nn.",
    "linalg": "torch.linalg.",
    "autograd": "torch.autograd.",
    "optim": "torch.optim.",
    "schedules": "torch.optim.lr_scheduler.",
    "data": "torch.utils.data.",
    "utils": "torch.nn.utils.",
    "cuda": "torch.cuda.",
    "math": "math.",
    "method": ".",
    "bare": "",
}
"""Where a row can be found, with what is typed before its name."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Where one program is evaluated: what its words depend on besides their arguments."""

    dtype: torch.dtype = torch.float32
    """Of numbers with a fraction that become tensors."""
    device: str | torch.device = "cpu"
    effects: Effects = field(default_factory=Effects)
    meter: Meter = field(default_factory=Meter)


@dataclass(frozen=True, slots=True)
class Row:
    """A function that programs may call."""

    name: str
    signature: str
    help: str
    function: Function
    places: str = "torch method bare"
    rule: Rule | None = None
    """None: the result is no larger than the arguments, the work is linear in them."""
    result: Kind = "tensor"
    text: bool = False
    number: Function | None = None
    """What the bare name does with plain numbers."""
    reduces: bool = False
    """Of one tensor it makes one number."""
    draws: bool = False
    """It gives random numbers."""
    changes: bool = False
    """It changes the tensor that it is called on, and returns it."""
    script: bool = False
    """Only scripts have it."""

    def words(self) -> list[tuple[str, Word]]:
        """The row's words with their places."""
        return [(place, self._word(place)) for place in self.places.split()]

    def _word(self, place: str) -> Word:
        signature = (
            self.signature
            if place != "method"
            else " | ".join(map(_without_first, self.signature.split("|")))
        )
        return Word(
            name=PLACES[place] + self.name,
            symbol=self.symbol(place),
            signature=signature,
            help=self.help,
            result=self.result,
            follows=place == "bare" and self.number is not None,
            text=self.text,
            bare=f"{self.symbol(place)}.bare" if self._harmless else "",
            reduces=self.reduces,
            draws=self.draws,
            script=self.script,
        )

    @property
    def _harmless(self) -> bool:
        """With one tensor alone neither the result nor the work can be large."""
        return self.reduces or (
            self.rule is None and self.signature == "input" and self.result == "tensor" and not self.changes
        )

    def symbol(self, place: str) -> str:
        """The compiled program's name for the wrapper at that place."""
        return (
            f"{self.places}.{self.name}.number"
            if place == "bare" and self.number
            else f"{self.places}.{self.name}"
        )

    def wrappers(self, meter: Meter) -> dict[str, Function]:
        """The row's functions as programs get them, by symbol."""
        places = self.places.split()
        made = {self.symbol(places[0]): wrapper(self, meter)}
        if self.number and "bare" in places:
            made[self.symbol("bare")] = _either(self.number, wrapper(self, meter))
        if self._harmless:
            made.update({f"{symbol}.bare": self.function for symbol in tuple(made)})
        return made


def _without_first(way: str) -> str:
    first, _, rest = way.strip().partition(",")
    return rest.strip() if not first.startswith("*") else way.strip()


def wrapper(row: Row, meter: Meter) -> Function:
    """The row's function behind its rule, its result counted."""
    if row.changes:
        return changing(row.function, row.rule, meter)
    function, rule, spend = row.function, row.rule, meter.spend
    count = counter(meter)
    if rule is None and row.signature == "input" and row.result == "tensor":
        return _unary(function, meter)

    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            if rule:
                rule(*args, **kwargs)
            result = function(*args, **kwargs)
        except (TypeError, AttributeError) as error:
            if args and args[0] is None:
                raise nothing() from error
            raise
        if type(result) is not torch.Tensor:
            return count(result)
        if not 0 < result.numel() < LARGE:
            spend(result.numel())
        return result

    return call


def _unary(function: Function, meter: Meter) -> Function:
    """The shortest way for what training steps call most."""
    spend = meter.spend

    def call(input: torch.Tensor) -> torch.Tensor:
        try:
            result: torch.Tensor = function(input)
        except TypeError as error:
            if input is None:
                raise nothing() from error
            raise
        if not 0 < result.numel() < LARGE:
            spend(result.numel())
        return result

    return call


def _either(number: Function, tensor: Function) -> Function:
    """A float always gives a float: the compiler relies on it."""

    def call(*args: Any, **kwargs: Any) -> Any:
        if args and type(args[0]) is float:
            return float(number(*args, **kwargs))
        if args and type(args[0]) is int:
            return number(*args, **kwargs)
        return tensor(*args, **kwargs)

    return call


def counter(meter: Meter) -> Function:
    """A function that counts the elements of a result, if they are many, and hands it on."""

    def count(result: Any) -> Any:
        if type(result) is torch.Tensor:
            if not 0 < result.numel() < LARGE:
                meter.spend(result.numel())
        elif isinstance(result, tuple):
            for part in result:
                count(part)
        return result

    return count
