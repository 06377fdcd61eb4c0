"""Pictures as files and on the clipboard: PNG at any magnification, SVG and PDF with text as text."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QMimeData, QRectF, QSize, QSizeF
from PySide6.QtGui import QGuiApplication, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from gui_app.ui.figures import png
from gui_app.ui.figures.picture import Picture, ScenePicture

__all__ = ["FORMATS", "Picture", "ScenePicture", "copy", "export"]

PDF_MOST = 14_400.0
"""Points of the longest side of a page that readers accept; larger pictures are scaled down to it."""
PDF_RESOLUTION = 1200
"""Dots per inch to which the page's coordinates are rounded."""
COPY_MOST = 16_384
"""Pixels of the longest side on the clipboard, which has to hold the image unpacked."""

Writer = Callable[[Picture, BinaryIO, QSizeF, float, str], None]


def export(
    picture: Picture, path: Path, *, scale: float = 1.0, size: QSizeF | None = None, title: str = ""
) -> None:
    """Write the picture to ``path``; its suffix decides the format.

    ``size`` in pixels is the layout's, by default the screen's. ``scale`` magnifies a PNG's pixels; SVG and PDF
    have none and ignore it. Raises ValueError for another suffix or a size that is not positive, OSError
    where the file cannot be written. A failed export leaves what was there before.
    """
    writer = FORMATS.get(path.suffix.lower())
    if writer is None:
        known = ", ".join(FORMATS)
        raise ValueError(f"“{path.name}” is no picture format that can be written: use one of {known}.")
    laid_out = size or picture.size()
    if not (laid_out.width() > 0 and laid_out.height() > 0 and scale > 0):
        raise ValueError("A picture needs a width, a height and a scale above 0.")
    _replace(path, lambda file: writer(picture, file, laid_out, scale, title))


def copy(picture: Picture, scale: float = 1.0) -> None:
    """Put the picture on the clipboard, as an image and as SVG."""
    size = picture.size()
    width, height = png.pixels(size, scale)
    if max(width, height) > COPY_MOST:
        raise ValueError(
            f"The picture has {width:,} × {height:,} pixels: save it, or copy it at a smaller scale."
        )
    data = QMimeData()
    data.setImageData(png.image(picture, size, scale, 0, 0, width, height))
    data.setData("image/svg+xml", _svg(picture, size, picture.name))
    QGuiApplication.clipboard().setMimeData(data)


def _replace(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Write beside ``path`` and move into its place, once all is on the disk."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        take_place(Path(name), path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def take_place(fresh: Path, path: Path) -> None:
    """Move a finished file into its place, with the permissions of the one that it replaces or of any new one."""
    if path.exists():
        fresh.chmod(path.stat().st_mode & 0o777)
    else:
        mask = os.umask(0)
        os.umask(mask)
        fresh.chmod(0o666 & ~mask)
    fresh.replace(path)


def _svg(picture: Picture, size: QSizeF, title: str) -> QByteArray:
    """The picture as SVG; Qt escapes what the texts hold."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(96)
    generator.setSize(QSize(round(size.width()), round(size.height())))
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    generator.setTitle(title)
    generator.setDescription("")
    with QPainter(generator) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        picture.paint(painter, QRectF(0, 0, size.width(), size.height()))
    return buffer.data()


def _pdf(picture: Picture, size: QSizeF, title: str) -> QByteArray:
    """The picture as one page of its own size: a pixel becomes a point."""
    shrink = min(1.0, PDF_MOST / max(size.width(), size.height()))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(PDF_RESOLUTION)
    writer.setTitle(title)
    page = QPageSize(size * shrink, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch)
    writer.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF()))
    with QPainter(writer) as painter:
        painter.scale(shrink * PDF_RESOLUTION / 72, shrink * PDF_RESOLUTION / 72)
        picture.paint(painter, QRectF(0, 0, size.width(), size.height()))
    return buffer.data()


def _write_svg(picture: Picture, file: BinaryIO, size: QSizeF, _scale: float, title: str) -> None:
    file.write(_svg(picture, size, title).data())


def _write_pdf(picture: Picture, file: BinaryIO, size: QSizeF, _scale: float, title: str) -> None:
    file.write(_pdf(picture, size, title).data())


FORMATS: dict[str, Writer] = {".png": png.write, ".svg": _write_svg, ".pdf": _write_pdf}
"""What writes the files of a suffix."""
