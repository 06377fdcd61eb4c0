"""From the start of the process to the first paint: a bare PySide6 window against ours.

    xvfb-run -a python benchmarks/first_paint.py [--pairs 7]

Fresh processes, turn by turn. Each prints the seconds from its start to the end of its first paint.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

BARE = """
from PySide6.QtWidgets import QApplication, QMainWindow
from PySide6.QtCore import QTimer
import time
app = QApplication([])
class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        print(time.time(), flush=True)
        QTimer.singleShot(0, app.quit)
window = Window()
window.resize(1440, 900)
window.show()
app.exec()
"""

OURS = """
import sys, tempfile, time
from PySide6.QtCore import QEvent, QObject, QSettings, QTimer
from PySide6.QtWidgets import QApplication
from gui_app.app import TorchEngine, build
app = QApplication([])
settings = QSettings(tempfile.mkdtemp() + "/settings.ini", QSettings.Format.IniFormat)
laboratory = build(app, settings, TorchEngine())
class FirstPaint(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.UpdateRequest:
            QTimer.singleShot(0, self.leave)
        return False
    def leave(self):
        print(time.time(), "torch" in sys.modules, flush=True)
        laboratory.presenter.close()
        app.quit()
watch = FirstPaint()
laboratory.views.window.installEventFilter(watch)
laboratory.views.window.show()
app.exec()
"""


def seconds(source: str) -> float:
    """From the start of a process to the time it prints."""
    begin = time.time()
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False)
    words = done.stdout.split()
    if not words:
        raise SystemExit(done.stderr)
    assert "True" not in words, "torch was imported before the first paint"
    return float(words[0]) - begin


def main() -> None:
    """Print medians and the ratio."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pairs", type=int, default=7)
    pairs = options.parse_args().pairs
    seconds(BARE), seconds(OURS)
    bare, ours = [], []
    for _ in range(pairs):
        bare.append(seconds(BARE))
        ours.append(seconds(OURS))
    ratio = statistics.median(b / a for a, b in zip(bare, ours, strict=True))
    print(f"bare {statistics.median(bare):.2f} s, ours {statistics.median(ours):.2f} s, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
