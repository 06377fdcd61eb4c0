"""Arguments for every word of the vocabulary, and torch's own function for each: what the tests of the table share."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from gui_app.engine.vocabulary import namespace, words
from gui_app.engine.vocabulary.effects import Effects
from gui_app.language.names import Word

WORDS = words()
SPACES: dict[str, Any] = {
    "torch": torch,
    "torch.nn.functional": F,
    "torch.nn": torch.nn,
    "torch.linalg": torch.linalg,
    "torch.autograd": torch.autograd,
    "torch.cuda": torch.cuda,
    "math": math,
}
DRAWS = {
    name
    for table in (*WORDS.namespaces.values(), WORDS.methods)
    for name, word in table.items()
    if word.draws
}

MATRIX = torch.tensor([[0.9, 0.2, 0.1], [0.3, 0.8, 0.25], [0.1, 0.4, 0.7]], dtype=torch.float64)
OTHER = torch.tensor([[0.5, 0.1, 0.3], [0.9, 0.6, 0.2], [0.2, 0.7, 0.4]], dtype=torch.float64)
VECTOR = torch.tensor([0.5, 0.25, 0.75], dtype=torch.float64)
INDEX = torch.tensor([0, 2, 1])
INDICES = torch.tensor([[0, 2, 1]])
MASK = torch.tensor([True, False, True])
BATCH = torch.arange(24, dtype=torch.float64).reshape(2, 3, 4) / 10
IMAGES = torch.arange(32, dtype=torch.float64).sin().reshape(1, 2, 4, 4)
VOLUMES = torch.linspace(0.1, 0.9, 128, dtype=torch.float64).reshape(1, 2, 4, 4, 4)
WHOLE = torch.tensor([3, 1, 3, 0])
ONES = torch.ones(3, dtype=torch.float64)

SPECIAL: dict[str, tuple[object, ...]] = {
    "bmm": (BATCH, torch.ones(2, 4, 2, dtype=torch.float64)),
    "baddbmm": (torch.ones(2, 3, 2, dtype=torch.float64), BATCH, torch.ones(2, 4, 2, dtype=torch.float64)),
    **dict.fromkeys(("dot", "vdot", "outer", "ger"), (VECTOR, VECTOR)),
    "mv": (MATRIX, VECTOR),
    "addmv": (VECTOR, MATRIX, VECTOR),
    "addmm": (MATRIX, MATRIX, OTHER),
    "addr": (MATRIX, VECTOR, VECTOR),
    "einsum": ("ij,j->i", MATRIX, VECTOR),
    "where": (MASK, MATRIX, OTHER),
    "masked_fill": (MATRIX, MASK, 0.5),
    "masked_select": (MATRIX, MASK),
    "masked_scatter": (MATRIX, MASK, OTHER),
    "gather": (MATRIX, 0, INDICES),
    "take": (MATRIX, INDEX),
    "take_along_dim": (MATRIX, INDICES, 0),
    "index_select": (MATRIX, 0, INDEX),
    "index_fill": (MATRIX, 0, INDEX, 0.5),
    **dict.fromkeys(("index_add", "index_copy"), (MATRIX, 0, INDEX, OTHER)),
    **dict.fromkeys(("scatter", "scatter_add"), (MATRIX, 0, INDICES, OTHER)),
    "scatter_reduce": (MATRIX, 0, INDICES, OTHER, "amax"),
    "heaviside": (MATRIX, VECTOR),
    "broadcast_to": (VECTOR, (2, 3)),
    "reshape": (MATRIX, (9,)),
    "tile": (VECTOR, (2, 2)),
    "unflatten": (VECTOR, 0, (3, 1)),
    "permute": (MATRIX, (1, 0)),
    **dict.fromkeys(("movedim", "moveaxis"), (MATRIX, 0, 1)),
    "narrow": (MATRIX, 0, 1, 2),
    "full": ((2, 2), 0.5),
    "full_like": (MATRIX, 0.5),
    "linspace": (0.0, 1.0, 5),
    "logspace": (0.0, 1.0, 5),
    "tensor": ([[1, 2], [3, 4]],),
    "zeros": (2, 3),
    "ones": ((2, 3),),
    "eye": (3,),
    "arange": (5,),
    **dict.fromkeys(("cross_entropy", "nll_loss", "multi_margin_loss"), (MATRIX, INDEX)),
    "one_hot": (INDEX, 3),
    "embedding": (INDEX, MATRIX),
    **dict.fromkeys(("layer_norm", "rms_norm"), (MATRIX, (3,))),
    "group_norm": (IMAGES, 2),
    "instance_norm": (IMAGES,),
    "batch_norm": (MATRIX, VECTOR, VECTOR),
    "pad": (MATRIX, (1, 2)),
    "conv1d": (BATCH, torch.ones(2, 3, 2, dtype=torch.float64)),
    "conv2d": (IMAGES, torch.ones(1, 2, 3, 3, dtype=torch.float64)),
    "conv3d": (VOLUMES, torch.ones(2, 2, 2, 2, 2, dtype=torch.float64)),
    "conv_transpose1d": (BATCH, torch.ones(3, 2, 2, dtype=torch.float64)),
    "conv_transpose2d": (IMAGES, torch.ones(2, 1, 3, 3, dtype=torch.float64)),
    "conv_transpose3d": (VOLUMES, torch.ones(2, 1, 2, 2, 2, dtype=torch.float64)),
    "bilinear": (MATRIX, OTHER, torch.ones(2, 3, 3, dtype=torch.float64)),
    **{
        f"{kind}_pool{dims}d": ((BATCH, IMAGES, VOLUMES)[dims - 1], 2)
        for kind in ("max", "avg", "adaptive_max", "adaptive_avg")
        for dims in (1, 2, 3)
    },
    "cholesky": (MATRIX @ MATRIX.T,),
    **dict.fromkeys(("acosh", "arccosh"), (MATRIX + 1,)),
    "isclose": (MATRIX, OTHER),
    **dict.fromkeys(("clamp", "clip", "hardtanh"), (MATRIX, 0.3, 0.5)),
    "normalize": (MATRIX,),
    "select": (MATRIX, 0, 1),
    "roll": (MATRIX, 1),
    "flip": (MATRIX, (0,)),
    "margin_ranking_loss": (VECTOR, ONES, ONES),
    "cosine_embedding_loss": (MATRIX, OTHER, ONES),
    "triplet_margin_loss": (MATRIX, OTHER, MATRIX * 2),
    "gaussian_nll_loss": (MATRIX, OTHER, OTHER),
    "hinge_embedding_loss": (VECTOR, torch.tensor([1.0, -1.0, 1.0], dtype=torch.float64)),
    "prelu": (MATRIX - 0.5, VECTOR),
    "threshold": (MATRIX, 0.5, 0.1),
    "glu": (BATCH,),
    "trapezoid": (VECTOR,),
    "searchsorted": (torch.arange(4.0, dtype=torch.float64), MATRIX),
    "bucketize": (MATRIX, VECTOR.sort().values),
    "isin": (MATRIX, VECTOR),
    "bincount": (WHOLE,),
    "unique_consecutive": (WHOLE,),
    **dict.fromkeys(("bitwise_and", "bitwise_or", "bitwise_xor"), (WHOLE, WHOLE + 1)),
    "bitwise_not": (WHOLE,),
    "ldexp": (MATRIX, WHOLE[:3]),
    **dict.fromkeys(("quantile", "nanquantile"), (VECTOR, 0.25)),
    "tensor_split": (MATRIX, 2),
    **dict.fromkeys(("block_diag", "meshgrid"), (VECTOR, VECTOR)),
    "broadcast_tensors": (MATRIX, VECTOR),
    "cartesian_prod": (VECTOR, VECTOR),
    "solve_triangular": (MATRIX.triu(), OTHER),
    "eigh": (MATRIX + MATRIX.T,),
    "eigvalsh": (MATRIX + MATRIX.T,),
    "device": ("cpu",),
    "is_available": (),
    "is_grad_enabled": (),
    "is_tensor": (MATRIX,),
    "Parameter": (MATRIX,),
    "randint": (7, (2, 3)),
    "randint_like": (MATRIX, 7),
    "rand": (2, 3),
    "randn": (4, 5),
    "randperm": (9,),
    "normal": (0.5, 2.0, (3, 3)),
    "multinomial": (VECTOR, 2),
    "dropout": (MATRIX, 0.4, True),
    **{f"dropout{dims}d": ((BATCH, IMAGES, VOLUMES)[dims - 1], 0.4) for dims in (1, 2, 3)},
    "manual_seed": (3,),
}
"""Arguments of the words that those by their parameters' names do not fit."""
METHODS: dict[str, tuple[object, ...]] = {
    "view": (MATRIX, 9),
    "reshape": (MATRIX, 3, 3),
    "permute": (MATRIX, 1, 0),
    "expand": (MATRIX, 2, 3, 3),
    "repeat": (MATRIX, 2, 1),
    "tile": (MATRIX, 2, 2),
    **dict.fromkeys(("view_as", "reshape_as", "expand_as", "type_as", "copy_"), (MATRIX, OTHER)),
    "to": (MATRIX, torch.float32),
    "type": (MATRIX, torch.float32),
    "item": (torch.tensor(2.5),),
    "unfold": (MATRIX, 0, 2, 1),
    "where": (MATRIX, MASK, OTHER),
    "backward": (torch.tensor(2.5, requires_grad=True),),
    "retain_grad": (torch.tensor(2.5, requires_grad=True) * 2,),
    "fill_": (MATRIX, 0.5),
    "fill_diagonal_": (MATRIX, 0.5),
    "bernoulli_": (MATRIX, 0.5),
    "normal_": (MATRIX, 1, 2),
    "uniform_": (MATRIX, -1, 2),
    "random_": (MATRIX, 7),
    "exponential_": (MATRIX,),
}
"""Of methods that have no function of the same name, or are called in another way."""
BY_NAME: dict[str, object] = {
    **dict.fromkeys(("input", "A", "x1", "x", "condition", "anchor", "tensor1", "a", "input1"), MATRIX),
    **dict.fromkeys(
        (
            "other",
            "mat2",
            "target",
            "end",
            "weight",
            "x2",
            "B",
            "exponent",
            "tensor",
            "min",
            "max",
            "tensor2",
            "b",
            "y",
        ),
        OTHER,
    ),
    **dict.fromkeys(("dim", "dim0", "axis0"), 0),
    **dict.fromkeys(("dim1", "axis1"), 1),
    **dict.fromkeys(("k", "n", "chunks", "repeats", "split_size_or_sections", "split_size", "ord"), 2),
    "tensors": [MATRIX, OTHER],
}
OPTIONS: dict[str, dict[str, object]] = {
    "meshgrid": {"indexing": "ij"},
    "kl_div": {"reduction": "batchmean"},
    "solve_triangular": {"upper": True},
}
ELSEWHERE: dict[str, Callable[..., Any]] = {
    "cross": torch.linalg.cross,
    "lstsq": lambda a, b: torch.linalg.lstsq(a, b).solution,
}
"""What stands for torch's function of the same name."""


def all_words() -> Iterator[Word]:
    tables = (
        WORDS.functions,
        WORDS.methods,
        WORDS.attributes,
        WORDS.writable,
        WORDS.constants,
        WORDS.contexts,
    )
    for table in (*tables, *WORDS.namespaces.values()):
        yield from table.values()


def sample(name: str, word: Word) -> tuple[Any, ...]:
    """Arguments for a function."""
    if name in SPECIAL:
        return SPECIAL[name]
    way = word.ways[0]
    return tuple(BY_NAME[parameter] for parameter in way.positional[: way.required])


def method_sample(name: str, word: Word) -> tuple[Any, ...]:
    """The owner and the arguments of a method; of one that changes its owner a copy."""
    first, *rest = _method_sample(name, word)
    return (first.clone() if name.endswith("_") and isinstance(first, Tensor) else first, *rest)


def _method_sample(name: str, word: Word) -> tuple[Any, ...]:
    for table, known in ((METHODS, name), (SPECIAL, name), (SPECIAL, name.removesuffix("_"))):
        if known in table:
            return table[known]
    way = word.ways[0]
    return MATRIX, *(BY_NAME[parameter] for parameter in way.positional[: way.required])


EFFECTS = Effects()
_SPACE = namespace(torch.float64, effects=EFFECTS)


def function_of(symbol: str) -> Callable[..., Any]:
    """A word's wrapper with double precision, its generator seeded with 0."""
    EFFECTS.generator.manual_seed(0)
    made = _SPACE[symbol]
    assert callable(made)
    return made


def flat(value: object) -> list[object]:
    """The values in nested lists and tuples."""
    if isinstance(value, list | tuple):
        return [part for item in value for part in flat(item)]
    return [value]


def same(ours: object, theirs: object) -> None:
    """Assert that both are equal, numbers but for the last bits: these hang on where in memory a tensor lies."""
    for one, other in zip(flat(ours), flat(theirs), strict=True):
        if isinstance(one, Tensor):
            assert isinstance(other, Tensor)
            assert one.dtype == other.dtype
            torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-14, equal_nan=True)
        else:
            assert one == other
