"""Tensor parallelism: `Dense`, `EinsumDense` (hence attention) and `Embedding` with their weights split over ranks.

`rule_for(layer, name, axis, group)` returns the computation that replaces the layer's `call` once this rank keeps only
its part of the weight. Every rank gets the outputs of the whole layer.
"""

from minikeras.autodiff.arithmetic import Where
from minikeras.autodiff.matrix_product import Matmul
from minikeras.layers.core.dense import Dense
from minikeras.layers.core.einsum_dense import EinsumDense
from minikeras.layers.core.embedding import Embedding
from minikeras.ops.einsum import einsum
from minikeras.ops.indexing import take
from minikeras.ops.tensor_parallel import CopyToParts, GatherParts, OwnPart, SumParts


class CannotSplitError(ValueError):
    """There is no rule for splitting this weight of this layer."""


def rule_for(layer, name, axis, group):
    """The computation of `layer` with its weight `name` split along `axis` over the ranks of a group.

    Raises:
        CannotSplitError: there is no rule for this layer, or for this weight.
    """
    kind = type(layer)
    if kind is Dense and name == "kernel":
        return SplitProduct(layer, None, axis)
    if kind is EinsumDense and name == "kernel" and "." not in layer.equation:
        return SplitProduct(layer, layer.equation, axis)
    if kind is Embedding and name == "embeddings":
        return SplitRows(layer, group) if axis == 0 else SplitColumns(layer)
    raise CannotSplitError(
        f"The weight '{name}' of layer '{layer.name}' ({kind.__name__}) cannot be split over ranks: there are rules "
        "for the kernels of Dense and EinsumDense (so of MultiHeadAttention) and the table of Embedding. Give it a "
        "layout of None for every axis, or none."
    )


class SplitProduct:
    """y = activation(x · kernel + bias) with a kernel that is split along one axis.

    Args:
        layer: the Dense or EinsumDense.
        equation: of the product, for `einsum`; None for x @ kernel.
        axis: the kernel's axis along which it is split.
    """

    def __init__(self, layer, equation, axis):
        self._layer, self._equation, self._axis = layer, equation, axis
        self.bias_axis = None  # the axis of the output along which the bias is split too

    def __call__(self, inputs):
        layer = self._layer
        x_letters, kernel_letters, y_letters = self._letters(len(inputs.shape))
        letter = kernel_letters[self._axis]
        if letter in y_letters:
            y = self._product(CopyToParts()(inputs), layer.kernel)
            y = GatherParts(y_letters.index(letter))(y)
        else:
            y = SumParts()(self._product(OwnPart(x_letters.index(letter))(inputs), layer.kernel))
        if layer.bias is not None:
            bias = layer.bias if self.bias_axis is None else GatherParts(self.bias_axis)(layer.bias)
            y = y + bias
        return y if layer.activation is None else layer.activation(y)

    def _letters(self, rank):
        if self._equation is None:
            before = "abcdefghij"[: rank - 1]
            return before + "x", "xy", before + "y"
        left, y = self._equation.replace(" ", "").split("->")
        return (*left.split(","), y)

    def _product(self, x, kernel):
        return Matmul()(x, kernel) if self._equation is None else einsum(self._equation, x, kernel)


class SplitColumns:
    """y = embeddings[x], where each rank has some columns of the table."""

    def __init__(self, layer):
        self._layer = layer

    def __call__(self, inputs):
        return GatherParts(len(inputs.shape))(take(self._layer.embeddings, inputs, axis=0))


class SplitRows:
    """y = embeddings[x], where each rank has some rows: a rank yields zeros for other ranks' tokens; the sum is y."""

    def __init__(self, layer, group):
        self._layer, self._rank, self._ranks = layer, group.rank, group.size

    def __call__(self, inputs):
        table = self._layer.embeddings
        count = table.shape[0]
        inputs = Where()(inputs < 0, inputs + self._ranks * count, inputs)  # negative tokens count from the last row
        own = inputs - self._rank * count
        is_own = (own >= 0) & (own < count)
        rows = take(table, Where()(is_own, own, 0), axis=0)
        return SumParts()(Where()(is_own[..., None], rows, 0.0))
