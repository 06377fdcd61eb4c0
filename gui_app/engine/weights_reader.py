"""A process of its own that reads tensors from a stranger's ``.pt`` file: standard input to standard output.

    python -I weights_reader.py MOST_BYTES < weights.pt > weights.safetensors

Nothing of the file is run: ``weights_only``, sparse tensors checked. What goes wrong is one line on standard error and
exit code 3. It imports nothing of this package, so that it can be started alone.
"""

from __future__ import annotations

import contextlib
import json
import pickle
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import torch

REFUSED = 3
_SECONDS = 30
"""Of processor time."""
_DEEPEST = 20
_TYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}


class RefusedError(Exception):
    """One sentence for the reader of the file."""


def main(source: BinaryIO, target: BinaryIO, most: int) -> int:
    """Copy the tensors under limits that hold for the whole process; the exit code."""
    torch.set_num_threads(1)
    _limit(most)
    try:
        copy(source, target, most)
    except RefusedError as refused:
        print(refused, file=sys.stderr)
        return REFUSED
    return 0


def copy(source: BinaryIO, target: BinaryIO, most: int) -> None:
    """Copy all tensors, of at most ``most`` bytes together. Raises RefusedError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of kinds of tensors that are still new
        _write(dict(_tensors(_loaded(source), "", 0)), target, most)


def _limit(most: int) -> None:
    """Bound the memory that can still be taken, and the time, where the system can; the caller has limits too."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        ceiling = pages * resource.getpagesize() + 3 * most
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 * most, 2 * most))
        resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))


def _loaded(source: BinaryIO) -> object:
    try:
        with torch.sparse.check_sparse_tensor_invariants():  # type: ignore[no-untyped-call]
            return torch.load(source, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise RefusedError(
            "It holds more than tensors: Python objects, which could run code when opened. Save the tensors alone,"
            " as with torch.save(model.state_dict(), path)."
        ) from error
    except MemoryError as error:
        raise RefusedError("It takes too much memory.") from error
    except Exception as error:  # the file may make the reader stumble anywhere
        raise RefusedError("It is damaged, or no file of tensors that can be read.") from error


def _tensors(value: object, name: str, depth: int) -> Iterator[tuple[str, torch.Tensor]]:
    """All tensors in nested dictionaries and lists, by dotted names."""
    if depth > _DEEPEST:
        raise RefusedError("It is nested too deeply.")
    if isinstance(value, torch.Tensor):
        yield name or "x", value
    elif isinstance(value, dict | list | tuple):
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for key, entry in entries:
            yield from _tensors(entry, f"{name}.{key}" if name else str(key), depth + 1)


def _write(tensors: dict[str, torch.Tensor], target: BinaryIO, most: int) -> None:
    """In the safetensors format: it is simple, and checked again by whoever reads it."""
    header, place = {}, 0
    for name, tensor in tensors.items():
        kind = _TYPES.get(tensor.dtype)
        if kind is None or tensor.layout is not torch.strided or tensor.is_quantized:
            raise RefusedError(
                f"'{name}' is a tensor of another kind: {tensor.dtype}, {tensor.layout}. Save it dense."
            )
        size = tensor.numel() * tensor.element_size()  # a tiny file may claim any shape, by strides of 0
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [place, place + size]}
        place += size
        if place > most:
            raise RefusedError(f"Its tensors claim more than {most // 2**20:,} MB.")
    text = json.dumps(header).encode()
    target.write(len(text).to_bytes(8, "little") + text)
    for tensor in tensors.values():
        dense = tensor.detach().contiguous().reshape(-1)
        target.write(dense.view(torch.uint8).numpy().data)


if __name__ == "__main__":
    raise SystemExit(main(sys.stdin.buffer, sys.stdout.buffer, int(sys.argv[1])))
