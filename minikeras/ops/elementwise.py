"""Bases of the functions of one variable: what `exponential.py`, `trigonometric.py` and others share."""

import numpy as np

from minikeras.autodiff.arithmetic import QUIET, Elementwise
from minikeras.dtypes import as_float


class FloatFunction(Elementwise):
    """Base of y = f(x) by a NumPy function, with a float result: integers and booleans are taken as `floatx()`."""

    ufunc = None

    @QUIET
    def forward(self, x):
        return self.ufunc(as_float(x))


class Step(Elementwise):
    """Base of functions that are flat between their steps, and so have no gradient."""

    differentiable = False
    ufunc = None

    def forward(self, x):
        return self.ufunc(x)


def as_wide_float(x):
    """Like `as_float`, but int64 becomes float64: what Keras does in a few functions (`cbrt`, `deg2rad`, `i0` …)."""
    return x.astype(np.float64) if x.dtype == np.int64 else as_float(x)
