"""How well the parameters do on all rows of the data, at intervals of a run: on those trained on and those held out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gui_app.core.events import Evaluated
from gui_app.core.fault import Span
from gui_app.core.frames import FrameValue
from gui_app.engine.data import Split
from gui_app.engine.problem import Problem
from gui_app.language.errors import ProgramError

PREDICTION = "y_hat"
"""What programs call their predictions: numbers (rows,), scores (rows, classes), or one score a row of yes or no."""
MOST_EVALUATIONS = 100
"""In a run that does not say how often."""
MOST_CLASSES = 1_000
_BEST, _WORSE = "waited/best", "waited/worse"
NAMES: Mapping[Split, str] = {"train": "training", "validation": "validation"}


class Evaluator:
    """Evaluates the splits of a problem's data, with a problem of its own that is told what the program names."""

    def __init__(self, problem: Problem) -> None:
        data, run = problem.data, problem.experiment.run
        assert data is not None
        epoch = data.batches.count
        epochs = max(1, math.ceil(run.steps / MOST_EVALUATIONS / epoch))
        self.every = run.evaluate_every or epoch * epochs
        """Steps between evaluations."""
        self._problem = problem
        self._own = Problem(problem.experiment, stop=problem.stop, traced=True, data=data)
        self._own.listener = self
        self._data = data
        self._named: Tensor | None = None
        self._splits: list[Split] = ["train", "validation"] if len(data.prepared.validation) else ["train"]
        self._patience = run.patience
        self._best, self._worse = math.inf, 0
        self._from = -1
        """The step that the run has gone on from; -1: it is a whole one."""
        self._ended = False

    def on_value(self, value: object, span: Span) -> None:
        """Expressions without a name are of no interest."""

    def on_name(self, name: str, value: object) -> None:
        """Keep the predictions."""
        if name == PREDICTION and isinstance(value, Tensor):
            self._named = value

    def due(self, step: int) -> int:
        """The first step after ``step`` at which there is something to evaluate."""
        return (step // self.every + 1) * self.every

    def is_due(self, step: int) -> bool:
        """Whether to evaluate at ``step``: at intervals, and where the run is to end."""
        if self._ended:
            return False
        return step % self.every == 0 or step == self._problem.experiment.run.steps

    @property
    def has_waited_enough(self) -> bool:
        """The loss on what is held out has not become smaller for as many evaluations as the run waits for that."""
        return self._patience is not None and self._worse >= self._patience

    def state(self) -> dict[str, FrameValue]:
        """What has been waited for up to here; nothing where nobody waits."""
        return {} if self._patience is None else {_BEST: self._best, _WORSE: self._worse}

    def load(self, state: Mapping[str, FrameValue]) -> None:
        """Have waited as much as ``state()`` says."""
        self._best = float(cast(float, state.get(_BEST, math.inf)))
        self._worse = int(cast(int, state.get(_WORSE, 0)))

    def go_on_from(self, step: int) -> None:
        """The run goes on from there. Where it had waited enough it waits afresh: else it could not go on."""
        self._from = step
        self._forget(step)

    def at(self, run: int, step: int) -> Evaluated:
        """The metrics of the problem's present parameters."""
        for own, store in zip(self._own.stores, self._problem.stores, strict=True):
            with torch.no_grad():
                own.flat.copy_(store.flat)
        self._own.step = step
        metrics: dict[str, float] = {}
        confusion = None
        try:
            for split in self._splits:
                loss, predicted = self._evaluated(split)
                metrics[f"{NAMES[split]} loss"] = loss
                more, confusion = self._compared(split, predicted)
                metrics |= {f"{NAMES[split]} {name}": value for name, value in more.items()}
        except ProgramError as error:
            self._ended = True
            return Evaluated(run, step, {}, fault=error.fault)
        self._wait(metrics[f"{NAMES[self._splits[-1]]} loss"])
        self._forget(step)
        return Evaluated(run, step, metrics, confusion)

    def _wait(self, loss: float) -> None:
        if loss < self._best:
            self._best, self._worse = loss, 0
        else:
            self._worse += 1

    def _forget(self, step: int) -> None:
        if step == self._from and self.has_waited_enough:
            self._best, self._worse = math.inf, 0

    def _evaluated(self, split: Split) -> tuple[float, Tensor | None]:
        self._named = None
        loss = self._own.full(split)
        named, self._named = self._named, None
        return loss, named

    def _compared(
        self, split: Split, predicted: Tensor | None
    ) -> tuple[dict[str, float], NDArray[np.int64] | None]:
        """The predictions beside the truth."""
        truth = self._data.target(split)
        if predicted is None or truth is None or predicted.shape[:1] != truth.shape[:1]:
            return {}, None
        known = self._data.prepared.classes
        if known is None:
            return (
                (_of_numbers(predicted.detach(), truth), None)
                if predicted.shape == truth.shape
                else ({}, None)
            )
        classes = _class_of(predicted.detach())
        if classes is None or len(known) > MOST_CLASSES:
            return {}, None
        return {"accuracy": float((classes == truth).double().mean())}, _confusion(truth, classes, len(known))


def _class_of(predicted: Tensor) -> Tensor | None:
    """The class with the highest score, or yes where one score is above 0; (rows,) int64."""
    if predicted.ndim == 2 and predicted.shape[1] > 1:
        return predicted.argmax(1)
    flat = predicted.squeeze(1) if predicted.ndim == 2 else predicted
    return (flat > 0).long() if flat.ndim == 1 else None


def _of_numbers(predicted: Tensor, truth: Tensor) -> dict[str, float]:
    residuals, spread = (predicted - truth).double(), (truth - truth.mean()).double()
    squares, total = residuals.square().sum(), spread.square().sum()
    return {
        "MSE": float(squares / max(len(truth), 1)),
        "MAE": float(residuals.abs().mean()),
        "R²": float(1 - squares / total) if total else math.nan,
    }


def _confusion(truth: Tensor, predicted: Tensor, classes: int) -> NDArray[np.int64]:
    places = truth * classes + predicted.clamp(0, classes - 1)
    counts: NDArray[np.int64] = torch.bincount(places, minlength=classes * classes).cpu().numpy()
    return counts.reshape(classes, classes)
