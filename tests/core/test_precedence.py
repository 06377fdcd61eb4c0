"""Which thread goes first: others wait meanwhile, none of them for good."""

from __future__ import annotations

import threading

import pytest

from gui_app.core import precedence
from gui_app.core.precedence import Precedence


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others wait from the first moment on."""
    monkeypatch.setattr(precedence, "SHORT", 0.0)


class _Giver:
    """Another thread, which gives way a number of times and counts them."""

    def __init__(self, way: Precedence, times: int) -> None:
        self.passed = 0
        self._way, self._times = way, times
        self.thread = threading.Thread(target=self._work)
        self.thread.start()

    def _work(self) -> None:
        for _ in range(self._times):
            self._way.give_way()
            self.passed += 1

    def ended(self) -> bool:
        self.thread.join(30)
        return not self.thread.is_alive()


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedence, "PATIENCE", 1000.0)


def test_nobody_waits_while_nobody_goes_first() -> None:
    giver = _Giver(Precedence(), 1000)
    assert giver.ended()
    assert giver.passed == 1000


@pytest.mark.usefixtures("endless")
def test_others_wait_until_it_is_given_back() -> None:
    way = Precedence()
    with way.taken():
        giver = _Giver(way, 1)
        giver.thread.join(0.05)
        assert giver.passed == 0
        with way.taken():
            pass
        giver.thread.join(0.05)
        assert giver.passed == 0, "given back inside, not yet outside"
    assert giver.ended()
    assert giver.passed == 1


@pytest.mark.usefixtures("endless")
def test_it_is_given_back_after_an_error() -> None:
    way = Precedence()
    with pytest.raises(ZeroDivisionError), way.taken():
        _ = 1 / 0
    assert _Giver(way, 1).ended()


def test_nobody_waits_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedence, "PATIENCE", 0.001)
    way = Precedence()
    with way.taken():
        giver = _Giver(way, 5)
        assert giver.ended()
    assert giver.passed == 5


def test_who_has_waited_has_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedence, "PATIENCE", 0.001)
    monkeypatch.setattr(precedence, "OWN_TURN", 10**9)
    way = Precedence()
    with way.taken():
        first = _Giver(way, 1)
        assert first.ended()
        monkeypatch.setattr(precedence, "PATIENCE", 1000.0)
        second = _Giver(way, 1)
        second.thread.join(0.05)
        assert second.passed == 0, "the turn of one thread is not that of another"

        def twice() -> None:
            monkeypatch.setattr(precedence, "PATIENCE", 0.001)
            way.give_way()
            monkeypatch.setattr(precedence, "PATIENCE", 1000.0)
            way.give_way()

        third = threading.Thread(target=twice)
        third.start()
        third.join(30)
        assert not third.is_alive()
    assert second.ended()


def test_nobody_waits_for_what_takes_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedence, "SHORT", 1000.0)
    monkeypatch.setattr(precedence, "PATIENCE", 1000.0)
    way = Precedence()
    with way.taken():
        assert _Giver(way, 5).ended()
    assert way.spent > 0
