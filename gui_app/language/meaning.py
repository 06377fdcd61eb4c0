"""Whether two texts are the same program: spaces, comments and brackets without effect do not count."""

from __future__ import annotations

import ast

from gui_app.language.syntax import parse


def same_meaning(first: str, second: str) -> bool:
    """True if both texts can be read and differ in nothing that is run."""
    trees = [parse(text)[0] for text in (first, second)]
    dumps = [None if tree is None else ast.dump(tree) for tree in trees]
    return dumps[0] is not None and dumps[0] == dumps[1]
