"""The gradient of every word is that of torch's own function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.engine.vocabulary_samples import (
    ELSEWHERE,
    OPTIONS,
    SPACES,
    WORDS,
    flat,
    function_of,
    method_sample,
    same,
    sample,
)

CASES = [
    (space, name)
    for space in ("torch", "torch.nn.functional", "torch.linalg")
    for name in WORDS.namespaces[space]
    if name != "manual_seed" and not WORDS.namespaces[space][name].script
]
METHODS = sorted(
    {name for name, word in WORDS.methods.items() if not word.script}
    - {"append", "extend", "pop", "name", "backward", "retain_grad", "requires_grad_"}
    - {"parameters", "train", "eval"}
)
UNMARKED = {"isin", "searchsorted", "bucketize", "histc", "batch_norm"}
"""Without a derivative, or only for their first argument."""


@pytest.fixture(autouse=True)
def _doubles() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def gradients(
    function: Callable[..., Any], given: tuple[Any, ...], options: dict[str, Any], track: bool
) -> list[Any]:
    """The gradients of all arguments, of a weighted sum of the results."""
    leaves = [
        value.detach().clone().requires_grad_()
        if track and isinstance(value, Tensor) and value.is_floating_point() and value.dim()
        else value
        for value in given
    ]
    torch.manual_seed(0)
    made = flat(function(*leaves, **options))
    results = [
        part for part in made if isinstance(part, Tensor) and part.requires_grad and part.is_floating_point()
    ]
    if not results:
        return []
    weighted = [(part * torch.linspace(1, 2, part.numel()).view(part.shape)).sum() for part in results]
    sum(weighted[1:], weighted[0]).backward()
    return [leaf.grad for leaf in leaves if isinstance(leaf, Tensor) and leaf.requires_grad]


def alike(
    ours: Callable[..., Any],
    theirs: Callable[..., Any],
    given: tuple[Any, ...],
    options: dict[str, Any],
    track: bool = True,
) -> None:
    """Assert that both have the same gradients, or that both cannot have any."""
    try:
        wanted = gradients(theirs, given, options, track)
    except (RuntimeError, NotImplementedError) as error:
        with pytest.raises(type(error)):
            gradients(ours, given, options, track)
    else:
        same(gradients(ours, given, options, track), wanted)


@pytest.mark.parametrize(("space", "name"), CASES)
def test_a_function_has_the_gradient_of_torch(space: str, name: str) -> None:
    word = WORDS.namespaces[space][name]
    theirs = ELSEWHERE.get(name) or getattr(SPACES[space], name)
    given, options = sample(name, word), OPTIONS.get(name, {})
    track = name not in UNMARKED
    alike(function_of(word.symbol), theirs, given, options, track)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_has_the_gradient_of_torch(name: str) -> None:
    """A method that changes its tensor is called on a copy that has a history."""
    word = WORDS.methods[name]

    def theirs(owner: Any, *rest: Any) -> Any:
        return ELSEWHERE[name](owner, *rest) if name in ELSEWHERE else getattr(owner, name)(*rest)

    def on_copy(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda owner, *rest: function(owner * 1 if name.endswith("_") else owner, *rest)

    alike(on_copy(function_of(word.symbol)), on_copy(theirs), method_sample(name, word), {})
