"""An experiment as a plain PyTorch script that takes the same steps, and reads like a tutorial."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from gui_app.core.experiment import Experiment, OptimizerSpec
from gui_app.core.layers import Layer
from gui_app.files.script.data import imports_of, loading
from gui_app.files.script.drawn import MASKS
from gui_app.files.script.layout import indented
from gui_app.files.script.plain import Plain, plain, refused
from gui_app.files.script.source import Source, companion_of, source_of
from gui_app.files.script.starts import python_name, starts
from gui_app.files.script.training import TOLD, Feed, loop
from gui_app.language.names import Words
from gui_app.language.programs import kind_of
from gui_app.language.syntax import parse, unix

__all__ = ["companions_of", "script_of"]

_OURS = {"objective", "optimizer", "scheduler", "closure", "loss", "step", "random_state"}
"""Names that the script uses itself."""
_WITH_DATA = {
    *(
        "load_data",
        "numbers",
        "one_hot",
        "train_set",
        "validation_set",
        "loader",
        "endless",
        "batches",
        "evaluate",
    ),
    *("epoch", "steps", "best", "waited", "train_loss", "validation_loss"),
    *("torch", "nn", "np", "csv", "math", "F", "Path", "DataLoader", "TensorDataset"),
}
"""Further ones, where there are data."""
_DRAWN_ABOVE = "Draw data in lines of their own, such as x = torch.randn(9), and do not change them."
_MOST_PRINTED = 100
"""Elements of all parameters that are printed at the end."""
MOST_EVALUATIONS = 100
"""In a run that does not say how often."""


def script_of(
    experiment: Experiment,
    words: Words,
    changes: Mapping[int, OptimizerSpec] | None = None,
    folder: Path | None = None,
) -> str:
    """The text of the script. Where :func:`companions_of` gives files, it needs them beside it.

    Run by plain Python on the CPU it leaves the same bits in the same parameters as the run of the experiment.

    Args:
        experiment: with the optimizer that the run began with.
        words: the vocabulary.
        changes: settings that were changed during the run, by the step from which on they count.
        folder: where the script will stand: data that lie there are named relative to it, others absolutely.

    Raises ProgramError where the program or its data cannot be read, or mean something that no plain script can say.
    """
    names = [spec.name for spec in experiment.parameters]
    source = source_of(experiment)
    text = plain(experiment.program, words, [*names, *(source.names if source else ())])
    tree, _ = parse(unix(experiment.program))
    if tree is not None and kind_of(tree) == "script":
        parts = _typed(experiment, text, source, folder)
    else:
        parts = _Objective(experiment, text, source).parts(changes or {}, folder)
    return "\n\n".join(part for part in parts if part) + "\n"


def companions_of(experiment: Experiment) -> dict[str, bytes]:
    """Files that the script reads, by the names that they must have beside it. Raises ProgramError like the script."""
    source = source_of(experiment)
    return {source.companion: companion_of(source)} if source and source.companion else {}


def _typed(experiment: Experiment, text: Plain, source: Source | None, folder: Path | None) -> list[str]:
    """The parts of a script that was typed as one: it has a loop of its own, and is handed all rows at once."""
    if source is not None:
        source = replace(source, spec=replace(source.spec, batch_size=None))
    layers = any("nn." in line for line in text.body)
    seeding = f"torch.manual_seed({experiment.run.seed})" if (text.draws or layers) and not text.seeds else ""
    parts = [_head(experiment, text, source, [seeding] if seeding else [])]
    if source is not None:
        names = ", ".join(source.names)
        parts += ["\n" + loading(source, folder), f"{names}{',' * (len(source.names) == 1)} = train_set[:]"]
    return [*parts, "\n".join(text.body)]


def _head(experiment: Experiment, text: Plain, source: Source | None, settings: Sequence[str] = ()) -> str:
    """The title, the imports and ``settings`` after those of the run."""
    title = "".join(c for c in experiment.title or "An experiment" if c.isprintable() and c != "\\")
    title = title.replace('"', "'")
    needs = "PyTorch and NumPy" if source else "PyTorch"
    lines = [f'"""{title}.', "", f"Made by Gradarium. It needs nothing but {needs} and takes the same steps."]
    settings = [*_settings(experiment, source), *settings]
    imports = text.imports | {"import torch"}
    if source:
        imports |= imports_of(source) | ({"import math"} if experiment.run.patience else set())
    imports -= set(text.body)
    if any(map(_imports_torch, text.body)):
        imports -= {"import torch"}
    if settings or source:
        imports |= {"import torch"}
    ordered = sorted(imports, key=lambda each: (each.startswith("from"), each.split()[1]))
    own = [each for each in ordered if each.split()[1].startswith(("torch", "numpy"))]
    others = [each for each in ordered if each not in own]
    lines += ['"""', "", *others, *([""] if others and own else []), *own]
    return "\n".join([*lines, *([""] if settings else []), *settings]).rstrip()


def _imports_torch(line: str) -> bool:
    """Whether a line of a program binds the name torch."""
    statement, _, modules = line.partition("#")[0].strip().partition(" ")
    names = (module.strip() for module in modules.split(","))
    return statement == "import" and any(
        name == "torch" or (name.startswith("torch.") and " as " not in name) for name in names
    )


def _settings(experiment: Experiment, source: Source | None) -> list[str]:
    run, lines = experiment.run, []
    if run.dtype != "float32":
        lines.append(f"torch.set_default_dtype(torch.{run.dtype})")
    if run.device != "cpu" and source and source.spec.shuffle:
        lines.append("# On the CPU: only there the rows are shuffled in the order of the run.")
    elif run.device != "cpu":
        lines.append(f'torch.set_default_device("{run.device}")')
    return lines


class _Objective:
    """An objective with its parameters, data and loop."""

    def __init__(self, experiment: Experiment, text: Plain, source: Source | None) -> None:
        self._experiment, self._text, self._source = experiment, text, source
        plain_ones = [spec.name for spec in experiment.parameters if "." not in spec.name]
        self._names = [*plain_ones, *text.networks]
        self._arguments = [*self._names, *(source.names if source else ())]
        self._call = f"objective({', '.join(self._arguments)})"
        self._drops = bool(text.draws & MASKS)
        self._check()

    def _check(self) -> None:
        """Whether a script can say it. Raises ProgramError."""
        taken = _OURS | (_WITH_DATA if self._source else set())
        for name in (*self._arguments, *self._text.drawn):
            if name in taken:
                what = (
                    "parameter" if name in self._names else "column" if name in self._arguments else "tensor"
                )
                message = f"A {what} is called {name}, as something in every script."
                raise refused(message, "Give it another name.")
        drawn = [s for s in self._experiment.parameters if s.distribution and self._is_declared(s.name)]
        if self._text.draws and not self._drops and drawn:
            message = "The program draws random numbers both for its parameters and at every step."
            raise refused(message, _DRAWN_ABOVE)
        if self._drops and self._text.draws - MASKS:
            message = "The program draws random numbers at every step, and drops something out as well."
            raise refused(message, _DRAWN_ABOVE)
        if self._patience and not self._sets:
            message = "It ends early by a loss without dropout, which this text cannot be asked for."
            raise refused(message, "Use nn.Dropout in a network, or let the run go on to its end.")

    def _is_declared(self, name: str) -> bool:
        return name.partition(".")[0] in self._text.declarations

    @property
    def _patience(self) -> int | None:
        return self._experiment.run.patience if self._source else None

    @property
    def _sets(self) -> tuple[str, ...]:
        """What can be evaluated: dropout as a function would leave something out there too."""
        if self._source is None or any(name.startswith("dropout") for name in self._text.draws):
            return ()
        return ("train", "validation") if len(self._source.prepared.validation) else ("train",)

    def parts(self, changes: Mapping[int, OptimizerSpec], folder: Path | None) -> list[str]:
        """The parts of the script, in order."""
        experiment, source = self._experiment, self._source
        parts = [_head(experiment, self._text, source)]
        if source is not None:
            parts += ["\n" + loading(source, folder), self._loader(source)]
        parts += ["\n".join(starts(experiment, self._text) + self._state()), self._function()]
        if source is not None and self._sets and experiment.run.steps:
            parts.append(self._evaluating())
        if experiment.run.steps == 0:
            parts.append("\n".join([*self._first(), f"loss = {self._call}", "loss.backward()"]))
        else:
            reseed = experiment.run.seed if self._drops else None
            parts.append(
                "\n".join(loop(experiment, self._trained(), self._call, changes, reseed, self._feed()))
            )
        return [*parts, self._report()]

    def _loader(self, source: Source) -> str:
        if source.batches == 1:
            return ""
        how = f", shuffle=True, generator=torch.Generator().manual_seed({source.seed})"
        return (
            f"loader = DataLoader(train_set, batch_size={source.spec.batch_size}{how * source.spec.shuffle})"
        )

    def _feed(self) -> Feed | None:
        source, run = self._source, self._experiment.run
        if source is None:
            return None
        epochs = max(1, math.ceil(run.steps / MOST_EVALUATIONS / source.batches))
        every = run.evaluate_every or source.batches * epochs
        return Feed(source.names, source.batches, every, self._sets, run.patience)

    def _first(self) -> list[str]:
        feed = self._feed()
        if feed is None:
            return []
        return [f"{feed.targets} = {'train_set[:]' if feed.batches == 1 else 'next(iter(loader))'}"]

    def _state(self) -> list[str]:
        if not self._text.draws or self._drops:
            return []
        return ["random_state = torch.get_rng_state()  # each step draws the same numbers"]

    def _function(self) -> str:
        lines = [f"def objective({', '.join(self._arguments)}):"]
        if self._state():
            lines.append("    torch.set_rng_state(random_state)")
        return "\n".join(["", *lines, *indented(self._text.body), ""])

    def _evaluating(self) -> str:
        nets = [name for name, net in self._text.networks.items() if net.draws]
        lines = ["def evaluate(rows):"]
        lines.append(f'    """The loss on all of these rows{", nothing dropped" * bool(nets)}."""')
        lines += [line for name in nets for line in _switched(name, self._text.networks[name])]
        lines += ["    with torch.no_grad():"]
        call = f"objective({', '.join([*self._names, '*rows[:]'])}).item()"
        if not nets:
            return "\n".join([*lines, f"        return {call}", ""])
        back = [f"    {name}.train()" for name in nets]
        return "\n".join([*lines, f"        found = {call}", *back, "    return found", ""])

    def _trained(self) -> str:
        """The expression of the parameters that descend."""
        names, parts = [spec.name for spec in self._experiment.trained], []
        while names:
            first = names[0].partition(".")[0]
            net = self._text.networks.get(first)
            whole = [spec.name for spec in net.parameters(first)] if net else []
            if whole and names[: len(whole)] == whole:
                parts.append(f"*{first}.parameters()")
                del names[: len(whole)]
            else:
                parts.append(python_name(names.pop(0)))
        return parts[0][1:] if len(parts) == 1 and parts[0][0] == "*" else f"[{', '.join(parts)}]"

    def _report(self) -> str:
        steps, trained = self._experiment.run.steps, self._experiment.trained
        early = self._patience is not None and steps
        lines = [f'print(f"step {"{steps}" if early else steps}: loss {{loss.item():.6g}}")']
        for name in self._sets if steps else ():
            lines.append(f'print(f"{TOLD[name]} loss {{evaluate({name}_set):.6g}}")')
        if sum(spec.size for spec in trained) > _MOST_PRINTED:
            return "\n".join(lines)
        shown, label = (".tolist()", "") if steps else (".grad", "gradient of ")
        names = [python_name(spec.name) for spec in trained]
        return "\n".join([*lines, *(f'print("{label}{name}:", {name}{shown})' for name in names)])


def _switched(name: str, net: Layer) -> list[str]:
    """Statements that switch dropout off. A batch norm goes on with the mean of the rows themselves, as in the run."""
    if "BatchNorm" not in str(net):
        return [f"    {name}.eval()"]
    return [
        f"    for layer in {name}.modules():",
        "        layer.training = layer.training and not isinstance(layer, nn.Dropout)",
    ]
