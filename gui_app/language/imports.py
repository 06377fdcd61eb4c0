"""Imports in pasted programs: they do nothing, because all that may be imported is there already."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gui_app.language.names import Words

_MODULES = {
    "torch": ("torch",),
    "torch.nn.functional": ("F", "torch"),
    "torch.nn": ("nn", "torch"),
    "torch.autograd": ("torch", "autograd"),
    "torch.optim": ("optim", "torch"),
    "torch.optim.lr_scheduler": ("lr_scheduler", "torch"),
    "torch.utils.data": ("torch",),
    "math": ("math",),
}
"""Modules that may be imported, with the names that they may be given."""
_FROM = {
    ("torch", "nn"): (None,),
    ("torch", "Tensor"): (None,),
    ("torch", "autograd"): (None,),
    ("torch", "optim"): (None,),
    ("torch.optim", "lr_scheduler"): (None,),
    ("torch.utils.data", "Dataset"): (None,),
    ("torch.nn", "functional"): (None, "F"),
}
_NUMPY = "Write torch in its place: it has the same functions, such as torch.sin and torch.linspace."
_PLOTS = "Leave it out: the window draws the graph, the descent and the loss."
_PROGRESS = "Leave it out: the window shows how far the run is."
INSTEAD = {"tqdm": _PROGRESS, "numpy": _NUMPY, "np": _NUMPY, "matplotlib": _PLOTS, "plt": _PLOTS}
"""What to do without a module, by its name as typed."""


def refused(node: ast.Import | ast.ImportFrom, words: Words) -> Iterator[tuple[ast.alias, str, str]]:
    """What cannot be imported, by its name, and what to do instead."""
    for alias in node.names:
        if isinstance(node, ast.Import):
            name = alias.name
            fine = (alias.asname or name.partition(".")[0]) in _MODULES.get(name, ())
        else:
            name = f"{node.module}.{alias.name}"
            fine = not node.level and _is_there(node.module or "", alias, words)
        if not fine:
            root = name.partition(".")[0]
            hint = INSTEAD.get(root) or words.refusals.get(root) or words.refusals.get(alias.name)
            yield alias, name, hint or "torch, math, F and nn are there without an import."


def _is_there(module: str, alias: ast.alias, words: Words) -> bool:
    if alias.asname in _FROM.get((module, alias.name), ()):
        return True
    inside = words.namespaces.get(words.full(module), {})
    return alias.asname in (None, alias.name) and alias.name in words.functions and alias.name in inside
