"""Training loops as tutorials have them, run, recorded, replayed and exported: torch's own numbers throughout."""

from __future__ import annotations

import runpy
import sys
import threading
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gui_app.commands.recording import Record, record
from gui_app.core.columns import recorded
from gui_app.core.experiment import DataSpec, Experiment, RunSpec
from gui_app.engine.descent import descend
from gui_app.engine.lenses.questions import Questions
from gui_app.engine.vocabulary import words
from gui_app.files.script import script_of
from gui_app.language.compiler import check
from gui_app.language.limits import StopFlag
from gui_app.language.resolving import resolved

TUTORIAL = """
import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1)
X = torch.rand(25, 2)
y = X @ torch.tensor([[2.0], [-3.4]]) + 4.2
net = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Dropout(0.2), nn.Linear(4, 1))
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
scheduler = StepLR(optimizer, step_size=2, gamma=0.5)
loader = DataLoader(TensorDataset(X, y), batch_size=10, shuffle=True)


def train(loader, model, loss_fn, optimizer):
    model.train()
    total = 0.0
    for batch, (xb, yb) in enumerate(loader):
        pred = model(xb)
        loss = loss_fn(pred, yb)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        total += loss.item() * len(xb)
    return total / len(loader.dataset)


history = {"loss": [], "rate": []}
for epoch in range(5):
    mean = train(loader, net, loss_fn, optimizer)
    scheduler.step()
    net.eval()
    with torch.no_grad():
        test = sum(F.mse_loss(net(xb), yb).item() for xb, yb in loader) / len(loader)
    history["loss"].append(test)
    print(epoch, mean, optimizer.param_groups[0]["lr"])
    print(f"{test:.6f} {scheduler.get_last_lr()[0]:.3f} {len(history['loss'])}")
"""
FROM_DATA = """
from torch.utils.data import DataLoader, TensorDataset
w = torch.zeros(X.shape[1], requires_grad=True)
b = torch.zeros(1, requires_grad=True)
loader = DataLoader(TensorDataset(X, y), batch_size=8, shuffle=True)
opt = torch.optim.Adam([{"params": [w], "lr": 0.1}, {"params": [b]}], lr=0.01)
for epoch in range(3):
    for xb, yb in loader:
        loss = F.mse_loss(xb @ w + b, yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
print(loss.item())
"""


def ran(program: str, data: DataSpec | None = None, **run: Any) -> Record:
    found, checked = resolved(Experiment(program, run=RunSpec(**run), data=data), words())
    assert checked.faults == ()
    return record(found)


def printed(result: Record) -> str:
    return "".join(line.text for line in result.console.lines)


def plainly(program: str) -> tuple[str, dict[str, Any]]:
    """What Python itself prints, and its names."""
    told, scope = StringIO(), dict[str, Any]()
    with redirect_stdout(told):
        exec(program, scope)
    return told.getvalue(), scope


def test_a_tutorial_runs_as_it_is_with_the_numbers_of_pytorch() -> None:
    result = ran(TUTORIAL)
    text, scope = plainly(TUTORIAL)
    assert result.stopped == "finished"
    assert printed(result) == text
    assert result.history.last == 14  # each backward pass is a step
    weights = {name: value.tolist() for name, value in scope["net"].named_parameters()}
    assert result.history.columns[:2] == ("net.0.weight[0,0]", "net.0.weight[0,1]")
    assert len(result.history.columns) == 17
    assert list(weights) == ["0.weight", "0.bias", "3.weight", "3.bias"]


def test_the_history_holds_every_step_before_its_update() -> None:
    result = ran(
        "torch.manual_seed(0)\nw = torch.randn(3, requires_grad=True)\noptimizer = torch.optim.Adam([w], lr=0.1)\n"
        "for k in range(20):\n    optimizer.zero_grad()\n    loss = (w**2).sum()\n    loss.backward()\n"
        "    optimizer.step()"
    )
    torch.manual_seed(0)
    w = torch.randn(3, requires_grad=True)
    optimizer = torch.optim.Adam([w], lr=0.1)
    for k in range(20):
        optimizer.zero_grad()
        loss = (w**2).sum()
        loss.backward()
        assert np.array_equal(result.history.parameters(k), w.detach().double().numpy())
        assert w.grad is not None
        assert np.array_equal(result.history.gradients(k), w.grad.double().numpy())
        assert result.history.losses[k] == loss.item()
        optimizer.step()


def test_the_weights_of_a_network_are_told_apart_by_their_columns() -> None:
    """They have dots in their names; the window shows them as parameters in their shapes."""
    history = ran(TUTORIAL).history
    found = {spec.name: spec.shape for spec in recorded(history.columns, history.parameters(0))}
    assert found == {
        "net.0.weight": (4, 2),
        "net.0.bias": (4,),
        "net.3.weight": (1, 4),
        "net.3.bias": (1,),
    }


def test_the_graph_of_a_step_is_that_of_its_batch() -> None:
    result = ran(TUTORIAL)
    questions = Questions()
    try:
        for step, rows in ((0, 10), (14, 5)):
            graph = questions.graph(result.experiment, step, None, None)
            names = [node.name for node in graph.nodes]
            assert names.count("AddmmBackward0") == 2
            (root,) = [node for node in graph.nodes if node.name == "MseLossBackward0"]
            assert root.label == "loss"
            assert any(node.shape == (rows, 1) for node in graph.nodes)
    finally:
        questions.close()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_data_of_the_experiment_are_there(dtype: str) -> None:
    spec = DataSpec(builtin="diabetes", standardize=True, validation=0.25)
    result = ran(FROM_DATA, spec, dtype=dtype, seed=3)
    assert result.stopped == "finished"
    assert result.history.last == 3 * 42 - 1  # 332 rows of 442 are trained on
    assert result.history.columns[-1] == "b[0]"
    assert np.isfinite(result.history.losses).all()


def test_columns_by_name_and_rows_that_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    path.write_text("age,size\n" + "".join(f"{k},{2 * k + 1}\n" for k in range(12)), encoding="utf-8")
    spec = DataSpec(path=str(path), features=("age",), target="size", batch_size=4, shuffle=True)
    program = (
        "a = torch.zeros(1, requires_grad=True)\no = torch.optim.SGD([a], lr=1e-3)\n"
        "for k in range(5):\n    o.zero_grad()\n    ((a*age - size)**2).mean().backward()\n    o.step()\n"
        "print(X.shape, age[3].item(), y[3].item())"
    )
    result = ran(program, spec)
    assert printed(result) == "torch.Size([12, 1]) 3.0 7.0\n"
    for change in ("age.mul_(2)", "X.requires_grad_()", "torch.optim.SGD([X], lr=1.0)"):
        broken = ran(f"{change}\n{program}", spec)
        assert broken.fault is not None
        assert "would change a parameter" in broken.fault.message or "change" in broken.fault.message


def test_names_of_data_are_known_only_where_there_are_data() -> None:
    assert [fault.message for fault in check("X.sum().backward()", words()).faults] == ["X is not defined."]
    assert check("X.sum().backward()", words(), data=("X",)).faults == ()


def exported(experiment: Experiment, folder: Path) -> str:
    """What the exported script prints when plain Python runs it."""
    path, told = folder / "script.py", StringIO()
    path.write_text(script_of(experiment, words(), folder=folder), encoding="utf-8")
    torch.seed()  # the script itself must say where its random numbers begin
    try:
        with redirect_stdout(told):
            runpy.run_path(str(path))
    finally:
        torch.set_default_dtype(torch.float32)
    return told.getvalue()


BARE = """
net = nn.Linear(2, 1)
data = torch.randn(12, 2)
optimizer = SGD(net.parameters(), lr=0.1)
scheduler = lr_scheduler.ExponentialLR(optimizer, 0.9)
part, rest = random_split(TensorDataset(data), [9, 3])
for epoch in range(2):
    for xb, in DataLoader(part, 2, shuffle=True):
        optimizer.zero_grad()
        net(xb).square().sum().backward()
        clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
    scheduler.step()
print(net.weight.tolist(), net.bias.tolist(), optimizer.param_groups[0]["lr"])
"""


@pytest.mark.parametrize(
    ("program", "data", "run"),
    [
        (TUTORIAL, None, {}),
        (BARE, None, {"seed": 11}),
        (BARE, None, {"seed": 4, "dtype": "float64"}),
        ("import torch.optim as optim\n" + BARE.replace("SGD(", "optim.Adam("), None, {}),
        (
            FROM_DATA + "print(w.tolist(), b.tolist())",
            DataSpec(generate="regression", batch_size=3),
            {"seed": 2},
        ),
        (FROM_DATA + "print(w.tolist(), b.tolist())", DataSpec(generate="regression", validation=0.3), {}),
    ],
    ids=["tutorial", "bare words", "doubles", "an alias", "data", "data held out"],
)
def test_the_exported_script_gives_the_same_numbers(
    program: str, data: DataSpec | None, run: dict[str, Any], tmp_path: Path
) -> None:
    result = ran(program, data, **run)
    assert result.stopped == "finished", result.fault
    assert exported(result.experiment, tmp_path) == printed(result)


def test_a_stop_takes_effect_inside_the_steps_of_an_optimizer() -> None:
    """LBFGS that never comes to an end by itself."""
    program = (
        "w = torch.ones(2, requires_grad=True)\no = torch.optim.LBFGS([w], lr=1e-9, max_iter=10**9, tolerance_grad=0.0,"
        " tolerance_change=0.0)\ndef closure():\n    o.zero_grad()\n    loss = (w**2).sum()\n    loss.backward()\n"
        "    return loss\no.step(closure)"
    )
    stop = StopFlag()
    run = descend(Experiment(program), run=1, stop=stop)
    timer = threading.Timer(0.3, stop.set)
    timer.start()
    events = list(run)
    timer.join()
    assert len(events) > 1


@pytest.fixture
def listening() -> Iterator[list[str]]:
    seen: list[str] = []
    on = [True]

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        ours = event == "open" and str(arguments[0]).startswith("/proc/")
        if on[0] and not ours and event.startswith(("open", "exec", "import", "socket", "subprocess", "os.")):
            seen.append(f"{event} {arguments}")

    sys.addaudithook(hear)
    yield seen
    on[0] = False


def test_the_system_sees_nothing_of_a_training_script(listening: list[str]) -> None:
    """Not even PyTorch's own imports: its optimizers take a second for them, ours have none."""
    ran(TUTORIAL)  # what is read once is read
    del listening[:]
    ran(TUTORIAL)
    ran(BARE)
    assert listening == []
