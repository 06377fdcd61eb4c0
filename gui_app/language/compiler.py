"""Program text -> native function that can name nothing but its parameters and the vocabulary."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any, Protocol

from gui_app.core.fault import Fault, Span
from gui_app.language.errors import ProgramError
from gui_app.language.limits import LARGE, Meter, StopFlag
from gui_app.language.names import SYMBOL, Words
from gui_app.language.statements import Statements, function_of, last_value
from gui_app.language.syntax import FILENAME, Text, parse, unix

__all__ = ["Checked", "Program", "check", "compile_program"]

OnValue = Callable[[object, Span], None]
OnName = Callable[[str, object], None]


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of a text without running it."""

    faults: tuple[Fault, ...] = ()
    free_names: tuple[str, ...] = ()
    """Names that are read and never defined, in the order in which they appear: parameters to be."""


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled program; :meth:`bind` makes it callable."""

    source: str
    parameters: tuple[str, ...]
    code: CodeType
    spans: tuple[Span | None, ...]
    """Of a traced program: where the values stand that it reports, by their number."""
    last: Span | None
    """Where its last value stands."""
    operands: Mapping[Span | None, tuple[str, str]]
    """Locals of the compiled function that hold the operands of the operation at a place."""

    def bind(
        self,
        namespace: Mapping[str, object],
        stop: StopFlag,
        on_value: OnValue | None = None,
        on_name: OnName | None = None,
    ) -> Callable[..., object]:
        """The native function of the parameters' tensors, in their order, that returns the last value.

        ``namespace`` is the engine's. ``on_value`` and ``on_name`` are told of every value of an expression and of
        every name that is set, if the program was compiled with ``traced``.
        The function raises Stopped once ``stop`` is set, and whatever the operations raise: see ``explain``.
        """
        known: dict[str, object] = {f"{SYMBOL}{name}": value for name, value in namespace.items()}
        services = _services(namespace, stop) | self._reports(on_value, on_name)
        known.update({f"{SYMBOL}{name}": value for name, value in services.items()})
        known["__builtins__"] = {}
        return FunctionType(self.code, known, "objective")

    def _reports(self, on_value: OnValue | None, on_name: OnName | None) -> dict[str, object]:
        spans = self.spans

        def see(value: object, number: int) -> object:
            span = spans[number]
            if on_value and span:
                on_value(value, span)
            return value

        def name(name: str, value: object) -> None:
            if on_name:
                on_name(name, value)

        return {"see": see, "name": name}


class Sized(Protocol):
    """What is asked of a parameter."""

    def numel(self) -> int:
        """Number of its elements."""


def _services(namespace: Mapping[str, object], stop: StopFlag) -> dict[str, object]:
    """The globals that belong to one binding: what counts and stops it."""
    meter = namespace["meter"]
    sized: Any = namespace["each"]
    assert isinstance(meter, Meter)

    def begin(*parameters: Sized) -> None:
        meter.restart(parameters)
        stop.restart()
        for parameter in parameters:
            if not 0 < parameter.numel() < LARGE:
                meter.spend(0)

    def each(value: object) -> object:
        items = sized(value)
        stop.spend(len(items))
        return items

    def go_on() -> bool:
        if stop.raised:
            stop.tick()
        return True

    return {
        "begin": begin,
        "large": meter.large,
        "each": each,
        "go_on": go_on,
        "next": next,
        "beat": stop.beat,
        "raised": stop.raised,
        "tick": stop.tick,
    }


def check(source: str, words: Words | None, parameters: Sequence[str] = ()) -> Checked:
    """Everything that is wrong with ``source`` before it runs; never raises.

    ``parameters`` are names that are already known to be parameters. Without ``words`` only the syntax and the
    limits are looked at.
    """
    tree, faults = parse(source)
    if tree is None or words is None:
        if tree is not None and last_value(tree.body) is None:
            faults = (_EMPTY,)
        return Checked(faults)
    rewriter = Statements(words, Text(unix(source)), parameters, adopt=True, traced=False)
    rewriter.program(tree)
    return Checked(tuple(rewriter.faults), tuple(rewriter.free))


def _compiled(module: ast.Module) -> CodeType:
    """The code of a rewritten program. Raises ProgramError where Python's compiler gives up."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SyntaxWarnings are Python's advice on code that is not Python's
            return compile(module, FILENAME, "exec", dont_inherit=True)
    except (SyntaxError, RecursionError, MemoryError) as error:
        message = "The program is nested too deeply."
        raise ProgramError(Fault(message, None, "Nest fewer loops.", str(error))) from error


_EMPTY = Fault("There is no objective yet.", None, "Type one, such as (x - 2)**2 / 2")


def compile_program(source: str, words: Words, parameters: Sequence[str], traced: bool = False) -> Program:
    """The program of ``source`` as a function of ``parameters``. Raises ProgramError with its first fault.

    ``traced`` makes it report every value and name to ``bind``'s callbacks; its values are the same.
    """
    tree, faults = parse(source)
    if tree is None:
        raise ProgramError(faults[0])
    text = Text(unix(source))
    rewriter = Statements(words, text, parameters, adopt=False, traced=traced)
    body = rewriter.program(tree)
    if rewriter.faults:
        raise ProgramError(rewriter.faults[0])
    found = last_value(tree.body)
    module = _compiled(function_of("objective", parameters, body))
    code = next(constant for constant in module.co_consts if isinstance(constant, CodeType))
    last = text.of(found[1]) if found else None
    return Program(source, tuple(parameters), code, tuple(rewriter.spans), last, rewriter.operands)
