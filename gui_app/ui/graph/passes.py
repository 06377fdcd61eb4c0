"""The passes of the graph on the screen: which one is walked, where it stands, how it plays."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QKeyEvent

from gui_app.core.graph import Graph
from gui_app.core.layout import Placement
from gui_app.core.passing import Direction, Pass, backward, forward
from gui_app.core.passing_words import caption
from gui_app.ui.graph.pass_bar import PassBar, wish
from gui_app.ui.graph.pass_layer import PassLayer
from gui_app.ui.graph.pass_picture import PassPicture
from gui_app.ui.graph.walked import WalkedSurface
from gui_app.ui.theme import Palette

FRAME_MS = 33
NODE_SECONDS = 1.4
"""How long a node has its turn, at the usual speed."""
MOVING = 0.6
"""Share of that time in which what it passes on is on its way; then it can be read."""
LONGEST_SECONDS = 60.0
"""A long pass plays faster, so that it takes no longer than this."""
QUICK = 2.5
"""Nodes a second from which the view jumps to them: it could not glide in that time."""
WALKS = {"backward": backward, "forward": forward}


class Passes(QObject):
    """Walks a pass on ``surface`` as ``bar`` asks. While the bar is hidden nothing is walked and nothing costs."""

    node_reached = Signal(int)
    """The node whose turn it is; -1 once nothing is walked."""
    rested = Signal()
    """A pass that went on too fast for anything to be read has been stopped."""
    closed = Signal()

    def __init__(self, surface: WalkedSurface, bar: PassBar, palette: Palette) -> None:
        super().__init__(bar)
        self._surface, self._bar, self._palette = surface, bar, palette
        self._graph: Graph | None = None
        self._placement: Placement | None = None
        self.layer: PassLayer | None = None
        self._direction: Direction = "backward"
        self._speed = 1.0
        self._started: tuple[float, float] | None = None
        """When, and where in the pass, in frames; ``None`` while nothing moves."""
        self._until = 0.0
        """Where it stops, in frames."""
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._on_tick)
        bar.hide()
        bar.wished.connect(self._on_wished)
        bar.frame_wished.connect(self.jump)
        bar.direction_wished.connect(self._on_direction)
        bar.speed_changed.connect(self._on_speed)
        surface.node_chosen.connect(self._on_node_chosen)
        surface.installEventFilter(self)

    @property
    def playing(self) -> bool:
        """Whether it goes on by itself."""
        return self._started is not None and self._until > self.index + 1

    @property
    def index(self) -> int:
        """The frame that is shown."""
        return self.layer.index if self.layer is not None else 0

    @property
    def hurries(self) -> bool:
        """It goes on too fast for anything to be read about each node."""
        return self.playing and self._rate() > QUICK

    @property
    def node(self) -> int:
        """The node whose turn it is; -1 at the beginning of a pass, and while none is walked."""
        return self.layer.frame.node if self.layer is not None else -1

    def apply_theme(self, palette: Palette) -> None:
        """Paint in these colours from now on."""
        self._palette = palette
        self._bar.apply_theme(palette)
        if self.layer is not None:
            self.layer.apply_theme(palette)
            self._surface.update()

    def show_graph(self, graph: Graph | None, placement: Placement | None) -> None:
        """Another graph, or other numbers in the same: the place in the pass is kept where the pass is the same."""
        self._graph, self._placement = graph, placement
        if not self._bar.isHidden():
            before, walk = self.layer, self._walk()
            if before is not None and walk is not None and walk.sequence == before.walk.sequence:
                self._begin(walk, before.index, before.phase)
            else:
                self._stop()
                self._begin(walk, 0, 1.0)

    def open(self) -> None:
        """Show the bar and the beginning of the pass."""
        self._bar.show()
        self._surface.follows = True
        self._begin(self._walk(), 0, 1.0)
        self._bar.setFocus()

    def set_open(self, on: bool) -> None:
        """As a switch asks."""
        if on == self._bar.isHidden():
            (self.open if on else self.close)()

    def close(self) -> None:
        """Hide the bar; the graph is as it was."""
        self._stop()
        self._bar.hide()
        self._begin(None, 0, 1.0)
        if self._surface.follows:
            self._surface.fit()
        self.closed.emit()

    def jump(self, index: int) -> None:
        """Show that frame, at rest."""
        self._stop()
        if self.layer is not None:
            self._show(min(max(index, 0), len(self.layer.walk) - 1), 1.0)

    def play(self) -> None:
        """Play from here on, from the beginning where it has come to the end; or pause."""
        if self.layer is None:
            return
        if self.playing:
            hurried = self.hurries
            self._stop()
            self._show(self.index, 1.0)
            if hurried:
                self.rested.emit()
            return
        last = len(self.layer.walk) - 1
        self._move(0.0 if self.index == last else float(self.index), float(last))

    def step(self, by: int) -> None:
        """One node on, with what flows on its way; or one back at once."""
        if self.layer is None:
            return
        target = min(max(self.index + by, 0), len(self.layer.walk) - 1)
        if by < 0 or target == self.index:
            self.jump(target)
        else:
            self._move(float(self.index), float(target))

    def film(self, direction: Direction) -> tuple[PassPicture, int] | None:
        """A pass over the whole graph for export, and how many frames it has; ``None`` where there is none."""
        walk = WALKS[direction](self._graph) if self._graph is not None else None
        if walk is None or self._placement is None:
            return None
        return PassPicture(walk, self._placement, self._palette), len(walk)

    def picture(self) -> PassPicture | None:
        """This moment for export; ``None`` while nothing is walked."""
        found = self.film(self.layer.walk.direction) if self.layer is not None else None
        if found is None or self.layer is None:
            return None
        found[0].show(self.layer.index, self.layer.phase)
        return found[0]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The keys of the bar hold on the graph too while a pass is walked."""
        keys = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)
        if self.layer is not None and event.type() in keys and isinstance(event, QKeyEvent):
            asked = wish(event)
            if asked:
                event.accept()
                if event.type() == QEvent.Type.KeyPress:
                    self._on_wished(asked)
                return True
        return super().eventFilter(watched, event)

    def _walk(self) -> Pass | None:
        """The pass that is asked for, else the other one."""
        made = {name: make(self._graph) for name, make in WALKS.items()} if self._graph is not None else {}
        usable = frozenset(name for name, walk in made.items() if walk is not None)
        shown = self._direction if self._direction in usable else next(iter(usable), self._direction)
        self._bar.show_direction(shown, usable)
        return made.get(shown)

    def _begin(self, walk: Pass | None, index: int, phase: float) -> None:
        """Walk that pass from that frame on; ``None``: nothing is walked."""
        placed = self._placement
        self.layer = (
            PassLayer(walk, placed, self._palette) if walk is not None and placed is not None else None
        )
        self._surface.set_layer(self.layer)
        self._bar.set_frames(len(walk) if walk is not None else 1)
        if self.layer is not None:
            self._show(index, phase)
        else:
            self._bar.show_frame(0, NOTHING)
            self.node_reached.emit(-1)

    def _show(self, index: int, phase: float) -> None:
        layer = self.layer
        assert layer is not None
        moved = index != layer.index or not self._bar.caption.text
        self._surface.layer_changed(layer.show(index, phase))
        self._bar.show_frame(index, caption(layer.walk, layer.frame))
        self._bar.show_playing(self.playing)
        if moved:
            if (area := layer.area()) is not None:
                self._surface.accompany(area, quick=self._rate() > QUICK)
            self.node_reached.emit(layer.frame.node)

    def _move(self, start: float, end: float) -> None:
        """Let it go from ``start`` to ``end``, in frames."""
        self._started, self._until = (time.monotonic(), start), end
        self._timer.start()
        self._on_tick()

    def _stop(self) -> None:
        self._started = None
        self._timer.stop()
        self._bar.show_playing(False)

    def _rate(self) -> float:
        """Frames a second."""
        count = len(self.layer.walk) if self.layer is not None else 1
        return self._speed * max(1 / NODE_SECONDS, count / LONGEST_SECONDS)

    def _on_tick(self) -> None:
        if self._started is None or self.layer is None:
            return
        begun, start = self._started
        place = min(start + (time.monotonic() - begun) * self._rate(), self._until)
        index, part = (int(place), place - int(place)) if place < self._until else (int(self._until) - 1, 1.0)
        if place >= self._until:
            self._stop()
        self._show(index + 1, min(part / MOVING, 1.0))

    def _on_speed(self, factor: float) -> None:
        if self._started is not None:
            begun, start = self._started
            self._started = time.monotonic(), start + (time.monotonic() - begun) * self._rate()
        self._speed = factor

    def _on_direction(self, direction: Direction) -> None:
        self._stop()
        self._direction = direction
        self._begin(self._walk(), 0, 1.0)

    def _on_wished(self, wished: str) -> None:
        last = len(self.layer.walk) - 1 if self.layer is not None else 0
        {
            "play": self.play,
            "on": lambda: self.step(1),
            "back": lambda: self.step(-1),
            "first": lambda: self.jump(0),
            "last": lambda: self.jump(last),
            "close": self.close,
        }[wished]()

    def _on_node_chosen(self, node: int) -> None:
        if self.layer is not None and node >= 0:
            index = self.layer.walk.frame_of(node)
            if index is not None:
                self.jump(index)


NOTHING = ()
