"""Start values that are changed element by element."""

from __future__ import annotations

from gui_app.core.experiment import Distribution, Experiment, ParameterSpec


def test_elements_are_counted_over_the_trained_parameters() -> None:
    experiment = Experiment(
        "…",
        (
            ParameterSpec("c", 7.0, requires_grad=False),
            ParameterSpec("x", 1.0),
            ParameterSpec("W", ((1.0, 2.0), (3.0, 4.0))),
        ),
    )
    changed = experiment.started_at({0: 5.0, 3: -1.0})
    assert [spec.value for spec in changed.parameters] == [7.0, 5.0, ((1.0, 2.0), (-1.0, 4.0))]
    assert experiment.started_at({}) is experiment


def test_a_random_start_stays() -> None:
    experiment = Experiment("w", (ParameterSpec("w", None, (2,), Distribution("normal")),))
    assert experiment.started_at({0: 1.0}) is experiment
