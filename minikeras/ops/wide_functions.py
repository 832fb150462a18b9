"""`WideFunction`: the base of special functions that are computed in float64, for any float dtype."""

from functools import cache

import numpy as np

from minikeras.autodiff.dtypes import as_float
from minikeras.autodiff.elementwise import Elementwise


class WideFunction(Elementwise):
    """y = values(x), computed in float64 and rounded to x's dtype;   dx = dy · derivative(x, y)."""

    @staticmethod
    def values(x):
        """The function of a float64 array."""
        raise NotImplementedError

    def derivative(self, x, y):
        """The derivative, by ops on arrays or Tensors."""
        raise NotImplementedError

    def forward(self, x):
        x = as_float(x)
        with np.errstate(all="ignore"):
            y = np.where(np.isnan(x), np.nan, self.values(np.asarray(x, np.float64)))
            return y.astype(x.dtype)

    def backward(self, call, dy):
        return (dy * self.derivative(call.inputs[0], call.output),)


@cache
def nodes_and_weights(count):
    """Gauss and Legendre's rule for integrals over [0, 1]: pairs (node, weight)."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return tuple(zip(((nodes + 1) / 2).tolist(), (weights / 2).tolist(), strict=True))
