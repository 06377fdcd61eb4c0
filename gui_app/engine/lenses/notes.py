"""What a traced program tells while it runs, kept so that the nodes of its graph find their place in the text.

Nodes are known by their keys (see ``internals.Key``), so that nothing here keeps a graph in the way of being freed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from torch import Tensor

from gui_app.core.fault import Span
from gui_app.core.graph import PREVIEW
from gui_app.engine.lenses.derivations import Derivations
from gui_app.engine.lenses.internals import Key, Slot, newest_sequence, slot_of
from gui_app.engine.lenses.operations import Operation, Operations, operations

MOST_BEFORE = 20
"""Untracked values in a row that are remembered behind the newest one."""


@dataclass(slots=True, eq=False)
class Untracked:
    """A value of the program that PyTorch does not track."""

    value: Tensor | float
    name: str
    label: str = ""
    span: Span | None = None
    repeat: int | None = None
    version: int = 0
    """When it was computed."""
    operands: tuple[tuple[int, Slot | Tensor | Untracked], ...] = ()
    """(place among the operands, tracked value, leaf, or untracked value)."""
    depth: int = 0

    @property
    def is_tracked_now(self) -> bool:
        """Whether the tensor has since been made a leaf, or a tracked result by a change in place."""
        return isinstance(self.value, Tensor) and self.value.requires_grad


@dataclass(slots=True)
class Stretches:
    """Which nodes were made by which evaluation: each covers the sequence numbers up to the next one's start."""

    starts: list[int] = field(default_factory=list)
    spans: list[Span | None] = field(default_factory=list)
    repeats: list[int] = field(default_factory=list)

    def add(self, start: int, span: Span | None, repeat: int) -> None:
        """From sequence number ``start`` on."""
        self.starts.append(start)
        self.spans.append(span)
        self.repeats.append(repeat)


class Notes:
    """What is known of the values of a program. Made before the program runs, on its thread.

    Args:
        leaves: names of leaf tensors, by id().
        source: the program's text: with it untracked values become ghosts.
        inputs: what the program is given, by name.
    """

    def __init__(
        self,
        leaves: Mapping[int, str] | None = None,
        source: str = "",
        inputs: Mapping[str, Tensor] | None = None,
    ) -> None:
        self.leaves = dict(leaves or {})
        self.source = source
        self.values: dict[Slot, Tensor] = {}
        self.labels: dict[Key, dict[int, str]] = {}
        """Names of the outputs of a node, by output."""
        self.derivations = Derivations()
        self.uses: dict[Key, list[tuple[int, Untracked]]] = {}
        """Untracked values that entered a tracked operation, by its node, with their place among the operands."""
        self.named: dict[str, Untracked] = {}
        """Of each name the newest untracked value."""
        self._at: dict[str | Span, object] = {}
        self._untracked: dict[str | Span, Untracked] = {}
        self._counts: dict[Span, int] = {}
        self._stretches = Stretches()
        self._next = newest_sequence()
        self._last: Span | None = None
        for name, value in (inputs or {}).items():
            self._at[name] = value
            if self._is_untracked(value):
                self._untracked[name] = Untracked(value, name, name, version=value._version)

    @property
    def spans(self) -> list[Span | None]:
        """One for each evaluation that has made nodes."""
        return self._stretches.spans

    def forget(self) -> None:
        """Let go of everything that the program has computed."""
        for known in (
            self.values,
            self.labels,
            self.uses,
            self.named,
            self._at,
            self._untracked,
            self._counts,
        ):
            known.clear()
        self._stretches = Stretches()
        self.derivations.forget()

    @cached_property
    def _operations(self) -> Operations:
        return operations(self.source) if self.source else Operations()

    def operation(self, span: Span | None) -> Operation | None:
        """The operation at a place of the text."""
        return self._operations.at.get(span) if span is not None else None

    def at(self, operand: str | Span) -> object:
        """The newest value of a name or of the operation at a place; ``None`` if it has none, or not one."""
        return None if operand in self._operations.unsure else self._at.get(operand)

    def untracked(self, value: object) -> Untracked | None:
        """Where a value came from that is not tracked."""
        return next((known for known in self._untracked.values() if known.value is value), None)

    def all_untracked(self) -> Iterator[Untracked]:
        """The newest untracked value of every name and place, and all that entered tracked operations."""
        yield from self._untracked.values()
        yield from self.named.values()
        yield from (value for uses in self.uses.values() for _, value in uses)

    def tensors(self) -> Iterator[Tensor]:
        """The newest value of every name and place that is a tensor."""
        return (value for value in self._at.values() if isinstance(value, Tensor))

    def name_leaves(self) -> None:
        """Let the tracked leaves that the program has made itself be known by its names for them."""
        for name, value in self._at.items():
            if isinstance(name, str) and isinstance(value, Tensor) and value.is_leaf and value.requires_grad:
                self.leaves.setdefault(id(value), name)

    def place(self, key: Key) -> tuple[Span | None, int | None]:
        """The span that made a node, and how often it had been evaluated before."""
        stretches, sequence = self._stretches, key[0]
        index = bisect_right(stretches.starts, sequence) - 1
        if index < 0 or sequence >= self._next or stretches.spans[index] is None:
            return None, None
        return stretches.spans[index], stretches.repeats[index]

    # --- what the program tells ------------------------------------------------------------------------------------

    def on_value(self, value: object, span: Span) -> None:
        """The expression at ``span`` has this value."""
        repeat = self._counts.get(span, 0)
        self._counts[span] = repeat + 1
        made = self._passed(span, repeat)
        self._last = span
        self._at[span] = value
        if isinstance(value, Tensor) and value.grad_fn is not None:
            self.keep(value)
            if self._untracked:
                self._untracked.pop(span, None)
                if made:
                    self._use(span, slot_of(value)[0])
        elif self.source and self._is_untracked(value):
            self._remember(value, span, repeat)  # type: ignore[arg-type]
        else:
            self._untracked.pop(span, None)

    def on_name(self, name: str, value: object) -> None:
        """The program has called this value ``name``."""
        if newest_sequence() != self._next:  # by a statement such as y += 1, or by unpacking a tensor
            span = self._operations.changing(name, self._last)
            repeat = 0
            if span is not None:
                repeat = self._counts.get(span, 0)
                self._counts[span] = repeat + 1
            self._passed(span, repeat)
            if isinstance(value, Tensor) and value.grad_fn is not None:
                self.keep(value)
        known = self._known(value)
        self._at[name] = value
        if known is None:
            self._untracked.pop(name, None)
        else:
            known.label = known.label or name
            self._untracked[name] = self.named[name] = known
        if isinstance(value, Tensor) and value.grad_fn is not None:
            key, output = slot_of(value)
            self.labels.setdefault(key, {}).setdefault(output, name)

    def keep(self, value: Tensor) -> None:
        """This is a tracked value as it is when it is computed."""
        slot = slot_of(value)
        if slot not in self.values:
            self.values[slot] = kept(value)

    def _passed(self, span: Span | None, repeat: int) -> bool:
        """Whether nodes were made since the program told something; they belong to ``span``."""
        now = newest_sequence()
        if now == self._next:
            return False
        self._stretches.add(self._next, span, repeat)
        self._next = now
        return True

    # --- untracked values ------------------------------------------------------------------------------------------

    def _is_untracked(self, value: object) -> bool:
        if isinstance(value, Tensor):
            return not value.requires_grad and id(value) not in self.leaves
        return type(value) is float

    def _known(self, value: object) -> Untracked | None:
        """An untracked value that has just been given a name."""
        if not self._is_untracked(value):
            return None
        found = self._untracked.get(self._last) if self._last is not None else None
        if found is not None and found.value is value:
            return found
        return self.untracked(value)

    def _operands(self, span: Span) -> Iterator[tuple[int, Slot | Tensor | Untracked]]:
        """What went into the operation that has just been evaluated."""
        operation = self.operation(span)
        for place, operand in enumerate(operation.operands if operation else ()):
            if operand is None or operand in self._operations.unsure:
                continue
            value, ghost = self._at.get(operand), self._untracked.get(operand)
            if ghost is not None and not ghost.is_tracked_now:
                yield place, ghost
            elif isinstance(value, Tensor) and value.requires_grad:
                yield place, value if value.grad_fn is None else slot_of(value)

    def _remember(self, value: Tensor | float, span: Span, repeat: int) -> None:
        operation, operands = self.operation(span), tuple(self._operands(span))
        if isinstance(value, float) and not operands:
            self._untracked.pop(span, None)
            return
        depth = 1 + max((o.depth for _, o in operands if isinstance(o, Untracked)), default=0)
        self._untracked[span] = Untracked(
            value,
            operation.name if operation else "constant",
            "",
            span,
            repeat,
            value._version if isinstance(value, Tensor) else 0,
            operands if depth <= MOST_BEFORE else (),
            depth if depth <= MOST_BEFORE else 0,
        )

    def _use(self, span: Span, key: Key) -> None:
        entering = [(place, value) for place, value in self._operands(span) if isinstance(value, Untracked)]
        if entering:
            self.uses.setdefault(key, entering)


def kept(value: Tensor) -> Tensor:
    """The value as it is now: a copy if it is small, lest a later change in place shows."""
    return value.detach().clone() if value.numel() <= PREVIEW else value.detach()
