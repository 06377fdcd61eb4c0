"""Pictures that follow each other in one file: GIF, which plays everywhere, and MP4, which is small and smooth.

The same pictures give the same file. The libraries are loaded when the first file is written.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QImage, QPainter

from gui_app.ui.figures.export import take_place
from gui_app.ui.figures.picture import Picture
from gui_app.ui.figures.progress import Progress

FPS = 15
"""Pictures a second while something moves."""
MOST_SIDE = 1920
"""Pixels of the longest side, unless another size is asked for."""
MOVE_SECONDS, REST_SECONDS = 0.7, 1.1
"""While something is on its way, and while it can be read."""
FIRST_SECONDS, LAST_SECONDS = 1.5, 3.0
LONGEST_SECONDS = 60.0
"""A long film goes faster, and leaves moments out if need be."""
LEAST_MOVE = 0.35
"""A film that gives a moment less time than this does not show what moves."""

Pixels = NDArray[np.uint8]
"""(height, width, 3): red, green, blue."""


class Film(Protocol):
    """A picture that can show several moments."""

    def show(self, index: int, phase: float) -> None:
        """Go to a moment: frame ``index``, in which what moves has come as far as ``phase``."""


class FilmPicture(Picture, Film, Protocol):
    """See its parts."""


class Shot(NamedTuple):
    """One picture of a film, and how long it stands."""

    index: int
    phase: float
    seconds: float


def script(count: int, fps: float) -> list[Shot]:
    """The shots of a film of ``count`` frames: each moves, then rests; the first and the last rest longer."""
    usual = MOVE_SECONDS + REST_SECONDS
    pace = min(1.0, LONGEST_SECONDS / (usual * max(count, 1)))
    stride = max(1, round(1 / (fps * usual * pace)))
    shots = [Shot(0, 1.0, FIRST_SECONDS)]
    moving = max(1, round(MOVE_SECONDS * pace * fps)) if usual * pace >= LEAST_MOVE else 0
    for index in range(stride, count, stride):
        shots += [Shot(index, k / moving, 1 / fps) for k in range(moving)]
        rest = usual * pace * stride - moving / fps
        shots.append(Shot(index, 1.0, max(rest, 1 / fps)))
    if count > 1:
        shots.append(Shot(count - 1, 1.0, LAST_SECONDS))
    return shots


def write_animation(
    picture: FilmPicture,
    count: int,
    path: Path,
    *,
    fps: float = FPS,
    scale: float = 1.0,
    size: QSizeF | None = None,
    progress: Progress | None = None,
) -> None:
    """Write the film of ``picture``, which has ``count`` frames, to ``path``; its suffix decides the format.

    ``size`` in pixels is exact; else it is the picture's times ``scale``, at most MOST_SIDE on the longest side.
    Callable in any thread. Raises ValueError for another suffix, OSError where the file cannot be written, Cancelled
    as ``progress`` says. A film that fails leaves what was there before.
    """
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise ValueError(
            f"“{path.name}” is no animation that can be written: use one of {', '.join(WRITERS)}."
        )
    progress = progress or Progress()
    shots = script(count, fps)
    progress.total = len(shots)
    width, height = _extent(picture, scale, size)

    def painted() -> Iterator[tuple[Pixels, float]]:
        for shot in shots:
            progress.step()
            picture.show(shot.index, shot.phase)
            yield _pixels(picture, width, height), shot.seconds

    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        made = Path(folder) / f"film{path.suffix.lower()}"
        writer(made, painted(), (width, height), fps)
        take_place(made, path)


def _extent(picture: Picture, scale: float, size: QSizeF | None) -> tuple[int, int]:
    """Width and height in pixels, even as video wants them."""
    if size is None:
        natural = picture.size() * scale
        size = natural * min(1.0, MOST_SIDE / max(natural.width(), natural.height()))
    return max(2, round(size.width() / 2) * 2), max(2, round(size.height() / 2) * 2)


def _pixels(picture: Picture, width: int, height: int) -> Pixels:
    image = QImage(width, height, QImage.Format.Format_RGB888)
    if image.isNull():
        raise MemoryError(f"No memory for an image of {width:,} × {height:,} pixels.")
    with QPainter(image) as painter:
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        picture.paint(painter, QRectF(0, 0, width, height))
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
    return lines[:, : 3 * width].reshape(height, width, 3).copy()


def _write_gif(
    path: Path, pictures: Iterable[tuple[Pixels, float]], _size: tuple[int, int], _fps: float
) -> None:
    """Each picture with its own palette of 256 colours; how long it stands in hundredths of a second."""
    import imageio.v3 as imageio

    durations: list[int] = []
    with imageio.imopen(path, "w", plugin="pillow") as file:
        for pixels, seconds in pictures:
            durations.append(max(2, round(100 * seconds)) * 10)
            stands = durations if len(durations) > 1 else durations[0]  # as one picture alone needs it
            file.write(pixels, is_batch=False, bits=8, duration=stands, loop=0)


def _write_mp4(
    path: Path, pictures: Iterable[tuple[Pixels, float]], size: tuple[int, int], fps: float
) -> None:
    """H.264 that players and slides take."""
    import imageio_ffmpeg

    encoder = imageio_ffmpeg.write_frames(
        str(path),
        size,
        fps=fps,
        quality=8,
        macro_block_size=2,
        ffmpeg_log_level="error",
        output_params=[
            "-movflags",
            "+faststart",
            "-fflags",
            "+bitexact",
            "-flags:v",
            "+bitexact",
            "-threads",
            "1",
        ],
    )
    with contextlib.closing(encoder):
        encoder.send(None)
        for pixels, seconds in pictures:
            for _ in range(max(1, round(seconds * fps))):
                encoder.send(pixels)


Writer = Callable[[Path, Iterable[tuple[Pixels, float]], tuple[int, int], float], None]
WRITERS: dict[str, Writer] = {".gif": _write_gif, ".mp4": _write_mp4}
"""What writes the files of a suffix."""
