"""What an experiment file may leave to its data: the program of a model, and steps given as epochs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gui_app.core.experiment import Experiment
from gui_app.core.prepared import Prepared, batches_of, prepared
from gui_app.files.errors import FileError
from gui_app.language.model_text import program_of


def completed(experiment: Experiment, has_program: bool, epochs: int | None) -> Experiment:
    """The experiment with the program of its model and the steps of its epochs, where it needs them.

    Only then the data are read. Raises FileError or ExperimentError.
    """
    model = None if has_program else experiment.model
    if model is None and epochs is None:
        return experiment
    if experiment.data is None:
        key = "model" if model else "run.epochs"
        raise FileError('This needs data. Add, for example, [data] with builtin = "iris".', key=key)
    found = read_data(experiment)
    if epochs is not None:
        steps = epochs * batches_of(len(found.training), experiment.data.batch_size)
        experiment = replace(experiment, run=replace(experiment.run, steps=steps))
    return experiment if model is None else with_model(experiment, found)


def with_columns(experiment: Experiment) -> Experiment:
    """The experiment with the names of its table's columns, so that its program can name them.

    Where the table cannot be read they stay unknown: that is told where the data are needed.
    """
    from gui_app.files.tables import columns_of

    spec = experiment.data
    if spec is None or spec.features:
        return experiment
    try:
        return replace(experiment, data=replace(spec, columns=columns_of(spec, Path())))
    except FileError:
        return experiment


def read_data(experiment: Experiment) -> Prepared:
    """The data of an experiment that has some. Raises FileError or ExperimentError."""
    from gui_app.files.tables import load  # a library of tables is loaded where there is data, not before

    spec = experiment.data
    assert spec is not None
    seed = experiment.run.seed if spec.seed is None else spec.seed
    return prepared(load(replace(spec, seed=seed), Path()), spec, seed)


def with_model(experiment: Experiment, data: Prepared) -> Experiment:
    """The experiment with the program and the parameters of its model. Raises ExperimentError."""
    assert experiment.model is not None
    program, parameters = program_of(experiment.model, data)
    known = {spec.name: spec for spec in experiment.parameters}
    merged = tuple(known.get(spec.name, spec) for spec in parameters)
    return replace(experiment, program=program, parameters=merged)
