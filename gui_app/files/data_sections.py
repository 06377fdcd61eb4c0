"""The sections ``[data]`` and ``[model]`` of an experiment file.

``[data]``: ``path`` (relative to the file), ``builtin`` or ``generate`` and ``settings``; ``features``, ``target``,
``types``, ``missing``, ``standardize``, ``validation``, ``shuffle``, ``seed``, ``batch_size``; how a file is read:
``delimiter``, ``header``, ``decimal``, ``encoding``, ``skip``, ``sheet``, ``missing_words``. ``[model]``: ``name``,
``loss``, and what the model has of ``degree``, ``layers``, ``activation``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from gui_app.core.data import MODELS, DataSpec, ModelSpec
from gui_app.core.experiment import Experiment
from gui_app.core.table import TableOptions
from gui_app.files.errors import FileError
from gui_app.files.values import Convert, flag, number, read_table, seed, setting, text, whole


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError('must be names in brackets, like ["x"]')
    return tuple(text(each) for each in value)


def _wholes(value: object) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise ValueError("must be whole numbers in brackets, like [16, 16]")
    return tuple(whole(each) for each in value)


def _kinds(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError('must name columns, like {colour = "category"}')
    return {name: text(kind) for name, kind in value.items()}


def _settings(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("must be settings by name, like {noise = 0.1}")
    return {name: setting(entry) for name, entry in value.items()}


_OPTIONS: Mapping[str, Convert] = {
    "delimiter": text,
    "header": flag,
    "decimal": text,
    "encoding": text,
    "skip": whole,
    "sheet": text,
    "missing_words": _texts,
}
_FIELDS = {"missing_words": "missing"}
"""What a key is called in TableOptions, where that differs."""
_DATA: Mapping[str, Convert] = {
    "path": text,
    "builtin": text,
    "generate": text,
    "settings": _settings,
    "features": _texts,
    "target": text,
    "types": _kinds,
    "missing": text,
    "standardize": flag,
    "validation": number,
    "shuffle": flag,
    "seed": seed,
    "batch_size": whole,
}
_MODEL: Mapping[str, Convert] = {
    "name": text,
    "loss": text,
    "degree": whole,
    "layers": _wholes,
    "activation": text,
}


def data_of(table: object) -> DataSpec:
    """The section ``[data]``. Raises FileError or ExperimentError."""
    found = read_table(table, {**_DATA, **_OPTIONS}, "data")
    options = {_FIELDS.get(key, key): found.pop(key) for key in _OPTIONS if key in found}
    return DataSpec(**found, options=TableOptions(**options))


def model_of(table: object) -> ModelSpec:
    """The section ``[model]``. Raises FileError or ExperimentError."""
    found = read_table(table, _MODEL, "model")
    if "name" not in found:
        message = f'It has no name. Add name = "linear", or one of {", ".join(MODELS)}.'
        raise FileError(message, key="model")
    return ModelSpec(**found)


def data_section(spec: DataSpec) -> dict[str, Any]:
    """What a file says of the data: what differs from the defaults."""
    default, usual = DataSpec(builtin="iris"), TableOptions()
    data = {
        key: _plain(getattr(spec, key))
        for key in _DATA
        if getattr(spec, key) is not None
        and (key == "builtin" or getattr(spec, key) != getattr(default, key))
    }
    options = {key: _FIELDS.get(key, key) for key in _OPTIONS}
    data |= {
        key: _plain(getattr(spec.options, field))
        for key, field in options.items()
        if getattr(spec.options, field) != getattr(usual, field)
    }
    # Tables of their own come last: what followed one would be read as part of it.
    return dict(sorted(data.items(), key=lambda entry: isinstance(entry[1], dict)))


def model_section(spec: ModelSpec) -> dict[str, Any]:
    """What a file says of the model: its name, and what differs from the defaults."""
    differing = (entry for entry in fields(spec) if getattr(spec, entry.name) != entry.default)
    return {"name": spec.name, **{each.name: _plain(getattr(spec, each.name)) for each in differing}}


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    return list(value) if isinstance(value, tuple) else value


def anchored(experiment: Experiment, folder: Path | None) -> Experiment:
    """The experiment with the path of its data relative to the process or absolute, as ``folder``'s file means it."""
    data = experiment.data
    if folder is None or data is None or data.path is None:
        return experiment
    return replace(experiment, data=replace(data, path=str(folder / data.path)))


def relative_to(folder: Path, experiment: Experiment) -> Experiment:
    """The experiment with the path of its data as a file in ``folder`` names it, with forward slashes."""
    data = experiment.data
    if data is None or data.path is None:
        return experiment
    try:
        path = Path(os.path.relpath(data.path, folder)).as_posix()
    except ValueError:  # on another drive
        return experiment
    return replace(experiment, data=replace(data, path=path))
