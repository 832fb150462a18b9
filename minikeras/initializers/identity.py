"""The identity matrix."""

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.dtypes import standardize_dtype
from minikeras.initializers.initializer import Initializer


class Identity(Initializer):
    """w[i, j] = gain where i = j, else 0: a layer that begins by passing its input on.

    Args:
        gain: the value on the diagonal. (Keras leaves it out of the config, so a saved layer forgets it. Here it is
            kept, unless it is 1.)
    """

    def __init__(self, gain=1.0):
        self.gain = gain

    def __call__(self, shape, dtype=None):
        """A matrix, which need not be square.

        Raises:
            ValueError: `shape` does not have two axes, or a fractional `gain` is to become an integer.
        """
        if len(shape) != 2:
            raise ValueError(f"Identity can only be used for 2D matrices, with two lengths. Received: shape={shape}")
        dtype = np.dtype(standardize_dtype(dtype))
        if dtype.kind in "iu" and self.gain != int(self.gain):
            raise ValueError(f"A matrix of {dtype} cannot hold a gain of {self.gain}.")
        return Tensor(np.eye(*shape, dtype=dtype) * dtype.type(self.gain))

    def get_config(self):
        return {} if self.gain == 1 else {"gain": self.gain}
