"""The rounding of hyperparameters in Keras."""

import numpy as np


def rounded(number, real):
    """A hyperparameter as a scalar of the NumPy type `real`.

    Keras converts it to float32 first, so that 0.9 is 0.89999998 even for float64 variables. (Numbers that Keras does
    not cast separately, such as 1 − β₁ in Adam, keep their digits.)
    """
    return real(np.float32(number))
