"""Reading rows of a table as jobs, and the checks that all row indices are valid."""

import math

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.kernels.embedding_jobs import row_indices_job, take_integer_rows_jobs, take_rows_jobs
from minikeras.kernels.memory import aligned
from minikeras.layers.core.embedding import Embedding
from minikeras.layers.quantization.float_weights import FloatRows
from minikeras.ops.indexing import Take
from minikeras.plans.checks import RangeCheck
from minikeras.plans.instructions import Compute, TensorAt
from minikeras.plans.lower import Lowering, all_float32, lowers


@lowers(Embedding.check_tokens)
def token_check(effect, buffers):
    """Checks that every token has a row."""
    (tokens,) = effect.args
    if not isinstance(tokens, TensorAt) or tokens.mask is not None or not are_row_indices(buffers, tokens.buffer):
        return None
    rows, wrong = effect.function.__self__.input_dim, np.zeros(1, np.int64)

    def jobs(arrays):
        index = arrays[tokens.buffer].reshape(-1)
        return [row_indices_job(index, -rows, rows, aligned(index.shape, np.int64), wrong)]

    def check(arrays):
        return RangeCheck(wrong, tokens.buffer, -rows, rows, lambda: effect.function(Tensor(arrays[tokens.buffer])))

    return Lowering(jobs, (tokens.buffer,), (), check=check)


@lowers((Compute, Take))
def take_rows(instruction, buffers):
    """Rows of a table by their indices."""
    (table, index), (rows,) = instruction.reads, instruction.writes
    if instruction.op.axis != 0 or not are_row_indices(buffers, index) or not all_float32(buffers, (table, rows)):
        return None
    count, wrong = buffers[table].shape[0], np.zeros(1, np.int64)
    width = math.prod(buffers[table].shape[1:])

    def jobs(arrays):
        matrices = arrays[table].reshape(count, width), arrays[rows].reshape(-1, width)
        return take_rows_jobs(matrices[0], arrays[index].reshape(-1), matrices[1], wrong)

    def check(arrays):
        return RangeCheck(wrong, index, -count, count, lambda: instruction.op.forward(arrays[table], arrays[index]))

    return Lowering(jobs, (table, index), (rows,), check=check)


@lowers((Compute, FloatRows))
def float_rows(instruction, buffers):
    """Rows of a table of integers, as floats."""
    table, index, scale, *groups = instruction.reads
    (rows,) = instruction.writes
    arrays_of = [buffers[i] for i in (table, *groups[:1])]
    floats = (scale, rows, *groups[1:])
    if (
        not are_row_indices(buffers, index)
        or not all_float32(buffers, floats)
        or any(x.dtype != np.int8 for x in arrays_of)
    ):
        return None
    count, wrong, nibbles = buffers[table].shape[0], np.zeros(1, np.int64), instruction.op.packed is not None

    def jobs(arrays):
        target = arrays[rows].reshape(-1, buffers[rows].shape[-1])
        parts = [None, None] if not groups else [arrays[i] for i in groups]
        return take_integer_rows_jobs(
            arrays[table], arrays[scale], arrays[index].reshape(-1), target, wrong, *parts, nibbles
        )

    def check(arrays):
        forward = instruction.op.forward
        return RangeCheck(
            wrong,
            index,
            -count,
            count,
            lambda: forward(arrays[table], arrays[index], *[arrays[i] for i in (scale, *groups)]),
        )

    return Lowering(jobs, instruction.reads, (rows,), check=check)


def are_row_indices(buffers, index):
    """Whether a buffer has an integer dtype that jobs support."""
    return buffers[index].dtype in (np.int32, np.int64) and 0 not in buffers[index].shape
