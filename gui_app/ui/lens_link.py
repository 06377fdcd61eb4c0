"""Carries questions from the views that ask to the engine, and the answers back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from gui_app.core.moment import Moment
from gui_app.core.question import Question
from gui_app.core.runner import Answer, Asker
from gui_app.core.session import Session
from gui_app.ui.engine import Engine
from gui_app.ui.lens_view import LensView

LONG = " at length"
"""Long questions have keys of their own, so that no answer is taken for one from the other thread."""


class LensLink:
    """Short questions go to one thread, long ones to another; only the newest question of a view counts."""

    def __init__(
        self, views: Mapping[str, LensView], session: Session, asker: Asker, studies: Asker, engine: Engine
    ) -> None:
        self._views, self._session, self._engine = views, session, engine
        self._asker, self._studies = asker, studies
        for name, view in views.items():
            view.asked.connect(partial(self._on_asked, name))
            view.withdrawn.connect(partial(self._withdraw, name))

    def show(self, moment: Moment) -> None:
        """Hand every view what is shown."""
        for view in self._views.values():
            view.set_moment(moment)

    def take(self, answer: Answer) -> bool:
        """Hand an answer to the view that has asked; False if it is for somebody else."""
        view = self._views.get(answer.key.removesuffix(LONG))
        if view is None:
            return False
        asker = self._studies if answer.key.endswith(LONG) else self._asker
        if asker.is_current(answer):
            if answer.fault is not None:
                view.fail(answer.fault)
            else:
                view.take(answer.value)
        return True

    def _on_asked(self, name: str, question: Question) -> None:
        self._withdraw(name)
        if self._session.history is None:
            return  # what is open has not been evaluated, and nobody has asked for that
        work = partial(_answer, self._engine, question)
        if question.is_long:
            self._studies.ask(name + LONG, work)
        else:
            self._asker.ask(name, work)

    def _withdraw(self, name: str) -> None:
        self._asker.forget(name)
        self._studies.forget(name + LONG)


def _answer(engine: Engine, question: Question, cancelled: Callable[[], bool]) -> object:
    return engine.answer(question, cancelled)
