"""Tables of PyTorch's ``.pt`` files. No pickle is unpickled: what it says is told by a process of its own.

That process (``pickled.py``) has little memory and time and can be ended. What it tells is believed no more than the
file itself: each tensor has to lie within the bytes that are really there.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gui_app.core.table import MAX_CELLS, ReadingStopped, Table, TableOptions
from gui_app.files.errors import FileError
from gui_app.files.tables.archives import BROKEN, DAMAGED, open_archive
from gui_app.files.tables.arrays import Part, exactly, table_of
from gui_app.files.tables.opening import Cancelled, Progress, Watched, check_swelling, said_size
from gui_app.files.tables.safetensors import widened

READER = Path(__file__).with_name("pickled.py")
_MOST_BYTES = 256 * 2**20
_MOST_PICKLED = 16 * 2**20
_SECONDS = 10.0
_LISTS = ("/data.pkl", "/constants.pkl")
_MOST_AXES = 32
_TORCHSCRIPT = (
    "It is a TorchScript program, not a file of tensors. Save the tensors, as with torch.save(state_dict, …)."
)
_LYING = "It is damaged: a tensor lies outside the numbers that are there."
_TOO_MUCH = "It is damaged, or needs more memory or time than a file of tensors may take."
_TYPES: Mapping[str, str] = {
    **{f"float{8 * size}": f"f{size}" for size in (2, 4, 8)},
    **{f"int{8 * size}": f"i{size}" for size in (1, 2, 4, 8)},
    **{f"uint{8 * size}": f"u{size}" for size in (1, 2, 4, 8)},
    "bool": "?",
    "bfloat16": "u2",
}
"""NumPy's type of each dtype, without the order of bytes."""


@dataclass(frozen=True, slots=True)
class _View:
    """A tensor as the process tells it, in elements of a storage. Raises FileError where that makes no sense."""

    name: str
    kind: str
    key: str
    offset: int
    shape: Sequence[int]
    stride: Sequence[int]

    def __post_init__(self) -> None:
        if self.kind not in _TYPES:
            raise FileError(f"'{self.name}' is a tensor of another kind: {self.kind[:40]}. Save it dense.")
        if min((self.offset, *self.shape, *self.stride)) < 0 or len(self.shape) > _MOST_AXES:
            raise FileError(_LYING)

    @property
    def size(self) -> int:
        """Bytes of an element."""
        return np.dtype(_TYPES[self.kind]).itemsize

    def end(self) -> int:
        """Bytes of the storage up to the last element."""
        if 0 in self.shape:
            return 0
        last = sum((length - 1) * step for length, step in zip(self.shape, self.stride, strict=True))
        return (self.offset + last + 1) * self.size

    def first(self, most: int | None) -> _View:
        """Its first rows."""
        if most is None or not self.shape:
            return self
        return replace(self, shape=(min(self.shape[0], most), *self.shape[1:]))

    def array(self, storage: bytearray, order: str) -> NDArray[Any]:
        """What it shows of its storage; the storage is long enough."""
        found: NDArray[Any] = np.ndarray(
            tuple(self.shape),
            np.dtype(order + _TYPES[self.kind]),
            storage,
            self.offset * self.size if self.end() else 0,
            [step * self.size for step in self.stride] if self.end() else None,
        )
        return widened(found) if self.kind == "bfloat16" else found


def read_weights(
    file: io.FileIO, _options: TableOptions, progress: Progress, cancelled: Cancelled, most: int | None = None
) -> tuple[Table, int]:
    """Named tensors side by side, those of as many rows as most have: the first ``most``, and how many there are.

    Raises FileError and ReadingStopped.
    """
    with open_archive(Watched(file, progress, cancelled), _MOST_BYTES) as archive:
        names = archive.namelist()
        folder = next(name for name in names if name.endswith(_LISTS)).rpartition("/")[0]
        if f"{folder}/constants.pkl" in names or any(name.startswith(f"{folder}/code/") for name in names):
            raise FileError(_TORCHSCRIPT)
        pickled = _content(archive, f"{folder}/data.pkl", _MOST_PICKLED)
        views = [_View(*entry) for entry in _told(pickled, cancelled)]
        cells = sum(math.prod(view.shape) for view in views)
        if cells > MAX_CELLS:
            raise FileError(f"It holds too many numbers: at most {MAX_CELLS:,} are read.")
        check_swelling(sum(member.file_size for member in archive.infolist()), 8 * cells)  # as columns
        is_big = f"{folder}/byteorder" in names and _content(archive, f"{folder}/byteorder", 6) == b"big"
        shown = [view.first(most) for view in views]
        ends: dict[str, int] = {}
        for view in shown:
            ends[view.key] = max(ends.get(view.key, 0), view.end())
        storages = {key: _beginning(archive, f"{folder}/data/{key}", end) for key, end in ends.items()}
        arrays = [view.array(storages[view.key], ">" if is_big else "<") for view in shown]
    whole = zip(views, arrays, strict=True)
    return table_of([Part(view.name, array, view.shape[0] if view.shape else 1) for view, array in whole])


def _content(archive: zipfile.ZipFile, name: str, most: int) -> bytearray:
    size = _size(archive, name)
    if size > most:
        raise FileError(
            f"Its list of tensors is {said_size(size)} large; at most {said_size(most)} are read."
        )
    return _beginning(archive, name, size)


def _size(archive: zipfile.ZipFile, name: str) -> int:
    try:
        return archive.getinfo(name).file_size
    except KeyError as error:
        raise FileError(_LYING) from error


def _beginning(archive: zipfile.ZipFile, name: str, count: int) -> bytearray:
    """The first bytes of a member."""
    if count > _size(archive, name):
        raise FileError(_LYING)
    try:
        stream = archive.open(name)
    except BROKEN as error:
        raise FileError(DAMAGED) from error
    with stream:
        return exactly(stream, count)


def _told(pickled: bytearray, cancelled: Cancelled) -> list[list[Any]]:
    """What the process tells of it. Raises FileError and ReadingStopped; the process is gone in any case."""
    command = [sys.executable, "-I", "-S", str(READER)]
    no_window = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    with tempfile.TemporaryFile() as source:
        source.write(pickled)
        source.seek(0)
        with subprocess.Popen(
            command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, creationflags=no_window
        ) as child:
            try:
                said = _answer(child, cancelled)
            finally:
                child.kill()
    if child.returncode:
        raise FileError(_TOO_MUCH)
    found = json.loads(said)
    if isinstance(found, str):
        raise FileError(found)
    return list(found)


def _answer(child: subprocess.Popen[bytes], cancelled: Cancelled) -> bytes:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        if cancelled():
            raise ReadingStopped
        with contextlib.suppress(subprocess.TimeoutExpired):
            return child.communicate(timeout=0.02)[0]
    raise FileError(_TOO_MUCH)
