"""Finding nodes by what is written about them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gui_app.core.graph import Graph, Node
from gui_app.ui.graph.words import operation, shape_text

FOUND_WRONG = {
    "missing ), unterminated subpattern": "A bracket ( is not closed.",
    "unbalanced parenthesis": "There is a ) without a (.",
    "unterminated character set": "A bracket [ is not closed.",
    "nothing to repeat": "There is nothing before *, + or ? that could be repeated.",
    "multiple repeat": "Two signs of repetition follow each other.",
    "bad escape (end of pattern)": "The pattern ends in a lone \\.",
}
"""What Python's messages about a pattern mean."""
EVERY_LEAF = "AccumulateGrad"
"""What stands below every leaf: it is found by its words, not by letters within them (``mul``)."""
STARTS = (0, len("Accumulate"))
"""Where its words start."""


class BadPattern(ValueError):  # noqa: N818 - told to the user, in words
    """The pattern cannot be read; the message is a sentence."""


def texts(
    graph: Graph, members: Sequence[Sequence[int]] | None = None, recorded: Graph | None = None
) -> list[str]:
    """By node id what can be found of it: names, variable, note and shape; of a block also what is in it."""
    found = [_text(node) for node in graph.nodes]
    if members is not None and recorded is not None:
        for node in graph.nodes:
            if node.kind == "block":
                inner = dict.fromkeys(_text(recorded.nodes[member]) for member in members[node.id])
                found[node.id] = "\n".join((found[node.id], *inner))
    return found


def matches(written: Sequence[str], wanted: str, pattern: bool) -> list[int]:
    """Ids of the nodes of whose text some part is ``wanted``, or matches it as a regular expression.

    Capital letters do not matter. Raises BadPattern for an expression that cannot be read.
    """
    if not wanted:
        return []
    try:
        sought = re.compile(wanted if pattern else re.escape(wanted), re.IGNORECASE | re.MULTILINE)
    except re.error as error:
        words = FOUND_WRONG.get(error.msg, "The pattern cannot be read.")
        raise BadPattern(words) from None
    return [node for node, text in enumerate(written) if _found(text, sought)]


def _found(text: str, sought: re.Pattern[str]) -> bool:
    return any(not _within_word(text, hit.start()) for hit in sought.finditer(text))


def _within_word(text: str, place: int) -> bool:
    start = text.rfind(EVERY_LEAF, 0, place + len(EVERY_LEAF))
    return 0 <= start < place < start + len(EVERY_LEAF) and place - start not in STARTS


def _text(node: Node) -> str:
    shape = "" if node.shape is None else f"{shape_text(node.shape)}\n{list(node.shape)}"
    parts = (node.label, node.name, operation(node.name), node.note, shape)
    return "\n".join(dict.fromkeys(part for part in parts if part))
