"""`K.reshape`, `K.concatenate`, `K.gather`, …: the same elements in another arrangement."""

import math

from minikeras import ops
from minikeras.compat.tensorflow import tensors as tf_tensors
from minikeras.compat.tensorflow.arrays import shaping
from minikeras.ops import stack

__all__ = [
    "batch_flatten",
    "concatenate",
    "count_params",
    "expand_dims",
    "flatten",
    "gather",
    "int_shape",
    "is_sparse",
    "ndim",
    "one_hot",
    "permute_dimensions",
    "repeat",
    "repeat_elements",
    "reshape",
    "reverse",
    "shape",
    "squeeze",
    "stack",
    "tile",
    "to_dense",
    "transpose",
]


def shape(x):
    """The shape as an int32 tensor, a symbolic one if lengths are unknown; it can be used in any shape."""
    return tf_tensors.shape(x)


def int_shape(x):
    """The shape as a tuple; None for unknown lengths."""
    return tuple(x.shape)


def ndim(x):
    """Number of axes."""
    return len(x.shape)


def count_params(x):
    """Number of elements."""
    return math.prod(x.shape)


def reshape(x, shape):
    """x reshaped in row-major order; one length of the shape may be −1."""
    return shaping.reshape(x, shape)


def flatten(x):
    """As one vector."""
    return ops.reshape(x, (-1,))


def batch_flatten(x):
    """Each sample as one vector."""
    return ops.reshape(x, (-1, math.prod(x.shape[1:])))


def expand_dims(x, axis=-1):
    """With an axis of length 1 before position `axis`."""
    return ops.expand_dims(x, axis)


def squeeze(x, axis):
    """Without `axis`, of length 1."""
    return ops.squeeze(x, axis)


def permute_dimensions(x, pattern):
    """With the axes in the order of `pattern`."""
    return ops.transpose(x, pattern)


def transpose(x):
    """With the axes in reverse order."""
    return ops.transpose(x)


def concatenate(tensors, axis=-1):
    """Joined along `axis`."""
    return ops.concatenate(tensors, axis)


def tile(x, n):
    """Repeated `n` times (one number per axis)."""
    return shaping.tile(x, [n] if isinstance(n, int) else n)


def repeat(x, n):
    """Each sample n times in a row, on a new axis: (batch, features) → (batch, n, features).

    Raises:
        ValueError: x does not have two axes.
    """
    if ndim(x) != 2:
        raise ValueError(f"`x` must have two axes, (batch, features). Received: x.shape={tuple(x.shape)}")
    return ops.tile(ops.expand_dims(x, 1), (1, n, 1))


def repeat_elements(x, rep, axis):
    """Each element `rep` times in a row along `axis`."""
    return ops.repeat(x, rep, axis)


def reverse(x, axes):
    """Backwards along each of `axes`."""
    return ops.flip(x, axes)


def gather(reference, indices):
    """The rows with these indices."""
    return ops.take(reference, indices, axis=0)


def one_hot(indices, num_classes):
    """Rows with a one at the index, float32."""
    return ops.one_hot(indices, num_classes, axis=-1)


def is_sparse(tensor):
    """False: minikeras has dense tensors only."""
    return False


def to_dense(tensor):
    """The tensor itself: minikeras has dense tensors only."""
    return tensor
