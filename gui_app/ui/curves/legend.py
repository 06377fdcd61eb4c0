"""The list of all lines in the emptiest corner of a plot: sign, label, value. Branches in it can be clicked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from gui_app.core.branch import Branch
from gui_app.core.history import History
from gui_app.ui.curves import marks
from gui_app.ui.curves.branch_ink import branch_pen
from gui_app.ui.curves.branches import BranchLines
from gui_app.ui.curves.frame import TICK_PIXELS, Frame, pen, sized
from gui_app.ui.curves.numbers import said
from gui_app.ui.curves.placing import CORNERS, Corner, emptiest, placed_at
from gui_app.ui.curves.sampling import sampled
from gui_app.ui.curves.secondaries import Secondaries, Secondary
from gui_app.ui.theme import Palette

ROW, LEAST_ROW = 18.0, 14.0
"""Height of a row, and where there are many."""
LINE = 22.0
"""Length of the piece of line before each label."""
GAP = 8.0
WIDEST = 0.45
"""Share of the plot's width that labels may take, …"""
HIGHEST, HIGHEST_READ = 0.55, 0.97
"""… and the list of its height: at rest, and while it tells the values at the mouse."""
LOSSES = "−0.000e−00"
"""As wide as a value gets."""
ROOMY = 420.0
"""Width of a plot below which values are left out at rest."""
SAMPLES = 64
"""Points of each line that are looked at for an empty corner."""
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list."""

    label: str
    value: str
    ink: QPen
    strong: bool = False
    height: float = math.nan
    """What runs are sorted by."""
    branch: Branch | None = None
    """None: the title, the branch that is shown, or no branch at all."""
    sign: int | None = None


class Legend:
    """What ``lines`` and ``beside`` hold, and the branch that is shown; nothing while there is only that one.

    At rest branches stand in the order of their numbers, with their newest losses. With a ``step`` the list tells
    the values there, the highest first, as the lines lie.
    """

    def __init__(self, lines: BranchLines, beside: Secondaries) -> None:
        self._lines, self._beside = lines, beside
        self.rests = True
        """It is also there while nobody reads it."""
        self.current = ""
        """Label of the branch that is shown."""
        self.history: History | None = None
        """Its record."""
        self.step: int | None = None
        """The values are those of this step; None: the newest."""
        self._corner: Corner = CORNERS[0]
        self._aside = False
        """It has grown to where the mouse is, and so stands at the other side."""
        self._entered = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell apart."""
        return not self._lines.branches and not self._beside.shown

    def enter(self, at: QPointF | None, frame: Frame) -> bool:
        """Whether the mouse is over the list, which then stays as it is."""
        self._entered = at is not None and (self.box(frame) if self._entered else self._rest(frame)).contains(
            at
        )
        self._aside = self._aside and not self._entered
        return self._entered

    def read(self, step: int | None, at: QPointF | None, frame: Frame) -> None:
        """Tell the values of that step, and keep away from the mouse."""
        self.step, self._aside = step, False
        self._aside = at is not None and self.box(frame).contains(at)

    def _rest(self, frame: Frame) -> QRectF:
        """The rectangle that it covers while nobody reads it."""
        kept = self.step, self._aside
        self.step, self._aside = None, False
        box = self.box(frame)
        self.step, self._aside = kept
        return box

    def settle(self, frame: Frame, second: Frame) -> None:
        """Find a corner with few lines, unless somebody reads the list."""
        rows = self.rows(frame)
        if not rows or self.step is not None:
            return
        curves = [(b.history.loss_curve, b.start, frame) for b in self._lines.branches]
        if self.history is not None:
            curves.append((self.history.loss_curve, 0, frame))
        curves += [(one.series.line, 0, frame if one.shares_axis else second) for one in self._beside.shown]
        lines = [
            (axes.across(steps), axes.down(values))
            for line, first, axes in curves
            for steps, values in [sampled(line, axes, 1.0, max(first, int(axes.log_x)), SAMPLES)]
        ]
        size = self._box(frame, rows)[0].size()
        self._corner = emptiest(lines, size, frame.rect, self._corner)

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """As many rows as there is room for."""
        rows = self.rows(frame)
        if not rows:
            return
        painter.setFont(sized(frame.font, TICK_PIXELS))
        box, labels, pitch = self._box(frame, rows)
        back = QColor(frame.palette.panel)
        back.setAlphaF(0.9)
        painter.setBrush(back)
        painter.setPen(pen(frame.palette.border))
        painter.drawRoundedRect(box, 5, 5)
        for place, row in enumerate(rows):
            line = QRectF(box.left() + GAP, box.top() + GAP / 2 + place * pitch, box.width() - 2 * GAP, pitch)
            _paint_row(painter, frame, row, line, labels, indent=LINE + GAP if place else 0.0)
            if self._tells(frame):
                painter.drawText(line, _RIGHT, row.value)

    def hit(self, at: QPointF, frame: Frame) -> Branch | None:
        """The branch whose row is pointed at."""
        rows = self.rows(frame)
        if not rows:
            return None
        box, _, pitch = self._box(frame, rows)
        place = int((at.y() - box.top() - GAP / 2) // pitch)
        return rows[place].branch if box.contains(at) and 0 <= place < len(rows) else None

    def box(self, frame: Frame) -> QRectF:
        """The rectangle that it covers; an empty one where it shows nothing."""
        rows = self.rows(frame)
        return self._box(frame, rows)[0] if rows else QRectF()

    def rows(self, frame: Frame) -> list[Row]:
        """Title, runs, other numbers."""
        if self.is_empty or (self.step is None and not self.rests):
            return []
        runs, others = self._runs(frame), [self._secondary(one, frame.palette) for one in self._beside.shown]
        room = (HIGHEST if self.step is None else HIGHEST_READ) * frame.rect.height() - GAP
        left_out = max(0, 1 + len(runs) + len(others) - max(3, int(room / LEAST_ROW)))
        left_out = min(left_out, len(self._lines.branches))
        newest = {row.branch for row in runs if row.branch in self._lines.branches[left_out:]}
        kept = [row for row in runs if row.branch is None or row.branch in newest]
        title = f"{left_out} older not listed" if left_out else "branch" if self._lines.branches else "curve"
        when = "newest" if self.step is None else f"at step {self.step:,}"
        if self.step is not None:
            kept.sort(key=lambda row: -math.inf if math.isnan(row.height) else row.height, reverse=True)
        return [Row(title, when, QPen(Qt.PenStyle.NoPen)), *kept, *others]

    def _runs(self, frame: Frame) -> list[Row]:
        made = []
        for branch in self._lines.branches:
            ink = branch_pen(frame.palette, branch.number, 1.75)
            made.append(self._run(branch.label, branch.history, ink, branch))
        if self.history is not None:
            made.append(
                self._run(
                    (made and self.current) or "loss", self.history, pen(frame.palette.accent, 2.0), None
                )
            )
        return made

    def _run(self, label: str, history: History, ink: QPen, branch: Branch | None) -> Row:
        step = history.last if self.step is None else self.step
        known = 0 <= step <= history.last
        loss = float(history.losses[step]) if known else math.nan
        words = said(loss, 4) if known else "–"
        return Row(label, words, ink, branch is self._lines.pointed, loss, branch)

    def _secondary(self, one: Secondary, palette: Palette) -> Row:
        value = one.newest() if self.step is None else one.series.at(self.step)
        words = "–" if math.isnan(value) else said(value, 4)
        label = one.title if one.shares_axis else f"{one.title} →"
        return Row(label, words, pen(one.ink(palette), 1.25), sign=one.place)

    def _box(self, frame: Frame, rows: Sequence[Row]) -> tuple[QRectF, float, float]:
        """The rectangle, the width of the labels and a row's height; the width does not depend on the numbers."""
        metrics = QFontMetricsF(sized(frame.font, TICK_PIXELS))
        labels = max(metrics.horizontalAdvance(row.label) for row in rows[1:]) + 1
        labels = min(max(labels, metrics.horizontalAdvance(rows[0].label) + 1), WIDEST * frame.rect.width())
        values = metrics.horizontalAdvance(LOSSES) + GAP if self._tells(frame) else 0.0
        width = LINE + labels + values + 3 * GAP
        share = HIGHEST if self.step is None else HIGHEST_READ
        pitch = min(ROW, max(LEAST_ROW, (share * frame.rect.height() - GAP) / len(rows)))
        size = QSizeF(width, len(rows) * pitch + GAP)
        right, low = self._corner
        return placed_at((right ^ self._aside, low), size, frame.rect), labels, pitch

    def _tells(self, frame: Frame) -> bool:
        """Whether there is room for the values."""
        return self.step is not None or frame.rect.width() >= ROOMY


def _paint_row(
    painter: QPainter, frame: Frame, row: Row, line: QRectF, labels: float, *, indent: float
) -> None:
    middle = line.center().y()
    painter.setPen(row.ink)
    painter.drawLine(QPointF(line.left(), middle), QPointF(line.left() + LINE, middle))
    if row.sign is not None:
        place = QPointF(line.left() + LINE / 2, middle)
        marks.symbol(painter, place, row.sign, 4.0, row.ink.color().name(), frame.palette.panel)
    painter.setPen(QColor(frame.palette.text if row.strong else frame.palette.muted))
    text = painter.fontMetrics().elidedText(row.label, Qt.TextElideMode.ElideRight, int(labels))
    painter.drawText(line.adjusted(indent, 0, 0, 0), _LEFT, text)
