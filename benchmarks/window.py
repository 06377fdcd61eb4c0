"""What the open window costs a run at full speed, and how long the window is away while one goes.

    xvfb-run -a python benchmarks/window.py [--seconds 5] [--rounds 3] [--lesson C1]

Turn by turn in one process: the run with the laboratory open and showing it, then the same run with nobody looking.
Printed are steps a second of both and their ratio, the gaps between turns of the window's event loop (median, p99,
largest).
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QElapsedTimer, QEvent, QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from gui_app.app import TorchEngine, build
from gui_app.core.events import Event, StepsTaken
from gui_app.core.experiment import Experiment
from gui_app.core.runner import Answer, Runner
from gui_app.core.session import Status
from gui_app.files.lessons import lesson
from gui_app.language.limits import StopFlag
from gui_app.ui.presenter import Presenter

ENDLESS = 1_000_000_000


def unseen(experiment: Experiment, seconds: float) -> float:
    """Steps a second of the same runner while this thread only sleeps."""
    mailbox: deque[Event | Answer] = deque()
    runner, stop = Runner(mailbox), StopFlag()
    engine = TorchEngine()
    runner.start(lambda run: engine.descend(experiment, run, stop), stop.set)
    runner.play()
    begin, steps = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        time.sleep(0.02)
        while mailbox:
            event = mailbox.popleft()
            steps += len(event.losses) if isinstance(event, StepsTaken) else 0
    spent = time.perf_counter() - begin
    runner.close()
    return steps / spent


class Watch:
    """Gaps between turns of the event loop, in milliseconds."""

    def __init__(self) -> None:
        self.gaps: list[float] = []
        self._clock = QElapsedTimer()
        self._timer = QTimer()
        self._timer.setInterval(4)
        self._timer.timeout.connect(self._on_turn)

    def start(self) -> None:
        self.gaps.clear()
        self._clock.start()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def _on_turn(self) -> None:
        self.gaps.append(self._clock.nsecsElapsed() / 1e6)
        self._clock.restart()


def turn(seconds: float) -> None:
    """Let the event loop turn as it does in the application: asleep, without the GIL, while nothing happens."""
    loop = QEventLoop()  # of its own: the application's ``quit`` would close the window
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()


def wait(until: Callable[[], bool]) -> None:
    """Turn until something holds, half a minute at most."""
    end = time.perf_counter() + 30
    while not until() and time.perf_counter() < end:
        turn(0.05)


def run(presenter: Presenter, seconds: float) -> float:
    """Steps a second of the run that the window shows."""
    presenter.reset()
    wait(lambda: presenter.session.last >= 0)
    presenter.run_to_end()
    turn(0.5)
    begin, first = time.perf_counter(), presenter.session.last
    turn(seconds)
    speed = (presenter.session.last - first) / (time.perf_counter() - begin)
    assert presenter.session.status is Status.RUNNING
    presenter.pause()
    turn(0.3)
    return speed


def main() -> None:
    """Print one line a round and the medians."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=5.0)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--lesson", default="C1")
    wanted = options.parse_args()
    app = QApplication(["benchmark"])
    with tempfile.TemporaryDirectory() as folder:
        settings = QSettings(f"{folder}/settings.ini", QSettings.Format.IniFormat)
        laboratory = build(app, settings, TorchEngine())
        window, presenter = laboratory.views.window, laboratory.presenter
        window.resize(1440, 900)
        window.show()
        presenter.start()
        experiment = lesson(wanted.lesson).experiment
        experiment = replace(experiment, run=replace(experiment.run, steps=ENDLESS))
        presenter.open(experiment)
        window.show_laboratory()
        wait(lambda: presenter.session.last >= 0)
        turn(2)
        watch, shares, gaps = Watch(), [], []
        for _ in range(wanted.rounds):
            seen = run(presenter, wanted.seconds)
            alone = unseen(experiment, wanted.seconds)
            shares.append(seen / alone)
            # Apart, since the watch wakes the window four times as often as the application does.
            watch.start()
            run(presenter, wanted.seconds)
            watch.stop()
            ordered = sorted(watch.gaps)
            gaps.append((ordered[int(0.99 * len(ordered))], ordered[-1]))
            print(
                f"{seen:,.0f} steps/s seen, {alone:,.0f} unseen, share {seen / alone:.2f}; gaps ms: median "
                f"{statistics.median(ordered):.1f}, p99 {gaps[-1][0]:.1f}, largest {gaps[-1][1]:.1f}",
                flush=True,
            )
        print(
            f"median share {statistics.median(shares):.2f}, p99 {statistics.median(g[0] for g in gaps):.1f} ms, "
            f"largest {max(g[1] for g in gaps):.1f} ms"
        )
        presenter.close()
        window.closing = lambda: True
        window.close()
        window.deleteLater()
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


if __name__ == "__main__":
    main()
