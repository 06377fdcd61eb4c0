"""The drawings on the cards are those of the lessons."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from miniatures import FILE, miniatures


def test_the_stored_drawings_are_the_lessons() -> None:
    stored, made = json.loads(FILE.read_text(encoding="utf-8")), miniatures()
    assert stored.keys() == made.keys()
    for name, numbers in made.items():
        assert stored[name] == pytest.approx(numbers, rel=1e-2), name
