"""How long the window is away while a run goes at full speed, with different panels in front.

    xvfb-run -a -s "-screen 0 1440x900x24" python benchmarks/gaps.py [--seconds 6] [--rows 1000000]

First a plane fitted to a CSV of 1,000,000 × 20 in batches of 1,000: while it is read, as the run begins, and later with
its curves and with the Data panel in front. Then lessons, with the panels that cost most. Printed are the gaps between
turns of the window's event loop, and how many steps the run took meanwhile. Wanted: p99 at most 33 ms, none above 100.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow.csv import write_csv
from PySide6.QtCore import QEvent, QSettings, QTimer
from PySide6.QtWidgets import QApplication
from window import ENDLESS, Watch, turn, wait

from gui_app.app import LaboratoryParts, TorchEngine, build

COLUMNS = 20
PLANE = """format = 1
[data]
path = "plane.csv"
target = "y"
batch_size = 1000
shuffle = true
standardize = true
validation = 0.1
[model]
name = "linear"
[optimizer]
name = "SGD"
lr = 0.05
[run]
steps = 1000000
"""
LESSONS = (
    ("Rosenbrock", ("descent", "step")),
    ("C1", ("descent", "loss", "step")),
    ("C4", ("descent", "loss", "lenses")),
    ("C5", ("data",)),
    ("C8", ("data",)),
)


def write_plane(folder: Path, rows: int) -> Path:
    """An experiment on a table of its own beside it."""
    random = np.random.default_rng(0)
    numbers = random.normal(size=(rows, COLUMNS))
    numbers[:, -1] += numbers[:, :-1] @ np.arange(COLUMNS - 1)
    names = [*(f"x{column}" for column in range(COLUMNS - 1)), "y"]
    table = pa.table(dict(zip(names, numbers.T, strict=True)))
    write_csv(table, folder / "plane.csv")
    (folder / "plane.toml").write_text(PLANE, encoding="utf-8")
    return folder / "plane.toml"


class Bench:
    """A window and what is measured in it."""

    def __init__(self, laboratory: LaboratoryParts, seconds: float) -> None:
        self._laboratory, self._seconds = laboratory, seconds
        self._watch = Watch()

    def measure(self, name: str) -> None:
        """Watch for a while, and print a line."""
        session = self._laboratory.presenter.session
        first = max(session.last, 0)
        self._watch.start()
        turn(self._seconds)
        self._watch.stop()
        gaps = sorted(self._watch.gaps)
        print(
            f"{name:40} median {statistics.median(gaps):4.1f} ms, p99 {gaps[int(0.99 * len(gaps))]:5.1f}, "
            f"largest {gaps[-1]:5.1f}; {max(session.last, 0) - first:,} steps",
            flush=True,
        )

    def plane(self, path: Path) -> None:
        """While a large table is read and fitted."""
        presenter, panels = self._laboratory.presenter, self._laboratory.views.window.laboratory
        QTimer.singleShot(0, lambda: self._laboratory.documents.open_file(str(path)))
        self.measure("reading 1,000,000 × 20")
        wait(lambda: presenter.session.experiment.data is not None)
        panels.show_panel("descent")
        presenter.run_to_end()
        self.measure("as the run begins")
        self.measure("its curves in front")
        panels.show_panel("data")
        self.measure("the Data panel in front")
        presenter.pause()

    def lesson(self, name: str, shown: tuple[str, ...]) -> None:
        """A lesson without end."""
        presenter, panels = self._laboratory.presenter, self._laboratory.views.window.laboratory
        self._laboratory.documents.open_lesson(name)
        wait(lambda: presenter.session.last >= 0)
        for panel in shown:
            panels.show_panel(panel)
        experiment = presenter.session.experiment
        presenter.edit(replace(experiment, run=replace(experiment.run, steps=ENDLESS)))
        turn(2)
        presenter.run_to_end()
        self.measure(f"{name}: {', '.join(shown)}")
        presenter.pause()
        turn(0.5)


def main() -> None:
    """Print a line a case."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--seconds", type=float, default=6.0)
    options.add_argument("--rows", type=int, default=1_000_000)
    wanted = options.parse_args()
    app = QApplication(["benchmark"])
    with tempfile.TemporaryDirectory() as folder:
        path = write_plane(Path(folder), wanted.rows)
        settings = QSettings(f"{folder}/settings.ini", QSettings.Format.IniFormat)
        laboratory = build(app, settings, TorchEngine())
        window, presenter = laboratory.views.window, laboratory.presenter
        laboratory.documents.may_close = lambda: True  # type: ignore[method-assign]
        window.resize(1440, 900)
        window.show()
        presenter.start()
        wait(lambda: bool(presenter.devices))
        bench = Bench(laboratory, wanted.seconds)
        bench.plane(path)
        for name, shown in LESSONS:
            bench.lesson(name, shown)
        presenter.close()
        window.closing = lambda: True
        window.close()
        window.deleteLater()
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


if __name__ == "__main__":
    main()
