"""The graph as torchviz draws it, for other tools."""

from __future__ import annotations

import warnings

import numpy as np
import torchviz
from numpy.typing import NDArray

from gui_app.core.fault import Fault
from gui_app.engine.devices import EngineError
from gui_app.engine.problem import Problem


def dot_at(problem: Problem, parameters: NDArray[np.floating] | None = None) -> str:
    """DOT text of the loss at a recorded row (``None``: the start), with the parameters' names."""
    if parameters is not None:
        problem.load(parameters)
    loss = problem.loss()
    with warnings.catch_warnings():
        # torchviz compares versions with distutils, which says on every call that it is old.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return str(torchviz.make_dot(loss, params=dict(problem.leaves)).source)
        except RecursionError as error:
            message = "The graph is too deep for torchviz, which walks it by recursion."
            raise EngineError(Fault(message, hint="Write it as .json, .svg or .pdf.")) from error
