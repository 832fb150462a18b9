"""Differences between neighbours, and areas under a curve."""

from minikeras.autodiff.composed import composed
from minikeras.autodiff.indexing import GetItem
from minikeras.autodiff.shapes import Reshape, Sum, normalize_axes
from minikeras.base.limits import use_symbolic_tensors
from minikeras.ops.core import as_float_tensor, convert_to_tensor


def neighbours(x, axis):
    """All but the first, and all but the last element along `axis`."""
    before = (slice(None),) * normalize_axes(axis, len(x.shape))[0]
    return GetItem((*before, slice(1, None)))(x), GetItem((*before, slice(None, -1)))(x)


@composed
def diff(a, n=1, axis=-1):
    """y[i] = a[i + 1] − a[i] along `axis`, taken n times."""
    a = convert_to_tensor(a)
    if len(a.shape) == 0:
        raise ValueError("`diff` requires input of at least one dimension. Received a scalar.")
    if n < 0:
        raise ValueError(f"Order `n` must be non-negative. Received: n={n}")
    use_symbolic_tensors(n)
    for _ in range(n):
        second, first = neighbours(a, axis)
        a = second != first if a.dtype == "bool" else second - first
    return a


@composed
def trapezoid(y, x=None, dx=1.0, axis=-1):
    """The area under y along `axis` by the trapezoid rule: Σ (y[i] + y[i + 1]) / 2 · (x[i + 1] − x[i]).

    Args:
        x: the positions of the values y: a vector, or of the shape of y.
        dx: the distance between neighbours, if x is None.
    """
    y = as_float_tensor(y)
    normalize_axes(axis, len(y.shape))
    if x is not None:
        x = convert_to_tensor(x, y.dtype)
        if len(x.shape) == 1:
            shape = [1] * len(y.shape)
            shape[axis] = -1
            x = Reshape(shape)(x)
        second, first = neighbours(x, axis)
        dx = second - first
    second, first = neighbours(y, axis)
    return Sum(axis)((second + first) * dx * 0.5)
