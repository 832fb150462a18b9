"""`Cropping2D`: removes the borders of images."""

from minikeras.layers.reshaping.base_cropping import BaseCropping
from minikeras.layers.reshaping.borders import pairs_per_axis


class Cropping2D(BaseCropping):
    """y[n, i, j, c] = x[n, i + top, j + left, c].

    Input and output: (batch, height, width, channels), or (batch, channels, height, width) for "channels_first".
    A side of n gives n − before − after.

    Args: see `BaseCropping`.
    """

    rank = 2

    def __init__(self, cropping=((0, 0), (0, 0)), data_format=None, **kwargs):
        super().__init__(pairs_per_axis(cropping, self.rank, "cropping"), data_format, **kwargs)
