"""The graph of any step of a script: the script is run again, traced, up to that backward pass.

Going forward continues where the last answer halted; going back begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from gui_app.core.experiment import Experiment
from gui_app.core.graph import Graph
from gui_app.core.halting import Halting
from gui_app.engine.lenses.assembly import Gradients
from gui_app.engine.lenses.culprit import told
from gui_app.engine.lenses.graph import Notes, captured, listening, partial
from gui_app.engine.scripts import Pass, Script
from gui_app.language.errors import ProgramError
from gui_app.language.limits import StopFlag

MOST_NOTES = 20_000
"""Places of values that are kept from one pass to the next, for graphs that are differentiated more than once."""


class Replay:
    """Runs one script again and again, as far as it is asked. Whoever has one must ``close`` it."""

    def __init__(self, experiment: Experiment, stop: StopFlag) -> None:
        self.stop = stop
        self._experiment = experiment
        self._wanted = 0
        self._halting: Halting[Graph] | None = None
        self._newest: tuple[int, Graph] | None = None

    def graph(self, step: int) -> Graph:
        """The graph of backward pass ``step``; of a script that makes none, the graph of what it named last.

        Of a script that fails earlier, what it has built until then. Raises ProgramError where it cannot be read.
        """
        if self._newest is not None and self._newest[0] == step:
            return self._newest[1]
        if self._halting is None or self._halting.over or (self._newest and step <= self._newest[0]):
            self.close()
            script = Script(self._experiment, self.stop, traced=True)
            self._halting = Halting("replay", lambda halt: self._work(script, halt))
        self._wanted = step
        graph = self._halting.advance() or Graph((), ())
        self._newest = step, graph
        return graph

    def close(self) -> None:
        """Give the run up."""
        self._newest = None
        if self._halting is not None:
            self._halting.close()

    def _work(self, script: Script, halt: Callable[[Graph], None]) -> None:
        source = self._experiment.program
        notes = Notes(source=source)
        script.on_value, script.on_name = notes.on_value, notes.on_name

        def show(roots: Sequence[Tensor], make: Pass | None) -> None:
            leaves = script.leaves.tracked()
            notes.leaves = _names(leaves)

            def slopes() -> Gradients:
                return {name: _slope(leaf) for name, leaf in leaves.items()}

            halt(captured(roots, notes, make, slopes, saved=True))

        def on_pass(
            tensors: Sequence[Tensor], _gradients: Sequence[Tensor | None] | None, make: Pass
        ) -> None:
            if script.step + 1 < self._wanted:
                make()
            else:
                show(tensors, make)
            if len(notes.spans) > MOST_NOTES:
                notes.forget()

        script.on_pass = on_pass
        try:
            with listening(notes):
                script.run()
            if script.step < 0 and script.leaves.newest is not None:
                show([script.leaves.newest], None)
        except ProgramError as error:
            if script.step < self._wanted:
                notes.leaves = _names(script.leaves.tracked())
                halt(partial(notes, told(self._experiment, error, self.stop), error))
        finally:
            notes.forget()


def _names(leaves: Mapping[str, Tensor]) -> dict[int, str]:
    return {id(leaf): name for name, leaf in leaves.items()}


def _slope(leaf: Tensor) -> NDArray[np.floating] | None:
    if leaf.grad is None:
        return None
    array: NDArray[np.floating] = leaf.grad.detach().double().cpu().numpy()
    return array
