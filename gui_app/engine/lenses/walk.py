"""What there is behind some outputs, read before a backward pass frees it."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from gui_app.core.graph import TensorView
from gui_app.engine.lenses import internals
from gui_app.engine.lenses.internals import AutogradNode, Key, Saved, slot_of
from gui_app.engine.lenses.notes import Notes
from gui_app.engine.lenses.order import topological, without_collection
from gui_app.engine.lenses.tensors import tensor_view

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
        self.saved: dict[AutogradNode, list[tuple[Saved, TensorView | None]]] = {}
        self.values = dict(notes.values)
        self.hooks = {fn: internals.node_hooks(fn) for fn in self.order} if self.few else {}
        self._views: dict[int, tuple[Tensor, TensorView]] = {}
        for out in outputs:
            if out.grad_fn is not None:
                self.values.setdefault(slot_of(out), out.detach())
        for fn in self.order:
            leaf = internals.leaf_of(fn)
            self.keys[fn] = internals.key_of(fn, leaf)
            if leaf is not None:
                self.leaves[fn] = leaf
                self.view(leaf)
            elif saved:
                self._keep_saved(fn)
            elif self.few and (self.keys[fn], 0) not in self.values:
                self._keep_result(fn)

    def label(self, key: Key) -> str:
        """What the program calls the outputs of a node."""
        names = self.notes.labels.get(key)
        return ", ".join(dict.fromkeys(names[slot] for slot in sorted(names))) if names else ""

    def view(self, tensor: Tensor) -> TensorView:
        """A tensor as it is shown, looked at once."""
        known = self._views.get(id(tensor))
        if known is None:
            known = self._views[id(tensor)] = tensor, tensor_view(tensor)
        return known[1]

    def _keep_saved(self, fn: AutogradNode) -> None:
        found = internals.saved_tensors(fn)
        if found:
            self.saved[fn] = [(s, None if s.tensor is None else self.view(s.tensor)) for s in found]
        for saved in found:
            tensor = saved.tensor
            if tensor is None or saved.changed is not None:
                continue
            if saved.own and saved.name == "result":
                self.values.setdefault((self.keys[fn], 0), tensor)
            elif tensor.grad_fn is not None:  # the value of another node: few others tell theirs
                self.values.setdefault(slot_of(tensor), tensor)

    def _keep_result(self, fn: AutogradNode) -> None:
        result = internals.result_of(fn)
        if result is not None:
            self.values[self.keys[fn], 0] = result
            self.view(result)
