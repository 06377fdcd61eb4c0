"""Nothing large is begun: sizes, work and lists are bounded before they are made; and what is refused says why."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
import torch
from torch import Tensor

from gui_app.engine.vocabulary import extents, namespace, sizes, windows, words, work
from gui_app.engine.vocabulary.own import nothing
from gui_app.language.compiler import compile_program
from gui_app.language.errors import ProgramError
from gui_app.language.limits import Meter, StopFlag, Stopped
from gui_app.language.refusal import Refusal

NAMESPACE = namespace(torch.float32)
METER = NAMESPACE["meter"]
assert isinstance(METER, Meter)
METER.most_items = 500_000


def run(source: str, **values: object) -> object:
    """The value of a program in which these names are values."""
    bound = compile_program(source, words(), list(values)).bind(NAMESPACE, StopFlag())
    return bound(*values.values())


BIG = {"v": torch.ones(4_000), "m": torch.ones(3_000, 3_000), "w": torch.ones(1).expand(10_000_000)}
"""Made once; expanded tensors take no memory."""


@pytest.mark.parametrize(
    ("source", "message"),
    [
        # products
        ("m @ m", "too long"),
        ("m.double() @ m.double()", "too long"),
        ("m[:600, :600].half() @ m[:600, :600].half()", "too long"),
        ("m[:600, :600].long() @ m[:600, :600].long()", "too long"),
        ("torch.mm(m[:600, :600].long(), m[:600, :600].long())", "too long"),
        ("F.linear(m[:600, :600].half(), m[:600, :600].half())", "too long"),
        ("F.linear(w.view(-1, 1), w[:9].view(-1, 1))", "elements"),
        ("torch.addmm(m, m, m)", "too long"),
        ("torch.baddbmm(m[None], m[None], m[None])", "too long"),
        ("v.view(-1, 1) @ v.view(1, -1)", "elements"),
        ("w[:300000].view(-1, 1, 1, 100) @ w[:300000].view(1, -1, 100, 1)", "too long"),
        ("torch.addr(m, w[:4000], w[:4000])", "elements"),
        ("torch.tensordot(v, v, 0)", "elements"),
        ("torch.tensordot(m, m, 1)", "too long"),
        ("torch.tensordot(m, m, ([1], [0]))", "too long"),
        ("torch.tensordot(m, m, [1, 0])", "too long"),
        ("torch.einsum('ij,jk->ik', m, m)", "too long"),
        ("torch.einsum('i,j', v, v)", "elements"),
        ("torch.einsum('...i->i', m)", "letters"),
        ("torch.einsum('i,j,k->', [v, v, v])", "too long"),
        ("torch.cdist(m, m)", "too long"),
        ("torch.cdist(w.view(-1, 1), w.view(-1, 1))", "elements"),
        ("torch.cov(m)", "too long"),
        # decompositions
        ("torch.linalg.svd(m)", "too long"),
        ("torch.linalg.svd(w[:8000].view(4000, 2))", "elements"),
        ("torch.linalg.svd(w[:200000].view(2000, 100), full_matrices=False)", None),
        ("torch.linalg.svdvals(m)", "too long"),
        ("w[:4000000].view(-1, 2, 2).logdet()", "too long"),
        ("torch.linalg.pinv(w[:12000].view(6000, 2))", "too long"),
        ("torch.linalg.lstsq(w[:12000].view(2, 6000), w[:2].view(2, 1))", "too long"),
        ("torch.linalg.lstsq(w[:6000].view(2, 3000), w[:8000].view(2, 4000))", "elements"),
        ("torch.linalg.solve(m[:1500, :1500], m[:1500, :1])", "too long"),
        ("torch.linalg.solve(torch.eye(3), m[:3, :3].expand(10**6, 3, 3))", None),
        ("m[:400, :400].matrix_exp()", "too long"),
        ("m[:500, :500].matrix_power(3)", "too long"),
        ("torch.eye(2).matrix_power(10**6)", "power is too large"),
        ("m.norm('nuc')", "too long"),
        # windows
        ("F.conv2d(m[None, None], m[None, None, :100, :100])", "too long"),
        ("F.conv2d(m[None, None], m[None, None, :3, :3])", None),
        ("F.conv1d(w.view(1, 1, -1)[..., :10**6].double(), w[:60].view(1, 1, -1).double())", "too long"),
        ("F.conv1d(w.view(1, 10, -1)[..., :10**5].half(), w[:9000].view(10, 10, 90).half())", "too long"),
        ("F.conv2d(m[None, None], m[None, None, :3, :3], padding=(900, 900))", "elements"),
        ("F.conv2d(m[None, None, :9, :9], m[None, None, :3, :3], padding='same')", None),
        ("F.conv2d(m[:9, :9], m[:3, :3])", RuntimeError),
        ("F.max_pool2d(m[None], 100, 1)", "too long"),
        ("F.max_pool2d(m[None, :9, :9], (3, 3), 1, (1, 1))", None),
        ("F.avg_pool1d(w.view(1, -1), 9, 1, padding=10**8)", "elements"),
        ("F.adaptive_avg_pool2d(m[None], 10**5)", "elements"),
        ("F.adaptive_avg_pool2d(m[None, :8, :8], (None, 2))", None),
        ("F.pad(m, (0, 0, 0, 10**6))", "elements"),
        ("F.pad(m[:2, :2], [1, 1], value=2.0)", None),
        ("m.unfold(0, 1000, 1)", "elements"),
        ("v.unfold(0, 2, 2)", None),
        # indices
        ("m[w.long()]", "elements"),
        ("m[[0]*5000]", "elements"),
        ("v[w[:4000, None].long(), None][:, 0][w[:4000, None].long() + w[:4000].long()]", "elements"),
        ("m[w[:3000].long(), w[:3000].long()].shape", None),
        ("m[m > 2][..., None], m[..., [0, 1]], m[0, True], m[:2, None, w[:3].long()], m[None, ..., 1:2]", None),
        ("w.view(10, 10, -1).nonzero()", "elements"),
        ("w.view(10, 10, -1).argwhere()", "elements"),
        ("m[:2, :2].nonzero(as_tuple=True)", None),
        # order
        ("w.sort()", "too long"),
        ("w.argsort()", "too long"),
        ("w.unique()", "too long"),
        ("w.quantile(0.5)", "too long"),
        ("torch.quantile(m[:1000, :1000], torch.linspace(0, 1, 20000), dim=0)", "elements"),
        ("torch.searchsorted(w[:10**6], w)", "too long"),
        ("torch.bucketize(w, w[:10**6])", "too long"),
        ("torch.isin(w, w)", "too long"),
        ("torch.bincount(torch.tensor([2**33]))", "elements"),
        ("torch.bincount(torch.tensor([1]), minlength=2**33)", "elements"),
        ("torch.bincount(torch.zeros(0, dtype=torch.int64), minlength=3)", None),
        ("v.histc(10**9)", "elements"),
        ("w.logcumsumexp(0)", "too long"),
        ("w.lgamma()", "too long"),
        ("lgamma(w)", "too long"),
        ("F.binary_cross_entropy(w, w)", "too long"),
        ("w.diff(n=90)", "too long"),
        ("v.diff(n=1000)", "at most 100 times"),
        ("torch.multinomial(w, 3)", "too long"),
        ("torch.multinomial(v, 10**7, True)", "too long"),
        # shapes
        ("torch.diag_embed(v)", "elements"),
        ("torch.diagflat(v)", "elements"),
        ("v.diag(10**6)", "elements"),
        ("torch.block_diag(m, m)", "elements"),
        ("torch.cartesian_prod(v, v)", "elements"),
        ("torch.meshgrid(v, v, indexing='ij')", "elements"),
        ("torch.broadcast_tensors(v, v[:, None])", "elements"),
        ("v.tensor_split(10**6)", "tensors"),
        ("v.tensor_split([1, 2])", None),
        ("v.chunk(10**6)", "tensors"),
        ("w.unbind()", "tensors"),
        ("F.embedding(w.long(), m)", "elements"),
        ("F.one_hot(v.long(), 10**5)", "elements"),
        ("v.index_select(0, w.long())", None),
        ("m.index_select(0, w[:9000].long())", "elements"),
        ("torch.logspace(0, 1, 10**9)", "elements"),
        ("v.expand(10**12, -1)", "elements"),
        ("torch.cat([w, w])", "elements"),
        ("torch.stack(v)", "Only a list of tensors"),
        ("torch.stack([v, 1])", "Only a list of tensors"),
        ("v.repeat_interleave(torch.ones(4000).long())", "one count"),
        ("torch.zeros(" + "1, "*20 + ")", "dimensions"),
        ("v.view((-1,))", None),
        ("max([v]*20000)", "10,000 tensors"),
        # lists
        ("[0]*10**6", "list"),
        ("[[0]*100000 for i in range(100000)]", "lists of more than"),
        ("sum([[1]]*100000, [])", "lists of more than"),
        ("zip(" + ", ".join(["[0]*100000"]*120) + ")", "lists of more than"),
        ("a = [0]*100000\nzip(" + ", ".join(["a"]*120) + ")", "lists of more than"),
        ("a = [0]*100000\n[a[:] for i in range(200)]", "lists of more than"),
        ("a = [0]*100000\n[list(a) for i in range(200)]", "lists of more than"),
        ("a = [0]*100000\n[tuple(a) for i in range(200)]", "lists of more than"),
        ("a = [0]*100000\n[reversed(a) for i in range(200)]", "lists of more than"),
        ("a = [0]*100000\n[sorted(a) for i in range(200)]", "lists of more than"),
        ("a = [0]*100000\n[enumerate(a) for i in range(200)]", "lists of more than"),
        ("a = w[:90000]\n[a.tolist() for i in range(200)]", "lists of more than"),
        ("def f(a):\n    a += [0]*1000\n[f([]) for i in range(10000)]", "lists of more than"),
        ("w.tolist()", "list holds at most"),
        ("a = [0]*99999\na.extend([1, 2])\na", "list holds at most"),
        ("list(range(10**9))", "list holds at most"),
        ("sorted(range(10**9))", "list holds at most"),
        ("tensor([[0]*1000]*1000)", "list of numbers"),
        ("tensor(range(10**6))", "list of numbers"),
    ],
)  # fmt: skip
def test_what_is_too_much_is_refused_before_it_is_done(source: str, message: object) -> None:
    start = time.perf_counter()
    if message is None:
        run(source, **BIG)
    elif isinstance(message, str):
        with pytest.raises(Refusal, match=message):
            run(source, **BIG)
    else:
        with pytest.raises((RuntimeError, ValueError)):
            run(source, **BIG)
    assert time.perf_counter() - start < 20  # seconds: far from a hang on any machine


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("1 << -1", "shift cannot be negative"),
        ("a = [1]\na[0] >> -a[0]", "shift cannot be negative"),
        ("1 << 10**9", "too large"),
        ("a = [1.5]\na[0] << 1", "cannot be done"),
        ("a = [1.5]\na[0] >> 1", "cannot be done"),
        ("v[::0]", "step of a slice"),
        ("[1, 2][::0]", "step of a slice"),
        ("float('abc')", "not a number"),
        ("[1, 2][-3]", "no item -3 in a list of 2"),
        ("(1, 2)[5]", "no item 5 in a tuple of 2"),
        ("range(3)[3]", "no item 3 in a range of 3"),
        ("[1][1.5]", "whole number"),
        ("a = [1]\na[3] = 2\na", "no item 3"),
        ("[].pop()", "no item -1"),
        ("v.append(1)", "has no method .append"),
        ("v.extend([1])", "has no method .extend"),
        ("(1, 2).pop()", "has no method .pop"),
        ("[1].tolist()", "has no method .tolist"),
        ("None + 1", "no gradient yet"),
        ("1 - None", "no gradient yet"),
        ("a = None\na[0]", "no gradient yet"),
        ("a = None\na.sin()", "no gradient yet"),
        ("sin(None)", "no gradient yet"),
        ("len(None)", "no gradient yet"),
        ("torch.clamp(None, 0)", "no gradient yet"),
        ("len(1)", "has no length"),
        ("[i for i in 3]", "loop cannot run over"),
        ("[1] + 1", "cannot be done with a list and a whole number"),
        ("[1]*1.5", "cannot be done"),
        ("v + [1]", "cannot be done with a tensor and a list"),
        ("[1] - v", "cannot be done with a list and a tensor"),
        ("v @ 2", "@ multiplies two tensors"),
        ("v < [1]", "cannot be done"),
        ("[[1]] < [2]", "cannot be done"),
        ("-[1]", "sign cannot stand"),
        ("a = v.clone()\na += [1]\na", "cannot be done"),
        ("a = v.clone()\na[0] = [1]\na", "cannot be done"),
        ("a = (1, 2)\na[0] = 1\na", "cannot be set"),
        ("a, b = 1\na", "cannot be split"),
        ("a, b = [1]\na", "1 values for 2 names"),
        ("def f():\n    return 1\nf[0]", "Only tensors and lists have items, not a function"),
        ("a = v.shape\na[0] >> -1", "shift cannot be negative"),
        ("[v] == [v]", "cannot be done"),
        ("torch.meshgrid(v[None], indexing='ij')", "made of vectors"),
        ("zeros(v)", "whole number"),
        ("(1)[0]", "Only tensors and lists"),
        ("v[v.dtype]", "cannot be an index"),
        ("v[[1.5]]", "list of indices"),
        ("v[" + "None, "*40 + "]", "too many indices"),
        ("(-8.0)**0.5", "no real power"),
        ("[1]**2", "cannot be done"),
        ("9**9**9", "too large"),
        ("a = [10**600]\na[0]*a[0]*a[0]", "too large"),
        ("math.sin((v*1).requires_grad_())", "would cut"),
        ("math.sin([1])", "number is needed"),
        ("tensor([v])", "plain numbers"),
        ("tensor([v.dtype])", "numbers in lists"),
        ("arange(0, 1, 0)", "step cannot be 0"),
        ("range(10**30)", "too long"),
        ("zeros(1.5)", "whole number"),
        ("F.mse_loss(v, m)", "shapes differ"),
        ("F.kl_div(v, v, reduction='some')", "no such reduction"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said_in_words(source: str, message: str) -> None:
    with pytest.raises((Refusal, ProgramError), match=message):
        run(source, **{**BIG, "v": torch.ones(5)})


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("arange(3).tolist()", [0, 1, 2]),
        ("arange(1, 3).tolist()", [1, 2]),
        ("arange(1, 3, 0.5).tolist()", [1, 1.5, 2, 2.5]),
        ("arange(start=1, end=4, step=2).tolist()", [1, 3]),
        ("arange(1, end=4).tolist()", [1, 2, 3]),
        ("arange(1, 4, step=2).tolist()", [1, 3]),
        ("arange(end=3).tolist()", [0, 1, 2]),
        ("full(2, 1).dtype == torch.int64 and full((2,), 1.0).dtype == torch.float32", True),
        ("zeros(2, dtype=torch.float64).dtype == torch.float64 and zeros(2, dtype=None).dtype == torch.float32", True),
        ("zeros(size=(2, 1)).shape == (2, 1)", True),
        ("ones_like(v, dtype=torch.int32).dtype == torch.int32", True),
        ("full_like(v, fill_value=2.0).sum().item()", 10),
        ("logspace(0, 2, 3).tolist() + logspace(0, 2, 3, base=2.0).tolist()", [1, 10, 100, 1, 2, 4]),
        ("a = [1]\na.extend((2, 3))\n[a.pop(), a.pop(0), a]", [3, 1, [2]]),
        ("sorted([3, 1.5, 2], reverse=True)", [3, 2, 1.5]),
        ("len(list(v))", 5),
        ("a = [1, 2]\na[-1] = 5\n[a[-2], a[1], a[::-1]]", [1, 5, [5, 1]]),
        ("a = [6]\n(6 >> 1) + (a[0] >> 1) + (3 << 2) + True*2", 20),
        ("[1, 2] == [1, 2] and None == None and v.dtype == v.dtype", True),
        ("a = [v, 2]\n[(a[0] > a[1]).any().item(), a[1] < 3, a[1] >= a[1], zeros(torch.tensor(2)).shape == (2,)]",
         [False, True, True, True]),
        ("F.batch_norm(v[:, None], None, None, training=True).sum().item()", 0),
        ("math.sin(v[0]) > 0 and torch.sin([ones(5000)][0]).shape == (5000,)", True),
        ("max([1, v.sum(), 2]).item() + min(v, 7).sum().item()", 10),
        ("max(v, dim=0).values.item() + max(v).item() + max(3, 4)", 6),
        ("sum(v).item() + sum([v, v]).sum().item() + sum([1, 2], start=3)", 21),
        ("kl = F.kl_div(v.log(), v*2, reduction='sum').item()\n[abs(kl - 10*math.log(2)) < 1e-5]", [True]),
        ("F.kl_div(v.log(), v*2, reduction='none').shape == (5,)", True),
        ("F.kl_div(v.log(), v, reduction='mean').item()", 0),
        ("F.kl_div(v.log(), v, reduction='batchmean').item()", 0),
        ("F.kl_div(v[0], v[0], reduction='batchmean').item()", -1),
        ("round(2.567, 1) + round(v, decimals=1).sum().item() + round(v, 1).sum().item() + round(2.5)", 14.6),
        ("[v.is_contiguous(), v.ndimension(), v.short().dtype == torch.int16, v.where(v > 2, 0.0).sum().item()]",
         [True, 1, True, 0]),
    ],
)  # fmt: skip
def test_what_is_allowed_has_its_value(source: str, value: object) -> None:
    assert run(source, v=torch.ones(5)) == value


def test_rules_let_through_what_torch_itself_refuses() -> None:
    """They only look at sizes: the sentence about a wrong kind or dimension is torch's."""
    x, scalar = torch.ones(2, 2), torch.ones(())
    for rule, arguments in (
        (work.matrices, (1, x)),
        (work.matrices, (scalar, x)),
        (work.add_matrices, (x, x, 1)),
        (work.linear, (x, 1)),
        (work.tensordot, (x, 1)),
        (work.tensordot, (x, x, ([5], [0]))),
        (work.tensordot, (x, x, ())),
        (work.einsum, ("ij,jk->ik", x, 1)),
        (work.pairwise, (x, scalar)),
        (work.of_rows, (scalar,)),
        (work.singular, (1,)),
        (work.singular, (scalar,)),
        (work.all_factors, (1,)),
        (work.least_squares, (1, x)),
        (work.least_squares, (scalar, x)),
        (work.sampled, (scalar, 3)),
        (work.norm, (x, 2)),
        (extents.selected, (x, 7, torch.tensor([1]))),
        (extents.selected, (scalar, 0, torch.tensor([1]))),
        (extents.squared, (1,)),
        (extents.embedded, (torch.tensor([1]), 1)),
        (extents.indices, (1,)),
        (extents.padded, (1, (1, 1))),
        (extents.padded, (x, 1)),
        (extents.windowed, (scalar, 0, 1, 1)),
        (extents.windowed, (x, 7, 1, 1)),
        (extents.diagonals, (scalar,)),
        (extents.ranked, (1, 0.5)),
        (extents.ranked, (x, 0.5, 7)),
        (windows.convolution, (x, 1)),
        (windows.pooled(2), (scalar, 2)),
        (windows.pooled_to(2), (scalar, 2)),
        (extents.pieces, (scalar,)),
        (extents.expanded, (1, 2, 2)),
        (extents.reshaped, (x, 4)),
        (extents.unflattened, (x, 0, (2, 1))),
        (sizes.same_shape, (x, 1)),
        (sizes.broadcast, (x, [x, 1], 2)),
    ):
        rule(*arguments)


def test_work_is_looked_at_while_lists_of_tensors_are_joined() -> None:
    space = namespace()
    meter = space["meter"]
    assert isinstance(meter, Meter)
    count = 0

    def look() -> None:
        nonlocal count
        count += 1
        if count == 5:
            raise Stopped("asked")

    meter.look = look
    for name in ("sum", "max"):
        count = 0
        function = space[words().functions[name].symbol]
        assert callable(function)
        with pytest.raises(Stopped, match="asked"):
            function([torch.ones(1)] * 100)


def test_operators_work_in_a_process_that_has_done_nothing_else() -> None:
    """PyTorch imports a module of its own at the first comparison with a fraction; a program has no import."""
    program = "(x > 0.5) & (x % 0.5 == 0.0) | (0.5 < x)"
    code = (
        "import torch\nfrom gui_app.engine.vocabulary import namespace, words\n"
        "from gui_app.language.compiler import compile_program\nfrom gui_app.language.limits import StopFlag\n"
        f"bound = compile_program({program!r}, words(), ['x']).bind(namespace(), StopFlag())\n"
        "print(bound(torch.tensor([0.0, 0.5, 1.0])).tolist())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[False, False, True]", done.stderr


def test_an_unknown_error_stays_what_it_is() -> None:
    """Only a None in the first place is about a missing gradient."""
    with pytest.raises(TypeError):
        run("torch.clamp([1], 0)")
    with pytest.raises(TypeError):
        run("torch.sin([1])")
    assert "gradient" in nothing().message


def test_operators_count_what_they_make_once_there_are_large_tensors() -> None:
    large, small = torch.ones(5_000), torch.ones(2)
    space = namespace()
    meter = space["meter"]
    assert isinstance(meter, Meter)
    add, matmul, counted = (space[name] for name in ("add", "matmul", "counted"))
    assert callable(add)
    assert callable(matmul)
    assert callable(counted)
    add(small, small)
    add(small, 1)
    matmul(small, small)
    assert meter.used == 0
    add(large, large)
    assert meter.used == 5_000
    add(small, small)
    add(small, 2)
    matmul(large, large)
    matmul(large[:, None], small[None])
    assert meter.used == 5_000 + 2 + 2 + 10_000
    assert counted((large, [1], small))[0] is large
    with pytest.raises(Refusal, match="elements"):
        add(torch.ones(10_000, 1), torch.ones(10_000))
    assert isinstance(add(torch.nn.Parameter(small), small), Tensor)
