"""The page of Jacobians: which value by which parameter, and the matrix as a picture."""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout

from gui_app.core.experiment import element_names
from gui_app.core.lenses import Jacobian, JacobianAsked
from gui_app.core.moment import Moment
from gui_app.core.question import Question
from gui_app.ui.editor.controls import Choice
from gui_app.ui.inspector.writer import Writer, shape_text
from gui_app.ui.lenses.matrix_map import MatrixMap
from gui_app.ui.lenses.page import TextPage, row_of
from gui_app.ui.theme import GRID, Palette


class JacobianPage(TextPage):
    """Shows a Jacobian; what it is of can be chosen."""

    title = "Jacobian"
    help = "All derivatives of a value of the program with respect to a parameter."
    for_scripts = True

    def __init__(self, palette: Palette) -> None:
        self.jacobian: Jacobian | None = None
        self.output, self.parameter = Choice(()), Choice(())
        self._wanted = ("", "")
        super().__init__(palette)

    def build(self, column: QVBoxLayout) -> None:
        """Two choices above the text."""
        row = QHBoxLayout()
        row.setContentsMargins(GRID + 4, GRID, GRID + 4, 0)
        row.setSpacing(GRID)
        for word, choice, what in (
            ("of", self.output, "What is differentiated"),
            ("by", self.parameter, "The parameter that it is differentiated by"),
        ):
            label = QLabel(word)
            label.setObjectName("muted")
            choice.setAccessibleName(what)
            choice.setToolTip(what)
            choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            choice.setMaximumWidth(22 * GRID)
            choice.settled.connect(self._on_chosen)
            row.addWidget(label)
            row.addWidget(choice, 1)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self.text, 1)

    def subject(self, moment: Moment) -> Hashable:
        """Also what was chosen."""
        return id(moment.history), moment.step, self._wanted

    def question(self, moment: Moment) -> Question | None:
        """What was chosen, at the shown step."""
        step, row = row_of(moment)
        output, parameter = self._wanted
        return JacobianAsked(
            experiment=moment.experiment, step=step, row=row, output=output, parameter=parameter
        )

    def accept(self, answer: object) -> bool:
        """Show a Jacobian."""
        if not isinstance(answer, Jacobian):
            return False
        self.jacobian = answer
        _offer(self.output, [name for name, _ in answer.outputs], answer.output)
        _offer(self.parameter, [name for name, _ in answer.parameters], answer.parameter)
        self.show_answer()
        return True

    def forget(self) -> None:
        """Another program may have other names."""
        self.jacobian, self._wanted = None, ("", "")

    def write(self, writer: Writer) -> str:
        """Shapes in words, then the picture."""
        found = self.jacobian
        if found is None:
            return ""
        of, by = found.shape_of_output, found.shape_of_parameter
        rows, columns = found.matrix.shape
        said = (
            f"{writer.code(found.output)} has shape {shape_text(of)}, {writer.code(found.parameter)} {shape_text(by)}: "
            f"<b>{rows:,} × {columns:,}</b> derivatives at step {found.step:,}, "
            "a row for each element of the value, a column for each of the parameter."
        )
        picture = MatrixMap(
            found.matrix,
            element_names(found.output, of),
            element_names(found.parameter, by),
            "∂{row}/∂{column}",
        )
        text = writer.line(said, above=0) + writer.figure(picture, above=10)
        if rows == 1:
            return text + writer.remark("The Jacobian of a single number has one row: it is the gradient.")
        return text + writer.remark("A backward pass never builds it: it sends one weighted sum of the rows.")

    def _on_chosen(self) -> None:
        self._wanted = self.output.value, self.parameter.value
        self.question_changed.emit()


def _offer(choice: Choice, names: list[str], chosen: str) -> None:
    """These names, one of them chosen; silent."""
    if [choice.itemText(i) for i in range(choice.count())] != names:
        choice.clear()
        choice.addItems(names)
    choice.set_value(chosen)
