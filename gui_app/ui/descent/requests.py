"""Which landscapes are asked for: what the view needs, from coarse to fine, each once."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from gui_app.core.landscape import Axis, Landscape

Grids = tuple[tuple[Axis, ...], ...]
PATIENCE = 120
"""Milliseconds between two requests while the view moves."""
REST = 400
"""Milliseconds for which nothing has moved before the finest grid is asked for: to draw it takes a while."""


class Requests(QObject):
    """Asks soon after ``plan``; the next finer grid whenever the last one has been answered."""

    wanted = Signal(object)
    """tuple[Axis, ...]."""

    def __init__(self, needs: Callable[[], tuple[object, Grids]], parent: QObject) -> None:
        """``needs`` gives what the landscape depends on besides its axes, and the grids, the coarsest first."""
        super().__init__(parent)
        self._needs = needs
        self._last: tuple[object, Grids] = (None, ())
        self._asked = 0
        self._timer = self._timed(PATIENCE, self.ask)
        self._rest = self._timed(REST, self._ask_next)

    def _timed(self, milliseconds: int, call: Callable[[], None]) -> QTimer:
        made = QTimer(self)
        made.setSingleShot(True)
        made.setInterval(milliseconds)
        made.timeout.connect(call)
        return made

    def plan(self) -> None:
        """Ask soon; not put off by further calls, so that the picture keeps up with a moving view."""
        if not self._timer.isActive():
            self._timer.start()

    def forget(self) -> None:
        """What was answered does not hold any more."""
        self._last = None, ()

    def ask(self) -> None:
        """Ask at once for what is needed, unless that was the last request."""
        needs = self._needs()
        if needs[1] and needs != self._last:
            self._last, self._asked = needs, 0
            self._rest.stop()
            self._ask_next()

    def on_answered(self, landscape: Landscape) -> None:
        """Go on with the next finer grid, if this is the answer to the last request."""
        grids = self._last[1]
        if not grids or landscape.axes != grids[self._asked - 1]:
            return
        if self._asked == len(grids) - 1:
            self._rest.start()
        else:
            self._ask_next()

    def _ask_next(self) -> None:
        grids = self._last[1]
        if self._asked < len(grids):
            self._asked += 1
            self.wanted.emit(grids[self._asked - 1])
