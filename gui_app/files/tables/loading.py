"""The table that an experiment asks for, from wherever it comes, kept while the process lives."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace
from pathlib import Path

from gui_app.core.data import DataSpec
from gui_app.core.table import Table, TableOptions
from gui_app.files.errors import FileError
from gui_app.files.reading import reason
from gui_app.files.tables.builtin import built_in
from gui_app.files.tables.formats import preview, read_table
from gui_app.files.tables.generated import generate
from gui_app.files.tables.opening import Cancelled, Progress

_KEPT = 4
"""Tables that are remembered, the least used forgotten first."""
_FEWEST = 2
"""Rows of made-up data: the least that every generator makes."""
_remembered: OrderedDict[Hashable, Table] = OrderedDict()
_lock = threading.Lock()


def load(
    spec: DataSpec,
    folder: Path,
    on_progress: Progress = lambda _: None,
    cancelled: Cancelled = lambda: False,
) -> Table:
    """The table of ``spec``, every column of it; a path is relative to ``folder``.

    The same Table again while a file has not changed. Made-up data have the seed of ``spec``, or 0.
    Raises FileError, ReadingStopped.
    """
    if spec.builtin is not None:
        return built_in(spec.builtin)
    if spec.generate is not None:
        name, seed = spec.generate, spec.seed or 0
        settings = tuple(sorted(spec.settings.items()))
        return _kept(
            (name, settings, seed), lambda: generate(name, dict(settings), seed, on_progress, cancelled)
        )
    path, options = folder / (spec.path or ""), _options(spec)
    try:
        place = path.resolve()
        known = place.stat()
    except (OSError, ValueError) as error:
        raise FileError(reason(error), path=path) from error
    except RuntimeError as error:
        raise FileError("Its links lead in a circle.", path=path) from error
    key = (place, known.st_mtime_ns, known.st_size, options)
    return _kept(key, lambda: read_table(path, options, on_progress, cancelled))


def columns_of(spec: DataSpec, folder: Path) -> tuple[str, ...]:
    """The names of the columns of ``spec``'s table that can be used, found from its beginning. Raises FileError."""
    if spec.builtin is not None:
        return built_in(spec.builtin).names
    if spec.generate is not None:
        return generate(spec.generate, {**spec.settings, "rows": _FEWEST}, 0).names
    seen = preview(folder / (spec.path or ""), _options(spec))
    return tuple(name for name, kind in zip(seen.names, seen.kinds, strict=True) if kind != "text")


def _options(spec: DataSpec) -> TableOptions:
    """How its file is read, what columns are to hold among it."""
    of_kind = {
        kind: tuple(name for name, held in spec.types.items() if held == kind)
        for kind in ("number", "category")
    }
    return replace(spec.options, numbers=of_kind["number"], categories=of_kind["category"])


def _kept(key: Hashable, make: Callable[[], Table]) -> Table:
    with _lock:
        if key in _remembered:
            _remembered.move_to_end(key)
            return _remembered[key]
    made = make()
    with _lock:
        _remembered[key] = made
        while len(_remembered) > _KEPT:
            _remembered.popitem(last=False)
    return made
