"""Frames and where a run goes on, as plain data; what they hold is tested with the engine."""

from __future__ import annotations

import numpy as np
import pytest

from gui_app.core.experiment import OptimizerSpec
from gui_app.core.frames import Frame, Resume


def test_a_frame_knows_its_size() -> None:
    small = Frame(3, {"group/lr": 0.1}, OptimizerSpec())
    large = Frame(3, {"group/lr": 0.1, "memory/0/0/exp_avg": np.zeros(1000)}, OptimizerSpec())
    assert 8000 < large.nbytes - small.nbytes < 9000


def test_a_frame_lies_before_the_step_to_go_on_from() -> None:
    frame = Frame(4, {}, OptimizerSpec())
    assert Resume(4, np.zeros(2), frame).changes == {}
    assert Resume(0, np.zeros(2)).frame is None
    with pytest.raises(ValueError, match="step 3 comes before its frame at step 4"):
        Resume(3, np.zeros(2), frame)
