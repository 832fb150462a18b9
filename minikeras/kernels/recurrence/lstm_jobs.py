"""The loop of an LSTM as jobs; `lstm.py` has the formulas and the reference.

Measured on two cores of an AMD Zen 4, LSTM(128) on 32 × 100 × 128: see benchmarks/RESULTS.md.
"""

from typing import NamedTuple

from minikeras.kernels.addresses import address
from minikeras.kernels.memory import aligned
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.recurrence.lines import lstm_gradient_line, lstm_line
from minikeras.kernels.recurrence.lstm import lstm_gradient_reference, lstm_reference
from minikeras.kernels.recurrence.products import (
    NO_ROWS,
    NO_STEPS,
    Loop,
    add_line,
    all_go_by_jobs,
    as_bytes,
    begin_states,
    contiguous,
    copy_line,
    drop_state_before,
    end_states,
    fill_line,
    is_unmasked,
    loop_of,
    multiply_gradients,
    multiply_states,
    pack_jobs,
    pack_transposed_jobs,
    state_before,
    state_kernel_gradient_jobs,
)
from minikeras.kernels.tasks import floats, task_kernel


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


def lstm_gradient(dh_of_steps, dh, dc, recurrent_kernel, first_h, first_c, mask, dropout, h, c, gates, *settings):
    """The results of `lstm_gradient_reference`, by jobs if they support the arrays and functions."""
    reverse, *functions = settings
    dys, first = contiguous(dh_of_steps, dh, dc), (recurrent_kernel, first_h, first_c)
    usual = functions == ["tanh", "sigmoid"]
    if not usual or not all_go_by_jobs([gates, h, c, *dys, *first, dropout]):
        return lstm_gradient_reference(*dys, *first, mask, dropout, h, c, gates, *settings)
    dz, dkernel = aligned(gates.shape), aligned(recurrent_kernel.shape)
    of_first = [None if x is None else aligned(x.shape) for x in (first_h, first_c)]
    arrays = *dys, *first, as_bytes(mask), dropout, h, c, gates, dz, dkernel, *of_first
    run_prepared(lstm_gradient_jobs, arrays, reverse)
    return dz, dkernel, *of_first


def lstm_jobs(z, recurrent_kernel, first_h, first_c, mask, dropout, h, last_h, last_c, c, gates, reverse):
    """The jobs that set h, c and gates of all steps, and the last h and c, for tanh and the sigmoid.

    `first_h`, `first_c` (batch, units), `mask` (batch, steps), bytes, and `dropout` (batch, 4, units) may be None.
    """
    batch, _, units = h.shape
    groups = 1 if dropout is None else dropout.shape[1]
    [pack], packed = pack_jobs(recurrent_kernel, groups)
    tasks, loop = loop_of(batch, units, 4, packed, mask, dropout, reverse, groups, state_rows=3)
    first_h, first_c = (NO_ROWS if x is None else x for x in (first_h, first_c))
    job = lstm_steps.job(tasks, loop, z, States(first_h, first_c, h, c, gates), last_h, last_c)
    return [pack.preparing(recurrent_kernel), job]


def lstm_gradient_jobs(
    dh_of_steps, dh, dc, recurrent_kernel, first_h, first_c, mask, dropout, h, c, gates,
    dz, dkernel, first_dh, first_dc, reverse,
):  # fmt: skip
    """The jobs that set dz, and unless they are None dkernel and the gradients of the first states.

    `dh_of_steps`, `dh` and `dc` may be None, as may the first states, the mask and the dropout.
    """
    batch, steps, units = h.shape
    groups = 1 if dropout is None else dropout.shape[1]
    pack, packed = pack_transposed_jobs(recurrent_kernel, groups)
    tasks, loop = loop_of(batch, units, 4, packed, mask, dropout, reverse, groups, state_rows=4)
    before = NO_STEPS if dkernel is None else aligned((batch, steps, groups * units))
    of_steps = NO_STEPS if dh_of_steps is None else dh_of_steps
    dh, dc, *firsts = (NO_ROWS if x is None else x for x in (dh, dc, first_h, first_c, first_dh, first_dc))
    states = States(*firsts[:2], h, c, gates)
    job = lstm_gradient_steps.job(tasks, loop, states, of_steps, dh, dc, dz, before, *firsts[2:])
    if dkernel is None:
        return [*pack, job]
    rows_of_all = before.reshape(batch * steps, groups * units), dz.reshape(batch * steps, 4 * units)
    return [*pack, job, *state_kernel_gradient_jobs(*rows_of_all, dkernel)]


class States(NamedTuple):
    """What forward leaves to backward; the first states may be empty."""

    first_h: floats(2)
    first_c: floats(2)
    h: floats(3)
    c: floats(3)
    gates: floats(3)


@task_kernel
def lstm_steps(task, thread, loop: Loop, z: floats(3), states: States, last_h: floats(2), last_c: floats(2)):
    """All steps of some samples."""
    batch, steps, units = states.h.shape
    width, state_row = 4 * units, loop.state_row
    first = task * loop.task_rows
    rows = min(loop.task_rows, batch - first)
    own_h = address(loop.workspace[thread], 0)
    own_c = own_h + 4 * loop.task_rows * state_row
    dropped = own_c + 4 * loop.task_rows * state_row
    sums = dropped + 4 * loop.task_rows * state_row
    begin_states(loop, states.first_h, first, rows, own_h)
    begin_states(loop, states.first_c, first, rows, own_c)
    for step in range(steps):
        time = steps - 1 - step if loop.reverse != 0 else step
        start = address(z, (first * steps + time) * width)
        multiply_states(loop, first, rows, width, own_h, dropped, start, steps * width, sums)
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


@task_kernel
def lstm_gradient_steps(
    task, thread, loop: Loop, states: States, dh_of_steps: floats(3), dh: floats(2), dc: floats(2),
    dz: floats(3), before: floats(3), first_dh: floats(2), first_dc: floats(2),
):  # fmt: skip
    """All steps of some samples, from the last to the first; `before` gets the previous h of each, in time order."""
    batch, steps, units = states.h.shape
    width, state_row = 4 * units, loop.state_row
    first = task * loop.task_rows
    rows = min(loop.task_rows, batch - first)
    own_dh = address(loop.workspace[thread], 0)
    own_dc = own_dh + 4 * loop.task_rows * state_row
    passed = own_dc + 4 * loop.task_rows * state_row  # dh of samples masked at a step
    product = passed + 4 * loop.task_rows * state_row
    own_dz = product + 4 * loop.task_rows * state_row
    fill_line(passed, loop.task_rows * state_row)
    begin_states(loop, dh, first, rows, own_dh)
    begin_states(loop, dc, first, rows, own_dc)
    for back in range(steps):
        step = steps - 1 - back
        time = steps - 1 - step if loop.reverse != 0 else step
        for row in range(rows):
            sample = first + row
            line, target = sample * steps + step, sample * steps + time
            row_dh, row_dc = own_dh + 4 * row * state_row, own_dc + 4 * row * state_row
            row_dz, row_passed = own_dz + 4 * row * loop.sums_row, passed + 4 * row * state_row
            if dh_of_steps.shape[0] > 0:
                add_line(address(dh_of_steps, line * units), row_dh, units)
            if is_unmasked(loop, sample, time):
                c_before = row_passed  # zeros
                if step > 0:
                    c_before = address(states.c, (line - 1) * units)
                elif states.first_c.shape[0] > 0:
                    c_before = address(states.first_c, sample * units)
                if loop.mask.shape[0] > 0:
                    fill_line(row_passed, units)
                lstm_gradient_line(
                    units, address(states.gates, target * width), c_before, address(states.c, line * units),
                    row_dh, row_dc, row_dz, row_dc,
                )  # fmt: skip
            else:
                copy_line(row_dh, row_passed, units)
                fill_line(row_dz, width)
            copy_line(row_dz, address(dz, target * width), width)
            if before.shape[0] > 0:
                row_before = kept_before = address(before, target * loop.groups * units)
                if loop.dropout.shape[0] > 0:
                    row_before = product
                state_before(states.h, states.first_h, sample, step, row_before, units)
                drop_state_before(loop, row_before, sample, kept_before)
        if back < steps - 1 or first_dh.shape[0] > 0:
            multiply_gradients(loop, first, rows, width, own_dz, product, passed, own_dh)
    end_states(loop, own_dh, first, rows, first_dh)
    end_states(loop, own_dc, first, rows, first_dc)
