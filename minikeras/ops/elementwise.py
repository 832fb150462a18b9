"""Shared code of elementwise functions: bases of functions of one variable, and dtypes of two inputs."""

import numpy as np

from minikeras.autodiff.dtypes import as_float, result_type
from minikeras.autodiff.elementwise import QUIET, Elementwise
from minikeras.ops.core import convert_to_tensor


class FloatFunction(Elementwise):
    """Base class of y = f(x) by a NumPy function, with a float result: integers and booleans are taken as
    `floatx()`.
    """

    ufunc = None

    @QUIET
    def forward(self, x):
        return self.ufunc(as_float(x))


class Step(Elementwise):
    """Base class of piecewise constant functions, which have no gradient."""

    differentiable = False
    ufunc = None

    def forward(self, x):
        return self.ufunc(x)


def as_wide_float(x):
    """Like `as_float`, but int64 becomes float64: as Keras in a few functions (`cbrt`, `deg2rad`, `i0` …)."""
    return x.astype(np.float64) if x.dtype == np.int64 else as_float(x)


def in_common_dtype(x1, x2, *more):
    """Both as tensors of the dtype they promote to together (and with `more`); a Python number adapts to the other."""
    x1, x2 = [x if type(x) in (bool, int, float) else convert_to_tensor(x) for x in (x1, x2)]
    dtype = result_type(*[getattr(x, "dtype", type(x)) for x in (x1, x2)], *more)
    return convert_to_tensor(x1, dtype), convert_to_tensor(x2, dtype)


def as_tensors(x1, x2):
    """Both as tensors, Python numbers as int32 or `floatx()`: some functions of Keras do not let them adapt."""
    return convert_to_tensor(x1), convert_to_tensor(x2)


def in_wide_float(x1, x2):
    """Both as tensors of their common float dtype, which is float64 if they promote to int64."""
    x1, x2 = in_common_dtype(*as_tensors(x1, x2))
    dtype = "float64" if x1.dtype == "int64" else result_type(x1.dtype, float)
    return convert_to_tensor(x1, dtype), convert_to_tensor(x2, dtype)
