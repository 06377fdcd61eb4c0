"""Experiment -> TOML text, in a layout that people like to edit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tomlkit
from tomlkit.items import Array, Item, String, StringType, Trivia

from gui_app.core.experiment import FORMAT, Experiment, Nested, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.optimizers import SettingValue
from gui_app.files.data_sections import data_section, model_section

INDENT = "    "
WIDTH = 88
"""Longest list of numbers, in characters, that stays on one line."""
NUMBERS_A_LINE = 4
"""How many stand on a line where they do not all fit: as many as have 17 digits each."""


def format_experiment(experiment: Experiment) -> str:
    """The text of an experiment file; reading it gives an equal experiment."""
    document = tomlkit.document()
    for key, value in as_data(experiment).items():
        document.add(key, _item(value))
    return tomlkit.dumps(document)


def as_data(experiment: Experiment) -> dict[str, Any]:
    """The experiment as a file holds it: tables, lists, text and numbers; defaults of no interest left out."""
    data: dict[str, Any] = {"format": FORMAT}
    data.update({key: text for key in ("title", "notes") if (text := getattr(experiment, key))})
    data["objective"] = {"program": experiment.program}
    if experiment.parameters:
        data["parameters"] = {spec.name: _parameter(spec) for spec in experiment.parameters}
    if experiment.data is not None:
        data["data"] = data_section(experiment.data)
    if experiment.model is not None:
        data["model"] = model_section(experiment.model)
    data["optimizer"] = _optimizer(experiment.optimizer)
    data["run"] = _run(experiment.run)
    return data


def _parameter(spec: ParameterSpec) -> dict[str, Any]:
    data: dict[str, Any] = {}
    drawn = spec.distribution
    if drawn is None:
        data["value"] = _lists(spec.value)
    else:
        first, second = ("mean", "std") if drawn.name == "normal" else ("low", "high")
        data |= {"distribution": drawn.name, first: drawn.first, second: drawn.second}
        data["shape"] = list(spec.shape)
        if drawn.seed is not None:
            data["seed"] = drawn.seed
    if spec.dtype is not None:
        data["dtype"] = spec.dtype
    if not spec.requires_grad:
        data["requires_grad"] = False
    if spec.reference is not None:
        data["reference"] = _lists(spec.reference)
    if spec.view is not None:
        data["view"] = list(spec.view)
    return data


def _optimizer(spec: OptimizerSpec) -> dict[str, Any]:
    data = {"name": spec.name, **_settings(spec.settings)}
    if spec.schedule is not None:
        data["schedule"] = {"name": spec.schedule.name, **_settings(spec.schedule.settings)}
    if spec.clip is not None:
        data["clip"] = {"name": spec.clip.name, "amount": spec.clip.amount}
    return data


def _settings(settings: Mapping[str, SettingValue]) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in settings.items()}


def _run(spec: RunSpec) -> dict[str, Any]:
    default = RunSpec()
    data: dict[str, Any] = {"steps": spec.steps, "seed": spec.seed}
    for key in ("device", "dtype", "clear_gradients", "memory", "evaluate_every", "patience"):
        if getattr(spec, key) != getattr(default, key):
            data[key] = getattr(spec, key)
    return data


def _lists(value: Nested | None) -> Any:
    return [_lists(row) for row in value] if isinstance(value, tuple) else value


def _item(value: Any) -> Item:
    if isinstance(value, Mapping):
        return _table(value)
    if isinstance(value, list):
        return _array(value)
    if isinstance(value, str):
        return _lines(value) if "\n" in value and "\r" not in value else tomlkit.string(value)
    item: Item = tomlkit.item(value)
    return item


def _lines(value: str) -> String:
    """Text of several lines, each on a line of its own: TOML trims a newline after the opening quotes."""
    escaped = tomlkit.string(f"-{value}", multiline=True).as_string()[4:-3]
    return String(StringType.MLB, value, f"\n{escaped}", Trivia())


def _table(entries: Mapping[str, Any]) -> Item:
    nested = bool(entries) and all(isinstance(entry, Mapping) for entry in entries.values())
    table = tomlkit.table(is_super_table=nested)
    for key, entry in entries.items():
        table.add(key, _item(entry))
    return table


def _array(values: list[Any], depth: int = 0) -> Array:
    """Nested rows one below the other; many numbers a few to a line."""
    array = tomlkit.array()
    rows = [_array(value, depth + 1) if isinstance(value, list) else value for value in values]
    nested = any(isinstance(row, Array) for row in rows)
    if len(str(values)) <= WIDTH and not (nested and len(rows) > 1):
        array.extend(rows)
        return array
    each = 1 if nested else NUMBERS_A_LINE
    for first in range(0, len(rows), each):
        array.add_line(*rows[first : first + each], indent=INDENT * (depth + 1))
    array.add_line(indent=INDENT * depth)
    return array
