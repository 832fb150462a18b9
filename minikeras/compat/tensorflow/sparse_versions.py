"""The `tf` functions, other than `tf.sparse`'s own, that take a SparseTensor: as in TensorFlow, these and no others."""

__replay__ = "computes"

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.compat.tensorflow.dtypes import as_dtype

# Elementwise functions, applied to the stored elements; the others stay zero.
ELEMENTWISE = "abs bessel_i0e bessel_i1e erf negative sign sqrt square tanh"


def _elementwise(function, x, *args, **kwargs):
    return x.with_values(function(x.values, *args, **kwargs))


def _shape(function, input, out_type=None, name=None):
    return Tensor(np.asarray(input.shape, "int32" if out_type is None else as_dtype(out_type).name))


def _size(function, input, out_type="int32", name=None):
    return Tensor(np.asarray(input.size, as_dtype(out_type).name))


def _rank(function, input, name=None):
    return Tensor(np.asarray(len(input.shape), np.int32))


VERSIONS = {
    "cast": _elementwise,
    **{f"math.{name}": _elementwise for name in ELEMENTWISE.split()},
    "shape": _shape,
    "size": _size,
    "rank": _rank,
}
"""{name below `tf`: function(the ordinary function, *arguments) for calls with a SparseTensor}."""
