"""`Cropping3D`: removes the borders of volumes."""

from minikeras.layers.reshaping.base_cropping import BaseCropping
from minikeras.layers.reshaping.borders import pairs_per_axis


class Cropping3D(BaseCropping):
    """y[n, i, j, k, c] = x[n, i + front, j + top, k + left, c].

    Input and output: (batch, depth, height, width, channels), or
    (batch, channels, depth, height, width) for "channels_first".
    A side of n gives n − before − after.

    Args: see `BaseCropping`.
    """

    rank = 3

    def __init__(self, cropping=((1, 1), (1, 1), (1, 1)), data_format=None, **kwargs):
        super().__init__(pairs_per_axis(cropping, self.rank, "cropping"), data_format, **kwargs)
