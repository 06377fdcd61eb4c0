"""ZIP files, which may lie and swell: looked at before anything is unpacked, and never unpacked to disk."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import IO, cast

from gui_app.files.errors import FileError
from gui_app.files.tables.opening import MAX_BYTES, check_swelling, said_size

MAX_MEMBERS = 10_000
_DIRECTORY = 4 * 2**20
"""Most bytes of the list of members."""
DAMAGED = "The archive is damaged or cut off."
_END = b"PK\5\6"
_LARGE_END = 56 + 20


def open_archive(file: io.RawIOBase, most: int = MAX_BYTES) -> zipfile.ZipFile:
    """The archive, if it has a sensible number of members and unpacks to at most ``most`` bytes.

    Raises FileError.
    """
    _check_directory(file)
    try:
        archive = zipfile.ZipFile(cast(IO[bytes], file))
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        raise FileError(DAMAGED) from error
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    check_swelling(packed, unpacked)
    if unpacked > most:
        raise FileError(f"It unpacks to {said_size(unpacked)}; at most {said_size(most)} are read.")
    for member in members:
        _check_name(member.filename)
        if member.flag_bits & 1:
            raise FileError("The archive is encrypted. Unpack it first.")
    return archive


def _check_name(name: str) -> None:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name:
        raise FileError("The archive names a file outside itself: refused.")


def _check_directory(file: io.RawIOBase) -> None:
    """The list of members is read whole by Python's reader: look first how long it is."""
    end = file.seek(0, io.SEEK_END)
    start = max(0, end - 65_557)
    file.seek(start)
    tail = file.read(end - start) or b""
    place = tail.rfind(_END)
    if place < 0 or len(tail) < place + 20:
        raise FileError(DAMAGED)
    members, length = struct.unpack_from("<HI", tail, place + 10)
    large = tail[max(0, place - _LARGE_END) : place]
    if large.startswith(b"PK\6\6"):  # the record of a large archive, which Python's reader believes instead
        members, length = struct.unpack_from("<QQ", large, 32)
    if members > MAX_MEMBERS or length > _DIRECTORY:
        raise FileError(f"The archive has too many members; at most {MAX_MEMBERS:,} are looked at.")
    file.seek(0)


BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, OSError, ValueError)
"""What reading a member of a damaged archive raises."""
