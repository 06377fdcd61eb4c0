"""What a typed program may name: plain data, made by the engine's table, read by the compiler and the editor."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Kind = Literal["tensor", "int", "float", "mixed", "any"]
"""What is known of a value before the program runs; ``mixed`` is a number or a tensor, ``any`` is always true."""
SYMBOL = "·"
"""Starts every global of a compiled program; identifiers are ASCII, so no program can spell it."""

BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
    ast.BitAnd: "and_",
    ast.BitOr: "or_",
    ast.BitXor: "xor",
}
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
}
UNARY: dict[type[ast.unaryop], str] = {ast.USub: "neg", ast.UAdd: "pos", ast.Invert: "invert"}
SERVICES = ("called", "counted", "each", "item", "named", "set_item", "slice", "unpack")
"""Guards that are no operator."""

GUARDS = (
    *BINARY.values(),
    *COMPARISONS.values(),
    *UNARY.values(),
    *(f"i{name.strip('_')}" for name in BINARY.values()),
    *SERVICES,
)
"""Every guard that the engine provides, without ``SYMBOL``. ``iadd`` … are the in-place operators."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """One way to call a word."""

    positional: tuple[str, ...]
    required: int
    keyword_only: tuple[str, ...] = ()
    required_keywords: tuple[str, ...] = ()
    variadic: bool = False

    def problem(self, count: int, keywords: Iterable[str]) -> str | None:
        """Why a call with so many positional arguments and these keywords does not fit; None if it does."""
        if count > len(self.positional) and not self.variadic:
            most = len(self.positional)
            return f"takes at most {most} argument{'s' if most != 1 else ''}, not {count}"
        given = set(self.positional[:count])
        for keyword in keywords:
            if keyword not in self.positional and keyword not in self.keyword_only:
                known = (*self.positional, *self.keyword_only)
                return f"has no argument named {keyword}" + (f"; it has {', '.join(known)}" if known else "")
            if keyword in given:
                return f"gets {keyword} twice"
            given.add(keyword)
        missing = [
            name for name in (*self.positional[: self.required], *self.required_keywords) if name not in given
        ]
        return f"needs {' and '.join(missing)}" if missing else None


def parameters_of(signature: str) -> tuple[Parameters, ...]:
    """The ways to call that ``signature`` spells, in Python's notation, separated by `` | ``."""
    return tuple(_one_way(way.strip()) for way in signature.split("|"))


def _one_way(text: str) -> Parameters:
    arguments = ast.parse(f"def f({text}): pass").body[0].args  # type: ignore[attr-defined]
    names = tuple(a.arg for a in (*arguments.posonlyargs, *arguments.args))
    only = tuple(a.arg for a in arguments.kwonlyargs)
    return Parameters(
        positional=names,
        required=len(names) - len(arguments.defaults),
        keyword_only=only,
        required_keywords=tuple(
            name for name, default in zip(only, arguments.kw_defaults, strict=True) if default is None
        ),
        variadic=arguments.vararg is not None,
    )


@dataclass(frozen=True)
class Word:
    """One thing that may be named: ``name`` as typed (``torch.sin``, ``sin``, ``.sum``)."""

    name: str
    symbol: str
    """The global of the compiled program that stands for it, without ``SYMBOL``."""
    signature: str = ""
    """Arguments in Python's notation, several ways separated by `` | ``; of a method without the tensor."""
    help: str = ""
    result: Kind = "any"
    follows: bool = False
    """A number with a fraction for a number with a fraction, a tensor for a tensor."""
    text: bool = False
    """Strings may be given as arguments."""
    bare: str = ""
    """The symbol of the same function without its guard, for calls with one tensor and nothing else."""
    reduces: bool = False
    """Of one tensor it makes one number."""
    draws: bool = False
    """It gives random numbers."""
    script: bool = False
    """Only scripts have it: in an objective the run does the updates and hands out the data."""

    @cached_property
    def ways(self) -> tuple[Parameters, ...]:
        """The ways to call it."""
        return parameters_of(self.signature)

    def problem(self, count: int, keywords: Iterable[str]) -> str | None:
        """Why a call does not fit, of the way that comes nearest; None if it fits one."""
        keywords = tuple(keywords)
        problems = [way.problem(count, keywords) for way in self.ways]
        return None if None in problems else problems[-1]


Table = Mapping[str, Word]


@dataclass(frozen=True)
class Words:
    """The vocabulary. What is in none of these tables cannot be reached by a program."""

    functions: Table = field(default_factory=dict)
    """Called by their bare name."""
    namespaces: Mapping[str, Table] = field(default_factory=dict)
    """By dotted name (``torch.nn.functional``) the functions inside."""
    methods: Table = field(default_factory=dict)
    attributes: Table = field(default_factory=dict)
    writable: Table = field(default_factory=dict)
    """Attributes that may be assigned to."""
    constants: Table = field(default_factory=dict)
    """By the name as typed: ``pi``, ``math.pi``, ``torch.float64``."""
    contexts: Table = field(default_factory=dict)
    """What may stand after ``with``, by the name as typed."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Namespace by the first name as typed: ``F`` is ``torch.nn.functional``."""
    refusals: Mapping[str, str] = field(default_factory=dict)
    """What to do instead, by the last part of a name that is left out on purpose."""

    def member(self, dotted: str) -> Word | None:
        """The function of that dotted name, such as ``F.relu``."""
        space, _, name = self.full(dotted).rpartition(".")
        return self.namespaces.get(space, {}).get(name)

    def full(self, dotted: str) -> str:
        """``torch.nn.functional.relu`` for ``F.relu``."""
        root, dot, rest = dotted.partition(".")
        return self.aliases.get(root, root) + dot + rest

    def is_namespace(self, dotted: str) -> bool:
        """Whether something of the vocabulary lives below that name."""
        name = self.full(dotted)
        return name in self.namespaces or any(space.startswith(f"{name}.") for space in self.namespaces)


def nearest(name: str, among: Iterable[str], most: int = 3) -> str:
    """The names most like ``name``, as words for a hint (``sin or sinh``); empty if none is."""
    by_lower = {known.lower(): known for known in among}
    close = [by_lower[found] for found in difflib.get_close_matches(name.lower(), by_lower, most, 0.7)]
    if len(close) < 2:
        return "".join(close)
    return f"{', '.join(close[:-1])} or {close[-1]}"
