"""Every step of a run, in growing arrays with bounded memory; and what going on from some of them needs.

The loss of every step is kept (8 bytes each, plus 1/7 for the pyramid). The rows of parameters and
gradients are kept for every step until they fill their budget; from then on for every second, fourth, … step,
and always for step 0 and the newest one. ``nearest`` says which steps still have a row.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gui_app.core.experiment import OptimizerSpec, difference
from gui_app.core.frames import Frame
from gui_app.core.metric import Metric
from gui_app.core.pyramid import GrowingArray, Pyramid

ROW_BUDGET = 256 * 2**20
"""Bytes that the rows of parameters and gradients of one run may take."""
FRAME_BUDGET = 64 * 2**20
"""Bytes that the frames of one run may take, the newest aside."""
MOST_FRAMES = 4096


class History:
    """The record of one run: step 0 is the start, before any update."""

    def __init__(
        self,
        columns: tuple[str, ...],
        dtype: str,
        row_budget: int = ROW_BUDGET,
        frame_budget: int = FRAME_BUDGET,
    ) -> None:
        self.columns = columns
        self._budget, self._frame_budget = row_budget, frame_budget
        self.frames: list[Frame] = []
        """In the order of their steps, all of which have a row."""
        self._frame_stride = 1
        """Frames are kept at multiples of this, besides the newest."""
        self.changes: dict[int, OptimizerSpec] = {}
        """Other settings, by the step from which on they count."""
        self._losses = GrowingArray((), "float64")
        self._pyramid = Pyramid()
        self._rows = GrowingArray((2, len(columns)), dtype)
        self._newest = np.empty((2, len(columns)), dtype)
        self._at: int | None = None
        self.stride = 1
        """Rows are there for every ``stride``-th step."""
        self.metrics: dict[str, Metric] = {}
        """Further numbers by name, such as ``validation loss``: see :meth:`add_metrics`."""

    def __len__(self) -> int:
        return len(self._losses)

    @property
    def last(self) -> int:
        """The newest recorded step; -1 before step 0."""
        return len(self) - 1

    @property
    def losses(self) -> NDArray[np.floating]:
        """The loss of every step, float64."""
        return self._losses.array

    def widen(self, columns: tuple[str, ...]) -> None:
        """Rows have these columns from here on, the earlier ones first; what is recorded has NaN in the new ones."""
        added = ((0, 0), (0, 0), (0, len(columns) - len(self.columns)))
        rows = GrowingArray((2, len(columns)), str(self._rows.array.dtype))
        rows.replace(np.pad(self._rows.array, added, constant_values=np.nan))
        self._newest = np.pad(self._newest, added[1:], constant_values=np.nan)
        self.columns, self._rows = columns, rows

    def extend(
        self,
        losses: NDArray[np.floating],
        parameters: NDArray[np.floating],
        gradients: NDArray[np.floating],
        frames: Sequence[Frame] = (),
    ) -> None:
        """Append steps: losses (n,), parameters and gradients (n, columns), and frames of some of them."""
        if not len(losses):
            return
        first = len(self)
        self._losses.extend(losses)
        self._pyramid.update(self.losses)
        rows = np.stack((parameters, gradients), axis=1)
        self._newest = rows[-1].copy()
        self._rows.extend(rows[-first % self.stride :: self.stride])
        stride = self.stride
        while self._rows.array.nbytes > self._budget and len(self._rows) > 2:
            self._rows.replace(self._rows.array[::2])
            self.stride *= 2
        if frames or self.stride > stride:
            self._keep_frames(frames)

    def _keep_frames(self, fresh: Sequence[Frame]) -> None:
        """Add frames; those whose step has lost its row go, and every second one where they take too much."""
        newest = (*self.frames, *fresh)[-1:]
        while True:
            kept = [f for f in (*self.frames, *fresh) if f.step % max(self.stride, self._frame_stride) == 0]
            if len(kept) <= MOST_FRAMES and sum(f.nbytes for f in kept[1:]) <= self._frame_budget:
                break
            self._frame_stride *= 2
        self.frames = kept + [f for f in newest if f.step % self.stride == 0 and f not in kept]

    def add_metrics(self, step: int, values: Mapping[str, float]) -> None:
        """Append numbers by name; ValueError where ``step`` does not come after all that has such a number."""
        for name, value in values.items():
            self.metrics.setdefault(name, Metric()).append(step, value)

    def frame(self, step: int) -> Frame | None:
        """The newest frame at or before ``step``, with a row; ``None``: the run tells of none."""
        place = bisect_right(self.frames, step, key=lambda frame: frame.step)
        return self.frames[place - 1] if place else None

    def changes_told(self) -> dict[int, str]:
        """What changed in the settings, in a few words, by the step from which on it counts."""
        before = self.frames[0].optimizer if self.frames else None
        told = {}
        for step, after in sorted(self.changes.items()):
            words = after.name if before is None else difference(before, after)
            told[step], before = f"from here {words}", after
        return told

    def before(self, step: int) -> History:
        """A record of its own of everything before ``step``, to be extended from there: what a branch begins with."""
        past = History(self.columns, str(self._rows.array.dtype), self._budget, self._frame_budget)
        past.stride, past._frame_stride = self.stride, self._frame_stride
        past._losses.replace(self.losses[:step])
        past._pyramid.update(past.losses)
        past._rows.replace(self._rows.array[: -(-step // self.stride)])
        if len(past._rows):  # where the rows are thinned, the last one that there is
            past._newest = past._rows.array[-1].copy()
        past.frames = [frame for frame in self.frames if frame.step < step]
        past.changes = {at: optimizer for at, optimizer in self.changes.items() if at < step}
        past.metrics = {name: metric.before(step) for name, metric in self.metrics.items()}
        return past

    def nearest(self, step: int) -> int:
        """The recorded step with a row that is nearest to ``step``."""
        step = min(max(step, 0), self.last)
        if step == self.last:
            return step
        kept = min(round(step / self.stride), len(self._rows) - 1) * self.stride
        return self.last if abs(self.last - step) < abs(kept - step) else kept

    def neighbour(self, step: int, direction: int) -> int:
        """The next step with a row after ``step`` (``direction`` 1) or before it (-1)."""
        if direction > 0:
            return min((step // self.stride + 1) * self.stride, self.last)
        return max((step - 1) // self.stride * self.stride, 0)

    def _row(self, step: int) -> NDArray[np.floating]:
        if step == self.last:
            return self._newest
        if step % self.stride or not 0 <= step <= self.last:
            raise IndexError(f"step {step} has no row")
        row: NDArray[np.floating] = self._rows.array[step // self.stride]
        return row

    def parameters(self, step: int) -> NDArray[np.floating]:
        """Parameters at a step that has a row: (columns,)."""
        row: NDArray[np.floating] = self._row(step)[0]
        return row

    def gradients(self, step: int) -> NDArray[np.floating]:
        """``.grad`` at a step that has a row: (columns,); NaN where there is none."""
        row: NDArray[np.floating] = self._row(step)[1]
        return row

    def rows(
        self, first: int, last: int
    ) -> tuple[NDArray[np.intp], NDArray[np.floating], NDArray[np.floating]]:
        """Steps (n,), parameters and gradients (n, columns) of ``first`` … ``last`` where ``stride`` keeps them.

        Views, not copies, that must not be written to; they stay valid, but do not grow. The newest step is among
        them only where it is a multiple of ``stride``; ``parameters`` and ``gradients`` have it always.
        """
        begin = -(-max(first, 0) // self.stride)
        kept = self._rows.array[begin : max(last // self.stride + 1, begin)]
        return np.arange(begin, begin + len(kept)) * self.stride, kept[:, 0], kept[:, 1]

    def steps(self) -> NDArray[np.intp]:
        """The steps that have a row in ``path`` (all but possibly the newest)."""
        return np.arange(len(self._rows)) * self.stride

    def path(
        self, columns: list[int], last: int, most: int = 4000
    ) -> tuple[NDArray[np.intp], NDArray[np.floating]]:
        """Steps and values (n, len(columns)) of parameters from 0 to ``last``, thinned evenly to ``most`` rows.

        The first and the last one are always among them.
        """
        end = min(last // self.stride + 1, len(self._rows))
        every = max(1, -(-end // most))
        steps = np.arange(0, end, every)
        values = self._rows.array[:end:every, 0][:, columns]
        steps = steps * self.stride
        if len(steps) and steps[-1] != last and last <= self.last:
            near = self.nearest(last)
            if near > steps[-1]:
                steps = np.append(steps, near)
                values = np.concatenate((values, self._row(near)[0][None, columns]))
        return steps, values

    def loss_curve(self, first: int, last: int, most: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """A line through the losses of steps ``first`` … ``last``: see :meth:`Pyramid.envelope`."""
        return self._pyramid.envelope(self.losses, first, last, most)
