"""Labels to one-hot rows, and arrays to unit length."""

import numpy as np

from minikeras import ops
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor


def to_categorical(x, num_classes=None):
    """One-hot rows: y[…, c] = 1 where x[…] = c, else 0.

    Args:
        x: Integers from 0 to num_classes − 1, any shape; a last axis of size 1 is dropped first. A negative
            number counts from the last class, as an index does in Python.
        num_classes: Length of the rows. None means the largest number in `x` plus 1 (arrays and lists only).

    Returns:
        x.shape + (num_classes,): a float64 array; for a Tensor, a float32 Tensor whose rows are zero where `x` is
        out of range.

    Raises:
        IndexError: a number in an array or list is out of range.
        ValueError: `num_classes` is negative, or missing and cannot be inferred.
        TypeError: it is not an integer.
    """
    if num_classes is not None and not isinstance(num_classes, (int, np.integer)):
        raise TypeError(f"`num_classes` must be an integer. Received: {num_classes!r}")
    if num_classes is not None and num_classes < 0:
        raise ValueError(f"`num_classes` must not be negative. Received: {num_classes}")
    if isinstance(x, KerasTensor):
        raise TypeError("`to_categorical` needs numbers. Received a symbolic tensor: use `keras.ops.one_hot`.")
    if isinstance(x, Tensor):
        return _one_hot_tensor(x, num_classes)
    x = np.array(x, dtype="int64")
    if x.ndim > 1 and x.shape[-1] == 1:
        x = x[..., 0]
    if not num_classes:
        if x.size == 0:
            raise ValueError("`num_classes` must be given when `x` is empty.")
        num_classes = int(x.max()) + 1
    if x.size and not -num_classes <= x.min() <= x.max() < num_classes:
        raise IndexError(
            f"The class indices in `x` must be below num_classes={num_classes}. "
            f"Received numbers from {x.min()} to {x.max()}."
        )
    return np.eye(num_classes)[x]


def _one_hot_tensor(x, num_classes):
    if num_classes is None:
        raise ValueError("`num_classes` must be given when `x` is a Tensor.")
    if x.ndim > 1 and x.shape[-1] == 1:
        x = ops.reshape(x, x.shape[:-1])
    return ops.one_hot(x, num_classes)


def normalize(x, axis=-1, order=2):
    """x / ‖x‖ along `axis`; vectors of zeros stay zeros.

    Args:
        x: An array, which gives an array of at least two dimensions (one vector becomes one row, as in Keras), or
            anything else that converts to a Tensor, for which the result is a Tensor.
        axis: The axis of the vectors. None, for a matrix: the norm of the whole matrix (arrays only).
        order: The order of the norm: 1, 2, numpy.inf, … as in `numpy.linalg.norm`.

    Keras 3.15 divides arrays by the wrong norms for axis=0 (it takes 0 for "not given"); here, as in its code for
    tensors, axis 0 is axis 0.
    """
    if not isinstance(x, np.ndarray):
        return ops.normalize(x, axis=axis, order=order)
    norm = np.atleast_1d(np.linalg.norm(x, order, axis))
    norm[norm == 0] = 1
    return x / np.expand_dims(norm, -1 if axis is None else axis)
