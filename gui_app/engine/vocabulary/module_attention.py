"""Attention, alone and in a layer of a transformer, in PyTorch's own order of operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor
from torch.nn import functional

from gui_app.engine.vocabulary import work
from gui_app.engine.vocabulary.module import Module
from gui_app.engine.vocabulary.module_masks import Masks
from gui_app.engine.vocabulary.row import Function
from gui_app.engine.vocabulary.sequences import tensor_of
from gui_app.engine.vocabulary.sizes import allow
from gui_app.language.refusal import Refusal

_SHAPE = (
    "(steps, batch, features), or (batch, steps, features) with batch_first=True; the batch may be left out"
)
_MASKS = ("key_padding_mask", "attn_mask")


def attention(module: Module, masks: Masks) -> Function:
    """MultiheadAttention: the mixed values, and the shares by which they were mixed."""
    given, weights = module.layer.settings, module.weights
    attend = _attend(given["embed_dim"], given["num_heads"], bool(given["batch_first"]), weights, "")

    def forward(query: Any, key: Any, value: Any, **options: Any) -> tuple[Tensor, Tensor | None]:
        drawn = float(given["dropout"]) if module.training and masks.drops else 0.0
        with masks.of_torch(_tensor(query), bool(drawn), "MultiheadAttention"):
            made: tuple[Tensor, Tensor | None] = attend(query, key, value, drawn, **options)
            return made

    return forward


def encoder_layer(module: Module, masks: Masks) -> Function:
    """TransformerEncoderLayer: attention and two linear layers, each added to what it was given, with norms."""
    given, weights = module.layer.settings, module.weights
    attend = _attend(given["d_model"], given["nhead"], bool(given["batch_first"]), weights, "self_attn.")
    activation = getattr(functional, given["activation"])

    def norm(part: str, x: Tensor) -> Tensor:
        scale, shift = weights[f"{part}.weight"], weights.get(f"{part}.bias")
        return functional.layer_norm(x, (given["d_model"],), scale, shift, given["layer_norm_eps"])

    def linear(part: str, x: Tensor) -> Tensor:
        work.linear(x, weights[f"{part}.weight"])
        return functional.linear(x, weights[f"{part}.weight"], weights.get(f"{part}.bias"))

    def forward(
        src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: Any = False
    ) -> Tensor:
        x, drawn = _tensor(src), float(given["dropout"]) if module.training and masks.drops else 0.0

        def drop(value: Tensor) -> Tensor:
            return functional.dropout(value, drawn) if drawn else value

        def attended(value: Tensor) -> Tensor:
            options = {
                "attn_mask": src_mask,
                "key_padding_mask": src_key_padding_mask,
                "is_causal": is_causal,
            }
            return drop(attend(value, value, value, drawn, need_weights=False, **options)[0])

        def fed(value: Tensor) -> Tensor:
            return drop(linear("linear2", drop(activation(linear("linear1", value)))))

        with masks.of_torch(x, bool(drawn), "TransformerEncoderLayer"):
            _check(x, given["d_model"], weights["linear1.weight"])
            if given["norm_first"]:
                x = x + attended(norm("norm1", x))
                return x + fed(norm("norm2", x))
            x = norm("norm1", x + attended(x))
            return norm("norm2", x + fed(x))

    return forward


def _attend(
    width: int, heads: int, batch_first: bool, weights: Mapping[str, Tensor], prefix: str
) -> Function:
    """``attend(query, key, value, share that is left out, **options)``, as ``MultiheadAttention.forward``."""
    both, mix = weights[f"{prefix}in_proj_weight"], weights[f"{prefix}out_proj.weight"]
    shift, mix_shift = weights.get(f"{prefix}in_proj_bias"), weights.get(f"{prefix}out_proj.bias")

    def attend(
        query: Any, key: Any, value: Any, drawn: float, **options: Any
    ) -> tuple[Tensor, Tensor | None]:
        for each in (query, key, value):
            _check(each, width, both)
        _allow(query, key, value, heads, batch_first)
        turned = batch_first and query.ndim == 3
        if turned:
            query, key, value = _turned(query, key, value)
        chosen: dict[str, Any] = {
            name: _mask(value) if name in _MASKS else bool(value) for name, value in options.items()
        }
        try:
            out, shares = functional.multi_head_attention_forward(
                query, key, value, width, heads, both, shift, None, None, False, drawn, mix, mix_shift,
                drawn > 0, **chosen,
            )  # fmt: skip
        except (AssertionError, RuntimeError) as error:
            raise Refusal("The shapes or masks of this attention do not fit.", f"{error}") from error
        return (out.transpose(1, 0) if turned else out), shares

    return attend


def _turned(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The steps before the batch; what is the same stays the same, which PyTorch computes in one."""
    if key is value:
        if query is key:
            turned = query.transpose(1, 0)
            return turned, turned, turned
        query, key = query.transpose(1, 0), key.transpose(1, 0)
        return query, key, key
    return query.transpose(1, 0), key.transpose(1, 0), value.transpose(1, 0)


def _tensor(value: Any) -> Tensor:
    return tensor_of(value, "What attention reads")


def _check(value: Any, width: int, weight: Tensor) -> None:
    x = _tensor(value)
    if x.ndim not in (2, 3) or x.shape[-1] != width:
        raise Refusal(
            f"Attention over {width} features cannot read the shape {tuple(x.shape)}.", f"It reads {_SHAPE}."
        )
    if x.dtype != weight.dtype:
        names = (str(each.dtype).removeprefix("torch.") for each in (x, weight))
        raise Refusal(
            "The input is {} and the weights are {}.".format(*names), "Convert it: x.to(torch.float32)."
        )
    if not x.numel():
        raise Refusal(f"There is nothing to read: the shape is {tuple(x.shape)}.", "Give at least one step.")


def _mask(value: Any) -> Tensor | None:
    return None if value is None else tensor_of(value, "A mask")


def _allow(query: Tensor, key: Tensor, value: Tensor, heads: int, batch_first: bool) -> None:
    """Raise Refusal for scores of too many steps, and for shapes that PyTorch would not look at."""
    if not query.ndim == key.ndim == value.ndim or key.shape != value.shape:
        shapes = ", ".join(str(tuple(each.shape)) for each in (query, key, value))
        raise Refusal(f"Query, key and value do not fit: {shapes}.", f"Each is {_SHAPE}.")
    place = 1 if batch_first and query.ndim == 3 else 0
    length, others = query.shape[place], key.shape[place]
    batch = query.shape[1 - place] if query.ndim == 3 else 1
    if key.ndim == 3 and key.shape[1 - place] != batch:
        raise Refusal(
            f"Query and key have batches of {batch} and {key.shape[1 - place]}.", "Give both the same."
        )
    allow(batch * heads * length * others)
    rows, width = batch * max(length, others), query.shape[-1]
    work.allow_product(batch * length * others * width * 2 + 4 * rows * width * width, query.dtype)
