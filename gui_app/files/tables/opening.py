"""A file of a table, opened with care: what it is, how large, read in pieces that can be watched and stopped."""

from __future__ import annotations

import codecs
import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gui_app.core.table import ReadingStopped
from gui_app.files.errors import FileError
from gui_app.files.reading import reason

MAX_BYTES = 2 * 2**30
"""Largest file that is opened."""

_SMALL = 64 * 2**20
"""What may be packed as tightly as it likes."""
_TIGHTEST = 200

Progress = Callable[[float], None]
"""Takes the share that has been read, 0 … 1; called from the reading thread."""
Cancelled = Callable[[], bool]


@contextmanager
def opened(path: Path) -> Iterator[io.FileIO]:
    """The regular file, open for reading and unbuffered. Raises FileError that names the path.

    A FileError that is raised while it is open gets the path as well.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise FileError("This is a folder. Choose a file in it.", path=path)
        if not stat.S_ISREG(mode):
            raise FileError("This is a pipe or a device, not a file.", path=path)
        file = io.FileIO(path)
    except (OSError, ValueError) as error:
        raise FileError(reason(error), path=path) from error
    with file:
        size = size_of(file)
        if size > MAX_BYTES:
            raise FileError(f"It is too large: {said_size(size)}, at most {said_size(MAX_BYTES)}.", path=path)
        if not size:
            raise FileError("The file is empty.", path=path)
        try:
            yield file
        except FileError as error:
            raise error.at(path) from error
        except OSError as error:
            raise FileError(reason(error), path=path) from error


def size_of(file: io.FileIO) -> int:
    """Bytes of an open file."""
    return os.fstat(file.fileno()).st_size


def said_size(size: int) -> str:
    """``3.2 MB``"""
    shown = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if shown < 999.5:
            return f"{shown:.3g} {unit}"
        shown /= 1000
    return f"{shown:,.3g} TB"


def check_swelling(packed: int, unpacked: int) -> None:
    """Refuse, with a FileError, what is packed so tightly that it can only be meant to fill the memory."""
    if unpacked > _SMALL and unpacked > _TIGHTEST * packed:
        raise FileError(f"It swells from {said_size(packed)} to {said_size(unpacked)}: refused.")


class Watched(io.RawIOBase):
    """A file whose reading tells how far it is, ends when it is no longer wanted and comes out as UTF-8.

    ``check`` sees each piece as it was read. Raises ReadingStopped and FileError out of ``read``.
    """

    def __init__(
        self,
        file: io.FileIO,
        progress: Progress,
        cancelled: Cancelled,
        *,
        encoding: str = "utf-8",
        check: Callable[[bytes], None] = lambda _: None,
    ) -> None:
        super().__init__()
        self._file, self._progress, self._cancelled, self._check = file, progress, cancelled, check
        self._decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)()
        self._encoding = encoding
        self.size = size_of(file)
        """Bytes of the whole file."""
        self._share = 0.0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._decoder is None

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, most: int = -1) -> bytes:
        """The next piece; empty at the end."""
        if self._cancelled():
            raise ReadingStopped
        widest = 4  # bytes of a character in UTF-8: what comes out must not be longer than what was asked for
        piece = self._file.read(most if self._decoder is None else most // widest) or b""
        self._share = max(
            self._share, min(1.0, self._file.tell() / self.size)
        )  # some formats read the end first
        self._progress(self._share)
        if self._decoder is not None:
            piece = self._recoded(piece, self._decoder)
        self._check(piece)
        return piece

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def _recoded(self, piece: bytes, decoder: codecs.IncrementalDecoder) -> bytes:
        try:
            while True:
                text = decoder.decode(piece, final=not piece)
                if text or not piece:
                    return text.encode()
                piece = self._file.read(64) or b""  # an empty answer would be taken for the end
        except UnicodeError as error:
            raise FileError(f"It is not {self._encoding} text. Choose another encoding.") from error
