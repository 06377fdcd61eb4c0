"""What there is behind some outputs, read before a backward pass frees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from torch import Tensor

from gui_app.core.graph import PREVIEW
from gui_app.engine.lenses import internals
from gui_app.engine.lenses.internals import AutogradNode, Key, Saved, slot_of
from gui_app.engine.lenses.notes import Notes
from gui_app.engine.lenses.order import topological, without_collection
from gui_app.engine.lenses.passed_on import is_form, reshaped
from gui_app.engine.lenses.tensors import Views, alike

MOST_WITH_NUMBERS = 20_000
"""A graph of more nodes is shown without what flows through it, and without its hooks."""
MOST_WITH_SAVED = 2_000
"""The graph of a program with more nodes is shown without its saved tensors."""


class Walk:
    """The nodes behind ``outputs`` in topological order, with what is known of them.

    Saved tensors are among it if there are at most ``most_saved`` nodes. Raises EngineError if there are too many.
    """

    @without_collection()
    def __init__(self, outputs: Sequence[Tensor], notes: Notes, most_saved: int) -> None:
        self.notes = notes
        self.outputs = outputs
        self.roots = list(dict.fromkeys(out.grad_fn for out in outputs if out.grad_fn is not None))
        self.order = topological(self.roots)
        saved = len(self.order) <= most_saved
        self.few = len(self.order) <= MOST_WITH_NUMBERS
        self.keys: dict[AutogradNode, Key] = {}
        self.leaves: dict[AutogradNode, Tensor] = {}
        """Of each AccumulateGrad."""
        self.saved: dict[AutogradNode, list[Saved]] = {}
        self.values = dict(notes.values)
        self.views = Views()
        """Of all that is shown, as it was when this was made."""
        self.hooks = {fn: internals.node_hooks(fn) for fn in self.order} if self.few else {}
        for out in outputs:
            if out.grad_fn is not None:
                self.values.setdefault(slot_of(out), out.detach())
        for fn in self.order:
            leaf = internals.leaf_of(fn)
            self.keys[fn] = internals.key_of(fn, leaf)
            if leaf is not None:
                self.leaves[fn] = leaf
                self.views.want(leaf)
            elif saved:
                self._keep_saved(fn)
            elif self.few and (self.keys[fn], 0) not in self.values:
                self._keep_result(fn)
        if self.few:
            self._pass_on()
        for key in self.keys.values():
            if (value := self.values.get((key, 0))) is not None:
                self.views.want(value)
        self.views.read()

    def label(self, key: Key) -> str:
        """What the program calls the outputs of a node."""
        names = self.notes.labels.get(key)
        return ", ".join(dict.fromkeys(names[slot] for slot in sorted(names))) if names else ""

    def _keep_saved(self, fn: AutogradNode) -> None:
        found = [self._compared(fn, saved) for saved in internals.saved_tensors(fn)]
        if found:
            self.saved[fn] = found
        for saved in found:
            tensor = saved.tensor
            if tensor is not None:
                self.views.want(tensor)
            if tensor is None or saved.changed is not None:
                continue
            if saved.own and saved.name == "result":
                self.values.setdefault((self.keys[fn], 0), tensor)
            elif tensor.grad_fn is not None:  # the value of another node: few others tell theirs
                self.values.setdefault(slot_of(tensor), tensor)

    def _compared(self, fn: AutogradNode, saved: Saved) -> Saved:
        """A result that the node has saved, which ``.data`` may have changed without that being counted.

        Certain where the program told the result as it was computed, and by the count it was never changed.
        """
        if not saved.own or saved.name != "result" or saved.version or saved.changed is not None:
            return saved
        then = self.notes.values.get((self.keys[fn], 0))
        if then is None or saved.tensor is None or then.numel() > PREVIEW or alike(then, saved.tensor):
            return saved
        return replace(saved, note="changed, not counted", changed=saved.version)

    def _keep_result(self, fn: AutogradNode) -> None:
        result = internals.result_of(fn)
        if result is not None:
            self.values[self.keys[fn], 0] = result

    def _pass_on(self) -> None:
        """The values of nodes that only show another value in another form."""
        for fn in self.order:
            key = self.keys[fn]
            if (key, 0) in self.values or not is_form(fn):
                continue
            inner, output = fn.next_functions[0]
            value = (
                None if inner is None else self.leaves.get(inner, self.values.get((self.keys[inner], output)))
            )
            if value is not None and (made := reshaped(fn, value)) is not None:
                self.values[key, 0] = made
