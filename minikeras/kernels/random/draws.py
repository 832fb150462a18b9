"""Single draws from a random sequence, for rejection methods, which need an unknown number of them.

A block of a sequence gives two float64 values, uniform or normal. The second is returned first, the other is kept for
the next draw of that kind; so the order of draws determines the use of blocks, as in TensorFlow.

The state of a rejection method between draws: the next block, a spare uniform and a spare normal number.
"""

import math

import numpy as np

from minikeras.kernels.memory import aligned
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.random.normal import box_muller_float64, unit_float64
from minikeras.kernels.random.philox import as_sequence, philox_block
from minikeras.kernels.registry import compiles, subroutine

NONE_LEFT = math.nan
OUTPUTS = 1 << 10  # of a task
WORTH_COMPILING = 32  # outputs of a call
BLOCKS_PER_OUTPUT = 256  # blocks of the sequence, of which a rejection method uses as many as it needs


@subroutine
def next_uniform(key, stream, block, spare):
    """(u, block, spare): a uniform number in [0, 1), the next block, and the spare number or `NONE_LEFT`."""
    if not math.isnan(spare):
        return spare, block, NONE_LEFT
    w0, w1, w2, w3 = philox_block(key, stream, block)
    return unit_float64(w2, w3), block + np.uint64(1), unit_float64(w0, w1)


@subroutine
def next_normal(key, stream, block, spare):
    """(z, block, spare): a normal number, the next block, and the spare number or `NONE_LEFT`."""
    if not math.isnan(spare):
        return spare, block, NONE_LEFT
    w0, w1, w2, w3 = philox_block(key, stream, block)
    first, second = box_muller_float64(w0, w1, w2, w3)
    return second, block + np.uint64(1), first


def drawn_in_turn(one, key, stream, position, parameters, count):
    """(count,) float64, output i by `one(key, stream, block, parameters[i mod len(parameters)])`.

    They are drawn parameter by parameter. The reference of `drawn`.
    """
    samples = np.empty((parameters.size, count // max(parameters.size, 1)))
    for i, (row, column) in enumerate(np.ndindex(samples.shape)):
        samples[row, column] = one(key, stream, position + np.uint64(BLOCKS_PER_OUTPUT * i), parameters[row])
    return samples.T.reshape(-1)


def drawn(one, jobs, key, stream, position, parameters, count):
    """The same by jobs(sequence, parameters, samples of shape (of each, parameters)), if worth compiling."""
    # Gamma numbers: 0.03–0.08 µs a sample compiled, 12 µs else.
    if count < WORTH_COMPILING or not compiles():
        return drawn_in_turn(one, key, stream, position, parameters, count)
    samples = aligned((count // parameters.size, parameters.size), np.float64)
    run_prepared(jobs, (as_sequence((key, stream, position)), np.ascontiguousarray(parameters), samples))
    return samples.reshape(-1)
