"""`Dot`: the product of two inputs summed over an axis of each, per sample."""

from minikeras.layers.merging.base_merge import BaseMerge, check_list
from minikeras.ops.arithmetic import multiply
from minikeras.ops.einsum import einsum
from minikeras.ops.normalization import normalize
from minikeras.ops.products import matmul
from minikeras.ops.reduction import sum as sum_over
from minikeras.ops.shaping import transpose
from minikeras.tensors.sparse import SparseTensor

LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Dot(BaseMerge):
    """y[b, …, …′] = Σₖ x₁[b, …, k, …] · x₂[b, …′, k, …′], with k along an axis of each input.

    Inputs: a list of two, with at least two axes, the batch first. The output has the batch axis, the first input's
    other axes, then the second's; (batch, 1) if there are none: `Dot(axes=1)` is the dot product of two vectors.

    Args:
        axes: the axis of both inputs to sum over, or a pair with that of each. 0, the batch axis, is not allowed.
        normalize: whether x₁ and x₂ are first divided by their norms along these axes: y is then the cosine.

    Raises:
        TypeError: `axes` is neither an integer nor a list.
        ValueError: `axes` is not a pair of integers, or not exactly two inputs, or axes of different lengths.
    """

    _accepted_kinds = "fiubc"

    def __init__(self, axes, normalize=False, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(axes, (int, list, tuple)):
            raise TypeError(
                f"Invalid type for argument `axes` of {self.name}: it should be an integer or a pair. Received: "
                f"axes={axes!r}"
            )
        if not isinstance(axes, int) and (len(axes) != 2 or not all(isinstance(axis, int) for axis in axes)):
            raise ValueError(
                f"Invalid format for argument `axes` of {self.name}: it should contain two elements, integers. "
                f"Received: axes={axes}"
            )
        self.axes = axes
        self.normalize = normalize

    def call(self, inputs):
        check_list(self, inputs)
        first, second = self._axes_of([x.shape for x in inputs])
        x1, x2 = inputs
        if self.normalize:
            x1, x2 = normalize(x1, axis=first), normalize(x2, axis=second)
        if len(x1.shape) == len(x2.shape) == 2:
            y = sum_over(multiply(x1, x2), axis=1, keepdims=True)
            is_sparse = isinstance(y, SparseTensor) and not (
                isinstance(x1, SparseTensor) and isinstance(x2, SparseTensor)
            )
            return y.as_dense() if is_sparse else y
        if len(x1.shape) == len(x2.shape) == 3 and isinstance(x1, SparseTensor) and isinstance(x2, SparseTensor):
            return matmul(  # `einsum` takes no sparse tensors
                x1 if first == 2 else transpose(x1, (0, 2, 1)), x2 if second == 1 else transpose(x2, (0, 2, 1))
            )
        letters1 = LETTERS[: len(x1.shape)]
        letters2 = list(letters1[0] + LETTERS[len(x1.shape) : len(x1.shape) + len(x2.shape) - 1])
        letters2[second] = letters1[first]
        rest = [letter for letter in (*letters1, *letters2[1:]) if letter != letters1[first]]
        return einsum(f"{letters1},{''.join(letters2)}->{''.join(rest)}", x1, x2)

    def _axes_of(self, shapes):
        """The axis of each input to sum over, not negative.

        Raises:
            ValueError: the shapes do not fit.
        """
        if len(shapes) != 2:
            raise ValueError(
                f"{type(self).__name__} layer should be called on exactly 2 inputs, in a list. Layer '{self.name}' "
                f"received {len(shapes)}."
            )
        pair = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        axes = [axis + len(shape) if axis < 0 else axis for axis, shape in zip(pair, shapes, strict=True)]
        if any(not 0 < axis < len(shape) for axis, shape in zip(axes, shapes, strict=True)):
            raise self._does_not_fit(shapes, "an axis is the batch's, or does not exist")
        lengths = {shape[axis] for axis, shape in zip(axes, shapes, strict=True)} - {None}
        if len(lengths) > 1:
            raise self._does_not_fit(shapes, "the axes to sum over differ in length")
        return axes

    def _does_not_fit(self, shapes, why):
        received = " and ".join(str(tuple(shape)) for shape in shapes)
        return ValueError(
            f"Incompatible input shapes for layer '{self.name}' (Dot): {why}. Received: {received}, axes={self.axes}"
        )

    def compute_output_shape(self, input_shape):
        check_list(self, input_shape)
        first, second = self._axes_of(input_shape)
        (batch, *shape1), (_, *shape2) = input_shape
        rest = shape1[: first - 1] + shape1[first:] + shape2[: second - 1] + shape2[second:]
        return (batch, *(rest or [1]))

    def compute_mask(self, inputs, mask=None):
        return None


def dot(inputs, axes=-1, **kwargs):
    """`Dot(axes=axes, **kwargs)(inputs)`."""
    return Dot(axes=axes, **kwargs)(inputs)
