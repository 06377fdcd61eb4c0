"""Tables of every format come in as they were written; what is found out about them is right and can be changed."""

from __future__ import annotations

import csv
import io
import json
import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gui_app.core.data import DataSpec
from gui_app.core.experiment_error import ExperimentError
from gui_app.core.table import MAX_LABELS, Column, ReadingStopped, Table, TableOptions
from gui_app.files.errors import FileError
from gui_app.files.tables import load, preview, read_table
from gui_app.files.tables.cells import inert, unique

X = [1.5, None, -2e-300, 4.0]
NAME = ["b", "a", None, "b"]


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def numbers(table: Table, name: str) -> list[float | None]:
    """The column as Python numbers, None where one is missing."""
    column = table.column(name)
    assert column.labels is None
    assert column.values.dtype.kind == "f"
    return [None if value != value else value for value in column.values.tolist()]


def labels(table: Table, name: str) -> list[str | None]:
    column = table.column(name)
    assert column.labels is not None
    assert column.values.dtype == np.int32
    assert column.missing.tolist() == [code < 0 for code in column.values.tolist()]
    return [None if code < 0 else column.labels[code] for code in column.values.tolist()]


def in_text(path: Path) -> None:
    written(path, "x,name\n1.5,b\n,a\n-2e-300,NA\n4,b\n")


def in_parquet(path: Path) -> None:
    pyarrow.parquet.write_table(pa.table({"x": X, "name": NAME}), path)


def in_feather(path: Path) -> None:
    pyarrow.feather.write_feather(pa.table({"x": X, "name": pa.array(NAME).dictionary_encode()}), path)


def in_stream(path: Path) -> None:
    table = pa.table({"x": X, "name": NAME})
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as stream:
        stream.write_table(table, max_chunksize=2)


def in_lines(path: Path) -> None:
    written(path, "\n".join(json.dumps({"x": x, "name": name}) for x, name in zip(X, NAME, strict=True)))


def in_workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    for row in [("x", "name"), *zip(X, NAME, strict=True)]:
        book.active.append(row)
    book.create_sheet("Other").append(("a",))
    book["Other"].append((7,))
    book.save(path)


def in_npz(path: Path) -> None:
    np.savez(path, x=np.array(X, float), name=np.array([name or "" for name in NAME]), other=np.ones(3))


FORMATS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "CSV": ("a.csv", in_text),
    "Parquet": ("a.parquet", in_parquet),
    "Arrow": ("a.feather", in_feather),
    "Arrow stream": ("a.arrow", in_stream),
    "JSON lines": ("a.jsonl", in_lines),
    "Excel": ("a.xlsx", in_workbook),
    "NumPy": ("a.npz", in_npz),
}


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_gives_the_same_table(kind: str, tmp_path: Path) -> None:
    name, write = FORMATS[kind]
    path = tmp_path / name
    write(path)
    shares: list[float] = []
    table = read_table(path, on_progress=shares.append)
    assert (table.rows, table.names, table.source) == (4, ("x", "name"), name)
    assert numbers(table, "x") == X
    assert labels(table, "name") == NAME
    assert table.column("name").labels == ("a", "b")
    assert shares
    assert sorted(shares) == shares
    seen = preview(path)
    assert kind.startswith(seen.format)
    assert (seen.names, seen.kinds, seen.total, seen.counted) == (
        table.names,
        ("number", "category"),
        4,
        True,
    )
    assert [row[1] in (name or "", "NA") for row, name in zip(seen.rows, NAME, strict=True)] == [True] * 4
    assert seen.rows[0][0] == "1.5"


@pytest.mark.parametrize("kind", FORMATS)
def test_reading_stops_when_nobody_waits(kind: str, tmp_path: Path) -> None:
    name, write = FORMATS[kind]
    write(tmp_path / name)
    with pytest.raises(ReadingStopped):
        read_table(tmp_path / name, cancelled=lambda: True)


def test_the_same_numbers_in_other_clothes(tmp_path: Path) -> None:
    table = {
        "a.csv": ("größe,y\n1.5,2\n-3,4e2\n", "utf-8", ",", "."),
        "b.csv": ("größe;y\n1,5;2\n-3;4e2\n", "cp1252", ";", ","),
        "c.tsv": ("größe\ty\r\n1.5\t2\r\n-3\t4e2\r\n", "utf-16", "\t", "."),
        "d.txt": ("\ufeffgröße|y\r1.5|2\r-3|4e2\r", "utf-8", "|", "."),
        "e.dat": ("# measured\n# today\n  größe   y\n 1.5     2\n\n  -3    4e2\n", "utf-8", " ", "."),
        "g.csv": ("größe,y\n1.5,2\n-3,4e2\n", "utf-16-le", ",", "."),
        "h.csv": ("größe,y\n1.5,2\n-3,4e2\n", "utf-16-be", ",", "."),
        "f.csv": ('"größe","y"\n"1.5","2"\n"-3","4e2"', "utf-8", ",", "."),
    }
    for name, (text, encoding, delimiter, decimal) in table.items():
        path = written(tmp_path / name, text, encoding)
        found = preview(path).options
        assert (found.delimiter, found.decimal, found.encoding, found.header) == (
            delimiter,
            decimal,
            encoding,
            True,
        )
        read = read_table(path)
        assert read.names == ("größe", "y")
        assert numbers(read, "größe") == [1.5, -3.0]
        assert numbers(read, "y") == [2.0, 400.0]
        assert read_table(path, found).names == read.names


def test_what_was_found_can_be_changed(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "a,b;c\n1,2;3\n")
    assert preview(path).names in (("a", "b;c"), ("a,b", "c"))
    asked = preview(path, TableOptions(delimiter=";", header=False))
    assert asked.names == ("column_1", "column_2")
    assert asked.rows == (("a,b", "c"), ("1,2", "3"))
    asked = preview(path, TableOptions(delimiter=";", decimal=","))
    assert (asked.names, asked.kinds) == (("a,b", "c"), ("number", "number"))
    assert numbers(read_table(path, TableOptions(delimiter=";", decimal=",")), "a,b") == [1.2]
    assert preview(path, TableOptions(skip=1, delimiter=",", header=False)).rows == (("1", "2;3"),)


def test_headers(tmp_path: Path) -> None:
    told = {
        "1,2\n3,4\n": ("column_1", "column_2"),
        "x,x,x_2,\n1,2,3,4\n": ("x", "x_3", "x_2", "column_4"),
        " a , b\n1,2\n": ("a", "b"),
        "name,colour\nrose,red\n": ("name", "colour"),
        '"a\nb",c\n1,2\n': ("a\nb", "c"),
    }
    for text, names in told.items():
        path = written(tmp_path / "a.csv", text)
        assert preview(path).names == names
        assert read_table(path).names == names


def test_a_column_of_numbers_with_mistakes_is_still_one(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "x\n" + "1\n" * 15 + "-\n2\n")
    assert preview(path).kinds == ("number",)
    with pytest.raises(FileError, match="Row 17, column 'x': '-' is not a number"):
        read_table(path)
    dashed = TableOptions(missing=("-",))
    assert numbers(read_table(path, dashed), "x")[-2:] == [None, 2.0]
    assert labels(read_table(path, TableOptions(categories=("x",))), "x")[-2:] == ["-", "2"]


def test_columns_that_look_like_something_else(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "code,x\n10,a\n9,b\n10,3\n")
    read = read_table(path, TableOptions(categories=("code",)))
    assert labels(read, "code") == ["10", "9", "10"]
    assert read.column("code").labels == ("9", "10")
    with pytest.raises(FileError, match="Row 2, column 'x': 'a' is not a number"):
        read_table(path, TableOptions(numbers=("x",)))
    spec = DataSpec(path="a.csv", types={"code": "category"})
    assert labels(load(spec, tmp_path), "code") == ["10", "9", "10"]


def test_text_of_too_many_kinds_is_left_out(tmp_path: Path) -> None:
    rows = "".join(f"name {k},{k}\n" for k in range(MAX_LABELS + 1))
    read = read_table(written(tmp_path / "a.csv", "name,x\n" + rows))
    assert read.names == ("x",)
    assert "1,000" in read.left_out["name"]
    only = written(tmp_path / "b.csv", "name\n" + "".join(f"{k} name\n" for k in range(MAX_LABELS + 1)))
    with pytest.raises(FileError, match="None of its columns"):
        read_table(only)


def test_other_columns_of_parquet_are_left_out_with_the_reason(tmp_path: Path) -> None:
    table = pa.table(
        {
            "x": pa.array([1, 2], pa.float32()),
            "n": pa.array([1, None], pa.int64()),
            "d": pa.array([1, 2], pa.timestamp("s")),
            "l": [[1], [2]],
            "f": [True, False],
        }
    )
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet")
    read = read_table(tmp_path / "a.parquet")
    assert read.names == ("x", "n", "f")
    assert read.column("x").values.dtype == np.float32
    assert numbers(read, "n") == [1.0, None]
    assert labels(read, "f") == ["true", "false"]
    assert read.left_out == {"d": "dates or times", "l": "nested values"}
    assert preview(tmp_path / "a.parquet").left_out == read.left_out


ARROW_TYPES = {
    "whole numbers in a dictionary": (pa.array([1, None, 2]).dictionary_encode(), [1.0, None, 2.0]),
    "large strings": (pa.array(["b", None, "a"], pa.large_string()), ["b", None, "a"]),
    "half precision": (pa.array([1.0, None, 2.0], pa.float16()), [1.0, None, 2.0]),
    "decimals": (pa.array([1, None, 2], pa.decimal128(5, 2)), [1.0, None, 2.0]),
    "64 bits without a sign": (pa.array([2**63, None, 2], pa.uint64()), [2.0**63, None, 2.0]),
    "nothing in a dictionary": (
        pa.DictionaryArray.from_arrays(pa.array([0, 1, 2]), pa.array(["a", None, "b"])),
        ["a", None, "b"],
    ),
    "flags in a dictionary": (pa.array([True, None, False]).dictionary_encode(), ["true", None, "false"]),
}


@pytest.mark.parametrize("kind", ARROW_TYPES)
def test_arrows_types(kind: str, tmp_path: Path) -> None:
    column, wanted = ARROW_TYPES[kind]
    with pa.OSFile(str(tmp_path / "a.arrow"), "wb") as file:
        table = pa.table({"x": column})
        with pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
    read = read_table(tmp_path / "a.arrow")
    assert (numbers if read.columns[0].labels is None else labels)(read, "x") == wanted


def test_arrays(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(6, dtype=np.int16).reshape(3, 2))
    read = read_table(tmp_path / "a.npy")
    assert read.names == ("x_0", "x_1")
    assert numbers(read, "x_1") == [1.0, 3.0, 5.0]
    np.save(tmp_path / "b.npy", np.asfortranarray(np.arange(24.0).reshape(3, 2, 4)))
    assert numbers(read_table(tmp_path / "b.npy"), "x_7") == [7.0, 15.0, 23.0]
    fields = np.array([(1.0, 2), (3.0, 4)], dtype=[("a", "f4"), ("b", "i8")])
    np.save(tmp_path / "c.npy", fields)
    assert read_table(tmp_path / "c.npy").names == ("a", "b")
    np.savez_compressed(tmp_path / "d.npz", X=np.zeros((70, 2)), y=np.arange(70.0), scale=np.array(3.0))
    read = read_table(tmp_path / "d.npz")
    assert read.names == ("X_0", "X_1", "y")
    assert read.left_out == {"scale": "a single number"}
    seen = preview(tmp_path / "d.npz")
    assert (len(seen.rows), seen.total, seen.rows[3]) == (60, 70, ("0", "0", "3"))
    np.save(tmp_path / "e.npy", np.array([1.0, np.inf]))
    with pytest.raises(FileError, match="Row 2, column 'x': the number is infinite"):
        read_table(tmp_path / "e.npy")


def test_safetensors(tmp_path: Path) -> None:
    x, y = np.arange(6, dtype="<f4").reshape(3, 2), np.array([1, 2, 3], "<i8")
    b = (np.array([1.5, -2.0, 3.0], "<f4").view("<u4") >> 16).astype("<u2")
    header = {
        "__metadata__": {"format": "pt"},
        "x": {"dtype": "F32", "shape": [3, 2], "data_offsets": [0, 24]},
        "y": {"dtype": "I64", "shape": [3], "data_offsets": [24, 48]},
        "b": {"dtype": "BF16", "shape": [3], "data_offsets": [48, 54]},
    }
    text = json.dumps(header).encode()
    data = len(text).to_bytes(8, "little") + text + x.tobytes() + y.tobytes() + b.tobytes()
    (tmp_path / "a.safetensors").write_bytes(data)
    read = read_table(tmp_path / "a.safetensors")
    assert read.names == ("x_0", "x_1", "y", "b")
    assert numbers(read, "x_1") == [1.0, 3.0, 5.0]
    assert numbers(read, "y") == [1.0, 2.0, 3.0]
    assert numbers(read, "b") == [1.5, -2.0, 3.0]


def test_sheets(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    in_workbook(path)
    seen = preview(path)
    assert (seen.sheets, seen.options.sheet) == (("Sheet", "Other"), "Sheet")
    assert numbers(read_table(path, TableOptions(sheet="Other")), "a") == [7.0]
    with pytest.raises(FileError, match=r"no sheet 'Othr'\. Did you mean Other"):
        read_table(path, TableOptions(sheet="Othr"))


def test_a_large_file_is_guessed_at(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "x,y\n" + "1.25,2.25\n" * 50_000)
    seen = preview(path)
    assert not seen.counted
    assert seen.total == pytest.approx(50_000, rel=0.01)
    assert len(seen.rows) == 60
    assert read_table(path).rows == 50_000


def test_tables_are_remembered_until_they_change(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "x\n1\n")
    spec = DataSpec(path="a.csv")
    first = load(spec, tmp_path)
    assert load(spec, tmp_path) is first
    assert load(DataSpec(path=str(path)), Path("elsewhere")) is first
    assert load(replace(spec, options=TableOptions(header=False)), tmp_path) is not first
    written(path, "x\n1\n2\n")
    assert load(spec, tmp_path).rows == 2
    with pytest.raises(FileError, match="no such file"):
        load(DataSpec(path="b.csv"), tmp_path)


def test_options_that_make_no_sense() -> None:
    for wrong in ({"delimiter": "x"}, {"encoding": "klingon"}, {"decimal": ";"}, {"skip": -1}):
        with pytest.raises(ExperimentError):
            TableOptions(**wrong)
    with pytest.raises(ExperimentError, match="comma"):
        TableOptions(delimiter=",", decimal=",")


@given(st.lists(st.sampled_from(["x", "x_2", "x_3", "y"]), max_size=8))
def test_names_become_different(names: list[str]) -> None:
    made = unique(names)
    assert len(set(made)) == len(made) == len(names)
    assert all(new.startswith(old) for old, new in zip(names, made, strict=True))
    assert set(names) <= set(made)
    if len(set(names)) == len(names):
        assert list(made) == names


CELLS = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=8
)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, TEXTS), min_size=1, max_size=20),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_is_written_is_read(
    rows: list[tuple[float | None, float | None, str]],
    delimiter: str,
    end: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("table") / "a.csv"
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(["a", "b", "name"])
    writer.writerows([["" if a is None else a, "" if b is None else b, name] for a, b, name in rows])
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    options = TableOptions(
        delimiter=delimiter, header=True, categories=("name",), numbers=("a", "b"), missing=("",)
    )
    read = read_table(path, options)
    assert numbers(read, "a") == [row[0] for row in rows]
    assert numbers(read, "b") == [row[1] for row in rows]
    assert labels(read, "name") == [row[2] for row in rows]


def test_nothing_of_it_is_loaded_with_the_window() -> None:
    loaded = (
        "import sys, gui_app.app, gui_app.files.tables; print({'pyarrow', 'openpyxl'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_missing_is_told_for_numbers() -> None:
    assert Column("x", np.array([1.0, np.nan])).missing.tolist() == [False, True]
    with pytest.raises(KeyError):
        Table((), 0).column("x")


TEXTS = st.text(alphabet="'=+-@1.e\t\r\nx\uff1d")


@given(TEXTS, TEXTS)
def test_no_text_is_a_formula(text: str, other: str) -> None:
    made = inert(text)
    assert made in (text, f"'{text}")
    if made.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d")):
        assert math.isfinite(float(made))
    assert (made == inert(other)) == (text == other)


def test_many_columns_of_one_name() -> None:
    """Each was compared with all before it."""
    made = unique(["x"] * 100_000)
    assert (made[0], made[1], made[-1], len(set(made))) == ("x", "x_2", "x_100000", 100_000)
    assert unique(["a\ud800", "a?"]) == ("a?", "a?_2")


def test_texts_of_arrays_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gui_app.files.tables.arrays._PIECE", 7)
    texts = ["b", " a", "", "b ", "c", "a", "é"] * 9 + ["z"]
    for values in (np.array(texts), np.array([text.encode() for text in texts])):
        np.savez(tmp_path / "a.npz", t=values)
        found = read_table(tmp_path / "a.npz")
        assert labels(found, "t") == [text.strip() or None for text in texts]
    np.save(tmp_path / "b.npy", np.array([f"{at}" for at in range(MAX_LABELS + 1)]))
    with pytest.raises(FileError, match="None of its columns"):
        read_table(tmp_path / "b.npy")
    np.save(tmp_path / "b.npy", np.array([f"{at}" for at in range(MAX_LABELS)] * 2))
    assert len(read_table(tmp_path / "b.npy").column("x").labels or ()) == MAX_LABELS


def test_a_table_of_many_columns_is_shown_with_fewer_rows(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((100, 5_000)))
    seen = preview(tmp_path / "a.npy")
    assert (len(seen.names), len(seen.rows), seen.total) == (5_000, 10, 100)
