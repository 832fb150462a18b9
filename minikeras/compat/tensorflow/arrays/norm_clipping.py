"""Tensors scaled down to a Euclidean norm, one by one or together."""

__replay__ = "computes"

from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.ops.conversion import data_tensor
from minikeras.ops.creation import ones_like
from minikeras.ops.extrema import maximum, minimum
from minikeras.ops.indexing import where
from minikeras.ops.powers import sqrt, square
from minikeras.ops.reduction import sum as sum_over


def clip_by_norm(x, clip_norm, axes=None):
    """x, scaled down so that its Euclidean norm (over `axes`, all by default) is at most `clip_norm`."""
    squares = sum_over(x * x, axis=axes, keepdims=True)
    is_positive = squares > 0
    norm = where(is_positive, sqrt(where(is_positive, squares, ones_like(squares))), squares)
    return x * clip_norm / maximum(norm, clip_norm)


def global_norm(tensors):
    """√Σ x² over all elements of all tensors in a list (None is left out)."""
    norms = [sum_over(square(_dense(x))) for x in tensors if x is not None]
    return sqrt(sum(norms[1:], norms[0]))


def _dense(x):
    return data_tensor(x.values) if isinstance(x, IndexedSlices) else data_tensor(x)


def clip_by_global_norm(tensors, clip_norm, norm):
    """A list of tensors scaled down together so that their global norm, which is given, is at most `clip_norm`."""
    # an infinite norm gives NaN everywhere, so that the error is visible
    scale = clip_norm * minimum(1.0 / norm, 1.0 / clip_norm) + (norm - norm)
    return [None if x is None else _scaled(x, scale) for x in tensors]


def _scaled(x, scale):
    return x.with_values(data_tensor(x.values) * scale) if isinstance(x, IndexedSlices) else data_tensor(x) * scale
