"""The questions that the engine answers, as a table: each kind with the function that does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gui_app.core.arithmetic import ArithmeticAsked
from gui_app.core.comparison import CompareAsked, FieldAsked
from gui_app.core.fit import FitAsked
from gui_app.core.lenses import (
    CurvatureAsked,
    DivergenceAsked,
    GradientCheckAsked,
    JacobianAsked,
    RangeTestAsked,
)
from gui_app.core.question import Question
from gui_app.core.starts_study import BasinsAsked, SwarmAsked
from gui_app.engine.lenses.basins import basins
from gui_app.engine.lenses.comparison import compared, field_of
from gui_app.engine.lenses.curvature import curvature
from gui_app.engine.lenses.divergence import divergence
from gui_app.engine.lenses.fit import fit_of
from gui_app.engine.lenses.gradient_check import gradient_check, gradient_check_of_script
from gui_app.engine.lenses.jacobian import jacobian, jacobian_in_script
from gui_app.engine.lenses.range_test import range_test
from gui_app.engine.lenses.swarm import swarm
from gui_app.engine.lenses.update_rules import arithmetic_of

Answering = Callable[[Any, Any, Callable[[], bool]], object]
"""``(problem, question, cancelled)`` -> the answer, or a generator of its parts. Raises ProgramError or EngineError.

``problem`` is a Problem made from the question's experiment, its parameters anywhere; for a script, a Replay.
"""

ANSWERS: Mapping[type[Question], Answering] = {
    ArithmeticAsked: arithmetic_of,
    CompareAsked: compared,
    FieldAsked: field_of,
    CurvatureAsked: curvature,
    GradientCheckAsked: gradient_check,
    JacobianAsked: jacobian,
    RangeTestAsked: range_test,
    DivergenceAsked: divergence,
    BasinsAsked: basins,
    SwarmAsked: swarm,
    FitAsked: fit_of,
}
"""For experiments whose program is an objective."""

OF_SCRIPTS: Mapping[type[Question], Answering] = {
    GradientCheckAsked: gradient_check_of_script,
    JacobianAsked: jacobian_in_script,
}
"""For experiments whose program is a script."""
