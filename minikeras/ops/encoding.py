"""Class indices as vectors: one-hot (a single 1) and multi-hot (a 1 for each number in a row)."""

import numpy as np

from minikeras.autodiff.array_dtypes import UnsupportedDtypeError, is_text
from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import is_float, standardize_dtype
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import Op
from minikeras.autodiff.sparsity import SPARSE_RESULTS
from minikeras.autodiff.state import builds_graph
from minikeras.ops.core import cast, convert_to_tensor
from minikeras.ops.reduction import max as reduce_max


def check_symbolic_axis(axis, x):
    """Refuse an axis after all others of a symbolic tensor, which must be −1, as in Keras.

    Raises:
        ValueError
    """
    if not -1 <= axis < len(x.shape):
        raise ValueError(
            f"`axis` of a symbolic tensor with {len(x.shape)} axes must be -1 or in [0, {len(x.shape)}). "
            f"Received: axis={axis}"
        )


def _check_symbolic_multi_hot(inputs, num_classes=None, axis=-1, *settings, **named):
    check_symbolic_axis(axis, inputs)


class OneHot(Op):
    """y[…, c] = 1 where x = c, else 0, the new axis at `axis`. An invalid index gives zeros. No gradient."""

    differentiable = False

    def __init__(self, num_classes, axis=-1, dtype=None, sparse=False):
        self.sparse = bool(sparse)
        self.num_classes = int(num_classes)
        self.axis = axis
        self.dtype = standardize_dtype(dtype)

    def __call__(self, x):
        if self.sparse and not isinstance(x, KerasTensor):
            return SPARSE_RESULTS["one_hot"](x, self.num_classes, self._position(len(x.shape)), self.dtype)
        if isinstance(x, KerasTensor) and builds_graph():
            check_symbolic_axis(self.axis, x)
        return super().__call__(x)

    call = __call__

    def forward(self, x):
        x = np.asarray(x)
        if is_text(x.dtype):
            raise UnsupportedDtypeError(x, "`x`")
        x = x.astype(np.int64) if x.dtype.kind == "f" else x
        classes = np.arange(self.num_classes)
        axis = self._position(x.ndim)
        if x.size and axis == x.ndim and x.dtype.kind in "iu":
            return self._set(x)
        return np.equal(np.expand_dims(x, axis), classes.reshape(-1, *[1] * (x.ndim - axis))).astype(self.dtype)

    def _set(self, x):
        """The vectors along the last axis: zeros, and a one for each index, which takes half the time of comparing."""
        y = np.zeros((x.size, self.num_classes), self.dtype)
        flat = x.reshape(-1)
        valid = (flat >= 0) & (flat < self.num_classes)
        if valid.all():
            y[np.arange(x.size), flat] = 1
        else:
            rows = np.flatnonzero(valid)
            y[rows, flat[rows]] = 1
        return y.reshape(*x.shape, self.num_classes)

    def forward_rows(self, arrays, ranks):
        axis = self._position(ranks[0]) + 1
        return NotImplemented if self.sparse else OneHot(self.num_classes, axis, self.dtype).forward(*arrays)

    def output_shape(self, shape):
        axis = self._position(len(shape))
        return (*shape[:axis], self.num_classes, *shape[axis:])

    def output_dtype(self, x):
        return self.dtype

    def _position(self, ndim):
        if not -1 <= self.axis <= ndim:
            raise ValueError(
                f"`axis` must be -1 or in [0, {ndim}] for an input with {ndim} axes. Received: {self.axis}"
            )
        return self.axis % (ndim + 1)


def one_hot(x, num_classes, axis=-1, dtype=None, sparse=False):
    """Each class index as a vector of `num_classes` elements, 1 at its place and 0 elsewhere.

    Args:
        x: integers. Those outside 0 … num_classes − 1 become all zeros.
        axis: where the new axis goes.
        dtype: of the result; None for `floatx()`.
        sparse: whether the result is a SparseTensor.
    """
    x = convert_to_tensor(x)
    x = cast(x, "int64") if is_float(x.dtype) else x  # 1.7 is class 1
    return OneHot(num_classes, axis, dtype, sparse)(x)


@composed(check_symbolic=_check_symbolic_multi_hot)
def multi_hot(inputs, num_classes=None, axis=-1, dtype=None, sparse=False, **kwargs):
    """Each row of class indices as one vector of `num_classes` elements, 1 at each index in the row.

    Args:
        inputs: integers, (length,) or (batch, length, …). Numbers that are not class are left out.
        num_classes: how many classes there are. (`num_tokens` is its old name.)
        axis: where the class axis goes before the second axis (the first, if there is one only) is merged.
        dtype: of the result; None for `floatx()`.
        sparse: whether the result is a SparseTensor.
    """
    num_classes = kwargs.pop("num_tokens", num_classes) if num_classes is None else num_classes
    if kwargs:
        raise TypeError(f"`multi_hot` received unknown arguments: {sorted(kwargs)}")
    if num_classes is None:
        raise ValueError("Argument `num_classes` must be specified: the length of each row.")
    inputs = convert_to_tensor(inputs)
    if sparse and not isinstance(inputs, KerasTensor):
        return SPARSE_RESULTS["multi_hot"](inputs, num_classes, axis, dtype)
    hot = one_hot(inputs, num_classes, axis, dtype, sparse)
    return reduce_max(hot, axis=1 if len(inputs.shape) > 1 else 0)
