"""`tf.experimental.numpy.experimental_enable_numpy_behavior`: tensors that behave as NumPy's arrays do.

Operators promote dtypes, `x[…]` takes what NumPy takes, and tensors have some of NumPy's methods.
"""

import math

from minikeras.autodiff import KerasTensor, Tensor
from minikeras.compat.tensorflow import operators, tensor_attributes
from minikeras.compat.tensorflow.casts import cast
from minikeras.compat.tensorflow.experimental import numpy

__all__ = ["experimental_enable_numpy_behavior"]


def experimental_enable_numpy_behavior(prefer_float32=False, dtype_conversion_mode="legacy"):
    """From now on tensors behave as NumPy's arrays: `tf.constant(1) + 1.5`, `x.T`, `x.reshape(2, 3)`, `x[[0, 2]]`.

    Args:
        prefer_float32: whether integers together with floats become float32; else float64, as in NumPy.
        dtype_conversion_mode: "legacy", or "off" for operators that refuse operands of two dtypes.

    Raises:
        ValueError: another mode. TensorFlow's "safe" and "all" have a table of their own.
    """
    if dtype_conversion_mode not in ("legacy", "off"):
        raise ValueError(
            '`dtype_conversion_mode` must be "legacy" or "off": TensorFlow\'s modes "safe" and "all", with promotion '
            f"tables of their own, are not here. Received: {dtype_conversion_mode!r}"
        )
    operators.follow_numpy(dtype_conversion_mode == "legacy", bool(prefer_float32))
    for cls in (Tensor, KerasTensor):
        tensor_attributes.set_attributes(cls, _METHODS)


def _method(name):
    function = getattr(numpy, name)

    def method(self, *args, **kwargs):
        return function(self, *args, **kwargs)

    method.__name__, method.__doc__ = name, function.__doc__
    return method


def _reshape(self, *newshape, order="C"):
    """The elements in another shape, given as a tuple or as several integers."""
    if order != "C":
        raise ValueError(f"`order` must be 'C'. Received: order={order!r}")
    return numpy.reshape(self, newshape[0] if len(newshape) == 1 and not isinstance(newshape[0], int) else newshape)


def _flatten(self, order="C"):
    """All elements in one axis, row by row, or with the order "F" column by column."""
    return numpy.ravel(numpy.transpose(self) if order == "F" else self)


def _astype(self, dtype, name=None):
    """The elements cast to a dtype."""
    return cast(self, dtype)


def _size(self):
    return None if None in self.shape else math.prod(self.shape)


_METHODS = {
    "T": property(lambda self: numpy.transpose(self), doc="The axes in reverse order."),
    "ndim": property(lambda self: len(self.shape), doc="The number of axes."),
    "size": property(lambda self: _size(self), doc="The number of elements; None if it is not known."),
    "data": property(lambda self: self, doc="The tensor itself."),
    "tolist": lambda self: self.numpy().tolist(),
    "__pos__": lambda self: self,
    "__round__": _method("around"),
    "reshape": _reshape,
    "astype": _astype,
    "flatten": _flatten,
    **{name: _method(name) for name in ("transpose", "ravel", "clip", "max", "mean", "min")},
}
