"""Files that are broken, lying or not tables at all: each gives one clear message, soon, and takes little memory."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from gui_app.core.table import Table, TableOptions
from gui_app.files.errors import FileError
from gui_app.files.tables import preview, read_table
from gui_app.files.tables.opening import MAX_BYTES

ROWS = b"x,y\n" + b"1,2\n" * 15
"""A table of sixteen rows, that of the names included."""


def npy(header: str, data: bytes = b"", version: bytes = b"\1\0") -> bytes:
    text = header.encode().ljust(118) + b"\n"
    return b"\x93NUMPY" + version + struct.pack("<H", len(text)) + text + data


def zipped(members: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", kind) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return made.getvalue()


def swelling_npz() -> bytes:
    """A tenth of a megabyte that unpacks to 100 MB."""
    made = io.BytesIO()
    shape = (12_500_000,)
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("x.npy", "w") as member:
        member.write(npy(f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"))
        for _ in range(100):
            member.write(bytes(1_000_000))
    return made.getvalue()


def array(values: object) -> bytes:
    made = io.BytesIO()
    np.save(made, np.array(values, dtype=object), allow_pickle=True)
    return made.getvalue()


def tensors(header: object, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def entry(start: int, end: int, shape: list[int], kind: str = "F32") -> dict[str, object]:
    return {"dtype": kind, "shape": shape, "data_offsets": [start, end]}


def parquet(table: pa.Table) -> bytes:
    made = io.BytesIO()
    pyarrow.parquet.write_table(table, made)
    return made.getvalue()


def feather(table: pa.Table) -> bytes:
    made = io.BytesIO()
    pyarrow.feather.write_feather(table, made, compression="zstd")
    return made.getvalue()


def workbook(*rows: tuple[object, ...]) -> bytes:
    made = io.BytesIO()
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(made)
    return made.getvalue()


SOME = pa.table({"a": np.arange(1000.0)})
ZEROS = pa.table({"a": np.zeros(12_000_000)})
CLAIM = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }"
WIDE = b",".join([b"1"] * 100_000)

HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    # what it is: (name of the file, its bytes, a part of the message)
    "empty": ("a.csv", lambda: b"", "empty"),
    "only blank lines": ("a.csv", lambda: b"\n\n \n\n", "no table"),
    "zero rows": ("a.csv", lambda: b"x,y\n", "no row of data"),
    "ragged": ("a.csv", lambda: ROWS + b"1\n", "Row 17 has 1 column; the first row has 2"),
    "ragged, too long": ("a.csv", lambda: ROWS + b"1,2,3\n", "Row 17 has 3 columns"),
    "text for a number": ("a.csv", lambda: ROWS + b"abc,3\n", "Row 17, column 'x': 'abc' is not a number"),
    "a number too large": (
        "a.csv",
        lambda: ROWS + b"1e999,3\n",
        "Row 17, column 'x': the number is infinite",
    ),
    "UTF-16 cut off": ("a.csv", lambda: ROWS.decode().encode("utf-16")[:-1], "not utf-16 text"),
    "NUL bytes": ("a.csv", lambda: b"x,y\n1\0,2\n", "NUL"),
    "NUL bytes later": ("a.csv", lambda: ROWS * 4000 + b"1\0,2\n", "is not a number"),
    "not UTF-8 further down": (
        "a.csv",
        lambda: b"x,name\n" + b"1,a\n" * 50_000 + b"2,\xe9\xe8\n",
        "Row 50,002, column 'name': it is not utf-8",
    ),
    "a long line": ("a.csv", lambda: b"x,y\n" + b"1" * 20_000_000 + b",2\n", "longer than"),
    "only one long line": ("a.csv", lambda: b"1" * 20_000_000, "first line is longer"),
    "a quotation mark left open": ("a.csv", lambda: b'x,y\n"1,2\n' + b"3,4\n" * 2_000_000, "quotation mark"),
    "too many columns": ("a.csv", lambda: WIDE + b"\n" + WIDE + b"\n", "100,000 columns"),
    "too many cells": ("a.csv", lambda: b"x,y\n" + b",".join([b"1"] * 2) + b"\n" * 40_000_000, "cells"),
    "random bytes": ("a.csv", lambda: np.random.default_rng(0).bytes(100_000), "NUL"),
    "a picture": ("a.csv", lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), "picture"),
    "compressed": ("a.csv", lambda: b"\x1f\x8b\x08" + bytes(100), "Unpack it first"),
    "JSON, but no lines of it": ("a.json", lambda: b'[{"x": 1}]\n', "Line 1 is not an object"),
    "JSON of another kind": (
        "a.jsonl",
        lambda: b'{"x": 1}\n' * 4 + b'{"x": "abc"}\n',
        "Line 5, column 'x': 'abc'",
    ),
    "JSON cut off": ("a.jsonl", lambda: b'{"x": 1}\n' * 4 + b'{"x": ', "Line 5 is not JSON"),
    "JSON nested deeply": (
        "a.jsonl",
        lambda: b'{"x": 1}\n{"y": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n",
        "Line 2",
    ),
    "JSON, a long line": (
        "a.jsonl",
        lambda: b'{"x": 1}\n{"y": "' + b"a" * 20_000_000 + b'"}\n',
        "longer than",
    ),
    "JSON, a number too large": ("a.jsonl", lambda: b'{"x": 1}\n{"x": 1e999}\n', "too large"),
    "npy of 10^12 rows": ("a.npy", lambda: npy(CLAIM), "claims"),
    "npy of negative length": (
        "a.npy",
        lambda: npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-5,), }"),
        "claims|damaged",
    ),
    "npy of objects": ("a.npy", lambda: array([{}, print]), "Python objects"),
    "npy, a header that is code": ("a.npy", lambda: npy("__import__('os').abort()"), "damaged"),
    "npy, a header nested deeply": ("a.npy", lambda: npy("(" * 100), "damaged"),
    "npy cut off": (
        "a.npy",
        lambda: npy("{'descr': '<f8', 'fortran_order': False, 'shape': (20,), }", bytes(50)),
        "cut off",
    ),
    "npy of a later version": ("a.npy", lambda: npy(CLAIM, version=b"\x09\0"), "version 9|damaged"),
    "npz that swells": ("a.npz", swelling_npz, "swells"),
    "npz, one member claims much": ("a.npz", lambda: zipped({"x.npy": npy(CLAIM)}), "claims"),
    "npz of objects": ("a.npz", lambda: zipped({"x.npy": array([{}])}), "Python objects"),
    "npz with a way out": ("a.npz", lambda: zipped({"../../x.npy": npy(CLAIM)}), "outside itself"),
    "npz of very many arrays": (
        "a.npz",
        lambda: zipped({f"{at}.npy": b"" for at in range(6_000)}, zipfile.ZIP_STORED),
        "6,000 arrays; at most 5,000",
    ),
    "npy of very many texts": (
        "a.npy",
        lambda: npy("{'descr': '|S1', 'fortran_order': False, 'shape': (6000000,), }", bytes(6_000_000)),
        "6,000,000 texts; at most 5,000,000",
    ),
    "npy of wide numbers": (
        "a.npy",
        lambda: npy("{'descr': '|V600000000', 'fortran_order': False, 'shape': (1,), }"),
        "claims to be 600 MB",
    ),
    "npz cut off": ("a.npz", lambda: zipped({"x.npy": npy(CLAIM)})[:-30], "damaged"),
    "npz that is damaged inside": (
        "a.npz",
        lambda: zipped(
            {"x.npy": npy("{'descr': '<f8', 'fortran_order': False, 'shape': (20,), }", b"7" * 160)},
            zipfile.ZIP_STORED,
        ).replace(b"7777", b"8888", 1),
        "damaged",
    ),
    "ZIP of something else": ("a.zip", lambda: zipped({"readme.txt": b"hello"}), "Unpack it first"),
    "ZIP of very many members": (
        "a.zip",
        lambda: zipped(dict.fromkeys(map(str, range(20_000)), b"")),
        "members",
    ),
    "parquet cut off": ("a.parquet", lambda: parquet(SOME)[:-100], "damaged or cut off"),
    "parquet damaged": (
        "a.parquet",
        lambda: parquet(SOME)[:100] + bytes(2000) + parquet(SOME)[2100:],
        "damaged or cut off",
    ),
    "parquet that swells": ("a.parquet", lambda: parquet(ZEROS), "swells"),
    "parquet of nothing": ("a.parquet", lambda: parquet(pa.table({})), "no row"),
    "feather cut off": ("a.feather", lambda: feather(SOME)[:-100], "damaged or cut off"),
    "feather that swells": ("a.feather", lambda: feather(ZEROS), "swells"),
    "a first feather": ("a.feather", lambda: b"FEA1" + bytes(100), "newer library"),
    "excel cut off": ("a.xlsx", lambda: workbook(("x", "y"), (1, 2))[:-200], "damaged"),
    "excel without its sheet": (
        "a.xlsx",
        lambda: zipped({"xl/workbook.xml": b"<", "[Content_Types].xml": b"<x"}),
        "damaged",
    ),
    "excel, text for a number": (
        "a.xlsx",
        lambda: workbook(("x", "y"), *[(1, 2)] * 15, ("abc", 3)),
        "Row 17, column 'x': 'abc' is not a number",
    ),
    "excel, nothing in it": ("a.xlsx", lambda: workbook(()), "every cell is empty"),
    "excel that swells": (
        "a.xlsx",
        lambda: zipped({"xl/workbook.xml": b"<x/>", "xl/sharedStrings.xml": b"<si/>" * 20_000_000}),
        "swells",
    ),
    "an old excel": ("a.xls", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "xlsx"),
    "a pickle": ("a.csv", lambda: pickle.dumps({"x": print}), "pickle"),
    "safetensors that overlap": (
        "a.safetensors",
        lambda: tensors({"a": entry(0, 8, [2]), "b": entry(4, 12, [2])}, bytes(12)),
        "overlaps",
    ),
    "safetensors with a gap": (
        "a.safetensors",
        lambda: tensors({"a": entry(0, 8, [2]), "b": entry(12, 20, [2])}, bytes(20)),
        "gap",
    ),
    "safetensors, a header of 100 MB": (
        "a.safetensors",
        lambda: (100_000_000).to_bytes(8, "little") + b'{"' + bytes(100_000_000),
        "header is 100 MB",
    ),
    "safetensors, a shape that overflows": (
        "a.safetensors",
        lambda: tensors({"a": entry(0, 8, [2**62, 2**62, 4])}, bytes(8)),
        "not as many bytes",
    ),
    "safetensors cut off": ("a.safetensors", lambda: tensors({"a": entry(0, 8, [2])}, bytes(4)), "cut off"),
    "safetensors of unknown type": (
        "a.safetensors",
        lambda: tensors({"a": entry(0, 2, [2], "F8_E4M3")}, bytes(2)),
        "type F8_E4M3",
    ),
    "safetensors, nonsense": ("a.safetensors", lambda: tensors(b'{"a": [1, 2]}'), "damaged"),
    "safetensors, nested deeply": ("a.safetensors", lambda: tensors(b'{"a":' * 100_000), "damaged"),
    "safetensors, negative": (
        "a.safetensors",
        lambda: tensors({"a": entry(0, -8, [-2])}, bytes(8)),
        "damaged",
    ),
}


def fault(path: Path, options: TableOptions | None = None) -> str:
    """What is said of a file that cannot be read; its preview may be fine, but fails in no other way."""
    with contextlib.suppress(FileError):
        preview(path, options)
    with pytest.raises(FileError) as found:
        read_table(path, options)
    assert found.value.path == path
    message = found.value.message
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 300
    return message


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_files_say_what_is_wrong(what: str, tmp_path: Path) -> None:
    name, made, wanted = HOSTILE[what]
    path = tmp_path / name
    path.write_bytes(made())
    message = fault(path)
    assert any(part in message for part in wanted.split("|")), message


def test_a_sparse_file_of_many_gigabytes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES * 1000)
    assert "too large" in fault(path)


def test_a_sparse_file_of_one_gigabyte(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.write(ROWS)
        file.truncate(2**30)
    assert "NUL" in fault(path)


def test_what_is_no_file(tmp_path: Path) -> None:
    assert "folder" in fault(tmp_path)
    assert "no such file" in fault(tmp_path / "nowhere.csv")
    assert "pipe or a device" in fault(Path("/dev/zero"))
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    assert "pipe or a device" in fault(pipe)
    loop = tmp_path / "loop.csv"
    loop.symlink_to(loop)
    assert "cannot be read" in fault(loop)
    fault(tmp_path / ("long" * 200))
    fault(Path("a\0b.csv"))


def test_a_wrong_extension_does_not_matter(tmp_path: Path) -> None:
    made = {"a.npy": ROWS, "b.csv": parquet(SOME), "c.txt": workbook(("x",), (1,)), "d.parquet": ROWS}
    for name, data in made.items():
        (tmp_path / name).write_bytes(data)
        read: Table = read_table(tmp_path / name)
        assert read.rows in (15, 1000, 1)


def test_a_far_cell_of_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = 1, 2
    path = tmp_path / "a.xlsx"
    book.save(path)
    assert "columns" in fault(path)
