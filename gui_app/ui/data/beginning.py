"""What an experiment on a table begins with: a model that suits the target, and settings with which it descends."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from gui_app.core.data import MODELS, DataSpec, ModelSpec
from gui_app.core.experiment import Experiment, ExperimentError, OptimizerSpec
from gui_app.core.prepared import Numbers, Prepared, batches_of
from gui_app.files.completing import with_model
from gui_app.files.tables import BUILT_IN, GENERATORS
from gui_app.language.model_text import loss_of

STEPS, EPOCHS, MOST_STEPS = 200, 20, 5_000
"""Planned: so many steps of all rows, or epochs of batches, but never more steps than that."""
_ROWS, _COLUMNS = 10_000, 300
"""Of which the curvature is measured."""
_BEND: Mapping[str, float] = {"mse": 2.0, "mae": 1.0, "huber": 1.0, "cross_entropy": 0.5, "bce": 0.25}
"""Largest second derivative of each loss in one prediction."""
_FASTEST: Mapping[str, float] = {"mse": 0.1, "mae": 0.1, "huber": 0.1, "cross_entropy": 0.5, "bce": 0.5}
"""Learning rates above these would be stable, but show nothing of the way."""


def title_of(spec: DataSpec) -> str:
    """What an experiment on that table is called."""
    if spec.builtin is not None:
        return BUILT_IN[spec.builtin].title if spec.builtin in BUILT_IN else spec.builtin
    if spec.generate is not None:
        return GENERATORS[spec.generate].title if spec.generate in GENERATORS else spec.generate
    return Path(spec.path or "").stem


def begun(experiment: Experiment, data: Prepared) -> Experiment:
    """An experiment on ``data`` that can be played at once; without a target its program stays as it is."""
    model = usual_model(data)
    if model is None:
        return experiment
    assert experiment.data is not None
    batches = batches_of(len(data.training), experiment.data.batch_size)
    steps = STEPS if batches == 1 else min(MOST_STEPS, max(STEPS, EPOCHS * batches))
    optimizer = usual_optimizer(model, data)
    made = replace(experiment, model=model, optimizer=optimizer, run=replace(experiment.run, steps=steps))
    return with_model(replace(made, parameters=()), data)


def remade(experiment: Experiment, data: Prepared, before: Experiment) -> Experiment:
    """The experiment with the program of its model. Raises ExperimentError where the model does not suit the data.

    One that was there before and does not suit the data any more gives way to the usual one. An optimizer that was
    the usual one of the model before becomes that of the new one.
    """
    assert experiment.model is not None
    model = experiment.model
    if model == before.model:
        model = _suitable(model, data)
    made = with_model(replace(experiment, model=model, parameters=()), data)
    if before.model is not None and _is_usual(before.optimizer, before.model, data):
        made = replace(made, optimizer=usual_optimizer(model, data))
    return made


def usual_model(data: Prepared) -> ModelSpec | None:
    """The simplest model of the target; None without one."""
    if data.target is None:
        return None
    if data.classes is None:
        return ModelSpec("linear")
    return ModelSpec("logistic" if len(data.classes) == 2 else "softmax")


def usual_optimizer(model: ModelSpec, data: Prepared) -> OptimizerSpec:
    """Plain gradient descent at a stable rate for a plane, Adam for a network."""
    if "layers" in MODELS[model.name].settings:
        return OptimizerSpec("Adam", {"lr": 0.01})
    return OptimizerSpec("SGD", {"lr": _rate(model, data)})


def _is_usual(optimizer: OptimizerSpec, model: ModelSpec, data: Prepared) -> bool:
    try:
        return optimizer == usual_optimizer(model, data)
    except ExperimentError:
        return False


def _suitable(model: ModelSpec, data: Prepared) -> ModelSpec:
    """The model, with its usual loss if its own does not suit the target, or else the usual model of the target."""
    for candidate in (model, replace(model, loss=None)):
        try:
            loss_of(candidate, data)
        except ExperimentError:
            continue
        return candidate
    return usual_model(data) or model


def _rate(model: ModelSpec, data: Prepared) -> float:
    """A learning rate 1/L, rounded down to 1, 2 or 5, where L bounds the curvature of the loss of a plane."""
    loss = loss_of(model, data)
    bend = _BEND[loss] * _largest_eigenvalue(_inputs(model, data))
    stable = min(_FASTEST[loss], 1 / bend if bend > 0 else math.inf)
    power = 10.0 ** math.floor(math.log10(stable))
    rung = max(rung for rung in (1, 2, 5) if rung * power <= stable * (1 + 1e-9))
    return float(f"{rung * power:.0e}")


def _inputs(model: ModelSpec, data: Prepared) -> Numbers:
    """What the weights of a plane are multiplied with, and 1 for the bias, of the first training rows."""
    rows = data.features[data.training[:_ROWS]]
    powers = range(1, model.degree + 1) if model.name == "polynomial" else (1,)
    return np.concatenate([*(rows**power for power in powers), np.ones((len(rows), 1))], axis=1)


def _largest_eigenvalue(inputs: Numbers) -> float:
    """Of the mean of x xᵀ over the rows x; of many columns a bound above it, the mean of |x|²."""
    if inputs.shape[1] > _COLUMNS:
        return float((inputs**2).sum(1).mean())
    return float(np.linalg.eigvalsh(inputs.T @ inputs / len(inputs))[-1])
