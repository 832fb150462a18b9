"""Valid keys of `tensor[…]` in TensorFlow, fewer than in NumPy: rows by a list are `tf.gather(x, [0, 2])`."""

__replay__ = "computes"

from typing import NamedTuple

import numpy as np

from minikeras.autodiff import KerasTensor, Tensor, Variable

_INDEX_DTYPES = ("int16", "int32", "int64")


class Mask(NamedTuple):
    """A key that selects elements, as `tf.boolean_mask` does."""

    mask: object


def is_plain_key(key):
    """Whether the key is one that NumPy and TensorFlow understand alike: the usual case, found by a glance."""
    kind = type(key)
    if kind is int or kind is slice:
        return kind is int or _is_plain_slice(key)
    if kind is tuple:
        return all(
            type(part) is int or part is None or part is Ellipsis or (type(part) is slice and _is_plain_slice(part))
            for part in key
        )
    return key is None or key is Ellipsis


def _is_plain_slice(key):
    return all(part is None or type(part) is int for part in (key.start, key.stop, key.step))


def checked_key(key):
    """The key, with integers in place of scalar tensors; a `Mask` for a single boolean tensor or array.

    Raises:
        TypeError: it has something that TensorFlow does not take as an index.
        ValueError: it is one boolean.
    """
    if isinstance(key, bool) or (_is_boolean(key) and not len(key.shape)):
        raise ValueError("A boolean mask needs at least one axis. Received one boolean as an index.")
    if _is_boolean(key):
        return Mask(key)
    if isinstance(key, list):
        key = tuple(key)  # as TensorFlow reads it: x[[0, 1]] is x[0, 1]
    return tuple(map(_checked_part, key)) if isinstance(key, tuple) else _checked_part(key)


def _is_boolean(key):
    return isinstance(key, (Tensor, Variable, np.ndarray, np.generic)) and key.dtype == "bool"


def _checked_part(part):
    if part is None or part is Ellipsis or isinstance(part, KerasTensor):
        return part
    if isinstance(part, slice):
        return slice(*[None if n is None else _checked_part(n) for n in (part.start, part.stop, part.step)])
    if isinstance(part, (bool, np.bool_)) or not _is_integer(part):
        raise TypeError(
            "An index is an integer, a slice, `...`, `None` or a scalar tensor of int32 or int64. Received: "
            f"{str(part)[:80]!r} ({type(part).__name__}). Use `tf.gather(x, indices)` for several positions, "
            "`tf.boolean_mask(x, mask)` for a mask."
        )
    return part


def _is_integer(part):
    if isinstance(part, (Tensor, Variable)):
        return part.dtype in _INDEX_DTYPES and not len(part.shape)
    return isinstance(part, (int, np.integer)) or (
        isinstance(part, np.ndarray) and part.dtype.kind == "i" and part.ndim == 0
    )
