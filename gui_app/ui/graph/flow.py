"""How strong the gradient is that flows back over each edge: levels of a logarithmic scale."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gui_app.core.graph import Graph
from gui_app.ui.graph.ink import FLOW_LEVELS

DECADES = 12.0
"""What is weaker than the strongest by more powers of ten counts as that weak."""


class Range(NamedTuple):
    """The weakest and the strongest norm that the scale tells apart; 0 and 0 where nothing is known."""

    least: float
    most: float


def levels(graph: Graph) -> tuple[Range, NDArray[np.intp]]:
    """The range of the scale, and for each edge its level from 0 to FLOW_LEVELS - 1, -1 where nothing is known.

    A gradient of zero has level 0; NaN and infinity have the highest, they must be seen.
    """
    norms = np.array([e.gradient.norm if e.gradient is not None else -1.0 for e in graph.edges], dtype=float)
    usual = norms[np.isfinite(norms) & (norms > 0)]
    most = float(usual.max()) if usual.size else 0.0
    least = max(float(usual.min()), most * 10.0**-DECADES) if usual.size else 0.0
    with np.errstate(all="ignore"):
        share = np.log(norms / least) / math.log(most / least) if most > least > 0 else np.ones_like(norms)
    share = np.where(norms <= 0, 0.0, np.where(np.isfinite(norms), share, 1.0))
    found = np.rint(np.clip(share, 0, 1) * (FLOW_LEVELS - 1)).astype(np.intp)
    found[norms == -1.0] = -1
    return Range(least, most), found
