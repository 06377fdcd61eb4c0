"""Questions about one step: what a view asks of the engine, as frozen plain data.

Each kind of question is a class of its own and says in its docstring what the answer is. The engine keeps a
table from these classes to the functions that answer them; nobody else needs to know both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gui_app.core.experiment import Experiment


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Something asked about ``experiment``."""

    is_long: ClassVar[bool] = False
    """The answer takes seconds or more, comes in parts, and must not keep shorter questions waiting."""

    experiment: Experiment
