"""What is said where Qt cannot start."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gui_app import platform_check
from gui_app.platform_check import LIBRARIES, X11_LIBRARIES, explain, missing_libraries


@pytest.fixture(autouse=True)
def a_linux_desktop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("DISPLAY", ":0")
    for name in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(platform_check, "_loads", lambda _: True)


def without(monkeypatch: pytest.MonkeyPatch, *gone: str) -> None:
    monkeypatch.setattr(platform_check, "_loads", lambda library: library not in gone)


def test_nothing_is_said_where_all_is_there() -> None:
    assert missing_libraries() == []
    assert explain() is None


def test_the_packages_to_install_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "libEGL.so.1", "libxcb-cursor.so.0")
    assert missing_libraries() == ["libegl1", "libxcb-cursor0"]
    sentence = explain()
    assert sentence is not None
    assert sentence.endswith("apt-get install libegl1 libxcb-cursor0")
    assert explain(window=False) is not None
    assert "libxcb-cursor0" not in str(explain(window=False))


@pytest.mark.parametrize("name", ["WAYLAND_DISPLAY", "QT_QPA_PLATFORM"])
def test_x11_is_not_needed_elsewhere(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    without(monkeypatch, *X11_LIBRARIES)
    monkeypatch.setenv(name, "wayland-0" if name == "WAYLAND_DISPLAY" else "offscreen")
    assert explain() is None


def test_a_missing_display_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY")
    assert "no display" in str(explain())
    assert explain(window=False) is None


def test_other_systems_bring_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, *LIBRARIES)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert explain() is None


def test_a_library_that_is_not_there_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert missing_libraries({"libnothing-of-this-name.so.7": "nothing"}) == ["nothing"]


def test_asking_does_not_load_qt() -> None:
    program = "import sys, gui_app.platform_check as p; p.explain(); assert 'PySide6' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
