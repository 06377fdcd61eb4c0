"""Whether Qt's system libraries and a display are there, asked before Qt is imported.

Qt's own answer to a missing library is a traceback or an abort; this one is a sentence with the command to type.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Mapping

LIBRARIES: dict[str, str] = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libX11.so.6": "libx11-6",
}
"""What PySide6's QtGui and QtWidgets are linked against, with Debian's names of the packages."""

X11_LIBRARIES: dict[str, str] = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
"""What a window on X11 needs besides."""


def missing_libraries(libraries: Mapping[str, str] | None = None) -> list[str]:
    """Debian packages of the libraries that cannot be loaded; by default of all that a window needs."""
    wanted = LIBRARIES | X11_LIBRARIES if libraries is None else libraries
    return [package for library, package in wanted.items() if not _loads(library)]


def explain(window: bool = True) -> str | None:
    """One sentence on what is missing and what to type; ``None`` if nothing is.

    ``window`` False asks only for what drawing into a file needs. Other systems than Linux bring everything.
    """
    if not sys.platform.startswith("linux"):
        return None
    chosen = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    shown = window and chosen in ("", "xcb", "wayland")
    display = bool(os.environ.get("DISPLAY"))
    wayland = bool(os.environ.get("WAYLAND_DISPLAY"))
    on_x11 = shown and display and not wayland
    missing = missing_libraries(LIBRARIES | X11_LIBRARIES if on_x11 else LIBRARIES)
    if missing:
        return f"Qt needs system libraries that are not installed: sudo apt-get install {' '.join(missing)}"
    if shown and not display and not wayland:
        return (
            "There is no display to open a window on. Start it from a desktop session, or work without "
            "a window: gradarium run, render and verify need none."
        )
    return None


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
