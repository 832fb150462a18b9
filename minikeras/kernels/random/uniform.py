"""Uniform values: random words read as fractions or as integers.

A float in [0, 1) uses as many low bits of a word as fit in its significand,

    u = (word mod 2^m) / 2^m,          m = 7 (bfloat16), 10 (float16), 23 (float32), 52 (float64, from two words),

so float32 has 2²³ different values, 0 is one of them and 1 is not. All operations here are exact, so every bit equals
TensorFlow's.
"""

import math

import numpy as np

from minikeras.kernels.memory import aligned
from minikeras.kernels.random.philox import (
    CHUNK,
    WORD_BITS,
    Demand,
    block_count,
    draw,
    from_seed_pair,
    jobs_of,
    philox_block,
    philox_words_reference,
    place_of,
    words_of_seed_pairs,
)
from minikeras.kernels.tasks import floats, integers, task_kernel

MANTISSA_BITS = {"bfloat16": 7, "float16": 10, "float32": 23, "float64": 52}
UNIT_23 = 2.0**-23
LOW_23_BITS = np.uint64(0x7FFFFF)


def stateless_uniform(seed_pair, shape, dtype="float32", minval=0, maxval=None):
    """Values uniform in [minval, maxval), as `tf.random.stateless_uniform` draws them.

    Args:
        seed_pair: two integers.
        shape: tuple.
        dtype: "bfloat16", "float16", "float32", "float64", or for integers "int32", "int64".
        minval, maxval: numbers or arrays that broadcast to `shape` (numbers only, for integers). `maxval` None means
            1.0 for floats.

    Raises:
        ValueError: another dtype; an integer dtype without `maxval`, or with maxval ≤ minval.
    """
    generator = from_seed_pair(seed_pair)
    if dtype in MANTISSA_BITS:
        return uniform(generator, shape, dtype, minval, 1 if maxval is None else maxval)
    if dtype in ("int32", "int64"):
        return uniform_integers(generator, shape, dtype, minval, maxval)
    names = ", ".join([*MANTISSA_BITS, "int32", "int64"])
    raise ValueError(f"`dtype` must be one of {names}. Received: dtype={dtype!r}")


def stateless_uniform_of_pairs(seed_pairs, shape, dtype="float32", minval=0, maxval=1):
    """(pairs, *shape): the draws of `stateless_uniform` for each pair of seeds.

    Args:
        seed_pairs: (pairs, 2), uint64.
        shape: a tuple, of at most four numbers in all.
        dtype: "float32" or "int32".
        minval, maxval: Python numbers.
    """
    words = words_of_seed_pairs(seed_pairs[:, 0], seed_pairs[:, 1], math.prod(shape))
    return uniform_of_calls(words, dtype, minval, maxval).reshape(len(seed_pairs), *shape)


def uniform(generator, shape, dtype="float32", minval=0, maxval=1):
    """minval + u · (maxval − minval) with u in [0, 1), each step rounded to `dtype`."""
    u = unit_uniform(generator, math.prod(shape), dtype).reshape(shape)
    if is_number(minval, 0) and is_number(maxval, 1):
        return u  # two passes fewer, a third of the time for 1000 numbers
    minval, maxval = np.asarray(minval, dtype), np.asarray(maxval, dtype)
    u *= maxval - minval
    u += minval
    return u


def uniform_of_calls(words, dtype, minval=0, maxval=1):
    """The results of several calls that draw few numbers each, as `uniform` or `uniform_integers` computes them.

    Args:
        words: (calls, numbers of a call), uint32.
        dtype: "float32" or "int32".
        minval, maxval: Python numbers.
    """
    if dtype == "int32":
        return _integers_from(words, dtype, minval, maxval)
    u = fractions(words, dtype)
    if is_number(minval, 0) and is_number(maxval, 1):
        return u
    lowest = np.asarray(minval, dtype)
    u *= np.asarray(maxval, dtype) - lowest
    u += lowest
    return u


def is_number(x, number):
    """Whether x is this Python number, not an array."""
    return type(x) in (int, float) and x == number


def unit_uniform(generator, count, dtype):
    """`count` values u in [0, 1)."""
    if dtype == "float32":
        return uniform_float32(*generator, count)
    return fractions(generator.words(2 * count if dtype == "float64" else count), dtype)


def fractions(words, dtype):
    """u = (word mod 2^m) / 2^m in [0, 1) for an array of words. For float64 two words along the last axis make one."""
    if dtype == "float64":
        words = _join(words, high_first=True)
    bits = MANTISSA_BITS[dtype]
    return (words % words.dtype.type(2**bits)).astype(dtype) * np.asarray(2.0**-bits, dtype)


def uniform_float32_reference(key, stream, position, count):
    """`count` float32 values u in [0, 1), from block `position` on."""
    return fractions(philox_words_reference(key, stream, position, count), "float32")


demand = Demand(1 << 22)  # 10⁶ numbers in the reference: 0.02 s


def uniform_float32(key, stream, position, count):
    """`count` float32 values u in [0, 1), from block `position` on."""
    if not demand(count):
        return uniform_float32_reference(key, stream, position, count)
    u = aligned((4 * block_count(count),))
    draw(uniform_jobs, (key, stream, position), u)
    return u[:count]


def uniform_jobs(sequence, u):
    """The job of `uniform_float32`."""
    return jobs_of(uniform_chunks, sequence, u)


@task_kernel
def uniform_chunks(task, sequence: integers(1), u: floats(1)):
    """A chunk of the numbers."""
    u = u[task * CHUNK : (task + 1) * CHUNK]
    key, stream, position = place_of(sequence, task * (CHUNK // 4))
    for i in range(len(u) // 4):
        w0, w1, w2, w3 = philox_block(key, stream, position + np.uint64(i))
        # Via int32, since there is a vector instruction from int32 to float32 and none from uint64.
        u[4 * i] = np.float32(np.int32(w0 & LOW_23_BITS)) * np.float32(UNIT_23)
        u[4 * i + 1] = np.float32(np.int32(w1 & LOW_23_BITS)) * np.float32(UNIT_23)
        u[4 * i + 2] = np.float32(np.int32(w2 & LOW_23_BITS)) * np.float32(UNIT_23)
        u[4 * i + 3] = np.float32(np.int32(w3 & LOW_23_BITS)) * np.float32(UNIT_23)


def uniform_integers(generator, shape, dtype, minval, maxval):
    """minval + (word mod (maxval − minval)); int64 takes 64 bits from two words.

    Slightly biased towards small values unless the width is a power of two, by at most width / 2³² (2⁶⁴ for int64).

    Raises:
        ValueError: maxval ≤ minval, or a bound outside the range of `dtype`.
    """
    limits = np.iinfo(dtype)
    if minval is None or maxval is None or minval >= maxval:
        raise ValueError(f"`minval` must be less than `maxval`. Received: minval={minval}, maxval={maxval}")
    if minval < limits.min or maxval > limits.max:
        raise ValueError(
            f"`minval` and `maxval` must lie in {dtype}, {limits.min} … {limits.max}. "
            f"Received: minval={minval}, maxval={maxval}"
        )
    return _integers_from(full_integers(generator, shape, f"u{dtype}"), dtype, minval, maxval)


def _integers_from(words, dtype, minval, maxval):
    width = words.dtype.type(int(maxval) - int(minval))  # of as many bits as the words have
    offsets = words - words // width * width  # for which NumPy has vector instructions, unlike for %
    # Unsigned sums wrap like two's complement, so a negative minval needs no special case.
    offsets += words.dtype.type(int(minval) % 2 ** (8 * words.itemsize))
    return offsets.view(dtype)


def full_integers(generator, shape, dtype):
    """Integers over the whole range of `dtype`: words (int32, uint32), or pairs of them (int64, uint64)."""
    count = math.prod(shape)
    if np.dtype(dtype).itemsize == 8:
        words = _join(generator.words(2 * count), high_first=False)
    else:
        words = generator.words(count)
    return words.astype(dtype, copy=False).reshape(shape)


def _join(words, high_first):
    """Neighbouring 32-bit words along the last axis as 64-bit words: the first is the high half, or the low half."""
    words = words.astype(np.uint64)
    first, second = words[..., 0::2], words[..., 1::2]
    return (first << WORD_BITS) | second if high_first else (second << WORD_BITS) | first
