"""`SpatialDropout1D`, `SpatialDropout2D` and `SpatialDropout3D`: whole channels become zero during training."""

from minikeras.config import standardize_data_format
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.regularization.dropout import Dropout


class BaseSpatialDropout(Dropout):
    """In training, a fraction `rate` of a sample's channels becomes 0, the others are divided by 1 − rate; else y = x.

    Args:
        rate: fraction of the channels, from 0 to 1.
        data_format: "channels_last" or "channels_first"; the configured one if None.
        seed: an integer for the same masks in every run. After `set_random_seed` the masks are tf.keras's.
        name: of the layer.
        dtype: dtype or policy.
    """

    rank = None  # number of spatial axes

    def __init__(self, rate, data_format, seed, name, dtype):
        super().__init__(rate, seed=seed, name=name, dtype=dtype)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _mask_shape(self, inputs):
        batch, ones = inputs.shape[0], (1,) * self.rank
        if self.data_format == "channels_last":
            return (batch, *ones, inputs.shape[-1])
        return (batch, inputs.shape[1], *ones)

    def get_config(self):
        """As in Keras: without `noise_shape`, and with the variables' dtype in place of the policy."""
        config = {"rate": self.rate, "seed": self.seed, "name": self.name, "dtype": self.dtype}
        return config if self.rank == 1 else {**config, "data_format": self.data_format}


class SpatialDropout1D(BaseSpatialDropout):
    """In training y[n, …, c] = x[n, …, c] · kept[n, c] / (1 − rate), else y = x.

    Input and output: (batch, steps, channels).

    Args: see `BaseSpatialDropout`.

    Source: Tompson et al., "Efficient object localization using convolutional networks" (2015).
    """

    rank = 1

    def __init__(self, rate, seed=None, name=None, dtype=None):
        super().__init__(rate, "channels_last", seed, name, dtype)


class SpatialDropout2D(BaseSpatialDropout):
    """In training y[n, …, c] = x[n, …, c] · kept[n, c] / (1 − rate), else y = x.

    Input and output: (batch, height, width, channels), or (batch, channels, height, width) for "channels_first".

    Args: see `BaseSpatialDropout`.

    Source: Tompson et al., "Efficient object localization using convolutional networks" (2015).
    """

    rank = 2

    def __init__(self, rate, data_format=None, seed=None, name=None, dtype=None):
        super().__init__(rate, data_format, seed, name, dtype)


class SpatialDropout3D(BaseSpatialDropout):
    """In training y[n, …, c] = x[n, …, c] · kept[n, c] / (1 − rate), else y = x.

    Input and output: (batch, depth, height, width, channels), or with the channels first.

    Args: see `BaseSpatialDropout`.

    Source: Tompson et al., "Efficient object localization using convolutional networks" (2015).
    """

    rank = 3

    def __init__(self, rate, data_format=None, seed=None, name=None, dtype=None):
        super().__init__(rate, data_format, seed, name, dtype)
