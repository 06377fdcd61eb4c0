"""Made-up data as the few lines of NumPy that make them: the same numbers from the same seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gui_app.core.data import DataSpec
from gui_app.files.tables import GENERATORS

_Settings = Mapping[str, Any]


def generated(spec: DataSpec, seed: int) -> list[str]:
    """Statements that set ``features`` (rows, features) and ``target`` (rows,), for one of GENERATORS."""
    assert spec.generate is not None
    settings = {
        name: _like(span.default, spec.settings.get(name, span.default))
        for name, span in GENERATORS[spec.generate].settings.items()
    }
    return [f"random = np.random.default_rng({seed})", *_LINES[spec.generate](settings)]


def _like(default: object, value: Any) -> Any:
    """A setting in the type of its default."""
    if isinstance(default, tuple):
        return [float(each) for each in (value if isinstance(value, tuple | list) else (value,))]
    return int(value) if isinstance(default, int) else float(value)


def _halves(settings: _Settings) -> tuple[int, int]:
    return settings["rows"] - settings["rows"] // 2, settings["rows"] // 2


def _shuffled(settings: _Settings) -> list[str]:
    """Noise is drawn where there is none too: the order that is drawn next depends on it."""
    return [
        f"features = features + random.normal(0.0, {settings.get('noise', 0.0)!r}, features.shape)",
        "order = random.permutation(len(features))",
        "features, target = features[order], target[order]",
    ]


def _moons(settings: _Settings) -> list[str]:
    upper, lower = _halves(settings)
    return [
        f"upper, lower = np.linspace(0, np.pi, {upper}), np.linspace(0, np.pi, {lower})",
        "features = np.concatenate([",
        "    np.stack([np.cos(upper), np.sin(upper)], axis=1),",
        "    np.stack([1.0 - np.cos(lower), 0.5 - np.sin(lower)], axis=1),",
        "])",
        f"target = np.repeat([0, 1], [{upper}, {lower}])",
        *_shuffled(settings),
    ]


def _circles(settings: _Settings) -> list[str]:
    outer, inner = _halves(settings)
    factor = settings["factor"]
    return [
        f"outer = np.linspace(0, 2 * np.pi, {outer}, endpoint=False)",
        f"inner = np.linspace(0, 2 * np.pi, {inner}, endpoint=False)",
        "features = np.concatenate([",
        "    np.stack([np.cos(outer), np.sin(outer)], axis=1),",
        f"    np.stack([{factor!r} * np.cos(inner), {factor!r} * np.sin(inner)], axis=1),",
        "])",
        f"target = np.repeat([0, 1], [{outer}, {inner}])",
        *_shuffled(settings),
    ]


def _spirals(settings: _Settings) -> list[str]:
    rows, arms, turns = settings["rows"], settings["classes"], settings["turns"]
    return [
        f"target = np.arange({rows}) * {arms} // {rows}",
        f"counts = np.bincount(target, minlength={arms})",
        "radius = np.concatenate([np.linspace(0.05, 1, count) for count in counts])",
        f"angle = 2 * np.pi * ({turns!r} * radius + target / {arms})",
        "features = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)",
        *_shuffled(settings),
    ]


def _blobs(settings: _Settings) -> list[str]:
    rows, classes, features = settings["rows"], settings["classes"], settings["features"]
    return [
        f"centres = random.uniform(-10, 10, ({classes}, {features}))",
        f"target = np.arange({rows}) * {classes} // {rows}",
        f"features = centres[target] + random.normal(0, {settings['spread']!r}, ({rows}, {features}))",
        *_shuffled(settings),
    ]


def _regression(settings: _Settings) -> list[str]:
    rows, weights = settings["rows"], settings["weights"]
    return [
        f"features = random.normal(size=({rows}, {len(weights)}))",
        f"noise = random.normal(0.0, {settings['noise']!r}, {rows})",
        f"target = features @ np.array({weights!r}) + {settings['bias']!r} + noise",
    ]


_LINES: Mapping[str, Callable[[_Settings], list[str]]] = {
    "moons": _moons,
    "circles": _circles,
    "spirals": _spirals,
    "blobs": _blobs,
    "regression": _regression,
}
