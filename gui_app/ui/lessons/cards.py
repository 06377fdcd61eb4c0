"""The buttons of the start page: a card for a lesson, a row for a recent file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from gui_app.ui.lessons.miniatures import MINIATURES, LessonCard
from gui_app.ui.resources import Icons
from gui_app.ui.style import font
from gui_app.ui.theme import GRID, RADIUS, Palette

_PICTURE = 88
_ARROWS = frozenset({Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down})
_WRAP = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop


class Plate(QAbstractButton):
    """A flat surface that is pressed as a whole: by mouse, Space, Return. The arrows are left to its grid."""

    focused = Signal()

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.colours = palette
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette from now on."""
        self.colours = palette
        self.update()

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in _ARROWS
        ):
            event.accept()
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in _ARROWS:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def paint_plate(self, painter: QPainter) -> QRectF:
        """The background, its edge and the focus ring; returns the area within."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours, lit = self.colours, self.underMouse() or self.isDown()
        body = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        edge = colours.accent if self.hasFocus() or lit else colours.border
        painter.setPen(QPen(QColor(edge), 2 if self.hasFocus() else 1))
        painter.setBrush(QColor(colours.hover if self.isDown() else colours.panel))
        painter.drawRoundedRect(body, RADIUS, RADIUS)
        return body


class LessonPlate(Plate):
    """A lesson: its miniature, its title, its sentence."""

    def __init__(self, card: LessonCard, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(palette, parent)
        self.card = card
        self.setText(card.title)
        self.setAccessibleName(f"{card.title}. {card.summary}")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:
        return QSize(28 * GRID, self.heightForWidth(28 * GRID))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        metrics = self.fontMetrics()
        room = QRectF(0, 0, width - 4 * GRID, 1000).toRect()
        words = metrics.boundingRect(room, _WRAP, self.card.summary).height()
        return _PICTURE + 2 * GRID + metrics.height() + GRID // 2 + words + GRID

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        body = self.paint_plate(painter)
        self._paint_picture(painter, QRectF(body.left(), body.top(), body.width(), _PICTURE))
        words = body.adjusted(2 * GRID - 1, _PICTURE + 1.5 * GRID, -2 * GRID + 1, -GRID)
        painter.setFont(font(bold=True))
        painter.setPen(QColor(self.colours.text))
        height = painter.fontMetrics().height()
        title = painter.fontMetrics().elidedText(
            self.card.title, Qt.TextElideMode.ElideRight, int(words.width())
        )
        painter.drawText(QRectF(words.left(), words.top(), words.width(), height), title)
        painter.setFont(font())
        painter.setPen(QColor(self.colours.muted))
        painter.drawText(words.adjusted(0, height + GRID / 2, 0, GRID), int(_WRAP.value), self.card.summary)

    def _paint_picture(self, painter: QPainter, area: QRectF) -> None:
        """The miniature on a quiet ground that ends in a straight line above the words."""
        painter.save()
        clip = QPainterPath()
        clip.addRoundedRect(area.adjusted(1, 1, -1, RADIUS), RADIUS - 1, RADIUS - 1)
        painter.setClipPath(clip)
        painter.setClipRect(area.adjusted(1, 1, -1, 0), Qt.ClipOperation.IntersectClip)
        painter.fillRect(area, QColor(self.colours.raised))
        inner = area.adjusted(2 * GRID, 1.5 * GRID, -2 * GRID, -1.5 * GRID)
        if self.card.kind == "surfaces":
            inner = area
        MINIATURES[self.card.kind](painter, inner, self.card.curve, self.colours)
        painter.restore()


class RecentPlate(Plate):
    """A file that was open lately: its name, its folder."""

    def __init__(self, path: Path, palette: Palette, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(palette, parent)
        self.path, self._icons = path, icons
        self.setText(path.name)
        self.setAccessibleName(f"Open {path.name} in {path.parent}")
        self.setToolTip(str(path))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(28 * GRID, 2 * self.fontMetrics().height() + 2 * GRID)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        body = self.paint_plate(painter)
        side = 20
        corner = body.topLeft().toPoint()
        self._icons("file", self.colours.muted).paint(
            painter, corner.x() + GRID + 2, int(body.center().y()) - side // 2, side, side
        )
        left = body.left() + side + 2.5 * GRID
        words = QRectF(left, body.top() + GRID - 1, body.right() - left - GRID, body.height() - 2 * GRID + 2)
        edges = (Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom)
        faces = ((font(bold=True), self.colours.text), (font("small"), self.colours.muted))
        lines = (
            (self.path.name, Qt.TextElideMode.ElideRight),
            (str(self.path.parent), Qt.TextElideMode.ElideMiddle),
        )
        for edge, (face, colour), (text, elide) in zip(edges, faces, lines, strict=True):
            painter.setFont(face)
            painter.setPen(QColor(colour))
            short = painter.fontMetrics().elidedText(text, elide, int(words.width()))
            painter.drawText(words, edge | Qt.AlignmentFlag.AlignLeft, short)
