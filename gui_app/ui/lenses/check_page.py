"""The page of the gradient check: autograd beside finite differences, element by element."""

from __future__ import annotations

import math

import numpy as np

from gui_app.core.lenses import GradientCheck, GradientCheckAsked, Verdict
from gui_app.core.moment import Moment
from gui_app.core.numbers import short
from gui_app.core.question import Question
from gui_app.ui.inspector.writer import Writer
from gui_app.ui.lenses.page import TextPage, row_of
from gui_app.ui.theme import Palette

MOST_ROWS = 80
ORDER = (Verdict.WRONG, Verdict.KINK, Verdict.UNSURE, Verdict.RIGHT)
SILENT = (
    "Finite differences repeat the recorded operations with the values that there were when each of them ran. "
    "Autograd used what was in memory at the backward pass."
)


class CheckPage(TextPage):
    """Shows a GradientCheck."""

    title = "Gradient check"
    help = "Whether autograd's gradient agrees with finite differences."
    for_scripts = True

    def __init__(self, palette: Palette) -> None:
        self.check: GradientCheck | None = None
        self._is_script = False
        super().__init__(palette)

    def question(self, moment: Moment) -> Question | None:
        """The gradient at the shown step."""
        self._is_script = moment.is_script
        step, row = row_of(moment)
        return GradientCheckAsked(experiment=moment.experiment, step=step, row=row)

    def accept(self, answer: object) -> bool:
        """Show a GradientCheck."""
        if not isinstance(answer, GradientCheck):
            return False
        self.check = answer
        self.show_answer()
        return True

    def forget(self) -> None:
        """There is none of this record yet."""
        self.check = None

    def write(self, writer: Writer) -> str:
        """The verdict, the table, and how it was found."""
        found = self.check
        if found is None:
            return ""
        what = "backward pass" if self._is_script else "step"
        text = writer.section(f"Gradient at {what} {found.step:,}") + _summary(writer, found)
        if found.reason:
            text += writer.line(writer.name(found.reason), above=6)
        if found.count(Verdict.WRONG) and self._is_script:
            text += writer.line(SILENT, above=4)
        text += "<p style='margin:0; font-size:4px'>&nbsp;</p>" + _table(writer, found)
        return text + writer.remark(_how(found, self._is_script), above=8)


def _summary(writer: Writer, found: GradientCheck) -> str:
    wrong, kinks, unsure = map(found.count, (Verdict.WRONG, Verdict.KINK, Verdict.UNSURE))
    count = len(found.names)
    if wrong:
        text = writer.warning(
            f"<b>{wrong:,} of {count:,}</b> elements {'is' if wrong == 1 else 'are'} wrong.", error=True
        )
    else:
        right = found.count(Verdict.RIGHT)
        said = "Autograd agrees with finite differences" + (
            "." if right == count else f" in {right:,} of {count:,} elements."
        )
        text = writer.line(f"<span style='color:{writer.palette.good}'><b>✓</b>&nbsp; {said}</span>", above=0)
    if kinks:
        text += writer.warning(
            f"{kinks:,} {_are(kinks)} at a kink: there is no derivative, only one from each side."
        )
    if unsure:
        text += writer.warning(
            f"{unsure:,} cannot be checked: the function is too rough, or not defined around it."
        )
    return text


def _are(count: int) -> str:
    return "element is" if count == 1 else "elements are"


def _table(writer: Writer, found: GradientCheck) -> str:
    order = sorted(range(len(found.names)), key=lambda i: ORDER.index(found.verdicts[i]))[:MOST_ROWS]
    heads = ("", "", "autograd", "finite differences", "apart")
    rows = [
        (_mark(writer, found.verdicts[i]), writer.code(found.names[i]), *_numbers(writer, found, i))
        for i in order
    ]
    text = writer.table(rows, heads)
    left = len(found.names) - len(rows)
    return text + (writer.remark(f"and {left:,} more.") if left else "")


def _numbers(writer: Writer, found: GradientCheck, i: int) -> tuple[str, str, str]:
    own = writer.number(float(found.autograd[i]))
    verdict = found.verdicts[i]
    if verdict is Verdict.KINK:
        sides = f"{writer.number(float(found.left[i]), 4)} | {writer.number(float(found.right[i]), 4)}"
        return own, sides, writer.muted("a kink: no derivative here")
    numeric = float(found.numeric[i])
    if math.isnan(numeric):
        return own, writer.muted("not defined"), ""
    judged = found.autograd[i] if np.isnan(found.precise[i]) else found.precise[i]
    apart = abs(float(judged) - numeric)
    if verdict is Verdict.WRONG:
        shown = f"<span style='color:{writer.palette.error}'><b>{writer.number(numeric)}</b></span>"
        return own, shown, writer.number(apart, 3)
    return own, writer.number(numeric), writer.number(apart, 3)


def _mark(writer: Writer, verdict: Verdict) -> str:
    colour, sign, word = {
        Verdict.RIGHT: (writer.palette.good, "✓", "right"),
        Verdict.WRONG: (writer.palette.error, "✗", "wrong"),
        Verdict.KINK: (writer.palette.warning, "∧", "a kink"),
        Verdict.UNSURE: (writer.palette.muted, "?", "cannot be checked"),
    }[verdict]
    return f"<span title='{word}' style='color:{colour}'><b>{sign}</b></span>"


def _how(found: GradientCheck, is_script: bool) -> str:
    text = (
        "Central differences in float64, refined by Richardson's extrapolation. "
        f"A difference up to {short(found.tolerance)} of the number counts as right"
    )
    text += ", beyond what rounding makes of it." if is_script else "; it is held against autograd in float64"
    if not is_script:
        text += "." if found.dtype == "float64" else f", and what the run computed in {found.dtype} is shown."
    if found.of > len(found.names):
        text += f" {len(found.names):,} of {found.of:,} elements, spread evenly."
    return text
