"""Random numbers for what PyTorch's own functions leave out inside: from a generator of the run's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import torch
from torch import Tensor

from gui_app.engine.vocabulary.row import Setting
from gui_app.language.refusal import Refusal

_ONE_AT_A_TIME = Lock()


class Masks:
    """Where one program's layers draw from what they leave out."""

    def __init__(self, setting: Setting) -> None:
        self._effects = setting.effects

    @property
    def drops(self) -> bool:
        """Whether anything is left out in this evaluation."""
        return self._effects.training

    @contextmanager
    def of_torch(self, input: Tensor, draws: bool, kind: str) -> Iterator[None]:
        """PyTorch's functions that take no generator draw from the masks' own, if anything is drawn at all.

        PyTorch's generator is afterwards as it was. Only on the CPU: elsewhere it draws other numbers.
        """
        if not draws:
            yield
            return
        if input.device.type != "cpu":
            message = f"The dropout inside nn.{kind} can only be drawn on the CPU."
            raise Refusal(message, "Write dropout=0.0, and nn.Dropout between the layers.")
        generator = self._effects.masks or self._effects.generator
        with _ONE_AT_A_TIME:
            before = torch.get_rng_state()
            torch.set_rng_state(generator.get_state())
            try:
                yield
            finally:
                generator.set_state(torch.get_rng_state())
                torch.set_rng_state(before)
