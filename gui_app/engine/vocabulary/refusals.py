"""What programs often try and cannot have, and what to do instead."""

from __future__ import annotations

_RANDOM = "An objective is the same at every call. Set a random start in the parameter table."
_RUN = "The run does the backward pass and the update. Write only the objective."
_FILES = "Programs cannot touch files or the system."
_INSIDE = "Programs cannot look inside the machine."
_MODULE = "Only torch, torch.nn.functional and math are there."
_IN_PLACE = "Write y = … instead of changing it in place."
_LAYERS = "Write the layer as a formula, such as x @ W + b, with W and b as parameters."

REFUSALS: dict[str, str] = (
    dict.fromkeys(
        (
            *(
                "rand",
                "randn",
                "randint",
                "randperm",
                "rand_like",
                "randn_like",
                "randint_like",
                "normal",
                "bernoulli",
            ),
            *(
                "multinomial",
                "poisson",
                "dropout",
                "manual_seed",
                "seed",
                "uniform_",
                "normal_",
                "random_",
                "Generator",
            ),
            *("bernoulli_", "exponential_", "alpha_dropout", "feature_dropout", "rrelu", "gumbel_softmax"),
        ),
        _RANDOM,
    )
    | dict.fromkeys(
        ("backward", "grad", "autograd", "zero_grad", "optim", "step", "grad_fn", "retain_grad"), _RUN
    )
    | dict.fromkeys(
        ("save", "load", "open", "from_file", "hub", "jit", "ops", "classes", "tofile", "input"), _FILES
    )
    | dict.fromkeys(
        (
            *(
                "eval",
                "exec",
                "compile",
                "getattr",
                "setattr",
                "hasattr",
                "delattr",
                "vars",
                "dir",
                "type",
                "globals",
            ),
            *(
                "locals",
                "breakpoint",
                "help",
                "id",
                "object",
                "super",
                "memoryview",
                "exit",
                "quit",
                "isinstance",
            ),
            *(
                "callable",
                "issubclass",
                "classmethod",
                "staticmethod",
                "property",
                "iter",
                "next",
                "map",
                "filter",
            ),
            *(
                "register_hook",
                "apply_",
                "data_ptr",
                "untyped_storage",
                "storage",
                "share_memory_",
                "set_",
                "resize_",
            ),
        ),
        _INSIDE,
    )
    | dict.fromkeys(
        ("os", "sys", "subprocess", "builtins", "importlib", "ctypes", "shutil", "socket"), _FILES
    )
    | dict.fromkeys(
        ("np", "numpy", "plt", "scipy", "pandas", "jax", "jnp", "tensorflow", "tf", "random"), _MODULE
    )
    | dict.fromkeys(("Linear", "Sequential", "Module", "Parameter", "Conv2d", "ReLU", "MSELoss"), _LAYERS)
    | {
        "print": "Every value can be seen in the graph. Leave the line out.",
        "numpy": "Tensors stay tensors here. Use torch's functions.",
        "data": "Use .detach() for the values outside the graph.",
        "zero_": _IN_PLACE,
        "add_": _IN_PLACE,
        "sub_": _IN_PLACE,
        "mul_": _IN_PLACE,
        "div_": _IN_PLACE,
        "fill_": _IN_PLACE,
        "copy_": _IN_PLACE,
        "empty": "Use zeros.",
        "str": "Text is not a value here.",
        "dict": "Use one name for each value.",
        "set": "Use a list.",
        "cuda": "Choose the device at the top of the window.",
        "cpu": "Choose the device at the top of the window.",
        "axis": "The argument is named dim.",
    }
)
"""By the last part of the name."""
