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
    end_states,
    fill_line,
    is_unmasked,
    keep_state_before,
    loop_of,
    multiply_gradients,
    multiply_states,
    pack_jobs,
    pack_transposed_jobs,
    state_kernel_gradient_jobs,
)
from minikeras.kernels.registry import subroutine
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


class GradientRows(NamedTuple):
    """The addresses of a task's rows, one for each of its samples, in its workspace."""

    dh: int
    dc: int
    passed: int  # dh of samples masked at a step
    product: int
    dz: int


@subroutine
def gradient_rows(loop, thread):
    """The `GradientRows` of a thread."""
    start, size = address(loop.workspace[thread], 0), 4 * loop.task_rows * loop.state_row
    return GradientRows(start, start + size, start + 2 * size, start + 3 * size, start + 4 * size)


@task_kernel
def lstm_gradient_steps(
    task, thread, loop: Loop, states: States, dh_of_steps: floats(3), dh: floats(2), dc: floats(2),
    dz: floats(3), before: floats(3), first_dh: floats(2), first_dc: floats(2),
):  # fmt: skip
    """All steps of some samples, from the last to the first; `before` gets the previous h of each, in time order."""
    batch, steps, units = states.h.shape
    first = task * loop.task_rows
    rows = min(loop.task_rows, batch - first)
    own = gradient_rows(loop, thread)
    fill_line(own.passed, loop.task_rows * loop.state_row)
    begin_states(loop, dh, first, rows, own.dh)
    begin_states(loop, dc, first, rows, own.dc)
    for back in range(steps):
        step = steps - 1 - back
        time = steps - 1 - step if loop.reverse != 0 else step
        for row in range(rows):
            if dh_of_steps.shape[0] > 0:
                dh_of_step = address(dh_of_steps, ((first + row) * steps + step) * units)
                add_line(dh_of_step, own.dh + 4 * row * loop.state_row, units)
            lstm_gradient_row(loop, states, own, first + row, row, step, time)
            copy_line(
                own.dz + 4 * row * loop.sums_row, address(dz, ((first + row) * steps + time) * 4 * units), 4 * units
            )
            if before.shape[0] > 0:
                keep_state_before(loop, states.h, states.first_h, before, first + row, step, time, own.product)
        if back < steps - 1 or first_dh.shape[0] > 0:
            multiply_gradients(loop, first, rows, 4 * units, own.dz, own.product, own.passed, own.dh)
    end_states(loop, own.dh, first, rows, first_dh)
    end_states(loop, own.dc, first, rows, first_dc)


@subroutine
def lstm_gradient_row(loop, states, own, sample, row, step, time):
    """dz of one step of a sample, and dc of the step before; a masked step passes dh on."""
    steps, units = states.h.shape[1:]
    line = sample * steps + step
    row_dh, row_dc = own.dh + 4 * row * loop.state_row, own.dc + 4 * row * loop.state_row
    row_dz, row_passed = own.dz + 4 * row * loop.sums_row, own.passed + 4 * row * loop.state_row
    if is_unmasked(loop, sample, time):
        c_before = row_passed  # zeros
        if step > 0:
            c_before = address(states.c, (line - 1) * units)
        elif states.first_c.shape[0] > 0:
            c_before = address(states.first_c, sample * units)
        if loop.mask.shape[0] > 0:
            fill_line(row_passed, units)
        lstm_gradient_line(
            units, address(states.gates, (sample * steps + time) * 4 * units), c_before,
            address(states.c, line * units), row_dh, row_dc, row_dz, row_dc,
        )  # fmt: skip
    else:
        copy_line(row_dh, row_passed, units)
        fill_line(row_dz, 4 * units)
