"""Experiments with layers, and with random numbers of several kinds, as plain scripts: the same bits."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
import torch

from gui_app.core.experiment import Distribution, Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.engine.vocabulary import words
from gui_app.files.script import script_of
from gui_app.language.errors import ProgramError
from gui_app.language.resolving import resolved
from tests.files.test_script import _torch_as_it_was as _torch_as_it_was
from tests.files.test_script import ran
from tests.files.test_script_data import python_value

OWN = ParameterSpec("q", None, (2,), Distribution("normal", 0.0, 1.0))
"""A parameter that is drawn before anything that the text draws."""


def experiment(program: str, *specs: ParameterSpec, dtype: str = "float32") -> Experiment:
    made = Experiment(program, specs, OptimizerSpec("SGD", {"lr": 0.01}), RunSpec(6, dtype=dtype))
    found, checked = resolved(made, words())
    assert not checked.faults, checked.faults
    return found


def same(made: Experiment, folder: Path) -> str:
    """Assert that the script leaves what the run leaves; returns the script."""
    text = script_of(made, words())
    (folder / "script.py").write_text(text, encoding="utf-8")
    left = runpy.run_path(str(folder / "script.py"))
    torch.set_default_dtype(torch.float32)
    values, loss = ran(made)
    assert left["loss"].item() == loss
    for name, value in values.items():
        assert np.array_equal(python_value(left, name).detach().double().numpy(), value.astype("float64")), (
            name
        )
    return text


LAYERS = (
    "x = torch.linspace(0, 6, 20)\nlstm = nn.LSTM(1, 4, batch_first=True)\nhead = nn.Linear(4, 1)\n"
    "out, (h, c) = lstm(x.sin()[None, :-1, None])\n((head(out)[0, :, 0] - x.sin()[1:])**2).mean()",
    "x = torch.linspace(0, 6, 6).reshape(3, 1, 2)\ngru = nn.GRU(2, 4, 2, bidirectional=True, dropout=0.3)\n"
    "out, h = gru(x)\nout.square().mean() + h.mean()",
    "x = torch.linspace(-1, 1, 12).reshape(4, 3)\ncell = nn.LSTMCell(3, 4)\nh, c = cell(x[0])\n"
    "for row in x[1:]:\n    h, c = cell(row, (h, c))\nh.square().sum()",
    "x = torch.linspace(-1, 1, 24).reshape(3, 2, 4)\nattention = nn.MultiheadAttention(4, 2)\n"
    "out, shares = attention(x, x, x)\n(out - x).square().mean() + shares.square().sum()",
    "x = torch.linspace(-1, 1, 24).reshape(3, 2, 4)\nlayer = nn.TransformerEncoderLayer(4, 2, 8)\n"
    "(layer(x) - x).square().mean()",
    "x = torch.linspace(-1, 1, 64).reshape(1, 1, 8, 8)\nnet = nn.Sequential(nn.Conv2d(1, 2, 3, stride=2), nn.ReLU(),"
    " nn.ConvTranspose2d(2, 1, 4, stride=2), nn.InstanceNorm2d(1, affine=True), nn.Dropout2d(0.3))\n"
    "(net(x) - x).square().mean()",
)


@pytest.mark.parametrize("program", LAYERS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_layers_are_told_as_they_were_typed(program: str, dtype: str, tmp_path: Path) -> None:
    text = same(experiment(program, dtype=dtype), tmp_path)
    statement = next(line for line in program.split("\n") if "nn." in line)
    assert f"\n{statement}\n" in text


MIXED = (
    "A = torch.randn(20, 3)\nB = torch.rand(20)\n"
    "net = nn.Sequential(nn.Linear(3, 5), nn.Dropout(0.3), nn.Linear(5, 1))\n((net(A).squeeze(1) - B)**2).mean()",
    "torch.manual_seed(4)\nn = 6\nA = torch.randn(2*n, 3)\nnet = nn.Linear(3, 4)\nnoise = 0.1*torch.randn(2*n)\n"
    "W = torch.randn(4, requires_grad=True)\nC = A + noise[:, None]\n"
    "(F.dropout(net(C), 0.4) @ W - noise).square().sum()",
    "A = randn(5)\nv = torch.tensor([1.0, 2.0], requires_grad=True)\n(dropout(A, 0.5).sum()*v).square().sum()",
    "net = nn.GRU(2, 3, 2, dropout=0.5)\nA = torch.randn(4, 1, 2)\nnet(A)[0].square().sum()",
    "A = torch.randn(4, 1, 2)\nnet = nn.Linear(2, 3)\nB = A*2\nnet(B).square().sum()",
    "torch.manual_seed(3)\nA = torch.randn(4, 2)\ntorch.manual_seed(5)\nnet = nn.Linear(2, 3)\nnet(A).square().sum()",
    "A = torch.randn(4, 2)\nw = torch.ones(2, requires_grad=True)\n(A @ w).square().sum()",
)


@pytest.mark.parametrize("specs", [(), (OWN,)])
@pytest.mark.parametrize("program", MIXED)
def test_data_that_are_drawn_beside_other_draws(
    program: str, specs: tuple[ParameterSpec, ...], tmp_path: Path
) -> None:
    more = " + q.square().sum()" if specs else ""
    same(experiment(program + more, *specs), tmp_path)


@pytest.mark.parametrize(
    "program",
    [
        "A = torch.randn(4, 2)\nA += 1\nnet = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.2))\nnet(A).sum()",
        "A = torch.randn(4, 2)\nA[0] = 1\nnet = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.2))\nnet(A).sum()",
        "A = torch.ones(4, 2)\nA.normal_()\nnet = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.2))\nnet(A).sum()",
        "s = 0\nfor i in range(3):\n    s = s + (w*torch.randn(2)).sum()\ndropout(w*s, 0.5).sum()",
        "dropout(w*torch.randn(2), 0.5).sum()",
        "v = torch.bernoulli(w.sigmoid())\ndropout(w*v, 0.5).sum()",
        "def noise():\n    return torch.randn(2)\nA = noise()\ndropout(w*A, 0.5).sum()",
    ],
)
def test_what_no_plain_script_can_draw_alike_is_refused(program: str) -> None:
    with pytest.raises(ProgramError, match="drops something out"):
        script_of(experiment(program, ParameterSpec("w", (1.0, 2.0))), words())


def test_a_name_of_the_scripts_own_is_refused_for_drawn_data_too() -> None:
    program = "steps = torch.randn(3)\nstep = torch.randn(3)\nnet = nn.Linear(3, 1)\nnet(step + steps).sum()"
    with pytest.raises(ProgramError, match="A tensor is called step"):
        script_of(experiment(program), words())
