"""Padding and clipping of tensors."""

from minikeras import ops
from minikeras.autodiff import IndexedSlices
from minikeras.compat.tensorflow.arrays import norm_clipping
from minikeras.compat.tensorflow.conversion import as_operand, integers, tensor
from minikeras.compat.tensorflow.conversion import axes as as_axes
from minikeras.compat.tensorflow.operand_conversion import wrong_argument
from minikeras.ops.padding import pad_strings

__all__ = ["clip_by_global_norm", "clip_by_norm", "clip_by_value", "global_norm", "pad"]


def pad(tensor, paddings, mode="CONSTANT", constant_values=0, name=None):
    """`tensor` with padding.

    Args:
        paddings: pairs (before, after), one for each axis.
        mode: "CONSTANT"; "REFLECT", a mirror image without the edge element; "SYMMETRIC", one with it.
        constant_values: the elements of constant borders.
    """
    x, widths = _as_tensor(tensor), [tuple(pair) for pair in integers(paddings)]
    if mode.upper() not in ("CONSTANT", "REFLECT", "SYMMETRIC"):
        raise ValueError(f"`mode` must be 'CONSTANT', 'REFLECT' or 'SYMMETRIC'. Received: mode={mode!r}")
    if len(widths) != len(x.shape):
        raise wrong_argument(f"`paddings` needs a pair for each axis. Received: {widths}, shape={tuple(x.shape)}")
    if mode.upper() != "CONSTANT":
        return ops.pad(x, widths, mode.lower())
    if x.dtype == "string":
        return pad_strings(x, widths, _text(constant_values))
    is_zero = isinstance(constant_values, (int, float)) and constant_values == 0
    return ops.pad(x, widths, constant_values=None if is_zero else _as_tensor(constant_values, x.dtype))


_as_tensor = tensor  # `pad` has a parameter of that name


def _text(constant_values):
    """The string of a border; 0, the default of `pad`, is the empty one."""
    return b"" if constant_values == 0 else _as_tensor(constant_values).array.item()


def clip_by_value(t, clip_value_min, clip_value_max, name=None):
    """t clipped elementwise to [`clip_value_min`, `clip_value_max`]."""
    if isinstance(t, IndexedSlices):
        return _clipped_rows(t, clip_value_min, clip_value_max)
    t = tensor(t)
    low, high = as_operand(clip_value_min, t.dtype), as_operand(clip_value_max, t.dtype)
    return ops.maximum(ops.minimum(t, high), low)


def _clipped_rows(slices, low, high):
    return slices.with_values(clip_by_value(slices.values, low, high))


def clip_by_norm(t, clip_norm, axes=None, name=None):
    """t, scaled down so that its Euclidean norm (over `axes`, all by default) is at most `clip_norm`."""
    if isinstance(t, IndexedSlices):
        return t.with_values(clip_by_norm(t.values, clip_norm, axes))
    t = tensor(t)
    return norm_clipping.clip_by_norm(t, as_operand(clip_norm, t.dtype), as_axes(axes))


def global_norm(t_list, name=None):
    """√Σ x² over all elements of all tensors in a list (None is skipped)."""
    return norm_clipping.global_norm(t_list)


def clip_by_global_norm(t_list, clip_norm, use_norm=None, name=None):
    """A list of tensors scaled down together so that their `global_norm` is at most `clip_norm`, and that norm.

    Args:
        use_norm: the norm, if already known.
    """
    norm = global_norm(t_list) if use_norm is None else tensor(use_norm)
    return norm_clipping.clip_by_global_norm(t_list, as_operand(clip_norm, norm.dtype), norm), norm
