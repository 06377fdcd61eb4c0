"""Program text -> syntax tree of the allowed language, or faults. Never raises, never recurses with its input."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from gui_app.core.fault import Fault, Span
from gui_app.language import limits
from gui_app.language.scan import scan

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
    "JoinedStr": (
        "Formatted strings are not part of the language.",
        "Print the values, separated by commas.",
    ),
    "TemplateStr": (
        "Formatted strings are not part of the language.",
        "Print the values, separated by commas.",
    ),
    "NamedExpr": ("The operator := is not part of the language.", "Assign on a line of its own."),
    "Yield": ("Generators are not part of the language.", "Collect the values in a list."),
    "YieldFrom": ("Generators are not part of the language.", "Collect the values in a list."),
    "Await": ("await is not part of the language.", ""),
    "Starred": ("The star is not part of the language.", "Write the items one by one."),
    "Dict": ("Dictionaries are not part of the language.", "Use one name for each value."),
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


def unix(source: str) -> str:
    """The text with newlines as Python counts lines."""
    return source.replace("\r\n", "\n").replace("\r", "\n")


def parse(source: str) -> tuple[ast.Module | None, tuple[Fault, ...]]:
    """The tree of ``source`` and what is wrong with it; there is a tree only if nothing is."""
    source = unix(source)
    fault = next(scan(source), None)
    if fault:
        return None, (fault,)
    try:
        tree = ast.parse(source, FILENAME)
    except SyntaxError as error:
        return None, (_syntax_fault(error),)
    except (ValueError, MemoryError, RecursionError, OverflowError) as error:
        return None, (
            Fault("The program is nested too deeply.", None, "Split it into several lines.", str(error)),
        )
    faults = tuple(_walk(tree, Text(source)))
    return (None if faults else tree), faults


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


def _syntax_fault(error: SyntaxError) -> Fault:
    raw = error.msg or ""
    line, column = max(error.lineno or 1, 1), max((error.offset or 1) - 1, 0)
    end_line = error.end_lineno or line
    end_column = max((error.end_offset or 0) - 1, 0)
    if (end_line, end_column) <= (line, column):
        end_line, end_column = line, column + 1
    span = Span(line, column, end_line, end_column)
    for pattern, message, hint in _SAID:
        if re.search(pattern, raw):
            return Fault(message, span, hint, raw)
    return Fault("This cannot be read.", span, "Is an operator, a bracket or a value missing?", raw)


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
    if not isinstance(node, _ALLOWED):
        return f"{name} is not part of the language.", ""
    identifier = _identifier(node)
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


def _identifier(node: ast.AST) -> str:
    """The name that a node introduces or reads, if it has one."""
    for field in ("id", "attr", "arg", "name"):
        value = getattr(node, field, None)
        if isinstance(value, str):
            if not value.isascii():
                return f"__{value}"
            return value
    return ""
