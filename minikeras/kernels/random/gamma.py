"""Gamma values by the squeeze method of Marsaglia and Tsang, a rejection with 95 % acceptance or better.

For a concentration α ≥ 1, with d = α − 1/3 and c = 1 / (3·√d): draw x normal and u uniform, set v = (1 + c·x)³, and
accept d·v when

    ln u < x²/2 + d·(1 − v + ln v).        (Usually the cheaper test u < 1 − 0.0331·x⁴ already accepts.)

For α < 1 it draws with α + 1 and multiplies by b^(1/α), b uniform. α = 1 is the exponential distribution, −ln(1 − u).

Every output starts 256 blocks after the one before, independently of how many blocks that one used.

Source: Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000), section 4.
"""

import math

import numpy as np

from minikeras.base.extension_dtypes import dtype_limits
from minikeras.kernels.random.draws import (
    BLOCKS_PER_OUTPUT,
    NONE_LEFT,
    OUTPUTS,
    drawn,
    next_normal,
    next_uniform,
)
from minikeras.kernels.random.philox import from_seed_pair, place_of
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import doubles, integers, task_kernel

SQUEEZE = 0.0331
NOT_A_NUMBER = math.nan


def stateless_gamma(seed_pair, shape, alpha, dtype="float32"):
    """Gamma values of concentration `alpha` and scale 1, as `tf.random.stateless_gamma` draws them.

    Args:
        seed_pair: two integers.
        shape: tuple.
        alpha: number or array whose shape is the end of `shape` (axes of size 1 are not broadcast).
        dtype: a float dtype. The arithmetic is always float64; results that round to 0 become the
            smallest normal number.

    Raises:
        ValueError: `shape` does not end with the shape of `alpha`.
    """
    alpha = np.asarray(alpha, dtype)
    if tuple(shape[len(shape) - alpha.ndim :]) != alpha.shape:
        raise ValueError(
            f"`shape` must end with the shape of `alpha`. Received: shape={tuple(shape)}, alpha.shape={alpha.shape}. "
            "Broadcast `alpha` to `shape` first."
        )
    alphas = alpha.reshape(-1).astype(np.float64)
    samples = standard_gamma(*from_seed_pair(seed_pair), alphas, math.prod(shape)).reshape(shape)
    if dtype in ("float16", "bfloat16"):
        samples = samples.astype(np.float32)  # TensorFlow rounds twice
    return np.maximum(samples.astype(dtype), dtype_limits(dtype).tiny)


@subroutine
def one_gamma(key, stream, block, alpha):
    """The gamma number that starts at `block`."""
    spare_normal = spare_uniform = NONE_LEFT
    if alpha == 1:
        u, block, spare_uniform = next_uniform(key, stream, block, spare_uniform)
        return -math.log1p(-u)
    d = alpha + (2 / 3 if alpha < 1 else -1 / 3)
    if not d > 0:  # no concentration, or NaN, with which no number would ever be accepted
        return NOT_A_NUMBER
    c = 1 / 3 / math.sqrt(d)
    v, accepted = 0.0, False
    while not accepted:
        x, block, spare_normal = next_normal(key, stream, block, spare_normal)
        v = 1 + c * x
        if v > 0:
            v = v * v * v
            u, block, spare_uniform = next_uniform(key, stream, block, spare_uniform)
            accepted = squeeze_accepts(u, x, v, d)
    if alpha > 1:
        return d * v
    b, block, spare_uniform = next_uniform(key, stream, block, spare_uniform)
    return d * v * math.pow(b, 1 / alpha)


@subroutine
def squeeze_accepts(u, x, v, d):
    """Whether d·v is a gamma number. (u = 0 accepts: its logarithm is −∞.)"""
    if u < 1 - SQUEEZE * (x * x) * (x * x) or u == 0:
        return True
    return math.log(u) < 0.5 * x * x + d * (1 - v + math.log(v))


def standard_gamma(key, stream, position, alphas, count):
    """(count,) float64, output i with concentration alphas[i mod len(alphas)]; drawn alpha by alpha."""
    return drawn(one_gamma, gamma_jobs, key, stream, position, alphas, count)


def gamma_jobs(sequence, alphas, samples):
    """The job of `standard_gamma`; samples (of each alpha, alphas)."""
    return [gamma_chunks.job(-(-samples.size // OUTPUTS), sequence, alphas, samples)]


@task_kernel
def gamma_chunks(task, sequence: integers(1), alphas: doubles(1), samples: doubles(2)):
    """Some of the samples, drawn alpha by alpha."""
    key, stream, position = place_of(sequence, 0)
    per_alpha = samples.shape[0]
    for i in range(task * OUTPUTS, min(samples.size, (task + 1) * OUTPUTS)):
        block = position + np.uint64(BLOCKS_PER_OUTPUT * i)
        samples[i % per_alpha, i // per_alpha] = one_gamma(key, stream, block, alphas[i // per_alpha])
