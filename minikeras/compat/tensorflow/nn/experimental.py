"""`tf.nn.experimental`: dropout determined by a seed, or by the caller's random numbers."""

from functools import partial

from minikeras.compat.tensorflow.conversion import floating, integers, number
from minikeras.compat.tensorflow.random.stateless import stateless_uniform
from minikeras.random import operations

__all__ = ["general_dropout", "stateless_dropout"]


def general_dropout(x, rate, uniform_sampler, noise_shape=None, name=None):
    """x with a fraction `rate` of its elements set to 0, the others scaled by 1 / (1 − rate).

    Args:
        uniform_sampler: function (shape, dtype) that draws numbers from [0, 1): `tf.random.Generator.uniform`.
        noise_shape: of the random decisions, which broadcast with x; by default that of x.

    Raises:
        ValueError: `rate` is not in [0, 1).
    """
    x, rate = floating(x), number(rate)
    if not 0 <= rate < 1:
        raise ValueError(f"`rate` must be one number, at least 0 and below 1. Received: rate={rate}")
    if rate == 0:
        return x
    shape = operations.decisions_shape(x, integers(noise_shape))
    return operations.dropped(x, rate, uniform_sampler(shape=shape, dtype=x.dtype))


def stateless_dropout(x, rate, seed, rng_alg=None, noise_shape=None, name=None):
    """`general_dropout` with random numbers that depend only on `seed`, two integers.

    `rng_alg` chooses the algorithm of the random numbers, as in `tf.random.stateless_uniform`.
    """
    return general_dropout(x, rate, partial(stateless_uniform, seed=seed, alg=rng_alg or "auto_select"), noise_shape)
