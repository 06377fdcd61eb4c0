"""One update made again from the state that the run had: before and after it, and what lies between.

The update is the engine's own, bit for bit torch.optim's. Everything that an optimizer remembers is read from its
state before and after; only what it does not remember is computed again, in ``derived``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gui_app.core.arithmetic import Arithmetic, ArithmeticAsked, InnerSteps, Orthogonal
from gui_app.core.events import StepsTaken
from gui_app.core.experiment import OptimizerSpec
from gui_app.core.fault import Fault
from gui_app.core.frames import Frame, FrameValue, Resume
from gui_app.core.update_formulas import lines_for, setting_letters
from gui_app.core.update_formulas.schedules import letters_of
from gui_app.engine.backward import Backward
from gui_app.engine.clipping import Clipping
from gui_app.engine.descent import Descent
from gui_app.engine.devices import EngineError
from gui_app.engine.frames import under
from gui_app.engine.lenses.update_rules.derived import Letters
from gui_app.engine.lenses.update_rules.letters import Place, letters_of_rule, number, place_of, total_norm
from gui_app.engine.lenses.update_rules.spectrum import spectrum
from gui_app.engine.lenses.update_rules.watched import Gradients, Watch, WatchedUpdates
from gui_app.engine.methods import updates_for
from gui_app.engine.optimizers import BY_MATRIX
from gui_app.engine.problem import Problem, widest
from gui_app.engine.scratch import on_host
from gui_app.engine.updates import Updates


def arithmetic_of(
    problem: Problem, question: ArithmeticAsked, cancelled: Callable[[], bool]
) -> Arithmetic | None:
    """The update that leads from ``question.resume.step`` on; ``None`` where it is no longer wanted.

    Raises ProgramError as the program does, EngineError where no update can be made.
    """
    write = problem.write
    try:
        start, trouble = Descent(problem, most_rows=2).start(0, question.resume)
    finally:
        problem.write = write
    if trouble:
        raise EngineError(Fault(f"No update follows: {trouble}.", hint="Go back to an earlier step."))
    if cancelled():
        return None
    made = _made(problem, question, start)
    return _told(problem, question, made)


@dataclass(frozen=True)
class _Made:
    """An update that has been made, with what there was before it."""

    spec: OptimizerSpec
    settings: Mapping[str, Any]
    """As this update has used them."""
    states: tuple[Mapping[str, FrameValue], Mapping[str, FrameValue]]
    """The optimizer's before and after."""
    place: Place
    theta: Tensor
    """The parameter of the element before."""
    rows: list[Tensor]
    """Gradients, flat, one for each store."""
    absent: list[bool] | None
    """Which leaves have none; ``None``: each has one."""
    accumulates: bool
    inner: InnerSteps | None


def _made(problem: Problem, question: ArithmeticAsked, start: StepsTaken) -> _Made:
    """Make the update of a problem that stands at the step in question; it then stands at the next one."""
    place = place_of(problem, question.column)
    flat = problem.stores[place.store].flat
    watch = Watch(_gradients(problem), lambda: float(flat[place.flat]))
    updates = _begun(problem, question.resume, start.frames[0], watch)
    rows = problem.stored(start.gradients[0])
    absent = [
        bool(last > first and row[first:last].isnan().all())
        for row, store in zip(rows, problem.stores, strict=True)
        for first, last in store.extents
    ]
    missing = absent if any(absent) else None
    settings, before, theta = dict(updates.group), updates.state(), place.leaf_of(flat.clone())
    loss = torch.tensor(start.losses[0], device=problem.device, dtype=_precise(problem))
    updates.step([row.clone() for row in rows], missing, loss)
    inner = watch.told() if isinstance(updates, WatchedUpdates) else None
    accumulates = updates.accumulates and not problem.experiment.run.clear_gradients
    states = before, updates.state()
    return _Made(updates.spec, settings, states, place, theta, rows, missing, accumulates, inner)


def _begun(problem: Problem, resume: Resume, frame: Frame, watch: Watch) -> Updates:
    """The optimizer as it stands at the step, with the settings that count from there on."""
    spec = resume.changes.get(resume.step, frame.optimizer)
    same = spec.name == frame.optimizer.name
    first = frame.optimizer if same else spec
    watched = first.name == "LBFGS"
    updates = (
        WatchedUpdates(first, problem, watch) if watched else updates_for(first, problem, watch.gradients)
    )
    if same:
        updates.load(frame.state)
    if spec != first:
        updates.change(spec)
    return updates


def _gradients(problem: Problem) -> Gradients:
    """Gradients of a loss, one for each leaf."""
    backward = Backward([leaf for store in problem.stores for leaf in store.leaves])

    def taken(loss: Tensor) -> Sequence[Tensor | None]:
        try:
            return backward(loss)
        except RuntimeError as error:
            raise problem.failed_backward(error) from error

    return taken


def _told(problem: Problem, question: ArithmeticAsked, made: _Made) -> Arithmetic:
    """An update, line by line."""
    place, spec = made.place, made.spec
    leaf = sum(len(store.leaves) for store in problem.stores[: place.store]) + place.leaf
    passed_over = made.inner is None and made.absent is not None and made.absent[leaf]
    values, matrix = ({}, None) if passed_over else _values(problem, made)
    lines = () if passed_over else lines_for(spec, made.settings, values, fresh=not made.accumulates)
    dtype = widest(store.dtype for store in problem.stores)
    return Arithmetic(
        question.resume.step,
        question.column,
        problem.columns[question.column],
        spec,
        lines,
        values,
        problem.in_columns([on_host(store.flat, dtype) for store in problem.stores]),
        made.inner,
        matrix,
    )


def _values(problem: Problem, made: _Made) -> tuple[dict[str, float], Orthogonal | None]:
    """The numbers of the letters, and what became of the matrix where the rule takes it as a whole."""
    place, name = made.place, made.spec.name
    raw = place.leaf_of(made.rows[place.store])
    clipped, values = _clipped(problem, made)
    values |= setting_letters(name, made.settings) | _scheduled(made)
    letters: Letters = {"theta_k": made.theta, "g_k": raw, "slope": raw, "g_clip": clipped}
    matrix = None
    if made.inner is None:
        element = made.theta, clipped
        letters |= letters_of_rule(problem, place, name, made.settings, made.states, element)
        letters["g_decay"] = letters.pop("g")
        matrix = spectrum(letters, place.index) if name in BY_MATRIX else None
    values |= {letter: number(value, place.index) for letter, value in letters.items()}
    values["theta_next"] = float(problem.stores[place.store].flat[place.flat])
    return values, matrix


def _clipped(problem: Problem, made: _Made) -> tuple[Tensor, dict[str, float]]:
    """The clipped gradient of the element's parameter, and the numbers that make it."""
    place, clip = made.place, made.spec.clip
    if clip is None:
        return place.leaf_of(made.rows[place.store]), {}
    names = [spec.name for spec in problem.experiment.trained]
    rows = Clipping(clip, problem.stores, names)(made.rows, made.absent)
    values = {"limit": clip.amount}
    if clip.name == "norm":
        norm = total_norm(problem, made.rows, made.absent)
        share = (clip.amount / (norm + 1e-6)).clamp(max=1.0)
        values |= {"norm": float(norm), "kappa": float(share), "tiny": 1e-6}
    return place.leaf_of(rows[place.store]), values


def _scheduled(made: _Made) -> dict[str, float]:
    """The numbers of a schedule's letters."""
    schedule = made.spec.schedule
    if schedule is None:
        return {}
    first = made.spec.complete()["lr"]
    assert isinstance(first, float | int)
    state = under("schedule", made.states[0])
    return {"eta_0": float(first)} | letters_of(schedule.name, schedule.complete(), state)


def _precise(problem: Problem) -> torch.dtype:
    return torch.float32 if problem.device.type == "mps" else torch.float64
