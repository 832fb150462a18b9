"""Tensors of either backend as NumPy arrays, and digests: four random projections that represent a whole array."""

from functools import cache

import numpy as np

LARGEST_KEPT = 2**20  # elements; larger arrays are sampled at even spacing
LARGEST_DIGESTED = 2**18  # the same for digests, which are made after every step
PROJECTIONS = 4


def is_concrete(x):
    """Whether `x` holds numbers now: not a symbolic tensor of a graph or of a functional model."""
    if x is None or isinstance(x, (str, bytes)):
        return False
    if hasattr(x, "numpy") or isinstance(x, (np.ndarray, np.generic, float, int)):
        return type(x).__name__ != "KerasTensor" and not _is_graph_tensor(x)
    return hasattr(x, "dense_shape") and is_concrete(getattr(x, "values", None))


def _is_graph_tensor(x):
    return type(x).__name__ == "SymbolicTensor" or getattr(x, "_is_symbolic_tensor", False)


def as_numpy(x):
    """The numbers in a tensor, variable, IndexedSlices or number."""
    if hasattr(x, "dense_shape") and hasattr(x, "indices"):
        return _dense(x)
    return np.asarray(x.numpy() if hasattr(x, "numpy") else x)


def _dense(slices):
    values, indices = as_numpy(slices.values), as_numpy(slices.indices)
    shape = tuple(int(n) for n in np.asarray(slices.dense_shape))
    result = np.zeros(shape, values.dtype)
    np.add.at(result, indices.reshape(-1), values.reshape(-1, *shape[1:]))
    return result


def is_float(array):
    """Whether the array's dtype is a real floating one (bfloat16, of kind "V", too)."""
    return array.dtype.kind == "f" or array.dtype.name == "bfloat16"


def thinned(array, largest=LARGEST_KEPT):
    """The array flattened to evenly spaced elements if it has more than `largest`, else as it is."""
    if array.size <= largest:
        return array
    step = -(-array.size // largest)
    return array.reshape(-1)[::step]


@cache
def _signs(size):
    """(PROJECTIONS, size) of ±1, the same in every process. Its own generator leaves the script's unaffected."""
    rng = np.random.Generator(np.random.PCG64(size))
    return rng.integers(0, 2, (PROJECTIONS, size), dtype=np.int8).astype(np.float32) * 2 - 1


def digest(array):
    """[norm, p_1 … p_4]: the l2 norm and the products of the array with four fixed vectors of random signs.

    For two arrays a and b the mean of (p_i(a) − p_i(b))² estimates ‖a − b‖² (Johnson and Lindenstrauss), wherever in
    the array they differ. Five numbers per step can be kept for every variable, unlike the variables themselves.
    """
    flat = thinned(array, LARGEST_DIGESTED).astype(np.float32, copy=False).reshape(-1)
    with np.errstate(all="ignore"):
        return [float(np.sqrt(np.dot(flat, flat))), *map(float, _signs(flat.size) @ flat)]
