"""`ZeroPadding1D`: adds zeros at the ends of sequences."""

from minikeras.layers.reshaping.base_zero_padding import BaseZeroPadding
from minikeras.layers.reshaping.borders import pair_of


class ZeroPadding1D(BaseZeroPadding):
    """y[n, i + before, c] = x[n, i, c], and 0 elsewhere.

    Input and output: (batch, steps, channels), or (batch, channels, steps) for "channels_first".
    A side of n gives n + before + after.

    Args:
        padding: how many zeros to add at both ends, or a pair (before, after).
        data_format: "channels_last" or "channels_first"; the configured one if None.
    """

    rank = 1

    def __init__(self, padding=1, data_format=None, **kwargs):
        super().__init__(pair_of(padding, "padding"), data_format, **kwargs)

    @property
    def _pairs(self):
        return (self.padding,)
