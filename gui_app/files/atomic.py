"""Saving: the old file or the new one, never half of either."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path

from gui_app.files.errors import FileError

_ADVICE = {
    errno.ENOSPC: "The disk is full. Free some space and save again.",
    errno.EDQUOT: "Your share of the disk is used up. Free some space and save again.",
    errno.EFBIG: "The file would be too large for this disk.",
    errno.EROFS: "This disk can only be read. Save somewhere else.",
    errno.EACCES: "This folder may not be written to. Save somewhere else.",
    errno.EPERM: "This folder may not be written to. Save somewhere else.",
    errno.ENOENT: "The folder does not exist (any more). Choose another.",
    errno.ENOTDIR: "A part of this path is a file, not a folder. Choose another.",
    errno.ELOOP: "The link leads back to itself. Save somewhere else.",
    errno.ENAMETOOLONG: "The name is too long. Choose a shorter one.",
}


def write_atomically(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Replace the file at ``path``, or make it, so that it is whole and on the disk when this returns.

    A link is followed; the permissions of a file that is there are kept. On any error the old file is as it
    was, nothing else is left behind, and FileError says what to do.
    """
    chunks = (data,) if isinstance(data, bytes) else data
    try:
        target = path.resolve(strict=False)
        mode = _mode_of(target, path)
        _replace(target, chunks, mode)
    except OSError as error:
        raise FileError(_advice(error), path=path) from error
    except (RuntimeError, ValueError) as error:  # a link that leads to itself; a name that cannot be
        raise FileError(f"The file cannot be saved under this name: {error}.", path=path) from error


def _mode_of(target: Path, path: Path) -> int | None:
    """Permissions of the file to be replaced; ``None`` if there is none."""
    try:
        found = target.stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        raise FileError("There is a folder, a pipe or a device of this name. Choose another.", path=path)
    if not os.access(target, os.W_OK):
        raise FileError("The file is read-only. Save under another name.", path=path)
    return stat.S_IMODE(found.st_mode)


def _replace(target: Path, chunks: Iterable[bytes], mode: int | None) -> None:
    """Write beside ``target`` and move over it."""
    temporary = target.with_name(f".gradarium-{secrets.token_hex(8)}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(temporary, flags, 0o666)
        try:
            for chunk in chunks:
                _write_all(handle, chunk)
            if mode is not None:
                temporary.chmod(mode)
            os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(temporary, target)  # noqa: PTH105 - the name that tests hold on to
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(target.parent)


def _write_all(handle: int, data: bytes) -> None:
    """All of ``data``: the system may take less than it is given."""
    rest = memoryview(data)
    while rest:
        written = os.write(handle, rest)
        if written <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        rest = rest[written:]


def _sync_folder(folder: Path) -> None:
    """Make the new name durable, where the system can do that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _advice(error: OSError) -> str:
    known = _ADVICE.get(error.errno or 0)
    return known or f"The file cannot be saved: {error.strerror or error}."
