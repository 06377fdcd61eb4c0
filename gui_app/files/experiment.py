"""Experiment files: TOML that people like to read and to edit. Reading one runs nothing.

Keys: ``format``, ``title``, ``notes``; ``[objective] program``; one ``[parameters.NAME]`` each with ``value``,
or ``distribution`` = "normal" (``mean``, ``std``) or "uniform" (``low``, ``high``) with ``shape`` and ``seed``,
further ``dtype``, ``requires_grad``, ``reference``, ``view``; ``[optimizer] name`` and its settings under
torch's names; ``[optimizer.schedule] name`` and its settings likewise; ``[optimizer.clip] name`` ("norm" or "value")
and ``amount``; ``[run] steps`` (or ``epochs``), ``seed``, ``device``, ``dtype``, ``clear_gradients``, ``memory``,
``evaluate_every``, ``patience``; ``[data]`` and ``[model]`` as in ``files.data_sections``. What is left out has its
default. With a model the program may be left out: it is made from the model, as the steps are from the epochs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from gui_app.core.experiment import (
    FORMAT,
    Distribution,
    DistributionName,
    Experiment,
    ExperimentError,
    OptimizerSpec,
    ParameterSpec,
    RunSpec,
)
from gui_app.core.optimizers import OPTIMIZERS, Setting
from gui_app.core.schedules import CLIPS, SCHEDULES, ClipSpec, ScheduleSpec
from gui_app.files.atomic import write_atomically
from gui_app.files.completing import completed
from gui_app.files.data_sections import anchored, data_of, model_of, relative_to
from gui_app.files.errors import FileError, nearest
from gui_app.files.experiment_text import format_experiment
from gui_app.files.reading import read_text
from gui_app.files.toml import MOST_BYTES, parse_toml
from gui_app.files.values import (
    Convert,
    as_it_is,
    flag,
    number,
    numbers,
    pair,
    read_table,
    seed,
    setting,
    shape,
    text,
    whole,
)

__all__ = ["build", "format_experiment", "parse_experiment", "read_experiment", "write_experiment"]

_TOP: Mapping[str, Convert] = {
    "format": whole,
    "title": text,
    "notes": text,
    "objective": as_it_is,
    "parameters": as_it_is,
    "optimizer": as_it_is,
    "data": as_it_is,
    "model": as_it_is,
    "run": as_it_is,
}
_PARAMETER: Mapping[str, Convert] = {
    "value": numbers,
    "distribution": text,
    "mean": number,
    "std": number,
    "low": number,
    "high": number,
    "shape": shape,
    "seed": seed,
    "dtype": text,
    "requires_grad": flag,
    "reference": numbers,
    "view": pair,
}
_RUN: Mapping[str, Convert] = {
    "steps": whole,
    "epochs": whole,
    "seed": whole,
    "device": text,
    "dtype": text,
    "clear_gradients": flag,
    "memory": whole,
    "evaluate_every": whole,
    "patience": whole,
}
DISTRIBUTIONS: Mapping[str, tuple[tuple[str, float], tuple[str, float]]] = {
    "normal": (("mean", 0.0), ("std", 1.0)),
    "uniform": (("low", 0.0), ("high", 1.0)),
}
"""Each distribution's two settings with their defaults."""
_RANDOM_KEYS = ("mean", "std", "low", "high", "seed")


PROGRAMS = (".py", ".txt")
"""Files that hold nothing but the text of a program."""


def read_experiment(path: Path) -> Experiment:
    """The experiment in a file of at most 1 MB, or one with the program that is all of the file. Raises FileError."""
    content = read_text(path, MOST_BYTES)
    if path.suffix.lower() in PROGRAMS:
        return Experiment(content)
    try:
        return parse_experiment(content, path.parent)
    except FileError as error:
        raise error if error.path else error.at(path) from error


def write_experiment(path: Path, experiment: Experiment) -> None:
    """Save, whole or not at all. Raises FileError."""
    try:
        data = format_experiment(relative_to(path.parent, experiment)).encode()
    except UnicodeEncodeError as error:
        raise FileError("The text holds half a character that no file can hold.", path=path) from error
    if len(data) > MOST_BYTES:
        message = f"It would take {len(data):,} bytes; at most {MOST_BYTES:,} can be opened again."
        raise FileError(message, path=path)
    write_atomically(path, data)


def parse_experiment(content: str, folder: Path | None = None) -> Experiment:
    """The experiment in a text; paths in it are relative to ``folder``. Raises FileError."""
    return build(parse_toml(content.removeprefix("\ufeff")), folder)


def build(data: Mapping[str, Any], folder: Path | None = None) -> Experiment:
    """The experiment in plain data as TOML gives it. Raises FileError.

    Data are read only where the program or the number of steps has to be found from them.
    """
    version = data.get("format", FORMAT)
    if isinstance(version, int) and version > FORMAT:
        shown = f"format {version}; " if version < 1_000 else ""
        message = f"It was written by a newer Gradarium ({shown}this one reads {FORMAT}). Update to open it."
        raise FileError(message, key="format")
    top = read_table(dict(data), _TOP)
    if top.get("format", FORMAT) != FORMAT:
        raise FileError(f"The value must be {FORMAT}.", key="format")
    objective = read_table(top.get("objective", {}), {"program": text}, "objective")
    if "program" not in objective and "model" not in top:
        message = 'The objective is missing. Add, for example, program = "(x - 2)**2".'
        raise FileError(message, key="objective.program")
    run = read_table(top.get("run", {}), _RUN, "run")
    epochs = run.pop("epochs", None)
    try:
        experiment = Experiment(
            program=objective.get("program", ""),
            parameters=_parameters(top.get("parameters", {})),
            optimizer=_optimizer(top.get("optimizer", {})),
            run=RunSpec(**run),
            title=top.get("title", ""),
            notes=top.get("notes", ""),
            data=data_of(top["data"]) if "data" in top else None,
            model=model_of(top["model"]) if "model" in top else None,
        )
        anchor = anchored(experiment, folder)
        return completed(anchor, "program" in objective, None if "steps" in run else epochs)
    except ExperimentError as error:
        raise FileError(f"{error.message[:1].upper()}{error.message[1:]}.", key=error.where) from error


def _parameters(table: object) -> tuple[ParameterSpec, ...]:
    if not isinstance(table, dict):
        raise FileError("Each parameter is a table: write [parameters.x].", key="parameters")
    return tuple(_parameter(name, entry) for name, entry in table.items())


def _parameter(name: str, entry: object) -> ParameterSpec:
    where = f"parameters.{name}"
    found = read_table(entry, _PARAMETER, where)
    random = {key: found.pop(key) for key in _RANDOM_KEYS if key in found}
    kind = found.pop("distribution", None)
    if kind is None:
        if random:
            message = 'This needs a distribution, for example distribution = "normal".'
            raise FileError(message, key=f"{where}.{next(iter(random))}")
        if "value" not in found:
            message = "It has no start. Add value = 1.0, or a distribution and a shape."
            raise FileError(message, key=where)
        return ParameterSpec(name, **found)
    return ParameterSpec(
        name, found.pop("value", None), distribution=_distribution(kind, random, where), **found
    )


def _distribution(kind: str, random: dict[str, Any], where: str) -> Distribution:
    if kind not in DISTRIBUTIONS:
        message = f"{kind!r} is none of {', '.join(DISTRIBUTIONS)}.{nearest(kind, DISTRIBUTIONS)}"
        raise FileError(message, key=f"{where}.distribution")
    (first, first_default), (second, second_default) = DISTRIBUTIONS[kind]
    for key in random:
        if key not in (first, second, "seed"):
            raise FileError(f"A {kind} distribution has {first} and {second}.", key=f"{where}.{key}")
    low, high = random.get(first, first_default), random.get(second, second_default)
    try:
        return Distribution(cast(DistributionName, kind), low, high, random.get("seed"))
    except ExperimentError as error:
        raise FileError(
            f"{error.message[0].upper()}{error.message[1:]}.", key=f"{where}.{error.where}"
        ) from error


def _optimizer(table: object) -> OptimizerSpec:
    default = OptimizerSpec().name
    name = _known_name(table, "optimizer", OPTIMIZERS, default)
    tables = {"schedule": as_it_is, "clip": as_it_is}
    settings = _settings(table, "optimizer", OPTIMIZERS[name].settings, tables)
    schedule, clip = settings.pop("schedule", None), settings.pop("clip", None)
    return OptimizerSpec(
        name,
        settings,
        None if schedule is None else _schedule(schedule),
        None if clip is None else _clip(clip),
    )


def _schedule(table: object) -> ScheduleSpec:
    where = "optimizer.schedule"
    name = _known_name(table, where, SCHEDULES)
    return ScheduleSpec(name, _settings(table, where, SCHEDULES[name].settings))


def _clip(table: object) -> ClipSpec:
    where = "optimizer.clip"
    name = _known_name(table, where, CLIPS)
    found = read_table(table, {"name": text, "amount": number}, where)
    return ClipSpec(name, found.get("amount", ClipSpec().amount))


def _known_name(table: object, where: str, known: Mapping[str, object], default: str = "") -> str:
    """The table's name if it is one of those known."""
    if not isinstance(table, dict):
        raise FileError(f"This must be a table: write it as [{where}].", key=where)
    name = table.get("name", default)
    if not name:
        example = next(iter(known))
        raise FileError(f'It has no name. Add, for example, name = "{example}".', key=where)
    if name not in list(known):
        message = f"{name!r} is none of {', '.join(known)}.{nearest(str(name), known)}"
        raise FileError(message, key=f"{where}.name")
    return str(name)


def _settings(
    table: object, where: str, knobs: Iterable[Setting], further: Mapping[str, Convert] | None = None
) -> dict[str, Any]:
    """The settings in a table, and ``further`` entries of it, without its name."""
    kinds = {"name": text, **{knob.name: setting for knob in knobs}, **(further or {})}
    found = read_table(table, kinds, where)
    found.pop("name", None)
    return found
