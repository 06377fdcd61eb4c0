"""Files of PyTorch's tensors: torch.load is the oracle for the good ones, and no other can do any harm."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pickle
import random
import re
import struct
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from gui_app.core.table import ReadingStopped
from gui_app.files.errors import FileError
from gui_app.files.tables import preview, read_table
from gui_app.files.tables.pickled import RefusedError, tensors_in, told
from gui_app.files.tables.weights import READER

DTYPES = (
    *(torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.bool, torch.uint8, torch.uint16),
    *(torch.uint32, torch.uint64, torch.int8, torch.int16, torch.int32, torch.int64),
)


def saved(value: object) -> bytes:
    made = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of kinds of tensors that are still new
        torch.save(value, made)
    return made.getvalue()


def sparse_rows() -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return saved(torch.eye(2).to_sparse_csr())


def list_of(data: bytes) -> bytes:
    """The pickle inside a file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read("archive/data.pkl")


def packed(pickled: bytes, numbers: bytes = struct.pack("<3f", 1, 2, 3), kind: int = 0) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", kind) as archive:
        archive.writestr("a/data.pkl", pickled)
        archive.writestr("a/byteorder", b"little")
        archive.writestr("a/data/0", numbers)
    return made.getvalue()


def written(path: Path, value: object) -> Path:
    path.write_bytes(value if isinstance(value, bytes) else saved(value))
    return path


def fault(path: Path) -> str:
    with pytest.raises(FileError) as found:
        read_table(path)
    assert found.value.path == path
    return found.value.message


# --- good ones -------------------------------------------------------------------------------------------------------


def flat(value: Any, name: str = "") -> dict[str, torch.Tensor]:
    """All tensors by dotted names, found in what torch.load gives."""
    if isinstance(value, torch.Tensor):
        return {name or "x": value}
    if not isinstance(value, dict | list | tuple):
        return {}
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    found: dict[str, torch.Tensor] = {}
    for key, entry in entries:
        found |= flat(entry, f"{name}.{key}" if name else str(key))
    return found


def columns_of(tensors: dict[str, torch.Tensor], rows: int) -> dict[str, list[float]]:
    """The table that these tensors come to."""
    found = {}
    for name, tensor in tensors.items():
        if tensor.ndim and len(tensor) == rows:
            wide = tensor.detach().reshape(rows, -1).double()
            names = [name] if wide.shape[1] == 1 else [f"{name}_{place}" for place in range(wide.shape[1])]
            found |= dict(zip(names, wide.T.tolist(), strict=True))
    return found


def network() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 3))


def optimizer() -> object:
    """As an optimizer of a parameter with three rows keeps it."""
    state = {"step": torch.tensor(1.0), "exp_avg": torch.randn(3, 2), "exp_avg_sq": torch.rand(3, 2)}
    group = {"lr": 0.01, "betas": (0.9, 0.999), "amsgrad": False, "foreach": None, "params": [0]}
    return {"state": {0: state}, "param_groups": [group]}


def marked() -> torch.Tensor:
    made = torch.arange(3.0)
    made.about = "weights"  # type: ignore[attr-defined]
    return made


OTHERS = (
    *(b"bytes", bytearray(b"x"), 1 + 2j, {1, 2}, None, True, 2**1000, -1.5, "é" * 300, (1, 2, 3, 4)),
    *(torch.device("cpu"), torch.Size([3]), torch.float16),
)
BASE = torch.arange(60.0).reshape(3, 4, 5)
GOOD: dict[str, Callable[[], object]] = {
    **{str(dtype): lambda dtype=dtype: torch.tensor([0, 1, 2, 100]).to(dtype) for dtype in DTYPES},
    "extremes of halves": lambda: torch.tensor([65504.0, -6e-8, 0.1, 3.0]).half(),
    "extremes of bfloat16": lambda: torch.tensor([3e38, -1e-38, 0.1, 3.0]).bfloat16(),
    "transposed": lambda: {"a": torch.arange(12.0).reshape(3, 4).t(), "b": torch.arange(4)},
    "permuted": lambda: BASE.permute(2, 0, 1),
    "a view": lambda: {"a": BASE[1:, ::2, 3], "whole": BASE, "diagonal": BASE[0].diagonal()[:2]},
    "expanded": lambda: torch.arange(3.0)[:, None].expand(3, 4),
    "one storage twice": lambda: [BASE[0], BASE[1], BASE[0, 1:]],
    "reinterpreted": lambda: [torch.arange(4.0), torch.arange(4.0).view(torch.int32)],
    "nested": lambda: {
        "a": {"b": [torch.ones(3), (torch.zeros(3), {"c": torch.arange(3)})]},
        7: torch.ones(3),
    },
    "a network": lambda: network().state_dict(),
    "a parameter": lambda: nn.Parameter(torch.randn(5, 2)),
    "a buffer": lambda: nn.Buffer(torch.randn(5)),
    "with an attribute": marked,
    "an optimizer": optimizer,
    "other things": lambda: dict(enumerate(OTHERS)) | {"a": torch.ones(3)},
    "no rows beside rows": lambda: {"a": torch.empty(0, 3), "b": torch.ones(2), "c": torch.zeros(2, 2)},
    "a single number beside rows": lambda: {"a": torch.tensor(2.5), "b": torch.ones(2)},
}


@pytest.mark.parametrize("what", GOOD)
def test_what_torch_loads_is_read(tmp_path: Path, what: str) -> None:
    torch.manual_seed(0)
    path = written(tmp_path / "a.pt", GOOD[what]())
    table = read_table(path)
    wanted = columns_of(flat(torch.load(path)), table.rows)
    assert list(table.names) == list(wanted)
    for name, values in wanted.items():
        assert table.column(name).values.astype(float).tolist() == values
    seen = preview(path)
    assert (seen.format, seen.total, len(seen.rows), seen.names) == (
        "PyTorch",
        table.rows,
        table.rows,
        table.names,
    )


@given(st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_view_is_read(tmp_path: Path, data: st.DataObject) -> None:
    shape = data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    dtype = data.draw(st.sampled_from(DTYPES))
    tensor = torch.arange(np.prod(shape)).to(dtype).reshape(shape)
    tensor = tensor.permute(data.draw(st.permutations(range(len(shape)))))
    for axis, length in enumerate(tensor.shape):
        first = data.draw(st.integers(0, length - 1))
        tensor = tensor.narrow(axis, first, data.draw(st.integers(1, length - first)))
    path = written(tmp_path / "a.pt", tensor)
    wanted = columns_of({"x": tensor}, len(tensor))
    table = read_table(path)
    assert {column.name: column.values.tolist() for column in table.columns} == wanted


def test_the_other_order_of_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    torch.save({"a": torch.tensor([1.0, 2.5]), "b": torch.tensor([3, 4]).bfloat16()}, path)
    made = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("byteorder"):
                content = b"big"
            elif name.endswith("data/0"):
                content = np.frombuffer(content, "<f4").astype(">f4").tobytes()
            elif name.endswith("data/1"):
                content = np.frombuffer(content, "<u2").astype(">u2").tobytes()
            new.writestr(name, content)
    path.write_bytes(made.getvalue())
    table = read_table(path)
    assert [column.values.tolist() for column in table.columns] == [[1.0, 2.5], [3.0, 4.0]]


def test_a_preview_reads_the_beginning_and_the_whole_is_checked(tmp_path: Path) -> None:
    data = saved(torch.arange(100_000.0))
    broken = data.replace(struct.pack("<2f", 99_998, 99_999), struct.pack("<2f", 99_998, 0))
    path = written(tmp_path / "a.pt", broken)
    assert len(preview(path).rows) == 60
    assert "damaged" in fault(path)


# --- others ----------------------------------------------------------------------------------------------------------


def text(value: str) -> bytes:
    data = value.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(data)) + data


def name(value: str) -> bytes:
    return b"c" + value.replace(" ", "\n").encode() + b"\n"


def whole(value: int) -> bytes:
    data = pickle.encode_long(value)
    return b"\x8a" + bytes([len(data)]) + data


def several(*values: int) -> bytes:
    return b"(" + b"".join(map(whole, values)) + b"t"


def tensor(
    shape: tuple[int, ...] = (3,),
    stride: tuple[int, ...] = (1,),
    offset: int = 0,
    kind: str = "FloatStorage",
    key: str = "0",
) -> bytes:
    """The words that ask for a tensor."""
    storage = b"(" + text("storage") + name(f"torch {kind}") + text(key) + text("cpu") + whole(3) + b"tQ"
    rest = (
        whole(offset) + several(*shape) + several(*stride) + b"\x89" + name("collections OrderedDict") + b")R"
    )
    return name("torch._utils _rebuild_tensor_v2") + b"(" + storage + rest + b"tR"


def listed(*words: bytes) -> bytes:
    return b"\x80\x02" + b"".join(words) + b"."


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("echo evil",)


LAUGHS = b"".join(b"]q" + bytes([k]) + b"(" + (b"h" + bytes([k - 1])) * 10 + b"e" for k in range(1, 19))
FROM_TYPE = name("torch._tensor _rebuild_from_type_v2") + b"q\0"
LARGE = "too many values|too long names"
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    **{
        f"a call, protocol {kind}": (lambda kind=kind: pickle.dumps({"a": Evil()}, kind), "more than tensors")
        for kind in (0, 1, 2, 4, 5)
    },
    "a call of torch's": (lambda: listed(name("torch load"), b"(", text("/etc/passwd"), b"tR"), "more than"),
    "a module of torch's": (lambda: listed(name("torch.hub load"), b"(tR"), "more than"),
    "an instance": (lambda: listed(b"(", text("a"), b"ios\nsystem\n"), "more than"),
    "a new object": (lambda: listed(name("torch Tensor"), b")\x81"), "more than"),
    "an extension": (lambda: listed(b"\x82\1"), "more than"),
    "a name from the stack": (lambda: listed(text("os"), text("system"), b"\x93"), "more than"),
    "an integer of 2 GB": (lambda: listed(b"\x8b" + struct.pack("<i", 2**31 - 1)), "damaged"),
    "bytes without end": (lambda: listed(b"\x8e" + struct.pack("<Q", 2**62)), "damaged"),
    "a field of 1 TB": (lambda: listed(b"\x96" + struct.pack("<Q", 2**40)), "damaged"),
    "a text of 4 GB": (lambda: listed(b"X" + struct.pack("<I", 2**32 - 1)), "damaged"),
    "a decimal of a million digits": (lambda: listed(b"L" + b"9" * 1_000_000 + b"L\n"), "damaged"),
    "a far place of the memo": (lambda: listed(b"]r" + struct.pack("<I", 2**32 - 1)), "no array"),
    "a place of the memo that is empty": (lambda: listed(b"h\7"), "damaged"),
    "lists in lists": (lambda: listed(b"]" * 30_000 + b"a" * 29_999), "deeply|many"),
    "tuples in tuples": (lambda: listed(b")" + b"\x85" * 30_000), "nested too deeply"),
    "a key of tuples in tuples": (lambda: listed(b"})" + b"\x85" * 30_000 + tensor() + b"s"), "damaged"),
    "a function in functions": (
        lambda: listed(FROM_TYPE, b"h\0(" * 20_000 + b")h\0h\0" + b"N" * 3 + b"t" * 20_000 + b"R"),
        "damaged",
    ),
    "laughs": (lambda: listed(tensor(), b"q\0", LAUGHS), LARGE),
    "laughs about nothing": (lambda: listed(b"]q\0", LAUGHS), LARGE),
    "a list that holds itself": (lambda: listed(b"]q\0h\0a"), "nested too deeply"),
    "very many words": (lambda: listed(b"N" * 1_000_000), LARGE),
    "very many tensors": (lambda: listed(b"](", tensor(), b"q\0" + b"h\0" * 11_000 + b"e"), LARGE),
    "a long name": (lambda: listed(b"}", text("k" * 1_000_000), tensor(), b"s"), LARGE),
    "keys of one hash": (
        lambda: listed(
            b"}(",
            *(b"\x8a\x0a" + ((2**61 - 1) * k).to_bytes(10, "little") + b"N" for k in range(60_000)),
            b"u",
        ),
        "no array",
    ),
    "a list of 17 MB": (lambda: listed(text("x" * 17_000_000)), "at most 16.8 MB"),
    "nothing": (lambda: b"", "damaged"),
    "no end": (lambda: b"\x80\x02N", "damaged"),
    "10^12 elements": (lambda: listed(tensor((10**12,), (0,))), "too many numbers"),
    "2^300 elements": (lambda: listed(tensor((2**300,), (0,))), "too many numbers"),
    "64 million from three": (lambda: listed(tensor((64_000_000,), (0,), kind="BoolStorage")), "swells"),
    "8,000 by 8,000 from three": (lambda: listed(tensor((8_000, 8_000), (0, 0))), "swells"),
    "a negative length": (lambda: listed(tensor((-3,), (1,))), "outside"),
    "a negative stride": (lambda: listed(tensor((3,), (-1,), 2)), "outside"),
    "a negative offset": (lambda: listed(tensor(offset=-1)), "outside"),
    "a far offset": (lambda: listed(tensor(offset=2**62)), "outside"),
    "one element too many": (lambda: listed(tensor((4,), (1,))), "outside"),
    "one row too many": (lambda: listed(tensor((2, 2), (2, 1))), "outside"),
    "fewer strides than lengths": (lambda: listed(tensor((3, 1), (1,))), "damaged"),
    "sixty axes": (lambda: listed(tensor((1,) * 60, (1,) * 60)), "outside"),
    "10^15 columns of no row": (lambda: listed(tensor((0, 10**15), (0, 0))), "columns"),
    "another member as its numbers": (lambda: listed(tensor(key="../data.pkl")), "outside"),
    "no such numbers": (lambda: listed(tensor(key="1")), "outside"),
    "complex numbers": (lambda: listed(tensor(kind="ComplexFloatStorage")), "complex64. Save it dense"),
    "a kind nobody knows": (lambda: listed(tensor(kind="x" * 1000)), r"x{40}\. Save it dense"),
    "a sparse tensor": (lambda: list_of(saved(torch.eye(2).to_sparse())), "sparse. Save it dense"),
    "sparse rows": (lambda: list_of(sparse_rows()), "sparse. Save it dense"),
    "a tensor without numbers": (lambda: list_of(saved(torch.ones(2, device="meta"))), "meta. Save it dense"),
    "a negated view": (lambda: list_of(saved(torch._neg_view(torch.ones(2)))), "negated. Save it dense"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_lists_are_refused(tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader is called here, so that nothing is left to the limits of its process."""
    monkeypatch.setattr("gui_app.files.tables.weights._told", lambda data, _: told_here(bytes(data)))
    make, wanted = HOSTILE[what]
    (tmp_path / "a.pt").write_bytes(packed(make()))
    message = fault(tmp_path / "a.pt")
    assert any(part in message for part in wanted.split("|")) or __import__("re").search(wanted, message), (
        message
    )


def told_here(pickled: bytes) -> list[Any]:
    found = json.loads(told(pickled))
    if isinstance(found, str):
        raise FileError(found)
    return list(found)


def test_the_process_says_the_same(tmp_path: Path) -> None:
    """Nothing is imported but the standard library, and nothing of the file is done."""
    path = tmp_path / "a.pt"
    for what in ("a call, protocol 2", "laughs", "a key of tuples in tuples", "10^12 elements"):
        make, wanted = HOSTILE[what]
        path.write_bytes(packed(make(), kind=zipfile.ZIP_DEFLATED))
        assert re.search(wanted, fault(path))
    path.write_bytes(packed(listed(tensor((2, 2), (1, 1)))))
    assert [column.values.tolist() for column in read_table(path).columns] == [[1, 2], [2, 3]]


def test_half_a_character_is_no_name(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pt", packed(listed(b"}", text("a\ud800"), tensor(), b"s")))
    assert read_table(path).names == ("a?",)


def test_damaged_archives_are_refused(tmp_path: Path) -> None:
    good, path = packed(listed(tensor())), tmp_path / "a.pt"
    assert read_table(written(path, good)).rows == 3
    numbers = struct.pack("<3f", 1, 2, 3)
    for broken in (
        good.replace(numbers, numbers[::-1]),
        good.replace(b"_rebuild_tensor_v2", b"_rebuild_tensor_v3"),
        good[:-40],
        packed(listed(tensor()), bytes(100_000_000), zipfile.ZIP_DEFLATED),
    ):
        assert any(word in fault(written(path, broken)) for word in ("damaged", "swells"))


def test_programs_and_old_files_are_refused_without_a_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subprocess.Popen", None)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for member in ("m/data.pkl", "m/code/__torch__.py", "m/constants.pkl"):
            archive.writestr(member, b"")
    assert "TorchScript" in fault(written(tmp_path / "a.pt", made.getvalue()))
    assert "pickle" in fault(written(tmp_path / "b.pt", pickle.dumps({"a": 1})))
    torch.save(torch.ones(3), tmp_path / "c.pt", _use_new_zipfile_serialization=False)
    assert "an old PyTorch" in fault(tmp_path / "c.pt")


def test_the_reader_needs_nothing_but_the_standard_library() -> None:
    pickled = list_of(saved({"a": torch.ones(3)}))
    made = subprocess.run(
        [sys.executable, "-I", "-S", str(READER)], input=pickled, capture_output=True, check=True, timeout=60
    )
    assert json.loads(made.stdout) == [["a", "float32", "0", 0, [3], [1]]]
    assert not made.stderr


def test_reading_can_be_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    children = sleeping(tmp_path, monkeypatch)
    path = written(tmp_path / "a.pt", torch.ones(3))
    with pytest.raises(ReadingStopped):
        read_table(path, cancelled=lambda: bool(children))
    assert children[0].returncode is not None


def test_a_process_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    children = sleeping(tmp_path, monkeypatch)
    monkeypatch.setattr("gui_app.files.tables.weights._SECONDS", 0.05)
    assert "more memory or time" in fault(written(tmp_path / "a.pt", torch.ones(3)))
    assert children[0].returncode is not None


def sleeping(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """A reader that never answers; the processes that are started."""
    reader, children = folder / "reader.py", []
    reader.write_text("import time\ntime.sleep(100)\n")
    monkeypatch.setattr("gui_app.files.tables.weights.READER", reader)

    class Popen(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            children.append(self)

    monkeypatch.setattr("subprocess.Popen", Popen)
    return children


def test_the_limits_of_the_process_hold() -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("limits are the system's")
    code = f"import runpy; m = runpy.run_path({str(READER)!r}); m['_limit'](); bytearray(2**30)"
    made = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, check=False, timeout=60
    )
    assert b"MemoryError" in made.stderr


@given(st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_any_damage_is_read_or_refused(seed: int) -> None:
    draw = random.Random(seed)
    words = bytearray(draw.choice(WHOLE))
    for _ in range(draw.randint(1, 6)):
        at = draw.randrange(len(words))
        match draw.randrange(4):
            case 0:
                words[at] = draw.randrange(256)
            case 1:
                del words[at : at + draw.randint(1, 20)]
            case 2:
                words[at:at] = words[at : at + draw.randint(1, 40)]
            case _:
                words[at:at] = draw.choice(OPCODES)
    with contextlib.suppress(RefusedError):
        assert all(isinstance(each, str) for each, _ in tensors_in(bytes(words)))


OPCODES = (
    b"c",
    b"R",
    b"Q",
    b"0",
    b"(",
    b"t",
    b"\x85",
    b"]",
    b"}",
    b"u",
    b"e",
    b"b",
    b"h\0",
    b"q\0",
    b"\x8a\xff",
)
WHOLE = [
    list_of(saved(GOOD[what]())) for what in ("nested", "a network", "with an attribute", "other things")
]
