"""Scripts and declared parameters in the whole window."""

from __future__ import annotations

from pytestqt.qtbot import QtBot
from whole import WAIT, open_and_wait

from gui_app.app import LaboratoryParts
from gui_app.core.experiment import Distribution, Experiment, ParameterSpec
from gui_app.core.session import Status

SCRIPT = """import torch
x = torch.tensor([1.0, 2.0], requires_grad=True)
for k in range(3):
    y = (x * x).sum()
    y.backward()
    print(k, y.item())
    x.data -= 0.1 * x.grad
    x.grad.zero_()
"""


def typed(parts: LaboratoryParts, text: str) -> None:
    """Type a whole program over what is there."""
    parts.views.editor.area.setPlainText(text)
    parts.views.editor.flush()


def test_a_script_is_told_from_an_objective_and_steps(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    open_and_wait(laboratory, qtbot, Experiment(SCRIPT))
    session, v = laboratory.presenter.session, laboratory.views
    assert session.is_script
    assert session.shown.parameters == (ParameterSpec("x", (1.0, 2.0)),)
    assert v.console.text() == "0 5.0\n"
    v.actions["step"].trigger()
    qtbot.waitUntil(lambda: session.last == 1, timeout=WAIT)
    qtbot.waitUntil(lambda: "\n1 " in v.console.text(), timeout=WAIT)
    v.actions["run_to_end"].trigger()
    qtbot.waitUntil(lambda: session.status is Status.FINISHED, timeout=WAIT)
    assert session.last == 2
    v.actions["step_back"].trigger()
    qtbot.waitUntil(lambda: session.cursor == 1, timeout=WAIT)
    graph = laboratory.presenter.graph
    assert graph is not None

    def shows_step_1() -> bool:
        leaf = next(n for n in laboratory.presenter.graph.nodes if n.kind == "leaf")  # type: ignore[union-attr]
        return leaf.gradient is not None and abs(leaf.gradient.maximum - 2 * 1.6) < 1e-6

    qtbot.waitUntil(shows_step_1, timeout=WAIT)


def test_the_table_writes_what_the_text_declares(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    open_and_wait(laboratory, qtbot, Experiment("x = torch.tensor(3.0, requires_grad=True)\n(x - 2)**2"))
    presenter, editor = laboratory.presenter, laboratory.views.editor
    assert presenter.session.experiment.parameters == (ParameterSpec("x", 3.0),)
    presenter.edit(presenter.session.experiment.with_parameter(ParameterSpec("x", -1.5)))
    assert editor.program() == "x = torch.tensor(-1.5, requires_grad=True)\n(x - 2)**2"
    qtbot.waitUntil(lambda: presenter.session.last == 0, timeout=WAIT)
    assert presenter.session.history is not None
    assert presenter.session.history.parameters(0) == [-1.5]


def test_the_text_writes_the_table(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    open_and_wait(laboratory, qtbot, Experiment("x**2"))
    session = laboratory.presenter.session
    typed(laboratory, "torch.manual_seed(3)\nW = torch.randn(2, 2, requires_grad=True)\n(W * W).sum()")
    qtbot.waitUntil(lambda: session.last == 0 and session.experiment.run.seed == 3, timeout=WAIT)
    assert session.experiment.parameters == (
        ParameterSpec("W", None, (2, 2), Distribution("normal", 0.0, 1.0)),
    )


def test_a_failing_program_shows_what_it_built_and_where_it_failed(
    laboratory: LaboratoryParts, qtbot: QtBot
) -> None:
    open_and_wait(laboratory, qtbot, Experiment("x**2"))
    presenter = laboratory.presenter
    typed(laboratory, "a = torch.ones(2, 3) * x\nb = a @ a\nb.sum()")
    qtbot.waitUntil(lambda: presenter.session.status is Status.FAILED, timeout=WAIT)
    qtbot.waitUntil(lambda: presenter.graph is not None and presenter.graph.failure is not None, timeout=WAIT)
    assert presenter.graph is not None
    assert "failed" in [node.kind for node in presenter.graph.nodes]
    assert presenter.session.fault is not None
    assert "(2, 3)" in presenter.session.fault.message


def test_the_first_value_that_is_not_finite_is_marked(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    open_and_wait(laboratory, qtbot, Experiment("x**2"))
    session = laboratory.presenter.session
    typed(laboratory, "y = x - 3\nlog(y) + 1")
    qtbot.waitUntil(lambda: session.status is Status.FAILED or session.last == 0, timeout=WAIT)
    laboratory.views.actions["step"].trigger()
    qtbot.waitUntil(lambda: session.status is Status.DIVERGED, timeout=WAIT)
    assert session.fault is not None
    assert session.fault.span is not None
    assert session.fault.span.line == 2
    assert "log(y) gives NaN" in session.fault.message


def test_no_step_is_suggested_for_a_script(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    """The learning rate of the form is not the script's."""
    open_and_wait(
        laboratory, qtbot, Experiment("x = torch.ones(1, requires_grad=True)\n(x*x).sum().backward()")
    )
    qtbot.waitUntil(lambda: bool(laboratory.views.descent.chart.reading), timeout=WAIT)
    assert not any("lr" in text for text, _ in laboratory.views.descent.chart.reading)
