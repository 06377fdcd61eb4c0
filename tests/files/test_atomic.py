"""Saving: the old file or the new one, whatever happens in between."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gui_app.files.atomic import write_atomically
from gui_app.files.errors import FileError

OLD, NEW = b"old\n" * 1000, b"new\n" * 2000
posix = pytest.mark.skipif(sys.platform == "win32", reason="permissions and signals of POSIX")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A file that is already there."""
    path = tmp_path / "experiment.toml"
    path.write_bytes(OLD)
    return path


def assert_untouched(path: Path) -> None:
    assert path.read_bytes() == OLD
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_new_and_old_files(saved: Path) -> None:
    write_atomically(saved, NEW)
    write_atomically(saved.with_name("other"), iter([b"a", b"", b"b"]))
    assert saved.read_bytes() == NEW
    assert saved.with_name("other").read_bytes() == b"ab"
    assert len(list(saved.parent.iterdir())) == 2


def test_short_writes_are_completed(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:777]))
    write_atomically(saved, NEW)
    assert saved.read_bytes() == NEW


@pytest.mark.parametrize("how", ["no space left", "nothing taken"])
def test_a_full_disk_keeps_the_old_file(saved: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    write = os.write
    calls = 0

    def fills_up(handle: int, data: memoryview) -> int:
        nonlocal calls
        calls += 1
        if calls == 1:
            return write(handle, data[:100])
        if how == "nothing taken":
            return 0
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", fills_up)
    with pytest.raises(FileError, match="disk is full") as caught:
        write_atomically(saved, NEW)
    assert caught.value.path == saved
    monkeypatch.undo()
    assert_untouched(saved)


@pytest.mark.parametrize("function", ["fsync", "replace", "open"])
def test_any_failing_call_keeps_the_old_file(
    saved: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, function, fails)
    with pytest.raises(FileError, match="cannot be saved"):
        write_atomically(saved, NEW)
    monkeypatch.undo()
    assert_untouched(saved)


def test_data_that_fails_half_way_keeps_the_old_file(saved: Path) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"half"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(saved, chunks())
    assert_untouched(saved)


@posix
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_kill_keeps_the_old_file(saved: Path, call: str) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from gui_app.files.atomic import write_atomically\n"
        f"os.{call} = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_atomically(Path(sys.argv[1]), b'new')"
    )
    done = subprocess.run([sys.executable, "-c", program, str(saved)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert saved.read_bytes() == OLD
    write_atomically(saved, NEW)
    assert saved.read_bytes() == NEW


@posix
def test_permissions_are_kept(saved: Path) -> None:
    saved.chmod(0o640)
    write_atomically(saved, NEW)
    assert stat.S_IMODE(saved.stat().st_mode) == 0o640
    fresh = saved.with_name("fresh")
    before = os.umask(0o027)
    try:
        write_atomically(fresh, NEW)
    finally:
        os.umask(before)
    assert stat.S_IMODE(fresh.stat().st_mode) == 0o640


@posix
def test_links_are_followed(saved: Path) -> None:
    folder = saved.parent / "elsewhere"
    folder.mkdir()
    link = folder / "link.toml"
    link.symlink_to(saved)
    write_atomically(link, NEW)
    assert link.is_symlink()
    assert saved.read_bytes() == NEW
    dangling = folder / "dangling"
    dangling.symlink_to(folder / "made")
    write_atomically(dangling, NEW)
    assert (folder / "made").read_bytes() == NEW


@posix
def test_places_that_cannot_be_written(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loop, pipe = saved.parent / "loop", saved.parent / "pipe"
    loop.symlink_to(loop)
    os.mkfifo(pipe)
    cases = {
        saved.parent: "folder, a pipe or a device",
        pipe: "folder, a pipe or a device",
        saved.parent / "no" / "x": "does not exist",
        saved / "x": "is a file, not a folder",
        saved.parent / ("n" * 300): "too long",
        loop: "link|this name",
        Path("a\0b"): "this name",
    }
    for path, words in cases.items():
        with pytest.raises(FileError, match=words):
            write_atomically(path, NEW)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(FileError, match="read-only"):
        write_atomically(saved, NEW)
    assert saved.read_bytes() == OLD


@posix
def test_a_read_only_folder_is_named(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "open", refuses)
    with pytest.raises(FileError, match="Save somewhere else"):
        write_atomically(saved, NEW)
