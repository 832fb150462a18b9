"""Poisson values: the count of events with mean `rate`.

Two methods, by the rate λ:

**λ < 10: multiplication.** Waits between events are exponential, so uniform values are multiplied until the product is
at or below exp(−λ); the number of events is one less than the number of factors. (Knuth)

**λ ≥ 10: transformed rejection (PTRS).** k is proportional to a transformed uniform u, under a hat function; it is
accepted at once inside a box below the density, else by comparing ln v with the logarithm of the density, k·ln λ − λ −
ln k!.

Every output starts 256 blocks after the one before, as for gamma values.

Source: Knuth, "The Art of Computer Programming", volume 2, 3.4.1; Hörmann, "The transformed rejection method for
generating Poisson random variables", Insurance: Mathematics and Economics 12 (1993), algorithm PTRS.
"""

import math

import numpy as np

from minikeras.kernels.random.draws import BLOCKS_PER_OUTPUT, NONE_LEFT, OUTPUTS, drawn, next_uniform
from minikeras.kernels.random.philox import from_seed_pair, place_of
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import doubles, integers, task_kernel

REJECTION_FROM = 10


def stateless_poisson(seed_pair, shape, rates, dtype="int32"):
    """Numbers of events, as `tf.random.stateless_poisson` draws them.

    Args:
        seed_pair: two integers.
        shape: tuple.
        rates: number or array whose shape is the end of `shape`.
        dtype: of the result, a float or integer dtype.

    Raises:
        ValueError: `shape` does not end with the shape of `rates`.
    """
    rates = np.asarray(rates)
    if tuple(shape[len(shape) - rates.ndim :]) != rates.shape:
        raise ValueError(
            f"`shape` must end with the shape of `rates`. Received: shape={tuple(shape)}, that shape={rates.shape}"
        )
    return poisson(from_seed_pair(seed_pair), shape, rates, dtype)


def poisson(generator, shape, rates, dtype):
    """Numbers of events from a position of a sequence on; `shape` ends with the shape of `rates`."""
    samples = poisson_samples(*generator, np.asarray(rates, np.float64).reshape(-1), math.prod(shape))
    return samples.astype(dtype).reshape(shape)


@subroutine
def one_poisson(key, stream, block, rate):
    """The output that begins at `block`."""
    if math.isnan(rate) or rate < 0:
        return math.nan
    if rate < REJECTION_FROM:
        return by_multiplication(key, stream, block, rate)
    return by_rejection(key, stream, block, rate)


@subroutine
def by_multiplication(key, stream, block, rate):
    """The number of uniform factors before the product falls to exp(−rate)."""
    limit, product, events, spare = math.exp(-rate), 1.0, 0.0, NONE_LEFT
    while True:
        u, block, spare = next_uniform(key, stream, block, spare)
        product *= u
        if product <= limit:
            return events
        events += 1.0


@subroutine
def by_rejection(key, stream, block, rate):
    """Hörmann's PTRS, in his notation."""
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    v_r = 0.9277 - 3.6224 / (b - 2)
    spare = NONE_LEFT
    while True:
        u, block, spare = next_uniform(key, stream, block, spare)
        v, block, spare = next_uniform(key, stream, block, spare)
        u -= 0.5
        us = 0.5 - abs(u)
        if us == 0:  # k would be −∞
            continue
        k = math.floor((2 * a / us + b) * u + rate + 0.43)
        if us >= 0.07 and v <= v_r:
            return float(k)
        if k < 0 or (us < 0.013 and v > us):
            continue
        ratio = v * inverse_alpha / (a / (us * us) + b)
        if ratio == 0 or math.log(ratio) <= k * math.log(rate) - rate - math.lgamma(k + 1.0):
            return float(k)


def poisson_samples(key, stream, position, rates, count):
    """(count,) float64, output i with rate i mod len(rates); drawn rate by rate."""
    return drawn(one_poisson, poisson_jobs, key, stream, position, rates, count)


def poisson_jobs(sequence, rates, samples):
    """The job of `poisson_samples`; samples (of each rate, rates)."""
    return [poisson_chunks.job(-(-samples.size // OUTPUTS), sequence, rates, samples)]


@task_kernel
def poisson_chunks(task, sequence: integers(1), rates: doubles(1), samples: doubles(2)):
    """Some of the samples, drawn rate by rate."""
    key, stream, position = place_of(sequence, 0)
    per_rate = samples.shape[0]
    for i in range(task * OUTPUTS, min(samples.size, (task + 1) * OUTPUTS)):
        block = position + np.uint64(BLOCKS_PER_OUTPUT * i)
        samples[i % per_rate, i // per_rate] = one_poisson(key, stream, block, rates[i // per_rate])
