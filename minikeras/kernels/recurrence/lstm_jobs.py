"""The loop of an LSTM as jobs; `lstm.py` has the formulas and the reference.

Measured on two cores of an AMD Zen 4, LSTM(128) on 32 × 100 × 128: see benchmarks/RESULTS.md.
"""

from minikeras.kernels.addresses import address
from minikeras.kernels.memory import aligned, scratch
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.recurrence.lines import lstm_gradient_line, lstm_line
from minikeras.kernels.recurrence.lstm import lstm_gradient_reference, lstm_reference
from minikeras.kernels.recurrence.products import (
    NO_BYTES,
    NO_ROWS,
    NO_STEPS,
    add_line,
    all_go_by_jobs,
    as_bytes,
    begin_states,
    contiguous,
    copy_line,
    drop_state_before,
    end_states,
    fill_line,
    multiply_gradients,
    multiply_states,
    pack_jobs,
    pack_transposed_jobs,
    padded,
    rows_of_a_task,
    state_before,
    state_kernel_gradient_jobs,
)
from minikeras.kernels.tasks import bytes_, floats, task_kernel


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
    ([pack], packed), (rows, block_rows) = pack_jobs(recurrent_kernel, groups), rows_of_a_task(batch)
    workspace = scratch(rows * (3 * padded(units) + padded(4 * units)))
    states = (NO_ROWS if first is None else first for first in (first_h, first_c))
    job = lstm_steps.job(
        -(-batch // rows), z, packed, *states, NO_BYTES if mask is None else mask,
        NO_STEPS if dropout is None else dropout, h, last_h, last_c, c, gates, workspace,
        int(reverse), groups, rows, block_rows, padded(units), padded(4 * units),
    )  # fmt: skip
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
    (pack, packed), (rows, block_rows) = pack_transposed_jobs(recurrent_kernel, groups), rows_of_a_task(batch)
    workspace = scratch(rows * (4 * padded(units) + padded(4 * units)))
    before = NO_STEPS if dkernel is None else aligned((batch, steps, groups * units))
    flat = [NO_ROWS if x is None else x for x in (dh, dc, first_h, first_c, first_dh, first_dc)]
    job = lstm_gradient_steps.job(
        -(-batch // rows), NO_STEPS if dh_of_steps is None else dh_of_steps, *flat[:4], packed,
        NO_BYTES if mask is None else mask, NO_STEPS if dropout is None else dropout, h, c, gates, dz, before,
        *flat[4:], workspace, int(reverse), groups, rows, block_rows, padded(units), padded(4 * units),
    )  # fmt: skip
    if dkernel is None:
        return [*pack, job]
    rows_of_all = before.reshape(batch * steps, groups * units), dz.reshape(batch * steps, 4 * units)
    return [*pack, job, *state_kernel_gradient_jobs(*rows_of_all, dkernel)]


@task_kernel
def lstm_steps(
    task,
    thread,
    z: floats(3),
    packed: floats(2),
    first_h: floats(2),
    first_c: floats(2),
    mask: bytes_(2),
    dropout: floats(3),
    h: floats(3),
    last_h: floats(2),
    last_c: floats(2),
    c: floats(3),
    gates: floats(3),
    workspace: floats(2),
    reverse: int,
    groups: int,
    rows_per_task: int,
    block_rows: int,
    state_row: int,
    sums_row: int,
):
    """All steps of some samples."""
    batch, steps, units = h.shape
    width = 4 * units
    first = task * rows_per_task
    rows = min(rows_per_task, batch - first)
    own_h = address(workspace[thread], 0)
    own_c = own_h + 4 * rows_per_task * state_row
    dropped = own_c + 4 * rows_per_task * state_row
    sums = dropped + 4 * rows_per_task * state_row
    begin_states(first_h, first, rows, own_h, state_row, units)
    begin_states(first_c, first, rows, own_c, state_row, units)
    for step in range(steps):
        time = steps - 1 - step if reverse != 0 else step
        start = address(z, (first * steps + time) * width)
        multiply_states(
            rows, width, units, block_rows, own_h, state_row, dropout, first, groups, dropped, address(packed, 0),
            start, steps * width, sums, sums_row,
        )  # fmt: skip
        for row in range(rows):
            line, source = (first + row) * steps + step, (first + row) * steps + time
            row_h, row_c = own_h + 4 * row * state_row, own_c + 4 * row * state_row
            if mask.shape[0] == 0 or mask[first + row, time] != 0:
                lstm_line(units, sums + 4 * row * sums_row, row_c, address(gates, source * width), row_c, row_h)
            copy_line(row_h, address(h, line * units), units)
            copy_line(row_c, address(c, line * units), units)
    end_states(own_h, state_row, first, rows, last_h, units)
    end_states(own_c, state_row, first, rows, last_c, units)


@task_kernel
def lstm_gradient_steps(
    task,
    thread,
    dh_of_steps: floats(3),
    dh: floats(2),
    dc: floats(2),
    first_h: floats(2),
    first_c: floats(2),
    packed: floats(2),
    mask: bytes_(2),
    dropout: floats(3),
    h: floats(3),
    c: floats(3),
    gates: floats(3),
    dz: floats(3),
    before: floats(3),
    first_dh: floats(2),
    first_dc: floats(2),
    workspace: floats(2),
    reverse: int,
    groups: int,
    rows_per_task: int,
    block_rows: int,
    state_row: int,
    sums_row: int,
):
    """All steps of some samples, from the last to the first; `before` gets the previous h of each, in time order."""
    batch, steps, units = h.shape
    width = 4 * units
    first = task * rows_per_task
    rows = min(rows_per_task, batch - first)
    own_dh = address(workspace[thread], 0)
    own_dc = own_dh + 4 * rows_per_task * state_row
    passed = own_dc + 4 * rows_per_task * state_row  # dh of samples masked at a step
    product = passed + 4 * rows_per_task * state_row
    own_dz = product + 4 * rows_per_task * state_row
    fill_line(passed, rows_per_task * state_row)
    begin_states(dh, first, rows, own_dh, state_row, units)
    begin_states(dc, first, rows, own_dc, state_row, units)
    for back in range(steps):
        step = steps - 1 - back
        time = steps - 1 - step if reverse != 0 else step
        for row in range(rows):
            sample = first + row
            line, target = sample * steps + step, sample * steps + time
            row_dh, row_dc = own_dh + 4 * row * state_row, own_dc + 4 * row * state_row
            row_dz, row_passed = own_dz + 4 * row * sums_row, passed + 4 * row * state_row
            if dh_of_steps.shape[0] > 0:
                add_line(address(dh_of_steps, line * units), row_dh, units)
            counts = mask.shape[0] == 0 or mask[sample, time] != 0
            if counts:
                c_before = row_passed  # zeros
                if step > 0:
                    c_before = address(c, (line - 1) * units)
                elif first_c.shape[0] > 0:
                    c_before = address(first_c, sample * units)
                if mask.shape[0] > 0:
                    fill_line(row_passed, units)
                lstm_gradient_line(
                    units, address(gates, target * width), c_before, address(c, line * units),
                    row_dh, row_dc, row_dz, row_dc,
                )  # fmt: skip
            else:
                copy_line(row_dh, row_passed, units)
                fill_line(row_dz, width)
            copy_line(row_dz, address(dz, target * width), width)
            if before.shape[0] > 0:
                row_before = kept_before = address(before, target * groups * units)
                if dropout.shape[0] > 0:
                    row_before = product
                state_before(h, first_h, sample, step, row_before, units)
                drop_state_before(row_before, dropout, sample, groups, kept_before, units)
        if back < steps - 1 or first_dh.shape[0] > 0:
            multiply_gradients(
                rows, width, units, block_rows, own_dz, sums_row, dropout, first, groups, product, address(packed, 0),
                passed, state_row, own_dh,
            )  # fmt: skip
    end_states(own_dh, state_row, first, rows, first_dh, units)
    end_states(own_dc, state_row, first, rows, first_dc, units)
