"""Play, pause, step: what the transport's buttons mean, in what is recorded and beyond it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from gui_app.core.runner import Runner
from gui_app.core.session import Session, Status


class Player:
    """Moves the session's cursor through the record, and asks the runner for more where the record ends."""

    def __init__(self, session: Session, runner: Runner, speed: Callable[[], float]) -> None:
        self._session, self._runner, self._speed = session, runner, speed
        self._from: tuple[float, int] | None = None
        """When and at which step playing the record began; ``None`` while it is not played."""
        self._stretch: tuple[int, int] | None = None
        self.hurried = False
        """The run goes as fast as it can, so the views are painted less often."""

    @property
    def replaying(self) -> bool:
        """Whether the record is being played."""
        return self._from is not None

    @property
    def stretch(self) -> tuple[int, int] | None:
        """First and last step of what is played round and round, as far as it is recorded."""
        if self._stretch is None:
            return None
        first, last = self._stretch[0], min(self._stretch[1], self._session.last)
        return (first, last) if last > first else None

    def loop(self, stretch: tuple[int, int] | None) -> None:
        """Play these steps round and round, now or from the next time on; None: no longer."""
        self._stretch = stretch
        if self.replaying:
            self._replay()

    @property
    def can_go_on(self) -> bool:
        """Whether there can be more steps than are recorded."""
        stuck = self._session.status in (Status.DIVERGED, Status.FAILED)
        return self._session.last >= 0 and not stuck

    @property
    def _more(self) -> bool:
        """Whether steps are planned that have not been taken."""
        return self.can_go_on and self._session.last < self._session.planned

    def toggle(self) -> None:
        """Pause what is moving; else play what is recorded from here on, and then go on.

        At the end of a run that is over, its record is played from the start; where a stretch is chosen, that is
        played, round and round.
        """
        session = self._session
        if self.replaying or session.status is Status.RUNNING:
            self.pause()
        elif self.stretch is not None:
            self._replay()
        elif session.at_end and self._more:
            self._go_on(self._speed())
        elif session.last > 0:
            if session.at_end:
                session.move(0)
            self._replay()

    def _replay(self) -> None:
        """Play the record from the step that is shown, or the stretch from its beginning if that lies elsewhere."""
        if self.stretch is not None and not self.stretch[0] <= self._session.cursor <= self.stretch[1]:
            self._session.move(self.stretch[0])
        self._from = time.monotonic(), self._session.cursor

    def pause(self) -> None:
        """Wait where it is."""
        self._from = None
        if self._session.status is Status.RUNNING:
            self._runner.pause()
            self._session.status = Status.PAUSED

    def run_to_end(self) -> None:
        """Take all planned steps as fast as it goes."""
        self.jump(self._session.last)
        self._go_on(math.inf)

    def step(self) -> None:
        """One step forward: into what is recorded, or a new one."""
        self.pause()
        if not self._session.at_end:
            self.jump(self._session.neighbour(1))
        elif self.can_go_on:
            self._runner.step()

    def step_back(self) -> None:
        """One recorded step back."""
        self.pause()
        self.jump(self._session.neighbour(-1))

    def jump(self, step: int) -> bool:
        """Show the recorded step nearest to ``step``; True if that is another one."""
        self._from = None
        return self._session.move(step)

    def set_speed(self, speed: float) -> None:
        """Steps a second from now on; infinity for as fast as it goes."""
        if self.replaying:
            self._replay()
        self.hurried = math.isinf(speed)
        self._runner.set_pace(None if self.hurried else speed)

    def tick(self) -> bool:
        """Play the record on; True if the cursor has moved."""
        if self._from is None:
            return False
        begun, first = self._from
        speed, last = self._speed(), self._session.last
        if self.stretch is not None:
            return self._session.move(_round(self.stretch, first, time.monotonic() - begun, speed))
        step = last if math.isinf(speed) else first + int((time.monotonic() - begun) * speed)
        moved = self._session.move(min(step, last))
        if self._session.at_end:
            self._from = None
            self._go_on(speed)
        return moved

    def _go_on(self, speed: float) -> None:
        if self._more:
            self.begin(speed)

    def begin(self, speed: float) -> None:
        """Take steps to the end, from whatever the runner has been given."""
        self.set_speed(speed)
        self._session.begin()
        self._runner.play(None if self._session.is_script else self._session.planned)


def _round(stretch: tuple[int, int], first: int, seconds: float, speed: float) -> int:
    """The step so long after ``first``, round and round; at full speed a round takes a second."""
    begin, end = stretch
    length = end - begin + 1
    taken = int(seconds * (length if math.isinf(speed) else speed))
    return begin + (first - begin + taken) % length
