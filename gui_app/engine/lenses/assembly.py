"""From PyTorch's nodes and what was learned of them to the graph as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from gui_app.core.fault import Fault
from gui_app.core.graph import Edge, Graph, Node, TensorView
from gui_app.engine.lenses import internals
from gui_app.engine.lenses.derivations import origins
from gui_app.engine.lenses.flow import Flow
from gui_app.engine.lenses.ghosts import Ghosts
from gui_app.engine.lenses.internals import AutogradNode, Key, Saved
from gui_app.engine.lenses.notes import Untracked
from gui_app.engine.lenses.order import without_collection
from gui_app.engine.lenses.remarks import Name, named
from gui_app.engine.lenses.tensors import Views, array_view, number_view
from gui_app.engine.lenses.walk import Walk

Gradients = Mapping[str, NDArray[np.floating] | None]


class Assembly:
    """Makes one graph. Ids are given before the nodes are made, since some name others that come later.

    ``gradients`` are those of leaves, by name; other leaves show their ``.grad``. ``last`` is drawn in any case.
    """

    def __init__(
        self, walk: Walk, flow: Flow, gradients: Gradients | None, last: Untracked | None = None
    ) -> None:
        self._walk, self._flow, self._gradients = walk, flow, gradients
        self._nodes: list[Node] = []
        self._edges: list[Edge] = []
        self._items: list[Any] = walk.order
        self._uses: Mapping[Key, list[tuple[int, Untracked]]] = {}
        self.ids: dict[Any, int] = {}
        self._leaves: dict[int, int] = {}
        self._ghosts: dict[int, int] = {}
        """Node id of each leaf and untracked value, by id()."""
        notes, by_key = walk.notes, {}
        beside = last is not None or any(True for _ in notes.all_untracked())
        if beside or notes.derivations:
            by_key = {key: fn for fn, key in walk.keys.items()}
        if beside:
            ghosts = Ghosts(walk, by_key, last)
            self._uses, self._items = ghosts.uses, ghosts.between()
        self._number()
        self._origins = origins(walk.order, walk.keys, by_key, notes.derivations)
        self._ids_by_key = {key: self.ids[fn] for key, fn in by_key.items()}
        self._flows = Views()
        """Of the gradients."""

    def _number(self) -> None:
        saved, leaves, count = self._walk.saved, self._leaves, 0
        for item in self._items:
            for leaf in self._leaves_of(item):
                if leaves.setdefault(id(leaf), count) == count:
                    count += 1
            if isinstance(item, Untracked):
                self._ghosts[id(item.value)] = count
            elif item in saved:
                count += len(saved[item])
            self.ids[item] = count
            count += 1

    def _leaves_of(self, item: Any) -> Iterable[Tensor]:
        """The leaves that enter an item directly."""
        if isinstance(item, Untracked):
            return [operand for _, operand in item.operands if isinstance(operand, Tensor)]
        leaf = self._walk.leaves.get(item)
        return () if leaf is None else (leaf,)

    @without_collection()
    def graph(self, failure: Fault | None = None) -> Graph:
        """The whole graph; where a backward pass failed, the node in which it ended is marked."""
        halted = self._flow.halted() if failure is not None else None
        plain = self._plain()
        for flowing in self._flow.tensors():
            self._flows.want(flowing)
        for leaf in self._walk.leaves.values():
            if (gradient := leaf.grad) is not None:
                self._flows.want(gradient)
        for item in self._items:
            if item in plain:
                self._add_plain(item)
                continue
            for leaf in self._leaves_of(item):
                if self._leaves[id(leaf)] == len(self._nodes):
                    self._add_leaf(leaf)
            if isinstance(item, Untracked):
                self._add_ghost(item)
            else:
                self._add_function(item, failure if item is halted else None)
        roots = [self._root(out) for out in self._walk.outputs]
        order = tuple(self.ids[fn] for fn in self._flow.order if fn in self.ids)
        return Graph(tuple(self._nodes), tuple(self._edges), tuple(dict.fromkeys(roots)), order, failure)

    def _root(self, out: Tensor) -> int:
        """The id of an output; one without a history is a leaf, perhaps of nothing else."""
        if out.grad_fn is not None:
            return self.ids[out.grad_fn]
        found = self._leaves.setdefault(id(out), len(self._nodes))
        if found == len(self._nodes):
            self._add_leaf(out)
        return found

    # --- leaves and untracked values -------------------------------------------------------------------------------

    def _add_leaf(self, tensor: Tensor) -> None:
        name = self._walk.notes.leaves.get(id(tensor), "")
        view = self._walk.views.of(tensor)
        gradient: TensorView | None = None
        if self._gradients is None or name not in self._gradients:
            gradient = None if tensor.grad is None else self._flows.of(tensor.grad)
        elif (recorded := self._gradients[name]) is not None:
            gradient = array_view(recorded, view.dtype, view.device)
        self._nodes.append(
            Node(
                len(self._nodes),
                name or "leaf",
                "leaf",
                view.shape,
                view.dtype,
                view.device,
                label=name,
                value=view,
                gradient=gradient,
                note="" if tensor.requires_grad else "not tracked",
                version=internals.version_of(tensor),
                hooks=internals.tensor_hooks(tensor),
            )
        )

    def _add_ghost(self, ghost: Untracked) -> None:
        node, tensor = len(self._nodes), ghost.value
        changed = isinstance(tensor, Tensor) and internals.version_of(tensor) != ghost.version
        view = self._walk.views.of(tensor) if isinstance(tensor, Tensor) else number_view(tensor)
        self._nodes.append(
            Node(
                node,
                ghost.name,
                "ghost",
                view.shape,
                view.dtype,
                view.device,
                ghost.label,
                ghost.span,
                view,
                note="not tracked, changed in place since" if changed else "not tracked",
                repeat=ghost.repeat,
            )
        )
        for slot, operand in ghost.operands:
            if isinstance(operand, Untracked):
                self._edges.append(Edge(self.ids[operand], node, slot))
            elif isinstance(operand, Tensor):
                self._edges.append(Edge(self._leaves[id(operand)], node, slot))
            elif operand[0] in self._ids_by_key:
                self._edges.append(Edge(self._ids_by_key[operand[0]], node, slot, operand[1]))

    # --- nodes of the graph ----------------------------------------------------------------------------------------

    def _plain(self) -> set[AutogradNode]:
        """The nodes of a model of which nothing is known but themselves: most, and made in half the time."""
        walk = self._walk
        if walk.notes.spans or self._origins or self._uses or self._flow.order:
            return set()
        told = {key for key, _ in walk.values} | set(walk.notes.labels)
        return {
            fn
            for fn, key in walk.keys.items()
            if key[0] >= 0 and key not in told and fn not in walk.saved and not walk.hooks.get(fn)
        }

    def _add_plain(self, fn: AutogradNode) -> None:
        node, name = self.ids[fn], named(fn.name())
        for slot, (inner, output) in enumerate(fn.next_functions):
            if inner is not None:
                self._edges.append(Edge(self.ids[inner], node, slot, output))
        shape, dtype, device = internals.form_of(fn)
        note = self._note(fn, name, None) if name.remark or name.custom else ""
        self._nodes.append(
            Node(node, name.short, "grad_fn", shape, dtype, device, "", None, None, None, note)
        )

    def _add_function(self, fn: AutogradNode, failure: Fault | None) -> None:
        walk, flow, key = self._walk, self._flow, self._walk.keys[fn]
        saved = [self._add_saved(item, fn) for item in walk.saved[fn]] if fn in walk.saved else []
        node, leaf, name = len(self._nodes), walk.leaves.get(fn), named(fn.name())
        upstream, value = flow.outputs.get(fn), walk.values.get((key, 0), leaf)
        gradient = None if upstream is None else self._flows.of(upstream)
        self._add_wires(node, fn, saved, gradient)
        shape, dtype, device = internals.form_of(fn)
        span, repeat = walk.notes.place(key)
        maker, level = self._origins.get(fn, (None, 0))
        self._nodes.append(
            Node(
                node,
                name.short,
                "failed" if failure is not None else "grad_fn" if leaf is None else "accumulate",
                shape,
                dtype,
                device,
                walk.label(key),
                span,
                None if value is None else walk.views.of(value),
                gradient,
                self._note(fn, name, failure),
                flow.order.get(fn),
                None,
                None,
                None,
                walk.hooks.get(fn, 0),
                None if maker is None else self.ids.get(maker),
                level,
                repeat,
            )
        )

    def _add_wires(self, node: int, fn: AutogradNode, saved: list[int], gradient: TensorView | None) -> None:
        """The edges into a node, by slot. Through an AccumulateGrad goes back all that it was given."""
        leaf, passed = self._walk.leaves.get(fn), self._flow.inputs.get(fn, {})
        if leaf is not None:
            self._edges.append(Edge(self._leaves[id(leaf)], node, 0, 0, gradient))
            return
        first = len(self._edges)
        for slot, (inner, output) in enumerate(fn.next_functions):
            if inner is not None:
                flows = self._flows.of(passed[slot]) if slot in passed else None
                self._edges.append(Edge(self.ids[inner], node, slot, output, flows))
        uses = self._uses.get(self._walk.keys[fn], ()) if self._uses else ()
        if saved or uses:
            self._edges += [Edge(self.ids[ghost], node, slot) for slot, ghost in uses]
            self._edges += [Edge(source, node, slot) for slot, source in enumerate(saved)]
            self._edges[first:] = sorted(self._edges[first:], key=lambda edge: (edge.slot, edge.source))

    def _note(self, fn: AutogradNode, name: Name, failure: Fault | None) -> str:
        if failure is not None:
            return failure.message
        if name.remark and fn.next_functions and fn.next_functions[0][0] is not None:
            inner = fn.next_functions[0][0]
            leaf, source = self._walk.leaves.get(inner), self._nodes[self.ids[inner]]
            shown = source if leaf is None else self._nodes[self._leaves[id(leaf)]]
            return name.remark.format(shown.label or shown.name)
        return "once differentiable" if internals.is_once_differentiable(fn) else ""

    def _add_saved(self, saved: Saved, owner: AutogradNode) -> int:
        alias, label = self._alias(saved, owner)
        view = None if saved.tensor is None else self._walk.views.of(saved.tensor)
        shape, dtype, device = (view.shape, view.dtype, view.device) if view else (None, "", "")
        self._nodes.append(
            Node(
                len(self._nodes),
                saved.name,
                "saved",
                shape,
                dtype,
                device,
                label,
                value=view,
                note=saved.note,
                version=saved.version,
                changed=saved.changed,
                alias=alias,
                hooks=0 if saved.tensor is None else internals.tensor_hooks(saved.tensor),
            )
        )
        return len(self._nodes) - 1

    def _alias(self, saved: Saved, owner: AutogradNode) -> tuple[int | None, str]:
        """The node that a saved tensor is the value of, and what the program calls it."""
        tensor, notes = saved.tensor, self._walk.notes
        if saved.own:
            return self.ids[owner], self._walk.label(self._walk.keys[owner])
        if tensor is None:
            return None, ""
        if tensor.grad_fn is not None:
            node = self.ids.get(tensor.grad_fn)
            return node, "" if node is None else self._walk.label(self._walk.keys[tensor.grad_fn])
        found = self._leaves.get(id(tensor), self._ghosts.get(id(tensor)))
        return found, notes.leaves.get(id(tensor), "")
