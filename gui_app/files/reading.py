"""Reading a text file that may be anything: bounded, and never waiting for a pipe or a device."""

from __future__ import annotations

import stat
from pathlib import Path

from gui_app.files.errors import FileError

_REASONS: tuple[tuple[type[OSError], str], ...] = (
    (FileNotFoundError, "There is no such file."),
    (PermissionError, "It may not be read. Change its permissions, or copy it."),
    (NotADirectoryError, "A part of this path is a file, not a folder."),
)


def read_text(path: Path, limit: int) -> str:
    """The UTF-8 text of a regular file of at most ``limit`` bytes, without a byte order mark.

    Raises FileError.
    """
    data = read_bytes(path, limit)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"Line {line} is not UTF-8 text. Save the file as UTF-8 and open it again."
        raise FileError(message, path=path) from error


def read_bytes(path: Path, limit: int) -> bytes:
    """The bytes of a regular file of at most ``limit`` bytes. Raises FileError."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise FileError("This is a folder, not a file.", path=path)
        if not stat.S_ISREG(mode):
            raise FileError("This is a pipe or a device, not a file.", path=path)
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise FileError(reason(error), path=path) from error
    if len(data) > limit:
        raise FileError(f"It is too large: at most {limit:,} bytes are read.", path=path)
    return data


def reason(error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        for kind, reason in _REASONS:
            if isinstance(error, kind):
                return reason
        return f"It cannot be read: {error.strerror or error}."
    return f"It cannot be read: {error}."
