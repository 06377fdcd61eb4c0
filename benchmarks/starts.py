"""Many starts: the basin map of 512 × 512 starts, and a swarm of 100,000 points as it is drawn.

    xvfb-run -a python benchmarks/starts.py

The map takes 200 steps of plain descent from every start on Himmelblau's surface. Beside it runs the loop that one
would write: a torch.optim run for each start, on a part of them and scaled; their ends must be the same bits. The ratio
is the loop's time over ours. A frame of the swarm is one repaint of the panel at another step.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time

import numpy as np
import torch

from gui_app.core.branch import Branch
from gui_app.core.experiment import Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.history import History
from gui_app.core.moment import Moment
from gui_app.core.starts_study import BasinMap, BasinsAsked, Plane, SwarmAsked
from gui_app.engine.lenses.basins import basins
from gui_app.engine.lenses.swarm import swarm
from gui_app.engine.problem import Problem

VIEW = (-6.0, 6.0)
STEPS, SIDE = 200, 512
EXPERIMENT = Experiment(
    "(x**2 + y - 11)**2 + (x + y**2 - 7)**2",
    (ParameterSpec("x", 0.0, view=VIEW), ParameterSpec("y", 0.0, view=VIEW)),
    OptimizerSpec("SGD", {"lr": 0.01}),
    RunSpec(steps=STEPS),
)
PLANE = Plane((0, 1), VIEW, VIEW)


def mapped() -> tuple[float, float, BasinMap]:
    """Seconds of a whole map, and until its first 64 × 64 starts are there."""
    asked = BasinsAsked(experiment=EXPERIMENT, plane=PLANE, steps=STEPS, side=SIDE, scale=(12.0, 12.0))
    begin, first = time.perf_counter(), 0.0
    for answer in basins(Problem(EXPERIMENT), asked, lambda: False):
        if answer.done and not first:
            first = time.perf_counter() - begin
    return time.perf_counter() - begin, first, answer


def by_hand(places: list[tuple[int, int]], answer: BasinMap) -> float:
    """Seconds of one run; asserts that it ends where the map says."""
    xs, ys = PLANE.centres(SIDE)
    begin = time.perf_counter()
    ends = [_run(float(xs[i]), float(ys[j])) for i, j in places]
    seconds = time.perf_counter() - begin
    for (i, j), end in zip(places, ends, strict=True):
        assert answer.ends[:, i, j].tolist() == end
    return seconds / len(places)


def _run(x0: float, y0: float) -> list[float]:
    x, y = (torch.tensor(start, requires_grad=True) for start in (x0, y0))
    optimizer = torch.optim.SGD([x, y], lr=0.01)
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2
        loss.backward()
        optimizer.step()
    return [x.item(), y.item()]


def maps(pairs: int) -> None:
    """Maps and single runs, turn by turn."""
    generator = np.random.default_rng(0)
    mapped()  # what is made once is made now
    rows = []
    for _ in range(pairs):
        seconds, first, answer = mapped()
        places = [tuple(map(int, place)) for place in generator.integers(0, SIDE, (10, 2))]
        single = by_hand(places, answer)  # type: ignore[arg-type]
        rows.append((seconds, first, single * SIDE**2 / seconds))
        print(
            f"map {seconds:.2f} s, first picture {first:.2f} s; one run {1e3 * single:.1f} ms, ratio {rows[-1][2]:,.0f}"
        )
    medians = [statistics.median(column) for column in zip(*rows, strict=True)]
    print(f"median map {medians[0]:.2f} s, first picture {medians[1]:.2f} s, ratio {medians[2]:,.0f}")


def frames(count: int, repaints: int) -> None:
    """A swarm that is played."""
    from PySide6.QtWidgets import QApplication

    from gui_app.ui.resources import Icons
    from gui_app.ui.starts.panel import StartsPanel
    from gui_app.ui.theme import DARK

    app = QApplication.instance() or QApplication(["starts"])
    panel = StartsPanel(DARK, Icons(DARK))
    panel.resize(640, 560)
    panel.show()
    history = History(("x", "y"), "float32")
    history.extend(np.zeros(STEPS + 1), np.zeros((STEPS + 1, 2)), np.zeros((STEPS + 1, 2)))
    branch = Branch(0, history, 0, "first run")
    panel.set_moment(Moment(EXPERIMENT, history, 0, branch))
    panel.controls.study.choose("swarm")
    asked = SwarmAsked(experiment=EXPERIMENT, plane=PLANE, steps=STEPS, arrangement="uniform", count=count)
    panel.run()
    for answer in swarm(Problem(EXPERIMENT), asked, lambda: False):
        panel.take(answer)
    times = []
    for step in range(repaints):
        begin = time.perf_counter()
        panel.set_moment(Moment(EXPERIMENT, history, step % STEPS, branch))
        panel.chart.viewport().repaint()
        app.processEvents()
        times.append(1e3 * (time.perf_counter() - begin))
    median, p95 = np.quantile(times[10:], [0.5, 0.95])
    print(f"{count:,} points: {median:.1f} ms a frame (p95 {p95:.1f}), {1e3 / median:.0f} a second")
    panel.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--points", type=int, default=100_000)
    given = parser.parse_args()
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))  # as the application does
    maps(given.pairs)
    frames(given.points, 150)
