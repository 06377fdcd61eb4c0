"""The page about curvature: what the learning rate may be, the eigenvalues, the steepest direction, the Hessian."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import Signal

from gui_app.core.experiment import Experiment
from gui_app.core.lenses import Curvature, CurvatureAsked, Kind, Limit
from gui_app.core.moment import Moment
from gui_app.core.question import Question
from gui_app.core.rules.maths import Script, Text, row
from gui_app.core.rules.notation import typeset
from gui_app.core.rules.quantities import Piece, Quantity, number, number_maths
from gui_app.core.session import resume_of
from gui_app.ui.inspector.figures import Equation, Formula
from gui_app.ui.inspector.writer import Writer
from gui_app.ui.lenses.matrix_map import MatrixMap
from gui_app.ui.lenses.page import TextPage, row_of
from gui_app.ui.lenses.spectrum import Bars, LimitBar, Spectrum
from gui_app.ui.theme import Palette

MOST_BARS = 8
MOST_OF_MATRIX = 60
"""Parameters up to which the whole Hessian is drawn."""
KINDS: Mapping[Kind, str] = {
    Kind.MINIMUM: "The gradient is nearly 0 and the objective bends upward in every direction: <b>a minimum</b>.",
    Kind.MAXIMUM: "The gradient is nearly 0 and the objective bends downward in every direction: <b>a maximum</b>.",
    Kind.SADDLE: "The gradient is nearly 0, and the objective bends upward and downward: <b>a saddle</b>.",
    Kind.FLAT: "The gradient is nearly 0, and along some direction so is the curvature: <b>flat</b>, "
    "whether it is a minimum cannot be told from here.",
}
ONLY_HERE = "Exact where the objective is quadratic; elsewhere the limit changes with the place, as the curvature does."
LETTERS = {
    "lam": Quantity(Piece(Script(Text("λ", "italic"), sub=Text("max")))),
    "beta": Quantity(Piece(Text("β", "italic"))),
    "beta_1": Quantity(Piece(Script(Text("β", "italic"), sub=Text("1")))),
}


class CurvaturePage(TextPage):
    """Shows a Curvature."""

    title = "Curvature"
    help = "How the objective bends at this step, and how large the learning rate may be."
    answered = Signal(object)
    """Curvature: another one is shown."""

    def __init__(self, palette: Palette) -> None:
        self.curvature: Curvature | None = None
        self._experiment = Experiment()
        super().__init__(palette)

    def question(self, moment: Moment) -> Question | None:
        """The Hessian at the shown step."""
        history = moment.history
        assert history is not None
        self._experiment = moment.experiment
        step, place = row_of(moment)
        resume = resume_of(history, step)
        return CurvatureAsked(experiment=moment.experiment, step=step, row=place, resume=resume)

    def accept(self, answer: object) -> bool:
        """Show a Curvature."""
        if not isinstance(answer, Curvature):
            return False
        self.curvature = answer
        self.show_answer()
        self.answered.emit(answer)
        return True

    def forget(self) -> None:
        """There is none of this record yet."""
        self.curvature = None

    def write(self, writer: Writer) -> str:
        """The limit first: it is what one can act on."""
        found = self.curvature
        if found is None:
            return ""
        parts = [
            _limit(writer, found, self._experiment.optimizer.name),
            _eigenvalues(writer, found),
            _direction(writer, found, self._experiment),
            _hessian(writer, found),
        ]
        return "".join(parts)


def limit_words(writer: Writer, limit: Limit) -> str:
    """Learning rate against limit, in a sentence with numbers."""
    rate = f"lr&nbsp;{writer.number(limit.rate)}"
    if limit.limit is None:
        return f"{rate}. {limit.words}"
    ratio = limit.rate / limit.limit
    return (
        f"{rate} is <b>{writer.number(ratio, 3)}&nbsp;×</b> the stability limit {writer.number(limit.limit)}"
    )


def _limit(writer: Writer, found: Curvature, optimizer: str) -> str:
    limit = found.limit
    text = writer.section(f"Learning rate at step {found.step:,}")
    if limit.limit is None:
        return text + writer.line(limit_words(writer, limit), above=0)
    where = _along(writer, found)
    if limit.rate > limit.limit:
        name = "Plain gradient descent" if optimizer == "SGD" and not limit.letters.get("beta") else optimizer
        verdict = f"{name} is thrown further out with every step along {where}, where it bends like this."
        text += writer.warning(f"{limit_words(writer, limit)}. {verdict}")
    else:
        text += writer.line(
            f"{limit_words(writer, limit)}: steps do not grow where it bends like this.", above=0
        )
    text += writer.figure(LimitBar(limit.rate, limit.limit), above=6)
    text += writer.figure(Formula((_equation(limit),), writer.pixels), above=4)
    return text + writer.remark(" ".join(filter(None, (limit.words, ONLY_HERE))), above=6)


def _equation(limit: Limit) -> Equation:
    """``limit = 2/λmax = 2/4 = 0.5``."""
    assert limit.limit is not None
    numbers = {name: number(value) for name, value in limit.letters.items()}
    equals = Text("=", "relation")
    parts = typeset(limit.formula, LETTERS), typeset(limit.formula, numbers), number_maths(limit.limit)
    return Equation(Text("limit"), (row(parts[0], equals, parts[1], equals, parts[2]),))


def _along(writer: Writer, found: Curvature) -> str:
    """The direction of λmax by its largest element, if that says it."""
    strongest = int(np.abs(found.vector).argmax())
    if len(found.vector) == 1 or abs(found.vector[strongest]) > 0.9:
        return writer.code(found.columns[strongest])
    return "the direction below"


def _eigenvalues(writer: Writer, found: Curvature) -> str:
    text = writer.section("Eigenvalues of the Hessian") + writer.figure(Spectrum(found.eigenvalues))
    facts = [(f"largest {_lambda('max')}", found.largest)]
    if len(found.columns) > 1:
        facts += [(f"smallest {_lambda('min')}", found.smallest), ("condition number", found.condition)]
    facts.append(("norm of the gradient", found.gradient_norm))
    rows = [
        (writer.muted(name), "∞" if value == math.inf else writer.number(value))
        for name, value in facts
        if not math.isnan(value)
    ]
    text += writer.table(rows)
    if found.kind is not Kind.SLOPE:
        text += writer.line(KINDS[found.kind], above=6)
    return text + writer.remark(_how(found), above=6)


def _lambda(which: str) -> str:
    return f"λ<sub>{which}</sub>"


def _how(found: Curvature) -> str:
    columns = len(found.columns)
    if found.products == 0:
        what = f"{columns} × {columns} second derivatives" if columns > 1 else "second derivative"
        return f"From the {what}, by automatic differentiation in float64."
    low, high = found.residuals
    return (
        f"{columns:,} parameters: found with {found.products} Hessian-vector products (Lanczos). "
        f"λmax is known {_known(high)}, λmin {_known(low)}; those between are left out."
    )


def _known(residual: float) -> str:
    return "to rounding" if residual < 1e-15 else f"to {residual:.0e} of the largest"


def _direction(writer: Writer, found: Curvature, experiment: Experiment) -> str:
    if len(found.columns) == 1:
        return ""
    owners = np.repeat(
        [index for index, spec in enumerate(experiment.parameters) if spec.requires_grad],
        [spec.size for spec in experiment.trained],
    )
    if len(owners) != len(found.vector):
        return ""
    chosen = np.sort(np.abs(found.vector).argsort()[::-1][:MOST_BARS])
    bars = Bars([found.columns[i] for i in chosen], found.vector[chosen].tolist(), owners[chosen].tolist())
    text = writer.section("Direction of the largest eigenvalue") + writer.figure(bars)
    left = len(found.vector) - len(chosen)
    return text + (writer.remark(f"The {left:,} smallest elements are left out.") if left else "")


def _hessian(writer: Writer, found: Curvature) -> str:
    if found.local is None or not 1 < len(found.columns) <= MOST_OF_MATRIX:
        return ""
    picture = MatrixMap(found.local.hessian, found.columns, found.columns, "∂²loss/∂{row}∂{column}")
    return writer.section("Hessian") + writer.figure(picture)
