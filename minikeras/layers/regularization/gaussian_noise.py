"""`GaussianNoise`: normal noise added during training."""

from minikeras import random
from minikeras.layers.input_spec import check_kinds
from minikeras.layers.layer import Layer
from minikeras.random import SeedGenerator


class GaussianNoise(Layer):
    """In training, y = x + stddev · z with standard normal z; else y = x.  Any shape.

    Args:
        stddev: standard deviation of the noise, from 0 to 1.
        seed: an integer for the same noise in every run. After `set_random_seed` the noise is tf.keras's.

    Raises:
        ValueError: `stddev` is not between 0 and 1.
    """

    def __init__(self, stddev, seed=None, **kwargs):
        super().__init__(**kwargs)
        if not 0 <= stddev <= 1:
            raise ValueError(f"`stddev` must be between 0 and 1. Received: stddev={stddev!r}")
        self.stddev = stddev
        self.seed = seed
        if stddev > 0:
            self.seed_generator = SeedGenerator(seed)
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs, training=False):
        if not training or self.stddev == 0:
            return inputs
        check_kinds(self, inputs, "inputs", "f")
        noise = random.normal(inputs.shape, stddev=self.stddev, dtype=self.compute_dtype, seed=self.seed_generator)
        return inputs + noise

    def compute_output_shape(self, input_shape):
        return input_shape
