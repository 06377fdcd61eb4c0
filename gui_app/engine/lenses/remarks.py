"""What is worth saying of a node of a certain name."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

_VIEWS = re.compile(
    "Alias|AsStrided|Diagonal|Expand|Imag|Permute|Real|ReshapeAlias|Select|Slice|Split|SplitWithSizes|Squeeze|T|"
    "Transpose|Unbind|Unfold|Unsqueeze|View|ViewAsComplex|ViewAsReal"
)
"""Operations whose result shares its memory with their input."""
_BACKWARD = re.compile(r"(Backward)+\d*$")


class Name(NamedTuple):
    """What the name of a node tells."""

    short: str
    """As PyTorch prints it."""
    remark: str
    """To be completed with what enters the node first; empty if there is nothing to say."""
    custom: bool
    """Whether it may be a custom function: PyTorch's own are numbered."""
    derivation: int
    """How many derivatives it tells of: 1 for ``SigmoidBackwardBackward0``."""


@cache
def named(full: str) -> Name:
    """What the name of a node tells, without a namespace (``torch::autograd::AccumulateGrad``) or with it."""
    short = full.rpartition("::")[2]
    remark = "a part of {} is changed in place" if short == "CopySlices" else ""
    if _VIEWS.fullmatch(_BACKWARD.sub("", short)):
        remark = "view of {}"
    return Name(short, remark, short.endswith("Backward"), max(short.count("Backward") - 1, 0))
