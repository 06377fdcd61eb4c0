"""Files of PyTorch's tensors: read by a process of its own, which no file can harm or keep waiting."""

from __future__ import annotations

import io
import pickle
import time
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from gui_app.core.table import ReadingStopped
from gui_app.engine.weights_reader import RefusedError, copy
from gui_app.files.errors import FileError
from gui_app.files.tables import preview, read_table


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, ("1/0",)


def saved(value: object) -> bytes:
    made = io.BytesIO()
    torch.save(value, made)
    return made.getvalue()


def sparse() -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return saved(torch.tensor([[0.0, 1.0], [2.0, 0.0]]).to_sparse_csr())


def lying_csr() -> bytes:
    """A sparse tensor whose column indices lie far outside."""
    data = sparse()
    honest, lying = bytes([1, *[0] * 15]), b"\x7f" * 16
    assert honest in data
    return data.replace(honest, lying)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "10^12 elements in a kilobyte": (lambda: saved(torch.ones(1).expand(10**12)), "claim more than 1 MB"),
    "objects": (lambda: saved({"a": Evil()}), "more than tensors"),
    "a sparse tensor that lies": (lying_csr, "is damaged"),
    "a sparse tensor": (sparse, "Save it dense"),
    "complex numbers": (lambda: saved(torch.ones(3, dtype=torch.complex64)), "Save it dense"),
    "cut off": (lambda: saved(torch.ones(10_000))[:-2000], "is damaged"),
    "storage cut off": (lambda: shortened(saved(torch.ones(10_000))), "is damaged"),
    "nested deeply": (lambda: saved(nested(60)), "too deeply"),
}


def nested(depth: int) -> object:
    return [nested(depth - 1)] if depth else torch.ones(1)


def shortened(data: bytes) -> bytes:
    """The same archive with half of the numbers."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content[: len(content) // 2] if name.endswith("data/0") else content)
    return made.getvalue()


def fault(path: Path) -> str:
    with pytest.raises(FileError) as found:
        read_table(path)
    assert found.value.path == path
    return found.value.message


def test_tensors_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    x, y = torch.randn(70, 2), torch.arange(70)
    torch.save({"data": {"x": x, "y": y}, "scale": torch.tensor(2.0, dtype=torch.bfloat16), "epoch": 3}, path)
    shares: list[float] = []
    table = read_table(path, on_progress=shares.append)
    assert table.names == ("data.x_0", "data.x_1", "data.y")
    assert torch.equal(torch.from_numpy(table.column("data.x_1").values), x[:, 1])
    assert table.column("data.y").values.tolist() == y.tolist()
    assert table.left_out == {"scale": "a single number"}
    assert shares
    seen = preview(path)
    assert (seen.format, seen.total, len(seen.rows)) == ("PyTorch", 70, 60)


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_files_are_refused_by_the_reader(what: str) -> None:
    make, wanted = HOSTILE[what]
    made = io.BytesIO()
    with pytest.raises(RefusedError, match=wanted):
        copy(io.BytesIO(make()), made, 2**20)
    assert not made.getvalue()


def test_what_the_process_says_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    torch.save(torch.ones(1).expand(10**12), path)
    assert fault(path) == "Its tensors claim more than 256 MB."


def test_programs_are_refused_without_a_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subprocess.Popen", None)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in ("m/data.pkl", "m/code/__torch__.py", "m/constants.pkl"):
            archive.writestr(name, b"")
    (tmp_path / "a.pt").write_bytes(made.getvalue())
    assert "TorchScript" in fault(tmp_path / "a.pt")
    (tmp_path / "b.pt").write_bytes(pickle.dumps({"a": 1}))
    assert "pickle" in fault(tmp_path / "b.pt")
    torch.save(torch.ones(3), tmp_path / "c.pt", _use_new_zipfile_serialization=False)
    assert "pickle" in fault(tmp_path / "c.pt")


def test_reading_can_be_stopped(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    torch.save(torch.ones(3), path)
    started = time.monotonic()
    with pytest.raises(ReadingStopped):
        read_table(path, cancelled=lambda: time.monotonic() - started > 0.1)


def test_a_process_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gui_app.files.tables.weights._SECONDS", 0.05)
    path = tmp_path / "a.pt"
    torch.save(torch.ones(3), path)
    assert "more memory or time" in fault(path)
