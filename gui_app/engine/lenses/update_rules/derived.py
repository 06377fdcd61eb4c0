"""What an update rule computes on its way but does not remember: denominators, corrections, directions.

Each function takes the settings, the numbers of the letters so far (tensors of one parameter, or plain numbers), and
gives further ones, in torch.optim's own precision and order of operations: what it gives and what is remembered make
the next parameters to the last bit, as a test holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from gui_app.engine.muon import orthogonal, rate_for

Settings = Mapping[str, Any]
Letters = dict[str, Any]

REMEMBERED: Mapping[str, str] = {
    "exp_avg": "m",
    "exp_avg_sq": "v",
    "max_exp_avg_sq": "w",
    "momentum_buffer": "b",
    "square_avg": "v",
    "grad_avg": "a",
    "exp_inf": "u",
    "sum": "s",
    "acc_delta": "y",
    "step_size": "h",
    "ax": "avg",
    "eta": "eta",
    "mu": "mu",
    "mu_product": "prod",
}
"""The letter of what an optimizer remembers under a name of torch.optim's."""


def first_memory(name: str, settings: Settings) -> Mapping[str, float]:
    """What the memory holds before the first update, by letter, where that is not 0."""
    made: dict[str, dict[str, float]] = {
        "Adagrad": {"s": settings.get("initial_accumulator_value", 0.0)},
        "Rprop": {"h": settings["lr"]},
        "NAdam": {"prod": 1.0},
        "ASGD": {"eta": float(torch.tensor(settings["lr"], dtype=torch.float32)), "mu": 1.0},
    }
    return made.get(name, {})


def _quotient(over: Tensor, under: Tensor, factor: float) -> Tensor:
    """``factor`` · over / under, as ``addcdiv_`` computes it."""
    return torch.zeros_like(over).addcdiv_(over, under, value=factor)


def _sgd(o: Settings, x: Letters) -> Letters:
    if not o["momentum"]:
        return {"delta": x["g"] * -o["lr"]}
    if not o["nesterov"]:
        return {"delta": x["b_next"] * -o["lr"]}
    direction = x["g"].add(x["b_next"], alpha=o["momentum"])
    return {"direction": direction, "delta": direction * -o["lr"]}


def _adam(o: Settings, x: Letters) -> Letters:
    (beta1, beta2), t = o["betas"], x["t"]
    c1, c2 = 1 - beta1**t, 1 - beta2**t
    square = x["w_next"] if o["amsgrad"] else x["v_next"]
    denominator = (square.sqrt() / c2**0.5).add_(o["eps"])
    rate = o["lr"] / c1
    delta = _quotient(x["m_next"], denominator, -rate)
    return {"c1": c1, "c2": c2, "denominator": denominator, "eta_t": rate, "delta": delta}


def _adamw(o: Settings, x: Letters) -> Letters:
    return {"theta_decay": x["theta_k"] * (1 - o["lr"] * o["weight_decay"])} | _adam(o, x)


def _nadam(o: Settings, x: Letters) -> Letters:
    lr, (beta1, beta2), psi, t = o["lr"], o["betas"], o["momentum_decay"], x["t"]
    mu = beta1 * (1.0 - 0.5 * 0.96 ** (t * psi))
    mu_next = beta1 * (1.0 - 0.5 * 0.96 ** ((t + 1) * psi))
    product, c2 = float(x["prod_next"]), 1 - beta2**t
    denominator = x["v_next"].div(c2).sqrt().add_(o["eps"])
    return {
        "mu_t": mu,
        "mu_t1": mu_next,
        "c2": c2,
        "denominator": denominator,
        "delta_g": _quotient(x["g"], denominator, -lr * (1.0 - mu) / (1.0 - product)),
        "delta_m": _quotient(x["m_next"], denominator, -lr * mu_next / (1.0 - product * mu_next)),
    }


def _radam(o: Settings, x: Letters) -> Letters:
    (beta1, beta2), t = o["betas"], x["t"]
    c1, c2 = 1 - beta1**t, 1 - beta2**t
    mean = x["m_next"] / c1
    longest = 2 / (1 - beta2) - 1
    rho = longest - 2 * t * beta2**t / c2
    made = {"c1": c1, "m_hat": mean, "c2": c2, "rho_inf": longest, "rho_t": rho}
    step = mean * o["lr"]
    if rho > 5.0:
        rectified = ((rho - 4) * (rho - 2) * longest / ((longest - 4) * (longest - 2) * rho)) ** 0.5
        inverse = c2**0.5 / x["v_next"].sqrt().add_(o["eps"])
        made |= {"rect": rectified, "ell": inverse}
        step = step * inverse * rectified
    return made | {"delta": -step}


def _adamax(o: Settings, x: Letters) -> Letters:
    c1 = 1 - o["betas"][0] ** x["t"]
    rate = o["lr"] / c1
    return {"c1": c1, "eta_t": rate, "delta": _quotient(x["m_next"], x["u_next"], -rate)}


def _rmsprop(o: Settings, x: Letters) -> Letters:
    square = x["v_next"]
    if o["centered"]:
        square = square.addcmul(x["a_next"], x["a_next"], value=-1)
    denominator = square.sqrt().add_(o["eps"])
    if o["momentum"] > 0:
        return {"denominator": denominator, "delta": x["b_next"] * -o["lr"]}
    return {"denominator": denominator, "delta": _quotient(x["g"], denominator, -o["lr"])}


def _adagrad(o: Settings, x: Letters) -> Letters:
    rate = o["lr"] / (1 + (x["t"] - 1) * o["lr_decay"])
    denominator = x["s_next"].sqrt().add_(o["eps"])
    return {"denominator": denominator, "eta_t": rate, "delta": _quotient(x["g"], denominator, -rate)}


def _adadelta(o: Settings, x: Letters) -> Letters:
    eps = o["eps"]
    quotient = x["y_k"].add(eps).sqrt_().div_(x["v_next"].add(eps).sqrt_()).mul_(x["g"])
    return {"quotient": quotient, "delta": quotient * -o["lr"]}


def _rprop(o: Settings, x: Letters) -> Letters:
    shrink, grow = o["etas"]
    turn = x["g"].mul(x["g_prev"]).sign()
    factor = torch.ones_like(turn).masked_fill_(turn > 0, grow).masked_fill_(turn < 0, shrink)
    sign = x["g"].masked_fill(turn < 0, 0.0).sign()
    return {"turn": turn, "factor": factor, "delta": -(sign * x["h_next"])}


def _asgd(o: Settings, x: Letters) -> Letters:
    eta = float(x["eta_k"])
    return {"theta_decay": x["theta_k"] * (1 - o["lambd"] * eta), "delta": x["g"] * -eta}


def _muon(o: Settings, x: Letters) -> Letters:
    """``theta_k`` and the others are one matrix; ``before`` and ``o`` are matrices too."""
    buffer, (rows, columns) = x["b_next"], x["theta_k"].shape
    direction = x["g"].lerp(buffer, o["momentum"]) if o["nesterov"] else buffer.clone()
    made = orthogonal(direction.clone(), o["ns_coefficients"], o["ns_steps"], o["eps"])
    rate = rate_for(o["lr"], (rows, columns), o["adjust_lr_fn"])
    return {
        "direction": direction,
        "o": made,
        "eta_m": rate,
        "rows": rows,
        "columns": columns,
        "theta_decay": x["theta_k"] * (1 - o["lr"] * o["weight_decay"]),
        "delta": made.to(buffer.dtype) * -rate,
    }


DERIVED: Mapping[str, Callable[[Settings, Letters], Letters]] = {
    "SGD": _sgd,
    "Adam": _adam,
    "AdamW": _adamw,
    "NAdam": _nadam,
    "RAdam": _radam,
    "Adamax": _adamax,
    "RMSprop": _rmsprop,
    "Adagrad": _adagrad,
    "Adadelta": _adadelta,
    "Rprop": _rprop,
    "ASGD": _asgd,
    "Muon": _muon,
}
"""By torch.optim name."""
