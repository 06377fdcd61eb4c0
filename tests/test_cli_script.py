"""``gradarium script``: printed or written, and the same run as that of the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gui_app.cli import main


def test_the_written_script_ends_where_the_run_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "descent.py"
    assert main(["script", "Rosenbrock", "--set", "steps=20", "-o", str(path)]) == 0
    assert main(["run", "Rosenbrock", "--steps", "20", "--json"]) == 0
    ended = json.loads(capsys.readouterr().out)["parameters"]
    told = subprocess.run([sys.executable, "-I", str(path)], capture_output=True, text=True, check=True)
    lines = dict(line.split(": ", 1) for line in told.stdout.splitlines()[-2:])
    assert {name: float(value) for name, value in lines.items()} == ended


def test_without_a_file_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["script", "C1"]) == 0
    assert "torch.optim.SGD([x], lr=0.4)" in capsys.readouterr().out


def test_a_program_that_cannot_be_read_is_told_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.py"
    path.write_text("x +")
    assert main(["script", str(path)]) == 1
    assert "gradarium:" in capsys.readouterr().err


def test_built_in_data_are_written_beside_the_script(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "iris.toml", tmp_path / "iris.py"
    path.write_text(
        'format = 1\n[data]\nbuiltin = "iris"\nbatch_size = 32\nvalidation = 0.2\n'
        '[model]\nname = "softmax"\n[run]\nsteps = 8\n'
    )
    assert main(["script", str(path), "-o", str(out)]) == 0
    assert (tmp_path / "iris-data.csv").read_text().startswith("sepal_length,")
    assert capsys.readouterr().err == ""
    told = subprocess.run([sys.executable, "-I", str(out)], capture_output=True, text=True, check=True)
    assert main(["run", str(path), "--json"]) == 0
    metrics = json.loads(capsys.readouterr().out)["metrics"]
    assert set(metrics) >= {"training loss", "validation loss", "validation accuracy"}
    assert f"validation loss {metrics['validation loss']:.6g}" in told.stdout
    assert main(["run", str(path)]) == 0
    assert "validation accuracy" in capsys.readouterr().out
    assert main(["script", str(path)]) == 0
    assert "The script reads iris-data.csv" in capsys.readouterr().err
