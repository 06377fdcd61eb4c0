"""Nothing but the vocabulary can be reached, in no spelling; and the system sees nothing of a typed program."""

from __future__ import annotations

import sys

import pytest
import torch

from gui_app.engine.vocabulary import words
from gui_app.language.compiler import check, compile_program
from gui_app.language.errors import ProgramError
from gui_app.language.limits import StopFlag
from tests.language.programs import NAMESPACE, leaf

PARAMETERS = ("x", "y")

EXPRESSIONS = (
    "().__class__.__mro__[1].__subclasses__()",
    "x.__class__",
    "x.__reduce_ex__(2)",
    "x.__dict__",
    '"{0.__class__}".format(x)',
    'f"{x.__class__}"',
    'getattr(x, "__cl" + "ass__")',
    "vars(x)",
    "dir(x)",
    "type(x)",
    "globals()",
    "locals()",
    "print.__self__",
    'eval("1")',
    'exec("1")',
    'compile("1", "", "eval")',
    'open("/etc/passwd")',
    "breakpoint()",
    '__import__("os")',
    '__builtins__["open"]',
    "torch.os",
    "torch.sys.modules",
    'torch.builtins.open("f")',
    "torch.importlib",
    "torch.hub.shutil",
    "torch.ctypes",
    "torch.save",
    '[torch.load][0]("f")',
    'torch.from_file("f", shared=True, size=8)',
    'torch.UntypedStorage.from_file("f", True, 8)',
    'torch.ops.load_library("l.so")',
    'torch.classes.load_library("l.so")',
    "torch.ops.aten",
    'torch.jit.CompilationUnit("")',
    "torch.utils.cpp_extension",
    "torch.utils.collect_env.subprocess",
    "torch.compile(x)",
    "torch.multiprocessing.Process",
    'x.numpy().tofile("f")',
    "x.data_ptr()",
    "x.untyped_storage()",
    "x.apply_(sin)",
    "x.register_hook(sin)",
    "x.share_memory_()",
    "x.set_(y)",
    "x.resize_(9)",
    "x.grad.__setstate__",
    "torch.sin.x",
    "torch.sin.__self__",
    "torch.sin",
    "sin",
    "math.sin",
    "F.relu",
    "torch",
    "F",
    "torch.set_num_threads(1)",
    "torch.manual_seed.__globals__",
    "torch.nn.functional.torch",
    "F.torch.os",
    "F.math",
    "math.__loader__",
    "math.factorial(9)",
    "(i for i in [1]).gi_frame",
    "(lambda: 0).__globals__",
    "(lambda a=torch.os: a)()",
    "(q := torch.os)",
    "[*torch.os]",
    'torch.sin(**{"out": x})',
    "torch.sin(x, out=y)",
    "torch.zeros(2, out=y)",
    "x.sum(out=y)",
    "x.backward.__self__",
    "x.grad_fn.metadata",
    "x.grad_fn.next_functions[0][0].variable",
    "x.grad_fn.next_functions.append",
    "x.grad_fn.name.__self__",
    "x.grad.register_hook(sin)",
    "x.grad.data.numpy()",
    "x.backward",
    "torch.autograd.grad",
    "torch.autograd.backward.__globals__",
    "torch.autograd.function",
    "torch.autograd.profiler",
    "torch.autograd.graph.saved_tensors_hooks(sin, sin)",
    "torch.nn.Parameter",
    "torch.nn.modules",
    "torch.manual_seed",
    "print",
    "print.__self__.stdout",
    "torch.set_grad_enabled(False)",
    "torch.no_grad().__enter__",
    "torch.get_rng_state()",
    "torch.random.fork_rng",
    "torch.Generator().get_state()",
    "torch.randn(3, generator=x)",
    "torch.randn(3, out=x)",
    "x.grad_fn.register_prehook(sin)",
    "x.grad_fn._saved_self",
    "x._version",
    "x.storage()",
    "x.numpy()",
    "x.to(device='cuda')",
    "x.to('cuda')",
    "x.type('torch.FloatTensor')",
    "x.cuda()",
    "x.new_zeros(3)",
    "x.map_(y, sin)",
    "x.data.__class__",
    "torch.empty(3)",
    "torch.Tensor(3)",
    "torch.frombuffer(x)",
    "torch.library",
    "torch._C",
    "torch.autograd.Function",
    "torch.func.vmap",
    "torch.vmap(sin)",
    "os.system",
    "sys.exit(0)",
    "input()",
    "id(x)",
    "object()",
    "super()",
    "map(sin, [x])",
    "iter(x)",
    "next(x)",
    "isinstance(x, torch.Tensor)",
    "nn.Module()",
    "nn.Linear",
    "nn.Linear.__init__",
    "nn.modules.linear.torch.os",
    "nn.utils.parametrize",
    "nn.init.torch",
    "nn.Sequential(nn.ReLU)",
    "nn.Sequential(*[nn.ReLU()])",
    'nn.Sequential(**{"a": 1})',
    "nn.Sequential(lambda a: a)",
    "nn.ReLU().__class__",
    "nn.ReLU().forward",
    "nn.ReLU().forward.__globals__",
    "nn.ReLU().layer.kind",
    "nn.ReLU().parts",
    "nn.ReLU().training",
    "nn.ReLU().apply(sin)",
    "nn.ReLU().register_forward_hook(sin)",
    "nn.ReLU().state_dict()",
    "nn.ReLU().to('cuda')",
    "nn.ReLU().modules()",
    "nn.ReLU().named_weights()",
    "nn.Sequential(nn.ReLU())[0].forward",
    "[nn.ReLU()][0].__call__",
    "nn.ReLU().eval().__reduce__()",
    "nn.ReLU().parameters",
    "torch.compile(nn.ReLU())",
    "torch.save(nn.ReLU(), 'f')",
    'f"{nn.ReLU().__class__}"',
)

SPELLINGS = {
    "alone": "{0}",
    "alias": "a = {0}\nx",
    "chained alias": "a = b = {0}\nx",
    "argument": "def f(a):\n    return x\nf({0})",
    "keyword": "def f(a):\n    return x\nf(a={0})",
    "default": "def f(a={0}):\n    return x\nf()",
    "return": "def f():\n    return {0}\nx",
    "list": "[{0}][0]",
    "tuple": "({0},)[0]",
    "unpack": "a, b = {0}, x\nx",
    "operator": "x + ({0})",
    "power": "({0})**2",
    "augmented": "z = x*2\nz += {0}\nz",
    "item augmented": "z = [x]\nz[0] += {0}\nx",
    "sign": "-({0})",
    "not": "not ({0})",
    "or": "x or ({0})",
    "compare": "({0}) == x",
    "chain": "x < ({0}) < y",
    "choice": "({0}) if x > 0 else x",
    "test": "if {0}:\n    x\nx",
    "while": "while {0}:\n    break\nx",
    "for": "for i in {0}:\n    x\nx",
    "comprehension": "[{0} for i in range(1)]",
    "source": "[i for i in ({0})]",
    "filter": "[i for i in range(2) if ({0})]",
    "generator": "sum({0} for i in range(1))",
    "index": "x[{0}]",
    "slice": "x[0:({0})]",
    "subscripted": "({0})[0]",
    "called": "({0})(x)",
    "attribute": "({0}).T",
    "method": "({0}).sum()",
    "word": "sin({0})",
    "word's keyword": "clamp(x, min={0})",
    "target": "{0} = 1\nx",
    "item target": "({0})[0] = 1\nx",
    "attribute target": "({0}).x = 1\nx",
    "with": "with {0}:\n    x\nx",
    "with as": "with {0} as a:\n    x\nx",
    "statement": "{0}\nx",
    "formatted": 'print(f"{{{0}}}")\nx',
    "formatted number": 'print(f"{{({0}):.3f}}")\nx',
    "printed": "print({0})\nx",
    "printed separator": "print(x, sep={0})\nx",
    "data": "x.data = {0}\nx",
    "gradient": "x.grad = {0}\nx",
    "data augmented": "x.data -= {0}\nx",
    "gradient augmented": "x.grad *= {0}\nx",
    "item of data": "x.data[{0}] = 1\nx",
    "flag": "x.requires_grad = {0}\nx",
    "backward": "y.backward({0})",
    "backward's keyword": "y.backward(gradient={0})",
    "backward of": "({0}).backward()",
    "in place": "({0}).zero_()",
    "gradient of": "torch.autograd.grad({0}, x)[0]",
    "mode": "with torch.set_grad_enabled({0}):\n    y = x\nx",
    "declared": "w = torch.tensor({0}, requires_grad=True)\nw*x",
    "declared size": "w = torch.randn({0}, requires_grad=True)\nw*x",
    "declared later": "w = {0}\nw.requires_grad_()\nw*x",
    "declared flag": "w = torch.ones(2, requires_grad={0})\nw*x",
    "wrapped": "w = nn.Parameter({0})\nw*x",
    "seed": "torch.manual_seed({0})\nx",
    "in a script": "z = {0}\nx.zero_()",
    "dead code": "if False:\n    {0}\nx",
}


FUNCTIONS = {"torch.sin", "sin", "math.sin", "F.relu", "print", "torch.manual_seed", "torch.nn.Parameter"}
FUNCTIONS |= {"torch.autograd.grad", "x.backward", "x.grad_fn.next_functions.append"}
NAMES = {"sin", "torch", "F", "print"}
FAIR = {("called", name) for name in FUNCTIONS} | {("target", name) for name in NAMES}
FAIR |= {("with", "torch.set_grad_enabled(False)")}
"""What is an escape in no other spelling: a call of a function, a variable of one's own, a switch after with."""


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_escape_is_refused_before_it_runs(spelling: str) -> None:
    for expression in EXPRESSIONS:
        if (spelling, expression) in FAIR:
            continue
        source = SPELLINGS[spelling].format(expression)
        with pytest.raises(ProgramError) as caught:
            compile_program(source, words(), PARAMETERS)
        assert caught.value.fault.message


STATEMENTS = (
    "import os",
    "from os import system",
    "import torch as x",
    "import torch.os",
    "import torch as t\nt.os",
    "from torch import os",
    "from torch import save",
    "from torch import *",
    "from torch.nn.functional import torch",
    "from . import x",
    "import numpy as np",
    "torch.foo = 1",
    "x.backward = sin",
    "x.grad.__setstate__ += 1",
    "torch.sin.x = 1",
    "x.grad_fn = y",
    "x.grad_fn.name = sin",
    "x._grad = y",
    "x.data.x = y",
    "x.data.__class__ = y",
    "x.grad.__class__ *= y",
    "x.shape -= 1",
    "torch.data = y",
    "torch.grad -= y",
    "torch.nn.grad = y",
    "x.data, y.data = y, x",
    "a = x.data = y",
    "for x.grad in [y]:\n    x",
    "with torch.set_grad_enabled(torch.os):\n    x",
    "with torch.set_grad_enabled(False) as g:\n    x",
    "with torch.no_grad(), torch.os:\n    x",
    "with torch.inference_mode():\n    x",
    'print(f"{x.__class__}")',
    'print(f"{x!r}")',
    'print(f"{x:{y.__class__}}")',
    'print(f"{x:{9}}")',
    'print(f"{x:99999d}")',
    'print(f"{x:.9999f}")',
    'print(f"{x:%Y}")',
    'print(f"{(lambda: 0)}")',
    'print(f"{[*x]}")',
    'print(f"{(a := x)}")',
    "print(file=x)",
    'print("a", file=open("f"))',
    'print("a", flush=True)',
    'print("a".join([x]))',
    'print("%s" % x)',
    'print("{}".format(x))',
    "print(*x)",
    'print(sep=f"{x}")',
    'a = "text"',
    'sin("text")',
    'y = f"{x}"',
    'sin(f"{x}")',
    'sum(x, dim=f"{x}")',
    'F.mse_loss(x, y, reduction=f"{x}")',
    "import torch.nn as F",
    "from torch import Tensor as T",
    "from torch import nn as F",
    "from torch.autograd import Function",
    "from torch.autograd import grad as g",
    "from torch.autograd import *",
    "import torch.optim as nn",
    "import torch.utils.data as data",
    "from torch.optim import SGD as sgd",
    "from torch.utils.data import get_worker_info",
    "import numpy",
    "import matplotlib.pyplot as plt",
    "import torch, os",
    "from os import path as torch",
    "torch.manual_seed(torch.os)",
    "x.backward(gradient=torch.os)",
    "x.backward(hook=x)",
    "torch.autograd.backward(x, grad_variables=torch.os)",
    "x.T = y",
    "x.shape += 1",
    "x.names: torch.os = 1",
    "try:\n    x.foo\nexcept AttributeError as e:\n    e.obj",
    "class A:\n    __getattr__ = eval",
    "@eval\ndef f():\n    pass",
    "def f(a=torch.os):\n    return a",
    "def f(a: torch.os):\n    return a",
    "def f() -> torch.os:\n    return x",
    "def f(*a):\n    return a",
    "def f(**a):\n    return a",
    "def __getattr__(a):\n    return a",
    'with open("f") as g:\n    pass',
    "with torch.no_grad() as g:\n    x",
    "with torch.no_grad:\n    x",
    "with torch.autograd.set_detect_anomaly(True):\n    x",
    "with x:\n    pass",
    "match x:\n    case object(__class__=c):\n        pass",
    "global __builtins__",
    "global x",
    "del torch",
    "range = torch.os",
    "raise SystemExit",
    "assert x",
    "y.grad_fn.metadata['k'] = sin",
    "async def f():\n    pass",
    "x = yield x",
    "for torch.os in [1]:\n    x",
    "for x.data in [1]:\n    x",
    "for x[0] in [1]:\n    x",
    "[x for x.data in [1]]",
    "x[0], y = 1, 2",
    "·stop = 1",
    "type X = int",
)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_statement_that_reaches_out_is_refused(statement: str) -> None:
    with pytest.raises(ProgramError):
        compile_program(f"{statement}\nx", words(), PARAMETERS)
    assert check(f"{statement}\nx", words(), PARAMETERS).faults


RUNS = (
    "def f(g):\n    return g(x)\nf(x)",
    "def f(a):\n    return x\nf.T",
    "def f(a):\n    return x\n[f].sum()",
    "def f(a):\n    return x\nsin(f)",
    "def f(a):\n    return x\nf + 1",
    "def f(a):\n    return x\nf == f",
    "def f(a):\n    return x\nx[f]",
    "def f(a):\n    return x\ntensor([f])",
    "def f(a):\n    return x\nstack([f])",
    "def f(a):\n    return x\nsum([f])",
    "def f(a):\n    return x\nmax(f, 1)",
    "def f(a):\n    return x\nf[0]",
    "a = torch.float64\na.T",
    "a = torch.float64\na.sum()",
    "torch.float64 + x",
    "a = [1]\na[0] = a\na == a",
    "a = [1]\na[0] = a\ntensor(a)",
    "(1).item()",
    "None.sum()",
    "x.shape.append(1)",
    "x.shape.sum()",
    "[1, 2].view(2)",
    "range(3).sum()",
)


@pytest.mark.parametrize("source", RUNS)
def test_values_have_only_what_the_vocabulary_gives_them(source: str) -> None:
    program = compile_program(source, words(), PARAMETERS)
    with pytest.raises(Exception) as caught:
        program.bind(NAMESPACE, StopFlag())(leaf(1.0), leaf([2.0]))
    assert not isinstance(caught.value, SystemError)


def test_the_function_has_no_builtins_and_no_module() -> None:
    bound = compile_program("x + 1", words(), ["x"]).bind(NAMESPACE, StopFlag())
    assert bound.__globals__["__builtins__"] == {}  # type: ignore[attr-defined]
    names = [name for name in bound.__globals__ if name.isascii()]  # type: ignore[attr-defined]
    assert names == ["__builtins__"]
    modules = [value for value in bound.__globals__.values() if type(value) is type(torch)]  # type: ignore[attr-defined]
    assert modules == []


SEEN: list[str] = []
LISTENING = [False]
WATCHED = (
    "open",
    "exec",
    "import",
    "socket",
    "subprocess",
    "os.",
    "shutil",
    "ctypes",
    "pty",
    "marshal",
    "pickle",
)


def _listen(event: str, arguments: tuple[object, ...]) -> None:
    """Only the look at the process's own memory, which is ours, opens a file."""
    ours = event == "open" and str(arguments[0]).startswith("/proc/")
    if LISTENING[0] and event.startswith(WATCHED) and not ours:
        SEEN.append(f"{event} {arguments}")


def test_the_system_sees_nothing_of_a_program() -> None:
    good = "import torch\ns = 0\nfor i in range(3):\n    s = s + torch.sin(x)*i\n(s + tensor([1.0]).norm()).sum()"
    programs = [good, *EXPRESSIONS, *STATEMENTS, *RUNS]

    def try_all() -> None:
        for source in programs:
            check(source, words())
            try:
                compile_program(source, words(), PARAMETERS).bind(NAMESPACE, StopFlag())(
                    leaf(1.0), leaf([2.0])
                )
            except Exception:
                continue

    try_all()
    sys.addaudithook(_listen)
    LISTENING[0] = True
    try:
        try_all()
    finally:
        LISTENING[0] = False
    assert SEEN == []
