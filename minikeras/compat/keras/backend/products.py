"""`K.dot` and `K.batch_dot`."""

from string import ascii_lowercase

from minikeras import ops
from minikeras.autodiff.shapes import normalize_axes

__all__ = ["batch_dot", "dot"]


def dot(x, y):
    """Σ over the last axis of x and the last but one of y: (…, n) · (…, n, m) → (…, …, m)."""
    return ops.dot(x, y)


def batch_dot(x, y, axes=None):
    """For each sample b, Σ over axis `axes[0]` of x[b] and axis `axes[1]` of y[b].

    Args:
        x, y: at least two axes, the first of them the batch.
        axes: one number for both, or two. None means the last of x, of y the last but one (the last of two).

    Returns:
        (batch, x's other axes, y's other axes); (batch, 1) if there are none.

    Raises:
        ValueError: fewer than two axes, other batch sizes, axis 0 in `axes`, or different lengths along them.
    """
    x_shape, y_shape = tuple(x.shape), tuple(y.shape)
    if len(x_shape) < 2 or len(y_shape) < 2:
        raise ValueError(f"`batch_dot` needs inputs of at least two axes. Received shapes: {x_shape} and {y_shape}")
    if None not in (x_shape[0], y_shape[0]) and x_shape[0] != y_shape[0]:
        raise ValueError(f"`batch_dot` needs inputs of one batch size. Received shapes: {x_shape} and {y_shape}")
    x_axis, y_axis = _axes(axes, len(x_shape), len(y_shape))
    lengths = x_shape[x_axis], y_shape[y_axis]
    if None not in lengths and lengths[0] != lengths[1]:
        raise ValueError(
            f"`batch_dot` sums over axis {x_axis} of x and {y_axis} of y, which must have the same length. "
            f"Received shapes: {x_shape} and {y_shape}"
        )
    letters = iter(ascii_lowercase[1:])
    x_letters = ["a"] + [next(letters) for _ in x_shape[1:]]
    y_letters = ["a"] + [next(letters) for _ in y_shape[1:]]
    y_letters[y_axis] = x_letters[x_axis]
    kept = [s for s in x_letters + y_letters[1:] if s != x_letters[x_axis]]
    product = ops.einsum(f"{''.join(x_letters)},{''.join(y_letters)}->{''.join(kept)}", x, y)
    return ops.expand_dims(product, 1) if len(kept) == 1 else product


def _axes(axes, x_ndim, y_ndim):
    if axes is None:
        axes = (x_ndim - 1, y_ndim - 1 if y_ndim == 2 else y_ndim - 2)
    pair = (axes, axes) if isinstance(axes, int) else tuple(axes)
    if len(pair) != 2 or not all(isinstance(axis, int) for axis in pair):
        raise ValueError(f"`axes` must be None, an integer or a pair of integers. Received: axes={axes}")
    (x_axis,), (y_axis,) = normalize_axes(pair[0], x_ndim), normalize_axes(pair[1], y_ndim)
    if 0 in (x_axis, y_axis):
        raise ValueError(
            f"`batch_dot` cannot sum over axis 0, the batch. Received: axes={axes}. If there is no batch, add an axis "
            "with K.expand_dims(x, 0)."
        )
    return x_axis, y_axis
