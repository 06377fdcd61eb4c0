"""The pieces that a page is written with: rich text in the theme's colours, and the figures in it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from html import escape

from gui_app.core.graph import TensorView
from gui_app.core.numbers import DIGITS, full, short
from gui_app.ui.inspector.boxes import face
from gui_app.ui.inspector.browser import SOFT
from gui_app.ui.inspector.figures import Figure
from gui_app.ui.inspector.subject import scalar
from gui_app.ui.theme import Palette

CELL_DIGITS = 4
"""Digits of a number in a table: several must fit beside each other."""
_LONG = re.compile(r"\w{12,}")
_BREAK = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=_)(?=\w)")
_AFTER = re.compile(r"(?<=[.,(\[*+/=])(?=[^\s=*])")
_RUN = re.compile(r"\w{16}(?=\w)")


class Writer:
    """Writes in the colours of ``palette``; numbers in the fixed-width family ``mono``; formulas ``pixels`` high."""

    def __init__(self, palette: Palette, mono: str, pixels: int, *, wide: bool = False) -> None:
        self.palette, self.pixels = palette, pixels
        self.wide = wide
        """There is room for two columns."""
        self.share = 1.0
        """How much of the width the figures that are written now have."""
        self.figures: dict[str, tuple[Figure, float]] = {}
        self._mono = mono
        self._serif = face("roman", pixels).family()

    def figure(self, figure: Figure, *, above: int = 2) -> str:
        """A paragraph of its own for a figure."""
        name = f"figure {len(self.figures)}"
        self.figures[name] = figure, self.share
        return f"<p style='margin:{above}px 0 0 0'><img src='{name}'></p>"

    def section(self, title: str) -> str:
        """The title of a section; it may have markup."""
        style = f"margin:16px 0 4px 0; font-size:small; font-weight:600; color:{self.palette.muted}"
        return f"<p style='{style}'>{title}</p>"

    def columns(self, left: str, right: str, *, above: int = 10) -> str:
        """Two columns of the same width."""
        cells = f"<td width='50%' style='padding-right:12px'>{left}</td><td width='50%'>{right}</td>"
        style = f"width='100%' style='margin-top:{above}px'"
        return f"<table {style} cellspacing='0' cellpadding='0'><tr>{cells}</tr></table>"

    def line(self, text: str, *, above: int = 2) -> str:
        """A paragraph; ``text`` is markup."""
        return f"<p style='margin:{above}px 0 0 0'>{text}</p>"

    def remark(self, text: str, *, above: int = 4) -> str:
        """A small sentence that explains."""
        return f"<p style='margin:{above}px 0 0 0; font-size:small; color:{self.palette.muted}'>{text}</p>"

    def warning(self, text: str, *, error: bool = False) -> str:
        """Something to take care of."""
        colour = self.palette.error if error else self.palette.warning
        return f"<p style='margin:6px 0 0 0; color:{colour}'><b>!</b>&nbsp; {text}</p>"

    def table(self, rows: Sequence[Sequence[str]], heads: Sequence[str] = ()) -> str:
        """Rows of cells, all markup, with small heads above them."""
        small = f"font-size:small; color:{self.palette.muted}"
        lines = [[f"<span style='{small}'>{head}</span>" for head in heads]] if heads else []
        cells = "".join(
            "<tr>"
            + "".join(
                f"<td style='padding-right:10px; vertical-align:middle'>{c or '&nbsp;'}</td>" for c in row
            )
            + "</tr>"
            for row in [*lines, *rows]
        )
        return f"<table cellspacing='0' cellpadding='1'>{cells}</table>"

    def muted(self, text: str) -> str:
        """Less important."""
        return f"<span style='color:{self.palette.muted}'>{text}</span>"

    def code(self, text: str) -> str:
        """Text of a program, or a name of PyTorch's; plain text."""
        broken = _AFTER.sub(SOFT, self.name(text))
        return f"<span style='font-family:\"{self._mono}\"'>{broken}</span>"

    def name(self, text: str) -> str:
        """A name as plain text, that may be broken where it is long."""
        soft = _LONG.sub(lambda match: _RUN.sub(rf"\g<0>{SOFT}", _BREAK.sub(SOFT, match[0])), text)
        return escape(soft)

    def symbol(self, text: str, rank: int = 0) -> str:
        """A name as it stands in formulas: ``rank`` is that of the tensor."""
        found = re.fullmatch(r"(\w)_?(\d{1,2})", text)
        letter, index = (found[1], f"<sub>{found[2]}</sub>") if found else (text, "")
        slant = "italic" if len(letter) == 1 and not rank else "normal"
        weight = "bold" if rank and len(letter) == 1 else "normal"
        style = f'font-family:"{self._serif}"; font-style:{slant}; font-weight:{weight}; font-size:{self.pixels - 2}px'
        return f"<span style='{style}'>{self.name(letter)}{index}</span>"

    def number(self, value: float, digits: int = DIGITS) -> str:
        """A number in a sensible precision, in full on hover and on copy."""
        colour = "" if math.isfinite(value) else f"; color:{self.palette.error}"
        text = short(value, digits).replace("-", "−").replace("inf", "∞").replace("nan", "NaN")
        return f"<span title='{full(value)}' style='font-family:\"{self._mono}\"{colour}'>{text}</span>"

    def sized(self, view: TensorView | None) -> str:
        """A tensor in one cell: its number, else its shape."""
        value = scalar(view)
        if value is not None:
            return self.number(value, CELL_DIGITS)
        return "" if view is None else self.muted(shape_text(view.shape))

    def flowing(self, view: TensorView | None) -> str:
        """A gradient in one cell: its number, else its norm."""
        value = scalar(view)
        if value is not None:
            return self.number(value, CELL_DIGITS)
        return "" if view is None or 0 in view.shape else f"{self.muted('norm')} {self.number(view.norm, 3)}"

    def link(self, node: int, text: str) -> str:
        """A link to a node; plain text."""
        return self.anchor(f"node:{node}", text)

    def anchor(self, target: str, text: str) -> str:
        """A link; plain text."""
        style = f"color:{self.palette.accent}; text-decoration:none"
        return f"<a href='{target}' style='{style}'>{self.name(text)}</a>"


def shape_text(shape: tuple[int, ...]) -> str:
    """``3×2``; ``scalar`` for ()."""
    return "×".join(map(str, shape)) or "scalar"
