"""Shuffles the entries along an axis."""

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.kernels.random import stateless_permutation
from minikeras.ops.indexing import take
from minikeras.random.drawing import draw, is_inferred


def shuffle(x, axis=0, seed=None):
    """`x` with its entries along `axis` in a random order: y[i] = x[order[i]]. Gradients go back the same way.

    Args:
        x: tensor.
        axis: which axis; whole slices are moved.
        seed: integer, SeedGenerator or None (see `keras.random`).
    """
    if is_inferred((x,)):
        return KerasTensor(x.shape, x.dtype)
    if not isinstance(x, Tensor):
        x = x.read() if hasattr(x, "read") else Tensor(as_array(x))
    ndim = len(x.shape)
    if not -ndim <= axis < ndim:
        raise ValueError(f"`axis` must lie in −{ndim} … {ndim - 1} for a tensor of shape {x.shape}. Received: {axis}")
    return take(x, draw(_permutation, (x.shape[axis],), "int64", seed), axis=axis)


def _permutation(seed_pair, shape, dtype):
    return stateless_permutation(seed_pair, shape[0])
