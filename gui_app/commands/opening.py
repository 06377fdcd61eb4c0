"""A file or a lesson by name, with settings changed from the command line."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gui_app.core.experiment import MAX_ELEMENTS, Experiment, shape_of
from gui_app.core.optimizers import OPTIMIZERS
from gui_app.files.completing import with_columns
from gui_app.files.errors import FileError, nearest
from gui_app.files.experiment import build, read_experiment
from gui_app.files.experiment_text import as_data
from gui_app.files.lessons import lesson
from gui_app.files.values import number, numbers, shape

_RUN_KEYS = ("steps", "seed", "device", "dtype", "clear_gradients", "memory")
_FORMS = "steps=50, lr=0.1, optimizer=Adam, x=3, or a key of the file with dots: parameters.x.value=3"
_START_KEYS = ("value", "distribution", "mean", "std", "low", "high", "shape", "seed")


def open_named(name: str) -> Experiment:
    """The lesson of that id, else the experiment in that file. Raises FileError.

    A file that is named like a lesson is opened as ``./NAME``.
    """
    path = Path(name)
    if path.suffix or len(path.parts) > 1 or name.startswith(".") or path.is_dir():
        return read_experiment(path)
    try:
        return lesson(name).experiment
    except FileError:
        if path.exists():
            return read_experiment(path)
        raise


def opened(name: str, settings: Sequence[str]) -> Experiment:
    """What ``run`` and ``render`` work on: opened by name, changed, with a parameter for each free name."""
    experiment = open_named(name)
    programs = [each for each in settings if _is_program(each)]
    if settings:
        from gui_app.language.resolving import written

        before = in_line(with_settings(experiment, programs))
        after = with_settings(before, [each for each in settings if not _is_program(each)])
        experiment = written(before, after)
    return in_line(experiment)


def _is_program(setting: str) -> bool:
    """Whether it changes the program, on which it depends what names there are."""
    return setting.partition("=")[0].strip() in ("program", "objective.program")


def with_settings(experiment: Experiment, settings: Sequence[str]) -> Experiment:
    """The experiment with ``key=value`` applied in order. Raises FileError that names the key.

    Keys are those of the file, dotted (``optimizer.lr``, ``parameters.x.value``); a bare key is one of [run], a
    setting of the optimizer, ``optimizer`` for its name, or a parameter's name for its value. Values are TOML; bare
    words are text. A plain number fills the shape that the parameter has; a reference that does not fit a new
    shape is dropped.
    """
    data = as_data(experiment)
    for assignment in settings:
        key, equals, value = assignment.partition("=")
        if not equals or not key.strip():
            raise FileError("Write it as key=value, for example lr=0.1.", key=f"--set {assignment}")
        _apply(data, _full_key(data, key.strip()), _value(value.strip()))
    return build(data)


def _full_key(data: Mapping[str, Any], key: str) -> list[str]:
    """Where a key stands: bare names are looked up in [run], the optimizer and the parameters."""
    short = {name: ["run", name] for name in _RUN_KEYS} | {"program": ["objective", "program"]}
    short |= {name: [name] for name in ("title", "notes")} | {"optimizer": ["optimizer", "name"]}
    short |= {name: ["parameters", name, "value"] for name in data.get("parameters", {})}
    optimizer = OPTIMIZERS.get(data["optimizer"]["name"])
    short |= {knob.name: ["optimizer", knob.name] for knob in (optimizer.settings if optimizer else ())}
    parts = key.split(".")
    if len(parts) == 1:
        if key not in short:
            known = f"Known: {', '.join(short)}. Write {_FORMS}."
            raise FileError(f"There is no such key.{nearest(key, short)} {known}", key=key)
        return short[key]
    return ["parameters", *parts] if parts[0] in data.get("parameters", {}) else parts


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}\n")["value"] if "\n" not in text else text
    except (ValueError, RecursionError):
        return text


def _apply(data: dict[str, Any], key: list[str], value: Any) -> None:
    table: Any = data
    for part in key[:-1]:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise FileError("There is no such key.", key=".".join(key))
    if key[0] == "parameters" and len(key) == 3:
        _set_start(table, key[2], value)
        return
    if key == ["optimizer", "name"] and isinstance(value, str) and value in OPTIMIZERS:
        known = {knob.name for knob in OPTIMIZERS[value].settings} | {"schedule", "clip"}
        for old in [old for old in table if old not in known]:
            del table[old]
    table[key[-1]] = value


def _set_start(parameter: dict[str, Any], key: str, value: Any) -> None:
    """A value takes the place of a distribution, and the other way round; the reference stays if it fits."""
    before = _shape(parameter)
    for old in {"value": _START_KEYS, "distribution": ("value",)}.get(key, ()):
        parameter.pop(old, None)
    if key == "distribution" and before:
        parameter.setdefault("shape", list(before))
    parameter[key] = _filled(before, value) if key == "value" and _is_number(value) else value
    if key != "reference" and "reference" in parameter:
        after, needed = _shape(parameter), _shape({"value": parameter["reference"]})
        if None not in (after, needed) and after != needed:
            del parameter["reference"]


def _shape(parameter: Mapping[str, Any]) -> tuple[int, ...] | None:
    """The shape of a parameter's start; ``None`` where it makes no sense, which is told elsewhere."""
    try:
        if "shape" in parameter or "value" not in parameter:
            return shape(parameter.get("shape", []))
        return shape_of(numbers(parameter["value"]))
    except ValueError:
        return None


def _is_number(value: object) -> bool:
    try:
        number(value)
    except ValueError:
        return False
    return True


def _filled(sizes: tuple[int, ...] | None, value: Any) -> Any:
    """``value`` at every place of a tensor of that shape. Raises FileError where there is none such."""
    if min(sizes or (), default=0) < 0 or math.prod(sizes or ()) > MAX_ELEMENTS:
        raise FileError(f"A shape has at most {MAX_ELEMENTS:,} elements, no negative sizes.", key="shape")
    for size in reversed(sizes or ()):
        value = [value] * size
    return value


def in_line(experiment: Experiment) -> Experiment:
    """The experiment with the parameters that its program declares, and one for each name that nobody has defined.

    Names of columns are looked up only where there are such names.
    """
    from gui_app.engine import vocabulary
    from gui_app.language.resolving import resolved

    found, checked = resolved(experiment, vocabulary.words())
    if checked.faults:  # what is wrong is told where it is compiled, not what is missing because of it
        return experiment.using((*(spec.name for spec in experiment.parameters), *checked.free_names))
    given = {spec.name for spec in experiment.parameters}
    if experiment.data is not None and any(spec.name not in given for spec in found.parameters):
        return resolved(with_columns(experiment), vocabulary.words())[0]
    return found
