"""``--set`` for parameters that have a shape and a reference."""

from __future__ import annotations

import pytest

from gui_app.commands.opening import opened, with_settings
from gui_app.core.experiment import Distribution, Experiment, Nested, ParameterSpec
from gui_app.files.errors import FileError

ROW = Experiment("x.sum()", (ParameterSpec("x", ((1.0, 2.0),), reference=((5.0, 6.0),)),))
DRAWN = Experiment(
    "x.sum()",
    (ParameterSpec("x", None, (2, 1), distribution=Distribution("normal"), reference=((5.0,), (6.0,))),),
)


def test_a_number_fills_the_shape_of_a_lesson() -> None:
    x = opened("C1", ["x=3"]).parameter("x")
    assert (x.value, x.reference, x.view) == (((3.0,),), ((2.0,),), (-1.0, 5.0))


@pytest.mark.parametrize(
    ("experiment", "settings", "value", "reference"),
    [
        (ROW, ["x=3"], ((3.0, 3.0),), ((5.0, 6.0),)),
        (ROW, ["x.value=-1.5"], ((-1.5, -1.5),), ((5.0, 6.0),)),
        (ROW, ["x=[[3, 4]]"], ((3.0, 4.0),), ((5.0, 6.0),)),
        (ROW, ["x=[3, 4, 5]"], (3.0, 4.0, 5.0), None),
        (ROW, ["x=[3, 4, 5]", "x=0"], (0.0, 0.0, 0.0), None),
        (ROW, ["x=[3, 4]", "x.reference=[1, 2]"], (3.0, 4.0), (1.0, 2.0)),
        (ROW, ["x.shape=[]", "x=3"], 3.0, None),
        (DRAWN, ["x=3"], ((3.0,), (3.0,)), ((5.0,), (6.0,))),
        (DRAWN, ["x=[3]"], (3.0,), None),
    ],
)
def test_values_shapes_and_references(
    experiment: Experiment, settings: list[str], value: Nested, reference: Nested | None
) -> None:
    x = with_settings(experiment, settings).parameter("x")
    assert (x.value, x.reference) == (value, reference)


def test_a_distribution_takes_the_shape_of_the_value() -> None:
    x = with_settings(ROW, ["x.distribution=uniform"]).parameter("x")
    assert (x.shape, x.value, x.reference) == ((1, 2), None, ((5.0, 6.0),))
    assert with_settings(DRAWN, ["x.shape=[3]"]).parameter("x").reference is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["x.reference=2"], "shape"),
        (["x=[[1], [2, 3]]"], "rows differ in length"),
        (["x=[['a']]"], "must be a number"),
        (["x=true"], "must be a number"),
        (["x.shape=[-1]", "x=3"], "negative"),
        (["x.shape=wide"], "whole numbers in brackets"),
        (["x.shape=[100000, 100000]", "x=3"], "at most 10,000,000 elements"),
        (["y=3"], "optimizer=Adam"),
    ],
)
def test_values_that_make_no_sense_are_told(settings: list[str], message: str) -> None:
    with pytest.raises(FileError, match=message):
        with_settings(ROW, settings)


def test_an_optimizer_that_there_is_not_is_told_whatever_else_is_set() -> None:
    with pytest.raises(FileError, match=r"Foo|no such key"):
        opened("C1", ["optimizer.name=Foo", "lr=1"])
