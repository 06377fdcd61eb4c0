"""Moving elements around: another shape, a part, parts joined."""

from __future__ import annotations

from gui_app.core.rules.rule import Rule

_SAME = ": {a}, the same elements in another shape"
_BACK = ": {g} in the shape of {a}"
_SUMMED = ": {g} summed over the repeats"
_PLACES = ": {g} at the places that were taken, {0} elsewhere"


def _moved(title: str, words: str, formula: str, *back: str, **more: object) -> Rule:
    return Rule(title, words, formula, back, **more)  # type: ignore[arg-type]


def _shape(title: str, words: str) -> Rule:
    return _moved(title, words, _SAME, _BACK)


def _part(title: str, words: str, formula: str = ": {a} at some places") -> Rule:
    return _moved(title, words, formula, _PLACES)


_VIEW = _shape("Another shape", "The same elements in another shape.")
_COPY = _moved("Copy", "The same values in new memory.", "a", "g")
_TRANSPOSED = _moved("Transpose", "Exchanges two dimensions.", "A.T", "g.T", inputs=("A",), results=("C",))
_PARTS = _moved(
    "Split", "Takes the tensor apart.", ": the parts of {a}", ": the gradients of all parts, joined"
)
_PAD = _moved("Padded", "More elements at the edges.", ": {a} with a border", ": {g} without the border")
_MIRRORED = _moved(
    "Padded", "The edges are repeated or mirrored outwards.", ": {a} with a border of its own elements",
    ": {g} without the border, and what the border got added to the elements it was made of",
)  # fmt: skip
_INTO = ": {a}, with {b} at some places"
_KEPT = ": {g} with {0} at those places"

RULES: dict[str, Rule] = {
    **dict.fromkeys(("View", "UnsafeView", "ReshapeAlias", "Reshape", "Unflatten"), _VIEW),
    **dict.fromkeys(("Alias", "Clone", "Identity", "ContiguousCopy"), _COPY),
    "ToCopy": _moved("Another dtype or device", "The same values, converted.", "a",
        ": {g} in the dtype of {a}, on its device"),
    "Contiguous": _COPY,
    "Unsqueeze": _shape("One more dimension", "Adds a dimension of length 1."),
    "Squeeze": _shape("Dimensions dropped", "Drops dimensions of length 1."),
    "T": _TRANSPOSED,
    "Transpose": _TRANSPOSED,
    "Permute": _moved("Reordered", "Its dimensions in another order.", ": {A} with its dimensions in another order",
                      ": {g} with its dimensions put back", inputs=("A",), results=("C",)),
    "Expand": _moved("Repeated", "Repeats along dimensions, without copying.", ": {a}, several times", _SUMMED),
    "Repeat": _moved("Tiled", "Copies next to each other.", ": {a}, several times", _SUMMED),
    "Roll": _moved("Rolled", "Moves elements around a circle.", ": {a}, moved on by some places",
        ": {g}, moved back"),
    "Flip": _moved("Reversed", "Reverses the order along dimensions.", ": {a}, in reverse order",
        ": {g}, in reverse order"),
    "Rot90": _moved("Turned", "Turns by right angles.", ": {a}, turned by right angles", ": {g}, turned back"),
    "Select": _part("One index", "The slice at one index.", ": {a} at one index"),
    "Slice": _part("Slice", "A stretch along a dimension.", ": {a} from one index to another"),
    "Diagonal": _part("Diagonal", "The elements on a diagonal.", ": the diagonal of {a}"),
    "Index": _moved("Chosen elements", "The elements at indices, or where a mask holds.", ": {a} at the indices",
                    ": {g}, added to the places it was taken from"),
    "IndexSelect": _moved("Chosen slices", "The slices at indices.", ": {a} at the indices",
                          ": {g}, added to the places it was taken from"),
    "Gather": _moved("Gathered", "One element from each index along a dimension.", ": {a} at the indices",
                     ": {g}, added to the places it was taken from"),
    "Take": _moved("Taken", "Elements by their number.", ": {a} at the indices",
        ": {g}, added to the places it was taken from"),
    "MaskedSelect": _part("Masked elements", "The elements where a mask holds.", ": {a} where the mask holds"),
    "Unfold": _moved("Windows", "Overlapping windows along a dimension.", ": the windows of {a}",
                     ": {g}, added up where windows overlap"),
    "AsStrided": _moved("Strided view", "A view with other strides.", ": {a} in steps of its strides",
                        ": {g}, added to the places it was taken from"),
    "Unbind": _moved("Taken apart", "The slices along a dimension.", ": the slices of {a}",
                     ": the gradients of all slices, stacked"),
    **dict.fromkeys(("Split", "SplitWithSizes", "UnsafeSplit", "UnsafeSplitWithSizes", "Chunk", "TensorSplit"),
        _PARTS),
    "Cat": _moved("Joined", "One after the other along a dimension.", ": {a1}, {a2}, … one after the other",
                  ": the part of {g} that it made", inputs=("a1", "a2", "a")),
    "Stack": _moved("Stacked", "Along a new dimension.", ": {a1}, {a2}, … along a new dimension",
                    ": the slice of {g} that it made", inputs=("a1", "a2", "a")),
    "BlockDiag": _moved("Blocks on the diagonal", "Blocks along the diagonal of a matrix.",
                        ": {a1}, {a2}, … along the diagonal", ": the block of {g} that it made", inputs=("a1", "a2",
                        "a")),
    "DiagEmbed": _moved("On the diagonal", "A matrix with these elements on its diagonal.",
        ": {a[i]} on the diagonal, {0} elsewhere",
                        "g[i, i]", index=("i",), results=("C",)),
    "Diag": _moved("On the diagonal", "A matrix with these elements on its diagonal.",
        ": {a[i]} on the diagonal, {0} elsewhere",
                   "g[i, i]", index=("i",), results=("C",)),
    "Sort": _moved("Sorted", "Puts the elements in order.", ": {a}, in order", ": {g}, put back in the old order"),
    "Topk": _part("Largest few", "The k largest along a dimension.", ": the k largest of {a}"),
    "CopySlices": _moved("Assigned in place", "Writes into a part of the tensor.", _INTO, _KEPT,
        ": {g} at those places"),
    **dict.fromkeys(("CopyBackwards", "Copy"), _moved(
        "Copied over", "Writes one tensor over another.", "b", "0", "g")),
    "Scatter": _moved("Scattered", "Writes elements to indices.", _INTO, _KEPT, ": {g} at those places"),
    "ScatterAdd": _moved("Scattered and added", "Adds elements at indices.", ": {a}, with {b} added at some places",
        "g",
                         ": {g} at those places"),
    "ScatterReduce": _moved("Scattered and reduced", "Combines elements at indices.",
        ": {a}, with {b} combined at some places",
                            ": the derivative of the combination", ": the derivative of the combination"),
    "IndexAdd": _moved("Added at indices", "Adds slices at indices.", ": {a}, with {b} added at some places", "g",
                       ": {g} at those places"),
    "IndexCopy": _moved("Copied to indices", "Writes slices to indices.", _INTO, _KEPT, ": {g} at those places"),
    "IndexPut": _moved("Assigned at indices", "Writes elements to indices.", _INTO, _KEPT, ": {g} at those places"),
    "IndexFill": _moved("Filled at indices", "Writes a number to indices.", ": {a}, with a number at some places",
        _KEPT,
                        ": the sum of {g} at those places"),
    "Put": _moved("Put", "Writes elements by their number.", _INTO, _KEPT, ": {g} at those places"),
    "MaskedScatter": _moved("Scattered by a mask", "Writes elements where a mask holds.", _INTO, _KEPT,
                            ": {g} at those places, in order"),
    "SelectScatter": _moved("Slice replaced", "One slice replaced by another.", _INTO, _KEPT,
        ": {g} at those places"),
    "SliceScatter": _moved("Stretch replaced", "A stretch replaced by another.", _INTO, _KEPT,
        ": {g} at those places"),
    "DiagonalScatter": _moved("Diagonal replaced", "The diagonal replaced.", _INTO, _KEPT, ": {g} at those places"),
    "AsStridedScatter": _moved("Strided part replaced", "A strided part replaced.", _INTO, _KEPT,
        ": {g} at those places"),
    "Fill": _moved("Filled", "Writes one number everywhere.", ": one number everywhere", "0", ": the sum of {g}"),
    "Zero": _moved("Zeroed", "Writes 0 everywhere.", "0", "0"),
    "ConstantPadNd": _PAD,
    **{f"{kind}Pad{n}D": _MIRRORED for kind in ("Reflection", "Replication") for n in (1, 2, 3)},
    "PixelShuffle": _moved("Channels to pixels", "Rearranges channels into a finer image.", ": {a}, rearranged",
        ": {g}, put back"),
    "PixelUnshuffle": _moved("Pixels to channels", "Rearranges pixels into channels.", ": {a}, rearranged",
        ": {g}, put back"),
    "ChannelShuffle": _moved("Channels shuffled", "Rearranges channels.", ": {a}, rearranged", ": {g}, put back"),
    "Im2Col": _moved("Windows as columns", "Overlapping windows, each a column.", ": the windows of {a}",
                     ": {g}, added up where windows overlap"),
    "Col2Im": _moved("Columns as windows", "Adds up overlapping windows.",
        ": the windows {a}, added up where they overlap",
                     ": the windows of {g}"),
    "Complex": _moved("Complex number", "Joins real and imaginary part.", ": {a + b} i", ": the real part of {g}",
                      ": the imaginary part of {g}", saved=("real", "imag")),
    "Polar": _moved("Polar form", "Joins size and angle.", ": {a} at the angle {b}", ": the part of {g} along it",
                    ": the part of {g} across it, times {a}"),
    "Angle": _moved("Angle of a complex number", "Its direction.", "angle(a)",
        ": {g}, turned across {a} and over its size"),
    "Conj": _moved("Conjugate", "Changes the sign of the imaginary part.", "conj(a)", "conj(g)"),
    "ViewAsReal": _shape("As real numbers", "Real and imaginary part side by side."),
    "ViewAsComplex": _shape("As complex numbers", "Pairs as real and imaginary part."),
    "FftR2C": _moved("Fourier transform", "From a signal to its frequencies.", ": the Fourier transform of {a}",
        ": the transform of {g}, back"),
    "FftC2R": _moved("Inverse Fourier transform", "From frequencies to a signal.", ": the Fourier transform of {a}",
        ": the transform of {g}, back"),
    "FftC2C": _moved("Fourier transform", "From a signal to its frequencies.", ": the Fourier transform of {a}",
        ": the transform of {g}, back"),
    "NotImplemented": _moved("No derivative", "PyTorch has no derivative for this operation.",
        ": the operation on {a}",
                             ": none: a backward pass through it fails"),
}  # fmt: skip
