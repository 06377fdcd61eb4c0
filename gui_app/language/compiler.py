"""Program text -> native function that can name nothing but its parameters and the vocabulary."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any, Protocol

from gui_app.core.fault import Fault, Span
from gui_app.core.layers import Layer
from gui_app.language.body import Body
from gui_app.language.calls import local
from gui_app.language.declarations import Declared, Reading, read
from gui_app.language.errors import ProgramError
from gui_app.language.limits import LARGE, MAX_ELEMENTS, Meter, StopFlag
from gui_app.language.names import SYMBOL, Words
from gui_app.language.printing import formatted
from gui_app.language.programs import ProgramKind, kind_of, last_value
from gui_app.language.statements import function_of
from gui_app.language.syntax import FILENAME, Text, parse, unix

__all__ = ["Checked", "Program", "check", "compile_program"]

OnValue = Callable[[object, Span], None]
OnName = Callable[[str, object], None]


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of a text without running it."""

    faults: tuple[Fault, ...] = ()
    free_names: tuple[str, ...] = ()
    """Names that an objective reads and nobody defines, in the order in which they appear: parameters to be."""
    kind: ProgramKind = "objective"
    declared: tuple[Declared, ...] = ()
    """The parameters that the text itself declares and whose start can be read from it."""
    seed: int | None = None
    """What the text seeds the random numbers with."""


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
    kind: ProgramKind = "objective"
    draws: bool = False
    """It draws random numbers, other than for the start of its parameters."""
    networks: tuple[Layer, ...] = ()
    """What the text declares; their weights are parameters."""

    def bind(
        self,
        namespace: Mapping[str, object],
        stop: StopFlag,
        on_value: OnValue | None = None,
        on_name: OnName | None = None,
        on_declared: OnName | None = None,
    ) -> Callable[..., object]:
        """The native function of the parameters' tensors (a script's: of its data), in their order, that returns the
        last value.

        ``namespace`` is the engine's. ``on_value`` and ``on_name`` are told of every value of an expression and of
        every name that is set, if the program was compiled with ``traced``; ``on_name`` also by any script.
        ``on_declared`` is told of each parameter that the text declares, if it was compiled with ``declaring``.
        The function raises Stopped once ``stop`` is set, and whatever the operations raise: see ``explain``.
        """
        known: dict[str, object] = {f"{SYMBOL}{name}": value for name, value in namespace.items()}
        services = _services(namespace, stop) | self._reports(on_value, on_name, on_declared)
        known.update({f"{SYMBOL}{name}": value for name, value in services.items()})
        weigh: Any = namespace["network"]
        draw: Any = namespace["drawn"]
        known.update({f"{SYMBOL}network {i}": weigh(made) for i, made in enumerate(self.networks)})
        known[f"{SYMBOL}drawn"] = lambda number: draw(self.networks[number])
        known["__builtins__"] = {}
        return FunctionType(self.code, known, self.kind)

    def _reports(
        self, on_value: OnValue | None, on_name: OnName | None, on_declared: OnName | None
    ) -> dict[str, object]:
        spans = self.spans

        def see(value: object, number: int) -> object:
            span = spans[number]
            if on_value and span:
                on_value(value, span)
            return value

        def name(name: str, value: object) -> None:
            if on_name:
                on_name(name, value)

        def declared(name: str, value: object) -> object:
            if on_declared:
                on_declared(name, value)
            return value

        return {"see": see, "name": name, "declared": declared}


class Sized(Protocol):
    """What is asked of a parameter."""

    def numel(self) -> int:
        """Number of its elements."""


def _services(namespace: Mapping[str, object], stop: StopFlag) -> dict[str, object]:
    """The globals that belong to one binding: what counts and stops it."""
    meter = namespace["meter"]
    sized: Any = namespace["each"]
    assert isinstance(meter, Meter)

    look = stop.look

    def begin(*parameters: Sized) -> None:
        meter.restart(parameters)
        meter.look = look
        stop.restart()
        for parameter in parameters:
            if not 0 < parameter.numel() < LARGE:
                meter.large.append(True)
                break

    def each(value: object) -> object:
        items = sized(value)
        stop.spend(len(items))
        return items

    def rounds(guarded: Callable[..., object], *bounds: Any) -> object:
        """``each(range(…))``: at once, if its bounds are plain numbers of a sensible size."""
        for bound in bounds:
            if type(bound) is not int or not -MAX_ELEMENTS < bound < MAX_ELEMENTS:
                return each(guarded(*bounds))
        items = range(*bounds)
        stop.spend(len(items))
        return items

    def go_on() -> bool:
        if next(stop.beat) or stop.raised:
            stop.look()
        return True

    return {
        "begin": begin,
        "large": meter.large,
        "each": each,
        "rounds": rounds,
        "go_on": go_on,
        "formatted": formatted,
        "next": next,
        "beat": stop.beat,
        "raised": stop.raised,
        "tick": stop.tick,
    }


def check(
    source: str, words: Words | None, parameters: Sequence[str] = (), data: Sequence[str] = ()
) -> Checked:
    """Everything that is wrong with ``source`` before it runs; never raises.

    ``parameters`` are names that are already known to be parameters, of which a script has none; ``data`` are those of
    the data. Without ``words`` only the syntax and the limits are looked at.
    """
    tree, faults = parse(source)
    if tree is None:
        return Checked(faults)
    text, kind, reading = Text(unix(source)), kind_of(tree), read(tree)
    known = reading.names
    if words is None:
        empty = last_value(tree.body) is None
        found: tuple[Fault, ...] = (_EMPTY,) if empty else ()
        free: tuple[str, ...] = ()
    else:
        names = tuple(dict.fromkeys((*parameters, *known, *data) if kind == "objective" else data))
        rewriter = Body(words, text, names, adopt=kind == "objective", traced=False)
        rewriter.script, rewriter.reading = kind == "script", reading if kind == "objective" else Reading()
        rewriter.program(tree)
        found, free = tuple(rewriter.faults), tuple(rewriter.free) if kind == "objective" else ()
    return Checked(found, free, kind, reading.declared(text), reading.seed)


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


def compile_program(
    source: str,
    words: Words,
    parameters: Sequence[str],
    traced: bool = False,
    declaring: bool = False,
    data: Sequence[str] = (),
) -> Program:
    """The program of ``source`` as a function of ``parameters``. Raises ProgramError with its first fault.

    A script is a function of its ``data``. ``traced`` makes the program report every value and name to ``bind``'s
    callbacks; its values are the same. A parameter that the text of an objective declares comes in as an argument
    like the others; with ``declaring`` the program makes it instead, in the order of the text, and reports it.
    """
    tree, faults = parse(source)
    if tree is None:
        raise ProgramError(faults[0])
    text, kind = Text(unix(source)), kind_of(tree)
    script = kind == "script"
    names = tuple(data) if script else tuple(parameters)
    rewriter = Body(words, text, names, adopt=False, traced=traced)
    rewriter.script, rewriter.declaring = script, declaring and not script
    rewriter.reading = Reading() if script else read(tree)
    body = rewriter.program(tree)
    if rewriter.faults:
        raise ProgramError(rewriter.faults[0])
    found = last_value(tree.body)
    module = _compiled(function_of(kind, [local(name) for name in names], body))
    code = next(constant for constant in module.co_consts if isinstance(constant, CodeType))
    last = text.of(found[1]) if found else None
    spans = tuple(rewriter.spans)
    networks = tuple(rewriter.networks)
    return Program(source, names, code, spans, last, rewriter.operands, kind, rewriter.draws, networks)
