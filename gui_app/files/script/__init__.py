"""An experiment as a plain PyTorch script that takes the same steps, and reads like a tutorial."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping

from gui_app.core.experiment import Distribution, Experiment, Nested, OptimizerSpec, ParameterSpec
from gui_app.files.script.plain import Plain, plain, refused
from gui_app.files.script.training import loop
from gui_app.language.names import Words
from gui_app.language.programs import kind_of
from gui_app.language.syntax import parse, unix

__all__ = ["script_of"]

_OURS = ("objective", "optimizer", "scheduler", "closure", "loss", "step", "random_state")
"""Names that the script uses itself."""
_WIDTH = 100


def script_of(
    experiment: Experiment, words: Words, changes: Mapping[int, OptimizerSpec] | None = None
) -> str:
    """The text of the script.

    Run by plain Python on the CPU it leaves the same bits in the same parameters as the run of the experiment.

    Args:
        experiment: with the optimizer that the run began with.
        words: the vocabulary.
        changes: settings that were changed during the run, by the step from which on they count.

    Raises ProgramError where the program cannot be read, or means something that no plain script can say.
    """
    names = [spec.name for spec in experiment.parameters]
    text = plain(experiment.program, words, names)
    tree, _ = parse(unix(experiment.program))
    if tree is not None and kind_of(tree) == "script":
        parts = [_head(experiment, text), "\n".join(text.body)]
    else:
        parts = _objective(experiment, text, changes or {})
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(experiment: Experiment, text: Plain) -> str:
    title = experiment.title or "An experiment"
    lines = ['"""' + title.replace("\\", "").replace('"', "'") + "."]
    lines += ["", "Made by Gradarium. It needs nothing but PyTorch and takes the same steps.", '"""', ""]
    script = not text.declarations and any("import torch" in line for line in text.body)
    lines += sorted(text.imports - ({"import torch"} if script else set()) - set(text.body))
    if not script and "import torch" not in text.imports:
        lines.append("import torch")
    run = experiment.run
    settings = []
    if run.dtype != "float32":
        settings.append(f"torch.set_default_dtype(torch.{run.dtype})")
    if run.device != "cpu":
        settings.append(f'torch.set_default_device("{run.device}")')
    if settings and script:
        lines.append("import torch")
    return "\n".join([*lines, *([""] if settings else []), *settings]).rstrip()


def _objective(experiment: Experiment, text: Plain, changes: Mapping[int, OptimizerSpec]) -> list[str]:
    clash = text.names & set(_OURS) | {s.name for s in experiment.parameters} & set(_OURS)
    local = {name for name in clash if name not in {s.name for s in experiment.parameters}}
    if clash - local:
        name = sorted(clash - local)[0]
        raise refused(f"A parameter is called {name}, as something in every script.", "Give it another name.")
    names = [spec.name for spec in experiment.parameters]
    call = f"objective({', '.join(names)})"
    trained = [spec.name for spec in experiment.trained]
    parts = [_head(experiment, text), _starts(experiment, text), _function(experiment, text, names)]
    if experiment.run.steps == 0:
        parts.append(f"loss = {call}\nloss.backward()")
    else:
        reseed = f"torch.manual_seed({experiment.run.seed} + step)" if _drops(text) else ""
        parts.append("\n".join(loop(experiment, trained, call, changes, reseed)))
        again = f"torch.manual_seed({experiment.run.seed} + {experiment.run.steps})\n" if reseed else ""
        parts.append(f"{again}loss = {call}")
    return [*parts, _report(experiment, trained)]


def _drops(text: Plain) -> bool:
    """Whether dropout is what it draws: another share at every step."""
    return bool(text.draws & {"dropout", "Dropout"})


def _starts(experiment: Experiment, text: Plain) -> str:
    """The statements that make the parameters, random ones in the order in which the run draws them."""
    random = any(spec.distribution and spec.distribution.seed is None for spec in experiment.parameters)
    lines = [f"torch.manual_seed({experiment.run.seed})"] if random or text.draws else []
    others = [spec for spec in experiment.parameters if spec.name not in text.declarations]
    lines += [_start(spec, experiment.run.dtype) for spec in others]
    if text.draws and not _drops(text):
        lines.append("random_state = torch.get_rng_state()  # each step draws the same numbers")
    return "\n".join([*lines, *text.declarations.values()])


def _start(spec: ParameterSpec, run_dtype: str) -> str:
    dtype = spec.dtype or run_dtype
    other = "" if dtype == run_dtype else f", dtype=torch.{dtype}"
    if spec.distribution is None:
        assert spec.value is not None
        grad = ", requires_grad=True" if spec.requires_grad else ""
        return _wrapped(f"{spec.name} = torch.tensor({_numbers(spec.value)}{other}{grad})")
    grad = ".requires_grad_()" if spec.requires_grad else ""
    return f"{spec.name} = torch.empty({spec.shape}{other}){_drawn(spec.distribution)}{grad}"


def _drawn(how: Distribution) -> str:
    own = "" if how.seed is None else f", generator=torch.Generator().manual_seed({how.seed})"
    return f".{how.name}_({how.first!r}, {how.second!r}{own})"


def _numbers(value: Nested) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_numbers, value))}]"
    return repr(value) if math.isfinite(value) else f'float("{value}")'


def _wrapped(line: str) -> str:
    return "\n".join(
        textwrap.wrap(line, _WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
    )


def _function(experiment: Experiment, text: Plain, names: list[str]) -> str:
    lines = [f"def objective({', '.join(names)}):"]
    if text.draws and not _drops(text):
        if any(spec.distribution for spec in experiment.parameters if spec.name in text.declarations):
            message = "The program draws random numbers both for its parameters and at every step."
            raise refused(message, "Give the parameters a start that is not random.")
        lines.append("    torch.set_rng_state(random_state)")
    return "\n".join(["", *lines, *(f"    {line}" if line else "" for line in text.body), ""])


def _report(experiment: Experiment, trained: list[str]) -> str:
    steps = experiment.run.steps
    lines = [f'print(f"step {steps}: loss {{loss.item():.6g}}")']
    shown = ".grad" if steps == 0 else ".tolist()"
    label = "gradient of " if steps == 0 else ""
    return "\n".join([*lines, *(f'print("{label}{name}:", {name}{shown})' for name in trained)])
