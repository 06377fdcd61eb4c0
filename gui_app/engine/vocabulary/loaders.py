"""Data in batches as torch.utils.data has them: the same rows in the same order after the same seed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor

from gui_app.engine.vocabulary import sizes
from gui_app.engine.vocabulary.extents import MAX_PIECES
from gui_app.engine.vocabulary.items import Items, Own, Walk
from gui_app.engine.vocabulary.row import Row, Setting, counter
from gui_app.engine.vocabulary.sequences import described, item_guard, tensor_of
from gui_app.engine.vocabulary.values import number
from gui_app.language.limits import Meter
from gui_app.language.refusal import Refusal

MAX_PARTS = 1_000
"""Parts of one split, and tensors of one data set."""
_LARGEST = 2**63 - 1


class Source(Own):
    """Where random numbers are drawn from: ``torch.Generator()``."""

    __slots__ = ("generator",)
    kind = "a generator"

    def __init__(self) -> None:
        self.generator = torch.Generator()


class Dataset(Items):
    """Tensors whose rows belong together, or some of their rows: TensorDataset, and what random_split gives."""

    __slots__ = ("_alone", "_meter", "chosen", "tensors")
    kind = "a data set"

    def __init__(
        self, tensors: tuple[Tensor, ...], meter: Meter, chosen: Tensor | None = None, alone: bool = False
    ) -> None:
        self.tensors = tensors
        self.chosen = chosen
        """Which rows, (rows,) int64 on the CPU; None: all."""
        self._alone = alone
        """Its items are rows of the one tensor, not tuples."""
        self._meter = meter

    def __len__(self) -> int:
        return self.tensors[0].shape[0] if self.chosen is None else len(self.chosen)

    def walk(self) -> Walk:
        """One row after the other."""
        return Walk((self.item(index) for index in range(len(self))), len(self))

    def item(self, index: Any) -> Any:
        """A row, or several, of every tensor."""
        if self.chosen is not None:
            index = self.chosen[index if isinstance(index, slice) else _place(index, len(self))]
        take = item_guard(self._meter)
        found = tuple([take(tensor, index) for tensor in self.tensors])
        return found[0] if self._alone else found

    def shuffled(self, generator: torch.Generator) -> Tensor:
        """The numbers of its rows in random order, counted."""
        order: Tensor = counter(self._meter)(torch.randperm(len(self), generator=generator))
        return order

    def part(self, rows: Tensor) -> Dataset:
        """Some of the rows."""
        return Dataset(
            self.tensors, self._meter, rows if self.chosen is None else self.chosen[rows], self._alone
        )

    def batch(self, first: int, end: int, order: Tensor | None) -> Any:
        """The rows from ``first`` to ``end`` of an order, as DataLoader stacks them: copies."""
        places = torch.arange(first, end) if order is None else order[first:end]
        if self.chosen is not None:
            places = self.chosen[places]
        made = [_stacked(tensor, places) for tensor in self.tensors]
        count = counter(self._meter)
        for tensor in made:
            count(tensor)
        return made[0] if self._alone else made


def _place(index: Any, rows: int) -> Any:
    """A subscript of a part of a data set: a row."""
    place = sizes.whole(index)
    if not -rows <= place < rows:
        raise Refusal(
            f"There is no row {place} in a data set of {rows:,}.", "The first row is 0, the last one -1."
        )
    return place


def _stacked(tensor: Tensor, places: Tensor) -> Tensor:
    """Rows of a tensor. Where they have a history, stacked one by one: the graph is the one that PyTorch builds."""
    if tensor.requires_grad:
        if len(places) > MAX_PIECES:
            raise Refusal(
                f"At most {MAX_PIECES:,} rows that have a history fit into one batch.",
                "Use .detach(), or smaller batches.",
            )
        return torch.stack([tensor[place] for place in places.tolist()])
    return tensor.index_select(0, places.to(tensor.device))


class DataLoader(Items):
    """Batches of a data set: DataLoader."""

    __slots__ = ("_drawn", "_drop_last", "_own", "_shuffle", "batch_size", "dataset")
    kind = "a data loader"

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int,
        shuffle: bool,
        drop_last: bool,
        drawn: torch.Generator,
        own: torch.Generator | None,
    ) -> None:
        self.dataset = dataset
        self.batch_size = batch_size
        self._shuffle = shuffle
        self._drop_last = drop_last
        self._drawn = drawn
        """What the program draws its random numbers from."""
        self._own = own
        """The generator that was given."""

    def __len__(self) -> int:
        whole, rest = divmod(len(self.dataset), self.batch_size)
        return whole + (rest > 0 and not self._drop_last)

    def walk(self) -> Walk:
        """The batches of one epoch. As PyTorch does, it draws a number for workers that there are not."""
        _number(self._own or self._drawn)
        return Walk(self._batches(), len(self))

    def _batches(self) -> Iterator[Any]:
        rows, size = len(self.dataset), self.batch_size
        order, again = self._order()
        for first in range(0, rows, size):
            if first + size > rows:
                again()
                if self._drop_last:
                    return
            yield self.dataset.batch(first, min(first + size, rows), order)
        if rows % size == 0:
            again()

    def _order(self) -> tuple[Tensor | None, Any]:
        """The rows in the order of an epoch, and what is drawn when they are used up: PyTorch begins another order."""
        if not self._shuffle:
            return None, lambda: None
        generator = self._own or torch.Generator().manual_seed(_number(self._drawn))
        order = self.dataset.shuffled(generator)
        return order, lambda: torch.randperm(len(order), generator=generator)


def _number(generator: torch.Generator) -> int:
    return int(torch.empty((), dtype=torch.int64).random_(generator=generator))


def _rows_of(value: Any, meter: Meter) -> Dataset:
    if isinstance(value, Dataset):
        return value
    if isinstance(value, Tensor) and value.ndim:
        return Dataset((value,), meter, alone=True)
    raise Refusal(
        f"A data loader takes a data set, not {described(value)}.",
        "Write DataLoader(TensorDataset(X, y), batch_size=10).",
    )


def _generator(value: Any) -> torch.Generator | None:
    if value is None:
        return None
    if not isinstance(value, Source):
        raise Refusal(
            f"A generator is needed here, not {described(value)}.",
            "Write generator=torch.Generator().manual_seed(0).",
        )
    return value.generator


def loaders(setting: Setting) -> tuple[Row, ...]:
    """What makes data sets and loaders."""
    meter, drawn = setting.meter, setting.effects.generator

    def dataset(*tensors: Any) -> Dataset:
        found = tuple([tensor_of(value, "What a data set holds") for value in tensors])
        if not found or len(found) > MAX_PARTS:
            raise Refusal("A data set needs tensors.", "Write TensorDataset(X, y).")
        if not all(tensor.ndim for tensor in found):
            raise Refusal("A single number has no rows.", "Use tensors with rows.")
        lengths = [tensor.shape[0] for tensor in found]
        if len({*lengths}) > 1:
            said = " and ".join(f"{length:,}" for length in lengths[:5])
            raise Refusal(
                f"The tensors of a data set have as many rows each; these have {said}.",
                "Cut them to the same length.",
            )
        return Dataset(found, meter)

    def loader(
        dataset: Any,
        batch_size: Any = 1,
        shuffle: Any = None,
        *,
        drop_last: Any = False,
        generator: Any = None,
        num_workers: Any = 0,
        pin_memory: Any = False,
    ) -> DataLoader:
        rows = _rows_of(dataset, meter)
        size = 0 if batch_size is None else sizes.whole(batch_size)
        if not 1 <= size <= _LARGEST:
            raise Refusal(
                "batch_size must be a whole number of at least 1.", "Write for example batch_size=10."
            )
        if num_workers or pin_memory:
            raise Refusal(
                "The data are in memory: no worker is needed.", "Leave out num_workers and pin_memory."
            )
        if shuffle and not len(rows):
            raise Refusal("There are no rows to shuffle.", "Give it a data set with rows.")
        return DataLoader(rows, size, bool(shuffle), bool(drop_last), drawn, _generator(generator))

    def split(dataset: Any, lengths: Any, generator: Any = None) -> list[Dataset]:
        rows = _rows_of(dataset, meter)
        if not isinstance(lengths, list | tuple) or not 0 < len(lengths) <= MAX_PARTS:
            raise Refusal("A split needs the lengths of its parts.", "Write random_split(dataset, [80, 20]).")
        parts = _lengths([number(value) for value in lengths], len(rows))
        order = rows.shuffled(_generator(generator) or drawn)
        return [
            rows.part(order[end - size : end]) for end, size in zip(accumulate(parts), parts, strict=True)
        ]

    return (
        _word("TensorDataset", "*tensors", "rows of several tensors side by side", dataset),
        _word(
            "DataLoader",
            "dataset, batch_size=1, shuffle=False, *, drop_last=False, generator=None, num_workers=0, pin_memory=False",
            "the rows in batches, shuffled anew in each epoch if asked",
            loader,
            draws=True,
        ),
        _word(
            "random_split",
            "dataset, lengths, generator=None",
            "parts of a data set, drawn at random",
            split,
            draws=True,
        ),
        Row(
            "Generator",
            "",
            "a source of random numbers of its own",
            Source,
            "torch",
            result="any",
            script=True,
        ),
        Row(
            "manual_seed",
            "input, seed",
            "let a generator begin anew",
            _seeded,
            "method",
            result="any",
            script=True,
        ),
    )


def _word(name: str, signature: str, help: str, function: Any, draws: bool = False) -> Row:
    return Row(name, signature, help, function, "data bare", result="any", script=True, draws=draws)


def _lengths(given: Sequence[float], rows: int) -> list[int]:
    """Rows of each part: as given, or from shares, the rest one by one to the first, as PyTorch does."""
    total = sum(given)
    if math.isclose(total, 1) and total <= 1:
        if not all(0 <= share <= 1 for share in given):
            raise Refusal("A share lies between 0 and 1.", "Write random_split(dataset, [0.8, 0.2]).")
        found = [math.floor(rows * share) for share in given]
        rest = rows - sum(found)
        return [size + (place < rest % len(found)) + rest // len(found) for place, size in enumerate(found)]
    whole = [sizes.whole(size) for size in given]
    if sum(whole) != rows or min(whole) < 0:
        raise Refusal(
            f"The parts have {sum(whole):,} rows, the data set {rows:,}.",
            "The lengths must add up, or be shares that add up to 1.",
        )
    return whole


def _seeded(input: Any, seed: Any) -> Source:
    if not isinstance(input, Source):
        raise Refusal(
            f"{described(input).capitalize()} has no method .manual_seed().", "Write torch.manual_seed(0)."
        )
    wanted = sizes.whole(seed)
    if not -(2**63) <= wanted < 2**64:
        raise Refusal("The seed is too large.", "Use a smaller number.")
    input.generator.manual_seed(wanted)
    return input
