"""A surface over two axes as pixels: for every pixel the place where a ray from the eye first meets it.

The surface has one height at every place and the rays are parallel, so the rays of one column of pixels lie in an
upright plane that cuts the surface in one curve. Seen from the near end of that curve, a ray that starts above it first
meets it where the curve's highest point so far reaches the ray, one that starts below it where the lowest point so far
does: two running extremes and a binary search. No graphics card, no context, the same picture everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from gui_app.ui.descent.camera import HEIGHT, Camera
from gui_app.ui.descent.levels import colours

Array = NDArray[np.float64]
SAMPLES = 320
"""Most places along each column of pixels at which the surface is looked up."""
SHADES, TONES = 1024, 128
"""Colours of the heights, and how bright they can be."""
FINE = 4096
"""Heights that can be told apart where level lines are drawn."""
LIGHT = np.array([-0.45, -0.35, 1.0])
"""Towards the light, from the eye's position: right, away, up."""
AMBIENT, UNDERSIDE = 0.42, 0.55
LINE = 0.45
"""How dark level lines are."""


@dataclass(frozen=True, slots=True, eq=False)
class Relief:
    """Heights (n, m) from 0 to 1 over the ground, NaN where there is nothing, and the heights of the level lines."""

    heights: Array
    levels: Array = field(default_factory=lambda: np.empty(0))

    def at(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> Array:
        """The heights at places on the ground (any shape, each from -1 to 1), NaN outside."""
        return _Lookup(self.heights.shape, x, y).of(self.heights)

    def painted(
        self, camera: Camera, width: int, height: int, scale: float, offset: float = 0.0
    ) -> NDArray[np.uint8]:
        """The picture, (height, width, 4) in the order blue, green, red, alpha, premultiplied.

        ``scale`` is in pixels per unit of the ground; the middle of the box is ``offset`` pixels below the middle of
        the picture.
        """
        picture = np.zeros((height, width, 4), np.uint8)
        right = (np.arange(width) + 0.5 - width / 2) / scale
        near, far = _chords(camera, right)
        shown = np.flatnonzero(far > near)
        if not len(shown):
            return picture
        columns = slice(int(shown[0]), int(shown[-1]) + 1)
        count = int(min(SAMPLES, max(scale, 32.0)))
        cut = _Cut(self, camera, right[columns], (near[columns], far[columns]), count)
        rows = (height / 2 + offset - np.arange(height) - 0.5) / scale
        kept = np.flatnonzero((rows >= cut.low) & (rows <= cut.high))
        if len(kept):
            lines = slice(int(kept[0]), int(kept[-1]) + 1)
            picture[lines, columns] = _inked(*cut.first_meetings(rows[lines]), self.levels)
        return picture

    def hidden(self, camera: Camera, x: Array, y: Array, height: Array) -> NDArray[np.bool_]:
        """Which points (n,) in the box lie behind the surface, looked at from the eye."""
        cos, sin, up, along = camera.ground
        steps = np.linspace(0.02, 1.0, 60)[:, None]
        reach = 2.9 * steps  # towards the eye, along the ground: never longer than the diagonal
        ray = height + reach * along / max(up, 1e-6) / HEIGHT
        ground = self.at(x + reach * cos, y + reach * sin)
        with np.errstate(invalid="ignore"):
            over = ground - ray
            clear = 0.004 + 0.02 * steps
            crossed = np.nanmax(np.where(np.isnan(over), -1.0, over - clear), axis=0) > 0
        return np.asarray(crossed)


def _chords(camera: Camera, right: Array) -> tuple[Array, Array]:
    """Where the upright planes at ``right`` enter and leave the ground, along the ground away from the eye."""
    cos, sin, _, _ = camera.ground
    near, far = np.full(len(right), -np.inf), np.full(len(right), np.inf)
    # x = -right * sin - away * cos and y = right * cos - away * sin both stay within -1 … 1.
    for start, slope in ((-right * sin, -cos), (right * cos, -sin)):
        if abs(slope) < 1e-9:
            outside = np.abs(start) > 1
            near[outside], far[outside] = np.inf, -np.inf
            continue
        ends = np.sort(np.stack(((-1 - start) / slope, (1 - start) / slope)), axis=0)
        near, far = np.maximum(near, ends[0]), np.minimum(far, ends[1])
    return near, far


class _Cut:
    """The surface along the upright planes of the pixels' columns: heights, brightness and places on the screen."""

    def __init__(
        self, relief: Relief, camera: Camera, right: Array, chord: tuple[Array, Array], count: int
    ) -> None:
        cos, sin, up, along = camera.ground
        near, far = (np.where(chord[1] > chord[0], end, 0.0)[:, None] for end in chord)
        away = near + (far - near) * np.linspace(0, 1, count)
        x, y = -right[:, None] * sin - away * cos, right[:, None] * cos - away * sin
        lookup = _Lookup(relief.heights.shape, x, y)
        self._heights = lookup.of(relief.heights)
        self._bright = lookup.of(_brightness(relief.heights, camera))
        self._screen = (self._heights - 0.5) * (HEIGHT * up) + away * along
        self._screen[chord[1] <= chord[0]] = np.nan
        known = self._screen[~np.isnan(self._screen)]
        self.low = float(known.min()) if len(known) else np.inf
        self.high = float(known.max()) if len(known) else -np.inf

    def first_meetings(self, rows: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
        """For each pixel (rows, columns) the height that is seen, NaN for none; its brightness; whether from below."""
        screen = self._screen
        count = screen.shape[1]
        is_under = rows[None] < np.where(np.isnan(screen), np.inf, screen)[:, :1]
        place = np.where(is_under, count, 0)
        for sign, asked in ((1.0, ~is_under), (-1.0, is_under)):
            place[asked] = _searched(screen, rows, sign, asked)
        known, place = place < count, np.minimum(place, count - 1)
        at = place + count * np.arange(len(screen))[:, None]
        before = at - (place > 0)
        low, high = screen.ravel()[before], screen.ravel()[at]
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(high != low, (rows[None] - low) / (high - low), 0.0)
        seen, light = (
            flat[before] + (flat[at] - flat[before]) * share
            for flat in (self._heights.ravel(), self._bright.ravel())
        )
        return np.where(known, seen, np.nan).T, light.T, is_under.T


def _searched(screen: Array, rows: Array, sign: float, asked: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The sample at which the running extreme of each line first reaches a row; their number where it never does.

    ``screen`` is (lines, samples); the answer is for the pixels (lines, rows) that are ``asked`` for.
    """
    lines, count = screen.shape
    reach = np.fmax.accumulate(sign * screen, axis=1)
    reach = np.where(np.isnan(reach), -50.0, reach)
    base = 200.0 * np.arange(lines)[:, None]
    wanted = (base + np.clip(sign * rows, -49.0, 90.0)[None])[asked]
    line = np.nonzero(asked)[0]
    found = np.searchsorted((reach + base).ravel(), wanted) - count * line
    return np.clip(found, 0, count)


class _Lookup:
    """Bilinear look-up at places from -1 to 1 along both axes of arrays (n, m); NaN outside."""

    def __init__(self, shape: tuple[int, ...], x: NDArray[np.floating], y: NDArray[np.floating]) -> None:
        n, m = shape
        across, down = (x + 1) * ((n - 1) / 2), (y + 1) * ((m - 1) / 2)
        edge = 1e-6 * max(n, m)
        self._outside = ~(
            (across >= -edge) & (across <= n - 1 + edge) & (down >= -edge) & (down <= m - 1 + edge)
        )
        across = np.where(self._outside, 0.0, np.clip(across, 0, n - 1))
        down = np.where(self._outside, 0.0, np.clip(down, 0, m - 1))
        i, j = np.minimum(across.astype(np.intp), n - 2), np.minimum(down.astype(np.intp), m - 2)
        self._at, self._width = i * m + j, m
        self._s, self._t = across - i, down - j

    def of(self, values: Array) -> Array:
        """The values there."""
        flat, at, m = values.ravel(), self._at, self._width
        low = flat[at] + (flat[at + 1] - flat[at]) * self._t
        high = flat[at + m] + (flat[at + m + 1] - flat[at + m]) * self._t
        return np.where(self._outside, np.nan, low + (high - low) * self._s)


def _brightness(heights: Array, camera: Camera) -> Array:
    """How bright each point of the grid is, (n, m): the light turns with the eye."""
    cos, sin, _, _ = camera.ground
    n, m = heights.shape
    slope_x, slope_y = np.gradient(heights * HEIGHT, 2 / (n - 1), 2 / (m - 1))
    right, away, top = LIGHT / np.linalg.norm(LIGHT)
    light_x, light_y = -right * sin - away * cos, right * cos - away * sin
    with np.errstate(invalid="ignore"):
        lit = (top - light_x * slope_x - light_y * slope_y) / np.sqrt(1 + slope_x**2 + slope_y**2)
    return np.nan_to_num(AMBIENT + (1 - AMBIENT) * np.clip(lit, 0.0, 1.0) * 1.12, nan=0.8)


def _inked(seen: Array, light: Array, is_under: NDArray[np.bool_], levels: Array) -> NDArray[np.uint8]:
    """Heights (rows, columns) as colours, with level lines of about one pixel."""
    known = ~np.isnan(seen)
    place = np.where(known, np.clip(seen, 0, 1), 0.0)
    shade = np.where(is_under, light * UNDERSIDE, light)
    if len(levels):
        shade = shade * (1 - LINE * _near_a_level(place, known, levels))
    tone = np.where(known, np.clip(shade, 0.0, 1.2) * ((TONES - 1) / 1.2), 0).astype(np.intp)
    picture = _table()[(place * (SHADES - 1)).astype(np.intp) * TONES + tone]
    picture[~known] = 0
    return np.ascontiguousarray(picture).view(np.uint8).reshape(*seen.shape, 4)


def _near_a_level(place: Array, known: NDArray[np.bool_], levels: Array) -> Array:
    """1 on a level line, falling to 0 within a pixel of it."""
    fine = np.linspace(0, 1, FINE)
    near = (
        np.clip(np.searchsorted(levels, fine), 1, len(levels) - 1) if len(levels) > 1 else np.zeros(FINE, int)
    )
    gap = np.minimum(np.abs(fine - levels[near]), np.abs(fine - levels[np.maximum(near - 1, 0)]))
    steep = np.zeros_like(place)
    down, across = np.abs(np.diff(place, axis=0)), np.abs(np.diff(place, axis=1))
    steep[1:] = down
    steep[:, 1:] = np.maximum(steep[:, 1:], across)
    steep = np.where(known & (steep < 0.2), steep, 1.0)
    distance = gap[(place * (FINE - 1)).astype(np.intp)] / np.maximum(steep, 0.5 / FINE)
    return np.clip(1.25 - distance, 0.0, 1.0) * (steep < 0.2)


@cache
def _table() -> NDArray[np.uint32]:
    """Viridis in TONES of brightness up to 1.2, (SHADES · TONES,): the four bytes of each colour."""
    plain = np.array([[int(c[at : at + 2], 16) for at in (5, 3, 1)] for c in colours(SHADES)], float)
    toned = np.minimum(plain[:, None] * np.linspace(0, 1.2, TONES)[None, :, None], 255.0)
    opaque = np.full((SHADES, TONES, 1), 255.0)
    table: NDArray[np.uint32] = (
        np.concatenate((toned, opaque), axis=2).astype(np.uint8).view(np.uint32).ravel()
    )
    return table
