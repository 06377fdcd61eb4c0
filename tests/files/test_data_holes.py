"""What an attack on data in experiment files has found once, and must not find again; and random damage."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gui_app.core.data import DataSpec
from gui_app.core.experiment import ExperimentError
from gui_app.core.table import MISSING, TableOptions
from gui_app.files.errors import FileError
from gui_app.files.experiment import parse_experiment
from gui_app.files.tables import preview, read_table

LINEAR = '[model]\nname = "linear"\n[data]\n'


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        (
            f'{LINEAR}generate = "regression"\nsettings = {{rows = 1000000, weights = [{"1.0, " * 1000}]}}',
            "data.settings.rows",
            "at most 20,000,000 numbers",
        ),
        (
            f'{LINEAR}generate = "blobs"\nsettings = {{rows = 1000000, features = 100}}',
            "data.settings.rows",
            "at most 20,000,000 numbers",
        ),
        (
            f'{LINEAR}builtin = "iris"\nfeatures = {json.dumps([str(k) for k in range(90_000)])}',
            "data.features",
            "10,000 columns",
        ),
        (
            f'{LINEAR}path = "a.csv"\nmissing_words = {json.dumps([str(k) for k in range(50_000)])}',
            "data.missing_words",
            "At most 100 words",
        ),
        (
            f'{LINEAR}path = "a.csv"\nmissing_words = ["{"x" * 101}"]',
            "data.missing_words",
            "At most 100 words",
        ),
        (f'{LINEAR}path = "{"x" * 5000}"', "data.path", "4,096 characters"),
        (f"format = 0x{'f' * 100_000}", "format", "a newer Gradarium (this one"),
        (
            '[model]\nname = "perceptron"\nlayers = [10000, 10000]\n[data]\nbuiltin = "iris"',
            "layer",
            "at most 10,000,000 elements",
        ),
    ],
)
def test_what_asks_for_too_much_is_refused_at_once(text: str, key: str, words: str) -> None:
    """It filled the memory, took minutes, or ended the process."""
    with pytest.raises(FileError) as refused:
        parse_experiment(text)
    assert refused.value.key == key
    assert words in refused.value.message


def test_a_message_is_short_whatever_it_quotes() -> None:
    with pytest.raises(FileError) as refused:
        parse_experiment(f'{LINEAR}builtin = "{"x" * 4000}"')
    assert len(str(refused.value)) < 1200
    assert "There is no built-in data set" in refused.value.message


def test_a_feature_given_twice_is_named() -> None:
    with pytest.raises(ExperimentError, match="'b' is given twice"):
        DataSpec(builtin="iris", features=("a", "b", "c", "b"))


def test_a_first_line_of_blanks_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b" \n1,1\n")
    with pytest.raises(FileError, match="Is it a line of blanks"):
        read_table(path)


# --- random damage -------------------------------------------------------------------------------------------------

WHOLE = f"""\
format = 1
title = "Fit"
[objective]
program = '''
y_hat = X @ w + b
loss = ((y_hat - y)**2).mean()
'''
[parameters.w]
value = [0.0, 1.0]
[parameters.b]
distribution = "normal"
std = 0.5
[optimizer]
name = "SGD"
lr = 0.1
[run]
steps = 10
evaluate_every = 3
[model]
name = "perceptron"
layers = [4, 4]
activation = "Tanh"
[data]
generate = "moons"
features = ["x1"]
types = {{y = "category"}}
validation = 0.2
missing_words = {list(MISSING)!r}
settings = {{rows = 20, noise = 0.1}}
"""
PIECES = re.compile(r"[\w.]+|\s|[^\w\s]")
POOL = (
    *sorted(set(PIECES.findall(WHOLE))),
    "nan",
    "-inf",
    "9" * 30,
    "0x" + "f" * 5000,
    "[[",
    "1979-05-27",
    "\\",
    "\0",
)


def refusal(act: Callable[[], object]) -> FileError | None:
    """What is said against it; None: it is done."""
    try:
        act()
    except FileError as error:
        return error
    return None


@st.composite
def damaged(draw: st.DrawFn) -> str:
    pieces = PIECES.findall(WHOLE)
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(pieces) - 1))
        change = draw(st.sampled_from(("replace", "insert", "delete", "double")))
        if change in ("replace", "delete"):
            del pieces[at]
        if change in ("replace", "insert"):
            pieces.insert(at, draw(st.sampled_from(POOL)))
        if change == "double":
            pieces[at:at] = pieces[at : at + 12]
    return "".join(pieces)


@given(damaged())
@settings(max_examples=400, deadline=None)
def test_a_damaged_experiment_is_read_or_refused_in_words(text: str) -> None:
    said = refusal(lambda: parse_experiment(text))
    assert said is None or said.message.endswith((".", "?", ")")), said


CELLS = st.sampled_from(
    (
        b"1",
        b"-2.5",
        b"1e999",
        b"nan",
        b"",
        b" ",
        b"a",
        b'"',
        b'"a,b"',
        b"=cmd|' /C calc'!A0",
        b"\xff",
        b"\0",
        b"1,5",
    )
)
ENDS = st.sampled_from((b"\n", b"\r\n", b"\r", b"\n\n"))
ROWS = st.lists(CELLS, min_size=1, max_size=4).map(b",".join)
TEXTS = st.lists(st.tuples(ROWS, ENDS).map(b"".join), min_size=1, max_size=12).map(b"".join)


@given(
    st.one_of(TEXTS, st.binary(min_size=1, max_size=300)), st.sampled_from((".csv", ".txt", ".json", ".npy"))
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_table_or_refused_in_words(tmp_path: Path, data: bytes, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(data)
    for read in (preview, read_table):
        said = refusal(lambda read=read: read(path))  # type: ignore[misc]
        assert said is None or (said.message and said.path == path)


@given(TEXTS, st.sampled_from((",", ";", " ", "\t", "|")), st.sampled_from(("utf-8", "utf-16", "shift-jis")))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_options_fit_any_text_or_are_refused(
    tmp_path: Path, data: bytes, delimiter: str, encoding: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    options = TableOptions(delimiter=delimiter, encoding=encoding, header=True)
    with contextlib.suppress(FileError):
        read_table(path, options)
