"""How predictions fit the data at a step: numbers, classes, exact solutions and layers, against torch and numpy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from gui_app.core.data import DataSpec, ModelSpec
from gui_app.core.experiment import Experiment, ParameterSpec, RunSpec
from gui_app.core.fit import Fit, FitAsked, confusion
from gui_app.engine.data import read_prepared
from gui_app.engine.devices import EngineError
from gui_app.engine.lenses.answers import ANSWERS
from gui_app.engine.lenses.fit import NAMELESS
from gui_app.engine.problem import Problem
from gui_app.language.errors import ProgramError
from gui_app.language.model_text import program_of

LINE = DataSpec(
    generate="regression", settings={"rows": 40, "weights": (2.0,), "noise": 0.5}, validation=0.25
)
MOONS = DataSpec(generate="moons", settings={"rows": 60}, validation=0.25, batch_size=10, shuffle=True)
IRIS = DataSpec(builtin="iris", validation=0.2, standardize=True)
DIABETES = DataSpec(builtin="diabetes", standardize=True)


def fitted(data: DataSpec, model: ModelSpec, **run: object) -> Experiment:
    text, parameters = program_of(model, read_prepared(data, 0)[1])
    return Experiment(text, parameters, run=RunSpec(**run), data=data, model=model)  # type: ignore[arg-type]


def start(experiment: Experiment) -> np.ndarray:
    problem = Problem(experiment)
    return problem.in_columns([store.flat.detach().numpy().copy() for store in problem.stores])


def answered(experiment: Experiment, row: np.ndarray | None = None, step: int = 0, **asked: object) -> Fit:
    problem = Problem(experiment)
    question = FitAsked(
        experiment=experiment,
        step=step,
        row=start(experiment) if row is None else row,
        **asked,  # type: ignore[arg-type]
    )
    answer = ANSWERS[FitAsked](problem, question, lambda: False)
    assert isinstance(answer, Fit)
    return answer


def test_numbers_of_a_line() -> None:
    experiment = fitted(LINE, ModelSpec("linear"), dtype="float64")
    found = answered(experiment, np.array([3.0, -1.0]))
    features = found.data.features[:, 0]
    assert found.values == pytest.approx(3.0 * features - 1.0, rel=1e-12)
    assert found.residuals == pytest.approx(3.0 * features - 1.0 - found.data.target, rel=1e-12)
    assert found.rows.tolist() == list(range(40))
    assert np.flatnonzero(found.held_out).tolist() == found.data.validation.tolist()
    assert not found.is_batched
    assert found.notice == ""


def test_the_curve_and_the_exact_line() -> None:
    experiment = fitted(LINE, ModelSpec("linear"))
    found = answered(experiment, np.array([3.0, -1.0], "float32"))
    plane, data = found.plane, found.data
    assert plane is not None
    assert plane.names == ("x1",)
    assert plane.ticks[0][0] < data.features.min() < data.features.max() < plane.ticks[0][-1]
    assert plane.values == pytest.approx(3.0 * plane.ticks[0] - 1.0, abs=1e-5)
    design = np.column_stack([data.features[data.training], np.ones(len(data.training))])
    assert data.target is not None
    exact = np.linalg.lstsq(design, data.target[data.training], rcond=None)[0]
    assert plane.exact == pytest.approx(exact[0] * plane.ticks[0] + exact[1], rel=1e-9)
    coefficients = found.coefficients
    assert coefficients is not None
    assert coefficients.names == ("x1", "intercept")
    assert coefficients.fitted == pytest.approx([3.0, -1.0])
    assert coefficients.exact == pytest.approx(exact, rel=1e-9)
    assert coefficients.true is not None
    assert coefficients.true.tolist() == [2.0, 4.2]
    assert coefficients.is_unique


def test_coefficients_in_both_units() -> None:
    """What a standardised fit comes to in the table's units is the fit of the table as it is."""
    raw = answered(fitted(DataSpec(builtin="diabetes"), ModelSpec("linear"), dtype="float64"))
    scaled = answered(fitted(DIABETES, ModelSpec("linear"), dtype="float64"))
    for one, other in ((raw.coefficients, scaled.coefficients),):
        assert one is not None
        assert other is not None
        assert other.exact == pytest.approx(one.exact, rel=1e-8)
        assert one.exact_standardized is not None
        assert other.exact_standardized == pytest.approx(one.exact_standardized, rel=1e-8)
    data = scaled.data
    assert data.target is not None
    design = np.column_stack([data.features, np.ones(len(data.features))])
    solved = np.linalg.lstsq(design, data.target, rcond=None)[0]
    assert scaled.coefficients is not None
    assert scaled.coefficients.exact_standardized == pytest.approx(solved, rel=1e-8)


def test_a_polynomial_has_parameters_instead_of_slopes() -> None:
    found = answered(fitted(LINE, ModelSpec("polynomial", degree=3)))
    assert found.coefficients is not None
    assert found.coefficients.names == ("weight[0,0]", "weight[0,1]", "weight[0,2]", "bias[0]")
    assert found.coefficients.exact_standardized is None
    x, data = found.data.features[found.data.training, 0], found.data
    assert data.target is not None
    solved = np.polynomial.polynomial.polyfit(x, data.target[data.training], 3)
    assert found.coefficients.exact == pytest.approx([*solved[1:], solved[0]], rel=1e-7)


def test_columns_that_depend_on_each_other_are_told() -> None:
    data = DataSpec(builtin="iris", features=("species",), target="petal_length")
    found = answered(fitted(data, ModelSpec("linear")))
    assert found.coefficients is not None
    assert not found.coefficients.is_unique


def test_nothing_is_exact_where_the_model_is_not_linear() -> None:
    found = answered(fitted(LINE, ModelSpec("perceptron", layers=(4,))))
    assert found.coefficients is None
    assert found.plane is not None
    assert found.plane.exact is None


def test_a_typed_program_by_columns() -> None:
    data = DataSpec(builtin="iris", features=("sepal_length", "species"), target="petal_length")
    program = "y_hat = a * sepal_length + b * (species == 2).float()\n((y_hat - petal_length)**2).mean()"
    experiment = Experiment(program, (ParameterSpec("a", 2.0), ParameterSpec("b", 5.0)), data=data)
    found = answered(experiment)
    lengths, species = found.data.columns["sepal_length"], found.data.columns["species"]
    assert found.values == pytest.approx(2.0 * lengths + 5.0 * (species == 2), rel=1e-6)


def test_probabilities_of_classes() -> None:
    experiment = fitted(IRIS, ModelSpec("softmax"))
    row = np.random.default_rng(0).normal(size=15).astype("float32")
    found = answered(experiment, row, metrics=True)
    weight, bias = row[:12].reshape(3, 4), row[12:]
    scores = torch.from_numpy(found.data.features @ weight.T + bias)
    assert found.probabilities == pytest.approx(torch.softmax(scores, 1).numpy(), abs=1e-6)
    assert found.classes is not None
    assert found.classes.tolist() == scores.argmax(1).tolist()
    truth = np.asarray(found.truth)
    right = (found.classes == truth)[~found.held_out].mean()
    assert found.metrics["training accuracy"] == pytest.approx(right)
    assert found.plane is not None
    assert found.plane.probabilities is not None
    assert found.plane.probabilities.sum(-1) == pytest.approx(1.0)


def test_one_score_is_a_probability_of_two_classes() -> None:
    found = answered(fitted(MOONS, ModelSpec("logistic")), np.array([1.0, -2.0, 0.5], "float32"))
    scores = found.data.features @ [1.0, -2.0] + 0.5
    assert found.probabilities is not None
    assert found.probabilities[:, 1] == pytest.approx(1 / (1 + np.exp(-scores)), abs=1e-6)
    assert found.probabilities.sum(1) == pytest.approx(1.0)


def test_components_are_numpys() -> None:
    found = answered(fitted(IRIS, ModelSpec("softmax")))
    data, plane = found.data, found.plane
    assert plane is not None
    seen = data.features[data.training]
    _, sizes, directions = np.linalg.svd(seen - seen.mean(0), full_matrices=False)
    assert plane.explained == pytest.approx((sizes**2 / (sizes**2).sum())[:2])
    expected = (data.features - seen.mean(0)) @ directions[:2].T
    assert np.abs(plane.points) == pytest.approx(np.abs(expected), abs=1e-9)
    assert plane.others == 2


def test_two_chosen_features_in_the_units_of_the_table() -> None:
    experiment = fitted(IRIS, ModelSpec("softmax"))
    row = np.random.default_rng(1).normal(size=15).astype("float32")
    found = answered(experiment, row, axes=(2, 0))
    plane, data = found.plane, found.data
    assert plane is not None
    assert plane.names == ("petal_length", "sepal_length")
    assert plane.points == pytest.approx(data.original(data.features)[:, [2, 0]])
    middle = data.features[data.training].mean(0)
    middle[[2, 0]] = ((np.array([t[5] for t in plane.ticks])) - data.means[[2, 0]]) / data.stds[[2, 0]]
    scores = torch.from_numpy(row[:12].reshape(3, 4) @ middle + row[12:])
    assert plane.probabilities is not None
    assert plane.probabilities[5, 5] == pytest.approx(torch.softmax(scores, 0).numpy(), abs=1e-5)


def test_the_batch_of_the_step() -> None:
    experiment = fitted(MOONS, ModelSpec("perceptron", layers=(4,)))
    found = answered(experiment, step=7)
    assert found.is_batched
    assert found.batch.tolist() == Problem(experiment).batch(7).tolist()
    assert not found.held_out[found.batch].any()


def test_layers_of_a_sample_are_torchs() -> None:
    experiment = fitted(MOONS, ModelSpec("perceptron", layers=(4, 3), activation="Tanh"))
    row = np.random.default_rng(2).normal(size=len(start(experiment))).astype("float32")
    found = answered(experiment, row, sample=5, layers=True)
    net = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2))
    parts = experiment.split_row(row)
    net.load_state_dict({n.removeprefix("net."): torch.from_numpy(v) for n, v in parts.items()})
    value = torch.from_numpy(found.data.features[5]).float()
    assert [seen.kind for seen in found.layers] == ["features", "Linear", "Tanh", "Linear", "Tanh", "Linear"]
    for module, seen in zip(net, found.layers[1:], strict=True):
        value = module(value)
        assert seen.values == pytest.approx(value.detach().numpy(), abs=1e-6)
    assert found.layers[3].weight == pytest.approx(net[2].weight.detach().numpy())
    assert found.sample == 5


def test_filters_of_a_convolution() -> None:
    data = DataSpec(builtin="digits", validation=0.25, batch_size=32)
    found = answered(fitted(data, ModelSpec("convolution", layers=(2,))), layers=True, plane=False)
    assert [seen.values.shape for seen in found.layers] == [
        (64,),
        (2, 8, 8),
        (2, 8, 8),
        (2, 4, 4),
        (32,),
        (10,),
    ]
    assert found.sample == found.batch[0]
    assert found.plane is None


def test_a_single_layer_without_a_network() -> None:
    experiment = fitted(IRIS, ModelSpec("softmax"))
    row = np.arange(15, dtype="float32")
    found = answered(experiment, row, layers=True, sample=0)
    assert [seen.name for seen in found.layers] == ["X", "weight"]
    assert found.layers[1].weight is not None
    assert found.layers[1].weight.tolist() == row[:12].reshape(3, 4).tolist()


def test_dropout_leaves_nothing_out() -> None:
    program = "net = nn.Sequential(nn.Linear(1, 8), nn.Dropout(.5), nn.Linear(8, 1))\n"
    program += "y_hat = net(X).squeeze(1)\nmse_loss(y_hat, y)"
    names = {"net.0.weight": (8, 1), "net.0.bias": (8,), "net.2.weight": (1, 8), "net.2.bias": (1,)}
    parameters = tuple(ParameterSpec(name, _ones(shape)) for name, shape in names.items())
    found = answered(Experiment(program, parameters, data=LINE), layers=True, sample=0)
    assert found.values == pytest.approx(8 * (found.data.features[:, 0] + 1) + 1, rel=1e-5)
    assert found.layers[2].values == pytest.approx(found.layers[1].values)


def _ones(shape: tuple[int, ...]) -> tuple[object, ...]:
    return (1.0,) * shape[0] if len(shape) == 1 else tuple((1.0,) * shape[1] for _ in range(shape[0]))


def test_metrics_only_where_wanted() -> None:
    experiment = fitted(LINE, ModelSpec("linear"))
    assert answered(experiment).metrics == {}
    found = answered(experiment, np.array([2.0, 4.0], "float32"), metrics=True)
    assert found.residuals is not None
    squares = found.residuals**2
    assert found.metrics["training MSE"] == pytest.approx(squares[~found.held_out].mean(), rel=1e-5)
    assert found.metrics["validation MSE"] == pytest.approx(squares[found.held_out].mean(), rel=1e-5)


def test_many_rows_are_thinned_and_keep_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gui_app.engine.lenses.fit.MOST_ROWS", 12)
    found = answered(fitted(MOONS, ModelSpec("logistic")), step=2)
    assert set(found.batch) <= set(found.rows)
    assert 12 <= len(found.rows) <= 22
    assert found.rows.tolist() == sorted(found.rows.tolist())
    assert found.probabilities is not None
    assert len(found.probabilities) == len(found.held_out) == len(found.rows)


def test_predictions_without_a_name() -> None:
    found = answered(Experiment("((a * x1 - y)**2).mean()", (ParameterSpec("a"),), data=LINE_NAMED))
    assert found.values is None
    assert found.notice == NAMELESS
    assert found.plane is not None
    assert found.plane.values is None


LINE_NAMED = DataSpec(
    generate="regression", settings={"rows": 40, "weights": (2.0,)}, features=("x1",), target="y"
)


def test_a_program_without_data() -> None:
    with pytest.raises(EngineError, match="reads no data"):
        answered(Experiment("(a - 2)**2", (ParameterSpec("a"),)), np.array([1.0]))


def test_a_program_that_fails_before_its_predictions() -> None:
    with pytest.raises(ProgramError):
        answered(
            Experiment("y_hat = (X @ a)\n(y_hat - y).mean()", (ParameterSpec("a", (1.0, 2.0)),), data=LINE)
        )


def test_the_end_of_what_is_not_wanted() -> None:
    experiment = fitted(LINE, ModelSpec("linear"))
    question = FitAsked(experiment=experiment, step=0, row=start(experiment))
    calls: list[int] = []

    def cancelled() -> bool:
        calls.append(1)
        return True

    answer: Callable[..., object] = ANSWERS[FitAsked]
    assert isinstance(answer(Problem(experiment), question, cancelled), Fit)
    assert calls


def test_confusion_counts() -> None:
    counts = confusion(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 1]), 3)
    assert counts.tolist() == [[1, 1, 0], [0, 1, 0], [0, 1, 0]]
