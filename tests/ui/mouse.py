"""A mouse for the charts."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication

PAUSE = 12
"""Milliseconds: pyqtgraph passes over moves that follow each other faster than 100 a second."""
LEFT = Qt.MouseButton.LeftButton


def move(
    view: QAbstractScrollArea,
    at: QPointF,
    buttons: Qt.MouseButton = Qt.MouseButton.NoButton,
    held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """Move there with these buttons and keys down."""
    QTest.qWait(PAUSE)
    there = QPointF(view.mapToGlobal(at.toPoint()))
    event = QMouseEvent(QMouseEvent.Type.MouseMove, at, there, Qt.MouseButton.NoButton, buttons, held)
    QApplication.sendEvent(view.viewport(), event)


def click(view: QAbstractScrollArea, at: QPointF) -> None:
    """Press and release the left button."""
    QTest.mouseClick(view.viewport(), LEFT, pos=at.toPoint())


def drag(
    view: QAbstractScrollArea,
    *way: QPointF,
    held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """Press at the first point, move through the others, release at the last."""
    QTest.mousePress(view.viewport(), LEFT, held, way[0].toPoint())
    for at in way[1:]:
        move(view, at, LEFT, held)
        view.viewport().repaint()
    QTest.mouseRelease(view.viewport(), LEFT, held, way[-1].toPoint())


def wheel(view: QAbstractScrollArea, at: QPointF, turn: int) -> None:
    """Turn the wheel by eighths of a degree."""
    event = QWheelEvent(
        at,
        QPointF(view.mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, turn),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)
