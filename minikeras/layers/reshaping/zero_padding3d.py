"""`ZeroPadding3D`: adds a border of zeros to volumes."""

from minikeras.layers.reshaping.base_zero_padding import BaseZeroPadding
from minikeras.layers.reshaping.borders import pairs_per_axis


class ZeroPadding3D(BaseZeroPadding):
    """y[n, i + front, j + top, k + left, c] = x[n, i, j, k, c], and 0 elsewhere.

    Input and output: (batch, depth, height, width, channels), or
    (batch, channels, depth, height, width) for "channels_first".
    A side of n gives n + before + after.

    Args: see `BaseZeroPadding`.
    """

    rank = 3

    def __init__(self, padding=((1, 1), (1, 1), (1, 1)), data_format=None, **kwargs):
        super().__init__(pairs_per_axis(padding, self.rank, "padding"), data_format, **kwargs)
