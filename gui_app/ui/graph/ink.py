"""The pens and brushes of a theme, also for what the theme itself does not name."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QPen

from gui_app.ui.descent.levels import colours as viridis
from gui_app.ui.graph import heat, shapes
from gui_app.ui.theme import NodeStyle, Palette, category

WIRE_WIDTH = 1.4
FLOW_LEVELS = 9
"""Steps of the scale on which wires are coloured by what flows back over them."""
FLOW_WIDTHS = 1.0, 5.0
"""Of the weakest and of the strongest, px at 100 %: the scale is not told by colour alone."""
DASHES = (4.0, 3.0)
"""Of what is not part of the graph, in widths of the pen."""
DERIVATIVE, BEFORE, AFTER = 3, 0, 1
"""Categories: of nodes that derive, of what a node was made from, of what comes of it."""


class Ink:
    """Made once for a theme; nothing else in the graph knows a colour."""

    def __init__(self, palette: Palette) -> None:
        self.palette = palette
        self.paper = QColor(palette.panel)
        self.wire = QColor(palette.muted)
        self.accent = QColor(palette.accent)
        self.text = QColor(palette.text)
        self.frame = QColor(palette.raised)
        """Behind the boxes of an open block."""
        self.raised = QColor(palette.raised)
        self.border = QColor(palette.border)
        self.alarm = QPen(QColor(palette.error), shapes.WIDTHS["failed"])
        """Around what made the first number that is not finite."""
        self.found = QColor(palette.cursor)
        """What a search has found."""
        nodes = node_styles(palette)
        self.colours = {
            "muted": QColor(palette.muted),
            "gradient": QColor(palette.accent),
            "error": QColor(palette.error),
            **{style: QColor(colours.text) for style, colours in nodes.items()},
        }
        self.fills = {style: QBrush(QColor(colours.fill)) for style, colours in nodes.items()}
        self.borders = {
            style: QPen(QColor(colours.border), shapes.WIDTHS.get(style, 1.2), shapes.pen_style(style))
            for style, colours in nodes.items()
        }
        self.hairlines = {style: QPen(_faint(colours.border), 0) for style, colours in nodes.items()}
        self.badges = _badges(palette)
        """Fill and text of a badge by its role."""
        self.far_wire = _faint(palette.muted)
        self.heat = heat.scale(palette)
        self.flow = _flow(palette)
        """Pens from the weakest to the strongest gradient."""
        self.before = QPen(QColor(category(palette, BEFORE)), 2.0)
        self.after = _dashed(QPen(QColor(category(palette, AFTER)), 2.0), (5.0, 2.0))
        """Wires from what a node was made from, and to what comes of it."""


def node_styles(palette: Palette) -> dict[str, NodeStyle]:
    """The theme's styles, and those that follow from its other colours."""
    panel, tint = palette.panel, category(palette, DERIVATIVE)
    made = {
        "failed": NodeStyle(mixed(panel, palette.error, 0.13), palette.error, palette.text),
        "block": NodeStyle(
            mixed(palette.raised, palette.text, 0.05), palette.nodes["grad_fn"].border, palette.text
        ),
        "derivative": NodeStyle(
            mixed(panel, tint, 0.16), mixed(tint, palette.text, 0.0 if palette.dark else 0.3), palette.text
        ),
    }
    return made | palette.nodes | {"root block": palette.nodes["root"]}


def mixed(first: str, second: str, share: float) -> str:
    """``first`` with that share of ``second``."""
    pairs = zip(QColor(first).getRgbF(), QColor(second).getRgbF(), strict=True)
    return QColor.fromRgbF(*(a + (b - a) * share for a, b in pairs)).name()


def _badges(palette: Palette) -> dict[str, tuple[QColor, QColor]]:
    paper = palette.panel
    pairs = {
        "warning": (palette.warning, paper),
        "error": (palette.error, paper),
        "broken": (palette.error, paper),
        "new": (palette.good, paper),
        "derivative": (node_styles(palette)["derivative"].border, paper),
        "plain": (palette.muted, paper),
    }
    return {role: (QColor(fill), QColor(text)) for role, (fill, text) in pairs.items()}


def _flow(palette: Palette) -> list[QPen]:
    """Strong gradients stand out from the paper: bright in the dark, dark in the light."""
    shades = viridis(3 * FLOW_LEVELS)
    shades = shades[10::2][:FLOW_LEVELS] if palette.dark else shades[-8::-2][:FLOW_LEVELS]
    thin, thick = FLOW_WIDTHS
    step = (thick - thin) / (FLOW_LEVELS - 1)
    return [QPen(QColor(shade), thin + level * step) for level, shade in enumerate(shades)]


def _dashed(pen: QPen, pattern: tuple[float, float]) -> QPen:
    pen.setDashPattern(pattern)
    return pen


def dashed(colour: QColor, width: float) -> QPen:
    """For what is shown but is not part of the graph."""
    return _dashed(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap), DASHES)


def _faint(colour: str) -> QColor:
    """For lines of one px, which would outshine the small shapes that they go around."""
    faint = QColor(colour)
    faint.setAlphaF(0.6)
    return faint
