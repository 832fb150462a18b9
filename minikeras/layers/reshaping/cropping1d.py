"""`Cropping1D`: removes the ends of sequences."""

from minikeras.layers.reshaping.base_cropping import BaseCropping
from minikeras.layers.reshaping.borders import pair_of


class Cropping1D(BaseCropping):
    """y[n, i, c] = x[n, i + before, c].

    Input and output: (batch, steps, channels).
    A side of n gives n − before − after.

    Args:
        cropping: how many steps to remove at both ends, or a pair (before, after).
    """

    rank = 1

    def __init__(self, cropping=(1, 1), **kwargs):
        super().__init__(pair_of(cropping, "cropping"), "channels_last", **kwargs)

    @property
    def _pairs(self):
        return (self.cropping,)
