"""Values of the vocabulary's own that have items: what loops, subscripts and ``len`` ask of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from gui_app.language.limits import Meter
from gui_app.language.refusal import Refusal

MAX_NAMES = 1_000
"""Items of one dictionary."""


class Own:
    """A value of the vocabulary's own: a program does with it what the words allow, and nothing else."""

    __slots__ = ()
    kind: ClassVar[str]
    """What it is, for a sentence: ``an optimizer``."""

    def __repr__(self) -> str:
        return f"<{self.kind.partition(' ')[2]}>"


class Items(Own):
    """Something with items."""

    __slots__ = ()

    def __len__(self) -> int:
        raise NotImplementedError

    def walk(self) -> Walk:
        """What a loop runs over."""
        raise NotImplementedError

    def item(self, index: Any) -> Any:  # noqa: ARG002
        """The item of a subscript. Raises Refusal where there is none."""
        raise Refusal(f"{self.kind.capitalize()} has no items.", "Leave out the square brackets.")

    def set_item(self, index: Any, value: Any) -> None:  # noqa: ARG002
        """Give the item of a subscript another value. Raises Refusal where this cannot be."""
        raise Refusal(f"Items of {self.kind} cannot be set.", "Only those of tensors and lists can.")


class Walk(Items):
    """One item after the other, each once: what ``iter`` gives. Its length is what is left."""

    __slots__ = ("_items", "_left")
    kind = "an iterator"

    def __init__(self, items: Iterator[Any], length: int) -> None:
        self._items = items
        self._left = length

    def __len__(self) -> int:
        return self._left

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        item = next(self._items)
        self._left -= 1
        return item

    def walk(self) -> Walk:
        """Itself: what was taken is gone."""
        return self


class Dictionary(Items):
    """A dictionary with texts for keys: settings, or values to be remembered under a name."""

    __slots__ = ("_meter", "values")
    kind = "a dictionary"

    def __init__(self, values: dict[str, Any], meter: Meter) -> None:
        self.values = values
        self._meter = meter

    def __len__(self) -> int:
        return len(self.values)

    def walk(self) -> Walk:
        """The keys."""
        return Walk(iter([*self.values]), len(self.values))

    def item(self, index: Any) -> Any:
        """See Items."""
        key = _key(index)
        if key not in self.values:
            raise Refusal(f"This dictionary has no {key!r}.", f"It has {_listed(self.values)}.")
        return self.values[key]

    def set_item(self, index: Any, value: Any) -> None:
        """See Items. A new key is added."""
        key = _key(index)
        if key not in self.values:
            if len(self.values) >= MAX_NAMES:
                raise Refusal(f"A dictionary holds at most {MAX_NAMES:,} values.", "Use a list.")
            self._meter.spend_items(1)
        self.values[key] = value


def _key(index: Any) -> str:
    if type(index) is not str:
        raise Refusal("The keys of a dictionary are texts.", 'Write for example settings["lr"].')
    return index


def _listed(names: dict[str, Any]) -> str:
    return ", ".join(map(repr, [*names][:10])) or "nothing"


def named(meter: Meter) -> Any:
    """What a dictionary in a program's text becomes: a function of its keys and values in turn."""

    def make(*parts: Any) -> Dictionary:
        meter.spend_items(len(parts))
        return Dictionary(dict(zip(parts[::2], parts[1::2], strict=True)), meter)

    return make
