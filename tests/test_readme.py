"""What the README tells people to type is true."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from pathlib import Path

import pytest

from gui_app import cli
from gui_app.files.experiment import parse_experiment
from gui_app.platform_check import LIBRARIES, X11_LIBRARIES

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The code blocks of a language."""
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```", README, re.MULTILINE | re.DOTALL)
    return [block.replace("\\\n", "") for block in found]


def test_the_examples_are_experiments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "norris.csv").write_text("x,y\n1,2\n2,4\n3,6\n4,8\n")
    monkeypatch.chdir(tmp_path)
    data, example = blocks("toml")
    assert parse_experiment(example).run.steps == 15
    fitted = parse_experiment(f"{example.split('[parameters.x]')[0]}{data}\n[run]\nsteps = 3\n")
    assert fitted.data is not None
    assert fitted.model is not None
    assert (fitted.data.batch_size, fitted.data.validation, fitted.model.name) == (10, 0.25, "linear")


def test_every_library_is_in_the_apt_line() -> None:
    (line,) = [block for block in blocks("sh") if "apt-get" in block]
    assert {*LIBRARIES.values(), *X11_LIBRARIES.values()} <= set(line.split())


def test_the_commands_parse() -> None:
    (commands,) = [block for block in blocks("sh") if "verify" in block]
    lines = [line.split("#")[0].split()[1:] for line in commands.splitlines()]
    assert len(lines) == 12
    for words in lines:
        if words[0] in cli.COMMANDS:
            assert cli.COMMANDS[words[0]]()[0].parse_args(words[1:])


def test_python_is_the_one_that_is_required() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert f"Python {wanted.removeprefix('>=')} or newer" in README


def test_what_is_linked_exists() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
def test_ci_runs_the_command_of_the_readme() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    (command,) = [block for block in blocks("sh") if "pytest" in block]
    pattern = re.search(r"grep -m 1 '([^']+)' README\.md", script.read_text())
    assert pattern is not None
    found = [line for line in README.splitlines() if re.search(pattern[1], line)]
    assert found == [command.strip()]
