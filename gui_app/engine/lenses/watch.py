"""What comes out of each layer of a program's networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import torch
from torch import Tensor

from gui_app.core.fit import LayerSeen
from gui_app.core.layers import Layer
from gui_app.core.prepared import Numbers
from gui_app.engine import vocabulary
from gui_app.engine.devices import dtype_of
from gui_app.engine.problem import Problem
from gui_app.engine.vocabulary.effects import Effects
from gui_app.engine.vocabulary.module import Module

MOST_SEEN = 200_000
"""Weights of a layer that are told."""


class Watch:
    """Runs the program of a problem with networks that tell what their layers make."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        effects = Effects(training=False)
        run = problem.experiment.run
        namespace: Mapping[str, Any] = vocabulary.namespace(dtype_of(run.dtype), str(problem.device), effects)
        self._weigh: Callable[[Layer], Callable[..., Module]] = namespace["network"]
        self._names = list(
            dict.fromkeys(
                spec.name.partition(".")[0] for spec in problem.experiment.parameters if "." in spec.name
            )
        )
        self._made = 0
        self._seen: dict[str, LayerSeen] = {}
        self._function = problem.program.bind({**namespace, "network": self._watched}, problem.stop)

    def layers(self, arguments: tuple[Tensor, ...]) -> tuple[LayerSeen, ...]:
        """What each layer makes of the first of the rows that are given."""
        self._seen = {}
        with torch.no_grad(), suppress(Exception):  # what is wrong is told where the program is evaluated
            self._function(*self._problem.arguments, *arguments)
        return tuple(self._seen.values())

    def _watched(self, made: Layer) -> Callable[..., Module]:
        """A function of the weights of ``made``; networks are asked for in the order of the program."""
        name = self._names[self._made] if self._made < len(self._names) else "net"
        self._made += 1
        build = self._weigh(made)

        def network(*weights: Tensor) -> Module:
            module = build(*weights)
            self._listen(name, module)
            return module

        return network

    def _listen(self, name: str, module: Module) -> None:
        for place, part in enumerate(module.parts):
            self._listen(f"{name}.{place}", part)
        if not module.parts:
            module.forward = partial(self._forwarded, name, module, module.forward)

    def _forwarded(
        self, name: str, module: Module, forward: Callable[..., Any], *given: Any, **options: Any
    ) -> Any:
        made = forward(*given, **options)
        shown = made[0] if isinstance(made, tuple) else made
        weight = module.weights.get("weight")
        if weight is not None and (weight.ndim < 2 or weight.numel() > MOST_SEEN):
            weight = None
        self._seen[name] = LayerSeen(
            name, module.layer.kind, plain(shown[0]), None if weight is None else plain(weight)
        )
        return made


def plain(tensor: Tensor) -> Numbers:
    """The tensor's numbers in float64."""
    made: Numbers = tensor.detach().cpu().double().numpy()
    return made
