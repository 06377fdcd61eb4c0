"""What the arguments of the command line may be: each from its text, or argparse's complaint in words."""

from __future__ import annotations

import argparse
import contextlib
import re
from pathlib import Path

LEAST_SIZE = (320, 200)
"""Width and height of the smallest picture in which the labels have room."""
MOST_SIDE = 16384
MOST_SCALE = 100
"""A picture is written band by band: what it takes is time and disk."""


def words(text: str) -> list[str]:
    """Words between commas or spaces."""
    return [word for word in re.split(r"[,\s]+", text) if word]


def numbers(text: str) -> list[float]:
    """Numbers between commas or spaces."""
    try:
        return [float(word) for word in words(text)]
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of numbers") from error


def natural(text: str) -> int:
    """A whole number from 0 on."""
    if not re.fullmatch(r"[0-9]{1,10}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def size(text: str) -> tuple[int, int]:
    """Width and height of a picture."""
    match = re.fullmatch(r"([0-9]{1,5})[x×]([0-9]{1,5})", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size like 1280x800")
    width, height = int(match[1]), int(match[2])
    if not (LEAST_SIZE[0] <= width <= MOST_SIDE and LEAST_SIZE[1] <= height <= MOST_SIDE):
        least, most = f"{LEAST_SIZE[0]}x{LEAST_SIZE[1]}", f"{MOST_SIDE}x{MOST_SIDE}"
        raise argparse.ArgumentTypeError(f"{text} is out of range: at least {least}, at most {most}")
    return width, height


def scale(text: str) -> float:
    """Pixels per point."""
    return _between(text, 1, MOST_SCALE)


def fps(text: str) -> float:
    """Pictures a second."""
    return _between(text, 1, 60)


def _between(text: str, least: float, most: float) -> float:
    with contextlib.suppress(ValueError):
        if least <= float(text) <= most:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least:g} to {most:g}")


def output(text: str) -> Path:
    """A file that can be written, as far as its folder tells."""
    path = Path(text)
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is a folder: name a file")
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {path.parent}")
    return path
