"""``gradarium check``: one line for each file, with the place of what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from gui_app.cli import main

PARABOLA = 'format = 1\n\n[objective]\nprogram = """\ny = x - 2\n{last}"""\n\n[parameters.x]\nvalue = 1.0\n'


def checked(capsys: pytest.CaptureFixture[str], *paths: Path) -> tuple[int, list[str]]:
    code = main(["check", *map(str, paths)])
    return code, capsys.readouterr().out.splitlines()


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_what_works_is_ok_and_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [
        written(tmp_path, "a.toml", PARABOLA.format(last="y**2")),
        written(tmp_path, "b.py", "(x - 2)**2 / 2\n"),
        written(
            tmp_path,
            "c.txt",
            "import torch\nx = torch.ones(2, requires_grad=True)\n(x * x).sum().backward()\nprint(x.grad)\n",
        ),
    ]
    before = sorted(tmp_path.iterdir())
    code, lines = checked(capsys, *files)
    assert code == 0
    assert lines == [f"{path}: ok" for path in files]
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("name", "text", "place", "said"),
    [
        ("syntax.py", "y = (1 + \n", "1:5", "never closed"),
        (
            "unknown.py",
            "import torch\ny = torch.sinus(x)\ny",
            "2:5",
            "torch.sinus is not part of the language",
        ),
        ("shape.py", "import torch\na = torch.ones(2, 3) * x\nb = (a @ a).sum()\nb", "3:6", "shape"),
        (
            "vector.py",
            "import torch\nx = torch.ones(3, requires_grad=True)\ny = 2*x\ny.backward()",
            "4:1",
            "single number",
        ),
        ("escape.py", "().__class__.__mro__", "1:1", "two underscores"),
        ("file.toml", PARABOLA.format(last="y.sinus()"), "6:3", ".sinus is not part of the language"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, place: str, said: str
) -> None:
    path = written(tmp_path, name, text)
    code, lines = checked(capsys, path)
    assert code == 1
    assert len(lines) == 1
    assert lines[0].startswith(f"{path}:{place}: ")
    assert said in lines[0]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("empty.py", "", "no objective"),
        ("nan.py", "log(x - 3)", "finite"),
        ("not.toml", "[objective", "This is not a TOML file"),
        ("key.toml", "format = 1\n[objective]\nprogramme = 'x'\n", "objective.programme"),
    ],
)
def test_what_has_no_place_is_told_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, said: str
) -> None:
    path = written(tmp_path, name, text)
    code, lines = checked(capsys, path)
    assert code == 1
    assert lines[0].startswith(f"{path}:")
    assert said in lines[0]


def test_every_file_has_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = written(tmp_path, "good.py", "x**2"), tmp_path / "missing.py"
    code, lines = checked(capsys, bad, good, bad)
    assert code == 1
    assert lines == [f"{bad}: There is no such file.", f"{good}: ok", f"{bad}: There is no such file."]


def test_an_endless_program_is_given_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "endless.py", "y = x\nwhile True:\n    y = y\ny")
    code, lines = checked(capsys, path)
    assert code == 1
    assert "rounds" in lines[0]
    assert lines[0].startswith(f"{path}:2:")
