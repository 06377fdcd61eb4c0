"""The picture of an autograd graph against torchviz's ``make_dot`` and ``dot -Tsvg``; frames; the window meanwhile.

    python benchmarks/graph.py [--rounds 3] [--limit 120] [--without-dot]

Turn by turn in one process, on Qt's ``offscreen`` platform. Ours: from the output tensor to the painted panel, that is
the walk, the layout and all that is painted of the whole graph, every node drawn; "as it opens" is the same with
repeated parts rolled up, as the window shows a large graph first. Theirs: from the output tensor to the SVG file's
text, and then that text loaded and painted by Qt on a sheet of the same size; ``dot`` is killed after ``--limit``
seconds, and the ratio is then a lower bound. Ratios are told for both: to their text, and to their picture. What is
remembered of the sizes of boxes is forgotten before each picture.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QElapsedTimer, QEvent, QPointF, QRectF, QSizeF, Qt, QTimer
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication
from torch import Tensor
from torchviz import make_dot

from gui_app.core.events import Event
from gui_app.core.graph import Edge, Graph, Node
from gui_app.core.layout import layout
from gui_app.core.runner import Answer, Asker
from gui_app.engine.lenses.graph import trace
from gui_app.ui.graph.cards import measure, size
from gui_app.ui.graph.drawn import Folding, draw
from gui_app.ui.graph.panel import GraphPanel
from gui_app.ui.graph.scene import Scene
from gui_app.ui.graph.surface import Surface
from gui_app.ui.theme import LIGHT

sys.path.append(str(Path(__file__).parents[1] / "tests" / "engine"))

from models import Made, lstm, residual, resnet18, transformer

SIZE = 1280, 800
CASES: dict[str, Callable[[], Made]] = {
    "residual MLP, 100 nodes": lambda: residual(14),
    "residual MLP, 1,000 nodes": lambda: residual(142),
    "ResNet-18": resnet18,
    "transformer, 12 layers": transformer,
    "LSTMCell × 50": lambda: lstm(50),
    "LSTMCell × 400": lambda: lstm(400),
    "residual MLP, 10,000 nodes": lambda: residual(1_428),
}
MOVING = "residual MLP, 10,000 nodes"
KEEP = Qt.AspectRatioMode.KeepAspectRatio


def whole(output: Tensor, names: object) -> Graph:
    """The graph without what the nodes have saved: torchviz does not show it either."""
    return trace(output, names, saved=False)  # type: ignore[arg-type]


@dataclass
class Stages:
    """Seconds of one picture."""

    trace: float
    layout: float
    paint: float

    @property
    def total(self) -> float:
        return self.trace + self.layout + self.paint


def ours(panel: GraphPanel, made: Made, rolled_up: bool) -> Stages:
    """From the output to the painted panel."""
    panel.set_graph(None, None)
    panel.set_message("")
    sheet = QPixmap(*SIZE)
    sheet.fill(LIGHT.panel)
    size.cache_clear()
    begin = time.perf_counter()
    graph = whole(*made)
    traced = time.perf_counter()
    drawn = draw(graph, Folding(all_shut=rolled_up), saved=False)
    placement = layout(drawn.graph, measure=measure)
    placed = time.perf_counter()
    panel.show_drawn(drawn, Scene(drawn.graph, placement, drawn.badges, drawn.identity))
    panel.finish()
    panel.render(sheet)
    return Stages(traced - begin, placed - traced, time.perf_counter() - placed)


class Theirs(NamedTuple):
    """Seconds from the output to the text of the SVG file, and to its picture."""

    text: float
    picture: float


def theirs(made: Made, limit: float) -> Theirs | None:
    """``None`` if ``dot`` was killed."""
    output, _ = made
    sheet = QPixmap(*SIZE)
    sheet.fill(LIGHT.panel)
    begin = time.perf_counter()
    source = make_dot(output).source
    try:
        drawn = subprocess.run(
            ["dot", "-Tsvg"], input=source.encode(), capture_output=True, check=True, timeout=limit
        )
    except subprocess.TimeoutExpired:
        return None
    text = time.perf_counter() - begin
    renderer = QSvgRenderer(drawn.stdout)
    whole_sheet = QRectF(sheet.rect())
    area = QRectF(0, 0, *QSizeF(renderer.defaultSize()).scaled(whole_sheet.size(), KEEP).toTuple())
    area.moveCenter(whole_sheet.center())
    painter = QPainter(sheet)
    renderer.render(painter, area)
    painter.end()
    return Theirs(text, time.perf_counter() - begin)


def compare(panel: GraphPanel, rounds: int, limit: float, with_dot: bool) -> None:
    """Print a table row a case."""
    head = "| graph | nodes | trace + layout + paint, ms | ours | as it opens |"
    print(
        head + (" their text | their picture | whole to text, picture | opens to text, picture |" * with_dot)
    )
    print("|---" * (9 if with_dot else 5) + "|")
    for name, build in CASES.items():
        runs, opened = [], []
        for _ in range(rounds):
            runs.append(ours(panel, build(), rolled_up=False))
            opened.append(ours(panel, build(), rolled_up=True).total)
        nodes = len(whole(*build()).nodes)
        best = sorted(runs, key=lambda run: run.total)[rounds // 2]
        stages = " + ".join(f"{1e3 * part:.0f}" for part in (best.trace, best.layout, best.paint))
        first = statistics.median(opened)
        row = f"| {name} | {nodes:,} | {stages} | {1e3 * best.total:.0f} ms | {1e3 * first:.0f} ms |"
        if with_dot:
            row += against(repeated(build, rounds, limit), limit, best.total, first)
        print(row, flush=True)


def repeated(build: Callable[[], Made], rounds: int, limit: float) -> list[Theirs | None]:
    """So many of their pictures; none more after one that was killed."""
    runs: list[Theirs | None] = []
    while len(runs) < rounds and None not in runs:
        runs.append(theirs(build(), limit))
    return runs


def against(runs: Sequence[Theirs | None], limit: float, *seconds: float) -> str:
    """Their columns, medians of the runs; ``seconds`` are ours. If one was killed, what is known of all."""
    done = [run for run in runs if run is not None]
    killed = len(done) < len(runs)
    middle = Theirs(limit, limit) if killed else Theirs(*map(statistics.median, zip(*done, strict=True)))
    more = "> " if killed else ""
    times = " | ".join(f"{more}{part:.{0 if killed else 3}f} s" for part in middle)
    ratios = (" and ".join(f"{more}{part / own:,.1f}" for part in middle) for own in seconds)
    return f" {times} | {' | '.join(ratios)} |"


def frames(panel: GraphPanel) -> None:
    """Print how long frames take while the largest graph is moved and zoomed."""
    ours(panel, CASES[MOVING](), rolled_up=False)
    surface = panel.findChild(Surface)
    assert surface is not None
    surface.fit()
    fitted = surface.view.zoom

    def moved(times: int, step: Callable[[int], None]) -> list[float]:
        taken = []
        for index in range(times):
            begin = time.perf_counter()
            step(index)
            surface.repaint()
            taken.append(1e3 * (time.perf_counter() - begin))
        return taken

    def pan(index: int) -> None:
        surface.look(surface.view.moved(QPointF(9.0 if index % 120 < 60 else -9.0, -7.0)))

    ways = {"zoom": moved(200, lambda index: surface.zoom(1.04 if index < 100 else 1 / 1.04))}
    for percent in (round(100 * fitted), 25, 50, 100):
        surface.zoom(percent / 100 / surface.view.zoom)
        surface.finish()
        ways[f"pan at {percent} %"] = moved(200, pan)
    print(f"\nFrames of {MOVING}, ms:")
    for way, taken in ways.items():
        taken.sort()
        print(
            f"{way}: median {statistics.median(taken):.1f}, p99 {taken[int(0.99 * len(taken))]:.1f}",
            flush=True,
        )


def tangled(count: int = 10_000) -> Graph:
    """Nodes that take two inputs each from any before them: nothing in it repeats."""
    chance = random.Random(0)
    edges = (Edge(chance.randrange(node), node, slot) for node in range(1, count) for slot in (0, 1))
    return Graph(tuple(Node(node, "AddBackward0", "grad_fn") for node in range(count)), tuple(edges))


def gaps(app: QApplication) -> None:
    """Print how long the event loop waits at most for its turn while a layout runs in the thread for questions."""
    mailbox: deque[Event | Answer] = deque()
    asker = Asker(mailbox)
    clock, timer, waits = QElapsedTimer(), QTimer(), list[float]()
    timer.setInterval(4)

    def on_turn() -> None:
        waits.append(clock.nsecsElapsed() / 1e6)
        clock.restart()
        if mailbox:
            app.quit()

    timer.timeout.connect(on_turn)
    print("\nGaps of the event loop while a layout runs, ms:")
    cases = {name: whole(*CASES[name]()) for name in ("LSTMCell × 50", "LSTMCell × 400", MOVING)}
    for name, graph in {**cases, "random DAG, 10,000 nodes": tangled()}.items():
        waits.clear()
        asker.ask(
            "layout", lambda cancelled, graph=graph: layout(graph, measure=measure, cancelled=cancelled)
        )
        clock.start()
        timer.start()
        app.exec()
        timer.stop()
        answer = mailbox.popleft()
        assert isinstance(answer, Answer)
        assert answer.fault is None, answer.fault
        waits.sort()
        seconds = sum(waits) / 1e3
        print(
            f"{name}: {len(graph.nodes):,} nodes, {seconds:.2f} s, p99 {waits[int(0.99 * len(waits))]:.1f}, "
            f"largest {waits[-1]:.1f}",
            flush=True,
        )
    asker.close()


def main() -> None:
    """Print the table, the frames and the gaps."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--limit", type=float, default=120.0)
    options.add_argument("--without-dot", action="store_true")
    wanted = options.parse_args()
    app = QApplication(["benchmark"])
    panel = GraphPanel(LIGHT)
    panel.resize(*SIZE)
    panel.show()
    app.processEvents()
    ours(panel, resnet18(), rolled_up=False)
    compare(panel, wanted.rounds, wanted.limit, not wanted.without_dot)
    frames(panel)
    gaps(app)
    panel.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


if __name__ == "__main__":
    # torchviz walks by recursion: thousands of nodes are beyond the usual limit.
    sys.setrecursionlimit(100_000)
    main()
