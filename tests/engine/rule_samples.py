"""One call of PyTorch for each rule, and what the rule's other letters are in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

Letters = Mapping[str, Any]


@dataclass(frozen=True)
class Sample:
    """``make`` of the inputs gives what the rule is about; the rest is looked up by letter or slot."""

    make: Callable[..., Any]
    inputs: tuple[Tensor, ...]
    letters: Callable[[Any], Letters] | Letters = field(default_factory=dict)
    """Further letters, from the inputs, results and gradients."""
    says: Mapping[int, Callable[[Any], Tensor]] = field(default_factory=dict)
    """What a sentence means for the gradient of a slot."""
    value: Callable[[Any], Any] | None = None
    """What a sentence means for the result."""


def t(*numbers: Any) -> Tensor:
    return torch.tensor(numbers[0] if len(numbers) == 1 else numbers, dtype=torch.float64)


X = t(0.4, -1.3, 2.2, 0.7)
Y = t(1.5, 0.6, -0.8, 0.7)
P, Q = t(0.4, 0.9, 1.7, 2.6), t(1.2, 0.3, 2.1, 0.8)
UNIT = t(0.3, -0.6, 0.8, 0.1)
SHARE, SHARE2 = t(0.3, 0.6, 0.8, 0.1), t(0.2, 0.7, 0.5, 0.9)
ABOVE = t(1.2, 3.4, 1.9)
M = t([[0.9, 0.2, 0.1], [0.3, 0.8, 0.25], [0.1, 0.4, 0.7]])
N = t([[0.5, 0.1, 0.3], [0.9, 0.6, 0.2], [0.2, 0.7, 0.4]])
W = t([[1.0, -2.0, 0.5], [0.3, 0.8, -0.7]])
V3, U3 = t(0.5, 0.25, -0.75), t(-0.4, 1.1, 0.6)
UPPER = t([[1.5, 0.2, -0.3], [0.0, 0.8, 0.6], [0.0, 0.0, 2.0]])
LOWER = UPPER.T.contiguous()
B2 = t([[[1.0, 2.0], [0.5, -1.0]], [[0.3, 0.1], [2.0, 1.0]]])
C2 = t([[[0.2, 1.0], [1.5, -0.4]], [[0.7, 0.9], [-0.2, 0.6]]])
MASK = torch.tensor([True, False, True, False])
SYMMETRIC = M + M.T + 2 * torch.eye(3, dtype=torch.float64)


def one(function: Callable[..., Any], *inputs: Tensor, **letters: Any) -> Sample:
    return Sample(function, inputs or (X,), letters)


def count(known: Letters) -> Letters:
    return {"n": known["a"].numel(), "m": 1, "mu": known["a"].mean()}


def shares(known: Letters) -> Letters:
    return {"m": (known["a"] == known["c"]).sum()}


def inverse_gaps(squares: Tensor) -> Tensor:
    """1/(sⱼ − sᵢ), 0 on the diagonal."""
    gaps = squares[None, :] - squares[:, None]
    return torch.where(gaps == 0, 0, 1 / torch.where(gaps == 0, 1, gaps))


ELEMENTWISE: dict[str, Sample] = {
    "Add": one(torch.add, X, Y), "Sub": one(torch.sub, X, Y), "Rsub": one(torch.rsub, X, Y), "Mul": one(torch.mul, X,
        Y),
    "Div": one(torch.div, X, Y), "Neg": one(torch.neg), "Reciprocal": one(torch.reciprocal), "Pow": one(torch.pow, P,
        Q),
    "Pow2": Sample(lambda a: 3.0**a, (X,), {"b": 3.0}),
    "Remainder": one(torch.remainder, X, Y), "Fmod": one(torch.fmod, X, Y), "Abs": one(torch.abs),
    "Maximum": one(torch.maximum, X, Y), "Minimum": one(torch.minimum, X, Y), "Fmax": one(torch.fmax, X, Y),
    "Fmin": one(torch.fmin, X, Y), "Clamp": one(torch.clamp, X, t(0.5, -2.0, -1.0, 0.1), t(1.0, 0.0, 0.5, 0.9)),
    "ClampMin": one(lambda a, b: torch.clamp_min(a, b), X, Y), "ClampMax": one(lambda a, b: torch.clamp_max(a, b), X,
        Y),
    "Where": Sample(lambda a, b: torch.where(MASK, a, b), (X, Y), {"m": MASK}),
    "Lerp": one(torch.lerp, X, Y, SHARE),
    "Addcmul": one(lambda a, b, d: torch.addcmul(a, b, d, value=0.7), X, Y, P, v=0.7),
    "Addcdiv": one(lambda a, b, d: torch.addcdiv(a, b, d, value=0.7), X, Y, P, v=0.7),
    "Atan2": one(torch.atan2, X, P), "Hypot": one(torch.hypot, X, Y), "Copysign": one(torch.copysign, X, Y),
    "Ldexp": one(torch.ldexp, X, Y), "Floor": one(torch.floor), "Ceil": one(torch.ceil), "Round": one(torch.round),
    "Trunc": one(torch.trunc), "Sign": one(torch.sign), "Sgn": one(torch.sgn), "Frac": one(torch.frac),
    "Deg2Rad": one(torch.deg2rad), "Rad2Deg": one(torch.rad2deg),
    "MaskedFill": Sample(
        lambda a, v: a.masked_fill(MASK, v), (X, t(0.5)), {"m": MASK},
        {1: lambda k: k["g"][MASK].sum()},
    ),
    "Frexp": Sample(lambda a: torch.frexp(a)[0], (X,), {"e": torch.frexp(X)[1].double()}),
    "NanToNum": Sample(lambda a: a.nan_to_num(), (t(1.0, float("nan"), -2.0),), says={0: lambda k: k["g"] * t(1, 0,
        1)}),
    "Sqrt": one(torch.sqrt, P), "Rsqrt": one(torch.rsqrt, P), "Exp": one(torch.exp), "Exp2": one(torch.exp2),
    "Expm1": one(torch.expm1), "Log": one(torch.log, P), "Log2": one(torch.log2, P), "Log10": one(torch.log10, P),
    "Log1P": one(torch.log1p, P), "Sin": one(torch.sin), "Cos": one(torch.cos), "Tan": one(torch.tan),
    "Asin": one(torch.asin, UNIT), "Acos": one(torch.acos, UNIT), "Atan": one(torch.atan), "Sinh": one(torch.sinh),
    "Cosh": one(torch.cosh), "Tanh": one(torch.tanh), "Asinh": one(torch.asinh), "Acosh": one(torch.acosh, ABOVE),
    "Atanh": one(torch.atanh, UNIT), "Sigmoid": one(torch.sigmoid), "Logit": one(torch.logit, SHARE),
    "Sinc": one(torch.sinc), "Erf": one(torch.erf), "Erfc": one(torch.erfc), "Erfinv": one(torch.erfinv, UNIT),
    "SpecialErfcx": one(torch.special.erfcx), "SpecialLogNdtr": one(torch.special.log_ndtr),
    "SpecialNdtri": one(torch.special.ndtri, SHARE), "Lgamma": one(torch.lgamma, P), "Digamma": one(torch.digamma, P),
    "Polygamma": one(lambda a: torch.polygamma(1, a), P, n=1),
    "Mvlgamma": Sample(lambda a: torch.mvlgamma(a, 3), (P + 3,), {"p": 3, "range j": range(1, 4)}),
    "I0": one(torch.i0), "SpecialI1": one(torch.special.i1), "SpecialI0E": one(torch.special.i0e),
    "SpecialI1E": one(torch.special.i1e), "SpecialEntr": one(torch.special.entr, P), "Xlogy": one(torch.xlogy, X, P),
    "SpecialXlog1Py": one(torch.special.xlog1py, X, P), "Logaddexp": one(torch.logaddexp, X, Y),
    "Logaddexp2": one(torch.logaddexp2, X, Y),
    "SpecialZeta": Sample(lambda b: torch.special.zeta(P + 2, b), (Q,), {"a": P + 2}),
    "Relu": one(torch.relu), "Threshold": one(lambda a: F.threshold(a, 0.5, -3.0), X, t=0.5, v=-3.0),
    "LeakyRelu": one(lambda a: F.leaky_relu(a, 0.2), X, s=0.2), "PreluKernel": one(F.prelu, X, t(0.3)),
    "Elu": one(torch.selu, X, alpha=1.6732632423543772, lam=1.0507009873554805, q=1.0),
    "Celu": one(lambda a: F.celu(a, 0.7), X, alpha=0.7), "Silu": one(F.silu), "Gelu": one(F.gelu),
    "Mish": Sample(F.mish, (X,), lambda known: {"p": F.softplus(known["a"])}),
    "Softplus": one(lambda a: F.softplus(a, beta=2), X, beta=2), "LogSigmoid": one(F.logsigmoid),
    "Hardtanh": one(F.hardtanh, X, l=-1, u=1), "Hardsigmoid": one(F.hardsigmoid, X * 2),
    "Hardswish": one(F.hardswish, X * 2), "Hardshrink": one(F.hardshrink, X, lam=0.5),
    "Softshrink": one(F.softshrink, X, lam=0.5),
}  # fmt: skip

REDUCTIONS: dict[str, Sample] = {
    "Sum": one(torch.sum), "Sum1": one(lambda a: a.sum(0)), "Nansum": one(torch.nansum),
    "Mean": Sample(torch.mean, (X,), count), "Mean1": Sample(lambda a: a.mean(0), (X,), count),
    "Prod": one(torch.prod), "Var": Sample(torch.var, (X,), count), "Std": Sample(torch.std, (X,), count),
    "VarMean": Sample(torch.var_mean, (X,), count), "StdMean": Sample(torch.std_mean, (X,), count),
    "LinalgVectorNorm": one(lambda a: torch.linalg.vector_norm(a, 3), X, p=3),
    "LinalgVectorNorm of order 2": one(torch.linalg.vector_norm, X, p=2),
    "LinalgVectorNorm of order 1": one(lambda a: torch.linalg.vector_norm(a, 1), X, p=1),
    "Dist": one(torch.dist, X, Y, p=2), "Max1": Sample(torch.max, (t(1.0, 3.0, 3.0),), shares),
    "Min1": Sample(torch.min, (t(1.0, 3.0, 1.0),), shares), "Amax": Sample(torch.amax, (t(1.0, 3.0, 3.0),), shares),
    "Amin": Sample(torch.amin, (X,), shares),
    "Aminmax": Sample(
        torch.aminmax, (X,), says={0: lambda k: k["g0"] * (X.min() == X) + k["g1"] * (X.max() == X)},
    ),
    "Max": Sample(lambda a: a.max(0)[0], (X,), says={0: lambda k: k["g"] * (X.max() == X)}),
    "Min": Sample(lambda a: a.min(0)[0], (X,), says={0: lambda k: k["g"] * (X.min() == X)}),
    "Median": Sample(torch.median, (X,), says={0: lambda k: k["g"] * (k["c"] == X)}),
    "Kthvalue": Sample(lambda a: a.kthvalue(2)[0], (X,), says={0: lambda k: k["g"] * (k["c"] == X)}),
    "Mode": Sample(lambda a: a.mode()[0], (t(1.0, 2.0, 2.0, 3.0),), says={0: lambda k: k["g"] * t(0, 0, 1, 0)}),
    "Cumsum": one(lambda a: a.cumsum(0)), "Cumprod": one(lambda a: a.cumprod(0)),
    "Cummax": Sample(lambda a: a.cummax(0)[0], (t(1.0, 3.0, 2.0),), says={
        0: lambda k: torch.stack([k["g"][0], k["g"][1] + k["g"][2], t(0.0)])}),
    "Logcumsumexp": one(lambda a: a.logcumsumexp(0)), "Logsumexp": one(lambda a: a.logsumexp(0)),
    "Softmax": one(lambda a: a.softmax(0)), "LogSoftmax": one(lambda a: a.log_softmax(0)),
    "Cdist": one(lambda a, b: torch.cdist(a, b, p=3.0), W, M, p=3),
}  # fmt: skip


def triangles(known: Letters) -> Letters:
    factor, pivots = torch.linalg.lu_factor(known["A"].detach())
    p, lower, upper = torch.lu_unpack(factor, pivots)
    return {"P": p, "L": lower, "U": upper, "low": lambda x: x.tril(-1), "up": torch.triu}


def spectrum(known: Letters) -> Letters:
    return {"F": inverse_gaps(known["w"]), "sym": lambda x: (x + x.mT) / 2}


def svd_letters(known: Letters) -> Letters:
    return {"F": inverse_gaps(known["s"] ** 2), "skew": lambda x: x - x.mT}


def solved(known: Letters) -> Letters:
    inverse = (known["L"] @ known["L"].mT).inverse()
    return {"S": inverse @ known["g"] @ known["C"].mT, "low": torch.tril}


class Identity:
    """The identity of whatever shape it is added to."""

    def __sub__(self, other: Tensor) -> Tensor:
        return torch.eye(len(other), dtype=other.dtype) - other


def half(x: Tensor) -> Tensor:
    return x.tril() - torch.diag(x.diagonal()) / 2


def mirrored(x: Tensor) -> Tensor:
    return x.tril() + x.tril(-1).mT


MATRICES: dict[str, Sample] = {
    "Mm": one(torch.mm, W, M), "Bmm": one(torch.bmm, B2, C2), "Mv": one(torch.mv, W, V3), "Dot": one(torch.dot, V3,
        U3),
    "Vdot": one(torch.vdot, V3, U3), "Addmm": one(torch.addmm, W * 2, W, M), "Addmv": one(torch.addmv, V3[:2], W, U3),
    "Addr": one(torch.addr, M, V3, U3), "Baddbmm": one(torch.baddbmm, B2 + 1, B2, C2),
    "Addbmm": Sample(torch.addbmm, (B2[0], B2, C2), says={
        1: lambda k: k["g"] @ k["B"].mT, 2: lambda k: k["A"].mT @ k["g"]},
        value=lambda k: k["M"] + (k["A"] @ k["B"]).sum(0)),
    "LinalgCross": one(torch.linalg.cross, V3, U3), "Trace": one(torch.trace, M), "Tril": one(torch.tril, M,
        low=torch.tril),
    "Triu": one(torch.triu, M, up=torch.triu), "LinalgDet": one(torch.linalg.det, M),
    "LinalgSlogdet": one(torch.linalg.slogdet, M), "LinalgInvEx": one(torch.linalg.inv, M),
    "LinalgPinv": Sample(torch.linalg.pinv, (W,), {"I": Identity()}),
    "LinalgSolveEx": one(torch.linalg.solve, M, N),
    "LinalgSolveTriangular": one(lambda a, b: torch.linalg.solve_triangular(a, b, upper=True), UPPER, N,
        up=torch.triu),
    "CholeskySolve": Sample(torch.cholesky_solve, (N, LOWER), solved),
    "CholeskyInverse": Sample(torch.cholesky_inverse, (LOWER,), lambda k: {
        "S": k["C"] @ k["g"] @ k["C"], "low": torch.tril}),
    "LinalgLstsq": one(lambda a, b: torch.linalg.lstsq(a, b).solution, W.mT.contiguous(), N),
    "LinalgMatrixExp": Sample(torch.linalg.matrix_exp, (M,), says={0: lambda k: torch.linalg.matrix_exp(torch.cat([
        torch.cat([k["A"].mT, k["g"]], 1), torch.cat([torch.zeros_like(M), k["A"].mT], 1)]))[:3, 3:]}),
    "LinalgCholeskyEx": one(torch.linalg.cholesky, SYMMETRIC, half=half, sym=lambda x: (x + x.mT) / 2),
    "LinalgEigh": Sample(torch.linalg.eigh, (SYMMETRIC,), spectrum),
    "LinalgSvd": Sample(lambda a: [x.mT if i == 2 else x for i, x in enumerate(torch.linalg.svd(a))], (M,),
        svd_letters),
    "LinalgQr": one(torch.linalg.qr, M, copy=mirrored),
    "LinalgLu": Sample(lambda a: torch.linalg.lu(a), (M,), triangles),
    "LinalgLuFactorEx": Sample(lambda a: torch.linalg.lu_factor(a)[0], (M,), triangles),
}  # fmt: skip


def kept(places: Tensor) -> Callable[[Letters], Tensor]:
    """The gradient with 0 at some places."""
    return lambda k: k["g"] * ~places


ROW0 = torch.tensor([[0, 2, 1]])
FIRST = torch.tensor([True, False, False])[:, None].expand(3, 3)
INDEX = torch.tensor([0, 0, 2])
IMAGE = torch.arange(16, dtype=torch.float64).reshape(1, 1, 4, 4) / 7


def as_input(shape: Tensor = M) -> dict[int, Callable[[Letters], Tensor]]:
    return {0: lambda k: k["g"].reshape(shape.shape)}


def added(index: Tensor = INDEX) -> dict[int, Callable[[Letters], Tensor]]:
    return {0: lambda k: torch.zeros_like(M).index_add(0, index, k["g"])}


def taken(places: Callable[[Tensor], Tensor], shape: Tensor = M) -> dict[int, Callable[[Letters], Tensor]]:
    """The gradient at the places that a function picks, 0 elsewhere."""

    def filled(known: Letters) -> Tensor:
        zero = torch.zeros_like(shape)
        numbers = places(torch.arange(shape.numel()).reshape(shape.shape))
        return zero.flatten().index_add(0, numbers.flatten(), known["g"].flatten()).reshape(shape.shape)

    return {0: filled}


SHAPES: dict[str, Sample] = {
    "View": Sample(lambda a: a.view(9), (M,), says=as_input()),
    "UnsafeView": Sample(lambda a: torch.ops.aten._unsafe_view(a, (9,)), (M,), says=as_input()),
    "ReshapeAlias": Sample(lambda a: torch.ops.aten._reshape_alias(a, (9,), (1,)), (M,), says=as_input()),
    "Unsqueeze": Sample(lambda a: a.unsqueeze(0), (M,), says=as_input()),
    "Squeeze": Sample(lambda a: a.squeeze(0), (M[None],), says=as_input(M[None])),
    "Clone": one(torch.clone, M), "Alias": one(torch.ops.aten.alias, M),
    "ToCopy": Sample(lambda a: a.to(torch.float32), (M,), says={0: lambda k: k["g"].double()}),
    "T": one(lambda a: a.t(), M), "Transpose": one(lambda a: a.transpose(0, 1), M),
    "Permute": Sample(lambda a: a.permute(1, 0, 2), (B2,), says={0: lambda k: k["g"].permute(1, 0, 2)}),
    "Expand": Sample(lambda a: a.expand(2, 3), (V3,), says={0: lambda k: k["g"].sum(0)}),
    "Repeat": Sample(lambda a: a.repeat(2), (V3,), says={0: lambda k: k["g"].reshape(2, 3).sum(0)}),
    "Roll": Sample(lambda a: a.roll(1), (V3,), says={0: lambda k: k["g"].roll(-1)}),
    "Flip": Sample(lambda a: a.flip(0), (V3,), says={0: lambda k: k["g"].flip(0)}),
    "Rot90": Sample(lambda a: a.rot90(), (M,), says={0: lambda k: k["g"].rot90(-1)}),
    "Select": Sample(lambda a: a[1], (M,), says=taken(lambda n: n[1])),
    "Slice": Sample(lambda a: a[:2], (M,), says=taken(lambda n: n[:2])),
    "Diagonal": Sample(lambda a: a.diagonal(), (M,), says=taken(lambda n: n.diagonal())),
    "Index": Sample(lambda a: a[INDEX], (M,), says=added()),
    "IndexSelect": Sample(lambda a: a.index_select(0, INDEX), (M,), says=added()),
    "Gather": Sample(lambda a: a.gather(0, ROW0), (M,), says=taken(lambda n: n.gather(0, ROW0))),
    "Take": Sample(lambda a: a.take(INDEX), (M,), says=taken(lambda n: n.take(INDEX))),
    "MaskedSelect": Sample(lambda a: a.masked_select(FIRST), (M,), says=taken(lambda n: n[FIRST])),
    "Unfold": Sample(lambda a: a.unfold(0, 2, 1), (V3,), says=taken(lambda n: n.unfold(0, 2, 1), V3)),
    "AsStrided": Sample(lambda a: a.as_strided((2,), (2,)), (V3,), says=taken(lambda n: n.as_strided((2,), (2,)),
        V3)),
    "Unbind": Sample(torch.unbind, (M,), says={0: lambda k: torch.stack([k["g0"], k["g1"], k["g2"]])}),
    "Split": Sample(lambda a: a.split(2), (M,), says={0: lambda k: torch.cat([k["g0"], k["g1"]])}),
    "SplitWithSizes": Sample(lambda a: a.split([1, 2]), (M,), says={0: lambda k: torch.cat([k["g0"], k["g1"]])}),
    "Cat": Sample(lambda *a: torch.cat(a), (M, N), says={0: lambda k: k["g"][:3], 1: lambda k: k["g"][3:]}),
    "Stack": Sample(lambda *a: torch.stack(a), (M, N), says={0: lambda k: k["g"][0], 1: lambda k: k["g"][1]}),
    "BlockDiag": Sample(torch.block_diag, (M, W), says={0: lambda k: k["g"][:3, :3], 1: lambda k: k["g"][3:, 3:]}),
    "DiagEmbed": one(torch.diag_embed, V3),
    "Sort": Sample(lambda a: a.sort()[0], (X,), says={0: lambda k: k["g"][X.argsort().argsort()]}),
    "Topk": Sample(lambda a: a.topk(2)[0], (X,), says=taken(lambda _: X.topk(2)[1], X)),
    "Scatter": Sample(lambda a, b: a.scatter(0, ROW0, b[:1]), (M, N), says={
        0: lambda k: k["g"].scatter(0, ROW0, 0.0),
        1: lambda k: torch.cat([k["g"].gather(0, ROW0), torch.zeros(2, 3)])}),
    "ScatterAdd": Sample(lambda a, b: a.scatter_add(0, ROW0, b), (M, N[:1]), says={1: lambda k: k["g"].gather(0,
        ROW0)}),
    "IndexAdd": Sample(lambda a, b: a.index_add(0, INDEX, b), (M, N), says={1: lambda k: k["g"][INDEX]}),
    "IndexCopy": Sample(lambda a, b: a.index_copy(0, INDEX[:1], b), (M, N[:1]), says={
        0: kept(FIRST), 1: lambda k: k["g"][:1]}),
    "IndexPut": Sample(lambda a, b: a.index_put((INDEX[:1],), b), (M, N[:1]), says={0: kept(FIRST),
        1: lambda k: k["g"][:1]}),
    "IndexFill": Sample(lambda a: a.index_fill(0, INDEX[:1], 2.0), (M,), says={0: kept(FIRST)}),
    "MaskedScatter": Sample(lambda a, b: a.masked_scatter(FIRST, b), (M, N[0]), says={
        0: kept(FIRST), 1: lambda k: k["g"][FIRST]}),
    "SelectScatter": Sample(lambda a, b: a.select_scatter(b, 0, 0), (M, V3), says={0: kept(FIRST),
        1: lambda k: k["g"][0]}),
    "SliceScatter": Sample(lambda a, b: a.slice_scatter(b, 0, 0, 1), (M, N[:1]), says={
        0: kept(FIRST), 1: lambda k: k["g"][:1]}),
    "DiagonalScatter": Sample(lambda a, b: a.diagonal_scatter(b), (M, V3), says={
        0: kept(torch.eye(3, dtype=torch.bool)), 1: lambda k: k["g"].diagonal()}),
    "Fill": Sample(lambda a, v: (a * 1).fill_(v), (M, t(2.0)), says={1: lambda k: k["g"].sum()}),
    "ConstantPadNd": Sample(lambda a: F.pad(a, (1, 2)), (M,), says={0: lambda k: k["g"][:, 1:-2]}),
    "PixelShuffle": Sample(lambda a: F.pixel_shuffle(a, 2), (IMAGE.reshape(1, 4, 2, 2),), says={
        0: lambda k: F.pixel_unshuffle(k["g"], 2)}),
    "Im2Col": Sample(lambda a: F.unfold(a, 2), (IMAGE,), says={0: lambda k: F.fold(k["g"], (4, 4), 2)}),
    "Col2Im": Sample(lambda a: F.fold(a, (3, 3), 2), (IMAGE.reshape(1, 4, 4),), says={0: lambda k: F.unfold(k["g"],
        2)}),
}  # fmt: skip

CLASSES = torch.tensor([2, 0])


def pair(function: Callable[..., Tensor], y: Tensor = X, target: Tensor = Y, **letters: Any) -> Sample:
    known = {"n": y.numel(), "z": (y - target).detach()} if y.shape == target.shape else {}
    return one(function, y, target, **known, **letters)


def plus_minus(target: Tensor) -> Callable[[Tensor], Tensor]:
    return lambda y: F.soft_margin_loss(y, target)


LOSSES: dict[str, Sample] = {
    "MseLoss": pair(F.mse_loss),
    "SmoothL1Loss": pair(lambda y, b: F.smooth_l1_loss(y, b, beta=1.3), beta=1.3),
    "HuberLoss": pair(lambda y, b: F.huber_loss(y, b, delta=1.3), delta=1.3),
    "BinaryCrossEntropy": pair(F.binary_cross_entropy, SHARE, SHARE2),
    "BinaryCrossEntropyWithLogits": pair(F.binary_cross_entropy_with_logits, X, SHARE),
    "NllLoss": Sample(lambda y: F.nll_loss(y, CLASSES), (W,), {"t": CLASSES, "n": 2}),
    "SoftMarginLoss": Sample(plus_minus(Y.sign()), (X,), {"t": Y.sign(), "n": 4}),
}  # fmt: skip


def normed(known: Letters) -> Letters:
    a = known["a"].detach()
    sigma = (a.var(correction=0) + 1e-5).sqrt()
    return {
        "x": (a - a.mean()) / sigma,
        "sigma": sigma,
        "n": a.numel(),
        "h": known["g"] * known["gamma"].detach(),
        "gamma": known["gamma"].expand(4),
        "beta": known["beta"].expand(4),
    }


def attention(known: Letters) -> Letters:
    q, k, v = (known[name].detach() for name in "QKV")
    shares = (q @ k.mT / q.shape[-1] ** 0.5).softmax(-1)
    d = known["g"] @ v.mT
    return {"d": q.shape[-1], "P": shares, "S": shares * (d - (shares * d).sum(-1, keepdim=True))}


def convolve(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return F.conv1d(x[None], w, b)[0]


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return F.scaled_dot_product_attention(q[None, None], k[None, None], v[None, None])[0, 0]


def pooled(pool: Callable[..., Tensor]) -> Callable[[Tensor], Tensor]:
    return lambda x: pool(x, 2)


LAYERS: dict[str, Sample] = {
    "Convolution": one(convolve, t([[1.0, 2.0, -1.0, 0.5, 3.0], [0.3, -0.7, 1.1, 2.0, -2.0]]), C2, V3[:2]),
    "MaxPool2DWithIndices": Sample(pooled(F.max_pool2d), (IMAGE,), says={
        0: lambda k: F.interpolate(k["g"], scale_factor=2) * (F.interpolate(k["c"], scale_factor=2) == IMAGE)}),
    "AvgPool2D": Sample(pooled(F.avg_pool2d), (IMAGE,), says={0: lambda k: F.interpolate(k["g"],
        scale_factor=2) / 4}),
    "NativeLayerNorm": Sample(lambda a, g, b: F.layer_norm(a, (4,), g, b), (X, P, Y), normed, says={
        1: lambda k: k["g"] * k["x"], 2: lambda k: k["g"]}),
    "NativeBatchNorm": Sample(lambda a, g, b: F.batch_norm(a[:, None], None, None, g, b, True)[:, 0], (X, P[:1],
        Y[:1]), normed, says={
        1: lambda k: (k["g"] * k["x"]).sum(), 2: lambda k: k["g"].sum()}),
    "NativeGroupNorm": Sample(lambda a, g, b: F.group_norm(a[None], 1, g, b)[0], (X, P, Y), normed, says={
        1: lambda k: k["g"] * k["x"], 2: lambda k: k["g"]}),
    "Embedding": Sample(lambda w: F.embedding(INDEX, w), (M,), says=added()),
    "ScaledDotProductFlashAttentionForCpu": Sample(attend, (W, M, N), attention),
    "UpsampleNearest2D": Sample(lambda a: F.interpolate(a, scale_factor=2), (IMAGE,), says={
        0: lambda k: 4 * F.avg_pool2d(k["g"], 2)}),
}  # fmt: skip


def backward(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """What the backward pass of a function sends on, as a function of the gradient that arrives."""

    def passed(u: Tensor, *inputs: Tensor) -> Tensor:
        result = function(inputs[0], *inputs[1:])
        return torch.autograd.grad(result, inputs[0], u, create_graph=True)[0]

    return passed


def second(function: Callable[..., Tensor], *inputs: Tensor, **letters: Any) -> Sample:
    return one(backward(function), *inputs, **letters)


SECOND: dict[str, Sample] = {
    "TanhBackward": one(torch.ops.aten.tanh_backward, Y, UNIT),
    "SigmoidBackward": one(torch.ops.aten.sigmoid_backward, Y, SHARE),
    "ThresholdBackward": one(lambda u, a: torch.ops.aten.threshold_backward(u, a, 0), Y, X),
    "SoftmaxBackwardData": one(lambda u, r: torch._softmax_backward_data(u, r, 0, torch.float64), Y, SHARE),
    "LogSoftmaxBackwardData": one(lambda u, r: torch._log_softmax_backward_data(u, r, 0, torch.float64), Y, -P),
    "LogSigmoidBackward": second(F.logsigmoid, Y, X),
    "LeakyReluBackward": second(lambda a: F.leaky_relu(a, 0.2), Y, X, s=0.2),
    "EluBackward": second(torch.selu, Y, X, alpha=1.6732632423543772, lam=1.0507009873554805, q=1.0),
    "GeluBackward": second(F.gelu, Y, X),
    "SoftplusBackward": second(lambda a: F.softplus(a, beta=2), Y, X, beta=2),
    "MseLossBackward": second(F.mse_loss, t(1.7), X, P, n=4),
}  # fmt: skip

SAMPLES: dict[str, Sample] = {
    **ELEMENTWISE, **REDUCTIONS, **MATRICES, **SHAPES, **LOSSES, **LAYERS, **SECOND,
}  # fmt: skip
