"""What PyTorch says about gradients, and what it means."""

from __future__ import annotations

from gui_app.language.saying import Saying

GRADIENTS = (
    Saying(
        r"implicitly created only for scalar outputs",
        "Backward starts from a single number, but this has several.",
        "Make it one with .sum() or .mean(), or give weights of its shape: y.backward(weights).",
        at_last=True,
    ),
    Saying(
        r"does not require grad and does not have a grad_fn|differentiated Tensors does not require grad",
        "Nothing here depends on a parameter with a gradient.",
        "Let one enter, such as x = torch.tensor(1.0, requires_grad=True), outside of no_grad and detach.",
        at_last=True,
    ),
    Saying(
        r"backward through the graph a second time",
        "The graph is used a second time, but its saved tensors are freed.",
        "Compute the value again, or use backward(retain_graph=True) the first time.",
    ),
    Saying(
        r"leaf Variable that requires grad is being used in an in-place|"
        r"view of a leaf Variable that requires grad",
        "A parameter cannot be changed in place while gradients are recorded.",
        "Write x = x + … instead, or put the line into with torch.no_grad():",
    ),
    Saying(
        r"modified by an inplace operation",
        "A value that the gradient needs was changed in place.",
        "Write y = y + … instead of y += …, or change a clone().",
        at_last=True,
    ),
    Saying(
        r"[Oo]nly Tensors of floating point|data set to a tensor that requires gradients must be",
        "Whole numbers cannot have a gradient.",
        "Write 10.0 instead of 10, or give dtype=torch.float32.",
    ),
    Saying(
        r"not have been used in the graph",
        "One of the inputs does not enter what is differentiated.",
        "Leave it out, or write grad(…, allow_unused=True): its gradient is None.",
    ),
    Saying(
        r"Mismatch in shape: grad_output.* shape of torch\.Size\((.*)\) and output.* shape of torch\.Size\((.*)\)",
        "The weights have shape {0}, what is differentiated has shape {1}.",
        "Give weights of the same shape, such as torch.ones_like(y).",
    ),
    Saying(
        r"got (\d+) tensors and (\d+) gradients",
        "There are {0} tensors and {1} weights.",
        "Give one weight for each tensor.",
    ),
    Saying(
        r"assign a gradient of size '(.*)' to a tensor of size '(.*)'",
        "A gradient has the shape of its tensor, {1}, not {0}.",
        "Write x.grad = torch.zeros_like(x), or x.grad = None.",
    ),
    Saying(
        r"assign a gradient with dtype '(\w+)'",
        "A gradient has the dtype of its tensor, not {0}.",
        "Write x.grad = torch.zeros_like(x), or x.grad = None.",
    ),
    Saying(
        r"only change requires_grad flags of leaf|can't detach views",
        "Only a leaf can be told whether to record gradients.",
        "Write y = y.detach() to cut a computed value from the graph.",
    ),
    Saying(
        r"can't retain_grad",
        "This tensor has no gradient to keep.",
        "Call retain_grad() on a value that depends on a parameter.",
    ),
    Saying(
        r"single memory location|is a view and is being modified inplace|view was created in no_grad mode",
        "This shares its memory with other values and cannot be changed in place.",
        "Change a copy: y = x.clone()",
    ),
    Saying(
        r"can't (?:be|call) .* on Tensor that requires grad|Use tensor\.detach\(\)",
        "This value is part of the graph.",
        "Cut it out with .detach() first.",
    ),
    Saying(
        r"not differentiable|not implemented for .*derivative|derivative for .* not implemented",
        "This operation has no derivative.",
        "Use a smooth one.",
    ),
)
