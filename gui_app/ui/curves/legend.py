"""The list of branches in the upper right corner of a plot: line, label, loss. It can be clicked."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from gui_app.core.branch import Branch
from gui_app.core.history import History
from gui_app.ui.curves.branch_ink import branch_pen
from gui_app.ui.curves.branches import BranchLines
from gui_app.ui.curves.frame import TICK_PIXELS, Frame, pen, sized
from gui_app.ui.curves.numbers import said

ROW = 18.0
LINE = 22.0
"""Length of the piece of line before each label."""
GAP = 8.0
WIDEST = 0.45
"""Share of the plot's width that labels may take, …"""
HIGHEST = 0.55
"""… and the list of its height."""
LOSSES = "−0.0000e−00"
"""As wide as a loss gets."""
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)


@dataclass(frozen=True, slots=True)
class _Row:
    label: str
    loss: str
    ink: QPen
    strong: bool = False
    branch: Branch | None = None
    """None: the title, or the branch that is shown."""


class Legend:
    """What ``lines`` holds, and the branch that is shown; nothing while there is only that one."""

    def __init__(self, lines: BranchLines) -> None:
        self._lines = lines
        self.current = ""
        """Label of the branch that is shown."""
        self.history: History | None = None
        """Its record."""
        self.step: int | None = None
        """The losses are those of this step; None: of each one's newest."""

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """As many rows as there is room for."""
        rows = self._rows(frame)
        if not rows:
            return
        font = sized(frame.font, TICK_PIXELS)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        box, labels = self._box(frame, rows)
        back = QColor(frame.palette.panel)
        back.setAlphaF(0.88)
        painter.setBrush(back)
        painter.setPen(pen(frame.palette.border))
        painter.drawRoundedRect(box, 5, 5)
        for place, row in enumerate(rows):
            line = QRectF(box.left() + GAP, box.top() + GAP / 2 + place * ROW, box.width() - 2 * GAP, ROW)
            middle = line.center().y()
            painter.setPen(row.ink)
            painter.drawLine(QPointF(line.left(), middle), QPointF(line.left() + LINE, middle))
            painter.setPen(QColor(frame.palette.text if row.strong else frame.palette.muted))
            text = metrics.elidedText(row.label, Qt.TextElideMode.ElideRight, labels)
            painter.drawText(line.adjusted(LINE + GAP if place else 0, 0, 0, 0), _LEFT, text)
            painter.drawText(line, _RIGHT, row.loss)

    def hit(self, at: QPointF, frame: Frame) -> Branch | None:
        """The branch whose row is pointed at."""
        rows = self._rows(frame)
        place = int((at.y() - self.box(frame).top() - GAP / 2) // ROW)
        return rows[place].branch if self.box(frame).contains(at) and 0 <= place < len(rows) else None

    def box(self, frame: Frame) -> QRectF:
        """The rectangle that it covers; an empty one where it shows nothing."""
        rows = self._rows(frame)
        return self._box(frame, rows)[0] if rows else QRectF()

    def _rows(self, frame: Frame) -> list[_Row]:
        branches = self._lines.branches
        if not branches:
            return []
        shown = max(1, int((HIGHEST * frame.rect.height() - GAP) / ROW) - 1 - bool(self.current))
        left_out = max(0, len(branches) - shown)
        title = f"{left_out} older not listed" if left_out else "branch"
        when = "newest loss" if self.step is None else f"at step {self.step:,}"
        made = [_Row(title, when, QPen(Qt.PenStyle.NoPen))]
        for branch in branches[left_out:]:
            ink = branch_pen(frame.palette, branch.number, 1.75)
            pointed = branch is self._lines.pointed
            made.append(_Row(branch.label, self._loss(branch.history), ink, pointed, branch))
        if self.current and self.history is not None:
            ink = pen(frame.palette.accent, 2.0)
            made.append(_Row(self.current, self._loss(self.history), ink, self._lines.pointed is None))
        return made

    def _loss(self, history: History) -> str:
        step = history.last if self.step is None else self.step
        return said(float(history.losses[step]), 4) if 0 <= step <= history.last else "–"

    def _box(self, frame: Frame, rows: list[_Row]) -> tuple[QRectF, float]:
        """The rectangle, and the width of the labels; it does not depend on the losses, so that it rests."""
        metrics = QFontMetricsF(sized(frame.font, TICK_PIXELS))
        labels = max(metrics.horizontalAdvance(row.label) for row in rows[1:]) + 1
        labels = min(max(labels, metrics.horizontalAdvance(rows[0].label) + 1), WIDEST * frame.rect.width())
        width = LINE + labels + metrics.horizontalAdvance(LOSSES) + 4 * GAP
        left = frame.rect.right() - width - 4
        return QRectF(left, frame.rect.top() + 4, width, len(rows) * ROW + GAP), labels
