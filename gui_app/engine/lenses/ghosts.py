"""Values of a program that were not tracked: which of them belong into the picture, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor

from gui_app.engine.lenses.internals import AutogradNode, Key
from gui_app.engine.lenses.notes import Untracked
from gui_app.engine.lenses.order import depth_first
from gui_app.engine.lenses.walk import Walk

MOST = 200
"""Further ghosts are left out, lest they bury the graph."""


class Ghosts:
    """The untracked values that touch a graph of tracked ones.

    Those that entered one of its operations, with all that they were computed from, and those with a name that were
    computed from its values; ``last`` comes in any case, at the end.
    """

    def __init__(self, walk: Walk, nodes: Mapping[Key, AutogradNode], last: Untracked | None) -> None:
        self._walk, self._nodes, self._room = walk, nodes, MOST
        notes = walk.notes
        self.uses = {key: self._some(notes.uses[key]) for key in nodes if key in notes.uses}
        self._add_saved()
        touching = [(0, ghost) for ghost in notes.named.values() if self._touches(ghost)]
        self.loose = [ghost for _, ghost in self._some(touching)] + ([last] if last is not None else [])

    def _some(self, uses: list[tuple[int, Untracked]]) -> list[tuple[int, Untracked]]:
        """As many as there is room for."""
        taken = uses[: self._room]
        self._room -= len(taken)
        return taken

    def _add_saved(self) -> None:
        """What a node has saved has entered it, also where the text does not tell what went in."""
        untracked = self._walk.notes.all_untracked()
        known = {id(ghost.value): ghost for ghost in untracked if not ghost.is_tracked_now}
        entries: dict[tuple[object, int], set[Key]] = {}
        for fn, saved in self._walk.saved.items():
            key = self._walk.keys[fn]
            uses = self.uses.setdefault(key, [])
            entered = {id(ghost.value) for _, ghost in uses}
            free = [slot for slot, (inner, _) in enumerate(fn.next_functions) if inner is None]
            for one in saved:
                ghost = known.get(id(one.tensor))
                if ghost is None:
                    continue
                entries.setdefault((self._walk.notes.place(key), id(one.tensor)), set()).add(key)
                if id(one.tensor) not in entered:
                    uses += self._some([(free[0] if free else 0, ghost)])
        self._settle(entries)

    def _settle(self, entries: Mapping[tuple[object, int], set[Key]]) -> None:
        """Where an operation of the text made several nodes, and some have saved a value: those are what it entered.

        Until then it was taken to enter the last of them. ``entries``: by the place in the text and the value.
        """
        place = self._walk.notes.place
        for key, uses in self.uses.items():
            here = place(key)
            uses[:] = [use for use in uses if key in entries.get((here, id(use[1].value)), {key})]

    def _touches(self, ghost: Untracked) -> bool:
        """Whether a value was computed from values of the graph."""
        behind: list[Any] = []
        depth_first([ghost], lambda g: [o for _, o in g.operands if isinstance(o, Untracked)], behind, [])
        return any(source in self._nodes for g in behind for source in _tracked(g))

    def between(self) -> list[Any]:
        """The nodes of the graph with the ghosts among them, each item after everything it was computed from."""

        def inputs(item: Any) -> list[Any]:
            if isinstance(item, Untracked):
                ghosts = [operand for _, operand in item.operands if isinstance(operand, Untracked)]
                return [self._nodes[key] for key in _tracked(item) if key in self._nodes] + ghosts
            used = [ghost for _, ghost in self.uses.get(self._walk.keys[item], ())]
            return [inner for inner, _ in item.next_functions] + used

        items: list[Any] = []
        depth_first([*self._walk.order, *self.loose], inputs, items, [])
        return items


def _tracked(ghost: Untracked) -> Iterator[Key]:
    """Keys of the nodes whose values a ghost was computed from; a leaf has that of its AccumulateGrad."""
    for _, operand in ghost.operands:
        if isinstance(operand, Tensor):
            yield -1, id(operand)
        elif isinstance(operand, tuple):
            yield operand[0]
