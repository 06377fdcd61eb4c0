"""The look: every colour, size and font of the window, light and dark.

Views take a ``Palette`` and paint with it; nobody writes a colour elsewhere. Categories are Okabe and Ito's
colour-blind-safe set, fields are viridis, sign is a diverging map.
"""

from __future__ import annotations

from dataclasses import dataclass, field

GRID = 8
"""All spacing is a multiple (or half) of this many pixels."""
RADIUS = 6
"""Corners of fields, buttons and cards, in pixels."""
TYPE = {"small": 0.88, "body": 1.0, "title": 1.2, "section": 1.4, "headline": 2.8}
"""The type scale, as factors of the system's own font size."""


@dataclass(frozen=True, slots=True)
class NodeStyle:
    """Colours of one kind of graph node; the shape tells the kinds apart as well."""

    fill: str
    border: str
    text: str


@dataclass(frozen=True, slots=True)
class Palette:
    """One theme. Colours are ``#rrggbb``."""

    name: str
    dark: bool
    window: str
    """Behind the panels."""
    panel: str
    """Panels, and the background of every plot and of the graph."""
    raised: str
    """Buttons, headers, fields that can be typed into."""
    hover: str
    border: str
    grid: str
    """Lines of plots: must be quieter than ``border``."""
    text: str
    muted: str
    """Secondary text: still 4.5 : 1 against ``panel``."""
    faint: str
    """What cannot be used now: disabled text and icons."""
    accent: str
    """The one colour of actions, selection and focus."""
    on_accent: str
    cursor: str
    """The second accent: the step k, in every view."""
    error: str
    warning: str
    good: str
    selection: str
    """Behind selected text and rows; ``text`` stays readable on it."""
    syntax: dict[str, str] = field(default_factory=dict)
    """number, name, function, keyword, string, comment, operator."""
    nodes: dict[str, NodeStyle] = field(default_factory=dict)
    """By node kind: leaf, accumulate, grad_fn, saved, ghost; and ``constant``, ``root``."""


CATEGORY_LIGHT = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#3a9bd1", "#5e5e5e")
CATEGORY_DARK = ("#56b4e9", "#e69f00", "#2fc79a", "#e79ac5", "#f0e442", "#4d9be6", "#b0b0b0")

LIGHT = Palette(
    name="light",
    dark=False,
    window="#eef0f3",
    panel="#ffffff",
    raised="#f7f8fa",
    hover="#e8edf5",
    border="#d5d9e0",
    grid="#e6e9ee",
    text="#1b2330",
    muted="#5b6676",
    faint="#a7afbb",
    accent="#2460c7",
    on_accent="#ffffff",
    cursor="#d1490c",
    error="#c02617",
    warning="#946200",
    good="#157347",
    selection="#cfe0fb",
    syntax={
        "number": "#a03c00",
        "name": "#1b2330",
        "function": "#2460c7",
        "keyword": "#8a2a8c",
        "string": "#157347",
        "comment": "#6b7686",
        "operator": "#5b6676",
    },
    nodes={
        "leaf": NodeStyle("#d9ecf8", "#0072b2", "#06324d"),
        "accumulate": NodeStyle("#eef2f6", "#8a97a8", "#2b3644"),
        "grad_fn": NodeStyle("#ffffff", "#5b6676", "#1b2330"),
        "saved": NodeStyle("#fdf0d5", "#b8860b", "#4a3600"),
        "ghost": NodeStyle("#f4f4f6", "#b0b6bf", "#5b6676"),
        "constant": NodeStyle("#eceef1", "#8a97a8", "#2b3644"),
        "root": NodeStyle("#fbe3d6", "#d55e00", "#4d2200"),
    },
)

DARK = Palette(
    name="dark",
    dark=True,
    window="#14181f",
    panel="#1b212a",
    raised="#242c37",
    hover="#2d3745",
    border="#374252",
    grid="#2a323e",
    text="#e6eaf0",
    muted="#9aa6b6",
    faint="#5a6575",
    accent="#6aa5ff",
    on_accent="#0b1524",
    cursor="#ff9a52",
    error="#ff8478",
    warning="#f0b74a",
    good="#5fd39a",
    selection="#2c4a75",
    syntax={
        "number": "#f2b285",
        "name": "#e6eaf0",
        "function": "#85b6ff",
        "keyword": "#dd9be0",
        "string": "#8fd6a8",
        "comment": "#8592a3",
        "operator": "#9aa6b6",
    },
    nodes={
        "leaf": NodeStyle("#123a54", "#56b4e9", "#e3f3fd"),
        "accumulate": NodeStyle("#262f3b", "#7c8a9c", "#d5dce5"),
        "grad_fn": NodeStyle("#222a35", "#7c8a9c", "#e6eaf0"),
        "saved": NodeStyle("#3f3212", "#e0ac3a", "#fdeecb"),
        "ghost": NodeStyle("#1f252e", "#566274", "#9aa6b6"),
        "constant": NodeStyle("#2a313b", "#7c8a9c", "#d5dce5"),
        "root": NodeStyle("#4d2a12", "#ff9a52", "#ffe9d9"),
    },
)


def category(palette: Palette, index: int) -> str:
    """Colour of the parameter with that number: the same in every view."""
    colours = CATEGORY_DARK if palette.dark else CATEGORY_LIGHT
    return colours[index % len(colours)]
