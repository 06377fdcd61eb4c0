"""Models whose graphs the tests look at. ``MODELS`` makes each by its name: (output, names), before any backward.

Everything is seeded; ``names`` maps names to tensors or modules, as ``trace`` takes them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

Made = tuple[Tensor, Mapping[str, Tensor | nn.Module]]


def square() -> Made:
    """``a*a``: one leaf, two edges, two saved slots."""
    a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    return (a * a).sum(), {"a": a}


def split() -> Made:
    """The outputs of a split are different edges."""
    x = torch.arange(6.0, requires_grad=True)
    left, middle, right = (x * 2).split(2)
    return (left * right + middle).sum(), {"x": x}


def two_paths() -> Made:
    """Two paths meet at ``x`` and at ``y``."""
    a, x = (torch.tensor(value, requires_grad=True) for value in (5.0, 10.0))
    y = 2 * x * x + 3 * a
    b = 6 * x * a
    return y * y + 1 / (b * y), {"a": a, "x": x}


def tied_weights() -> Made:
    """An encoder and a decoder that share one weight."""
    torch.manual_seed(1)
    model = nn.ModuleDict({"encoder": nn.Linear(6, 3), "decoder": nn.Linear(6, 3)})
    model["decoder"].weight = model["encoder"].weight
    data = torch.randn(4, 6)
    rebuilt = torch.tanh(model["encoder"](data)) @ model["decoder"].weight
    return (rebuilt - data).pow(2).mean(), {"": model}


class Halves(torch.autograd.Function):
    """A custom function of several outputs that saves tensors of every origin."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """(x·y, sin x)."""
        product, wave = x * y, x.sin()
        ctx.save_for_backward(x, y, wave)
        return product, wave

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: torch.autograd.function.FunctionCtx, *upstream: Tensor) -> tuple[Tensor, Tensor]:
        """By the product rule and the chain rule."""
        x, y, _ = ctx.saved_tensors  # type: ignore[attr-defined]
        return upstream[0] * y + upstream[1] * x.cos(), upstream[0] * x


def custom_function() -> Made:
    """A ``torch.autograd.Function`` between ordinary operations."""
    x, y = (torch.tensor(value, requires_grad=True) for value in ([0.5, 1.5], [2.0, -1.0]))
    product, wave = Halves.apply(x * 2, y)
    return (product * wave).sum(), {"x": x, "y": y}


def double_backward() -> Made:
    """A gradient that has a graph itself."""
    x = torch.tensor([0.5, 2.0], requires_grad=True)
    (slope,) = torch.autograd.grad((x.exp() * x).sum(), x, create_graph=True)
    return slope.pow(2).sum(), {"x": x}


class Block(nn.Module):
    """Two convolutions with a way around them."""

    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outside)
        self.conv2 = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outside)
        self.around: nn.Module = nn.Identity()
        if stride != 1 or inside != outside:
            self.around = nn.Sequential(
                nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside)
            )

    def forward(self, x: Tensor) -> Tensor:
        """As in ResNet-18."""
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(y)) + self.around(x))


class ResNet(nn.Module):
    """ResNet-18 with fewer channels: the same graph."""

    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.pool = nn.MaxPool2d(3, 2, 1)
        sizes = [width * 2**stage for stage in range(4)]
        self.layers = nn.Sequential(
            *(
                nn.Sequential(Block(inside, outside, 1 + (stage > 0)), Block(outside, outside, 1))
                for stage, (inside, outside) in enumerate(zip([width, *sizes], sizes, strict=False))
            )
        )
        self.fc = nn.Linear(sizes[-1], 10)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the classes."""
        y = self.layers(self.pool(torch.relu(self.bn1(self.conv1(x)))))
        return self.fc(torch.flatten(nn.functional.adaptive_avg_pool2d(y, 1), 1))


def resnet18() -> Made:
    """18 layers, 32×32 pixels, a batch of two."""
    torch.manual_seed(2)
    model = ResNet()
    scores = model(torch.randn(2, 3, 32, 32))
    return nn.functional.cross_entropy(scores, torch.tensor([1, 7])), {"": model}


def transformer(layers: int = 12) -> Made:
    """A stack of encoder layers."""
    torch.manual_seed(3)
    layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
    model = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
    return model(torch.randn(2, 5, 16)).pow(2).mean(), {"": model}


def lstm(rounds: int) -> Made:
    """One LSTM cell, unrolled."""
    torch.manual_seed(4)
    cell = nn.LSTMCell(3, 4)
    h, c = torch.zeros(2, 4), torch.zeros(2, 4)
    for data in torch.randn(rounds, 2, 3):
        h, c = cell(data, (h, c))
    return h.sum(), {"cell": cell}


def residual(blocks: int = 1_428) -> Made:
    """A residual MLP of 10,000 nodes: two shared layers, applied again and again."""
    torch.manual_seed(5)
    inner, outer = nn.Linear(4, 4), nn.Linear(4, 4)
    y = torch.randn(2, 4)
    for _ in range(blocks):
        y = y + outer(torch.tanh(inner(y))) * 0.01
    return y.sum(), {"inner": inner, "outer": outer}


def chain(length: int = 100_000) -> Made:
    """A chain of ``length`` nodes and a leaf."""
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(length - 1):
        y = y + 1
    return y, {"x": x}


def random_dag(count: int = 200, seed: int = 6) -> Made:
    """Operations on values drawn from all that came before."""
    draw = random.Random(seed)
    leaves = [torch.tensor(draw.uniform(-1, 1), requires_grad=True) for _ in range(5)]
    values = list(leaves)
    for _ in range(count):
        one, other = draw.choice(values), draw.choice(values)
        operation = draw.choice((torch.add, torch.sub, torch.mul, torch.atan2, torch.maximum))
        values.append(torch.tanh(operation(one, other)) if draw.random() < 0.3 else operation(one, other))
    total = torch.stack(values[-20:]).tanh().sum()
    return total, {f"x{index}": leaf for index, leaf in enumerate(leaves)}


MODELS: dict[str, Callable[[], Made]] = {
    "square": square,
    "split": split,
    "two_paths": two_paths,
    "tied_weights": tied_weights,
    "custom_function": custom_function,
    "double_backward": double_backward,
    "resnet18": resnet18,
    "transformer": transformer,
    "lstm50": lambda: lstm(50),
    "lstm400": lambda: lstm(400),
    "residual": residual,
    "chain": chain,
    "random_dag": random_dag,
}
