"""The pixels of a basin map: one for each start, coloured by what became of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from gui_app.core.starts_study import AHEAD, DIVERGED, UNDERWAY, BasinMap, height
from gui_app.ui.descent.levels import VIRIDIS
from gui_app.ui.theme import CATEGORY_LIGHT, Palette

COARSEST = 8
"""Stride of the first starts of a large map."""
LIGHTEST, DARKEST = 0.3, 0.5
"""White in the colour of a start that needs few steps, and what is left of that of one that needs many."""
ENDS = (0.02, 0.98)
"""Shares of the starts that need fewer and more steps than the shades tell apart."""
FINE = 512
"""Pixels along each side that patterns are drawn on."""
ROUNDING = 1e-9
"""Share of the objective's range that is no difference between two losses."""
LOST = ("#2b3038", "#596270")
"""Of starts that diverge, and of the lines across them."""
WAITING = ("#8d95a0", "#aab1bb")
"""Of starts that are still under way, and of the dots on them."""
Colours = NDArray[np.float64]


def nearest_known(labels: NDArray[np.int16]) -> NDArray[np.intp]:
    """For each start (side, side) the flat index of the one that stands for it: itself once it has been run."""
    side = len(labels)
    source = np.arange(side * side).reshape(side, side)
    stride = COARSEST
    while stride >= 1:
        half, whole = stride // 2, side // stride * stride
        sub = labels[half:whole:stride, half:whole:stride]
        at = source_of(side, stride)
        block = np.repeat(np.repeat(at, stride, 0), stride, 1)
        known = np.repeat(np.repeat(sub != AHEAD, stride, 0), stride, 1)
        target = source[:whole, :whole]
        target[known] = block[known]
        stride //= 2
    return source


def source_of(side: int, stride: int) -> NDArray[np.intp]:
    """The flat indices of the starts in the middle of blocks of ``stride`` by ``stride``."""
    at = np.arange(side // stride) * stride + stride // 2
    return at[:, None] * side + at


def ranked(minimum: int) -> QColor:
    """The colour of a minimum: those of the categories, then lighter and darker ones of them."""
    # The light theme's are deep enough to carry letters and shades in both.
    colour = QColor(CATEGORY_LIGHT[minimum % (len(CATEGORY_LIGHT) - 1)])
    turn = minimum // (len(CATEGORY_LIGHT) - 1)
    lighter = (100, 150, 75, 185, 60)[turn % 5]
    return colour.lighter(lighter if lighter > 100 else 100).darker(
        100 if lighter >= 100 else 10000 // lighter
    )


def viridis(shares: NDArray[np.float64]) -> Colours:
    """Colours (…, 3) from 0 to 255 for shares from 0 to 1."""
    table = np.array([QColor(name).getRgb()[:3] for name in VIRIDIS], float)
    at = np.clip(shares, 0.0, 1.0) * (len(table) - 1)
    low = np.minimum(at.astype(int), len(table) - 2)
    part = (at - low)[..., None]
    return table[low] * (1 - part) + table[low + 1] * part


def needed_shares(answer: BasinMap, robust: bool = False) -> NDArray[np.float64]:
    """Where the steps that each start needs lie from the fewest, 0, to the most, 1, by ratios; NaN if not at rest.

    ``robust`` lets the very fewest and the very most be the same as many others.
    """
    needed = np.where(answer.needed < 0, np.nan, answer.needed + 1.0)
    return _shares(np.log(needed), ENDS if robust else (0.0, 1.0))


def rounded_losses(answer: BasinMap) -> NDArray[np.float64]:
    """The losses at the end without what is only rounding beside the objective's range; NaN where not finite."""
    grain = ROUNDING * height(answer.relief) or 1.0
    losses = np.where(np.isfinite(answer.losses), answer.losses, np.nan).astype(float)
    return np.round(losses / grain) * grain


def loss_shares(answer: BasinMap) -> NDArray[np.float64]:
    """The same for the losses at the end, by their order: they lie far too far apart for a scale."""
    losses = rounded_losses(answer)
    there = losses[np.isfinite(losses)]
    if not len(there):
        return losses
    steps = np.unique(np.quantile(there, np.linspace(0.0, 1.0, 257)))
    return np.where(np.isnan(losses), np.nan, np.interp(losses, steps, np.linspace(0.0, 1.0, len(steps))))


def _shares(values: NDArray[np.float64], ends: tuple[float, float]) -> NDArray[np.float64]:
    there = values[np.isfinite(values)]
    low, high = np.quantile(there, ends) if len(there) else (0.0, 0.0)
    if low == high:
        return np.where(np.isfinite(values), 0.0, np.nan)
    return np.clip((values - low) / (high - low), 0.0, 1.0)


def image_of(answer: BasinMap, by: str, palette: Palette) -> QImage:
    """The map, ``by`` minimum, needed or loss: the first row of pixels is the highest y."""
    source = nearest_known(answer.labels)
    labels = answer.labels.reshape(-1)[source]
    if by == "minimum":
        colours = _by_minimum(answer)
    else:
        shares = needed_shares(answer) if by == "needed" else loss_shares(answer)
        colours = viridis(np.nan_to_num(shares))
        if by == "needed":
            labels = np.where((labels >= 0) & (answer.needed.reshape(-1)[source] < 0), UNDERWAY, labels)
    return _image(colours.reshape(-1, 3)[source], labels, palette)


def _by_minimum(answer: BasinMap) -> Colours:
    """The minimum's colour, the darker the more steps it takes to get there."""
    table = [ranked(index).getRgb()[:3] for index in range(max(1, len(answer.minima)))]
    hues = np.array(table, float)[np.maximum(answer.labels, 0)]
    shares = np.nan_to_num(needed_shares(answer, robust=True), nan=1.0)[..., None]
    light = 255.0 * LIGHTEST + (1.0 - LIGHTEST) * hues
    return light + shares * (DARKEST * hues - light)


def _image(colours: Colours, labels: NDArray[np.int16], palette: Palette) -> QImage:
    """Colours (side, side, 3) with patterns where there is no minimum, as an image."""
    times = max(1, FINE // len(labels))
    colours, labels = (np.repeat(np.repeat(part, times, 0), times, 1) for part in (colours, labels))
    i, j = np.indices(labels.shape, dtype=np.int32)
    lines, dots = (i + j) % 12 < 2, (i % 8 < 2) & (j % 8 < 2)
    for label, inks, marked in ((DIVERGED, LOST, lines), (UNDERWAY, WAITING, dots)):
        for ink, on in zip(inks, (~marked, marked), strict=True):
            colours[(labels == label) & on] = QColor(ink).getRgb()[:3]
    colours[labels == AHEAD] = QColor(palette.panel).getRgb()[:3]
    pixels = np.full((*labels.shape, 4), 255, np.uint8)
    pixels[..., :3] = colours
    turned = np.ascontiguousarray(pixels.transpose(1, 0, 2)[::-1])
    height, width = turned.shape[:2]
    # A copy: the image would not keep the array alive.
    return QImage(turned.data, width, height, 4 * width, QImage.Format.Format_RGBX8888).copy()
