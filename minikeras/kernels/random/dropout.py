"""The mask of a dropout: a uniform number is drawn for each value, and those with u ≥ rate are kept.

    y = x · mask / (1 − rate)

u is a multiple of 1/2^m (see `uniform.py`), so u ≥ rate is the same as word mod 2^m ≥ rate · 2^m: the mask is computed
from integers, without the floats. TensorFlow draws u in the dtype of x, so the mask depends on that dtype:
7 bits for bfloat16, 10 for float16, 23 for float32, 52 (two words) for float64.

Two forms of each: the reference in NumPy, and jobs, also in plans (the mask's for float16 and float32).
"""

import math

import numpy as np

from minikeras.kernels.elementwise_jobs import keep_scaled_jobs
from minikeras.kernels.memory import empty_like
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.random.dropout_jobs import keep_mask_jobs
from minikeras.kernels.random.philox import from_seed_pair, philox_words_reference
from minikeras.kernels.random.uniform import MANTISSA_BITS, unit_uniform
from minikeras.kernels.registry import compiles
from minikeras.kernels.tasks import fits_jobs

FEW = 1 << 10  # elements that NumPy scales before a job starts: 2 µs for 320


def stateless_dropout_mask(seed_pair, shape, rate, dtype="float32"):
    """Boolean array, True where `tf.nn.experimental.stateless_dropout` keeps the value of an input of this dtype.

    Args:
        seed_pair: two integers.
        shape: tuple, the `noise_shape`.
        rate: the probability of False, in [0, 1).
        dtype: a float dtype.

    Raises:
        ValueError: `rate` outside [0, 1).
    """
    if not 0 <= rate < 1:
        raise ValueError(f"`rate` must be in [0, 1). Received: rate={rate}")
    generator = from_seed_pair(seed_pair)
    count = math.prod(shape)
    rate = np.asarray(rate, dtype)
    if dtype == "float64":
        return (unit_uniform(generator, count, dtype) >= rate).reshape(shape)
    steps = 2 ** MANTISSA_BITS[dtype]
    lowest_kept = math.ceil(float(rate) * steps)  # exact: a float32 or narrower times a power of two
    if not (count and compiles()):
        return keep_mask_reference(generator, count, steps, lowest_kept).reshape(shape)
    sequence, mask = np.array([generator.key, generator.stream]).view(np.int64), np.empty(shape, np.bool_)
    run_prepared(keep_mask_jobs, (sequence, mask.view(np.uint8).reshape(-1)), steps, lowest_kept)
    return mask


def dropout_scale(rate, dtype="float32"):
    """1 / (1 − rate), the factor of the kept values that preserves their mean: rounded to `dtype` once."""
    return np.asarray(1 / (1 - rate), dtype)


def keep_scaled(x, mask, scale):
    """y = x · scale where the mask is True, else 0 (also where x is infinite or NaN).  `mask` has the shape of x."""
    if x.size <= FEW or mask.shape != x.shape or not (fits_jobs(x) and mask.flags.c_contiguous):
        return keep_scaled_reference(x, mask, scale)
    y = empty_like(x)
    run_prepared(keep_scaled_jobs, (x.reshape(-1), mask.view(np.uint8).reshape(-1), y.reshape(-1)), float(scale))
    return y


# --- the references ---------------------------------------------------------------------------------------------------


def keep_mask_reference(generator, count, steps, lowest_kept):
    """(count,) bool: word mod steps ≥ lowest_kept."""
    words = philox_words_reference(*generator, count)
    return words % np.uint32(steps) >= lowest_kept


def keep_scaled_reference(x, mask, scale):
    """y = x · scale where the mask is True, else 0."""
    return np.where(mask, x * scale, np.zeros((), x.dtype))
