"""The words of training loops are offered and explained like all others."""

from __future__ import annotations

import pytest

from gui_app.engine import vocabulary
from gui_app.ui.editor.vocabulary import call_at, candidates, names

WORDS = vocabulary.words()


@pytest.mark.parametrize(
    ("before", "offered"),
    [
        ("opt = torch.optim.", "SGD"),
        ("opt = optim.Ad", "AdamW"),
        ("s = optim.lr_scheduler.", "StepLR"),
        ("s = lr_scheduler.Red", "ReduceLROnPlateau"),
        ("s = torch.optim.", "lr_scheduler"),
        ("d = torch.utils.data.", "DataLoader"),
        ("torch.nn.utils.cl", "clip_grad_norm_"),
        ("nn.utils.cl", "clip_grad_value_"),
        ("nn.", "utils"),
        ("optimizer.ze", "zero_grad"),
        ("optimizer.pa", "param_groups"),
        ("Data", "DataLoader"),
        ("opti", "optim"),
    ],
)
def test_what_is_offered(before: str, offered: str) -> None:
    assert offered in names(candidates(WORDS, "", before)[1])


def test_settings_are_shown_with_their_defaults() -> None:
    found = call_at(WORDS, "optimizer = torch.optim.SGD(net.parameters(), ")
    assert found is not None
    assert found.signature.startswith("SGD(params, lr=0.001, momentum=0.0, dampening=0.0")
    assert found.help
