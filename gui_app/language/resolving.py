"""An experiment and the text of its program, brought into line with each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gui_app.core.experiment import Experiment, ExperimentError, ParameterSpec
from gui_app.language.compiler import Checked, check
from gui_app.language.declarations import redeclared, reseeded
from gui_app.language.names import Words


def resolved(
    experiment: Experiment, words: Words | None, touched: Sequence[str] | None = None
) -> tuple[Experiment, Checked]:
    """The experiment as its program wants it, and what was found in the program.

    Parameters that the text declares start as it says, and so does the seed; names that an objective reads without
    defining them, and that are none of the data's, get a parameter; a script has the declared ones only. ``touched``
    are the parameters that are kept though the program may not use them: without it, those on which something is set.
    With a fault in the program, or without ``words``, the experiment stays as it is.
    """
    if touched is None:
        touched = [spec.name for spec in experiment.parameters if spec != ParameterSpec(spec.name)]
    columns = experiment.data.names if experiment.data else ()
    checked = check(experiment.program, words, touched, columns)
    if words is None or checked.faults:
        return experiment, checked
    declared = tuple(_with_view(d.spec, experiment) for d in checked.declared)
    names = {spec.name for spec in declared}
    others: tuple[ParameterSpec, ...] = ()
    if checked.kind == "objective":
        used = tuple(name for name in (*touched, *checked.free_names) if name not in names)
        others = tuple(p for p in experiment.using(used).parameters if p.name in used)
    seed = experiment.run.seed if checked.seed is None else checked.seed
    try:
        made = replace(experiment, parameters=declared + others, run=replace(experiment.run, seed=seed))
    except ExperimentError:  # too many elements in all: the engine says so when it is run
        return experiment, checked
    return (experiment if made == experiment else made), checked


def _with_view(spec: ParameterSpec, experiment: Experiment) -> ParameterSpec:
    """The spec of a declared parameter, with what a person has set beside its start.

    The text of a network does not say where its weights start: what a person has set, stays.
    """
    for old in experiment.parameters:
        if old.name == spec.name:
            if "." in spec.name and old.shape == spec.shape:
                return old
            reference = old.reference if old.shape == spec.shape else None
            return replace(spec, reference=reference, view=old.view)
    return spec


def written(before: Experiment, after: Experiment) -> Experiment:
    """``after``, its program text following the starts and the seed that have changed since ``before``."""
    source = after.program
    old = {spec.name: spec for spec in before.parameters}
    for spec in after.parameters:
        if old.get(spec.name, spec) != spec:
            source = redeclared(source, spec)
    if before.run.seed != after.run.seed:
        source = reseeded(source, after.run.seed)
    return replace(after, program=source)
