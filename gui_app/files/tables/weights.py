"""Tables of PyTorch's ``.pt`` files, read by a process of its own that has little memory and time and can be ended."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

from gui_app.core.resources import PACKAGE
from gui_app.core.table import ReadingStopped, Table, TableOptions
from gui_app.files.errors import FileError
from gui_app.files.tables.archives import open_archive
from gui_app.files.tables.arrays import table_of
from gui_app.files.tables.opening import Cancelled, Progress
from gui_app.files.tables.safetensors import tensors

READER = PACKAGE / "engine" / "weights_reader.py"
"""Started by its path: this room knows nothing of torch."""
_MOST_BYTES = 256 * 2**20
_SECONDS = 60.0
_TORCHSCRIPT = (
    "It is a TorchScript program, not a file of tensors. Save the tensors, as with torch.save(state_dict, …)."
)
_DAMAGED = "It is damaged, or needs more memory or time than a file of tensors may take."


def read_weights(
    file: io.FileIO, _options: TableOptions, progress: Progress, cancelled: Cancelled, most: int | None = None
) -> tuple[Table, int]:
    """Named tensors side by side, those of as many rows as most have: the first ``most``, and how many there are.

    Raises FileError and ReadingStopped.
    """
    with open_archive(file, _MOST_BYTES) as archive:
        inside = [name.partition("/")[2] for name in archive.namelist()]
    if "constants.pkl" in inside or any(name.startswith("code/") for name in inside):
        raise FileError(_TORCHSCRIPT)
    with tempfile.TemporaryFile() as made, tempfile.TemporaryFile() as said:
        _run(file, made, said, progress, cancelled)
        size = made.seek(0, os.SEEK_END)
        made.seek(0)
        return table_of(tensors(made, size, most))


def _run(file: io.FileIO, made: IO[bytes], said: IO[bytes], progress: Progress, cancelled: Cancelled) -> None:
    """Have the tensors copied. Raises FileError and ReadingStopped; the process is gone in any case."""
    file.seek(0)
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    command = [sys.executable, "-I", str(READER), str(_MOST_BYTES)]
    with subprocess.Popen(
        command, stdin=file, stdout=made, stderr=said, cwd=Path(tempfile.gettempdir())
    ) as child:
        started = time.monotonic()
        try:
            while child.poll() is None:
                if cancelled():
                    raise ReadingStopped
                past = time.monotonic() - started
                if past > _SECONDS:
                    raise FileError(_DAMAGED)
                progress(min(0.9, past / 10))  # most of it is the start of PyTorch
                time.sleep(0.02)
        finally:
            child.kill()
    if child.returncode:
        said.seek(0)
        lines = said.read(4096).decode(errors="replace").strip().splitlines()
        known = child.returncode == _REFUSED and lines
        raise FileError(lines[-1] if known else _DAMAGED)


_REFUSED = 3
"""The reader's exit code for a file that it says something about."""
