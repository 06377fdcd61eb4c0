"""Optimizers of torch.optim as programs have them: groups of tensors, their settings and what is remembered of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from gui_app.core.experiment import ExperimentError, OptimizerSpec
from gui_app.engine.optimizers import BY_MATRIX, RULES
from gui_app.engine.vocabulary import work
from gui_app.engine.vocabulary.items import Dictionary, Items, Own, Walk
from gui_app.engine.vocabulary.own import keep_itself, keep_memory
from gui_app.engine.vocabulary.sequences import bounded, described, each
from gui_app.language.limits import LARGE, MAX_ELEMENTS, Meter
from gui_app.language.refusal import Refusal

MAX_TENSORS = 10_000
"""Tensors of one optimizer."""
MAX_GROUPS = 1_000
_MOST_HISTORY = 1_000
"""Updates that LBFGS may remember: it makes room for all of them at once."""
_MOST_BITS = 63
_PARAMS = "params"
_NEWTON_SCHULZ = 3
"""Products of matrices in one iteration of Muon."""
_OWN = "max_eval"
"""The setting that torch's LBFGS has besides those of the table."""


def said(error: ExperimentError) -> Refusal:
    """What is wrong with a setting, as a program is told it."""
    return Refusal(f"{error.where.rpartition('.')[2]} {error.message}.", "Choose another value.")


class Group(Items):
    """Tensors that are updated with the same settings: one of an optimizer's ``param_groups``."""

    __slots__ = ("initial_rate", "maximize", "optimizer", "settings", "states", "tensors")
    kind = "a parameter group"

    def __init__(self, optimizer: str, tensors: list[Tensor], settings: dict[str, Any]) -> None:
        self.optimizer = optimizer
        self.tensors = tensors
        self.states: list[dict[str, Any]] = [{} for _ in tensors]
        """What is remembered of each tensor."""
        self.settings: dict[str, Any] = {}
        """As the next update uses them."""
        self.maximize = False
        self.initial_rate: float | None = None
        """The learning rate at which the first schedule began."""
        self.use(settings)

    def use(self, settings: Mapping[str, Any]) -> None:
        """Take these settings too. Raises Refusal where one makes no sense."""
        given = dict(settings)
        maximize = given.pop("maximize", self.maximize)
        if not isinstance(maximize, bool):
            raise Refusal("maximize must be true or false.", "Choose another value.")
        if maximize and self.optimizer == "LBFGS":
            raise Refusal("LBFGS cannot maximize.", "Take the loss with a minus in the closure.")
        extra = {_OWN: _count(given.pop(_OWN))} if self.optimizer == "LBFGS" and _OWN in given else {}
        known = {key: value for key, value in self.settings.items() if key != _OWN}
        try:
            spec = OptimizerSpec(self.optimizer, known | {k: _plain(k, v) for k, v in given.items()})
        except ExperimentError as error:
            raise said(error) from error
        self.settings.update(spec.complete() | extra)
        self.maximize = maximize

    def __len__(self) -> int:
        return len(self.settings) + 1

    def walk(self) -> Walk:
        """The names of what is in it."""
        names = [_PARAMS, *self.settings]
        return Walk(iter(names), len(names))

    def item(self, index: Any) -> Any:
        """A setting by its name; ``params`` are the tensors."""
        if index == _PARAMS:
            return [*self.tensors]
        if index == "maximize":
            return self.maximize
        if index == "initial_lr" and self.initial_rate is not None:
            return self.initial_rate
        if type(index) is not str or index not in self.settings:
            known = ", ".join((_PARAMS, *self.settings))
            raise Refusal(f"A parameter group of {self.optimizer} has no such setting.", f"It has {known}.")
        return self.settings[index]

    def set_item(self, index: Any, value: Any) -> None:
        """Another value of a setting, from the next update on."""
        if index == _PARAMS or type(index) is not str:
            raise Refusal("Only settings of a parameter group can be set.", 'Write group["lr"] = 0.1')
        self.use({index: value})

    def __repr__(self) -> str:
        return f"{self.optimizer}({', '.join(f'{key}={value}' for key, value in self.settings.items())})"


def _plain(name: str, value: Any) -> Any:
    """A setting as the table has it."""
    if isinstance(value, list):
        value = tuple(value)
    for each_one in value if isinstance(value, tuple) else (value,):
        if type(each_one) is int and each_one.bit_length() > _MOST_BITS:
            raise Refusal(f"{name} is too large.", "Choose another value.")
    return "none" if value is None and name == "line_search_fn" else value


def _count(value: Any) -> int:
    if type(value) is not int or not 1 <= value < 2**_MOST_BITS:
        raise Refusal(f"{_OWN} must be a whole number of at least 1.", "Choose another value.")
    return value


class Optimizer(Own):
    """Groups of tensors and the rule that changes them. Its updates are those of torch.optim, bit by bit."""

    __slots__ = ("_defaults", "_meter", "groups", "name")
    kind = "an optimizer"

    def __init__(self, name: str, params: Any, settings: dict[str, Any], meter: Meter) -> None:
        self.name = name
        self._defaults = settings
        self._meter = meter
        self.groups: list[Group] = []
        given = _tensors_or_groups(params)
        if not given:
            raise Refusal(
                "There is nothing to optimize: the list is empty.", "Give it net.parameters() or [w, b]."
            )
        if len(given) > MAX_GROUPS and isinstance(given[0], Dictionary):
            raise Refusal(f"An optimizer has at most {MAX_GROUPS:,} parameter groups.", "Use fewer.")
        for group in given if isinstance(given[0], Dictionary) else [Dictionary({_PARAMS: given}, meter)]:
            self.add(group)

    @property
    def param_groups(self) -> list[Group]:
        """The groups in a list of its own."""
        return [*self.groups]

    def __repr__(self) -> str:
        return (
            f"{self.name} with {len(self.groups)} parameter groups"
            if len(self.groups) > 1
            else repr(self.groups[0])
        )

    def add(self, given: Any) -> None:
        """One more group, as a dictionary of its tensors and settings. Raises Refusal."""
        if not isinstance(given, Dictionary):
            raise Refusal(
                f"A parameter group is a dictionary, not {described(given)}.",
                'Write {"params": [w], "lr": 0.1}',
            )
        settings = dict(given.values)
        if _PARAMS not in settings:
            raise Refusal('A parameter group needs "params".', 'Write {"params": [w], "lr": 0.1}')
        tensors = [_optimizable(value, self._meter) for value in _sequence(settings.pop(_PARAMS))]
        known = {id(tensor) for group in self.groups for tensor in group.tensors}
        if len(known | {id(tensor) for tensor in tensors}) < len(known) + len(tensors):
            raise Refusal("A tensor is given twice to the same optimizer.", "Give each once.")
        if len(known) + len(tensors) > MAX_TENSORS:
            raise Refusal(f"An optimizer has at most {MAX_TENSORS:,} tensors.", "Use fewer, larger ones.")
        if self.name in BY_MATRIX and any(tensor.ndim != 2 for tensor in tensors):
            raise Refusal(
                f"{self.name} is for matrices only.", "Give vectors and numbers to another optimizer."
            )
        group = Group(self.name, tensors, self._defaults)
        group.use({key: settings[key] for key in settings})
        self._meter.spend_items(len(tensors))
        self.groups.append(group)

    def clear(self, set_to_none: bool) -> None:
        """Forget the gradients of all tensors."""
        for group in self.groups:
            clear(group.tensors, set_to_none, self._meter)

    def step(self, closure: Callable[[], Any] | None) -> Any:
        """One update. The result is that of ``closure``, which computes the gradients anew if there is one."""
        result = None
        if closure is not None:
            with torch.enable_grad():
                result = closure()
        with torch.no_grad():
            for group in self.groups:
                update = RULES[self.name](group.settings)
                for tensor, state in zip(group.tensors, group.states, strict=True):
                    self._update(group, update, tensor, state)
        return result

    def _update(
        self, group: Group, update: Callable[..., None], tensor: Tensor, state: dict[str, Any]
    ) -> None:
        slope = tensor.grad
        if slope is None:
            return
        keep_memory(tensor, self._meter)
        if self.name in BY_MATRIX:
            rounds = max(int(group.settings["ns_steps"]), 1) * _NEWTON_SCHULZ
            short, long = sorted(tensor.shape)
            work.allow_product(rounds * short * short * long, torch.bfloat16)
        update(tensor, -slope if group.maximize else slope, state)
        if tensor.numel() >= LARGE:
            self._meter.look()


class QuasiNewton(Optimizer):
    """torch's own LBFGS, which evaluates the closure several times in one step."""

    __slots__ = ("_lbfgs",)

    def __init__(self, params: Any, settings: dict[str, Any], meter: Meter) -> None:
        super().__init__("LBFGS", params, settings, meter)
        if self.groups[0].settings["history_size"] > _MOST_HISTORY:
            raise Refusal(f"history_size must be at most {_MOST_HISTORY:,}.", "Choose another value.")
        self._lbfgs = torch.optim.LBFGS(self.groups[0].tensors, history_size=self._settings["history_size"])

    def add(self, given: Any) -> None:
        """See Optimizer."""
        if self.groups:
            raise Refusal("LBFGS has one parameter group.", "Give it one list of tensors.")
        super().add(given)

    def step(self, closure: Callable[[], Any] | None) -> Any:
        """See Optimizer."""
        if closure is None:
            raise Refusal(
                "LBFGS evaluates the loss several times in one step.",
                "Give it a function that clears the gradients, calls backward and returns the loss: "
                "optimizer.step(closure)",
            )
        (group,) = self.groups
        for tensor in group.tensors:
            keep_memory(tensor, self._meter)
        if sum(tensor.numel() for tensor in group.tensors) > MAX_ELEMENTS:
            raise Refusal("These are too many numbers for LBFGS.", "Use another optimizer.")
        if self._settings["history_size"] != self._lbfgs.param_groups[0]["history_size"]:
            raise Refusal("history_size cannot be changed any more.", "Make a new optimizer.")
        self._lbfgs.param_groups[0].update(self._settings)

        def evaluate() -> Any:
            self._meter.look()
            return _loss(closure())

        return self._lbfgs.step(evaluate)  # type: ignore[no-untyped-call]

    @property
    def _settings(self) -> dict[str, Any]:
        """As torch spells them."""
        settings = self.groups[0].settings
        search = settings["line_search_fn"]
        return settings | {"line_search_fn": None if search == "none" else search}


def _loss(value: Any) -> Tensor | float:
    if isinstance(value, Tensor) and value.numel() == 1:
        return value
    if type(value) in (int, float):
        return float(value)
    raise Refusal("The closure returns no loss.", "End it with return loss.")


def _sequence(values: Any) -> Sequence[Any]:
    if isinstance(values, Tensor):
        return [values]
    if isinstance(values, Dictionary):
        raise Refusal("Parameter groups stand in a list.", 'Write [{"params": [w], "lr": 0.1}]')
    return bounded(list(each(values)))


def _tensors_or_groups(values: Any) -> Sequence[Any]:
    if isinstance(values, Tensor):
        raise Refusal("An optimizer takes a list of tensors.", "Write [w] with square brackets.")
    found = _sequence(values)
    if len({isinstance(value, Dictionary) for value in found}) > 1:
        raise Refusal("These are both tensors and parameter groups.", "Make every one a group.")
    return found


def _optimizable(value: Any, meter: Meter) -> Tensor:
    if not isinstance(value, Tensor):
        raise Refusal(
            f"An optimizer changes tensors, not {described(value)}.", "Give it net.parameters() or [w, b]."
        )
    keep_itself(value, meter)
    if not (value.is_leaf or value.retains_grad):
        raise Refusal(
            "Only leaves can be optimized; this tensor was computed.",
            "Make it with requires_grad=True, or .detach() it.",
        )
    return value


def clear(tensors: Iterable[Tensor], set_to_none: bool, meter: Meter) -> None:
    """Forget the gradients of ``tensors``, or make them 0 in place, as ``zero_grad`` does."""
    for tensor in tensors:
        slope = tensor.grad
        if slope is None:
            continue
        keep_itself(tensor, meter)
        if set_to_none:
            tensor.grad = None
            continue
        keep_memory(slope, meter)
        if slope.grad_fn is not None:
            slope.detach_()
        else:
            slope.requires_grad_(False)
        slope.zero_()
        if slope.numel() >= LARGE:
            meter.look()
