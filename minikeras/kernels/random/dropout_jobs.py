"""Dropout's mask as jobs: the values of `dropout.py`, drawn without Python in between.

The state of a `SeedGenerator`, (seed, number of uses), is in an array that the first job increments.
"""

import math

import numpy as np

from minikeras.kernels.random.philox import SEED_KEY, WORD_BITS, philox_block
from minikeras.kernels.random.uniform import MANTISSA_BITS
from minikeras.kernels.strided_copies import copy_jobs
from minikeras.kernels.tasks import bytes_, integers, task_kernel

BLOCKS = 1 << 12  # of a task: 16384 values


def dropout_mask_jobs(state, mask, rate, modulus, begin=0, dtype="float32"):
    """The jobs that set `mask` (flat, bytes) to 1 where a value is kept, else 0, and increment the state.

    Args:
        state: (2,) int64.
        rate: the probability of 0, in [0, 1).
        modulus: the modulus of the state's integers in the seed.
        begin: how many values of the sequence are another's: those of rows that other processes compute.
        dtype: of the values, which decides how fine the random numbers are: float32 or narrower.
    """
    sequence = np.zeros(2, np.int64)
    steps = 2 ** MANTISSA_BITS[dtype]
    lowest_kept = math.ceil(float(np.asarray(rate, dtype)) * steps)
    skipped = begin % 4
    drawn = mask if not skipped else np.zeros(skipped + mask.size, np.uint8)
    made = [next_sequence.job(1, state, sequence, modulus)]
    made += keep_mask_jobs(sequence, drawn, steps, lowest_kept, begin // 4)
    return made if drawn is mask else [*made, *copy_jobs(drawn[skipped:], mask)]


def keep_mask_jobs(sequence, mask, steps, lowest_kept, first_block=0):
    """The job that sets `mask` to 1 where word mod steps ≥ lowest_kept, else 0.

    Args:
        sequence: (2,) int64, the key and the stream of a random sequence.
        mask: flat, bytes.
        steps: a power of two.
        first_block: from which block of four values on.
    """
    return [keep_mask_blocks.job(-(-mask.size // (4 * BLOCKS)), sequence, mask, steps, lowest_kept, first_block)]


@task_kernel
def next_sequence(task, state: integers(1), sequence: integers(1), modulus: int):
    """sequence = (key, stream) of the state's random sequence, as in `philox.from_seed_pair`; then the next state."""
    low, high = np.uint64(state[0] % modulus), np.uint64(state[1] % modulus)
    w0, w1, w2, w3 = philox_block(SEED_KEY, high, low)
    sequence[0] = np.int64(w0 | (w1 << WORD_BITS))
    sequence[1] = np.int64(w2 | (w3 << WORD_BITS))
    state[1] += 1


@task_kernel
def keep_mask_blocks(task, sequence: integers(1), mask: bytes_(1), steps: int, lowest_kept: int, first: int):
    """The mask of values with word mod steps ≥ lowest_kept, for some blocks of four."""
    key, stream = np.uint64(sequence[0]), np.uint64(sequence[1])
    low_bits, lowest = np.uint64(steps - 1), np.uint64(lowest_kept)
    part = mask[task * 4 * BLOCKS : (task + 1) * 4 * BLOCKS]
    whole = len(part) // 4
    for i in range(whole):
        w0, w1, w2, w3 = philox_block(key, stream, np.uint64(first + task * BLOCKS + i))
        part[4 * i] = (w0 & low_bits) >= lowest
        part[4 * i + 1] = (w1 & low_bits) >= lowest
        part[4 * i + 2] = (w2 & low_bits) >= lowest
        part[4 * i + 3] = (w3 & low_bits) >= lowest
    if 4 * whole < len(part):
        words = philox_block(key, stream, np.uint64(first + task * BLOCKS + whole))
        for j in range(len(part) - 4 * whole):
            part[4 * whole + j] = (words[j] & low_bits) >= lowest
