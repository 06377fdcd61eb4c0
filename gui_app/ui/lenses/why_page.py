"""The page about a run that has diverged: what went bad first, why, and what to try."""

from __future__ import annotations

import math
from collections.abc import Hashable

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout

from gui_app.core.history import History
from gui_app.core.lenses import Divergence, DivergenceAsked, Limit
from gui_app.core.moment import Moment
from gui_app.core.question import Question
from gui_app.core.session import resume_of
from gui_app.ui.inspector.writer import Writer
from gui_app.ui.lenses.curvature_page import limit_words
from gui_app.ui.lenses.page import TextPage, with_rate
from gui_app.ui.lenses.spectrum import LimitBar, written
from gui_app.ui.theme import GRID, Palette

LOOKED_AT = 10
"""Steps over which the growth of the loss is measured."""


class WhyPage(TextPage):
    """Shows a Divergence."""

    title = "Why?"
    help = "Why this run has diverged, and what to try."

    def __init__(self, palette: Palette) -> None:
        self.divergence: Divergence | None = None
        self._steps = (0, 0, 0)
        """The step that is not finite, the last finite one, and the one from which on the loss has only grown."""
        self.use, self.back = QPushButton(), QPushButton()
        super().__init__(palette)
        self.use.clicked.connect(self._on_use)
        self.back.clicked.connect(lambda: self.step_chosen.emit(self._steps[1]))

    def build(self, column: QVBoxLayout) -> None:
        """Buttons below the text: what to do about it."""
        row = QHBoxLayout()
        row.setContentsMargins(GRID + 4, GRID, GRID + 4, GRID)
        row.setSpacing(GRID)
        self.use.setProperty("primary", True)
        row.addWidget(self.use)
        row.addWidget(self.back)
        row.addStretch(1)
        column.addWidget(self.text, 1)
        column.addLayout(row)

    def subject(self, moment: Moment) -> Hashable:
        """The end of the run, whichever step is shown."""
        assert moment.history is not None
        return id(moment.history), moment.history.last, moment.experiment.optimizer

    def question(self, moment: Moment) -> Question | None:
        """Everything that the record knows of the end."""
        history = moment.history
        assert history is not None
        last = last_finite(history)
        if last is None:
            self.tell("Not even the start is finite: the graph and the console tell where it comes from.")
            return None
        grown = growth_start(history, last)
        self._steps = history.last, last, grown
        return DivergenceAsked(
            experiment=moment.experiment,
            bad=history.parameters(history.last).copy(),
            last=resume_of(history, last),
            row=history.parameters(last).copy(),
            grown=(grown, history.parameters(grown).copy()),
        )

    def accept(self, answer: object) -> bool:
        """Show a Divergence."""
        if not isinstance(answer, Divergence):
            return False
        self.divergence = answer
        self.use.setVisible(answer.suggested is not None)
        if answer.suggested is not None:
            self.use.setText(f"Use lr {written(answer.suggested)}")
            self.use.setToolTip("Run it again with this learning rate.")
        self.back.setText(f"Show step {self._steps[1]:,}")
        self.back.setToolTip("The last step at which everything was finite.")
        self.show_answer()
        return True

    def forget(self) -> None:
        """There is none of this record yet."""
        self.divergence = None

    def write(self, writer: Writer) -> str:
        """What, where, how, why, and what to try."""
        found, moment = self.divergence, self.moment
        if found is None or moment is None or moment.history is None:
            return ""
        return "".join(
            (
                self._what(writer, found, moment),
                self._growth(writer, moment.history),
                self._limits(writer, found),
                self._advice(writer, found),
            )
        )

    def _what(self, writer: Writer, found: Divergence, moment: Moment) -> str:
        bad, last, _ = self._steps
        text = writer.section(f"What happened at step {bad:,}")
        text += writer.warning(f"<b>{writer.name(_sentence(moment.diverged))}</b>", error=True)
        if found.fault is not None:
            line = f" (line {found.fault.span.line})" if found.fault.span else ""
            node = f" Its node in the graph is {writer.code(found.node)}." if found.node else ""
            text += writer.line(f"{writer.name(found.fault.message.rstrip('.'))}{line}.{node}", above=6)
        where = writer.anchor(f"step:{last}", f"step {last:,}")
        return text + writer.line(f"The last step at which everything was finite is {where}.", above=6)

    def _growth(self, writer: Writer, history: History) -> str:
        _, last, grown = self._steps
        factor, over = growth(history, last)
        text = writer.section("How the loss went")
        if math.isnan(factor) or factor <= 1:
            return text + writer.line("It did not grow step by step: something broke at once.", above=0)
        where = writer.anchor(f"step:{grown}", f"step {grown:,}")
        said = f"It grew by a factor of <b>{writer.number(factor, 3)}</b> a step over the last {over:,} steps"
        ends = f"{writer.number(float(history.losses[grown]), 4)} to {writer.number(float(history.losses[last]), 4)}"
        return text + writer.line(f"{said}, and without a break since {where}: from {ends}.", above=0)

    def _limits(self, writer: Writer, found: Divergence) -> str:
        _, last, grown = self._steps
        text = writer.section("Learning rate and curvature")
        told = [(last, found.at_last)] + ([(grown, found.at_growth)] if grown != last else [])
        known = [(step, limit) for step, limit in told if limit is not None]
        if len(known) == 2 and same(known[0][1], known[1][1]):
            known = known[:1]
        if not known:
            return text + writer.line(
                "The curvature there is not finite any more, so no limit is known.", above=0
            )
        for step, limit in known:
            text += _limit_at(writer, step, limit)
        return text

    def _advice(self, writer: Writer, found: Divergence) -> str:
        text = writer.section("What to try")
        if found.fault is not None and found.fault.hint:
            text += writer.line(writer.name(found.fault.hint), above=0)
        if found.suggested is None:
            return text + writer.line("Another start, or another form of the objective.", above=2)
        said = f"A learning rate of {writer.number(found.suggested)}"
        limit = found.at_growth.limit if found.at_growth is not None else None
        if limit and found.suggested <= limit:
            said += f", {writer.number(found.suggested / limit, 2)} × the stability limit where the loss began to grow"
        return text + writer.line(
            f"{said}. Clipping the gradient helps where single steps are too long.", above=2
        )

    def _on_use(self) -> None:
        if self.moment is not None and self.divergence is not None and self.divergence.suggested is not None:
            self.experiment_edited.emit(with_rate(self.moment, self.divergence.suggested))


def same(one: Limit, other: Limit) -> bool:
    """Whether two limits are told in the same words."""
    pairs = ((one.rate, other.rate), (one.limit or 0.0, other.limit or 0.0))
    return one.words == other.words and all(math.isclose(a, b, rel_tol=1e-3) for a, b in pairs)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _limit_at(writer: Writer, step: int, limit: Limit) -> str:
    text = writer.line(f"At step {step:,}: {limit_words(writer, limit)}.".replace("..", "."), above=4)
    if limit.limit is not None:
        text += writer.figure(LimitBar(limit.rate, limit.limit), above=4)
    return text


def last_finite(history: History) -> int | None:
    """The newest step with a row at which loss, parameters and gradient are finite."""
    step = history.last
    while step >= 0:
        numbers = history.losses[step], *history.parameters(step), *history.gradients(step)
        if np.isfinite(np.array(numbers)).all():
            return step
        if step == 0:
            break
        step = history.neighbour(step, -1)
    return None


def growth_start(history: History, last: int) -> int:
    """The step with a row from which on the size of the loss has only grown, up to ``last``."""
    sizes = np.abs(history.losses[: last + 1])
    with np.errstate(invalid="ignore"):
        shrunk = np.flatnonzero(~(np.diff(sizes) > 0))
    first = int(shrunk[-1]) + 1 if len(shrunk) else 0
    near = history.nearest(first)
    return min(near, last)


def growth(history: History, last: int) -> tuple[float, int]:
    """By what factor the size of the loss grew a step, over how many steps before ``last``; NaN where unknown."""
    over = min(LOOKED_AT, last - growth_start(history, last))
    if over < 1:
        return math.nan, 0
    first, end = abs(float(history.losses[last - over])), abs(float(history.losses[last]))
    if not first > 0 or not math.isfinite(end):
        return math.nan, over
    return math.exp((math.log(end) - math.log(first)) / over), over
