"""``gradarium compare``: several optimizers or learning rates, ranked."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from gui_app.cli import RANKINGS, main
from gui_app.core.measures import BY_KEY, VALIDATION
from gui_app.engine.lenses.questions import Questions

BOWL = """\
format = 1
[objective]
program = "x**2 + 10*y**2"
[parameters.x]
value = 3.0
reference = 0.0
[parameters.y]
value = 1.0
reference = 0.0
[optimizer]
name = "SGD"
lr = 0.05
[run]
steps = 20
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of an experiment file in the working folder."""
    monkeypatch.chdir(tmp_path)
    Path("bowl.toml").write_text(BOWL)
    return "bowl.toml"


def ran(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[str], str]:
    """Exit code, lines of output, and errors."""
    try:
        code = main(["compare", *words])
    except SystemExit as left:
        code = int(left.code or 0)
    out, err = capsys.readouterr()
    return code, out.splitlines(), err


def test_all_optimizers_under_the_terms_that_are_printed(
    capsys: pytest.CaptureFixture[str], file: str
) -> None:
    code, lines, err = ran(capsys, file)
    assert (code, err) == (0, "")
    assert (
        lines[0] == "20 steps each; start (3, 1); seed 0; float32; lr 0.05 for all; no clipping; no schedule"
    )
    assert lines[1].split()[:3] == ["run", "step", "loss"]
    assert len(lines) == 2 + 12
    losses = [float(line.split()[4]) for line in lines[2:]]
    assert losses == sorted(losses)


def test_learning_rates_as_a_table_and_as_csv(capsys: pytest.CaptureFixture[str], file: str) -> None:
    code, lines, _ = ran(
        capsys, file, "--learning-rates", "0.01,0.05,0.2", "--steps", "9", "--csv", "out.csv"
    )
    assert code == 0
    with Path("out.csv").open(newline="", encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    assert [row["run"] for row in rows] == ["SGD lr 0.05", "SGD lr 0.01", "SGD lr 0.2"]
    assert [line.split("  ")[0].strip() for line in lines[2:]] == [row["run"] for row in rows]
    by_hand = (3.0 * 0.9**9) ** 2  # at 0.05 y is 0 after one step
    assert float(rows[0]["loss"]) == pytest.approx(by_hand, rel=1e-5)
    assert float(rows[0]["distance"]) == pytest.approx(by_hand**0.5, rel=1e-5)
    assert {row["step"] for row in rows} == {"9"}


def test_rates_around_the_present_one_and_momenta_without_repeats(
    capsys: pytest.CaptureFixture[str], file: str
) -> None:
    code, lines, _ = ran(capsys, file, "--learning-rates", "--momenta", "0,0.9", "--by", "label")
    assert code == 0
    names = [line[: lines[1].index("step") - 1].strip() for line in lines[2:]]
    assert len(names) == len(set(names)) == 9
    assert "SGD lr 0.05 momentum 0.9" in names


def test_a_budget_of_evaluations(capsys: pytest.CaptureFixture[str], file: str) -> None:
    words = "--optimizers", "Adam,LBFGS", "--evaluations", "30", "--default-rates", "--csv", "out.csv"
    code, _, _ = ran(capsys, file, *words)
    assert code == 0
    with Path("out.csv").open(newline="", encoding="utf-8") as text:
        rows = {row["run"]: row for row in csv.DictReader(text)}
    assert rows["Adam lr 0.001"]["evaluations"] == rows["Adam lr 0.001"]["step"] == "30"
    assert int(rows["LBFGS lr 1"]["evaluations"]) <= 30
    assert int(rows["LBFGS lr 1"]["step"]) < 30


def test_one_that_diverges_is_a_row_and_one_that_cannot_is_told(
    capsys: pytest.CaptureFixture[str], file: str
) -> None:
    code, lines, err = ran(capsys, file, "--optimizers", "Muon,SGD", "--set", "lr=1e9", "--steps", "90")
    assert code == 0
    assert "diverged at step" in lines[2]
    assert "Muon lr 1e9: Muon updates matrices only" in err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--optimizers", "Adm"], 2, "Did you mean Adam?"),
        (["--learning-rates", "0.1,x"], 2, "not a list of numbers"),
        (["--learning-rates=-1"], 2, "at least 0"),
        (["--by", "colour"], 2, "invalid choice"),
        (["--csv", "no/where.csv"], 2, "there is no folder"),
        (["--set", "program='(x'"], 1, "never closed"),
        (["--optimizers", "Muon"], 1, "matrices only"),
        (["--set", "program='x.backward()'"], 1, "script"),
    ],
)
def test_what_cannot_be_compared_is_said(
    capsys: pytest.CaptureFixture[str], file: str, words: list[str], code: int, said: str
) -> None:
    ended, lines, err = ran(capsys, file, *words)
    assert (ended, lines) == (code, [])
    assert said in err


def test_ctrl_c_prints_what_was_recorded(
    capsys: pytest.CaptureFixture[str], file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = Questions.answer

    def interrupted(self: Questions, *asked: object) -> Iterator[object]:
        yield from itertools.islice(answer(self, *asked), 1)  # type: ignore[arg-type, call-overload]
        raise KeyboardInterrupt

    monkeypatch.setattr(Questions, "answer", interrupted)
    code, lines, err = ran(capsys, file, "--optimizers", "SGD,Adam", "--steps", "100000")
    assert code == 1
    assert lines[1].startswith("run")
    assert "Interrupted" in err


def test_every_column_can_be_ranked_by() -> None:
    assert set(RANKINGS) == {*BY_KEY, VALIDATION.key, "label"}
