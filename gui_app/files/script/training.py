"""The loop of an experiment in plain PyTorch: its optimizer, schedule, clipping, and what was changed on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gui_app.core.experiment import Experiment, OptimizerSpec
from gui_app.core.optimizers import SettingValue
from gui_app.core.schedules import ScheduleSpec

REPORTS = 10
"""Lines that the script prints on the way."""


def loop(
    experiment: Experiment,
    trained: Sequence[str],
    call: str,
    changes: Mapping[int, OptimizerSpec],
    reseed: str,
) -> list[str]:
    """The lines from the optimizer to the end of the loop: of one for each stretch with the same settings.

    ``trained`` are the names of the parameters, ``call`` the expression of the loss, ``changes`` other settings by
    the step from which on they count, ``reseed`` a statement for the top of each step, or nothing.
    """
    spec, steps = experiment.optimizer, experiment.run.steps
    parameters = f"[{', '.join(trained)}]"
    lines, first = _made(spec, parameters), 0
    stretches = [(at, after) for at, after in sorted(changes.items()) if at < steps]
    for at, after in stretches:
        if at > first:
            lines += _stretch(experiment, spec, first, at, parameters, call, reseed)
        lines += ["", f"# Changed at step {at}.", *_changed(spec, after, parameters)]
        spec, first = after, at
    return [*lines, *_stretch(experiment, spec, first, steps, parameters, call, reseed)]


def _stretch(
    experiment: Experiment, spec: OptimizerSpec, first: int, end: int, parameters: str, call: str, reseed: str
) -> list[str]:
    """The loop from step ``first`` to step ``end``."""
    inner = [reseed] if reseed else []
    if spec.name == "LBFGS":
        inner += _with_closure(spec, call, parameters)
    else:
        inner += _plainly(spec, experiment.run.clear_gradients, call, parameters)
    inner += _advanced(spec)
    every = max(1, experiment.run.steps // REPORTS)
    inner += [f"if step % {every} == 0:", '    print(f"step {step}: loss {loss.item():.6g}")']
    steps = f"{first}, {end:_}" if first else f"{end:_}"
    return ["", f"for step in range({steps}):", *(f"    {line}" if line else "" for line in inner)]


def _plainly(spec: OptimizerSpec, clear: bool, call: str, parameters: str) -> Iterator[str]:
    if clear:
        yield "optimizer.zero_grad()"
    yield f"loss = {call}"
    yield "loss.backward()"
    yield from _clipped(spec, parameters)
    yield "optimizer.step()"


def _with_closure(spec: OptimizerSpec, call: str, parameters: str) -> Iterator[str]:
    """LBFGS evaluates the objective several times a step."""
    yield "def closure():"
    yield "    optimizer.zero_grad()"
    yield f"    loss = {call}"
    yield "    loss.backward()"
    yield from (f"    {line}" for line in _clipped(spec, parameters))
    yield "    return loss"
    yield ""
    yield "loss = optimizer.step(closure)"


def _clipped(spec: OptimizerSpec, parameters: str) -> Iterator[str]:
    if spec.clip is not None:
        function = "clip_grad_norm_" if spec.clip.name == "norm" else "clip_grad_value_"
        yield f"torch.nn.utils.{function}({parameters}, {spec.clip.amount!r})"


def _made(spec: OptimizerSpec, parameters: str) -> list[str]:
    settings = spec.complete()
    given = {name: settings[name] for name in settings if name == "lr" or name in spec.settings}
    lines = [f"optimizer = torch.optim.{spec.name}({parameters}, {_arguments(given)})"]
    return lines if spec.schedule is None else [*lines, _schedule(spec, spec.schedule)]


def _schedule(spec: OptimizerSpec, schedule: ScheduleSpec) -> str:
    settings = schedule.complete()
    if "cycle_momentum" in settings and not {"momentum", "betas"} & set(spec.complete()):
        settings["cycle_momentum"] = False  # torch refuses to move what is not there
    return f"scheduler = torch.optim.lr_scheduler.{schedule.name}(optimizer, {_arguments(settings)})"


def _advanced(spec: OptimizerSpec) -> Iterator[str]:
    schedule = spec.schedule
    if schedule is None:
        return
    if schedule.name == "OneCycleLR":  # which refuses to go on after its end
        yield f"if scheduler.last_epoch < {schedule.complete()['total_steps']}:"
        yield "    scheduler.step()"
    elif schedule.name == "ReduceLROnPlateau":
        yield "scheduler.step(loss.item())"
    else:
        yield "scheduler.step()"


def _changed(before: OptimizerSpec, after: OptimizerSpec, parameters: str) -> list[str]:
    """Statements that go on with other settings."""
    if after.name != before.name:
        return _made(after, parameters)
    old, new = before.complete(), after.complete()
    if after.schedule != before.schedule:
        lines = [f"optimizer.param_groups[0].update({_arguments(new)})"]
        if after.schedule is not None:
            lines += ['optimizer.param_groups[0].pop("initial_lr", None)', _schedule(after, after.schedule)]
        return lines
    different = {name: value for name, value in new.items() if value != old[name]}
    return [f"optimizer.param_groups[0].update({_arguments(different)})"] if different else []


def _arguments(settings: Mapping[str, SettingValue]) -> str:
    return ", ".join(f"{name}={_value(name, value)}" for name, value in settings.items())


def _value(name: str, value: SettingValue) -> str:
    return "None" if (name, value) == ("line_search_fn", "none") else repr(value)
