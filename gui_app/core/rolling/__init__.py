"""Rolling up: what a graph repeats becomes one node that can be opened again.

The graph is written as a line (line): every node after its inputs, neighbours of a stretch side by side. Blocks are
intervals of that line, nested or apart (grouping), so whatever is closed, the graph stays free of circles. They are
found as rounds of the program's loops (loops) and as repeats of the same operations, joined in the same way
(periods). Iterative, near-linear, deterministic.
"""

from __future__ import annotations

from gui_app.core.rolling.blocks import Block, blocks
from gui_app.core.rolling.contracting import Rolled, rolled

__all__ = ["Block", "Rolled", "blocks", "rolled"]
