"""`SpatialDropout2D`: whole channels become zero during training."""

from minikeras.layers.regularization.base_spatial_dropout import BaseSpatialDropout


class SpatialDropout2D(BaseSpatialDropout):
    """In training y[n, …, c] = x[n, …, c] · kept[n, c] / (1 − rate), else y = x.

    Input and output: (batch, height, width, channels), or (batch, channels, height, width) for "channels_first".

    Args: see `BaseSpatialDropout`.

    Source: Tompson et al., "Efficient object localization using convolutional networks" (2015).
    """

    rank = 2

    def __init__(self, rate, data_format=None, seed=None, name=None, dtype=None):
        super().__init__(rate, data_format, seed, name, dtype)
