"""`tf.nn.experimental`: dropout by a seed alone."""

from minikeras.compat.tensorflow.conversion import floating, integers, number
from minikeras.compat.tensorflow.random.stateless import stateless_uniform
from minikeras.random import operations

__all__ = ["stateless_dropout"]


def stateless_dropout(x, rate, seed, rng_alg=None, noise_shape=None, name=None):
    """x with a fraction `rate` of its elements set to 0, the others scaled by 1 / (1 − rate).

    Args:
        seed: two integers, which alone determine the result.
        rng_alg: of the random numbers, as in `tf.random.stateless_uniform`; None: chosen.
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
    return operations.dropped(x, rate, stateless_uniform(shape, seed, dtype=x.dtype, alg=rng_alg or "auto_select"))
