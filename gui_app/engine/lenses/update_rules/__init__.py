"""The arithmetic of one update: what the optimizer computes between the gradient of a step and the next step."""

from __future__ import annotations

from gui_app.engine.lenses.update_rules.answer import arithmetic_of as arithmetic_of
