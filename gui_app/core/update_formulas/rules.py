"""The formulas of every optimizer, in the order in which PyTorch computes them.

``G`` and ``Theta`` stand for the gradient and the element as they are when the rule takes them: clipped and decayed,
if they are. The facts in ``when`` are settings by their names, and those that :func:`lines_for` adds.
"""

from __future__ import annotations

from collections.abc import Mapping

from gui_app.core.update_formulas.line import AFTER, GRADIENT, MEMORY, STEP, VALUE, Line

HEAD = (
    Line("g_k", "slope", GRADIENT, "fresh"),
    Line("g_k", "", GRADIENT, "!fresh", ": The gradients of all steps add up, as they are not cleared"),
    Line("norm", "sqrt(Sum(i, g[i]**2))", GRADIENT, "clip_norm"),
    Line("kappa", "min(1, limit / (norm + tiny))", GRADIENT, "clip_norm"),
    Line("g_clip", "kappa * g_k", GRADIENT, "clip_norm"),
    Line("g_clip", "min(max(g_k, -limit), limit)", GRADIENT, "clip_value"),
    Line("g_decay", "G + lam * theta_k", GRADIENT, "decays_gradient"),
)
"""What happens to the gradient before the rule."""

_MEAN = Line("m_next", "beta1 * m_k + (1 - beta1) * G", MEMORY)
_SQUARE = Line("v_next", "beta2 * v_k + (1 - beta2) * G**2", MEMORY)
_C1, _C2 = Line("c1", "1 - beta1**t", STEP), Line("c2", "1 - beta2**t", STEP)
_ETA_T = Line("eta_t", "eta / c1", STEP)
_SHRUNK = Line("theta_decay", "theta_k * (1 - eta * lam)", STEP, "decays_value")
_NEXT = Line("theta_next", "Theta + delta", VALUE)
_TEXTBOOK = (
    ": The same as {-eta * (m_hat / (sqrt(v_hat) + eps))} with {m_hat == m_next / c1} and {v_hat == %s / c2}"
)

_ADAM = (
    _MEAN,
    _SQUARE,
    Line("w_next", "max(w_k, v_next)", MEMORY, "amsgrad"),
    _C1,
    _C2,
    _SHRUNK,
    Line("denominator", "sqrt(v_next) / sqrt(c2) + eps", STEP, "!amsgrad"),
    Line("denominator", "sqrt(w_next) / sqrt(c2) + eps", STEP, "amsgrad"),
    _ETA_T,
    Line("delta", "-eta_t * (m_next / denominator)", STEP, "!amsgrad", _TEXTBOOK % "v_next"),
    Line("delta", "-eta_t * (m_next / denominator)", STEP, "amsgrad", _TEXTBOOK % "w_next"),
    _NEXT,
)
_RHO = "rho_inf - 2 * t * beta2**t / c2"
_RECTIFIED = "sqrt((rho_t - 4) * (rho_t - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho_t))"

RULES: Mapping[str, tuple[Line, ...]] = {
    "SGD": (
        Line("b_next", "G", MEMORY, "momentum first", ": The memory begins with the first gradient"),
        Line("b_next", "mu * b_k + G", MEMORY, "momentum !first !dampening"),
        Line("b_next", "mu * b_k + (1 - tau) * G", MEMORY, "momentum !first dampening"),
        Line("direction", "G + mu * b_next", STEP, "momentum nesterov"),
        Line("delta", "-eta * direction", STEP, "momentum nesterov"),
        Line("delta", "-eta * b_next", STEP, "momentum !nesterov"),
        Line("delta", "-eta * G", STEP, "!momentum"),
        _NEXT,
    ),
    "Adam": _ADAM,
    "AdamW": _ADAM,
    "NAdam": (
        _MEAN,
        _SQUARE,
        Line("mu_t", "beta1 * (1 - 0.5 * 0.96**(t * psi))", STEP),
        Line("mu_t1", "beta1 * (1 - 0.5 * 0.96**((t + 1) * psi))", STEP),
        Line("prod_next", "prod_k * mu_t", STEP),
        _C2,
        Line("denominator", "sqrt(v_next / c2) + eps", STEP),
        Line("delta_g", "-eta * (1 - mu_t) / (1 - prod_next) * (G / denominator)", STEP),
        Line("delta_m", "-eta * mu_t1 / (1 - prod_next * mu_t1) * (m_next / denominator)", STEP),
        Line("theta_next", "Theta + delta_g + delta_m", VALUE),
    ),
    "RAdam": (
        _MEAN,
        _SQUARE,
        _C1,
        Line("m_hat", "m_next / c1", STEP),
        _C2,
        Line("rho_inf", "2 / (1 - beta2) - 1", STEP),
        Line("rho_t", _RHO, STEP),
        Line("rect", _RECTIFIED, STEP, "trusted"),
        Line("ell", "sqrt(c2) / (sqrt(v_next) + eps)", STEP, "trusted"),
        Line("delta", "-eta * m_hat * ell * rect", STEP, "trusted"),
        Line(
            "delta",
            "-eta * m_hat",
            STEP,
            "!trusted",
            ": {rho_t} is at most 5, so {v_next} is left out for now",
        ),
        _NEXT,
    ),
    "Adamax": (
        _MEAN,
        Line("u_next", "max(beta2 * u_k, abs(G) + eps)", MEMORY),
        _C1,
        _ETA_T,
        Line("delta", "-eta_t * (m_next / u_next)", STEP),
        _NEXT,
    ),
    "RMSprop": (
        Line("v_next", "alpha * v_k + (1 - alpha) * G**2", MEMORY),
        Line("a_next", "alpha * a_k + (1 - alpha) * G", MEMORY, "centered"),
        Line("denominator", "sqrt(v_next) + eps", STEP, "!centered"),
        Line("denominator", "sqrt(v_next - a_next**2) + eps", STEP, "centered"),
        Line("b_next", "mu * b_k + G / denominator", STEP, "momentum"),
        Line("delta", "-eta * b_next", STEP, "momentum"),
        Line("delta", "-eta * (G / denominator)", STEP, "!momentum"),
        _NEXT,
    ),
    "Adagrad": (
        Line("s_next", "s_k + G**2", MEMORY),
        Line("denominator", "sqrt(s_next) + eps", STEP),
        Line("eta_t", "eta / (1 + (t - 1) * zeta)", STEP, "lr_decay"),
        Line("delta", "-eta_t * (G / denominator)", STEP, "lr_decay"),
        Line("delta", "-eta * (G / denominator)", STEP, "!lr_decay"),
        _NEXT,
    ),
    "Adadelta": (
        Line("v_next", "rho * v_k + (1 - rho) * G**2", MEMORY),
        Line("quotient", "sqrt(y_k + eps) / sqrt(v_next + eps) * G", STEP),
        Line("delta", "-eta * quotient", STEP),
        _NEXT,
        Line("y_next", "rho * y_k + (1 - rho) * quotient**2", AFTER),
    ),
    "Rprop": (
        Line("turn", "sign(G * g_prev)", STEP),
        Line("factor", "where(turn > 0, grow, where(turn < 0, shrink, 1))", STEP),
        Line("h_next", "min(max(h_k * factor, low), high)", STEP),
        Line("delta", "-sign(G) * h_next", STEP, "!turned"),
        Line("delta", "0", STEP, "turned", ": After a change of sign the element stays where it is"),
        _NEXT,
    ),
    "ASGD": (
        Line("theta_decay", "theta_k * (1 - lambd * eta_k)", STEP),
        Line("delta", "-eta_k * G", STEP),
        Line("theta_next", "theta_decay + delta", VALUE),
        Line("avg_next", "avg_k + mu_k * (theta_next - avg_k)", AFTER, "averages"),
        Line("avg_next", "theta_next", AFTER, "!averages", ": Averaging has not begun yet"),
        Line("eta_next", "eta / (1 + lambd * eta * t)**power", AFTER),
        Line("mu_next", "1 / max(1, t - t0)", AFTER),
    ),
    "Muon": (
        Line("b_next", "mu * b_k + (1 - mu) * G", MEMORY),
        Line("direction", "(1 - mu) * G + mu * b_next", STEP, "nesterov"),
        Line("direction", "b_next", STEP, "!nesterov"),
        Line("o", ": the same element of {D}, made orthogonal", STEP),
        Line("eta_m", "eta * sqrt(max(1, rows / columns))", STEP, "!matches_adamw"),
        Line("eta_m", "eta * (0.2 * sqrt(max(rows, columns)))", STEP, "matches_adamw"),
        _SHRUNK,
        Line("delta", "-eta_m * o", STEP),
        _NEXT,
    ),
    "LBFGS": (
        Line("d_i", "-H_i @ g_i", STEP),
        Line("slope_i", ": {d_i} · {g_i}", STEP),
        Line("theta_next", "theta_k + Sum(i, t_i * d_i)", VALUE),
    ),
}
"""By torch.optim name. The lines of the inner steps of LBFGS are told once; their numbers come as a table."""

DECAYS_VALUE = frozenset({"AdamW", "Muon"})
"""Weight decay applied to the element itself instead of to its gradient."""
