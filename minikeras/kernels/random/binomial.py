"""Binomial values: the successes in `count` trials of probability p.

For p > ½ the failures are counted instead. Then two methods, by the expected number of successes:

**count · p < 10: inversion.** The number of trials up to and including the next success is geometric, ⌈ln u /
ln(1 − p)⌉. Successes are counted until these waits exceed `count`.

**count · p ≥ 10: transformed rejection (BTRS).** k is proportional to a transformed uniform u, under a hat function; it
is accepted at once inside a box below the density, else by comparing ln v with the logarithm of the density ratio f(k)
/ f(mode), by Stirling's formula.

Output i starts at block 42·i (inversion) or 256·i (rejection), so outputs are independent of the draws of others.

Source: Kachitvichyanukul and Schmeiser, CACM 31 (1988), for the inversion; Hörmann, "The generation of binomial random
variates", J. Stat. Comput. Simul. 46 (1993), algorithm BTRS.
"""

import math

import numpy as np

from minikeras.kernels.memory import aligned
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.random.draws import NONE_LEFT, OUTPUTS, WORTH_COMPILING, next_uniform
from minikeras.kernels.random.philox import as_sequence, from_seed_pair, place_of
from minikeras.kernels.registry import compiles, subroutine
from minikeras.kernels.tasks import bytes_, doubles, integers, task_kernel

REJECTION_FROM = 10
BLOCKS_INVERSION = 42
BLOCKS_REJECTION = 256

# The error of Stirling's formula for ln k!:  ln k! = ½·ln 2π + (k + ½)·ln(k + 1) − (k + 1) + tail(k),  for k = 0 … 9.
STIRLING_TAILS = tuple(
    math.lgamma(k + 1) - 0.5 * math.log(2 * math.pi) - (k + 0.5) * math.log(k + 1) + (k + 1) for k in range(10)
)


def stateless_binomial(seed_pair, shape, counts, probabilities, dtype="float32"):
    """Numbers of successes, as `tf.random.stateless_binomial` draws them.

    Args:
        seed_pair: two integers.
        shape: tuple.
        counts, probabilities: float arrays of one dtype (float16, float32 or float64), or numbers (float32).
            Their broadcast shape is the end of `shape`.
        dtype: of the result, a float or integer dtype. A probability of NaN gives NaN.

    Raises:
        ValueError: `shape` does not end with the common shape of `counts` and `probabilities`.
    """
    counts, probabilities = np.broadcast_arrays(counts, probabilities)
    if tuple(shape[len(shape) - counts.ndim :]) != counts.shape:
        raise ValueError(
            "`shape` must end with the shape of `counts` and `probabilities` broadcast together. "
            f"Received: shape={tuple(shape)}, that shape={counts.shape}"
        )
    return binomial(from_seed_pair(seed_pair), shape, counts, probabilities, dtype)


def binomial(generator, shape, counts, probabilities, dtype):
    """Numbers of successes from a position of a sequence on; `shape` ends with the parameters' common shape."""
    few = counts * np.minimum(probabilities, 1 - probabilities) < REJECTION_FROM
    flat = (array.reshape(-1) for array in (counts.astype(np.float64), probabilities.astype(np.float64), few))
    samples = binomial_samples(*generator, *flat, math.prod(shape))
    return samples.astype(dtype).reshape(shape)


@subroutine
def one_binomial(key, stream, position, index, count, probability, few):
    """Output number `index`."""
    if math.isnan(count) or math.isnan(probability):
        return math.nan
    if count <= 0 or probability <= 0:
        return 0.0
    if probability >= 1:
        return count
    rarer = probability if probability <= 0.5 else 1 - probability
    if few:
        number = by_inversion(key, stream, position + np.uint64(BLOCKS_INVERSION * index), count, rarer)
    else:
        number = by_rejection(key, stream, position + np.uint64(BLOCKS_REJECTION * index), count, rarer)
    return number if probability <= 0.5 else count - number


@subroutine
def by_inversion(key, stream, block, count, p):
    """Successes in `count` trials, by waiting times."""
    trials, successes, spare = 0.0, -1.0, NONE_LEFT
    while trials <= count:
        u, block, spare = next_uniform(key, stream, block, spare)
        trials += math.ceil(math.log(u) / math.log1p(-p)) if u > 0 else math.inf
        successes += 1.0
    return successes


@subroutine
def by_rejection(key, stream, block, count, p):
    """Hörmann's BTRS, in his notation."""
    deviation = math.sqrt(count * p * (1 - p))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * p
    c = count * p + 0.5
    v_r = 0.92 - 4.2 / b
    alpha = (2.83 + 5.1 / b) * deviation
    mode = math.floor((count + 1) * p)
    spare = NONE_LEFT
    while True:
        u, block, spare = next_uniform(key, stream, block, spare)
        v, block, spare = next_uniform(key, stream, block, spare)
        u -= 0.5
        us = 0.5 - abs(u)
        if us == 0:  # k would be −∞
            continue
        k = math.floor((2 * a / us + b) * u + c)
        if us >= 0.07 and v <= v_r:
            return float(k)
        if 0 <= k <= count and (v == 0 or math.log(v * alpha / (a / (us * us) + b)) <= log_ratio(k, mode, count, p)):
            return float(k)


@subroutine
def log_ratio(k, mode, count, p):
    """ln f(k) − ln f(mode) of the binomial density, the factorials by Stirling's formula."""
    odds = p / (1 - p)
    return (
        (mode + 0.5) * math.log((mode + 1) / (odds * (count - mode + 1)))
        + (count + 1) * math.log((count - mode + 1) / (count - k + 1))
        + (k + 0.5) * math.log(odds * (count - k + 1) / (k + 1))
        + stirling_tail(mode)
        + stirling_tail(count - mode)
        - stirling_tail(k)
        - stirling_tail(count - k)
    )


@subroutine
def stirling_tail(k):
    """ln k! minus Stirling's formula: tabulated up to 9, above three terms of the asymptotic series."""
    if k <= 9:
        return STIRLING_TAILS[int(k)]
    square = (k + 1) * (k + 1)
    return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1)


def binomial_samples_reference(key, stream, position, counts, probabilities, few, count):
    """(count,) float64, output i with the parameters i mod len(counts); drawn parameter by parameter."""
    samples = np.empty((counts.size, count // max(counts.size, 1)))
    for i, (row, column) in enumerate(np.ndindex(samples.shape)):
        samples[row, column] = one_binomial(key, stream, position, i, counts[row], probabilities[row], few[row])
    return samples.T.reshape(-1)


def binomial_samples(key, stream, position, counts, probabilities, few, count):
    """(count,) float64, output i with the parameters i mod len(counts)."""
    # 0.1 µs a sample compiled, 13 µs else; few do not justify compiling.
    if count < WORTH_COMPILING or not compiles():
        return binomial_samples_reference(key, stream, position, counts, probabilities, few, count)
    samples = aligned((count // counts.size, counts.size), np.float64)
    counts, probabilities, few = map(np.ascontiguousarray, (counts, probabilities, few))
    arrays = as_sequence((key, stream, position)), counts, probabilities, few.view(np.uint8), samples
    run_prepared(binomial_jobs, arrays)
    return samples.reshape(-1)


def binomial_jobs(sequence, counts, probabilities, few, samples):
    """The job of `binomial_samples`; samples (of each pair of parameters, pairs)."""
    return [binomial_chunks.job(-(-samples.size // OUTPUTS), sequence, counts, probabilities, few, samples)]


@task_kernel
def binomial_chunks(
    task, sequence: integers(1), counts: doubles(1), probabilities: doubles(1), few: bytes_(1), samples: doubles(2)
):
    """Some of the samples, drawn parameter by parameter."""
    key, stream, position = place_of(sequence, 0)
    per_row = samples.shape[0]
    for i in range(task * OUTPUTS, min(samples.size, (task + 1) * OUTPUTS)):
        row = i // per_row
        samples[i % per_row, row] = one_binomial(key, stream, position, i, counts[row], probabilities[row], few[row])
