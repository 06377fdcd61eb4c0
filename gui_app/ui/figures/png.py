"""PNG files of any size, written band by band: neither memory nor the painter's limits cap them."""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QImage, QPainter

from gui_app.ui.figures.picture import Picture

BAND_BYTES = 64 * 2**20
"""Memory of one band."""
TILE = 16_384
"""Most pixels of a tile's side: the raster painter's coordinates end at 32,767."""
MAX_SIDE = 2**31 - 1
"""The format's own limit."""


def pixels(size: QSizeF, scale: float) -> tuple[int, int]:
    """Width and height of the file. Raises ValueError where the format has no room for them."""
    width, height = max(1, round(size.width() * scale)), max(1, round(size.height() * scale))
    if max(width, height) > MAX_SIDE:
        raise ValueError(f"A PNG picture has at most {MAX_SIDE:,} pixels on a side: choose a smaller scale.")
    return width, height


def parts(size: QSizeF, scale: float) -> int:
    """How often a picture of that size is painted for one file."""
    width, height = pixels(size, scale)
    return -(-height // _rows(width)) * -(-width // TILE)


def _rows(width: int) -> int:
    """Of a band."""
    return max(1, min(TILE, BAND_BYTES // (4 * width)))


def write(picture: Picture, file: BinaryIO, size: QSizeF, scale: float, title: str) -> None:
    """Write ``picture``, laid out at ``size`` and magnified by ``scale``, as a PNG with 8 bits a channel."""
    width, height = pixels(size, scale)
    file.write(b"\x89PNG\r\n\x1a\n")
    _chunk(file, b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    if title:
        _chunk(file, b"iTXt", b"Title\0\0\0\0\0" + title.replace("\0", "").encode())
    packer = zlib.compressobj(6)
    above = np.zeros(4 * width, np.uint8)
    rows = _rows(width)
    for top in range(0, height, rows):
        band = _band(picture, size, scale, top, min(rows, height - top), width)
        _chunk(file, b"IDAT", packer.compress(_filtered(band, above).tobytes()))
        above = band[-1]
    _chunk(file, b"IDAT", packer.flush())
    _chunk(file, b"IEND", b"")


def _chunk(file: BinaryIO, kind: bytes, data: bytes) -> None:
    file.write(struct.pack(">I", len(data)) + kind + data)
    file.write(struct.pack(">I", zlib.crc32(kind + data)))


def _filtered(band: NDArray[np.uint8], above: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Each row as its difference from the one above (the format's filter 2), which packs well."""
    rows = np.empty((len(band), band.shape[1] + 1), np.uint8)
    rows[:, 0] = 2
    rows[0, 1:] = band[0] - above
    rows[1:, 1:] = band[1:] - band[:-1]
    return rows


def _band(picture: Picture, size: QSizeF, scale: float, top: int, rows: int, width: int) -> NDArray[np.uint8]:
    """Rows ``top`` … of the file, (rows, 4 × width), painted in tiles."""
    band = np.empty((rows, 4 * width), np.uint8)
    for left in range(0, width, TILE):
        across = min(TILE, width - left)
        tile = image(picture, size, scale, left, top, across, rows)
        lines = np.frombuffer(tile.constBits(), np.uint8).reshape(rows, tile.bytesPerLine())
        band[:, 4 * left : 4 * (left + across)] = lines[:, : 4 * across]
    return band


def image(
    picture: Picture, size: QSizeF, scale: float, left: int, top: int, width: int, height: int
) -> QImage:
    """The stretch of ``width`` × ``height`` pixels at (left, top) of the magnified picture."""
    made = QImage(width, height, QImage.Format.Format_RGBA8888)
    if made.isNull():
        raise MemoryError(f"No memory for an image of {width:,} × {height:,} pixels.")
    made.fill(Qt.GlobalColor.transparent)
    with QPainter(made) as painter:
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.translate(-left, -top)
        painter.scale(scale, scale)
        picture.paint(painter, QRectF(0, 0, size.width(), size.height()))
    return made
