"""`SpatialDropout1D`: whole channels become zero during training."""

from minikeras.layers.regularization.base_spatial_dropout import BaseSpatialDropout


class SpatialDropout1D(BaseSpatialDropout):
    """In training y[n, …, c] = x[n, …, c] · kept[n, c] / (1 − rate), else y = x.

    Input and output: (batch, steps, channels).

    Args: see `BaseSpatialDropout`.

    Source: Tompson et al., "Efficient object localization using convolutional networks" (2015).
    """

    rank = 1

    def __init__(self, rate, seed=None, name=None, dtype=None):
        super().__init__(rate, "channels_last", seed, name, dtype)
