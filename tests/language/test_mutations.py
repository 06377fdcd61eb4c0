"""Programs with pieces exchanged at random: each is refused, or runs to a value or to an error that is explained."""

from __future__ import annotations

import re
import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gui_app.core.fault import Fault
from gui_app.engine.vocabulary import namespace, words
from gui_app.language.compiler import check, compile_program
from gui_app.language.errors import ProgramError, explain
from gui_app.language.limits import StopFlag
from gui_app.language.names import SYMBOL
from tests.language.test_compiler import PROGRAMS, parameters
from tests.language.test_declarations import DRAWING
from tests.language.test_escapes import EXPRESSIONS, RUNS, SPELLINGS
from tests.language.test_scripts import SCRIPTS

PIECES = re.compile(r"\w+|\s+|[^\w\s]")
EXAMPLES = 500
"""Programs that are tried; a run with 100,000 found nothing."""
NETWORKS = (
    "net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Dropout(0.5), nn.Linear(3, 1))\nnet(M).sum()",
    "c = nn.Conv1d(1, 2, kernel_size=3, padding='same', dilation=2)\nc(torch.ones(1, 1, 9)).mean()",
    "e = nn.Embedding(5, 2)\nn = nn.LayerNorm([2], eps=1e-5)\nn(e(torch.tensor([0, 4]))).sum()",
    "p = nn.PReLU(1, init=0.1)\nloss = nn.MSELoss(reduction='sum')\nloss(p(v), v)",
    "x = torch.ones(4, 2)\nnet = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Flatten())\n"
    "for layer in net:\n    x = layer(x)\nprint(net, net[0].weight)\nx.sum().backward()",
)
SOURCES = (
    *NETWORKS,
    *PROGRAMS,
    *RUNS,
    *SCRIPTS.values(),
    DRAWING,
    *(spelling.format("v") for spelling in SPELLINGS.values()),
)
EXTRA = (
    "x",
    "v",
    "M",
    "0",
    "1",
    "2.5",
    "-",
    "[",
    "]",
    "(",
    ")",
    ",",
    "=",
    ".",
    ":",
    "f",
    "sin",
    "sum",
    "None",
    "10**9",
)
POOL = sorted({piece for source in (*SOURCES, *EXPRESSIONS) for piece in PIECES.findall(source)} | {*EXTRA})


@st.composite
def mutated(draw: st.DrawFn) -> str:
    pieces = PIECES.findall(draw(st.sampled_from(SOURCES)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(pieces) - 1, 0)))
        change = draw(st.sampled_from(("replace", "insert", "delete", "double")))
        if change == "insert":
            pieces.insert(at, draw(st.sampled_from(POOL)))
        elif pieces and change == "replace":
            pieces[at] = draw(st.sampled_from(POOL))
        elif pieces and change == "delete":
            del pieces[at]
        elif pieces:
            pieces[at:at] = pieces[at : at + 5]
    return "".join(pieces)


def run_out(source: str, names: list[str]) -> Fault | None:
    """The fault with which a program ends that compiles; None if it ends well."""
    given_ = parameters() | {name: torch.ones((), dtype=torch.float64, requires_grad=True) for name in names}
    program = compile_program(source, words(), list(given_))
    given_ = given_ if program.kind == "objective" else {}
    bound = program.bind(namespace(torch.float64), StopFlag(max_rounds=2_000))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's advice on odd calls
        try:
            bound(*given_.values())
        except (SystemError, KeyError, AssertionError):
            raise
        except Exception as error:
            return explain(error, program)
    return None


def try_out(source: str) -> None:
    """Check, compile, run and explain one text. What the checks pass must compile, and nothing else."""
    checked = check(source, words(), list(parameters()))
    if checked.faults:
        with pytest.raises(ProgramError):
            compile_program(source, words(), [*parameters(), *checked.free_names])
        return
    fault = run_out(source, list(checked.free_names))
    if fault is not None:
        assert fault.message.endswith((".", ":"))
        assert fault.span is not None, (source, fault)
        assert SYMBOL not in f"{fault} {fault.details}"


@given(mutated())
@settings(max_examples=EXAMPLES, deadline=None)
def test_mutated_programs_are_refused_or_run_or_are_explained(source: str) -> None:
    try_out(source)
