"""What the descent panel shows, as far as the user decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

View = Literal["curve", "contour", "surface", "values", "gradients"]
Axes = Literal["numbers", "main", "random"]


class ViewSpec(NamedTuple):
    """A way of looking at the descent, and for how many trained numbers there is one."""

    title: str
    tip: str
    least: int
    most: float = float("inf")


VIEWS: Mapping[View, ViewSpec] = {
    "curve": ViewSpec("Curve", "The objective along its only parameter, with the tangent", 1, 1),
    "contour": ViewSpec("Contour", "Level lines of the objective, and the path across them", 2),
    "surface": ViewSpec("Surface in 3-D", "The objective as a landscape that can be turned", 2),
    "values": ViewSpec("Values over the steps", "Each parameter as a line", 1),
    "gradients": ViewSpec("Gradients over the steps", "Each parameter's gradient as a line", 1),
}
AXES: Mapping[Axes, tuple[str, str]] = {
    "numbers": ("Two parameters", "The others are held at the step that is shown"),
    "main": ("Main directions of the path (PCA)", "The two directions in which the path varies most"),
    "random": ("Random directions", "Filter-normalised: a step of 1 is as long as the parameters are"),
}
"""Where there are more numbers than axes."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The view, and what its axes run along."""

    view: View
    axes: Axes = "numbers"
    columns: tuple[int, int] = (0, 1)
    """Two different columns: across and up, where the axes are numbers."""
    seed: int = 0
    """Of the random directions."""
    key: bool = True
    """Whether a box tells what the signs mean."""
    quadratic: bool = False
    """Whether the local quadratic is drawn as well, once it is known."""

    @property
    def sight(self) -> tuple[Axes, tuple[int, int], int]:
        """What the axes run along: where two choices agree in it, the same stretches can be shown."""
        return self.axes, self.columns, self.seed

    @property
    def is_field(self) -> bool:
        """Whether it shows the objective over two axes."""
        return self.view in ("contour", "surface")


def offered(count: int) -> list[View]:
    """The views for so many trained numbers."""
    return [view for view, spec in VIEWS.items() if spec.least <= count <= spec.most]


def first_choice(count: int) -> Choice:
    """What is shown of so many trained numbers unless someone has chosen."""
    return Choice("curve" if count == 1 else "contour" if count == 2 else "values")
