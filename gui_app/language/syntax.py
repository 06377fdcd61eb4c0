"""Program text -> syntax tree of the allowed language, or faults. Never raises, never recurses with its input."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import cast

from gui_app.core.fault import Fault, Span
from gui_app.language import limits
from gui_app.language.scan import indented, scan

FILENAME = "<program>"
"""The file name of programs, by which their frames are found in a traceback."""

_WHAT = {
    "ClassDef": ("Classes are not part of the language.", "Use plain functions: def f(x): …"),
    "AsyncFunctionDef": ("Asynchronous functions are not part of the language.", "Use def."),
    "Lambda": ("lambda is not part of the language.", "Give the function a name: def f(x): return …"),
    "Try": ("try is not part of the language.", "Let the error happen: it is shown at its place."),
    "TryStar": ("try is not part of the language.", "Let the error happen: it is shown at its place."),
    "Raise": ("raise is not part of the language.", ""),
    "Assert": ("assert is not part of the language.", ""),
    "Global": ("global is not needed.", "Give the value to the function as an argument."),
    "Nonlocal": ("nonlocal is not part of the language.", "Return the value from the function."),
    "Delete": ("del is not needed.", "Leave the line out."),
    "TemplateStr": (
        "Strings with a t in front are not part of the language.",
        'Write f in its place: print(f"…").',
    ),
    "NamedExpr": ("The operator := is not part of the language.", "Assign on a line of its own."),
    "Yield": ("Generators are not part of the language.", "Collect the values in a list."),
    "YieldFrom": ("Generators are not part of the language.", "Collect the values in a list."),
    "Await": ("await is not part of the language.", ""),
    "Starred": ("The star is not part of the language.", "Write the items one by one."),
    "Set": ("Sets are not part of the language.", "Use a list: [a, b]."),
    "DictComp": ("Dictionaries are not part of the language.", "Use a list."),
    "SetComp": ("Sets are not part of the language.", "Use a list."),
    "Match": ("match is not part of the language.", "Use if and elif."),
    "AnnAssign": ("Type annotations are not part of the language.", "Leave out the part after the colon."),
    "AsyncFor": ("Asynchronous loops are not part of the language.", "Use for."),
    "AsyncWith": ("Asynchronous blocks are not part of the language.", "Use with."),
    "TypeAlias": ("Type aliases are not part of the language.", ""),
    "In": ("The operator in is not part of the language.", "Compare with == instead."),
    "NotIn": ("The operator in is not part of the language.", "Compare with != instead."),
}
_ALLOWED = (
    *(
        ast.Module,
        ast.Expr,
        ast.Assign,
        ast.AugAssign,
        ast.If,
        ast.For,
        ast.While,
        ast.Break,
        ast.Continue,
        ast.Pass,
    ),
    *(ast.With, ast.withitem, ast.FunctionDef, ast.Return, ast.Import, ast.ImportFrom, ast.alias),
    *(
        ast.arguments,
        ast.arg,
        ast.expr_context,
        ast.Name,
        ast.Constant,
        ast.Tuple,
        ast.List,
        ast.BinOp,
        ast.UnaryOp,
    ),
    *(
        ast.BoolOp,
        ast.boolop,
        ast.unaryop,
        ast.operator,
        ast.Compare,
        ast.cmpop,
        ast.IfExp,
        ast.Call,
        ast.keyword,
    ),
    *(ast.Attribute, ast.Subscript, ast.Slice, ast.ListComp, ast.GeneratorExp, ast.comprehension),
    *(ast.JoinedStr, ast.FormattedValue, ast.Dict),
)


class Text:
    """Positions in a program text: byte columns, as Python counts them, to columns in characters."""

    def __init__(self, source: str) -> None:
        self.lines = source.split("\n")
        self._plain = source.isascii()

    def _column(self, line: int, column: int) -> int:
        if self._plain or not 1 <= line <= len(self.lines):
            return column
        return len(self.lines[line - 1].encode()[:column].decode(errors="ignore"))

    def span(self, line: int, column: int, end_line: int, end_column: int) -> Span:
        """The span between two places given by line and byte column."""
        return Span(line, self._column(line, column), end_line, self._column(end_line, end_column))

    def of(self, node: ast.AST) -> Span | None:
        """Where ``node`` stands."""
        if not isinstance(node, ast.expr | ast.stmt | ast.keyword | ast.arg | ast.alias):
            return None
        return self.span(
            node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or 0
        )

    def segment(self, node: ast.expr) -> str:
        """The text of an expression."""
        span = self.of(node)
        assert span is not None
        lines = self.lines[span.line - 1 : span.end_line]
        lines[-1] = lines[-1][: span.end_column]
        lines[0] = lines[0][span.column :]
        return "\n".join(lines)


def unix(source: str) -> str:
    """The text with newlines as Python counts lines."""
    return source.replace("\r\n", "\n").replace("\r", "\n")


def parse(source: str) -> tuple[ast.Module | None, tuple[Fault, ...]]:
    """The tree of ``source`` and what is wrong with it; there is a tree only if nothing is."""
    source = unix(source)
    fault = scan(source)
    if fault:
        return None, (fault,)
    text, moved = indented(source)
    try:
        tree = _tree(text, moved)
    except SyntaxError as error:
        return None, (_syntax_fault(error, moved),)
    except (ValueError, MemoryError, RecursionError, OverflowError) as error:
        return None, (
            Fault("The program is nested too deeply.", None, "Split it into several lines.", str(error)),
        )
    faults = tuple(_walk(tree, Text(source)))
    return (None if faults else tree), faults


_HEAD = "if 1:\n pass\n"
_ADDED = _HEAD.count("\n")


def _tree(text: str, moved: set[int]) -> ast.Module:
    """The tree of an indented program, read as the inside of one interactive statement.

    In any other form Python's parser would open a file of the program's name, to quote the line with the error.
    """
    (block,) = ast.parse(f"{_HEAD}{text}\n\n", FILENAME, "single").body
    assert isinstance(block, ast.If)
    for node in ast.walk(block):
        if "lineno" in node._attributes:
            placed = cast(ast.expr, node)
            placed.lineno -= _ADDED
            placed.col_offset -= placed.lineno in moved
            placed.end_lineno = (placed.end_lineno or 0) - _ADDED
            placed.end_col_offset = (placed.end_col_offset or 0) - (placed.end_lineno in moved)
    return ast.Module(block.body[1:], [])


_SAID = (
    (r"was never closed", "A bracket is never closed.", "Add the closing bracket."),
    (r"unmatched|does not match", "A closing bracket has no partner.", "Check the brackets of this line."),
    (r"unterminated", "A string has no end.", "Add the closing quote."),
    (
        r"unindent does not match|inconsistent use of tabs",
        "The indentation is uneven.",
        "Use four spaces a level.",
    ),
    (r"unexpected indent", "The line is indented for no reason.", "Move it to the left."),
    (
        r"expected an indented block",
        "The line after the colon must be indented.",
        "Start it with four spaces.",
    ),
    (r"expected ':'", "A colon is missing.", "Put : at the end of the line."),
    (
        r"Maybe you meant '=='|cannot assign",
        "Only a name can stand on the left of =.",
        "To compare, write ==.",
    ),
    (
        r"Perhaps you forgot a comma",
        "Something is missing between two values.",
        "Write * to multiply, or a comma.",
    ),
    (
        r"outside loop|not properly in loop",
        "break and continue belong inside a loop.",
        "Move or delete the line.",
    ),
    (r"nested|too many", "The program is nested too deeply.", "Split it into several lines."),
)


def _syntax_fault(error: SyntaxError, moved: set[int]) -> Fault:
    raw = re.sub(r"\bline (\d+)", lambda found: f"line {int(found[1]) - _ADDED}", error.msg or "")
    line, column = _moved_back(error.lineno, error.offset, moved)
    end_line, end_column = _moved_back(error.end_lineno or error.lineno, error.end_offset, moved)
    if (end_line, end_column) <= (line, column):
        end_line, end_column = line, column + 1
    span = Span(line, column, end_line, end_column)
    for pattern, message, hint in _SAID:
        if re.search(pattern, raw):
            return Fault(message, span, hint, raw)
    return Fault("This cannot be read.", span, "Is an operator, a bracket or a value missing?", raw)


def _moved_back(line: int | None, offset: int | None, moved: set[int]) -> tuple[int, int]:
    """A place in the indented program, as line and column in the program itself."""
    line = max((line or 1) - _ADDED, 1)
    return line, max((offset or 1) - 1 - (line in moved), 0)


def _walk(tree: ast.Module, text: Text) -> Iterator[Fault]:
    """Limits and allow-list; the walk keeps its own stack, so depth costs nothing."""
    stack: list[tuple[ast.AST, int, Span | None]] = [(tree, 0, None)]
    nodes = 0
    while stack:
        node, depth, outer = stack.pop()
        span = text.of(node) or outer
        nodes += 1
        if nodes > limits.MAX_NODES:
            yield Fault("The program is too long.", span, f"At most {limits.MAX_NODES:,} parts are allowed.")
            return
        if depth > limits.MAX_DEPTH:
            yield Fault("The program is nested too deeply here.", span, "Split it into several lines.")
            return
        problem = _problem(node)
        if problem:
            yield Fault(problem[0], span, problem[1])
            continue
        stack.extend((child, depth + 1, span) for child in reversed(list(ast.iter_child_nodes(node))))


def _problem(node: ast.AST) -> tuple[str, str] | None:
    """What is wrong with one node by itself."""
    name = type(node).__name__
    if name in _WHAT:
        return _WHAT[name]
    if isinstance(node, ast.Dict) and not all(map(_is_text, node.keys)):
        return "The keys of a dictionary are texts.", 'Write for example {"params": [w], "lr": 0.1}.'
    if not isinstance(node, _ALLOWED):
        return f"{name} is not part of the language.", ""
    identifier = _identifier(node)
    if not identifier.isascii():
        return f"The name {identifier} is not understood.", "Use the letters a to z, digits and _."
    if identifier.startswith("__"):
        return f"Names cannot start with two underscores: {identifier}.", "Choose another name."
    if isinstance(node, ast.Constant) and not isinstance(node.value, int | float | str | None | type(...)):
        return "Only numbers are values here.", "Use numbers, tensors and lists."
    if isinstance(node, ast.For | ast.While) and node.orelse:
        return "A loop cannot have an else.", "Put the lines after the loop."
    if isinstance(node, ast.FunctionDef) and (node.decorator_list or getattr(node, "type_params", False)):
        return "Functions cannot have decorators.", "Start with def."
    if isinstance(node, ast.arguments) and (node.vararg or node.kwarg):
        return "A function's arguments cannot have stars.", "Name each argument."
    if (isinstance(node, ast.arg) and node.annotation) or (
        isinstance(node, ast.FunctionDef) and node.returns
    ):
        return "Type annotations are not part of the language.", "Write the names alone."
    if isinstance(node, ast.keyword) and node.arg is None:
        return "Stars are not part of the language.", "Write the arguments one by one."
    if isinstance(node, ast.comprehension) and node.is_async:
        return "Asynchronous loops are not part of the language.", "Use for."
    return None


def _is_text(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _identifier(node: ast.AST) -> str:
    """The name that a node introduces or reads, if it has one."""
    for field in ("id", "attr", "arg", "name"):
        value = getattr(node, field, None)
        if isinstance(value, str):
            return value
    return ""
