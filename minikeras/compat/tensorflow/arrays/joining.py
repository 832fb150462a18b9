"""Tensors joined along an axis, and split again."""

from minikeras import ops
from minikeras.autodiff import KerasTensor, Tensor, Variable
from minikeras.compat.tensorflow.conversion import axes, integers, tensor
from minikeras.compat.tensorflow.operand_conversion import fits

__all__ = ["concat", "split", "stack", "unstack"]


def concat(values, axis, name="concat"):
    """A list of tensors joined along an existing axis; other values take the dtype of the first tensor."""
    if not isinstance(values, (list, tuple)):
        return tensor(values)
    values = _in_dtype_of_first(values)
    return values[0] if len(values) == 1 else ops.concatenate(values, axes(axis))


def stack(values, axis=0, name="stack"):
    """A list of tensors of one shape joined along a new axis."""
    if isinstance(values, (Tensor, Variable, KerasTensor)):
        values = ops.unstack(tensor(values))
    values = _in_one_dtype(values)
    return ops.stack(values, axes(axis))


def _in_dtype_of_first(values):
    """The values as tensors of the dtype of the first tensor, or of the first value if none is one.

    Raises:
        TypeError: numbers do not fit it.
    """
    if not any(isinstance(x, (Tensor, Variable, KerasTensor)) for x in values):
        dtype = tensor(values[0]).dtype
        wrong = next((x for x in values if not fits(x, dtype)), None)
        if wrong is not None:
            raise TypeError(f"`values` are of the first one's dtype, {dtype}. Received among them: {wrong!r}")
        return [tensor(x, dtype) for x in values]
    return _in_one_dtype(values)


def _in_one_dtype(values):
    first = next((x for x in values if isinstance(x, (Tensor, Variable, KerasTensor))), None)
    if first is None:
        values = [tensor(x) for x in values]
        if len({x.dtype for x in values}) > 1 and any("float" in x.dtype for x in values):
            return [ops.cast(x, next(y.dtype for y in values if "float" in y.dtype)) for x in values]
        return values
    return [tensor(x) if isinstance(x, (Tensor, Variable, KerasTensor)) else tensor(x, first.dtype) for x in values]


def unstack(value, num=None, axis=0, name="unstack"):
    """The slices along `axis`, a list of tensors without that axis.

    Raises:
        ValueError: the axis's length is unknown and `num` is not given, or `num` is not that length.
    """
    return ops.unstack(tensor(value), num, axis)


def split(value, num_or_size_splits, axis=0, num=None, name="split"):
    """A list of parts along `axis`.

    Args:
        num_or_size_splits: number of equal parts, or the list of their lengths, one of which may be −1: the remainder.
        num: how many parts; has no effect, since the list determines it.
    """
    x, sizes, axis = tensor(value), integers(num_or_size_splits), axes(axis)
    if not isinstance(sizes, list):
        return ops.split(x, sizes, axis)
    if -1 in sizes:
        left = x.shape[axis] - (sum(sizes) + 1)
        sizes = [left if n == -1 else n for n in sizes]
    if x.shape[axis] not in (None, sum(sizes)):
        raise ValueError(
            f"The lengths of the parts must add up to that of axis {axis}. Received: num_or_size_splits={sizes}, "
            f"value.shape={tuple(x.shape)}"
        )
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes) - 1)]
    return ops.split(x, ends, axis) if ends else [x]
