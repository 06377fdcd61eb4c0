"""What programs often try and cannot have, and what to do instead."""

from __future__ import annotations

from gui_app.core.layers import LAYERS, SEQUENTIAL

_REASONS: dict[str, str] = {
    "Make one: optimizer = torch.optim.SGD([w, b], lr=0.1)": "optimizer",
    "Leave it out: it changes the speed, not the numbers.": (
        "foreach fused capturable differentiable prefetch_factor persistent_workers pin_memory_device timeout"
        " multiprocessing_context in_order"
    ),
    "Rows are taken in order, or shuffled with shuffle=True.": (
        "sampler batch_sampler collate_fn worker_init_fn Sampler RandomSampler SequentialSampler BatchSampler"
        " WeightedRandomSampler"
    ),
    "Put the tensors into one: TensorDataset(X, y).": "Dataset IterableDataset ConcatDataset Subset",
    "Every step is recorded: go back to it in the window.": "state_dict load_state_dict",
    "Use StepLR, ExponentialLR, CosineAnnealingLR, LinearLR, OneCycleLR or ReduceLROnPlateau.": (
        "LambdaLR MultiplicativeLR MultiStepLR ConstantLR PolynomialLR SequentialLR ChainedScheduler CyclicLR"
        " CosineAnnealingWarmRestarts LRScheduler"
    ),
    "Leave it out: write for xb, yb in loader:": "tqdm trange",
    "Programs cannot touch files or the system.": (
        "save load open from_file hub jit ops classes tofile input os sys subprocess builtins importlib ctypes shutil"
        " socket time multiprocessing distributed"
    ),
    "Programs cannot look inside the machine.": (
        "eval exec compile getattr setattr hasattr delattr vars dir type globals locals breakpoint help id object"
        " super memoryview exit quit isinstance callable issubclass classmethod staticmethod property map"
        " filter register_hook apply_ data_ptr untyped_storage storage share_memory_ set_ resize_"
    ),
    "Only torch, torch.nn.functional and math are there.": "scipy pandas jax jnp tensorflow tf random sklearn",
    "Tensors stay tensors here: cut them out with .detach(), take a number with .item().": (
        "numpy np from_numpy"
    ),
    "The window draws it: every run has its curves.": (
        "plt matplotlib pyplot plot show figure scatter_plot pylab tensorboard SummaryWriter"
    ),
    "Write the layer as a formula, such as x @ W + b, with W and b as parameters.": (
        "Module ModuleList ModuleDict init"
    ),
    "Put several nn.TransformerEncoderLayer(…) into nn.Sequential(…).": (
        "Transformer TransformerEncoder TransformerDecoder TransformerDecoderLayer"
    ),
    "Seed them with torch.manual_seed(0) and use rand, randn, randint, normal …": (
        "seed initial_seed poisson alpha_dropout feature_dropout rrelu gumbel_softmax get_rng_state"
        " set_rng_state cauchy_ log_normal_ geometric_"
    ),
    "Use torch.tensor([1.0, 2.0]).": (
        "Tensor FloatTensor DoubleTensor LongTensor IntTensor as_tensor asarray from_dlpack"
    ),
    "Use zeros.": "empty empty_like empty_strided new_zeros new_empty new_ones new_full new_tensor",
    "Choose the device at the top of the window.": "cuda cpu mps xpu set_default_device",
    "Choose the dtype at the top of the window, or give dtype=torch.float64.": (
        "set_default_dtype set_default_tensor_type get_default_dtype"
    ),
    "Use with torch.no_grad():": "inference_mode",
    "Leave the line out.": "set_printoptions set_num_threads set_warn_always use_deterministic_algorithms",
}

REFUSALS: dict[str, str] = {name: reason for reason, names in _REASONS.items() for name in names.split()} | {
    **{name: f"Layers are in nn: write nn.{name}(…)." for name in (*LAYERS, SEQUENTIAL)},
    "str": "Give print the values themselves: print(x, y)",
    "format": "Give print the values themselves: print(x, y)",
    "dict": "Use one name for each value.",
    "set": "Use a list.",
    "axis": "The argument is named dim.",
    "version": "It is not needed.",
    "squeeze_": "Write x = x.squeeze().",
    "unsqueeze_": "Write x = x.unsqueeze(dim).",
    "t_": "Write x = x.t().",
    "transpose_": "Write x = x.transpose(dim0, dim1).",
}
"""By the last part of the name."""
