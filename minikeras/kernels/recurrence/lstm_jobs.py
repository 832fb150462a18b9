"""The loop of an LSTM forward as jobs; `lstm.py` has the formulas and the reference.

Whole steps of training are in benchmarks/RESULTS.md.
"""

from typing import NamedTuple

import numpy as np

from minikeras.kernels.addresses import address
from minikeras.kernels.memory import aligned
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.recurrence.lines import lstm_line
from minikeras.kernels.recurrence.lstm import lstm_reference
from minikeras.kernels.recurrence.products import (
    NO_ROWS,
    NO_STEPS,
    Loop,
    all_go_by_jobs,
    as_bytes,
    begin_states,
    copy_line,
    end_states,
    is_unmasked,
    loop_of,
    multiply_states,
    pack_jobs,
)
from minikeras.kernels.tasks import floats, task_kernel

NO_NUMBERS = np.zeros(0, np.float32)


def lstm(z, recurrent_kernel, h, c, mask, dropout, reverse, activation, recurrent_activation):
    """(h, the last h, the last c, c, gates), see `lstm_reference`: by jobs if they support the arrays."""
    usual = (activation, recurrent_activation) == ("tanh", "sigmoid")
    inputs = [z, recurrent_kernel, h, c]
    if not usual or not all_go_by_jobs([*inputs, dropout]):
        h, c, gates = lstm_reference(*inputs, mask, dropout, reverse, activation, recurrent_activation)
        return h, h[:, -1].copy(), c[:, -1].copy(), c, gates
    batch, steps, units = *z.shape[:2], recurrent_kernel.shape[0]
    shapes = (batch, steps, units), (batch, units), (batch, units), (batch, steps, units), z.shape
    outputs = tuple([aligned(shape) for shape in shapes])
    run_prepared(lstm_jobs, (*inputs, as_bytes(mask), dropout, *outputs), reverse)
    return outputs


def lstm_jobs(z, recurrent_kernel, first_h, first_c, mask, dropout, h, last_h, last_c, c, gates, reverse):
    """The jobs that set h, c and gates of all steps, and the last h and c, for tanh and the sigmoid.

    `first_h`, `first_c` (batch, units), `mask` (batch, steps), bytes, and `dropout` (batch, 4, units) may be None.
    """
    groups = 1 if dropout is None else dropout.shape[1]
    packs, packed = pack_jobs(recurrent_kernel, groups=groups)
    inputs = Inputs(z, NO_STEPS, NO_NUMBERS)
    states = first_h, first_c, h, c, gates
    return [*packs, _steps_job(inputs, packed, states, mask, dropout, last_h, last_c, groups, reverse)]


def lstm_and_input_jobs(
    x, kernel, bias, recurrent_kernel, first_h, first_c, mask, h, last_h, last_c, c, gates, reverse
):
    """The same from x (batch, steps, features) itself: each step multiplies its x and h by one matrix, W above U.

    So z = x · W + b is never written to memory and read back by the steps. `bias` may be None.
    """
    packs, packed = pack_jobs(kernel, recurrent_kernel)
    inputs = Inputs(NO_STEPS, x, np.zeros(kernel.shape[1], np.float32) if bias is None else bias)
    states = first_h, first_c, h, c, gates
    return [*packs, _steps_job(inputs, packed, states, mask, None, last_h, last_c, 1, reverse)]


def _steps_job(inputs, packed, states, mask, dropout, last_h, last_c, groups, reverse):
    first_h, first_c, h, c, gates = states
    features = inputs.x.shape[2]
    tasks, loop = loop_of(len(h), h.shape[2], 4, packed, mask, dropout, reverse, groups, 3, features)
    first_h, first_c = (NO_ROWS if x is None else x for x in (first_h, first_c))
    return lstm_steps.job(tasks, loop, inputs, States(first_h, first_c, h, c, gates), last_h, last_c)


class Inputs(NamedTuple):
    """The input's part of the sums: x · W + b, or x and b if W is packed above U."""

    z: floats(3)  # (batch, steps, 4 · units), or empty
    x: floats(3)  # (batch, steps, features), or empty
    bias: floats(1)


class States(NamedTuple):
    """The results of forward for backward; the first states may be empty."""

    first_h: floats(2)
    first_c: floats(2)
    h: floats(3)
    c: floats(3)
    gates: floats(3)


@task_kernel
def lstm_steps(task, thread, loop: Loop, inputs: Inputs, states: States, last_h: floats(2), last_c: floats(2)):
    """All steps of some samples."""
    batch, steps, units = states.h.shape
    width, state_row = 4 * units, loop.state_row
    first = task * loop.task_rows
    rows = min(loop.task_rows, batch - first)
    own_x = address(loop.workspace[thread], 0)
    own_h = own_x + 4 * loop.features
    own_c = own_x + 4 * loop.task_rows * state_row
    dropped = own_c + 4 * loop.task_rows * state_row
    sums = dropped + 4 * loop.task_rows * state_row
    begin_states(loop, states.first_h, first, rows, own_h)
    begin_states(loop, states.first_c, first, rows, own_c)
    for step in range(steps):
        time = steps - 1 - step if loop.reverse != 0 else step
        start, start_row = address(inputs.bias, 0), 0
        if loop.features == 0:
            start, start_row = address(inputs.z, (first * steps + time) * width), steps * width
        for row in range(rows if loop.features > 0 else 0):
            source = address(inputs.x, ((first + row) * steps + time) * loop.features)
            copy_line(source, own_x + 4 * row * state_row, loop.features)
        multiply_states(loop, first, rows, width, own_x, dropped, start, start_row, sums)
        for row in range(rows):
            line, source = (first + row) * steps + step, (first + row) * steps + time
            row_h, row_c = own_h + 4 * row * state_row, own_c + 4 * row * state_row
            if is_unmasked(loop, first + row, time):
                row_gates = address(states.gates, source * width)
                lstm_line(units, sums + 4 * row * loop.sums_row, row_c, row_gates, row_c, row_h)
            copy_line(row_h, address(states.h, line * units), units)
            copy_line(row_c, address(states.c, line * units), units)
    end_states(loop, own_h, first, rows, last_h)
    end_states(loop, own_c, first, rows, last_c)
