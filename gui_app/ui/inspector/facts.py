"""What a page says of a node's part in the passes: when it ran, who watches it, what it is a derivative of."""

from __future__ import annotations

from collections.abc import Callable

from gui_app.ui.inspector import neighbours
from gui_app.ui.inspector.subject import Subject
from gui_app.ui.inspector.writer import Writer

ORDERS = ("", "first", "second", "third", "fourth", "fifth")


def facts(subject: Subject, writer: Writer) -> str:
    """The section; nothing where there is nothing to say."""
    told = [text for fact in _FACTS if (text := fact(subject, writer))]
    lines = "".join(writer.line(text) for text in told)
    return writer.section("In the passes") + lines if told else ""


def _turn(subject: Subject, _writer: Writer) -> str:
    place, count = subject.node.order, len(subject.graph.order)
    if place is None:
        return ""
    return f"Number {place + 1:,}{f' of {count:,}' if count else ''} in the backward pass."


def _root(subject: Subject, _writer: Writer) -> str:
    return "The backward pass starts here." if subject.node.id in subject.graph.roots else ""


def _round(subject: Subject, _writer: Writer) -> str:
    again = subject.node.repeat
    return f"The {ordinal(again + 1)} evaluation of this place of the program." if again else ""


def _hooks(subject: Subject, _writer: Writer) -> str:
    many = subject.node.hooks
    return "" if not many else "One hook watches it." if many == 1 else f"{many:,} hooks watch it."


def _version(subject: Subject, _writer: Writer) -> str:
    times = subject.node.version if subject.node.kind == "leaf" else None
    return (
        "" if not times else "Changed in place once." if times == 1 else f"Changed in place {times:,} times."
    )


def _derivation(subject: Subject, writer: Writer) -> str:
    node = subject.node
    if not node.derivation:
        return ""
    order = ORDERS[node.derivation] if node.derivation < len(ORDERS) else ordinal(node.derivation)
    if node.derivative_of is None:
        return f"Part of the {order} derivative."
    source = neighbours.links(subject, writer, [node.derivative_of])
    return f"Part of the {order} derivative: it differentiates {source}."


def _derivative(subject: Subject, writer: Writer) -> str:
    made = [node.id for node in subject.graph.nodes if node.derivative_of == subject.node.id]
    return f"Its derivative: {neighbours.links(subject, writer, made[: neighbours.MOST])}." if made else ""


_FACTS: tuple[Callable[[Subject, Writer], str], ...] = (
    _turn,
    _root,
    _round,
    _hooks,
    _version,
    _derivation,
    _derivative,
)


def ordinal(number: int) -> str:
    """``1st``, ``22nd``, ``113th``."""
    ending = "th" if 10 <= number % 100 <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"
