"""The formulas of the updates: every letter is explained, and each line needs only what comes before it."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gui_app.core.experiment import OptimizerSpec
from gui_app.core.optimizers import OPTIMIZERS, Setting
from gui_app.core.rules.formulas import is_sentence, letters
from gui_app.core.rules.maths import plain
from gui_app.core.rules.notation import typeset
from gui_app.core.schedules import SCHEDULES, ClipSpec, ScheduleSpec
from gui_app.core.update_formulas import lines_for, setting_letters
from gui_app.core.update_formulas.line import Line
from gui_app.core.update_formulas.rules import HEAD, RULES
from gui_app.core.update_formulas.schedules import CHANGED, letters_of
from gui_app.core.update_formulas.schedules import SCHEDULES as CLOSED
from gui_app.core.update_formulas.symbols import SYMBOLS

ALL = [line for lines in (HEAD, *RULES.values(), *CLOSED.values()) for line in lines]
STAND_INS = {"G": "g_k", "Theta": "theta_k"}
INDEXED = {"g", "i", "t"}
"""Letters that run over several elements, and stand for themselves."""
QUANTITIES = {letter: known.quantity for letter, known in SYMBOLS.items()}


@pytest.mark.parametrize("line", ALL, ids=lambda line: f"{line.letter} = {line.formula}")
def test_every_letter_is_explained_and_can_be_written(line: Line) -> None:
    used = letters(line.formula) if line.formula else set()
    used |= letters(line.remark) if line.remark else set()
    assert {line.letter, *used} - SYMBOLS.keys() - STAND_INS.keys() - INDEXED - {"pi"} == set()
    known = QUANTITIES | {short: QUANTITIES[letter] for short, letter in STAND_INS.items()}
    if line.formula:
        assert plain(typeset(line.formula, known))
    if line.remark:
        assert plain(typeset(line.remark, known))


def test_no_letter_is_explained_for_nothing() -> None:
    used = {line.letter for line in ALL} | {
        letter for line in ALL for text in (line.formula, line.remark) if text for letter in letters(text)
    }
    assert not SYMBOLS.keys() - used


def test_what_is_written_alike_is_not_in_one_rule() -> None:
    """Two letters of one optimizer with one schedule never look the same."""
    for (name, lines), (schedule, closed) in product(RULES.items(), CLOSED.items()):
        found: dict[str, str] = {}
        for line in (*HEAD, *closed, *lines):
            for letter in {line.letter, *(letters(line.formula) if line.formula else ())} & SYMBOLS.keys():
                shown = plain(SYMBOLS[letter].maths)
                assert found.setdefault(shown, letter) == letter, (name, schedule, shown)


def test_every_optimizer_and_schedule_has_its_lines() -> None:
    assert RULES.keys() == OPTIMIZERS.keys()
    assert CLOSED.keys() == SCHEDULES.keys()


def any_value(setting: Setting) -> st.SearchStrategy[object]:
    """A value that the setting may have."""
    if isinstance(setting.default, bool):
        return st.booleans()
    if isinstance(setting.default, float) and not setting.choices:
        return st.sampled_from([0.0, setting.default, 0.5])
    return st.sampled_from(setting.choices or (setting.default,))


@st.composite
def specs(draw: st.DrawFn) -> OptimizerSpec:
    """Any optimizer with any settings, schedule and clipping."""
    name = draw(st.sampled_from(sorted(OPTIMIZERS)))
    chosen = {each.name: draw(any_value(each)) for each in OPTIMIZERS[name].settings}
    if name == "SGD" and chosen["nesterov"]:
        chosen |= {"momentum": 0.9, "dampening": 0.0}
    schedule = draw(st.sampled_from([None, *(ScheduleSpec(each) for each in sorted(SCHEDULES))]))
    clip = draw(st.sampled_from([None, ClipSpec("norm"), ClipSpec("value")]))
    return OptimizerSpec(name, chosen, schedule, clip)  # type: ignore[arg-type]


BEFORE = {letter for letter in SYMBOLS if letter.endswith("_k")} - {"g_k"}
GIVEN = {"slope", "t", "g_prev", "tiny", "limit", "rows", "columns", "D", "eta_0", *BEFORE}
INNER = {"d_i", "H_i", "g_i", "t_i"}


@settings(deadline=None)
@given(spec=specs(), has_begun=st.booleans(), trusted=st.floats(0, 9), turn=st.sampled_from([-1.0, 0.0, 1.0]))
def test_each_line_needs_only_what_is_known(
    spec: OptimizerSpec, has_begun: bool, trusted: float, turn: float
) -> None:
    complete = spec.complete()
    values = setting_letters(spec.name, complete) | {"rho_t": trusted, "turn": turn, "mu_k": 1.0}
    scheduled = dict[str, float]()
    if spec.schedule is not None:
        state = {"epoch": 3.0, "initial_lr": 0.1, "max_lr": 0.2, "min_lr": 0.0, "best": 1.0, "bad": 0.0}
        scheduled = letters_of(spec.schedule.name, spec.schedule.complete(), state) | {"eta_0": 0.1}
        values |= scheduled
    values |= {"b_k": 0.0} if has_begun else {}
    lines = lines_for(spec, complete, values)
    known = GIVEN | INNER | INDEXED | setting_letters(spec.name, complete).keys() | scheduled.keys() | {"pi"}
    for line in lines:
        assert letters(line.formula) <= known if line.formula else True, line
        known.add(line.letter)
    shown = [line.letter for line in lines]
    assert len(shown) == len(set(shown))
    assert shown[0] == "g_k"
    assert shown.count("theta_next") == 1


def test_only_what_applies_is_shown() -> None:
    def shown(spec: OptimizerSpec, **values: float) -> list[str]:
        return [line.letter for line in lines_for(spec, spec.complete(), {"theta_k": 1.0} | values)]

    assert shown(OptimizerSpec("SGD")) == ["g_k", "delta", "theta_next"]
    assert shown(OptimizerSpec("SGD", {"weight_decay": 0.1}))[1] == "g_decay"
    assert shown(OptimizerSpec("SGD", {"momentum": 0.9})) == ["g_k", "b_next", "delta", "theta_next"]
    assert "direction" in shown(OptimizerSpec("SGD", {"momentum": 0.9, "nesterov": True}))
    assert "theta_decay" in shown(OptimizerSpec("AdamW"))
    assert "theta_decay" not in shown(OptimizerSpec("AdamW", {"weight_decay": 0.0}))
    assert "w_next" in shown(OptimizerSpec("Adam", {"amsgrad": True}))
    assert "a_next" not in shown(OptimizerSpec("RMSprop"))
    assert "rect" in shown(OptimizerSpec("RAdam"), rho_t=6.0)
    assert "rect" not in shown(OptimizerSpec("RAdam"), rho_t=5.0)


def test_the_gradient_of_a_rule_is_the_one_that_is_left() -> None:
    def used(spec: OptimizerSpec) -> set[str]:
        (line,) = [x for x in lines_for(spec, spec.complete(), {}) if x.letter == "delta"]
        return letters(line.formula) & {"g_k", "g_clip", "g_decay"}

    decay = {"weight_decay": 0.1}
    assert used(OptimizerSpec("SGD")) == {"g_k"}
    assert used(OptimizerSpec("SGD", clip=ClipSpec())) == {"g_clip"}
    assert (
        used(OptimizerSpec("SGD", decay))
        == used(OptimizerSpec("SGD", decay, None, ClipSpec()))
        == {"g_decay"}
    )


def test_the_first_momentum_is_the_gradient() -> None:
    spec = OptimizerSpec("SGD", {"momentum": 0.9, "dampening": 0.5})
    lines = (lines_for(spec, spec.complete(), values) for values in ({}, {"b_k": 1.0}))
    first, later = (next(x.formula for x in each if x.letter == "b_next") for each in lines)
    assert (first, later) == ("g_k", "mu * b_k + (1 - tau) * g_k")


def test_a_schedule_that_did_not_make_the_number_is_not_shown() -> None:
    spec = OptimizerSpec("SGD", {"lr": 0.1}, ScheduleSpec("ExponentialLR", {"gamma": 0.5}))
    values = {"eta_0": 0.1, "gamma": 0.5, "epoch": 3.0}
    for rate, agrees in ((0.1 * 0.5**3, True), (0.1 * 0.5**3 * (1 + 1e-9), True), (0.02, False)):
        (line,) = [x for x in lines_for(spec, spec.complete(), values | {"eta": rate}) if x.letter == "eta"]
        assert (line.formula != "", line.remark == CHANGED) == (agrees, not agrees)


def test_settings_have_letters_of_their_own() -> None:
    for name, info in OPTIMIZERS.items():
        found = setting_letters(name, OptimizerSpec(name).complete())
        assert "eta" in found
        assert found.keys() <= SYMBOLS.keys()
        numbers = [s for s in info.settings if isinstance(s.default, float)]
        given_elsewhere = {"initial_accumulator_value", "tolerance_grad", "tolerance_change"}
        pairs = 2 * sum(s.name in ("betas", "etas", "step_sizes") for s in info.settings)
        assert len(found) == len([s for s in numbers if s.name not in given_elsewhere]) + pairs
    assert setting_letters("ASGD", OptimizerSpec("ASGD").complete())["power"] == 0.75


def test_sentences_are_sentences() -> None:
    for line in ALL:
        assert not line.remark or (is_sentence(line.remark) and not line.remark.endswith("."))
    for known in SYMBOLS.values():
        assert known.words
        assert not known.words.endswith(".")
