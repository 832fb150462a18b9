"""Penalties on the size of weights: L1 drives them to exactly zero, L2 keeps them small."""

import numpy as np

from minikeras import ops
from minikeras.config import floatx
from minikeras.regularizers.regularizer import Regularizer, checked_factor


class L1(Regularizer):
    """l1 · Σ|x|.

    Args:
        l1: factor, at least 0. It is stored in `floatx()` precision, as in Keras, so `get_config` of L1(0.01) says
            0.009999999776482582.
    """

    def __init__(self, l1=0.01):
        factor = checked_factor(0.01 if l1 is None else l1, "l1")
        self.l1 = float(np.dtype(floatx()).type(factor))

    def __call__(self, x):
        return self.l1 * ops.sum(ops.absolute(x))

    def get_config(self):
        return {"l1": self.l1}


class L2(Regularizer):
    """l2 · Σx². (Weight decay has the same aim, but acts on the update: see `Optimizer`.)

    Args:
        l2: factor, at least 0.
    """

    def __init__(self, l2=0.01):
        self.l2 = checked_factor(0.01 if l2 is None else l2, "l2")

    def __call__(self, x):
        return self.l2 * ops.sum(ops.square(x))

    def get_config(self):
        return {"l2": self.l2}


class L1L2(Regularizer):
    """l1 · Σ|x| + l2 · Σx².

    Args:
        l1, l2: factors, at least 0. Each is 0 unless given, so that `L1L2()`, and the string "l1l2", penalise nothing.
    """

    def __init__(self, l1=0.0, l2=0.0):
        self.l1 = checked_factor(0.0 if l1 is None else l1, "l1")
        self.l2 = checked_factor(0.0 if l2 is None else l2, "l2")

    def __call__(self, x):
        penalty = ops.convert_to_tensor(0.0, dtype=x.dtype)
        if self.l1:
            penalty = penalty + self.l1 * ops.sum(ops.absolute(x))
        if self.l2:
            penalty = penalty + self.l2 * ops.sum(ops.square(x))
        return penalty

    def get_config(self):
        return {"l1": self.l1, "l2": self.l2}
