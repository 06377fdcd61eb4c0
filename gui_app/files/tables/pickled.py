"""The tensors that a pickle of ``torch.save`` speaks of, told without unpickling it: standard input to output.

    python -I -S pickled.py < data.pkl > tensors.json

It reads the pickle's words by itself, as a list of what would have to be done. Nothing is imported, looked up or called
for them: a name is compared with those of a table, and what it stands for is a function of this file. So there is no
way for a file to have something of its own done, and every word costs about the same.

Out comes a list of tensors, or the sentence why there is none. It needs the standard library alone and imports nothing
of this package, so that it can be started alone, in a moment and under limits.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import json
import pickletools
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_MOST_WORDS = 250_000
_MOST_TENSORS = 10_000
_LONGEST_NAME = 500
_DEEPEST = 20
_MEMORY, _SECONDS = 512 * 2**20, 2
"""Of the process that reads one: what it may take, and of the processor's time."""

MORE = (
    "It holds more than tensors: Python objects, which could run code when opened. Save the tensors alone, as with"
    " torch.save(model.state_dict(), path)."
)
DAMAGED = "It is damaged, or no file of tensors that can be read."
LARGE = "It holds too many values, or too long names."
DEEP = "It is nested too deeply."


class RefusedError(Exception):
    """One sentence for the reader of the file."""


@dataclass(frozen=True, slots=True)
class Storage:
    """Numbers of one kind in a file of their own."""

    kind: str
    """A dtype's name; empty: bytes."""
    key: str


@dataclass(frozen=True, slots=True)
class Tensor:
    """A view of a storage, in elements. One of another kind than a dense tensor has nothing but its ``kind``."""

    kind: str
    key: str = ""
    offset: int = 0
    shape: Sequence[int] = ()
    stride: Sequence[int] = ()


class _Name(str):
    """``module name``, where a pickle asks for something that is imported."""

    __slots__ = ()


class _Pairs(list[tuple[object, object]]):
    """A dictionary. As a list it costs the same for keys of any hash."""

    __slots__ = ()


_OTHER = object()
"""A value that is no tensor and holds none."""


def tensors_in(pickled: bytes) -> list[tuple[str, Tensor]]:
    """All tensors in nested dictionaries and lists, by dotted names. Raises RefusedError."""
    try:
        walk = _walk(_value(pickled), "", 0, [_MOST_WORDS])
        found = list(itertools.islice(walk, _MOST_TENSORS + 1))
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise RefusedError(DAMAGED) from error
    if len(found) > _MOST_TENSORS:
        raise RefusedError(LARGE)
    return found


def _walk(value: object, name: str, depth: int, left: list[int]) -> Iterator[tuple[str, Tensor]]:
    """``left`` is how many values may still be looked at: one that is named again and again counts each time."""
    if depth > _DEEPEST:
        raise RefusedError(DEEP)
    if len(name) > _LONGEST_NAME:
        raise RefusedError(LARGE)
    if isinstance(value, Tensor):
        yield name or "x", value
    elif isinstance(value, list | tuple):
        left[0] -= len(value)
        if left[0] < 0:
            raise RefusedError(LARGE)
        for key, entry in value if isinstance(value, _Pairs) else enumerate(value):
            if isinstance(entry, Tensor | list | tuple):
                yield from _walk(entry, f"{name}.{_key(key)}" if name else _key(key), depth + 1, left)


def _key(key: object) -> str:
    if not isinstance(key, str | int | float | None):
        raise RefusedError(DAMAGED)
    return str(key)


# --- the words of a pickle -------------------------------------------------------------------------------------------


class _Stack:
    """What has been read and waits to be used."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, object] = {}

    def pop(self) -> Any:
        """The value on top."""
        if self.marks and len(self.values) <= self.marks[-1]:
            raise ValueError("mark")
        return self.values.pop()

    def cut(self) -> list[Any]:
        """The values above the last mark."""
        first = self.marks.pop()
        taken = self.values[first:]
        del self.values[first:]
        return taken

    def push(self, value: object) -> None:
        self.values.append(value)


def _value(pickled: bytes) -> object:
    """What the pickle would give, as far as tensors can be in it."""
    stack = _Stack()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the backslashes in a damaged text
        for count, (word, given, _) in enumerate(pickletools.genops(pickled)):
            if word.name == "STOP":
                break
            if count > _MOST_WORDS:
                raise RefusedError(LARGE)
            act = _WORDS.get(word.name)
            if act is None:
                raise RefusedError(MORE)
            act(stack, given)
    return stack.pop()


def _put(stack: _Stack, place: int) -> None:
    stack.memo[place] = stack.values[-1]


def _named(stack: _Stack, name: str) -> None:
    module = name.partition(" ")[0]
    if module not in ("torch", "torch.storage") and name not in _MADE:
        raise RefusedError(MORE)
    stack.push(_Name(name))


def _reduce(stack: _Stack, _: object) -> None:
    given, name = stack.pop(), stack.pop()
    stack.push(_made(name, given))


def _made(name: object, given: object) -> object:
    """What a function of that name makes of these arguments."""
    if not isinstance(name, _Name) or name not in _MADE:
        raise RefusedError(MORE)
    if not isinstance(given, tuple):
        raise TypeError(name)
    return _MADE[name](*given)


def _stored(stack: _Stack, _: object) -> None:
    """A storage: ``("storage", its class, its key, its device, its length)``."""
    what, kind, key, _device, _length = stack.pop()
    if what != "storage" or not isinstance(kind, _Name) or not isinstance(key, str):
        raise TypeError(what)
    name = kind.partition(" ")[2].removesuffix("Storage")
    stack.push(Storage(_STORAGES.get(name, name), key))


def _extend(stack: _Stack, entries: Sequence[object]) -> None:
    if type(stack.values[-1]) is not list:
        raise TypeError("list")
    stack.values[-1].extend(entries)


def _set(stack: _Stack, entries: Sequence[object]) -> None:
    if stack.values[-1] is not _OTHER:  # a counter, for one
        if not isinstance(stack.values[-1], _Pairs):
            raise TypeError("dict")
        stack.values[-1].extend(zip(entries[::2], entries[1::2], strict=True))


def _last(stack: _Stack, count: int) -> list[Any]:
    return [stack.pop() for _ in range(count)][::-1]


_Act = Callable[[_Stack, Any], object]
_WORDS: dict[str, _Act] = {
    "PROTO": lambda _stack, _: None,
    "MARK": lambda stack, _: stack.marks.append(len(stack.values)),
    "NONE": lambda stack, _: stack.push(None),
    "NEWTRUE": lambda stack, _: stack.push(True),
    "NEWFALSE": lambda stack, _: stack.push(False),
    **dict.fromkeys(
        ("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE"),
        lambda stack, given: stack.push(given),
    ),
    "EMPTY_TUPLE": lambda stack, _: stack.push(()),
    "EMPTY_LIST": lambda stack, _: stack.push([]),
    "EMPTY_DICT": lambda stack, _: stack.push(_Pairs()),
    "TUPLE": lambda stack, _: stack.push(tuple(stack.cut())),
    "TUPLE1": lambda stack, _: stack.push(tuple(_last(stack, 1))),
    "TUPLE2": lambda stack, _: stack.push(tuple(_last(stack, 2))),
    "TUPLE3": lambda stack, _: stack.push(tuple(_last(stack, 3))),
    "APPEND": lambda stack, _: _extend(stack, _last(stack, 1)),
    "APPENDS": lambda stack, _: _extend(stack, stack.cut()),
    "SETITEM": lambda stack, _: _set(stack, _last(stack, 2)),
    "SETITEMS": lambda stack, _: _set(stack, stack.cut()),
    **dict.fromkeys(("BINPUT", "LONG_BINPUT"), _put),
    **dict.fromkeys(("BINGET", "LONG_BINGET"), lambda stack, place: stack.push(stack.memo[place])),
    "GLOBAL": _named,
    "BINPERSID": _stored,
    "REDUCE": _reduce,
    "BUILD": lambda stack, _: stack.pop(),  # attributes hold no tensors of a table
}


# --- what torch.save names -------------------------------------------------------------------------------------------


def _tensor(
    storage: Storage,
    offset: int,
    shape: object,
    stride: object,
    _requires: object,
    _hooks: object,
    *rest: object,
) -> Tensor:
    """A dense tensor; ``rest`` is what is odd about it."""
    sizes, steps = _lengths(shape), _lengths(stride)
    if not isinstance(storage, Storage) or type(offset) is not int or len(sizes) != len(steps):
        raise TypeError("tensor")
    if any(rest):
        return Tensor("conjugate or negated")
    return Tensor(storage.kind, storage.key, offset, sizes, steps)


def _tensor_of(storage: Storage, *given: Any) -> Tensor:
    """One whose storage is bytes: its dtype comes after the hooks."""
    *first, kind = given[:6]
    if not isinstance(storage, Storage) or not isinstance(kind, _Name):
        raise TypeError("tensor")
    return _tensor(Storage(kind.partition(" ")[2], storage.key), *first, *given[6:])


def _lengths(given: object) -> tuple[int, ...]:
    if not isinstance(given, tuple) or not all(type(length) is int for length in given):
        raise TypeError("shape")
    return given


def _same(value: object, *_: object) -> object:
    return value


def _of_type(function: object, _type: object, given: object, _state: object) -> object:
    return _made(function, given)


_STORAGES = {
    "Double": "float64",
    "Float": "float32",
    "Half": "float16",
    "BFloat16": "bfloat16",
    "Long": "int64",
    "Int": "int32",
    "Short": "int16",
    "Char": "int8",
    "Byte": "uint8",
    "Bool": "bool",
    "ComplexFloat": "complex64",
    "ComplexDouble": "complex128",
    "Untyped": "",
}
_MADE: dict[str, Callable[..., object]] = {
    "torch._utils _rebuild_tensor_v2": _tensor,
    "torch._utils _rebuild_tensor_v3": _tensor_of,
    "torch._utils _rebuild_parameter": _same,
    "torch._utils _rebuild_parameter_with_state": _same,
    "torch._tensor _rebuild_from_type_v2": _of_type,
    **{
        f"torch._utils _rebuild_{kind}": lambda *_, kind=kind: Tensor(kind.partition("_")[0])
        for kind in ("sparse_tensor", "qtensor", "nested_tensor", "meta_tensor_no_storage")
    },
    "collections OrderedDict": lambda *_: _Pairs(),
    **dict.fromkeys(
        (
            *("collections Counter", "_codecs encode", "torch.serialization _get_layout"),
            *("torch Size", "torch device", "torch.nn.parameter Parameter"),
            *(f"__builtin__ {name}" for name in ("set", "bytearray", "complex")),
        ),
        lambda *_: _OTHER,
    ),
}
"""Values by the names under which a pickle asks for them; further names of ``torch`` itself are dtypes and classes."""


# --- the process -----------------------------------------------------------------------------------------------------


def _limit() -> None:
    """Bound the memory and the time of this process, where the system can; who started it has limits too."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def told(pickled: bytes) -> str:
    """The tensors as JSON: ``[name, kind, key, offset, shape, stride]`` of each; or a sentence."""
    try:
        found = tensors_in(pickled)
    except RefusedError as refused:
        return json.dumps(str(refused))
    rows = [(name, t.kind, t.key, t.offset, t.shape, t.stride) for name, t in found]
    return json.dumps(rows)


if __name__ == "__main__":
    _limit()
    gc.disable()  # nothing goes before the end; looking for what might took a third of the time
    sys.stdout.write(told(sys.stdin.buffer.read()))
