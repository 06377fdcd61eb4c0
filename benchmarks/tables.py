"""Reading a table, with progress and all checks, against the table library alone.

    python benchmarks/tables.py [--rows 1000000] [--columns 20] [--rounds 5]

Turn by turn in one process, of the same file of random numbers: theirs is ``pyarrow.csv.read_csv`` of the path, with no
more than that; ours is ``read_table`` to columns of NumPy, progress told to a function that counts.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
from pyarrow import csv

from gui_app.files.tables import preview, read_table

_CHUNK = 50_000


def write(path: Path, rows: int, columns: int) -> None:
    """A CSV of normal numbers with six digits."""
    random = np.random.default_rng(0)
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(f"c{place}" for place in range(columns)) + "\n")
        for first in range(0, rows, _CHUNK):
            np.savetxt(
                file, random.normal(size=(min(_CHUNK, rows - first), columns)), fmt="%.6g", delimiter=","
            )


def seconds(work: Callable[[], object]) -> float:
    """How long ``work`` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        write(path, options.rows, options.columns)
        print(
            f"{path.stat().st_size / 1e6:.0f} MB; preview {1000 * seconds(lambda: preview(path)):.0f} ms at first"
        )
        told = 0

        def count(_share: float) -> None:
            nonlocal told
            told += 1

        ratios = []
        for _ in range(options.rounds):
            theirs = seconds(lambda: csv.read_csv(path))
            ours = seconds(lambda: read_table(path, on_progress=count))
            ratios.append(ours / theirs)
            print(f"library {theirs:.2f} s, ours {ours:.2f} s, ratio {ratios[-1]:.2f}")
        grown = psutil.Process().memory_info().rss / 2**20
        print(
            f"median ratio {statistics.median(ratios):.2f}, {grown:.0f} MiB, progress told {told} times in all"
        )


if __name__ == "__main__":
    main()
