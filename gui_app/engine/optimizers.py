"""The update rules, each as short as its formula, in torch.optim's own order of operations.

A rule is made once from its settings and then called as ``update(p, g, state)`` each step: ``p`` is changed in
place, ``g`` is only read, ``state`` is what the optimizer remembers. The order of the operations matters:
``p - lr * g`` and ``p.add_(g, alpha=-lr)`` differ in their last bits, and the tests ask for torch.optim's bits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gui_app.core.experiment import OptimizerSpec
from gui_app.engine.muon import muon

State = dict[str, Any]
"""What an optimizer remembers of one group: tensors of the group's size by name, and counters."""
Update = Callable[[Tensor, Tensor, State], None]
Settings = dict[str, Any]


def _count(state: State) -> int:
    state["step"] = step = state.get("step", 0) + 1
    return int(step)


def _memory(state: State, name: str, like: Tensor, fill: float = 0.0) -> Tensor:
    """The tensor remembered under ``name``, filled with ``fill`` at first."""
    tensor = state.get(name)
    if tensor is None:
        tensor = state[name] = torch.full_like(like, fill)
    return tensor


def _decayed(g: Tensor, p: Tensor, weight_decay: float) -> Tensor:
    """The gradient of the loss with weight_decay · |p|² / 2 added."""
    return g.add(p, alpha=weight_decay) if weight_decay else g


def _sgd(o: Settings) -> Update:
    lr, momentum, decay = o["lr"], o["momentum"], o["weight_decay"]
    keep, nesterov = 1 - o["dampening"], o["nesterov"]

    def plain(p: Tensor, g: Tensor, _state: State) -> None:
        p.add_(g, alpha=-lr)

    def update(p: Tensor, g: Tensor, state: State) -> None:
        g = _decayed(g, p, decay)
        velocity = state.get("momentum_buffer")
        if velocity is None:
            velocity = state["momentum_buffer"] = g.clone()
        else:
            velocity.mul_(momentum).add_(g, alpha=keep)
        p.add_(g.add(velocity, alpha=momentum) if nesterov else velocity, alpha=-lr)

    def decaying(p: Tensor, g: Tensor, _state: State) -> None:
        p.add_(_decayed(g, p, decay), alpha=-lr)

    return update if momentum else decaying if decay else plain


def _moments(g: Tensor, p: Tensor, state: State, beta1: float, beta2: float) -> tuple[Tensor, Tensor]:
    """Running means of the gradient and of its square, brought up to date."""
    mean = _memory(state, "exp_avg", p).lerp_(g, 1 - beta1)
    square = _memory(state, "exp_avg_sq", p).mul_(beta2).addcmul_(g, g, value=1 - beta2)
    return mean, square


def _adam(o: Settings, decoupled: bool = False) -> Update:
    lr, (beta1, beta2), eps, decay, amsgrad = o["lr"], o["betas"], o["eps"], o["weight_decay"], o["amsgrad"]

    def update(p: Tensor, g: Tensor, state: State) -> None:
        t = _count(state)
        if decoupled:
            if decay:
                p.mul_(1 - lr * decay)
        else:
            g = _decayed(g, p, decay)
        mean, square = _moments(g, p, state, beta1, beta2)
        if amsgrad:
            square = torch.maximum(largest := _memory(state, "max_exp_avg_sq", p), square, out=largest)
        denominator = (square.sqrt() / (1 - beta2**t) ** 0.5).add_(eps)
        p.addcdiv_(mean, denominator, value=-(lr / (1 - beta1**t)))

    return update


def _adamw(o: Settings) -> Update:
    return _adam(o, decoupled=True)


def _nadam(o: Settings) -> Update:
    lr, (beta1, beta2), eps, decay, psi = (
        o["lr"],
        o["betas"],
        o["eps"],
        o["weight_decay"],
        o["momentum_decay"],
    )

    def update(p: Tensor, g: Tensor, state: State) -> None:
        t = _count(state)
        g = _decayed(g, p, decay)
        mu = beta1 * (1.0 - 0.5 * 0.96 ** (t * psi))
        mu_next = beta1 * (1.0 - 0.5 * 0.96 ** ((t + 1) * psi))
        # torch keeps this product in a float32 tensor, and so its rounding is part of the result.
        product = state["mu_product"] = np.float32(state.get("mu_product", 1.0)) * np.float32(mu)
        mean, square = _moments(g, p, state, beta1, beta2)
        denominator = square.div(1 - beta2**t).sqrt().add_(eps)
        p.addcdiv_(g, denominator, value=-lr * (1.0 - mu) / (1.0 - float(product)))
        p.addcdiv_(mean, denominator, value=-lr * mu_next / (1.0 - float(product) * mu_next))

    return update


def _radam(o: Settings) -> Update:
    lr, (beta1, beta2), eps, decay = o["lr"], o["betas"], o["eps"], o["weight_decay"]
    rho_inf = 2 / (1 - beta2) - 1

    def update(p: Tensor, g: Tensor, state: State) -> None:
        t = _count(state)
        g = _decayed(g, p, decay)
        mean, square = _moments(g, p, state, beta1, beta2)
        correction2 = 1 - beta2**t
        step = mean / (1 - beta1**t) * lr
        rho = rho_inf - 2 * t * beta2**t / correction2
        if rho > 5.0:
            rectified = ((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho)) ** 0.5
            step = step * (correction2**0.5 / square.sqrt().add_(eps)) * rectified
        p.add_(step, alpha=-1.0)

    return update


def _adamax(o: Settings) -> Update:
    lr, (beta1, beta2), eps, decay = o["lr"], o["betas"], o["eps"], o["weight_decay"]

    def update(p: Tensor, g: Tensor, state: State) -> None:
        t = _count(state)
        g = _decayed(g, p, decay)
        mean = _memory(state, "exp_avg", p).lerp_(g, 1 - beta1)
        largest = _memory(state, "exp_inf", p)
        torch.maximum(largest.mul_(beta2), g.abs().add_(eps), out=largest)
        p.addcdiv_(mean, largest, value=-(lr / (1 - beta1**t)))

    return update


def _rmsprop(o: Settings) -> Update:
    lr, alpha, eps, decay = o["lr"], o["alpha"], o["eps"], o["weight_decay"]
    momentum, centered = o["momentum"], o["centered"]

    def update(p: Tensor, g: Tensor, state: State) -> None:
        g = _decayed(g, p, decay)
        square = _memory(state, "square_avg", p).mul_(alpha).addcmul_(g, g, value=1 - alpha)
        if centered:
            mean = _memory(state, "grad_avg", p).lerp_(g, 1 - alpha)
            root = square.addcmul(mean, mean, value=-1).sqrt_().add_(eps)
        else:
            root = square.sqrt().add_(eps)
        if momentum > 0:
            p.add_(_memory(state, "momentum_buffer", p).mul_(momentum).addcdiv_(g, root), alpha=-lr)
        else:
            p.addcdiv_(g, root, value=-lr)

    return update


def _adagrad(o: Settings) -> Update:
    lr, lr_decay, eps, decay, initial = (
        o[key] for key in ("lr", "lr_decay", "eps", "weight_decay", "initial_accumulator_value")
    )

    def update(p: Tensor, g: Tensor, state: State) -> None:
        t = _count(state)
        g = _decayed(g, p, decay)
        total = _memory(state, "sum", p, initial).addcmul_(g, g, value=1)
        p.addcdiv_(g, total.sqrt().add_(eps), value=-(lr / (1 + (t - 1) * lr_decay)))

    return update


def _adadelta(o: Settings) -> Update:
    lr, rho, eps, decay = o["lr"], o["rho"], o["eps"], o["weight_decay"]

    def update(p: Tensor, g: Tensor, state: State) -> None:
        g = _decayed(g, p, decay)
        square = _memory(state, "square_avg", p).mul_(rho).addcmul_(g, g, value=1 - rho)
        past = _memory(state, "acc_delta", p)
        delta = past.add(eps).sqrt_().div_(square.add(eps).sqrt_()).mul_(g)
        past.mul_(rho).addcmul_(delta, delta, value=1 - rho)
        p.add_(delta, alpha=-lr)

    return update


def _rprop(o: Settings) -> Update:
    lr, (shrink, grow), (smallest, largest) = o["lr"], o["etas"], o["step_sizes"]

    def update(p: Tensor, g: Tensor, state: State) -> None:
        before = _memory(state, "prev", p)
        size = _memory(state, "step_size", p, lr)
        turn = g.mul(before).sign()
        factor = torch.ones_like(turn).masked_fill_(turn > 0, grow).masked_fill_(turn < 0, shrink)
        size.mul_(factor).clamp_(smallest, largest)
        g = g.masked_fill(turn < 0, 0.0)
        p.addcmul_(g.sign(), size, value=-1)
        before.copy_(g)

    return update


def _asgd(o: Settings) -> Update:
    lr, lambd, alpha, t0, decay = o["lr"], o["lambd"], o["alpha"], o["t0"], o["weight_decay"]

    def update(p: Tensor, g: Tensor, state: State) -> None:
        t = _count(state)
        g = _decayed(g, p, decay)
        # torch keeps eta and mu in float32 tensors, and so their rounding is part of the result.
        eta, mu = float(state.get("eta", np.float32(lr))), float(state.get("mu", 1.0))
        average = _memory(state, "ax", p)
        p.mul_(1 - lambd * eta).add_(g, alpha=-eta)
        average.copy_(p) if mu == 1 else average.add_(p.sub(average).mul_(mu))
        state["eta"] = np.float32(lr / (1 + lambd * lr * t) ** alpha)
        state["mu"] = np.float32(1 / max(1, t - t0))

    return update


RULES: dict[str, Callable[[Settings], Update]] = {
    "SGD": _sgd,
    "Adam": _adam,
    "AdamW": _adamw,
    "NAdam": _nadam,
    "RAdam": _radam,
    "Adamax": _adamax,
    "RMSprop": _rmsprop,
    "Adagrad": _adagrad,
    "Adadelta": _adadelta,
    "Rprop": _rprop,
    "ASGD": _asgd,
    "Muon": muon,
}
"""By torch.optim name: settings -> update. LBFGS evaluates the objective itself and is torch's own."""
BY_MATRIX = frozenset({"Muon"})
"""Rules that look at a parameter as a whole, in its shape."""


class Group:
    """A stretch of parameters that are updated together, and what the optimizer remembers of them."""

    def __init__(self, first: int, last: int, state: State, shape: Sequence[int] = (-1,)) -> None:
        self.first, self.last, self.state, self.shape = first, last, state, tuple(shape)

    def split(self, sizes: list[tuple[int, int]]) -> list[Group]:
        """One group for each (first, last), each with its part of the memory."""
        return [
            Group(first, last, self._part(first - self.first, last - self.first)) for first, last in sizes
        ]

    def _part(self, first: int, last: int) -> State:
        return {k: v[first:last] if isinstance(v, Tensor) else v for k, v in self.state.items()}


class Optimizer:
    """A rule over one flat tensor of parameters.

    All parameters are updated in one call as long as each of them has a gradient. As soon as one has none
    (an ``if`` has gone round it), torch.optim passes over that parameter and its memory; so from then on each
    parameter is a group of its own. A rule that looks at matrices has such groups from the start; ``shapes`` are
    those of the parameters.
    """

    def __init__(
        self, spec: OptimizerSpec, extents: list[tuple[int, int]], shapes: Sequence[Sequence[int]] = ()
    ) -> None:
        self._rule = RULES[spec.name]
        self._update = self._rule(dict(spec.complete()))
        self._extents = extents
        self._whole = spec.name not in BY_MATRIX
        if self._whole:
            self._groups = [Group(0, extents[-1][1] if extents else 0, {})]
        else:
            sized = zip(extents, shapes, strict=True)
            self._groups = [Group(first, last, {}, shape) for (first, last), shape in sized]

    def use(self, settings: Settings) -> None:
        """Take these settings from the next update on; what is remembered stays."""
        self._update = self._rule(settings)

    @property
    def memories(self) -> list[State]:
        """What is remembered of each group."""
        return [group.state for group in self._groups]

    def recall(self, memories: list[State]) -> None:
        """Remember this instead, as ``memories`` gave it."""
        if len(memories) != len(self._groups):
            self._groups = self._groups[0].split(self._extents)
        for group, state in zip(self._groups, memories, strict=True):
            group.state = state

    def step(self, p: Tensor, g: Tensor, present: list[bool] | None = None) -> None:
        """Update ``p`` (n,) in place from ``g`` (n,); ``present`` says which parameters have a gradient."""
        if present is not None and len(self._groups) == 1 and len(self._extents) > 1:
            self._groups = self._groups[0].split(self._extents)
        if len(self._groups) == 1 and self._whole:
            if present is None or present[0]:
                self._update(p, g, self._groups[0].state)
            return
        for index, group in enumerate(self._groups):
            if present is None or present[index]:
                part = slice(group.first, group.last)
                self._update(p[part].view(group.shape), g[part].view(group.shape), group.state)
