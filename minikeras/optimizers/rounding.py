"""The rounding that Keras gives to hyperparameters."""

import numpy as np


def rounded(number, real):
    """A hyperparameter as a scalar of the NumPy type `real`.

    Keras makes it a float32 tensor on the way, so that 0.9 is 0.89999998 for variables of float64 as well. (Numbers
    that Keras does not cast by themselves, such as 1 − β₁ in Adam, keep their digits.)
    """
    return real(np.float32(number))
