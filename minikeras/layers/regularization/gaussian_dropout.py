"""`GaussianDropout`: multiplies by normally distributed factors during training."""

import math

from minikeras import ops, random
from minikeras.layers.input_spec import check_kinds
from minikeras.layers.layer import Layer
from minikeras.random import SeedGenerator


class GaussianDropout(Layer):
    """In training, y = x · z with normal z of mean 1 and variance rate / (1 − rate); else y = x.

    Any shape, which the output keeps.

    Args:
        rate: from 0 to 1 (with 1, training fails); the factors have the mean and variance of those of `Dropout(rate)`.
        seed: an integer for the same factors in every run. After `set_random_seed` they are tf.keras's.

    Raises:
        ValueError: `rate` is not between 0 and 1; or it is 1, where the variance is infinite, in training.

    Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting" (2014), section 10.
    """

    def __init__(self, rate, seed=None, **kwargs):
        super().__init__(**kwargs)
        if not 0 <= rate <= 1:
            raise ValueError(f"`rate` must be between 0 and 1. Received: rate={rate!r}")
        self.rate = rate
        self.seed = seed
        if rate > 0:
            self.seed_generator = SeedGenerator(seed)
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs, training=False):
        if not training or self.rate == 0:
            return inputs
        if self.rate == 1:
            raise ValueError(f"GaussianDropout '{self.name}' cannot train with rate=1: its variance is infinite.")
        check_kinds(self, inputs, "inputs", "fb")
        stddev = math.sqrt(self.rate / (1 - self.rate))
        factors = random.normal(
            inputs.shape, mean=1.0, stddev=stddev, dtype=self.compute_dtype, seed=self.seed_generator
        )
        return ops.cast(inputs * factors, inputs.dtype)

    def compute_output_shape(self, input_shape):
        return input_shape
