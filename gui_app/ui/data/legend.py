"""What the signs of a chart of data mean, in the line above it."""

from __future__ import annotations

from gui_app.core.fit import Fit
from gui_app.ui.curves.reading import Reading
from gui_app.ui.data.marks import class_colour
from gui_app.ui.theme import Palette

MOST_CLASSES = 10
_FILLED = ("●", "▲", "■", "▼", "◆", "⬢")


def legend_of(
    fit: Fit, palette: Palette, *, curve: bool = False, exact: bool = False, coloured: bool = False
) -> Reading:
    """The signs with their words, the most important first; ``coloured`` are points by their target."""
    pieces: list[tuple[str, str]] = []
    if curve:
        pieces.append(("━ fitted", palette.cursor))
    if exact:
        pieces.append(("╍ least squares", palette.text))
    classes = fit.data.classes
    if classes is None:
        colour = palette.text if coloured else palette.accent
        if coloured:
            pieces.append(("colour of a point: its target", palette.text))
        pieces.append(("● training", colour))
        if fit.held_out.any():
            pieces.append(("◇ held out", colour))
    else:
        pieces += [
            (f"{_FILLED[(i + i // 7) % len(_FILLED)]} {name}", class_colour(palette, i))
            for i, name in enumerate(classes[:MOST_CLASSES])
        ]
        if fit.held_out.any():
            pieces.append(("hollow: held out", palette.muted))
    if fit.is_batched:
        pieces.append((f"○ batch of step {fit.step:,}", palette.cursor))
    return tuple(pieces)
