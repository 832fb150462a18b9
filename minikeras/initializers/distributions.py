"""Weights drawn from a normal, truncated normal or uniform distribution with given parameters."""

from minikeras import random
from minikeras.autodiff.dtypes import standardize_dtype
from minikeras.initializers.initializer import RandomInitializer
from minikeras.random.continuous import uniform_of_any_dtype


class NormalInitializer(RandomInitializer):
    """Base class of RandomNormal and TruncatedNormal: mean and standard deviation."""

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        self.mean = mean
        self.stddev = stddev
        super().__init__(seed=seed)

    def get_config(self):
        return {**super().get_config(), "mean": self.mean, "stddev": self.stddev}


class RandomNormal(NormalInitializer):
    """w = mean + stddev · z, z normal.

    Args:
        mean, stddev: numbers.
        seed: integer, SeedGenerator or None (see `RandomInitializer`).
    """

    def __call__(self, shape, dtype=None):
        """A tensor of normal values."""
        return random.normal(shape, self.mean, self.stddev, dtype=dtype, seed=self.seed)


class TruncatedNormal(NormalInitializer):
    """w = mean + stddev · z, z normal and drawn again while |z| ≥ 2, so that there are no outliers.

    Args:
        mean, stddev: numbers.
        seed: integer, SeedGenerator or None (see `RandomInitializer`).
    """

    def __call__(self, shape, dtype=None):
        """A tensor of truncated normal values."""
        return random.truncated_normal(shape, self.mean, self.stddev, dtype=dtype, seed=self.seed)


class RandomUniform(RandomInitializer):
    """w uniform in [minval, maxval).

    Args:
        minval, maxval: numbers.
        seed: integer, SeedGenerator or None (see `RandomInitializer`).
    """

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        self.minval = minval
        self.maxval = maxval
        super().__init__(seed=seed)

    def __call__(self, shape, dtype=None):
        """A tensor of uniform values; integers for an integer dtype, with the bounds truncated to integers."""
        return uniform_of_any_dtype(shape, self.minval, self.maxval, standardize_dtype(dtype), self.seed)

    def get_config(self):
        return {**super().get_config(), "minval": self.minval, "maxval": self.maxval}
