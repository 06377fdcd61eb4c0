"""Going on from a step with other settings, in the whole window."""

from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot
from whole import WAIT, open_and_wait

from gui_app.app import LaboratoryParts
from gui_app.commands.recording import record
from gui_app.core.experiment import Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.session import Status

ROSENBROCK = Experiment(
    "(1 - x)**2 + 100*(y - x**2)**2",
    (ParameterSpec("x", -1.2), ParameterSpec("y", 1.0)),
    OptimizerSpec("SGD", {"lr": 0.001, "momentum": 0.9}),
    RunSpec(steps=60),
)


def with_lr(experiment: Experiment, lr: float) -> Experiment:
    return Experiment(
        experiment.program,
        experiment.parameters,
        OptimizerSpec("SGD", {"lr": lr, "momentum": 0.9}),
        experiment.run,
    )


def finish(parts: LaboratoryParts, qtbot: QtBot) -> None:
    parts.views.actions["run_to_end"].trigger()
    qtbot.waitUntil(lambda: parts.presenter.session.status is Status.FINISHED, timeout=WAIT)


def test_a_branch_goes_on_from_the_step_shown_and_the_old_one_stays(
    laboratory: LaboratoryParts, qtbot: QtBot
) -> None:
    open_and_wait(laboratory, qtbot, ROSENBROCK)
    presenter, session = laboratory.presenter, laboratory.presenter.session
    finish(laboratory, qtbot)
    presenter.jump(20)
    first = session.history
    presenter.edit(with_lr(ROSENBROCK, 0.0002))
    qtbot.waitUntil(lambda: session.last == 20, timeout=WAIT)
    assert session.cursor == 20
    assert [branch.label for branch in session.branches] == ["first run"]
    assert session.branch.label == "lr 0.001 → 0.0002"
    finish(laboratory, qtbot)
    assert session.history is not None
    assert first is not None
    assert np.array_equal(session.history.losses[:21], first.losses[:21])
    assert not np.array_equal(session.history.losses[21:], first.losses[21:])


def test_going_back_to_a_branch_and_on_is_a_straight_run(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    open_and_wait(laboratory, qtbot, ROSENBROCK)
    presenter, session = laboratory.presenter, laboratory.presenter.session
    presenter.edit(
        Experiment(ROSENBROCK.program, ROSENBROCK.parameters, ROSENBROCK.optimizer, RunSpec(steps=30))
    )
    finish(laboratory, qtbot)
    presenter.jump(10)
    presenter.edit(with_lr(session.experiment, 0.0001))
    qtbot.waitUntil(lambda: session.last == 10, timeout=WAIT)
    finish(laboratory, qtbot)
    laboratory.views.loss.branch_chosen.emit(0)
    qtbot.waitUntil(lambda: session.last == 30 and session.branch.number == 0, timeout=WAIT)
    assert session.experiment.optimizer == ROSENBROCK.optimizer
    presenter.edit(
        Experiment(ROSENBROCK.program, ROSENBROCK.parameters, ROSENBROCK.optimizer, RunSpec(steps=60))
    )
    finish(laboratory, qtbot)
    straight = record(ROSENBROCK).history
    assert session.history is not None
    assert np.array_equal(session.history.losses, straight.losses)
    assert np.array_equal(session.history.parameters(60), straight.parameters(60))


def test_a_change_at_the_newest_step_counts_from_the_next_one(
    laboratory: LaboratoryParts, qtbot: QtBot
) -> None:
    open_and_wait(laboratory, qtbot, ROSENBROCK)
    presenter, session = laboratory.presenter, laboratory.presenter.session
    for _ in range(3):
        presenter.step()
    qtbot.waitUntil(lambda: session.last == 3, timeout=WAIT)
    presenter.edit(with_lr(ROSENBROCK, 0.0001))
    presenter.step()
    qtbot.waitUntil(lambda: session.last == 4, timeout=WAIT)
    assert session.branches == ()
    assert session.history is not None
    assert list(session.history.changes) == [3]


def test_another_program_has_no_branches(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    open_and_wait(laboratory, qtbot, ROSENBROCK)
    presenter, session = laboratory.presenter, laboratory.presenter.session
    finish(laboratory, qtbot)
    presenter.jump(5)
    presenter.edit(with_lr(ROSENBROCK, 0.0002))
    qtbot.waitUntil(lambda: session.last == 5, timeout=WAIT)
    laboratory.views.editor.area.setPlainText("x**2 + y**2")
    qtbot.waitUntil(lambda: session.last == 0, timeout=WAIT)
    assert session.branches == ()


def test_a_dragged_start_is_the_start(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    open_and_wait(laboratory, qtbot, ROSENBROCK)
    session = laboratory.presenter.session
    laboratory.views.descent.start_dragged.emit({1: -0.5})
    assert session.experiment.parameters == (ParameterSpec("x", -1.2), ParameterSpec("y", -0.5))
    qtbot.waitUntil(lambda: session.last == 0, timeout=WAIT)
    assert session.history is not None
    assert session.history.parameters(0).tolist() == [np.float32(-1.2), -0.5]


def test_changes_and_branches_are_told(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    open_and_wait(laboratory, qtbot, ROSENBROCK)
    presenter, session = laboratory.presenter, laboratory.presenter.session
    finish(laboratory, qtbot)
    presenter.jump(20)
    presenter.edit(with_lr(ROSENBROCK, 0.0002))
    qtbot.waitUntil(lambda: session.last == 20, timeout=WAIT)
    presenter.step()
    qtbot.waitUntil(lambda: session.last == 21, timeout=WAIT)
    assert session.history is not None
    assert session.history.changes_told() == {20: "from here lr 0.001 → 0.0002"}
