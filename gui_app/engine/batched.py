"""The objective, and its gradient, at many rows of parameters in few calls.

Three ways, each held against single evaluations before it is used:

- *broadcast*: every parameter is a single number and the program treats elements one by one, so that each parameter
  becomes a tensor of shape (n,). By far the fastest; nearly every operation gives the very bits of a single evaluation
  (a few, such as ``sigmoid`` and ``x**4``, round differently where they are vectorised).
- *vmap*: ``torch.func.vmap`` carries the leading axis through. The numbers agree up to rounding.
- *loop*: one evaluation after the other, for programs that branch on values.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gui_app.engine.backward import Backward
from gui_app.engine.elementwise import Watch, is_elementwise
from gui_app.engine.problem import Problem
from gui_app.language.errors import ProgramError

WayName = Literal["broadcast", "vmap", "loop"]
Cancelled = Callable[[], bool]

SAMPLE = 33
"""Rows that are compared: more than a vector register holds, and no round number."""
SAMPLED = 2**23
"""Most elements that all of them together have; of very long rows fewer are compared."""
ROWS = 65_536
"""Rows of one call: their tensors stay in the cache."""
ELEMENTS = 2**22
"""Elements that one call may make, about, where a row needs many."""
LOOP_SECONDS = 2.0
"""Longest that rows are evaluated one by one, unless the caller says otherwise."""


def sample_of(columns: int) -> int:
    """How many rows of so many columns are compared."""
    return max(2, min(SAMPLE, SAMPLED // max(columns, 1)))


def losses(
    problem: Problem, rows: Tensor, cancelled: Cancelled = lambda: False, seconds: float = LOOP_SECONDS
) -> Tensor:
    """The objective at each of ``rows`` (n, columns), in the order of ``problem.columns``: (n,), in their dtype.

    NaN where the program fails, and for rows that were not reached: after ``seconds`` of single evaluations, or once
    ``cancelled()``. Raises ProgramError where it fails at every row of a sample.
    """
    columns = rows.T.contiguous()
    return Batched(problem, columns, gradients=False).evaluate(columns, None, cancelled, seconds)


def losses_and_gradients(
    problem: Problem, rows: Tensor, cancelled: Cancelled = lambda: False, seconds: float = LOOP_SECONDS
) -> tuple[Tensor, Tensor]:
    """The same with the gradients, (n, columns): 0 where the loss does not depend on a parameter, else as `losses`."""
    columns = rows.T.contiguous()
    gradients = torch.empty_like(columns)
    found = Batched(problem, columns).evaluate(columns, gradients, cancelled, seconds)
    return found, gradients.T


class Batched:
    """The way in which one problem is evaluated at many rows, chosen by a sample of them.

    All rows are given *in columns*: (columns, n), contiguous, on the problem's device. Raises ProgramError where the
    program fails at every row of the sample.
    """

    def __init__(self, problem: Problem, columns: Tensor, *, gradients: bool = True) -> None:
        self._problem = problem
        self._ones: dict[int, Tensor] = {}
        names = [spec.name for spec in problem.experiment.parameters]
        self._parts: list[tuple[int, int, int, tuple[int, ...], torch.dtype]] = []
        first = 0
        for spec in problem.experiment.trained:
            leaf = problem.leaves[spec.name]
            self._parts.append((names.index(spec.name), first, first + spec.size, spec.shape, leaf.dtype))
            first += spec.size
        self.used = [not gradients] * first
        """Of each column, whether the loss depends on it; found only with ``gradients``."""
        self.exact = True
        """Whether the sample gave the bits of single evaluations."""
        self._rows = ROWS
        self.way: WayName = "loop"
        self._choose(columns, gradients)

    def evaluate(
        self,
        columns: Tensor,
        gradients: Tensor | None,
        cancelled: Cancelled = lambda: False,
        seconds: float = LOOP_SECONDS,
    ) -> Tensor:
        """The losses (n,) at ``columns`` (columns, n); fills ``gradients`` (columns, n) unless it is ``None``.

        In pieces, between which ``cancelled()`` is asked. What was not reached is NaN.
        """
        found = torch.full_like(columns[0], torch.nan)
        if gradients is not None:
            gradients.fill_(torch.nan)
        if self.way == "loop":
            self._one_by_one(columns, found, gradients, cancelled, seconds)
            return found
        for first in range(0, columns.shape[1], self._rows):
            if cancelled():
                break
            piece = slice(first, first + self._rows)
            into = None if gradients is None else gradients[:, piece]
            found[piece] = self.piece(columns[:, piece], into)
        return found

    def piece(self, columns: Tensor, gradients: Tensor | None) -> Tensor:
        """The same in one call, for as many rows as fit into ``rows_at_once``; never for a loop."""
        call = self._broadcast if self.way == "broadcast" else self._vmapped
        return call(columns, gradients)

    @property
    def rows_at_once(self) -> int:
        """How many rows one call takes."""
        return self._rows

    def _choose(self, columns: Tensor, gradients: bool) -> None:
        long, count = columns.shape
        # Fewer rows are taken several times: a single one would have the shape of many other things.
        places = np.linspace(0, count - 1, sample_of(long)).round().astype(np.intp)
        sample = columns[:, torch.from_numpy(places).to(columns.device)].contiguous()
        expected = self._reference(sample, gradients)
        for way in self._ways(sample):
            self.way = way
            given = sample.clone()
            into = torch.empty_like(sample) if gradients else None
            try:
                found = self.piece(given, into)
            except Exception:  # whatever a batched evaluation does not like, the single ones decide
                continue
            pairs = [(found, expected[0]), (given, sample)]
            if into is not None and expected[1] is not None:
                pairs.append((into, expected[1]))
            if all(_agree(*pair) for pair in pairs):
                self.exact = all(_same(*pair) for pair in pairs)
                return
        self.way = "loop"

    def _ways(self, sample: Tensor) -> Sequence[WayName]:
        """Those that are worth a try."""
        scalars = all(not shape for _, _, _, shape, _ in self._parts)
        if scalars and is_elementwise(lambda leaves: self._value(leaves), list(self._leaves(sample.clone()))):
            return "broadcast", "vmap"
        return ("vmap",)

    def _reference(self, sample: Tensor, gradients: bool) -> tuple[Tensor, Tensor | None]:
        """Single evaluations of the sample; also how much one makes, and what the loss depends on."""
        found = torch.full_like(sample[0], torch.nan)
        into = torch.full_like(sample, torch.nan) if gradients else None
        watch = Watch()
        with watch:
            fault = self._one_by_one(sample[:, :1], found[:1], None, lambda: False, LOOP_SECONDS)
        self._rows = max(1, min(ROWS, ELEMENTS // max(watch.elements, 1)))
        begin = time.perf_counter()
        fault = self._one_by_one(sample, found, into, lambda: False, LOOP_SECONDS) or fault
        self.seconds = (time.perf_counter() - begin) / sample.shape[1]
        """That a single evaluation takes."""
        if fault is not None and bool(found.isnan().all()):
            raise fault
        return found, into

    def _leaves(self, columns: Tensor) -> list[Tensor]:
        return [columns[first].to(dtype) for _, first, _, _, dtype in self._parts]

    def _value(self, trained: Sequence[Tensor]) -> object:
        """What the program gives where the trained parameters are these."""
        arguments = list(self._problem.arguments)
        for (place, *_), tensor in zip(self._parts, trained, strict=True):
            arguments[place] = tensor
        return self._problem.evaluate(arguments)

    def _broadcast(self, columns: Tensor, gradients: Tensor | None) -> Tensor:
        leaves = [leaf.detach() for leaf in self._leaves(columns)]
        if gradients is None:
            with torch.no_grad():
                return _numbers(self._value(leaves), columns)
        for leaf in leaves:
            leaf.requires_grad_()
        value = self._value(leaves)
        found = _numbers(value, columns)
        ones = self._ones.get(len(found))
        if ones is None or ones.dtype != found.dtype:
            ones = self._ones[len(found)] = torch.ones_like(found)
        slopes = torch.autograd.grad(found, leaves, ones, allow_unused=True)
        for row, slope in zip(gradients, slopes, strict=True):
            row.zero_() if slope is None else row.copy_(slope)
        return found.detach()

    def _vmapped(self, columns: Tensor, gradients: Tensor | None) -> Tensor:
        def one(row: Tensor) -> Tensor:
            trained = [row[first:last].view(shape).to(dtype) for _, first, last, shape, dtype in self._parts]
            value = self._value(trained)
            if not isinstance(value, Tensor) or value.numel() != 1:
                raise TypeError("not one number")
            return value.reshape(())

        if gradients is None:
            with torch.no_grad():
                found: Tensor = torch.func.vmap(one, randomness="same")(columns.T)
            return found
        slopes, found = torch.func.vmap(torch.func.grad_and_value(one), randomness="same")(columns.T)
        gradients.copy_(slopes.T)
        return found.detach()

    def _one_by_one(
        self,
        columns: Tensor,
        found: Tensor,
        gradients: Tensor | None,
        cancelled: Cancelled,
        seconds: float,
    ) -> ProgramError | None:
        """Fill ``found`` and ``gradients``; returns the first fault of a row. The problem's parameters stay."""
        problem, fault = self._problem, None
        kept = [store.flat.clone() for store in problem.stores]
        end = time.perf_counter() + seconds
        # NumPy has no bfloat16.
        rows: NDArray[np.floating] = (
            columns.T.cpu().to(torch.promote_types(columns.dtype, torch.float32)).numpy()
        )
        try:
            for index, row in enumerate(rows):
                if cancelled() or time.perf_counter() > end:
                    break
                problem.load(row)
                try:
                    found[index] = self._single(None if gradients is None else gradients[:, index])
                except ProgramError as error:
                    fault = fault or error
        finally:
            for store, flat in zip(problem.stores, kept, strict=True):
                with torch.no_grad():
                    store.flat.copy_(flat)
        return fault

    def _single(self, gradient: Tensor | None) -> Tensor:
        """The loss at the problem's parameters; fills ``gradient`` (columns,)."""
        problem = self._problem
        if gradient is None:
            with torch.no_grad():
                value = problem.value()
            if not isinstance(value, Tensor) or value.numel() != 1:
                value = problem.checked(value)
            return value.reshape(())
        loss = problem.loss()
        leaves = [problem.leaves[spec.name] for spec in problem.experiment.trained]
        try:
            slopes = Backward(leaves)(loss)
        except RuntimeError as error:
            raise problem.failed_backward(error) from error
        for (_, first, last, _, _), slope in zip(self._parts, slopes, strict=True):
            gradient[first:last] = 0.0 if slope is None else slope.reshape(-1)
            if slope is not None:
                self.used[first:last] = [True] * (last - first)
        return loss.detach().reshape(())


def _numbers(value: object, columns: Tensor) -> Tensor:
    if not isinstance(value, Tensor) or value.shape != columns.shape[1:]:
        raise TypeError("not one number for each row")
    return value


def _same(found: Tensor, expected: Tensor) -> bool:
    return found.dtype == expected.dtype and torch.equal(found.nan_to_num(), expected.nan_to_num())


def _agree(found: Tensor, expected: Tensor) -> bool:
    """Whether these are the same numbers up to rounding, NaN and infinity at the same places."""
    if not torch.equal(found.isfinite(), expected.isfinite()):
        return False
    there = expected.isfinite()
    if not bool(there.any()):
        return True
    size = expected[there].abs().max().item()
    near = 1e3 * max(torch.finfo(each.dtype).eps for each in (found, expected))
    return torch.allclose(found[there].to(expected.dtype), expected[there], rtol=near, atol=near * size)
