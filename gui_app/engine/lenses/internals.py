"""What PyTorch does not tell officially about its nodes. The one module that touches private attributes.

``_saved_*``, ``_raw_saved_*``, ``_input_metadata``, ``_sequence_nr``, the hooks of tensors, PyTorch's table of
operators, the tensors of a module: each is pinned by a test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import BackwardCFunction, once_differentiable

from gui_app.engine.lenses.tensors import place, plain

AutogradNode = Any
"""torch.autograd.graph.Node; Any, since its attributes depend on the operation."""
Key = tuple[int, int]
"""A node as it is known without holding it: (sequence number, 0), or (-1, id of the leaf) of an AccumulateGrad."""
Slot = tuple[Key, int]
"""A value of the graph: the key of its node, and which output."""

newest_sequence: Callable[[], int] = torch._C._autograd._get_sequence_nr
"""The sequence number that the next node made by this thread will have."""
_VERSIONS = re.compile(r"is at version (\d+); expected version (\d+)")
_ONCE: object = once_differentiable(lambda _: None).__code__
_CHANGED = "changed in place since"
_KEEPER = "gradarium"
_STRETCH = 1_000
_NUMBERS = {int}
"""Types of known sizes: those of some tensors are symbols."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A tensor that a node has saved for its backward pass."""

    name: str
    tensor: Tensor | None
    """As it is now; ``None`` where it is out of reach. The leaf itself if it is one."""
    note: str = ""
    version: int | None = None
    changed: int | None = None
    own: bool = False
    """It is an output of the node itself."""


def leaf_of(fn: AutogradNode) -> Tensor | None:
    """The leaf that an AccumulateGrad adds to; ``None`` of every other node."""
    return fn.variable if type(fn).__name__ == "AccumulateGrad" else None


def key_of(fn: AutogradNode, leaf: Tensor | None) -> Key:
    """The key of a node, ``leaf`` being its leaf. Sequence numbers count the nodes of a thread as they are made."""
    return (fn._sequence_nr(), 0) if leaf is None else (-1, id(leaf))


def slot_of(value: Tensor) -> Slot:
    """Which value of the graph a tensor with a history is."""
    fn: AutogradNode = value.grad_fn
    return (fn._sequence_nr(), 0), value.output_nr


def form_of(fn: AutogradNode) -> tuple[tuple[int, ...] | None, str, str]:
    """Shape, dtype and device of a node's first output, as the engine will check its gradient."""
    metadata = fn._input_metadata
    if not metadata:
        return None, "", ""
    first = metadata[0]
    dtype, device = plain(first.dtype), place(first.device)
    try:
        shape = tuple(first.shape)
    except RuntimeError:  # of a nested tensor
        return None, dtype, device
    return shape if _NUMBERS.issuperset(map(type, shape)) else None, dtype, device


def is_once_differentiable(fn: AutogradNode) -> bool:
    """Whether a custom function says that its backward has no derivative."""
    if not isinstance(fn, BackwardCFunction):
        return False
    return getattr(fn._forward_cls.backward, "__code__", None) is _ONCE  # type: ignore[attr-defined]


def maker_of(fn: AutogradNode) -> AutogradNode | None:
    """The node whose backward made this node, where PyTorch's anomaly mode has noted it."""
    return fn.metadata.get("parent_")


def was_watched(fn: AutogradNode) -> bool:
    """Whether the node was made in PyTorch's anomaly mode."""
    return "traceback_" in fn.metadata


def node_hooks(fn: AutogradNode) -> int:
    """How many hooks are registered on a node, before and after it."""
    count = 0
    for handle in (fn.register_prehook(_nothing), fn.register_hook(_nothing)):
        hooks = handle.hooks_dict_ref()
        del hooks[handle.id]
        count += len(hooks)
    return count


def _nothing(*_gradients: object) -> None:
    """A hook."""


def tensor_hooks(tensor: Tensor) -> int:
    """How many hooks are registered on a tensor, on its gradient and after its accumulation."""
    after = getattr(tensor, "_post_accumulate_grad_hooks", None)
    return len(tensor._backward_hooks or ()) + len(after or ())


def tensors_in(module: torch.nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Parameters, then buffers, of a module and of all within it, with their names.

    As ``named_parameters`` and ``named_buffers`` tell them, which walk through the modules once each.
    """
    modules = list(module.named_modules())
    for tensors in ("_parameters", "_buffers"):
        for path, inner in modules:
            for name, tensor in getattr(inner, tensors).items():
                if tensor is not None:
                    yield f"{path}.{name}" if path else name, tensor


def version_of(tensor: Tensor) -> int:
    """How often a tensor was changed in place; 0 of one made in inference mode, which does not count."""
    return 0 if tensor.is_inference() else tensor._version


def reset_versions(tensors: Iterable[Tensor]) -> None:
    """Let the tensors be at version 0 again, so that what counts is what a program does to them."""
    for tensor in tensors:
        torch._C._autograd._unsafe_set_version_counter((tensor,), (0,))


# --- saved tensors ---------------------------------------------------------------------------------------------


def saved_tensors(fn: AutogradNode) -> list[Saved]:
    """The tensors that a node has saved, in the order of PyTorch's signature; freed ones too.

    Nothing is unpacked that somebody's hook has packed: unpacking may compute it all again.
    """
    if isinstance(fn, BackwardCFunction):
        return _saved_by_custom(fn)
    found: list[Saved] = []
    for name in _slots_of(fn):
        try:
            raw = getattr(fn, f"_raw_saved_{name}")
        except RuntimeError:  # a freed list of tensors
            found.append(Saved(name, None, "freed"))
            continue
        if isinstance(raw, tuple):
            found += [_seen(f"{name}[{i}]", each, each.unpack, fn) for i, each in enumerate(raw)]
        else:
            found.append(_seen(name, raw, partial(getattr, fn, f"_saved_{name}"), fn))
    return [saved for saved in found if saved.tensor is not None or saved.note]


def _saved_by_custom(fn: AutogradNode) -> list[Saved]:
    found: list[Saved] = []
    try:
        raws = fn._raw_saved_tensors
    except RuntimeError:
        found.append(Saved("saved", None, "freed"))
    else:
        seen = [_seen(f"saved[{i}]", raw, raw.unpack, fn) for i, raw in enumerate(raws or ())]
        found += [_own_changed(saved, fn) if saved.own else saved for saved in seen]
    found += [
        Saved(f"ctx.{name}", value, version=version_of(value))
        for name, value in vars(fn).items()
        if isinstance(value, Tensor)
    ]
    return [saved for saved in found if saved.tensor is not None or saved.note]


def _own_changed(saved: Saved, fn: AutogradNode) -> Saved:
    """An output that a custom function has saved: only all of them together tell whether one was changed."""
    try:
        _ = fn.saved_tensors
    except RuntimeError as error:
        found = _VERSIONS.search(str(error))
        now, then = map(int, found.groups()) if found else (None, None)
        if now is not None and now == saved.version:
            return replace(saved, note=_CHANGED, version=then, changed=now)
    return saved


def _seen(name: str, raw: Any, unpack: Callable[[], Tensor | None], fn: AutogradNode) -> Saved:
    if raw.unpack_hook is not None:
        return Saved(name, None, "packed by a hook")
    tensor: Tensor | None = raw.data
    try:
        unpacked = unpack()
    except RuntimeError as error:
        if tensor is None:
            return Saved(name, None, "freed")
        found = _VERSIONS.search(str(error))
        # An output of the node itself is kept without its history, lest they keep each other alive.
        own = tensor.grad_fn is None and (found is None or "which is output" in str(error))
        if found is None:
            return Saved(name, tensor, "", version_of(tensor), own=own)
        now, then = map(int, found.groups())
        return Saved(name, tensor, _CHANGED, then, now, own)
    if tensor is None or unpacked is None:
        return Saved(name, None)
    return Saved(name, tensor, "", version_of(tensor), own=unpacked.grad_fn is fn)


def result_of(fn: AutogradNode) -> Tensor | None:
    """The forward value of a node that has saved it."""
    if "result" in _slots_of(fn):
        with suppress(RuntimeError):
            raw = fn._raw_saved_result
            return None if isinstance(raw, tuple) or raw.unpack_hook is not None else raw.data
    return None


def _slots_of(fn: AutogradNode) -> tuple[str, ...]:
    kind: type = type(fn)
    return _slots(kind)


@cache
def _slots(kind: type) -> tuple[str, ...]:
    """Names of the tensors that nodes of a kind save: arguments as in the operator's signature, then results."""
    found = [name[len("_raw_saved_") :] for name in vars(kind) if name.startswith("_raw_saved_")]
    places = _arguments(re.sub(r"Backward\d*$", "", kind.__name__), found)
    return tuple(sorted(found, key=lambda name: places.get(name, len(places))))


def _arguments(name: str, wanted: Sequence[str]) -> dict[str, int]:
    """Where the arguments stand in the signature of the operator that fits best."""
    best: dict[str, int] = {}
    for operator in _operators().get(name.lower(), ()):
        for schema in torch._C._jit_get_schemas_for_operator(f"aten::{operator}"):
            places = {argument.name: place for place, argument in enumerate(schema.arguments)}
            if sum(w in places for w in wanted) > sum(w in best for w in wanted):
                best = places
    return best


@cache
def _operators() -> dict[str, list[str]]:
    """PyTorch's operators by their names without underscores, as nodes spell them."""
    found: dict[str, list[str]] = {}
    for full in torch._C._dispatch_get_all_op_names():
        space, _, name = full.partition(".")[0].partition("::")
        if space == "aten" and not name.endswith("_"):
            found.setdefault(name.replace("_", "").lower(), []).append(name)
    return found


# --- letting go ------------------------------------------------------------------------------------------------


def keep_in_order(order: list[AutogradNode]) -> None:
    """Let a long graph be freed without recursion, whoever drops it last and whenever. ``order`` is topological.

    PyTorch 2.13 keeps the Python object of each node that Python has looked at, and frees a chain of such nodes by
    recursion: 50,000 end a process with the usual 8 MiB of stack. Here every thousandth node holds the thousand
    before it: when it dies, its list is emptied from the end, results before what they were computed from, while
    each of these still holds its own.
    """
    last = len(order) - 1
    if last <= _STRETCH:
        return
    for fn in order:  # lists in another order, of an earlier walk, could hold each other for ever
        fn.metadata.pop(_KEEPER, None)
    for start in range(0, last, _STRETCH):
        keeper = min(start + _STRETCH, last)
        order[keeper].metadata[_KEEPER] = order[start:keeper]
