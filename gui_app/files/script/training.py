"""The loop of an experiment in plain PyTorch: its optimizer, schedule, clipping, and what was changed on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gui_app.core.experiment import Experiment, OptimizerSpec
from gui_app.core.optimizers import SettingValue
from gui_app.core.schedules import ScheduleSpec
from gui_app.files.script.layout import indented

REPORTS = 10
"""Lines that the script prints on the way."""
TOLD = {"train": "training", "validation": "validation"}
"""What a set of rows is called in print."""


@dataclass(frozen=True, slots=True)
class Feed:
    """What a loop is fed with."""

    names: tuple[str, ...]
    """What the program calls the data."""
    batches: int
    """Steps of an epoch."""
    every: int
    """Steps between evaluations on all rows."""
    sets: tuple[str, ...]
    """What is evaluated; none: nothing can be. The last one's loss decides on an early end."""
    patience: int | None
    """Evaluations without a smaller loss after which the run ends."""

    @property
    def targets(self) -> str:
        """The names as something to unpack into."""
        return ", ".join(self.names) if len(self.names) > 1 else f"({self.names[0]},)"


def loop(
    experiment: Experiment,
    trained: str,
    call: str,
    changes: Mapping[int, OptimizerSpec],
    reseed: int | None,
    feed: Feed | None,
) -> list[str]:
    """The lines from the optimizer to the loss at the end: a loop for each stretch with the same settings.

    ``trained`` is the expression of all parameters, ``call`` that of the loss, ``changes`` other settings by the step
    from which on they count, ``reseed`` the seed that, with the step added, each step begins with, if any.
    """
    spec, steps = experiment.optimizer, experiment.run.steps
    lines, first = [*_made(spec, trained), *_patience(feed, steps)], 0
    stretches = [(at, after) for at, after in sorted(changes.items()) if at < steps]
    if feed is not None and _is_by_epochs(experiment, feed) and not stretches and reseed is None:
        return [*lines, *_epochs(experiment, trained, call, feed)]
    lines += [] if feed is None else _before(feed)
    for at, after in stretches:
        if at > first:
            lines += _stretch(experiment, spec, first, at, trained, call, reseed, feed)
        lines += ["", f"# Changed at step {at}.", *_changed(spec, after, trained)]
        spec, first = after, at
    lines += _stretch(experiment, spec, first, steps, trained, call, reseed, feed)
    again = _seeded(reseed, "steps" if _may_end(feed) else f"{steps}")
    return [*lines, "", *_next(feed), *again, f"loss = {call}"]


def _seeded(seed: int | None, step: str) -> list[str]:
    return [] if seed is None else [f"torch.manual_seed({seed} + {step})"]


def _may_end(feed: Feed | None) -> bool:
    """Whether it may end before its last step."""
    return feed is not None and feed.patience is not None and bool(feed.sets)


def _is_by_epochs(experiment: Experiment, feed: Feed) -> bool:
    whole = experiment.run.steps % feed.batches == 0 and feed.every % feed.batches == 0
    return feed.batches > 1 and whole


def _patience(feed: Feed | None, steps: int) -> list[str]:
    return [f"steps, best, waited = {steps:_}, math.inf, 0"] if _may_end(feed) else []


def _before(feed: Feed) -> list[str]:
    """What gives each step its batch."""
    if feed.batches == 1:
        return [f"{feed.targets} = train_set[:]"]
    return [
        "",
        "",
        "def endless():",
        '    """One batch after the other, epoch after epoch."""',
        "    while True:",
        "        yield from loader",
        "",
        "",
        "batches = endless()",
    ]


def _next(feed: Feed | None) -> list[str]:
    return [] if feed is None or feed.batches == 1 else [f"{feed.targets} = next(batches)"]


def _epochs(experiment: Experiment, trained: str, call: str, feed: Feed) -> list[str]:
    """The loop over whole epochs, and the loss on the batch that would come next."""
    spec, count = experiment.optimizer, experiment.run.steps // feed.batches
    each = feed.every // feed.batches
    report = _report(feed, "epoch", f"epoch * {feed.batches}")
    if each > 1:
        report = [f"if epoch % {each} == 0:", *indented(report)]
    inner = _step(experiment, spec, trained, call)
    return [
        "",
        f"for epoch in range({count:_}):",
        *indented(report),
        f"    for {feed.targets} in loader:",
        *indented(indented(inner)),
        "",
        f"{feed.targets} = next(iter(loader))",
        f"loss = {call}",
    ]


def _report(feed: Feed, unit: str, step: str) -> list[str]:
    """Evaluate and tell; end early where that is wanted. ``step`` is the expression of the step."""
    if not feed.sets:
        return [f'print(f"{unit} {{{unit}}}")'] if unit == "epoch" else []
    lines = [f"{name}_loss = evaluate({name}_set)" for name in feed.sets]
    told = ", ".join(f"{TOLD[name]} loss {{{name}_loss:.6g}}" for name in feed.sets)
    lines.append(f'print(f"{unit} {{{unit}}}: {told}")')
    if feed.patience is None:
        return lines
    deciding = f"{feed.sets[-1]}_loss"
    return [
        *lines,
        f"if {deciding} < best:",
        f"    best, waited = {deciding}, 0",
        "else:",
        "    waited += 1",
        f"if waited >= {feed.patience}:",
        f"    steps = {step}",
        "    break",
    ]


def _stretch(
    experiment: Experiment,
    spec: OptimizerSpec,
    first: int,
    end: int,
    trained: str,
    call: str,
    reseed: int | None,
    feed: Feed | None,
) -> list[str]:
    """The loop from step ``first`` to step ``end``."""
    inner = []
    if feed is not None and feed.sets:
        inner += [f"if step % {feed.every} == 0:", *indented(_report(feed, "step", "step"))]
    inner += [*_next(feed), *_seeded(reseed, "step"), *_step(experiment, spec, trained, call)]
    if feed is None or not feed.sets:
        every = max(1, experiment.run.steps // REPORTS)
        inner += [f"if step % {every} == 0:", '    print(f"step {step}: loss {loss.item():.6g}")']
    last = "steps" if _may_end(feed) and end == experiment.run.steps else f"{end:_}"
    if _may_end(feed) and end < experiment.run.steps:
        last = f"min({end:_}, steps)"
    steps = f"{first}, {last}" if first else last
    return ["", f"for step in range({steps}):", *indented(inner)]


def _step(experiment: Experiment, spec: OptimizerSpec, trained: str, call: str) -> list[str]:
    """One update."""
    if spec.name == "LBFGS":
        inner = _with_closure(spec, call, trained)
    else:
        inner = _plainly(spec, experiment.run.clear_gradients, call, trained)
    return [*inner, *_advanced(spec)]


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
