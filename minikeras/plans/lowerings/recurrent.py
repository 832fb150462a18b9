"""The loops of recurrent layers as jobs: all steps without Python in between."""

import numpy as np

from minikeras.kernels.memory import aligned
from minikeras.kernels.recurrence.gru_jobs import gru_gradient_jobs, gru_jobs
from minikeras.kernels.recurrence.lstm_jobs import lstm_gradient_jobs, lstm_jobs
from minikeras.kernels.recurrence.simple_rnn_jobs import simple_rnn_gradient_jobs, simple_rnn_jobs
from minikeras.ops.recurrent.gru import GRULoop
from minikeras.ops.recurrent.lstm import LSTMLoop
from minikeras.ops.recurrent.simple_rnn import SimpleRNNLoop
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import Lowering, all_float32, lowers


def _optional(op, indices):
    """The slots of all optional inputs, None for those that are not given."""
    given = dict(zip(op.given, indices, strict=True))
    return [given.get(name) for name in op.optional]


def _array(arrays, index):
    """The array of a slot, bytes in place of booleans; None for None."""
    if index is None:
        return None
    return arrays[index].view(np.uint8) if arrays[index].dtype == np.bool_ else arrays[index]


def _fits(slots, floats, mask, dropout):
    """Whether a loop has arrays for which there are jobs."""
    return dropout is None and all_float32(slots, floats) and (mask is None or slots[mask].dtype == np.bool_)


@lowers((Compute, LSTMLoop))
def lstm(instruction, slots):
    """All states of an LSTM."""
    op, (z, kernel, *optional) = instruction.op, instruction.reads
    h, c, mask, dropout = _optional(op, optional)
    if not _has_usual_functions(op) or not _fits(slots, (z, kernel, h, c, *instruction.writes), mask, dropout):
        return None

    def jobs(arrays):
        first = [_array(arrays, index) for index in (h, c, mask)]
        return lstm_jobs(arrays[z], arrays[kernel], *first, op.reverse, *[arrays[i] for i in instruction.writes])

    return Lowering(jobs, instruction.reads, instruction.writes)


@lowers((Gradient, LSTMLoop))
def lstm_gradient(instruction, slots):
    """The gradients of an LSTM's inputs, first states and recurrent kernel."""
    op, (_, kernel, *optional), (h, _, _, c, gates) = instruction.op, instruction.inputs, instruction.outputs
    first_h, first_c, mask, dropout = _optional(op, optional)
    (dh_of_steps, dh, dc, *hidden), (dz, dkernel, *of_optional) = instruction.dys, instruction.writes
    first_dh, first_dc, _, _ = _optional(op, of_optional)
    reads = kernel, first_h, first_c, h, c, gates, dh_of_steps, dh, dc
    if hidden != [None, None] or not _has_usual_functions(op):
        return None
    if not _fits(slots, (*reads, *instruction.writes), mask, dropout):
        return None

    def jobs(arrays):
        inputs = [_array(arrays, index) for index in (dh_of_steps, dh, dc, kernel, first_h, first_c, mask)]
        result = aligned(arrays[gates].shape) if dz is None else arrays[dz]
        outputs = [_array(arrays, index) for index in (dkernel, first_dh, first_dc)]
        return lstm_gradient_jobs(*inputs, op.reverse, arrays[h], arrays[c], arrays[gates], result, *outputs)

    return Lowering(jobs, (*reads, mask), instruction.writes)


@lowers((Compute, GRULoop))
def gru(instruction, slots):
    """All states of gated recurrent units."""
    op, (z, kernel, *optional) = instruction.op, instruction.reads
    bias, h, mask, dropout = _optional(op, optional)
    if not _has_usual_functions(op) or not op.reset_after:
        return None
    if not _fits(slots, (z, kernel, bias, h, *instruction.writes), mask, dropout):
        return None

    def jobs(arrays):
        first = [_array(arrays, index) for index in (bias, h, mask)]
        return gru_jobs(arrays[z], arrays[kernel], *first, op.reverse, *[arrays[i] for i in instruction.writes])

    return Lowering(jobs, instruction.reads, instruction.writes)


@lowers((Gradient, GRULoop))
def gru_gradient(instruction, slots):
    """The gradients of the inputs, the first state, the recurrent kernel and its bias."""
    op, (_, kernel, *optional), (h, _, gates, inner) = instruction.op, instruction.inputs, instruction.outputs
    _, first_h, mask, dropout = _optional(op, optional)
    (dh_of_steps, dh, *hidden), (dz, dkernel, *of_optional) = instruction.dys, instruction.writes
    dbias, first_dh, _, _ = _optional(op, of_optional)
    reads = kernel, first_h, h, gates, inner, dh_of_steps, dh
    if hidden != [None, None] or not _has_usual_functions(op) or not op.reset_after:
        return None
    if not _fits(slots, (*reads, *instruction.writes), mask, dropout):
        return None

    def jobs(arrays):
        inputs = [_array(arrays, index) for index in (dh_of_steps, dh, kernel, first_h, mask)]
        kept = [arrays[index] for index in (h, gates, inner)]
        results = [_result(arrays, dz, slots[gates]), _result(arrays, dkernel, slots[kernel])]
        return gru_gradient_jobs(*inputs, op.reverse, *kept, *results, _array(arrays, dbias), _array(arrays, first_dh))

    return Lowering(jobs, (*reads, mask), instruction.writes)


@lowers((Compute, SimpleRNNLoop))
def simple_rnn(instruction, slots):
    """All states of a plain recurrence."""
    op, (z, kernel, *optional) = instruction.op, instruction.reads
    h, mask, dropout = _optional(op, optional)
    if op.activation not in ("tanh", "relu") or not _fits(slots, (z, kernel, h, *instruction.writes), mask, dropout):
        return None

    def jobs(arrays):
        inputs = [arrays[z], arrays[kernel], _array(arrays, h), _array(arrays, mask)]
        return simple_rnn_jobs(*inputs, op.reverse, op.activation == "relu", *[arrays[i] for i in instruction.writes])

    return Lowering(jobs, instruction.reads, instruction.writes)


@lowers((Gradient, SimpleRNNLoop))
def simple_rnn_gradient(instruction, slots):
    """The gradients of the inputs, the first state and the recurrent kernel."""
    op, (_, kernel, *optional), (h, _) = instruction.op, instruction.inputs, instruction.outputs
    first_h, mask, dropout = _optional(op, optional)
    (dh_of_steps, dh), (dz, dkernel, *of_optional) = instruction.dys, instruction.writes
    first_dh, _, _ = _optional(op, of_optional)
    reads = kernel, first_h, h, dh_of_steps, dh
    if op.activation not in ("tanh", "relu") or not _fits(slots, (*reads, *instruction.writes), mask, dropout):
        return None

    def jobs(arrays):
        inputs = [_array(arrays, index) for index in (dh_of_steps, dh, kernel, first_h, mask)]
        results = [_result(arrays, dz, slots[h]), _result(arrays, dkernel, slots[kernel])]
        settings = op.reverse, op.activation == "relu"
        return simple_rnn_gradient_jobs(*inputs, *settings, arrays[h], *results, _array(arrays, first_dh))

    return Lowering(jobs, (*reads, mask), instruction.writes)


def _has_usual_functions(op):
    return op.activation == "tanh" and op.recurrent_activation == "sigmoid"


def _result(arrays, index, like):
    """The array of a gradient, or one that nobody reads if it is not wanted."""
    return aligned(like.shape) if index is None else arrays[index]
