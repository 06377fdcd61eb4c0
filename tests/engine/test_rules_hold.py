"""The table of rules against PyTorch: what is printed in the inspector is evaluated and compared with autograd."""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from gui_app.core.rules import RULES, Rule, rule_of
from gui_app.core.rules.formulas import free, is_sentence, letters, parsed
from gui_app.language.refusal import Refusal
from tests.engine.rule_samples import SAMPLES, Sample
from tests.engine.vocabulary_samples import OPTIONS, WORDS, flat, function_of, method_sample, sample

Known = dict[str, Any]


# Formulas of the table as Python: sums over indices, chained comparisons, functions of tensors.


class Readable(ast.NodeTransformer):
    """Sums become calls of ``add`` with ranges, elements calls of ``at``, comparisons calls of ``holds``."""

    def __init__(self, known: Known) -> None:
        self.known = known

    def visit_Call(self, node: ast.Call) -> ast.AST:
        assert isinstance(node.func, ast.Name)
        if node.func.id not in ("Sum", "Prod"):
            self.generic_visit(node)
            return node
        *indices, body = node.args
        names = [i.left.id if isinstance(i, ast.Compare) else i.id for i in indices]  # type: ignore[attr-defined]
        for name in names:
            if f"range {name}" not in self.known:
                self.known[f"range {name}"] = range(extent(name, body, self.known))
        neutral = 0 if node.func.id == "Sum" else 1
        inner: ast.expr = self.visit(body)
        for condition in [self.visit(i) for i in indices if isinstance(i, ast.Compare)]:
            inner = ast.IfExp(condition, inner, ast.Constant(neutral))
        ranges: list[ast.expr] = [ast.Name(f"range {name}", ast.Load()) for name in names]
        arguments = ast.arguments([], [ast.arg(name) for name in names], None, [], [], None, [])
        function = ast.Name("add" if neutral == 0 else "multiply", ast.Load())
        return ast.Call(function, [ast.Lambda(arguments, inner), *ranges], [])

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        index = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return ast.Call(ast.Name("at", ast.Load()), [node.value, *map(self.visit, index)], [])

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        sides = [self.visit(side) for side in (node.left, *node.comparators)]
        kinds = [ast.Constant(type(op).__name__) for op in node.ops]
        return ast.Call(ast.Name("holds", ast.Load()), [ast.List(kinds, ast.Load()), *sides], [])

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return ast.Attribute(self.visit(node.value), "mT", ast.Load())


def extent(index: str, body: ast.expr, known: Known) -> int:
    """How far an index runs: the size of a tensor that is subscripted with it alone."""
    for node in ast.walk(body):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            for place, part in enumerate(parts):
                if isinstance(part, ast.Name) and part.id == index and node.value.id in known:
                    return int(known[node.value.id].shape[place])
    raise AssertionError(f"nothing tells how far {index} runs")


def at(tensor: Tensor, *index: Any) -> Any:
    """An element; 0 outside the tensor."""
    places = tuple(int(i) for i in index)
    inside = all(0 <= place < size for place, size in zip(places, tensor.shape, strict=True))
    return tensor[places] if inside else 0.0


def holds(kinds: list[str], *sides: Any) -> Tensor:
    functions = {"Lt": torch.lt, "LtE": torch.le, "Gt": torch.gt, "GtE": torch.ge, "Eq": torch.eq}
    pairs = zip(kinds, itertools.pairwise(map(number, sides)), strict=True)
    return torch.stack([x.broadcast_to(torch.broadcast_shapes(*(n.shape for n in map(number, sides))))
                        for x in (functions[kind](*pair) for kind, pair in pairs)]).all(0)  # fmt: skip


def number(value: Any) -> Tensor:
    return torch.as_tensor(value) if isinstance(value, Tensor) else torch.tensor(value, dtype=torch.float64)


def add(body: Callable[..., Any], *ranges: range) -> Any:
    return sum(body(*index) for index in itertools.product(*ranges))


def multiply(body: Callable[..., Any], *ranges: range) -> Any:
    return math.prod(body(*index) for index in itertools.product(*ranges))


def on_numbers(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return lambda *values: function(*map(number, values))


def largest(*values: Any) -> Tensor:
    return torch.maximum(*map(number, values)) if len(values) > 1 else values[0].max()


def smallest(*values: Any) -> Tensor:
    return torch.minimum(*map(number, values)) if len(values) > 1 else values[0].min()


NORMAL = torch.distributions.Normal(torch.tensor(0.0, dtype=torch.float64), 1)
SPECIAL = torch.special
SAME = [
    "sqrt",
    "exp",
    "log",
    "log2",
    "log10",
    "abs",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "sign",
    "floor",
    "ceil",
    "round",
    "trunc",
    "sigmoid",
]
MATHS: Known = {
    **{name: on_numbers(getattr(torch, name)) for name in SAME},
    **{name: on_numbers(getattr(SPECIAL, name)) for name in ("erf", "erfinv", "digamma", "i0", "i1", "zeta")},
    "polygamma": lambda n, a: torch.polygamma(n, a), "trigamma": lambda a: torch.polygamma(1, a),
    "gammaf": on_numbers(lambda a: torch.lgamma(a).exp()),
    "Phi": on_numbers(NORMAL.cdf), "density": on_numbers(lambda a: NORMAL.log_prob(a).exp()),
    "max": largest, "min": smallest, "median": torch.median, "mode": lambda a: a.mode()[0],
    "where": lambda c, a, b: torch.where(c, number(a), number(b)), "at": at, "holds": holds, "add": add,
    "multiply": multiply, "pi": math.pi, "inv": torch.linalg.inv, "pinv": torch.linalg.pinv, "det": torch.linalg.det,
    "diag": torch.diag, "outer": torch.outer, "cross": torch.linalg.cross, "expm": torch.linalg.matrix_exp,
    "softmax": lambda a: a.softmax(-1),
}  # fmt: skip


def evaluated(formula: str, known: Known, **index: int) -> Any:
    """What a formula of the table says, with indices given."""
    names = dict(known)
    tree = ast.Expression(Readable(names).visit(ast.parse(formula, mode="eval").body))
    return eval(compile(ast.fix_missing_locations(tree), formula, "eval"), {**MATHS, **names, **index})


def whole(formula: str, known: Known, shape: torch.Size, indices: tuple[str, ...]) -> Tensor:
    """The tensor of that shape that a formula says, element by element where it has indices."""
    if not indices:
        value = number(evaluated(formula, known))
        return value.sum_to_size(shape) if value.ndim > len(shape) or value.numel() > shape.numel() else value
    made = torch.zeros(shape, dtype=torch.float64)
    for place in itertools.product(*map(range, shape)):
        made[place] = number(evaluated(formula, known, **dict(zip(indices, place, strict=True))))
    return made


# One call of PyTorch for each rule.


def made(sample: Sample) -> tuple[list[Tensor], list[Tensor]]:
    inputs = [value.detach().clone().requires_grad_() for value in sample.inputs]
    result = sample.make(*inputs)
    outputs = [result] if isinstance(result, Tensor) else list(result)
    return inputs, [one for one in outputs if one.requires_grad or one.is_floating_point()]


def behind(functions: Iterable[Any]) -> list[Any]:
    """All nodes of the graphs behind some, those nearer to them first."""
    found = list(dict.fromkeys(functions))
    for node in found:
        found += [fn for fn, _ in node.next_functions if fn is not None and fn not in found]
    return found


def node_of(rule: Rule, outputs: list[Tensor]) -> Any:
    nodes = behind(out.grad_fn for out in outputs if out.grad_fn is not None)
    return next(node for node in nodes if rule_of(node.name().rpartition("::")[2]) is rule)


def slot_of(target: Any, variable: Tensor) -> int:
    """The input slot of a node through which a leaf comes in."""
    for slot, (function, _) in enumerate(target.next_functions):
        nodes = [] if function is None else behind([function])
        if any(getattr(node, "variable", None) is variable for node in nodes):
            return slot
    raise AssertionError("the leaf does not enter the node")


def known_of(
    sample: Sample, rule: Rule, slots: list[int], inputs: list[Tensor], outputs: list[Tensor]
) -> Known:
    torch.manual_seed(0)
    known: Known = {rule.input(slot): value.detach() for slot, value in zip(slots, inputs, strict=True)}
    known |= {name: value.detach() for name, value in zip(rule.results, outputs, strict=False)}
    upstream = [torch.randn_like(out) if out.requires_grad else torch.zeros_like(out) for out in outputs]
    known |= {f"g{k}": value for k, value in enumerate(upstream)} | {"g": upstream[0]}
    more = sample.letters(known) if callable(sample.letters) else sample.letters
    return known | dict(more)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_rule_is_what_pytorch_does(name: str) -> None:
    sample, rule = SAMPLES[name], RULES[name.partition(" of ")[0]]
    inputs, outputs = made(sample)
    node = node_of(rule, outputs)
    slots = [slot_of(node, value) for value in inputs]
    known = known_of(sample, rule, slots, inputs, outputs)
    check_value(sample, rule, known, outputs)
    tracked = [(out, known[f"g{k}"]) for k, out in enumerate(outputs) if out.requires_grad]
    results, upstream = zip(*tracked, strict=True)
    given = torch.autograd.grad(results, inputs, upstream, allow_unused=True)
    for slot, variable, gradient in zip(slots, inputs, given, strict=True):
        wanted = torch.zeros_like(variable) if gradient is None else gradient
        check_flow(sample, rule, slot, known, wanted)


def check_value(sample: Sample, rule: Rule, known: Known, outputs: list[Tensor]) -> None:
    if is_sentence(rule.formula):
        if sample.value is not None:
            assert close(number(sample.value(known)), outputs[0])
        return
    tree = parsed(rule.formula)
    if isinstance(tree, ast.Compare) and isinstance(tree.ops[0], ast.Eq):
        left, right = (
            number(evaluated(ast.unparse(side), known)) for side in (tree.left, tree.comparators[0])
        )
        assert close(left, right)
    elif free(rule.formula) or not letters(rule.formula) - known.keys():
        assert close(whole(rule.formula, known, outputs[0].shape, free(rule.formula)), outputs[0])


def check_flow(sample: Sample, rule: Rule, slot: int, known: Known, wanted: Tensor) -> None:
    flow = rule.flow(slot)
    if is_sentence(flow):
        if slot in sample.says:
            assert close(number(sample.says[slot](known)), wanted), flow
        return
    assert close(whole(flow, known, wanted.shape, tuple(rule.indices(slot).split())), wanted), flow


def close(one: Tensor, other: Tensor) -> bool:
    one, other = one.detach().double(), other.detach().double()
    return torch.allclose(one.broadcast_to(torch.broadcast_shapes(one.shape, other.shape)), other, 1e-7, 1e-9)


def test_a_wrong_formula_fails() -> None:
    sample = SAMPLES["Mul"]
    inputs, outputs = made(sample)
    known = known_of(sample, RULES["Mul"], [0, 1], inputs, outputs)
    wanted = torch.autograd.grad(outputs[0], inputs[0], known["g"])[0]
    assert close(whole("g * b", known, wanted.shape, ()), wanted)
    for wrong in ("g * a", "-g * b", "g * b**2", "g", "b"):
        assert not close(whole(wrong, known, wanted.shape, ()), wanted), wrong


UNVERIFIED = {
    "Div2": "rounding", "Nextafter": "a constant 0 and g", "Igamma": "no oracle for one input", "Igammac": "the same",
    "RreluWithNoise": "random", "L1Loss": "recorded as its parts", "CudnnBatchNorm": "on CUDA",
    "MkldnnRnnLayer": "float32 alone: tested below", "NativeDropout": "random", "FusedRmsNorm": "on devices",
    "Renorm": "recorded per slice", "AffineGridGenerator": "prose", "Complex": "complex", "Polar": "complex",
    "Conj": "complex", "TriangularSolve": "deprecated", "LinalgEig": "complex", "Ormqr": "prose",
    "Diag": "older PyTorch",
    "Cholesky": "the same as LinalgCholeskyEx", "LinalgLuSolve": "in part prose",
}  # fmt: skip


def test_every_formula_is_compared_with_pytorch() -> None:
    """A row whose gradients are formulas has a sample; what has none is named above, with the reason."""
    sampled = {id(RULES[name.partition(" of ")[0]]) for name in SAMPLES}
    constant = {"0", "g", "-g"}
    open_rows = {
        name
        for name, rule in RULES.items()
        if id(rule) not in sampled
        and any(not is_sentence(flow) and flow not in constant for flow in rule.back)
    }
    assert open_rows - UNVERIFIED.keys() == set()


def tracked(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.detach().clone().requires_grad_() if value.is_floating_point() else value
    return type(value)(map(tracked, value)) if isinstance(value, list | tuple) else value


def vocabulary_calls() -> Iterator[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """Symbol and arguments of a call of each word: functions at all their places, and methods."""
    for place in ("torch", "torch.nn.functional", "torch.linalg"):
        for name, word in WORDS.namespaces[place].items():
            if not word.script:
                yield word.symbol, sample(name, word), OPTIONS.get(name, {})
    for name in sorted(WORDS.methods.keys() - {"append", "extend", "pop", "name", "backward", "retain_grad"}):
        word = WORDS.methods[name]
        if not word.script:
            yield word.symbol, method_sample(name, word), {}


def vocabulary_results() -> Iterator[Tensor]:
    """What each word of the vocabulary gives for tracked arguments; of in-place changes a copy is changed."""
    for symbol, given, options in vocabulary_calls():
        leaves = tracked(given)
        owner = (
            [leaves[0] * 1 if symbol.endswith("_") and isinstance(leaves[0], Tensor) else leaves[0]]
            if leaves
            else []
        )
        for arguments in ((*owner, *leaves[1:]), (*owner, *given[1:]), given):  # some refuse what is tracked
            try:
                result = function_of(symbol)(*arguments, **options)
            except (RuntimeError, NotImplementedError, TypeError, Refusal):
                continue
            yield from (one for one in flat(result) if isinstance(one, Tensor))
            break


def test_every_word_of_the_vocabulary_has_a_rule() -> None:
    nodes = behind(out.grad_fn for out in vocabulary_results() if out.grad_fn is not None)
    names = {node.name().rpartition("::")[2] for node in nodes} - {"AccumulateGrad"}
    assert len(names) > 150
    assert {name for name in names if rule_of(name) is None} == set()


def test_the_formulas_of_a_whole_lstm_are_what_pytorch_does() -> None:
    """PyTorch runs it in one node in float32; the gradients at the sums in the gates are those of its steps."""
    torch.manual_seed(0)
    shapes = (5, 3), (8, 3), (8, 2), (8,), (8,), (1, 2), (1, 2)
    leaves = [torch.randn(shape).requires_grad_() for shape in shapes]
    x, w, u, b1, b2, h0, c0 = leaves
    made = torch.lstm(x[:, None], (h0[None], c0[None]), [w, u, b1, b2], True, 1, 0.0, True, False, False)
    out = made[0][:, 0]
    rule = RULES["MkldnnRnnLayer"]
    assert [slot_of(node_of(rule, [out]), leaf) for leaf in leaves] == list(range(7))
    upstream = torch.randn_like(out)
    given = torch.autograd.grad(out, leaves, upstream)
    h, c, sums, before, outputs = h0[0], c0[0], [], [], []
    for step in x:
        before.append(h)
        sums.append(w @ step + u @ h + b1 + b2)
        i, f, z, o = sums[-1].chunk(4)
        c = f.sigmoid() * c + i.sigmoid() * z.tanh()
        h = o.sigmoid() * c.tanh()
        outputs.append(h)
    assert torch.allclose(torch.stack(outputs), out, 1e-5, 1e-6)
    p = torch.stack(torch.autograd.grad(outputs, sums, list(upstream)))
    known: Known = {"x": x, "W": w, "U": u, "b1": b1, "b2": b2, "p": p, "q": torch.stack(before)}
    known = {name: value.detach().double() for name, value in known.items()}
    for slot, gradient in enumerate(given[:5]):
        found = whole(rule.flow(slot), known, gradient.shape, tuple(rule.indices(slot).split()))
        assert torch.allclose(found, gradient.double(), 1e-4, 1e-5), rule.flow(slot)
    assert torch.allclose(u.T @ p[0], given[5][0], 1e-4, 1e-5)
