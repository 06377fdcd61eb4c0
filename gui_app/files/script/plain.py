"""A typed program as plain PyTorch: every name spelled as Python wants it, all else as it was typed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from gui_app.core.fault import Fault
from gui_app.core.layers import Layer
from gui_app.files.script.drawn import MASKS, drawing, drawn_once
from gui_app.language.declarations import Declaration, Reading, read
from gui_app.language.errors import ProgramError
from gui_app.language.names import Words
from gui_app.language.networks import Network
from gui_app.language.programs import is_seeding, kind_of, last_value, name_set
from gui_app.language.syntax import Text, parse, unix

_ROOTS = (
    ("torch", "torch."),
    ("F", "F."),
    ("nn", "nn."),
    ("autograd", "torch.autograd."),
    ("optim", "torch.optim."),
    ("schedules", "torch.optim.lr_scheduler."),
    ("data", "torch.utils.data."),
    ("utils", "torch.nn.utils."),
)
"""Where the vocabulary has a bare name from, and how Python reaches it; any other is Python's own."""
_OF_TENSORS = ("sum", "min", "max", "all", "any")
"""Python's own words that mean torch's when they are given a tensor."""
_IMPORTS = {
    "torch": "import torch",
    "math": "import math",
    "F": "import torch.nn.functional as F",
    "nn": "from torch import nn",
    "linalg": "from torch import linalg",
    "autograd": "from torch import autograd",
    "optim": "from torch import optim",
    "lr_scheduler": "from torch.optim import lr_scheduler",
}
_LISTS = (ast.List, ast.Tuple, ast.ListComp, ast.GeneratorExp)


@dataclass
class Plain:
    """A program's text in plain PyTorch, taken apart."""

    imports: set[str] = field(default_factory=set)
    """Import statements that it needs."""
    declarations: dict[str, str] = field(default_factory=dict)
    """The statements that make the parameters and networks which the text itself declares, by name, in order."""
    networks: dict[str, Layer] = field(default_factory=dict)
    """Those of them that are networks."""
    body: list[str] = field(default_factory=list)
    """All other lines; of an objective the last of them returns its value."""
    names: set[str] = field(default_factory=set)
    """Every name in it."""
    draws: set[str] = field(default_factory=set)
    """Functions that draw random numbers, other than for the start of a parameter."""
    drawn: list[str] = field(default_factory=list)
    """Names of data that are drawn once, before the first step."""
    once: list[str] = field(default_factory=list)
    """Where data are drawn as well: all statements that make random numbers before the first step, in their order."""
    seeds: bool = False
    """It seeds the random numbers itself."""


def plain(source: str, words: Words, parameters: Sequence[str]) -> Plain:
    """``source`` in plain PyTorch; ``parameters`` are the names of parameters and data.

    Raises ProgramError where it cannot be read.
    """
    source = unix(source)
    tree, faults = parse(source)
    if tree is None:
        raise ProgramError(faults[0])
    return _Spelling(source, tree, words, parameters).told()


class _Spelling:
    """Spells one program."""

    def __init__(self, source: str, tree: ast.Module, words: Words, parameters: Sequence[str]) -> None:
        self._words, self._parameters = words, set(parameters)
        self._script = kind_of(tree) == "script"
        if _is_crowded(tree.body):  # several statements in a line cannot be told apart by their lines
            source = ast.unparse(tree)
            tree = ast.parse(source)
        self._tree, self._lines = tree, source.split("\n")
        self._text = Text(source)
        self._made = Plain()
        own = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and _is_set(node)}
        arguments = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        self._own = own | arguments | functions | self._parameters
        self._imported = self._names_imported()
        self._lists = {name for name, value in _assignments(tree) if isinstance(value, _LISTS)}

    def _names_imported(self) -> set[str]:
        """Names that a script's own imports bind, where they mean the same to Python whatever they are given."""
        nodes = [node for node in ast.walk(self._tree) if isinstance(node, ast.ImportFrom) and self._script]
        names = {alias.asname or alias.name for node in nodes for alias in node.names}
        return {name for name in names if not (word := self._words.functions.get(name)) or not word.follows}

    def told(self) -> Plain:
        """The program, taken apart."""
        made, tree = self._made, self._tree
        made.names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} | self._own
        made.seeds = any(is_seeding(statement) for statement in tree.body)
        reading = Reading() if self._script else read(tree)
        declared = [d for d in reading.declarations if d.name in self._parameters]
        apart: set[ast.stmt] = {d.statement for d in declared} | {d.later for d in declared if d.later}
        apart |= {each.statement for each in reading.networks}
        made.networks = {each.name: each.layer for each in reading.networks if each.layer is not None}
        made.draws |= {"Dropout" for each in made.networks.values() if each.draws}
        parts: list[Declaration | Network] = [*declared, *reading.networks]
        if not self._script:
            apart |= {s for s in tree.body if is_seeding(s) or isinstance(s, ast.Import | ast.ImportFrom)}
        once = [] if self._script else self._once({part.name for part in parts}, apart)
        apart |= {*once}
        self._spell(apart)
        for each in sorted(parts, key=lambda part: part.statement.lineno):
            made.declarations[each.name] = self._declared(each, apart)
        made.drawn = [
            statement.targets[0].id for statement in once if isinstance(statement.targets[0], ast.Name)
        ]
        made.once = self._in_order(once)
        self._return(apart)
        dropped = {n for s in apart for n in range(s.lineno - 1, s.end_lineno or s.lineno)}
        made.body = _trimmed(line for number, line in enumerate(self._lines) if number not in dropped)
        return made

    def _once(self, declared: set[str], apart: set[ast.stmt]) -> list[ast.Assign]:
        """The statements that draw data, where something else is drawn too: they are run before the first step."""
        tree = self._tree
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        if not declared and not names & MASKS:
            return []
        rest = ast.Module([statement for statement in tree.body if statement not in apart], [])
        return drawn_once(rest, drawing(self._words) - self._own, self._parameters | declared)

    def _in_order(self, once: list[ast.Assign]) -> list[str]:
        """Declarations, seeds and draws as the text has them."""
        if not once:
            return []
        lines: dict[int, str] = {}
        for statement in self._tree.body:
            if statement in once or is_seeding(statement):
                lines[statement.lineno] = "\n".join(self._lines[statement.lineno - 1 : statement.end_lineno])
            name = name_set(statement)
            if name in self._made.declarations and statement not in once:
                lines.setdefault(statement.lineno, self._made.declarations.get(name or "", ""))
        return list(lines.values())

    def _declared(self, declaration: Declaration | Network, apart: set[ast.stmt]) -> str:
        """Its statements, after those that set the plain values which they use."""
        later = declaration.later if isinstance(declaration, Declaration) else None
        wanted = [statement for statement in (declaration.statement, later) if statement is not None]
        names = {n.id for statement in wanted for n in ast.walk(statement) if isinstance(n, ast.Name)}
        before = [s for s in self._tree.body if s.lineno < declaration.statement.lineno]
        for statement in reversed(before):
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)]) if name in names and statement not in apart:
                    wanted.insert(0, statement)
                    names |= {n.id for n in ast.walk(statement.value) if isinstance(n, ast.Name)}
        return "\n".join("\n".join(self._lines[s.lineno - 1 : s.end_lineno]) for s in wanted)

    def _return(self, apart: set[ast.stmt]) -> None:
        """Let an objective return its value."""
        found = None if self._script else last_value(self._tree.body)
        if found is None:
            return
        index, statement = found
        first, end = statement.lineno - 1, statement.end_lineno or statement.lineno
        if isinstance(statement, ast.Expr):
            self._lines[first] = f"return {self._lines[first]}"
            if end > first + 1:  # what spans several lines may do so by its brackets alone
                self._lines[first] = self._lines[first].replace("return ", "return (", 1)
                self._lines[end - 1] += ")"
        elif (name := name_set(statement)) is not None:
            later = self._tree.body[index + 1 :]
            place = max(
                (s.end_lineno or s.lineno for s in (statement, *later) if s not in apart), default=end
            )
            self._lines[place - 1] += f"\nreturn {name}"

    # --- names

    def _spell(self, apart: set[ast.stmt]) -> None:
        """Spell the vocabulary's names as Python wants them, from the end of the text to its beginning."""
        within = {node for statement in apart for node in ast.walk(statement)}
        called = {n.func: n for n in ast.walk(self._tree) if isinstance(n, ast.Call)}
        found = [n for n in ast.walk(self._tree) if isinstance(n, ast.Name) and n.id not in self._own]
        for node in sorted(found, key=lambda n: (n.lineno, n.col_offset), reverse=True):
            spelled = node.id if node.id in self._imported else self._spelled(node, called.get(node))
            root = spelled.partition(".")[0]
            if root in _IMPORTS:
                self._made.imports.add(_IMPORTS[root])
            word = self._words.functions.get(node.id)
            if word is not None and word.draws and node not in within:
                self._made.draws.add(node.id)
            if spelled != node.id:
                self._replace(node, spelled)
        for call in called.values():
            if isinstance(call.func, ast.Attribute) and call not in within:
                self._note_drawing(call.func)

    def _spelled(self, node: ast.Name, call: ast.Call | None) -> str:
        name, word = node.id, self._words.functions.get(node.id)
        if word is None:
            return f"math.{name}" if name in ("pi", "inf", "nan", "e") else name
        if call is not None and word.follows and call.args and _is_number(call.args[0]):
            return f"math.{name}" if name != "abs" else name
        if name in _OF_TENSORS:
            return f"torch.{name}" if call is not None and self._is_tensor(call) else name
        places = word.symbol.partition(".")[0].split()
        return next((f"{prefix}{name}" for place, prefix in _ROOTS if place in places), name)

    def _is_tensor(self, call: ast.Call) -> bool:
        """Whether one of Python's own words is given a tensor, not a list of them or several."""
        if len(call.args) != 1 or isinstance(call.args[0], _LISTS):
            return bool(call.keywords)
        given = call.args[0]
        return not (isinstance(given, ast.Name) and given.id in self._lists)

    def _note_drawing(self, function: ast.Attribute) -> None:
        for space in (self._words.functions, *self._words.namespaces.values(), self._words.methods):
            word = space.get(function.attr)
            if word is not None and word.draws:
                self._made.draws.add(function.attr)

    def _replace(self, node: ast.Name, spelled: str) -> None:
        span = self._text.of(node)
        assert span is not None
        line = self._lines[span.line - 1]
        self._lines[span.line - 1] = line[: span.column] + spelled + line[span.end_column :]


def _is_set(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _is_crowded(body: Sequence[ast.stmt]) -> bool:
    ends = [statement.end_lineno for statement in body[:-1]]
    return any(end == after.lineno for end, after in zip(ends, body[1:], strict=True))


def _assignments(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node.value


def _is_number(node: ast.expr) -> bool:
    """Whether an expression is a plain number, whatever the parameters are."""
    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            return name in ("pi", "e", "inf")
        case ast.UnaryOp(operand=operand):
            return _is_number(operand)
        case ast.BinOp(left=left, right=right):
            return _is_number(left) and _is_number(right)
    return False


def _trimmed(lines: Iterable[str]) -> list[str]:
    """Without empty lines at the ends, and without several in a row."""
    kept: list[str] = []
    for line in "\n".join(lines).split("\n"):
        if line.strip() or (kept and kept[-1].strip()):
            kept.append(line.rstrip())
    while kept and not kept[-1]:
        kept.pop()
    return kept


def refused(message: str, hint: str) -> ProgramError:
    """Why an experiment cannot be told as a script."""
    return ProgramError(Fault(message, hint=hint))
