"""Layers that run along a sequence, and their single steps: what they are given is checked, their work bounded.

PyTorch's own functions do the work, as its modules call them; they do not look at the shapes of what they get.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from gui_app.engine.vocabulary.module import Module
from gui_app.engine.vocabulary.module_masks import Masks
from gui_app.engine.vocabulary.row import Function
from gui_app.engine.vocabulary.sequences import described, tensor_of
from gui_app.engine.vocabulary.sizes import allow
from gui_app.engine.vocabulary.work import MAX_COPIED, allow_work
from gui_app.language.refusal import Refusal

_PRODUCTS = {torch.float32: 10e9, torch.float64: 4e9}
_OTHER_PRODUCTS = 0.2e9
"""Multiplications of all steps together, by dtype."""
_READ = {torch.float32: 1e9, torch.float64: 0.5e9}
"""Weights that are read, once in each step, by dtype."""
_STEPS = 20_000
"""Steps of all layers and directions."""

_SEQUENCES: Mapping[str, Callable[..., Any]] = {
    "RNN tanh": torch.rnn_tanh,
    "RNN relu": torch.rnn_relu,
    "LSTM": torch.lstm,
    "GRU": torch.gru,
}
_CELLS: Mapping[str, Callable[..., Any]] = {
    "RNN tanh": torch.rnn_tanh_cell,
    "RNN relu": torch.rnn_relu_cell,
    "LSTM": torch.lstm_cell,
    "GRU": torch.gru_cell,
}
SEQUENCES = ("RNN", "LSTM", "GRU")
CELLS = tuple(f"{kind}Cell" for kind in SEQUENCES)
_TWO = "It is called with (h, c): out, (h, c) = lstm(x, (h, c))."


def _word(kind: str, given: Mapping[str, Any]) -> str:
    return f"{kind} {given['nonlinearity']}" if kind == "RNN" else kind


def sequence(module: Module, masks: Masks) -> Function:
    """RNN, LSTM and GRU: of a sequence (steps, batch, features) its outputs and the last state."""
    kind, given = module.layer.kind, module.layer.settings
    function, weights = _SEQUENCES[_word(kind, given)], list(module.weights.values())
    bias, stacked, both = bool(given["bias"]), given["num_layers"], bool(given["bidirectional"])
    first, share = bool(given["batch_first"]), float(given["dropout"]) if given["num_layers"] > 1 else 0.0

    def forward(input: Any, hx: Any = None) -> Any:
        x = _input(input, weights[0], given["input_size"], kind, (2, 3))
        single = x.ndim == 2
        if single:
            x = x.unsqueeze(0 if first else 1)
        batch, steps = (x.shape[0], x.shape[1]) if first else (x.shape[1], x.shape[0])
        shape = (stacked * (1 + both), batch, given["hidden_size"])
        _allow(x, steps, batch, weights, shape)
        state = _state(hx, shape, kind, x, single)
        drawn = share if module.training and masks.drops else 0.0
        with masks.of_torch(x, bool(drawn), kind):
            out, *last = function(x, state, weights, bias, stacked, drawn, module.training, both, first)
        if single:
            out, last = out.squeeze(0 if first else 1), [part.squeeze(1) for part in last]
        return out, (tuple(last) if kind == "LSTM" else last[0])

    return forward


def cell(module: Module, _masks: Masks) -> Function:
    """RNNCell, LSTMCell and GRUCell: the state after one step."""
    kind, given = module.layer.kind.removesuffix("Cell"), module.layer.settings
    function, weights = _CELLS[_word(kind, given)], list(module.weights.values())

    def forward(input: Any, hx: Any = None) -> Any:
        x = _input(input, weights[0], given["input_size"], module.layer.kind, (1, 2))
        single = x.ndim == 1
        if single:
            x = x.unsqueeze(0)
        shape = (1, x.shape[0], given["hidden_size"])
        _allow(x, 1, x.shape[0], weights, shape)
        state = [part.squeeze(0) for part in _states(hx, shape, kind, x, shape[2:] if single else shape[1:])]
        made = function(x, state if kind == "LSTM" else state[0], *weights)
        if kind != "LSTM":
            return made.squeeze(0) if single else made
        return tuple(part.squeeze(0) for part in made) if single else made

    return forward


def _input(value: Any, weight: Tensor, size: int, kind: str, dimensions: tuple[int, int]) -> Tensor:
    """``value``, if it is what such a layer reads."""
    x = tensor_of(value, f"What nn.{kind} reads")
    if x.ndim not in dimensions:
        few, many = dimensions
        message = f"nn.{kind} reads {few} or {many} dimensions, not the shape {tuple(x.shape)}."
        form = "(steps, batch, features)" if many == 3 else "(batch, features)"
        raise Refusal(message, f"They are {form}; the batch may be left out.")
    if x.shape[-1] != size:
        message = (
            f"nn.{kind} reads {size} features, but the last dimension of {tuple(x.shape)} has {x.shape[-1]}."
        )
        raise Refusal(message, "Make input_size as large, or write x[..., None] for one feature.")
    if x.dtype != weight.dtype:
        names = (str(each.dtype).removeprefix("torch.") for each in (x, weight))
        message = "The input is {} and the weights are {}.".format(*names)
        raise Refusal(message, "Convert the input: x.to(torch.float32).")
    if not x.numel():
        raise Refusal(f"There is nothing to read: the shape is {tuple(x.shape)}.", "Give at least one step.")
    return x


def _allow(x: Tensor, steps: int, batch: int, weights: list[Tensor], shape: tuple[int, ...]) -> None:
    """Raise Refusal for sequences that are too long or too wide."""
    layers, _, hidden = shape
    allow(steps * batch * hidden * layers)
    several = weights[0].shape[0] // hidden
    allow_work(steps * batch * hidden * layers * several, MAX_COPIED)
    read = steps * sum(weight.numel() for weight in weights)
    allow_work(read, _READ.get(x.dtype, _OTHER_PRODUCTS))
    allow_work(read * batch, _PRODUCTS.get(x.dtype, _OTHER_PRODUCTS))
    allow_work(steps * layers, _STEPS)


def _state(hx: Any, shape: tuple[int, ...], kind: str, x: Tensor, single: bool) -> Any:
    wanted = (shape[0], shape[2]) if single else shape
    states = _states(hx, shape, kind, x, wanted)
    return states if kind == "LSTM" else states[0]


def _states(hx: Any, shape: tuple[int, ...], kind: str, x: Tensor, wanted: tuple[int, ...]) -> list[Tensor]:
    """The state at the beginning, in ``shape``: what is given, which has the shape ``wanted``, or zeros."""
    count = 2 if kind == "LSTM" else 1
    if hx is None:
        zeros = torch.zeros(shape, dtype=x.dtype, device=x.device)
        return [zeros] * count
    if count == 2 and not (isinstance(hx, tuple | list) and len(hx) == 2):
        raise Refusal(f"The state of an LSTM is two tensors, not {described(hx)}.", _TWO)
    parts = list(hx) if count == 2 else [hx]
    for part in parts:
        there = tensor_of(part, "The state")
        if tuple(there.shape) != wanted:
            message = f"The state has the shape {tuple(there.shape)}; here it must be {wanted}."
            raise Refusal(message, "Leave it out to begin with zeros.")
        if there.dtype != x.dtype:
            raise Refusal(
                "The state and the input have different dtypes.", "Convert the state: h.to(x.dtype)."
            )
    return [part.reshape(shape) if len(wanted) < 3 else part for part in parts]
