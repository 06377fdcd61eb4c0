"""The questions that the engine answers, as a table: each kind with the function that does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gui_app.core.question import Question

Answering = Callable[[Any, Any, Callable[[], bool]], object]
"""``(problem, question, cancelled)`` -> the answer, or a generator of its parts. Raises ProgramError or EngineError.

``problem`` is a Problem made from the question's experiment, its parameters anywhere; for a script, a Replay.
"""

ANSWERS: Mapping[type[Question], Answering] = {}
"""For experiments whose program is an objective."""

OF_SCRIPTS: Mapping[type[Question], Answering] = {}
"""For experiments whose program is a script."""
