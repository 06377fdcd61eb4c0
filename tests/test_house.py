"""The rules of the house: style, types, who may import whom, and what must not be loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOOLS = {
    "lint": ["ruff", "check"],
    "format": ["ruff", "format", "--check"],
    "types": ["mypy"],
}
IMPORT_ALL = """
import importlib, pkgutil, sys, warnings
warnings.simplefilter("ignore")
for name in {blocked!r}:
    sys.modules[name] = None
for package in {packages!r}:
    module = importlib.import_module(package)
    for found in pkgutil.walk_packages(module.__path__, package + "."):
        importlib.import_module(found.name)
loaded = sorted(name for name in {unwanted!r} if sys.modules.get(name))
assert not loaded, loaded
"""


def python(*words: str) -> None:
    """Run Python in the checkout; what it prints is shown if it fails."""
    done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("tool", TOOLS)
def test_tool(tool: str) -> None:
    python("-m", *TOOLS[tool])


def test_import_contracts() -> None:
    python("-c", "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())")


@pytest.mark.parametrize("package", ["core", "language", "files", "engine"])
def test_the_rooms_below_the_window_work_without_qt(package: str) -> None:
    blocked = ["PySide6", "pyqtgraph"]
    python("-c", IMPORT_ALL.format(blocked=blocked, packages=[f"gui_app.{package}"], unwanted=[]))


@pytest.mark.parametrize("package", ["core", "language", "files", "ui"])
def test_only_the_engine_loads_torch(package: str) -> None:
    unwanted = ["torch", "torchviz"]
    python("-c", IMPORT_ALL.format(blocked=[], packages=[f"gui_app.{package}"], unwanted=unwanted))


def test_the_window_is_built_before_torch_is_loaded() -> None:
    python("-c", "import sys, gui_app.app; assert 'torch' not in sys.modules")
