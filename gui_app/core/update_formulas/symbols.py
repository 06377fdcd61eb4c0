"""Every letter that the arithmetic of an update has: how it is written, and what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gui_app.core.rules.maths import Fence, Maths, Script, Text, row
from gui_app.core.rules.quantities import PRODUCT, Piece, Quantity, derivative


@dataclass(frozen=True, slots=True)
class Symbol:
    """The notation of a letter, and what it stands for in a few words."""

    maths: Maths
    words: str
    level: int = 5
    """How tightly the notation holds together: see ``core.rules.quantities``."""

    @property
    def quantity(self) -> Quantity:
        """As something that stands in a formula."""
        return Quantity(Piece(self.maths, self.level))


def _letter(text: str, sub: str = "", sup: str = "", *, style: str = "italic") -> Maths:
    base = Text(text, style)  # type: ignore[arg-type]
    if not sub and not sup:
        return base
    return Script(base, Text(sup) if sup else None, _below(sub) if sub else None)


def _below(text: str) -> Maths:
    """An index: its letters italic, its digits, signs and words upright."""
    if len(text) > 1 and text.isalpha():
        return Text(text)
    parts = [Text(character, "italic" if character.isalpha() else "roman") for character in text]
    return row(*parts)


def _pair(stem: str, text: str, words: str) -> dict[str, Symbol]:
    """A quantity that is remembered: before this update and after it."""
    return {
        f"{stem}_k": Symbol(_letter(text, "k"), f"{words}, before this update"),
        f"{stem}_next": Symbol(_letter(text, "k+1"), f"{words}, after this update"),
    }


_THETA, _DELTA = Text("θ", "italic"), row(Text("Δ"), Text("θ", "italic"))

SYMBOLS: Mapping[str, Symbol] = {
    # the value and its gradient
    "theta_k": Symbol(_letter("θ", "k"), "the element at this step"),
    "theta_decay": Symbol(_letter("θ′", "k"), "the element after the weight decay"),
    "theta_next": Symbol(_letter("θ", "k+1"), "the element at the next step"),
    "delta": Symbol(Script(_DELTA, sub=_below("k")), "what this update adds to the element"),
    "delta_g": Symbol(Script(_DELTA, sub=_below("g")), "the part of the update that comes from the gradient"),
    "delta_m": Symbol(Script(_DELTA, sub=_below("m")), "the part of the update that comes from the memory"),
    "slope": Symbol(derivative(Text("L", "italic"), _letter("θ", "k")), "slope of the loss along the element",
                    PRODUCT),
    "g_k": Symbol(_letter("g", "k"), "the gradient at this step: what .grad holds"),
    "norm": Symbol(Fence("‖", Text("g", "bold"), "‖"), "length of the gradients of all parameters together"),
    "limit": Symbol(_letter("c"), "the bound that gradients are clipped to"),
    "kappa": Symbol(_letter("κ"), "factor that shortens the gradient to the bound"),
    "tiny": Symbol(Script(Text("10"), sup=Text("−6")), "keeps the division safe"),
    "g_clip": Symbol(_letter("ĝ", "k"), "the gradient after clipping"),
    "g_decay": Symbol(_letter("g′", "k"), "the gradient with the weight decay added"),
    "lam": Symbol(_letter("λ"), "weight decay: pull towards 0"),
    # learning rate and schedules
    "eta": Symbol(_letter("η"), "the learning rate of this update"),
    "eta_0": Symbol(_letter("η", "0"), "the learning rate that was given"),
    "eta_min": Symbol(_letter("η", "min"), "the smallest learning rate"),
    "epoch": Symbol(_letter("k"), "updates since the schedule began"),
    "gamma": Symbol(_letter("γ"), "factor of the schedule"),
    "every": Symbol(_letter("n"), "updates from one drop to the next"),
    "length": Symbol(_letter("N"), "updates that the schedule takes"),
    "start": Symbol(_letter("f", "0"), "factor at the start"),
    "end": Symbol(_letter("f", "1"), "factor at the end"),
    "way": Symbol(_letter("p"), "share of this phase of the cycle that is over"),
    "phase_begin": Symbol(_letter("k", "a"), "update at which this phase of the cycle began"),
    "phase_end": Symbol(_letter("k", "b"), "update at which this phase of the cycle ends"),
    "eta_a": Symbol(_letter("η", "a"), "learning rate at the beginning of this phase"),
    "eta_b": Symbol(_letter("η", "b"), "learning rate at the end of this phase"),
    "mu_a": Symbol(_letter("μ", "a"), "momentum at the beginning of this phase"),
    "mu_b": Symbol(_letter("μ", "b"), "momentum at the end of this phase"),
    "best": Symbol(_letter("L", "best"), "the smallest loss so far"),
    "bad": Symbol(_letter("n", "bad"), "updates since the loss last improved enough"),
    "patience": Symbol(_letter("n", "max"), "updates without improvement that are put up with"),
    # settings
    "mu": Symbol(_letter("μ"), "momentum: share of the memory that is kept"),
    "tau": Symbol(_letter("τ"), "dampening: share of the gradient kept out of the memory"),
    "beta1": Symbol(_letter("β", "1"), "memory of the running mean of the gradient"),
    "beta2": Symbol(_letter("β", "2"), "memory of the running mean of the squared gradient"),
    "alpha": Symbol(_letter("α"), "memory of the running mean of the squared gradient"),
    "rho": Symbol(_letter("ρ"), "memory of both running means"),
    "eps": Symbol(_letter("ε"), "keeps the denominator away from 0"),
    "psi": Symbol(_letter("ψ"), "how fast the momentum schedule moves"),
    "zeta": Symbol(_letter("ζ"), "shrinks the learning rate with the updates"),
    "t": Symbol(_letter("t"), "updates that the optimizer has made, this one included"),
    # memory
    **_pair("m", "m", "running mean of the gradient"),
    **_pair("v", "v", "running mean of the squared gradient"),
    **_pair("w", "w", "the largest v so far"),
    **_pair("b", "b", "momentum: running sum of the updates' directions"),
    **_pair("a", "a", "running mean of the gradient"),
    **_pair("u", "u", "the largest gradient so far, slowly forgotten"),
    **_pair("s", "s", "sum of all squared gradients"),
    **_pair("y", "y", "running mean of the squared updates"),
    **_pair("h", "h", "step size of this element"),
    **_pair("avg", "a", "average of the path"),
    **_pair("eta", "η", "the learning rate as ASGD has lowered it"),
    **_pair("mu", "μ", "weight of the newest point in the average"),
    **_pair("prod", "M", "product of all momentum factors μₜ"),
    "g_prev": Symbol(_letter("g", "k−1"), "the gradient before, or 0 after a change of sign"),
    # on the way
    "c1": Symbol(_letter("c", "1"), "bias correction of m: it begins at 0 and is too small at first"),
    "c2": Symbol(_letter("c", "2"), "bias correction of v: it begins at 0 and is too small at first"),
    "denominator": Symbol(_letter("d"), "denominator: large where gradients are large"),
    "direction": Symbol(_letter("d"), "direction: the gradient with a look ahead along the momentum"),
    "eta_t": Symbol(_letter("η", "t"), "the learning rate after its correction"),
    "m_hat": Symbol(_letter("m̂"), "m after its bias correction"),
    "v_hat": Symbol(_letter("v̂"), "v after its bias correction"),
    "mu_t": Symbol(_letter("μ", "t"), "momentum factor of this update"),
    "mu_t1": Symbol(_letter("μ", "t+1"), "momentum factor of the next update"),
    "rho_inf": Symbol(_letter("ρ", "∞"), "the longest memory that v can have"),
    "rho_t": Symbol(_letter("ρ", "t"), "length of v's memory: beyond 5, v can be trusted"),
    "rect": Symbol(_letter("r"), "rectification: how far v can be trusted"),
    "ell": Symbol(_letter("ℓ"), "one over the root of the corrected v"),
    "quotient": Symbol(_letter("δ"), "gradient in units of past updates"),
    "turn": Symbol(_letter("q"), "1 while the gradient keeps its sign, −1 where it changes"),
    "grow": Symbol(_letter("η", "", "+"), "factor while the sign holds"),
    "shrink": Symbol(_letter("η", "", "−"), "factor after the sign has changed"),
    "factor": Symbol(_letter("f"), "what the step size is multiplied by"),
    "low": Symbol(_letter("h", "min"), "smallest step size"),
    "high": Symbol(_letter("h", "max"), "largest step size"),
    "lambd": Symbol(_letter("δ"), "decay term"),
    "power": Symbol(_letter("α"), "power of the learning rate's decrease"),
    "t0": Symbol(_letter("t", "0"), "update at which averaging starts"),
    # Muon
    "D": Symbol(Text("D", "bold"), "the matrix of all directions d"),
    "o": Symbol(_letter("o"), "the element of the orthogonal matrix nearest to D"),
    "rows": Symbol(_letter("R"), "rows of the matrix"),
    "columns": Symbol(_letter("C"), "columns of the matrix"),
    "eta_m": Symbol(_letter("η′"), "the learning rate for a matrix of this shape"),
    # LBFGS
    "d_i": Symbol(Script(Text("d", "bold"), sub=_below("i")), "direction of inner step i"),
    "H_i": Symbol(Script(Text("H", "bold"), sub=_below("i")),
                  "model of the inverse Hessian, from past changes of the gradient"),
    "g_i": Symbol(Script(Text("g", "bold"), sub=_below("i")), "gradient at the beginning of inner step i"),
    "t_i": Symbol(_letter("t", "i"), "step length of inner step i"),
    "slope_i": Symbol(_letter("s", "i"), "slope of the loss along the direction: below 0 it goes down"),
}  # fmt: skip
