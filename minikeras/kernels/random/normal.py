"""Normally distributed values by the Box–Muller transform, and truncated normal values by rejection.

Two independent uniform values u, v define a point of the plane with normal coordinates: its squared radius −2·ln u is
exponential, its angle 2π·v uniform,

    z₀ = √(−2·ln u) · sin(2π·v),        z₁ = √(−2·ln u) · cos(2π·v).

u = 0 would give infinity; u is at least 1e-7, so |z| never exceeds 5.68.

TensorFlow computes float32 with the C library's `logf` and `sincosf`, which are not always correctly rounded. The
compiled kernels call the same functions and equal TensorFlow bit for bit. NumPy's float32 log and sin round differently
(21 % of the results differ), so the references compute in float64 and round: 1.5 % differ, by at most 4 units in the
last place. float64 differs likewise, by NumPy's float64 log and sin. For this reason the compiled kernels run at every
size.

Source: Box and Muller, "A note on the generation of random normal deviates", Ann. Math. Statist. 29 (1958).
"""

import math

import numpy as np

from minikeras.kernels.memory import aligned
from minikeras.kernels.random.philox import (
    CHUNK,
    WORD_BITS,
    Philox,
    draw,
    from_seed_pair,
    jobs_of,
    philox_block,
    place_of,
)
from minikeras.kernels.random.uniform import LOW_23_BITS, UNIT_23, fractions, is_number, unit_uniform
from minikeras.kernels.registry import compiles, inlined_subroutine
from minikeras.kernels.tasks import doubles, floats, integers, task_kernel

SMALLEST_UNIFORM = 1e-7
TRUNCATED_AT = 2.0
UNIT_52 = 2.0**-52
LOW_20_BITS = np.uint64(0xFFFFF)

# A group of outputs may reject, so its number of blocks is unknown; each gets 256 blocks, for four outputs of float32
# or (with 128) two of float64. So groups can be computed in any order. TensorFlow's layout.
GROUP_BLOCKS_FLOAT32 = 256
GROUP_BLOCKS_FLOAT64 = 128


def stateless_normal(seed_pair, shape, dtype="float32", mean=0.0, stddev=1.0):
    """mean + stddev · z, as `tf.random.stateless_normal` draws it, in a float dtype.

    `mean` and `stddev` are numbers or arrays that broadcast to `shape`.
    """
    return normal(from_seed_pair(seed_pair), shape, dtype, mean, stddev)


def stateless_truncated_normal(seed_pair, shape, dtype="float32", mean=0.0, stddev=1.0):
    """mean + stddev · z with |z| < 2, as `tf.random.stateless_truncated_normal` draws it.

    Values outside are rejected and drawn again, so the standard deviation of z is 0.8796, not 1.
    """
    return truncated_normal(from_seed_pair(seed_pair), shape, dtype, mean, stddev)


def normal(generator, shape, dtype="float32", mean=0.0, stddev=1.0):
    """Normally distributed values from a position of a sequence on."""
    draw_all = normal_float64 if dtype == "float64" else normal_float32
    return _scaled(draw_all(*generator, math.prod(shape)), shape, dtype, mean, stddev)


def truncated_normal(generator, shape, dtype="float32", mean=0.0, stddev=1.0):
    """Truncated normal values from a position of a sequence on."""
    draw_all = truncated_normal_float64 if dtype == "float64" else truncated_normal_float32
    return _scaled(draw_all(*generator, math.prod(shape)), shape, dtype, mean, stddev)


def _scaled(z, shape, dtype, mean, stddev):
    """z · stddev + mean in place, each step rounded to `dtype`. Narrow floats are drawn in float32 first."""
    z = z.astype(dtype, copy=False).reshape(shape)
    if not is_number(stddev, 1):
        z *= np.asarray(stddev, dtype)
    if not is_number(mean, 0):
        z += np.asarray(mean, dtype)
    return z


# --- drawn by jobs, at every size ------------------------------------------------------------------------------------


def normal_float32(key, stream, position, count):
    """`count` float32 normal values, from block `position` on."""
    return _drawn(normal_jobs, normal_float32_reference, (key, stream, position), count, np.float32, 4)


def normal_float64(key, stream, position, count):
    """`count` float64 normal values, from block `position` on."""
    return _drawn(normal_float64_jobs, normal_float64_reference, (key, stream, position), count, np.float64, 2)


def truncated_normal_float32(key, stream, position, count):
    """`count` float32 normal values with |z| < 2, in groups of four from block `position` on."""
    reference = truncated_normal_float32_reference
    return _drawn(truncated_normal_jobs, reference, (key, stream, position), count, np.float32, 4)


def truncated_normal_float64(key, stream, position, count):
    """`count` float64 normal values with |z| < 2, in groups of two from block `position` on."""
    reference = truncated_normal_float64_reference
    return _drawn(truncated_normal_float64_jobs, reference, (key, stream, position), count, np.float64, 2)


def _drawn(build, reference, generator, count, dtype, group):
    """`count` values by jobs that fill whole groups, or by the reference without compilation."""
    if not (count and compiles()):
        return reference(*generator, count)
    z = aligned((-(-count // group) * group,), dtype)
    draw(build, generator, z)
    return z[:count]


def normal_jobs(sequence, z):
    """The job of `normal_float32`."""
    return jobs_of(normal_chunks, sequence, z)


def normal_float64_jobs(sequence, z):
    """The job of `normal_float64`."""
    return jobs_of(normal_float64_chunks, sequence, z)


def truncated_normal_jobs(sequence, z):
    """The job of `truncated_normal_float32`."""
    return jobs_of(truncated_normal_chunks, sequence, z)


def truncated_normal_float64_jobs(sequence, z):
    """The job of `truncated_normal_float64`."""
    return jobs_of(truncated_normal_float64_chunks, sequence, z)


# --- the loops and their references -----------------------------------------------------------------------------------


@inlined_subroutine
def box_muller_float32(word_u, word_v):
    """Two words → two float32 normal values. Intermediate values are rounded as in TensorFlow."""
    u = max(np.float32(np.int32(word_u & LOW_23_BITS)) * np.float32(UNIT_23), np.float32(SMALLEST_UNIFORM))
    v = np.float32(np.int32(word_v & LOW_23_BITS)) * np.float32(UNIT_23)
    angle = np.float32(2.0 * math.pi * np.float64(v))
    radius = np.float32(math.sqrt(np.float32(-2.0) * np.float32(math.log(u))))
    return np.float32(math.sin(angle)) * radius, np.float32(math.cos(angle)) * radius


@inlined_subroutine
def box_muller_float64(word_u, word_u_low, word_v, word_v_low):
    """Four words → two float64 normal values."""
    u = max(unit_float64(word_u, word_u_low), SMALLEST_UNIFORM)
    angle = 2.0 * math.pi * unit_float64(word_v, word_v_low)
    radius = math.sqrt(-2.0 * math.log(u))
    return math.sin(angle) * radius, math.cos(angle) * radius


@inlined_subroutine
def unit_float64(high, low):
    """u = (20 bits of `high`, 32 bits of `low`) / 2⁵²: a float64 in [0, 1) from two words."""
    return np.float64(((high & LOW_20_BITS) << WORD_BITS) | low) * UNIT_52


def box_muller_reference(uniforms):
    """Uniform values (…, 2k), float32 or float64, in pairs → as many normal values.

    log, sin and cos are computed in float64 and rounded: the most exact in NumPy.
    """
    step = uniforms.dtype.type
    u = np.maximum(uniforms[..., 0::2], step(SMALLEST_UNIFORM)).astype(np.float64)
    angle = (2.0 * np.pi * uniforms[..., 1::2].astype(np.float64)).astype(step).astype(np.float64)
    radius = np.sqrt(step(-2.0) * np.log(u).astype(step))
    pairs = np.sin(angle).astype(step) * radius, np.cos(angle).astype(step) * radius
    return np.stack(pairs, axis=-1).reshape(uniforms.shape)


def normal_float32_reference(key, stream, position, count):
    """`count` float32 normal values, from block `position` on."""
    return box_muller_reference(unit_uniform(Philox(key, stream, position), count + count % 2, "float32"))[:count]


@task_kernel
def normal_chunks(task, sequence: integers(1), z: floats(1)):
    """A chunk of the numbers of `normal_float32`. Most of the time, 7 ns per number, is in the C library."""
    z = z[task * CHUNK : (task + 1) * CHUNK]
    key, stream, position = place_of(sequence, task * (CHUNK // 4))
    for i in range(len(z) // 4):
        w0, w1, w2, w3 = philox_block(key, stream, position + np.uint64(i))
        z[4 * i], z[4 * i + 1] = box_muller_float32(w0, w1)
        z[4 * i + 2], z[4 * i + 3] = box_muller_float32(w2, w3)


def normal_float64_reference(key, stream, position, count):
    """`count` float64 normal values, from block `position` on."""
    return box_muller_reference(unit_uniform(Philox(key, stream, position), count + count % 2, "float64"))[:count]


@task_kernel
def normal_float64_chunks(task, sequence: integers(1), z: doubles(1)):
    """A chunk of the numbers of `normal_float64`."""
    z = z[task * CHUNK : (task + 1) * CHUNK]
    key, stream, position = place_of(sequence, task * (CHUNK // 2))
    for i in range(len(z) // 2):
        w0, w1, w2, w3 = philox_block(key, stream, position + np.uint64(i))
        z[2 * i], z[2 * i + 1] = box_muller_float64(w0, w1, w2, w3)


def _truncated_reference(generator, count, dtype, group_size, group_blocks):
    """Every group draws one of its blocks at a time, and keeps the accepted values, until it is full."""
    groups = -(-count // group_size)
    z = np.empty((groups, group_size), dtype)
    filled = np.zeros(groups, int)
    unfinished = np.arange(groups)
    attempt = generator
    while unfinished.size:
        positions = attempt.position + np.uint64(group_blocks) * unfinished.astype(np.uint64)
        words = np.stack(philox_block(attempt.key, attempt.stream, positions), axis=-1).astype(np.uint32)
        for candidates in box_muller_reference(fractions(words, dtype)).T:
            rows = unfinished[(np.abs(candidates) < TRUNCATED_AT) & (filled[unfinished] < group_size)]
            z[rows, filled[rows]] = candidates[np.isin(unfinished, rows)]
            filled[rows] += 1
        unfinished = unfinished[filled[unfinished] < group_size]
        attempt = attempt.skip(1)
    return z.reshape(-1)[:count]


def truncated_normal_float32_reference(key, stream, position, count):
    """`count` float32 normal values with |z| < 2, in groups of four from block `position` on."""
    return _truncated_reference(Philox(key, stream, position), count, "float32", 4, GROUP_BLOCKS_FLOAT32)


@task_kernel
def truncated_normal_chunks(task, sequence: integers(1), z: floats(1)):
    """A chunk of the numbers of `truncated_normal_float32`."""
    z = z[task * CHUNK : (task + 1) * CHUNK]
    key, stream, position = place_of(sequence, task * (CHUNK // 4 * GROUP_BLOCKS_FLOAT32))
    for group in range(len(z) // 4):
        block = position + np.uint64(GROUP_BLOCKS_FLOAT32 * group)
        filled = 4 * group
        while filled < 4 * group + 4:
            w0, w1, w2, w3 = philox_block(key, stream, block)
            for candidate in (*box_muller_float32(w0, w1), *box_muller_float32(w2, w3)):
                if abs(candidate) < TRUNCATED_AT and filled < 4 * group + 4:
                    z[filled] = candidate
                    filled += 1
            block += np.uint64(1)


def truncated_normal_float64_reference(key, stream, position, count):
    """`count` float64 normal values with |z| < 2, in groups of two from block `position` on."""
    return _truncated_reference(Philox(key, stream, position), count, "float64", 2, GROUP_BLOCKS_FLOAT64)


@task_kernel
def truncated_normal_float64_chunks(task, sequence: integers(1), z: doubles(1)):
    """A chunk of the numbers of `truncated_normal_float64`."""
    z = z[task * CHUNK : (task + 1) * CHUNK]
    key, stream, position = place_of(sequence, task * (CHUNK // 2 * GROUP_BLOCKS_FLOAT64))
    for group in range(len(z) // 2):
        block = position + np.uint64(GROUP_BLOCKS_FLOAT64 * group)
        filled = 2 * group
        while filled < 2 * group + 2:
            w0, w1, w2, w3 = philox_block(key, stream, block)
            for candidate in box_muller_float64(w0, w1, w2, w3):
                if abs(candidate) < TRUNCATED_AT and filled < 2 * group + 2:
                    z[filled] = candidate
                    filled += 1
            block += np.uint64(1)
