"""What PyTorch and Python say, and what it means: patterns on their texts, a sentence and a hint for each."""

from __future__ import annotations

from gui_app.language.said_of_gradients import GRADIENTS
from gui_app.language.saying import Saying


def _shapes(pattern: str, message: str, hint: str) -> Saying:
    return Saying(pattern, message, hint, shapes=True)


_DTYPES = "Give all tensors the same dtype, for example with x.double() or x.float()."
_SUM = "Make it a single number with .sum() or .mean()."

SAID = (
    *GRADIENTS,
    # Shapes
    _shapes(
        r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\)",
        "The shapes do not match.",
        "Sizes must be equal or 1, counted from the last dimension.",
    ),
    _shapes(
        r"mat1 and mat2 shapes cannot be multiplied \((\S+) and (\S+)\)",
        "These matrices cannot be multiplied.",
        "The columns of the first must equal the rows of the second; .t() turns a matrix over.",
    ),
    _shapes(
        r"size mismatch, got|inconsistent tensor size|Expected size for first two dimensions|batch1.*must be|"
        r"must have same reduction dim|contraction dim",
        "The shapes do not match.",
        "The inner sizes of a product must be equal.",
    ),
    _shapes(
        r"zero-dimensional tensor|iteration over a 0-d tensor",
        "A single number has no rows.",
        "Use .view(1), or stack for single numbers.",
    ),
    _shapes(
        r"expected a matrix|number of sizes provided|1D tensors expected|must be a matrix|matrices expected"
        r"|vector \+ matrix|arguments to (?:linalg\.)?\w+ need to be at least 1D"
        r"|Expected (?:argument )?(?:self|vec2|1-D)|tensors? expected|must be 3D|must be batches"
        r"|input tensor should be 1|must have at least [12] dimension",
        "These shapes are not made for this operation.",
        "Products of matrices need two dimensions, dot needs one; * multiplies element by element.",
    ),
    _shapes(
        r"shape '\[(.*)\]' is invalid for input of size (\d+)",
        "{1} elements do not fill the shape ({0}).",
        "The product of the sizes must be {1}.",
    ),
    _shapes(
        r"Tensors must have same number of dimensions|"
        r"Sizes of tensors must match except in dimension (\d+)|"
        r"stack expects each tensor to be equal size",
        "The tensors have different shapes.",
        "To be joined they must agree in all other dimensions.",
    ),
    _shapes(
        r"output with shape \[(.*)\] doesn't match the broadcast shape \[(.*)\]",
        "An in-place operation cannot grow shape ({0}) to ({1}).",
        "Write y = y + … instead of y += …",
    ),
    _shapes(
        r"expanded size of the tensor \((-?\d+)\) must match the existing size \((\d+)\)",
        "Size {1} cannot be expanded to {0}.",
        "Only dimensions of size 1 can be expanded.",
    ),
    _shapes(
        r"Dimension out of range \(expected to be in range of \[(-?\d+), (-?\d+)\], but got (-?\d+)\)",
        "There is no dimension {2}",
        "It must lie between {0} and {1}.",
    ),
    _shapes(
        r"[Dd]imension specified as .* but tensor has no dimensions",
        "A single number has no dimensions.",
        "Leave the dimension out.",
    ),
    _shapes(
        r"index (-?\d+) is out of bounds for dimension (\d+) with size (\d+)",
        "There is no index {0} in dimension {1}, which has size {2}.",
        "The first index is 0, the last one size - 1.",
    ),
    _shapes(
        r"slice\(\) cannot be applied to a 0-dim|too many indices for tensor of dimension (\d+)|"
        r"invalid index of a 0-dim tensor",
        "There are more indices than dimensions.",
        "Use one index for each dimension.",
    ),
    _shapes(
        r"requires the same (?:shape|size)|the same number of elements|must match|same size as|"
        r"Expected input batch_size|incompatible",
        "The shapes do not match.",
        "The details name the sizes.",
    ),
    # Values and types
    Saying(
        r"Boolean value of Tensor with",
        "A test needs one yes or no, but this tensor has several.",
        "Use .all() or .any(), or torch.where(condition, a, b).",
    ),
    Saying(
        r"a Tensor with (\d+) elements cannot be converted|only one element tensors can be converted",
        "Only a tensor with one element is a number.",
        _SUM,
    ),
    Saying(
        r"same dtype, but got|expected scalar type (\w+) but found (\w+)|expected .* dtype|"
        r"type mismatch|to have the same dtype",
        "The tensors have different dtypes.",
        _DTYPES,
    ),
    Saying(
        r"could not infer output dtype|must be either a floating point|only supports? floating|"
        r"not implemented for '(?:Long|Int|Bool)'|floating point tensor|Expected floating",
        "This needs numbers with a fraction, not whole ones.",
        "Write 1.0 instead of 1, or use .float().",
    ),
    Saying(
        r"result type (\w+) can't be cast to the desired output type (\w+)",
        "A {0} result does not fit into a {1} tensor in place.",
        "Write y = y + … instead of y += …",
    ),
    Saying(
        r"Integers to negative integer powers",
        "Whole numbers cannot be raised to a negative power.",
        "Write 2.0 instead of 2.",
    ),
    Saying(
        r"operator, (?:with (?:a|two)|on a) bool tensor",
        "A sign makes no sense for true and false.",
        "Turn them into numbers with .float().",
    ),
    Saying(
        r"element (\d+) of (?:sequence|tensors)|sequence of length|expected sequence|not a sequence",
        "The rows differ in length.",
        "Each row of a tensor needs the same number of values.",
    ),
    Saying(
        r"argument '(\w+)'.* must be (?:a )?(\w+)(?: of \w+)?, not (\w+)",
        "{0} must be {1}, not {2}.",
        "A number becomes a tensor with torch.tensor(2.0).",
    ),
    Saying(
        r"argument '(\w+)'.* must be tuple of (\w+)",
        "{0} must be whole numbers.",
        "Sizes are whole numbers, such as 3 or (2, 3).",
    ),
    Saying(
        r"expected Tensor as element (\d+) in argument",
        "Item {0} of the list is not a tensor.",
        "Only tensors can be joined.",
    ),
    Saying(
        r"invalid combination of arguments|got an unexpected|got multiple values|unrecognized|missing .* argument|"
        r"argument .* must be|takes .* positional",
        "The arguments do not fit.",
        "The details list what is possible.",
    ),
    Saying(
        r"unsupported operand type\(s\) for ([^:]+): '(\w+)' and '(\w+)'",
        "{0} cannot join {1} and {2}.",
        "Lists become tensors with torch.tensor([…]).",
    ),
    Saying(
        r"'[<>=]+' not supported between", "These values cannot be compared.", "Compare numbers or tensors."
    ),
    Saying(
        r"bad operand type for unary (\S+): '(\w+)'",
        "{0} cannot be put before a {1}.",
        "Lists become tensors with torch.tensor([…]).",
    ),
    Saying(
        r"'([\w.]+)' object is not callable", "This value is not a function.", "Write * to multiply: x*(…)"
    ),
    Saying(
        r"'(\w+)' object (?:is not iterable|cannot be interpreted as an integer)",
        "A {0} cannot be used here.",
        "Loops need range(…) or a list; counts need whole numbers.",
    ),
    Saying(
        r"(?:local|free) variable '(\w+)'|name '(\w+)' is not defined",
        "{0} is used before it is set.",
        "Set it on a line that always runs before.",
    ),
    Saying(
        r"descriptor '(\w+)' for .* to an? '([\w.]+)' object",
        "A {1} has no method .{0}().",
        "Numbers and lists become tensors with torch.tensor(…).",
    ),
    Saying(
        r"tensors used as indices must",
        "Only whole numbers can be indices.",
        "Turn it into whole numbers with .long().",
    ),
    Saying(
        r"einsum\(\)", "The letters do not fit the tensors.", 'Write for example einsum("ij,jk->ik", a, b).'
    ),
    Saying(
        r"values to unpack|cannot unpack non-iterable",
        "The number of values does not fit the names.",
        "Use one name for each value.",
    ),
    Saying(
        r"value cannot be converted to type .* without overflow",
        "A number is too large for the elements of the tensor.",
        "Use a smaller one, or torch.float64.",
    ),
    Saying(
        r"cannot convert float (NaN|infinity) to integer",
        "This number is not finite.",
        "Only a finite number can become a whole one.",
    ),
    Saying(r"'([\w.]+)' object has no attribute", "A {0} cannot be used here.", "Here a tensor is needed."),
    Saying(
        r"not implemented for '(?:Double|Float|Half|BFloat16)'",
        "This needs whole numbers.",
        "Turn it into whole numbers with .long().",
    ),
    Saying(r"At least one of 'min' or 'max'", "clamp needs a bound.", "Give min, max or both."),
    Saying(
        r"non-empty TensorList|expected a non-empty list",
        "The list is empty.",
        "Put at least one tensor in it.",
    ),
    # Numbers
    Saying(r"negative shift", "A shift cannot be negative.", "Write 2.0**n instead."),
    Saying(r"arg 3 must not be zero", "The step of a range cannot be 0.", "Leave it out: range(10)."),
    Saying(
        r"`chunks` to be greater than 0|split_size",
        "There is at least one piece.",
        "Write for example x.chunk(2).",
    ),
    Saying(
        r"from' to be less than 'to|expects std >= 0|p_in >= 0|probability has to be|n_sample|"
        r"prob_dist|probability tensor|expects to return a \[from, to\)",
        "There is no such distribution.",
        "Probabilities lie between 0 and 1, deviations are not negative, the smaller bound comes first.",
    ),
    _shapes(
        r"index out of range|[Ii]ndex.* out of bounds",
        "An index lies outside.",
        "The first index is 0, the last one size - 1.",
    ),
    Saying(r"step must be greater than zero", "A slice of a tensor cannot go backwards.", "Use .flip(0)."),
    Saying(
        r"division by zero|modulo by zero|float modulo|float floor division|modulo: ZeroDivision|"
        r"ZeroDivisionError",
        "This divides by zero.",
        "Is a start value 0?",
    ),
    Saying(
        r"math domain error|expected a (?:non)?negative|expected a positive",
        "The function is not defined for this number.",
        "Logarithms and roots need positive numbers.",
    ),
    Saying(
        r"math range error|Result too large|too large to convert|too big|cannot fit|"
        r"cannot convert float infinity|Overflow|out of range|Numerical result",
        "The number is too large.",
        "Use smaller numbers.",
    ),
    Saying(
        r"singular|not invertible|not positive-definite|failed to converge",
        "The matrix cannot be inverted or decomposed.",
        "Its rows must be independent.",
    ),
    Saying(
        r"allocate memory|not enough memory|[Oo]ut of memory",
        "There is not enough memory for this.",
        "Use smaller tensors.",
    ),
    Saying(
        r"negative dimension|negative int to unsigned|must be non-?negative|[Tt]rying to create tensor with negative",
        "A size cannot be negative.",
        "Sizes count elements: 0, 1, 2 …",
    ),
    Saying(
        r"can only be created|cannot reshape|view size is not compatible",
        "The memory layout does not allow a view.",
        "Use reshape instead of view.",
    ),
)
"""The first row whose pattern is found decides."""
