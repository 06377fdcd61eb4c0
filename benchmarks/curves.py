"""How long the loss panel takes for a frame of panning, zooming and growing, however long the runs.

    xvfb-run -a python benchmarks/curves.py [--frames 300] [--size 1280x720] [--clock wall|thread]

A frame is a new view (or new steps) and the repaint of what has changed, in one go. Printed are milliseconds: median,
p99 and the largest, and what they mean in frames a second. Wanted: 10 curves of 10^6 points at 30 frames a second
(p99), 10^7 points in 20 ms. On a machine that does other things meanwhile, ``--clock thread`` leaves their share out.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np
from PySide6.QtWidgets import QApplication

from gui_app.core.branch import Branch
from gui_app.core.history import History
from gui_app.ui import style
from gui_app.ui.curves.loss_panel import LossPanel
from gui_app.ui.curves.span import Span
from gui_app.ui.theme import LIGHT

CLOCKS = {"wall": time.perf_counter, "thread": time.thread_time}
GROWTH = 2000
"""Steps that come between two frames of a growing run."""


def losses(seed: int, count: int, noise: float) -> np.ndarray:
    """A falling curve with noise and a few spikes of one step."""
    random = np.random.default_rng(seed)
    made = (1 + seed) * np.exp(-np.linspace(0, 6 + seed / 3, count)) + 0.05
    made *= np.exp(noise * random.standard_normal(count))
    made[random.integers(0, count, 5)] *= 20
    return made


def record(values: np.ndarray) -> History:
    """A record of these losses."""
    history = History(("x",), "float32")
    extend(history, values)
    return history


def extend(history: History, values: np.ndarray) -> None:
    """Append losses; the parameter falls and the gradient is its size."""
    rows = values.astype("float32")[:, None]
    history.extend(values, rows, rows)


def pans(panel: LossPanel, count: int, share: float) -> Iterator[Callable[[], object]]:
    """A window of that share of the run, moved from its start to its end."""
    x, y = panel.chart.home
    for at in np.linspace(0, 1 - share, count):
        low = x.low + at * x.length
        yield lambda low=low: panel.chart.set_view(Span(low, low + share * x.length), y)


def zooms(panel: LossPanel, count: int) -> Iterator[Callable[[], object]]:
    """From the whole run to a hundred steps and back."""
    x, y = panel.chart.home
    centre, deep = x.low + 0.37 * x.length, np.log(100 / x.length)
    for at in np.linspace(-1, 1, count):
        half = 0.5 * x.length * np.exp(deep * (1 - abs(at)))
        yield lambda half=half: panel.chart.set_view(Span(centre - half, centre + half), y)


def growths(panel: LossPanel, history: History, count: int) -> Iterator[Callable[[], object]]:
    """New steps at each frame."""
    panel.chart.fit()

    def grow() -> None:
        extend(history, np.full(GROWTH, 0.05))
        panel.refresh()
        panel.set_step(history.last)

    return (grow for _ in range(count))


def measure(
    panel: LossPanel, name: str, frames: Iterator[Callable[[], object]], clock: Callable[[], float]
) -> None:
    """Print the times of all frames."""
    spent = []
    for change in frames:
        begin = clock()
        change()
        panel.chart.viewport().repaint()
        panel.map.repaint()
        spent.append(1000 * (clock() - begin))
        QApplication.processEvents()
    ordered = sorted(spent)
    p99 = ordered[int(0.99 * len(ordered))]
    print(
        f"{name:46} median {statistics.median(ordered):6.1f} ms   p99 {p99:6.1f} ms   largest {ordered[-1]:6.1f} ms"
        f"   {1000 / p99:5.0f} frames/s at p99",
        flush=True,
    )


def scene(
    panel: LossPanel, curves: int, points: int, noise: float, frames: int, clock: Callable[[], float]
) -> None:
    """All movements over that many curves of that many points."""
    made = [record(losses(seed, points, noise)) for seed in range(curves)]
    panel.set_logarithmic(True)
    panel.set_history(made[0])
    panel.set_branches([Branch(seed, other, 0, f"run {seed}") for seed, other in enumerate(made[1:], 1)])
    QApplication.processEvents()
    what = f"{curves} × {points:.0e}, noise {noise:g}"
    measure(panel, f"{what}, pan over a tenth", pans(panel, frames, 0.1), clock)
    measure(panel, f"{what}, pan over a thousandth", pans(panel, frames, 0.001), clock)
    measure(panel, f"{what}, zoom", zooms(panel, frames), clock)
    panel.set_beside({"gradient norm", "update size"})
    while panel._later.isActive():
        QApplication.processEvents()
    measure(panel, f"{what}, zoom, two at the right", zooms(panel, frames), clock)
    panel.set_beside(())
    measure(panel, f"{what}, growing", growths(panel, made[0], frames), clock)


def main() -> None:
    """Print one line for each movement."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--frames", type=int, default=300)
    options.add_argument("--size", default="1280x720")
    options.add_argument("--clock", choices=CLOCKS, default="wall")
    wanted = options.parse_args()
    app = QApplication(["benchmark"])
    style.apply(app, LIGHT)
    panel = LossPanel(LIGHT)
    panel.resize(*map(int, wanted.size.split("x")))
    panel.show()
    for curves, points in ((10, 1_000_000), (1, 10_000_000)):
        for noise in (0.0, 0.3):
            scene(panel, curves, points, noise, wanted.frames, CLOCKS[wanted.clock])
    panel.close()


if __name__ == "__main__":
    main()
