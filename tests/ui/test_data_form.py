"""The form of data and model: what it shows, what it asks for, and which program comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from pytestqt.qtbot import QtBot

from gui_app.core.data import DataSpec, ModelSpec
from gui_app.core.events import Finished, Started, StepsTaken
from gui_app.core.experiment import Experiment, OptimizerSpec, RunSpec
from gui_app.core.runner import Allowance
from gui_app.engine.descent import descend
from gui_app.files.completing import read_data
from gui_app.ui.data.beginning import begun, remade, title_of, usual_optimizer
from gui_app.ui.data.form import DataForm
from gui_app.ui.data.reading import read
from gui_app.ui.theme import DARK, LIGHT

IRIS = DataSpec(builtin="iris", standardize=True)
MOONS = DataSpec(generate="moons", standardize=True)


def never() -> bool:
    return False


@pytest.fixture
def form(qtbot: QtBot) -> DataForm:
    made = DataForm(LIGHT)
    qtbot.addWidget(made)
    made.resize(330, 700)
    made.show()
    return made


@pytest.fixture
def wanted(form: DataForm) -> list[Experiment]:
    edits: list[Experiment] = []
    form.experiment_changed.connect(edits.append)
    return edits


def show(form: DataForm, experiment: Experiment) -> None:
    form.set_experiment(experiment)
    form.set_facts(read(experiment, never).facts)


# What is shown


def test_without_data_it_offers_some(form: DataForm, qtbot: QtBot) -> None:
    with qtbot.waitSignal(form.open_wanted):
        form.empty.open.click()
    sets = [each for each in form.empty.sets.menu().actions() if each.text().startswith("Moons\t")]
    with qtbot.waitSignal(form.set_wanted) as chosen:
        sets[0].trigger()
    assert chosen.args == ["generate", "moons"]
    assert not form.source.isVisible()


def test_a_table_is_named_and_counted(form: DataForm) -> None:
    show(form, Experiment(data=replace(IRIS, validation=0.2)))
    assert form.source.size.text() == "150 rows × 5 columns · 120 trained on, 30 held out"
    assert form.columns.target == "species"
    assert len(form.columns.features) == 4
    assert form.columns.kinds[-1] == "category"
    assert form.rows.validation.value == 20
    assert form.source.name.isVisible()


def test_columns_that_cannot_be_used_are_named(
    form: DataForm, tmp_path: Path, wanted: list[Experiment]
) -> None:
    path = tmp_path / "notes.csv"
    lines = ["x,note,y", *(f"{at},text number {at},{2 * at}" for at in range(1_200))]
    path.write_text("\n".join(lines), encoding="utf-8")
    show(form, Experiment(data=DataSpec(path=str(path))))
    assert form.source.left_out.text() == "Left out: note"
    assert form.columns.kinds[form.columns.names.index("note")] == "text"
    assert wanted == []


def test_epochs_and_steps_are_shown_both_ways(form: DataForm, wanted: list[Experiment]) -> None:
    spec = replace(IRIS, batch_size=30)
    show(form, Experiment(data=spec, run=RunSpec(steps=100)))
    assert form.length.epochs.value == 20
    assert form.length.steps.text() == "100 steps, 5 to an epoch"
    form.length.epochs.enter(3.0)
    assert wanted[-1].run.steps == 15
    show(form, Experiment(data=IRIS, run=RunSpec(steps=100)))
    assert form.length.steps.text() == "100 steps, each of all training rows"


# Edits


def test_rows_of_a_step(form: DataForm, wanted: list[Experiment]) -> None:
    show(form, Experiment(data=IRIS))
    assert not form.rows.shuffle.isEnabled()
    form.rows.batch_size.enter(16)
    assert wanted[-1].data == replace(IRIS, batch_size=16)
    show(form, wanted[-1])
    form.rows.shuffle.click()
    assert wanted[-1].data == replace(IRIS, batch_size=16, shuffle=True)
    show(form, wanted[-1])
    form.rows.batch_size.clear()
    form.rows.batch_size.editingFinished.emit()
    assert wanted[-1].data == replace(IRIS, shuffle=True)
    assert form.rows.batch_size.text() == ""


def test_a_seed_of_zero_is_another_than_none(form: DataForm, wanted: list[Experiment]) -> None:
    show(form, Experiment(data=IRIS))
    form.rows.seed.enter(0)
    assert wanted[-1].data == replace(IRIS, seed=0)
    assert form.rows.seed.text() == "0"


def test_when_it_looks_and_when_it_ends(form: DataForm, wanted: list[Experiment]) -> None:
    show(form, Experiment(data=IRIS))
    form.length.evaluate_every.enter(10)
    form.set_experiment(wanted[-1])
    form.length.patience.enter(5)
    assert wanted[-1].run == RunSpec(evaluate_every=10, patience=5)


def test_what_makes_no_sense_is_said_and_changes_nothing(form: DataForm, wanted: list[Experiment]) -> None:
    show(form, Experiment(data=IRIS))
    form.rows.validation.setText("99")
    form.rows.validation.textEdited.emit("99")
    assert form.problem == "Validation must lie between 0 and 95."
    form.rows.validation.editingFinished.emit()
    assert wanted == []


def test_features_and_target(form: DataForm, wanted: list[Experiment]) -> None:
    show(form, Experiment(data=IRIS))
    form.columns.set_feature(0, False)
    assert wanted[-1].data is not None
    assert wanted[-1].data.features == form.columns.names[1:4]
    show(form, Experiment(data=IRIS))
    form.columns.set_target(0)
    assert wanted[-1].data is not None
    assert wanted[-1].data.target == form.columns.names[0]
    assert wanted[-1].data.features == ()
    show(form, Experiment(data=IRIS))
    form.columns.want_other_kind(1)
    assert wanted[-1].data is not None
    assert wanted[-1].data.types == {form.columns.names[1]: "category"}


def test_the_last_feature_stays(form: DataForm, wanted: list[Experiment]) -> None:
    show(form, Experiment(data=replace(IRIS, features=("petal_length",), target="species")))
    name = next(iter(form.columns.features))
    form.columns.set_feature(form.columns.names.index(name), False)
    assert wanted == []
    assert form.columns.features == {name}
    assert form.problem == "At least one column is a feature."


def test_made_up_data_have_their_settings(form: DataForm, wanted: list[Experiment]) -> None:
    show(form, Experiment(data=MOONS))
    assert set(form.made.controls) == {"rows", "noise"}
    form.made.controls["noise"].enter(0.3)
    assert wanted[-1].data == replace(MOONS, settings={"noise": 0.3})
    show(form, wanted[-1])
    form.made.controls["noise"].enter(0.1)
    assert wanted[-1].data == MOONS
    show(form, Experiment(data=IRIS))
    assert not form.made.isVisible()


# The model


def test_a_model_is_chosen_with_its_settings(form: DataForm, wanted: list[Experiment]) -> None:
    show(form, Experiment("loss = (X @ weight).sum()", data=IRIS))
    assert form.model.choice.value == "typed"
    assert not form.model.loss.isVisible()
    choose(form, "perceptron")
    assert wanted[-1].model == ModelSpec("perceptron")
    form.set_experiment(wanted[-1])
    assert form.model.layers.text() == "16, 16"
    form.model.layers.setText("8 4, 2")
    form.model.layers.editingFinished.emit()
    assert wanted[-1].model == ModelSpec("perceptron", layers=(8, 4, 2))
    form.set_experiment(wanted[-1])
    form.model.loss.set_value("mae")
    form.model.loss.settled.emit()
    assert wanted[-1].model == ModelSpec("perceptron", "mae", layers=(8, 4, 2))


def test_layers_that_make_no_sense(form: DataForm, wanted: list[Experiment]) -> None:
    show(form, Experiment(data=IRIS, model=ModelSpec("perceptron")))
    for text in ("16, x", "0", "10001", "1.5", "²"):
        form.model.layers.setText(text)
        form.model.layers.textEdited.emit(text)
        form.model.layers.editingFinished.emit()
        assert form.problem.startswith("Layers must be"), text
    assert wanted == []


def test_a_model_is_remembered_with_its_settings(form: DataForm, wanted: list[Experiment]) -> None:
    show(form, Experiment(data=IRIS, model=ModelSpec("perceptron", layers=(3,), activation="Tanh")))
    choose(form, "softmax")
    form.set_experiment(wanted[-1])
    assert not form.model.layers.isVisible()
    choose(form, "perceptron")
    assert wanted[-1].model == ModelSpec("perceptron", layers=(3,), activation="Tanh")


def choose(form: DataForm, name: str) -> None:
    form.model.choice.set_value(name)
    form.model.choice.settled.emit()


def test_both_themes(form: DataForm) -> None:
    show(form, Experiment(data=MOONS, model=ModelSpec("perceptron")))
    light = form.grab().toImage()
    form.apply_theme(DARK)
    assert form.grab().toImage() != light


# What an experiment begins with


@pytest.mark.parametrize(
    ("spec", "model"),
    [
        (IRIS, "softmax"),
        (MOONS, "logistic"),
        (DataSpec(builtin="breast_cancer", standardize=True), "logistic"),
        (DataSpec(builtin="diabetes", standardize=True), "linear"),
        (DataSpec(builtin="diabetes"), "linear"),
        (DataSpec(builtin="wine"), "softmax"),
        (DataSpec(generate="regression", settings={"weights": (2.0,)}, batch_size=100), "linear"),
    ],
)
def test_it_begins_with_a_model_that_descends(spec: DataSpec, model: str) -> None:
    data = read_data(Experiment(data=spec))
    made = begun(Experiment(data=spec), data)
    assert made.model == ModelSpec(model)
    assert made.program
    assert made.optimizer.name == "SGD"
    before, after = losses(made)
    assert after < before


def test_the_rate_is_below_what_the_curvature_allows() -> None:
    spec = DataSpec(builtin="diabetes")
    data = read_data(Experiment(data=spec))
    rate = usual_optimizer(ModelSpec("linear"), data).settings["lr"]
    inputs = torch.from_numpy(np.c_[data.features, np.ones(len(data.features))])
    weights = torch.zeros(inputs.shape[1], dtype=torch.float64)

    def loss(at: torch.Tensor) -> torch.Tensor:
        return ((inputs @ at) ** 2).mean()

    largest = torch.linalg.eigvalsh(torch.autograd.functional.hessian(loss, weights))[-1]
    assert isinstance(rate, float)
    assert 0.4 / largest <= rate <= 1 / largest


def test_without_a_target_nothing_is_written() -> None:
    spec = DataSpec(builtin="linnerud")
    experiment = Experiment(data=spec)
    assert begun(experiment, read_data(experiment)) == experiment


def test_titles() -> None:
    assert title_of(IRIS) == "Iris"
    assert title_of(MOONS) == "Moons"
    assert title_of(DataSpec(path="some/where/house prices.csv")) == "house prices"


def losses(experiment: Experiment) -> tuple[float, float]:
    """Mean loss of the first and of the last tenth of the planned steps."""
    run = descend(experiment)
    found: list[float] = []
    assert isinstance(next(run), Started)
    while not isinstance(event := run.send(Allowance(seconds=60.0)), Finished):
        if isinstance(event, StepsTaken):
            found += event.losses.tolist()
    run.close()
    tenth = len(found) // 10
    return float(np.mean(found[:tenth])), float(np.mean(found[-tenth:]))


# Another model


def change(before: Experiment, make: Callable[[Experiment], Experiment]) -> Experiment:
    after = make(before)
    return remade(after, read_data(after), before)


@pytest.fixture
def iris() -> Experiment:
    experiment = Experiment(data=IRIS)
    return begun(experiment, read_data(experiment))


def test_a_usual_optimizer_follows_the_model(iris: Experiment) -> None:
    made = change(iris, lambda e: replace(e, model=ModelSpec("perceptron")))
    assert made.optimizer == OptimizerSpec("Adam", {"lr": 0.01})
    assert [spec.name for spec in made.parameters][:2] == ["net.0.weight", "net.0.bias"]
    back = change(made, lambda e: replace(e, model=ModelSpec("softmax")))
    assert back == iris


def test_a_chosen_optimizer_stays(iris: Experiment) -> None:
    own = replace(iris, optimizer=OptimizerSpec("SGD", {"lr": 0.03, "momentum": 0.9}))
    made = change(own, lambda e: replace(e, model=ModelSpec("perceptron")))
    assert made.optimizer == own.optimizer


def test_a_model_gives_way_to_another_target(iris: Experiment) -> None:
    name = read(iris, never).facts.columns[0]
    made = change(iris, lambda e: replace(e, data=replace(IRIS, target=name)))
    assert made.model == ModelSpec("linear")
    net = change(iris, lambda e: replace(e, model=ModelSpec("perceptron", "cross_entropy")))
    kept = change(net, lambda e: replace(e, data=replace(IRIS, target=name)))
    assert kept.model == ModelSpec("perceptron")
