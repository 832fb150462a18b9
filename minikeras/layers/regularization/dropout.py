"""`Dropout`: random zeros during training."""

import numbers

from minikeras import random
from minikeras.layers.layer import Layer
from minikeras.random import SeedGenerator


class RandomMask(Layer):
    """Base class of `Dropout` and `AlphaDropout`: the arguments of a random mask."""

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(rate, numbers.Real):
            raise TypeError(f"`rate` of {type(self).__name__} must be a number from 0 to 1. Received: rate={rate!r}")
        if not 0 <= rate <= 1:
            raise ValueError(
                f"Invalid value received for argument `rate` of {type(self).__name__}: it is a fraction from 0 to 1. "
                f"Received: rate={rate}"
            )
        self.rate = rate
        self.seed = seed
        self.noise_shape = None if noise_shape is None else _checked(noise_shape)
        if rate > 0:
            self.seed_generator = SeedGenerator(seed)
        self.supports_masking = True
        self._build_at_init()

    def _mask_shape(self, inputs):
        if self.noise_shape is None:
            return None
        if len(self.noise_shape) != len(inputs.shape):
            raise ValueError(
                f"`noise_shape` of layer '{self.name}' must have a length for each axis of the input. "
                f"Received: noise_shape={self.noise_shape}, an input of shape {tuple(inputs.shape)}"
            )
        return tuple(n if given is None else given for given, n in zip(self.noise_shape, inputs.shape, strict=True))

    def compute_output_shape(self, input_shape):
        return input_shape


class Dropout(RandomMask):
    """In training, a fraction `rate` of the inputs becomes 0 and the others are divided by 1 − rate; else y = x.

    Args:
        rate: fraction of zeros, from 0 to 1.
        noise_shape: shape of the random mask, broadcast to the input; None for axes as long as the input's.
        seed: an integer for the same masks in every run. After `set_random_seed` the masks are tf.keras's.

    Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting" (2014).
    """

    def call(self, inputs, training=False):
        if training and self.rate > 0:
            return random.dropout(inputs, self.rate, noise_shape=self._mask_shape(inputs), seed=self.seed_generator)
        return inputs


def _checked(noise_shape):
    lengths = tuple(noise_shape) if hasattr(noise_shape, "__iter__") else ("",)
    if any(n is not None and (not isinstance(n, int) or n <= 0) for n in lengths):
        raise ValueError(
            "Invalid value received for `noise_shape`. Expected an iterable of positive integers or None, "
            f"one for each axis. Received: noise_shape={noise_shape!r}"
        )
    return lengths
