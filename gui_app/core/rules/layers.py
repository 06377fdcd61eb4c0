"""Layers of networks: convolution, pooling, normalization, attention."""

from __future__ import annotations

from gui_app.core.rules import reductions
from gui_app.core.rules.rule import Rule

_XW = ("x", "W", "b")


def _layer(title: str, words: str, formula: str, *back: str, **more: object) -> Rule:
    return Rule(title, words, formula, back, **more)  # type: ignore[arg-type]


def _pool(title: str, words: str, formula: str, back: str) -> Rule:
    return _layer(title, words, formula, back, inputs=("x",), saved=("self",))


_NORMED = (
    "x: the normalized input, (a − μ)/σ; h = γ times the gradient that arrives; n: how many are normalized together; "
    "μ and σ: their mean and standard deviation"
)


def _norm(title: str, words: str) -> Rule:
    return _layer(
        title, words, "gamma[i] * x[i] + beta[i]",
        "1 / sigma * (h[i] - 1 / n * Sum(j, h[j]) - x[i] / n * Sum(j, h[j] * x[j]))",
        ": the sum of {g[i] * x[i]} over all that share {gamma[i]}",
        ": the sum of {g[i]} over all that share {beta[i]}",
        inputs=("a", "gamma", "beta"), index=("i", "i", "i"), saved=("input", "weight", "bias"), where=_NORMED,
    )  # fmt: skip


_CONVOLUTION = _layer(
    "Convolution", "Slides a kernel over the input.", "b[o] + Sum(k, s, W[o, k, s] * x[k, i + s])",
    "Sum(o, s, W[o, k, s] * g[o, i - s])", "Sum(i, g[o, i] * x[k, i + s])", "Sum(i, g[o, i])",
    inputs=_XW, index=("k i", "o k s", "o"), saved=("input", "weight", "bias"),
    where="o: output channel; k: input channel; i: place; s: place in the kernel. Written for one dimension and "
    "stride 1; in more dimensions i and s have several parts",
)  # fmt: skip
_MAX_POOL = _pool(
    "Largest of windows", "The largest of each window.", ": the largest of {x[i + s]} over the window",
    ": {g} to the largest element of each window, {0} to the others",
)  # fmt: skip
_MEAN_POOL = _pool(
    "Mean of windows", "The mean of each window.", ": {1 / m * Sum(s, x[i + s])}",
    ": {g * (1 / m)} to each element of the window, added up where windows overlap",
)  # fmt: skip
_ATTENTION = _layer(
    "Attention", "Mixes values by how well queries fit keys.", "softmax(Q @ K.T / sqrt(d)) @ V",
    "1 / sqrt(d) * S @ K", "1 / sqrt(d) * S.T @ Q", "P.T @ g",
    inputs=("Q", "K", "V"), results=("C",), saved=("query", "key", "value"),
    where="d: the length of a query; P: the shares, softmax of the scores; "
    "S = P ⊙ (D − the sum over each row of P ⊙ D), D = ∂L/∂C Vᵀ",
)  # fmt: skip
_GATES = (
    "i, f, o: the gates, σ of {0}; z: what is new, tanh of the same sum; W, U and the biases have a block of rows for "
    "each of them"
)
_LSTM = _layer(
    "Long short-term memory", "A memory that gates write, keep and read, along a sequence.",
    ": {o[t] * tanh(c[t])} at each step {t}, where {c[t] == f[t] * c[t - 1] + i[t] * z[t]}",
    "Sum(r, W[r, k] * p[t, r])", "Sum(t, p[t, r] * x[t, k])", "Sum(t, p[t, r] * q[t, j])",
    "Sum(t, p[t, r])", "Sum(t, p[t, r])", ": {U.T @ p} of the first step", ": {f * m} of the first step",
    inputs=("x", "W", "U", "b1", "b2", "h0", "c0"), results=("h",), index=("t k", "r k", "r j", "r", "r", "", ""),
    saved=("input", "weight0", "weight1", "weight2", "weight3", "hx_", "cx_"),
    where=_GATES.format("W xₜ + U qₜ + b₁ + b₂") + "; q: the output of the step before, at the first h₀; p: the "
    "gradient at those sums, by way of all later steps; m: that at the memory; r: row; k: feature; j: unit; t: step. "
    "Written for one sequence",
)  # fmt: skip
_LSTM_STEP = _layer(
    "Step of an LSTM", "A memory that gates write, keep and read.",
    ": {o * tanh(c)}, and the memory {c == f * s + i * z}",
    ": {g0} and {g1} to the sums in the gates", ": {g0} and {g1} to the sums in the gates",
    ": {f * (g1 + g0 * o * (1 - tanh(c)**2))}", ": the sum over the batch of what goes to {A}",
    inputs=("A", "B", "s", "b1", "b2"), results=("h", "c"),
    saved=("input_gates", "hidden_gates", "cx", "input_bias", "hidden_bias"),
    where=_GATES.format("A + B + b") + "; s: the memory before",
)  # fmt: skip
_GRU_STEP = _layer(
    "Step of a GRU", "Gates mix the last output with what is new.",
    "(1 - u) * z + u * q", ": {g} to the sums in the gates", ": {g} to the sums in the gates",
    ": {g * u}", ": the sum over the batch of what goes to {A}",
    inputs=("A", "B", "q", "b1", "b2"), results=("h",),
    saved=("input_gates", "hidden_gates", "hx", "input_bias", "hidden_bias"),
    where="u and r: the gates, σ of A + B + b; z: what is new, tanh of A + r ⊙ B; q: the last output",
)  # fmt: skip
_RECURRENT = _layer(
    "Recurrent layers", "Runs recurrent layers along a sequence, in one call.", ": the outputs at every step",
    ": {g}, carried back from the last step to the first",
    inputs=("x", "W"), results=("h",), saved=("input", "weight"),
)  # fmt: skip
_RESIZED = _layer(
    "Resized", "More or fewer pixels.", ": {a}, interpolated", ": {g}, each pixel shared back to those it was made of"
)  # fmt: skip

RULES: dict[str, Rule] = {
    **dict.fromkeys(("Convolution", "MkldnnConvolution", "CudnnConvolution", "MpsConvolution",
        "ConvolutionOverrideable"),
                    _CONVOLUTION),
    "MaxPool2DWithIndices": _MAX_POOL,
    "MaxPool3DWithIndices": _MAX_POOL,
    "MkldnnMaxPool2D": _MAX_POOL,
    "MaxPool2D": _MAX_POOL,
    "AdaptiveMaxPool2D": _MAX_POOL,
    "AdaptiveMaxPool3D": _MAX_POOL,
    "FractionalMaxPool2D": _MAX_POOL,
    "FractionalMaxPool3D": _MAX_POOL,
    "AvgPool2D": _MEAN_POOL,
    "AvgPool3D": _MEAN_POOL,
    "AdaptiveAvgPool2D": _MEAN_POOL,
    "AdaptiveAvgPool3D": _MEAN_POOL,
    "MaxUnpool2D": _layer("Windows filled", "Puts maxima back to their places.",
        ": {a} at the places of the maxima, {0} elsewhere",
                          ": {g} at those places"),
    "NativeLayerNorm": _norm("Layer normalization",
        "Mean 0 and variance 1 in each sample, then a scale and a shift."),
    "NativeBatchNorm": _norm("Batch normalization",
        "Mean 0 and variance 1 in each channel, then a scale and a shift."),
    "CudnnBatchNorm": _norm("Batch normalization",
        "Mean 0 and variance 1 in each channel, then a scale and a shift."),
    "NativeGroupNorm": _norm("Group normalization", "Mean 0 and variance 1 in each group, then a scale and a shift."),
    "FusedRmsNorm": _layer(
        "Root mean square normalization", "Divides by the root of the mean square, then a scale.", "gamma[i] * x[i]",
        "1 / sigma * (h[i] - x[i] / n * Sum(j, h[j] * x[j]))",
        ": the sum of {g[i] * x[i]} over all that share {gamma[i]}",
        inputs=("a", "gamma"), index=("i", "i"), saved=("input", "weight"),
        where="x = a/σ; h = γ times the gradient that arrives; σ: the root of the mean square; n: how many",
    ),
    "Embedding": _layer("Embedding", "Looks up a row for each index.", ": the rows of {W} at the indices",
                        ": {g}, each row added to the row it was taken from", inputs=("W",), results=("C",)),
    "EmbeddingBag": _layer("Embedding, summed", "Looks up rows and adds them up.", ": the sums of rows of {W}",
                           ": {g}, each row added to the rows it was made of", inputs=("W",), results=("C",)),
    "MkldnnRnnLayer": _LSTM,
    "ThnnFusedLstmCell": _LSTM_STEP,
    "ThnnFusedGruCell": _GRU_STEP,
    **dict.fromkeys(("CudnnRnn", "MiopenRnn", "LstmMps"), _RECURRENT),
    "SafeSoftmax": reductions.RULES["Softmax"],
    "NativeDropout": _layer(
        "Dropout", "Puts 0 at random places and scales up the rest.", "a * m / (1 - p)", "g * m / (1 - p)",
        where="m: 1 where it was kept, else 0; p: the share that is dropped",
    ),
    **dict.fromkeys(
        (
            "ScaledDotProductFlashAttentionForCpu", "ScaledDotProductFlashAttention",
            "ScaledDotProductEfficientAttention",
            "ScaledDotProductCudnnAttention", "ScaledDotProductFusedAttentionOverrideable",
        ),
        _ATTENTION,
    ),
    **{
        f"Upsample{kind}": _RESIZED
        for kind in (
            "Nearest1D", "Nearest2D", "Nearest3D", "NearestExact1D", "NearestExact2D", "NearestExact3D", "Linear1D",
            "Bilinear2D", "Bicubic2D", "Trilinear3D", "Bilinear2DAa", "Bicubic2DAa",
        )
    },
    "GridSampler2D": _layer("Sampled on a grid", "Looks up an image between its pixels.", ": {a} at the places {p}",
                            ": {g}, shared back to the pixels around each place",
                            ": {g} times the slope of the image there",
                            inputs=("a", "p"), saved=("input", "grid")),
    "GridSampler3D": _layer("Sampled on a grid", "Looks up a volume between its cells.", ": {a} at the places {p}",
                            ": {g}, shared back to the cells around each place",
                            ": {g} times the slope of the volume there",
                            inputs=("a", "p"), saved=("input", "grid")),
    "AffineGridGenerator": _layer("Affine grid", "The places of an affine map.", "A @ p",
        ": the sum of {outer(g, p)} over all places",
                                  inputs=("A",), where="p: the places of the output"),
}  # fmt: skip
