"""What the views of the data have in common: each shows a Fit in its own way."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QPoint, QRectF, QSizeF, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from gui_app.core.experiment import Experiment
from gui_app.core.fit import Fit
from gui_app.core.numbers import short
from gui_app.core.prepared import Prepared
from gui_app.ui.theme import Palette


class DataView(QWidget):
    """Override ``suits``, ``show_fit`` and ``apply_theme``."""

    sample_chosen = Signal(int)
    """A row of the data, by its place."""
    question_changed = Signal()
    """Something was chosen here that needs another answer."""

    name: ClassVar[str]
    """By which the choice is kept."""
    help: ClassVar[str]
    wants_plane: ClassVar[bool] = False
    wants_layers: ClassVar[bool] = False

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.palette_ = palette
        self.fit: Fit | None = None

    @classmethod
    def title(cls, fit: Fit) -> str:  # noqa: ARG003 - some depend on it
        """What its button says."""
        return cls.name

    @classmethod
    def suits(cls, fit: Fit, experiment: Experiment) -> bool:
        """Whether there is something to see."""
        raise NotImplementedError

    def show_fit(self, fit: Fit, experiment: Experiment) -> None:
        """Show this from now on."""
        raise NotImplementedError

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self.palette_ = palette
        self.update()

    def paint_picture(self, painter: QPainter, target: QRectF) -> None:
        """Paint into ``target`` what is shown."""
        painter.save()
        painter.fillRect(target, QColor(self.palette_.panel))
        painter.translate(target.topLeft())
        painter.scale(target.width() / max(self.width(), 1), target.height() / max(self.height(), 1))
        self.render(painter, QPoint())
        painter.restore()


class ViewPicture:
    """What a view shows, as a picture."""

    name = "data"

    def __init__(self, view: DataView) -> None:
        self._view = view

    def size(self) -> QSizeF:
        """The size on the screen."""
        return QSizeF(self._view.size())

    def paint(self, painter: QPainter, target: QRectF) -> None:
        """Paint into ``target``."""
        self._view.paint_picture(painter, target)


def target_name(data: Prepared) -> str:
    """What the column is called that is to be predicted; ``target`` where the program cannot name it."""
    return next((name for name, values in data.columns.items() if values is data.target), "target")


def written(value: float, digits: int = 4) -> str:
    """A number as it stands in a picture."""
    return short(value, digits).replace("-", "−")


def described(fit: Fit, place: int) -> str:
    """One row in a few lines: which it is, its target and its prediction. ``place`` is among the predicted rows."""
    row = int(fit.rows[place])
    lines = [f"row {int(fit.data.rows[row]) + 1:,}, {'held out' if fit.held_out[place] else 'trained on'}"]
    units = fit.data.original(fit.data.features[row])
    shown = list(zip(fit.data.names, units.tolist(), strict=True))[:4]
    lines += [f"{name} = {written(value)}" for name, value in shown]
    if len(fit.data.names) > len(shown):
        lines.append("…")
    truth = fit.truth
    if truth is not None:
        lines.append(f"{target_name(fit.data)}: {_class_or_number(fit, truth[place])}")
    if fit.classes is not None and fit.probabilities is not None:
        best = fit.classes[place]
        share = fit.probabilities[place, best]
        lines.append(f"predicted: {_class_or_number(fit, best)} ({share:.0%})")
    elif fit.values is not None:
        lines.append(f"predicted: {written(float(fit.values[place]))}")
    return "\n".join(lines)


def _class_or_number(fit: Fit, value: float) -> str:
    return written(float(value)) if fit.data.classes is None else fit.data.classes[int(value)]
