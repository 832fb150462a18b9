"""The plain recurrence, with tanh or relu, as jobs; `simple_rnn.py` has the formulas and the reference."""

from minikeras.kernels.addresses import address
from minikeras.kernels.memory import aligned, scratch
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.recurrence.lines import relu_gradient_line, relu_line, tanh_gradient_line, tanh_line
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
from minikeras.kernels.recurrence.simple_rnn import simple_rnn_gradient_reference, simple_rnn_reference
from minikeras.kernels.tasks import bytes_, floats, task_kernel


def simple_rnn(z, recurrent_kernel, h, mask, dropout, reverse, activation):
    """(h, the last h), see `simple_rnn_reference`: by jobs if they support the arrays and the function."""
    inputs = [z, recurrent_kernel, h]
    if activation not in ("tanh", "relu") or not all_go_by_jobs([*inputs, dropout]):
        h = simple_rnn_reference(*inputs, mask, dropout, reverse, activation)
        return h, h[:, -1].copy()
    outputs = aligned(z.shape), aligned((len(z), z.shape[2]))
    run_prepared(simple_rnn_jobs, (*inputs, as_bytes(mask), dropout, *outputs), reverse, activation == "relu")
    return outputs


def simple_rnn_gradient(dh_of_steps, dh, recurrent_kernel, first_h, mask, dropout, h, reverse, activation):
    """The results of `simple_rnn_gradient_reference`, by jobs if they support the arrays and the function."""
    dys, first = contiguous(dh_of_steps, dh), (recurrent_kernel, first_h)
    if activation not in ("tanh", "relu") or not all_go_by_jobs([h, *dys, *first, dropout]):
        return simple_rnn_gradient_reference(*dys, *first, mask, dropout, h, reverse, activation)
    results = aligned(h.shape), aligned(recurrent_kernel.shape), None if first_h is None else aligned(first_h.shape)
    arrays = *dys, *first, as_bytes(mask), dropout, h, *results
    run_prepared(simple_rnn_gradient_jobs, arrays, reverse, activation == "relu")
    return results


def simple_rnn_jobs(z, recurrent_kernel, first_h, mask, dropout, h, last_h, reverse, relu):
    """The jobs that set h of all steps and the last h; `first_h`, `mask`, bytes, and `dropout` may be None."""
    batch, _, units = h.shape
    [pack], packed = pack_jobs(recurrent_kernel)
    rows, block_rows = rows_of_a_task(batch)
    job = simple_rnn_steps.job(
        -(-batch // rows), z, packed, NO_ROWS if first_h is None else first_h, NO_BYTES if mask is None else mask,
        NO_STEPS if dropout is None else dropout, h, last_h, scratch(3 * rows * padded(units)),
        int(reverse), int(relu), rows, block_rows, padded(units),
    )  # fmt: skip
    return [pack.preparing(recurrent_kernel), job]


def simple_rnn_gradient_jobs(
    dh_of_steps, dh, recurrent_kernel, first_h, mask, dropout, h, dz, dkernel, first_dh, reverse, relu
):
    """The jobs that set dz, dkernel, and unless it is None the gradient of the first state."""
    batch, steps, units = h.shape
    pack, packed = pack_transposed_jobs(recurrent_kernel)
    rows, block_rows = rows_of_a_task(batch)
    before = aligned((batch, steps, units))
    of_steps, dropout = (NO_STEPS if x is None else x for x in (dh_of_steps, dropout))
    dh, first_h, result = (NO_ROWS if x is None else x for x in (dh, first_h, first_dh))
    job = simple_rnn_gradient_steps.job(
        -(-batch // rows), of_steps, dh, first_h, packed, NO_BYTES if mask is None else mask, dropout,
        h, dz, before, result, scratch(4 * rows * padded(units)),
        int(reverse), int(relu), rows, block_rows, padded(units),
    )  # fmt: skip
    matrices = before.reshape(batch * steps, units), dz.reshape(batch * steps, units)
    return [*pack, job, *state_kernel_gradient_jobs(*matrices, dkernel)]


@task_kernel
def simple_rnn_steps(
    task,
    thread,
    z: floats(3),
    packed: floats(2),
    first_h: floats(2),
    mask: bytes_(2),
    dropout: floats(3),
    h: floats(3),
    last_h: floats(2),
    workspace: floats(2),
    reverse: int,
    relu: int,
    rows_per_task: int,
    block_rows: int,
    state_row: int,
):
    """All steps of some samples."""
    batch, steps, units = h.shape
    first = task * rows_per_task
    rows = min(rows_per_task, batch - first)
    own_h = address(workspace[thread], 0)
    dropped = own_h + 4 * rows_per_task * state_row
    sums = dropped + 4 * rows_per_task * state_row
    begin_states(first_h, first, rows, own_h, state_row, units)
    for step in range(steps):
        time = steps - 1 - step if reverse != 0 else step
        start = address(z, (first * steps + time) * units)
        multiply_states(
            rows, units, units, block_rows, own_h, state_row, dropout, first, 1, dropped, address(packed, 0),
            start, steps * units, sums, state_row,
        )  # fmt: skip
        for row in range(rows):
            row_h, row_sums = own_h + 4 * row * state_row, sums + 4 * row * state_row
            if mask.shape[0] == 0 or mask[first + row, time] != 0:
                if relu != 0:
                    relu_line(units, row_sums, row_h)
                else:
                    tanh_line(units, row_sums, row_h)
            copy_line(row_h, address(h, ((first + row) * steps + step) * units), units)
    end_states(own_h, state_row, first, rows, last_h, units)


@task_kernel
def simple_rnn_gradient_steps(
    task,
    thread,
    dh_of_steps: floats(3),
    dh: floats(2),
    first_h: floats(2),
    packed: floats(2),
    mask: bytes_(2),
    dropout: floats(3),
    h: floats(3),
    dz: floats(3),
    before: floats(3),
    first_dh: floats(2),
    workspace: floats(2),
    reverse: int,
    relu: int,
    rows_per_task: int,
    block_rows: int,
    state_row: int,
):
    """All steps of some samples, from the last to the first; `before` gets the previous h of each, in time order."""
    batch, steps, units = h.shape
    first = task * rows_per_task
    rows = min(rows_per_task, batch - first)
    own_dh = address(workspace[thread], 0)
    passed = own_dh + 4 * rows_per_task * state_row  # dh of samples masked at a step
    product = passed + 4 * rows_per_task * state_row
    own_dz = product + 4 * rows_per_task * state_row
    begin_states(dh, first, rows, own_dh, state_row, units)
    for back in range(steps):
        step = steps - 1 - back
        time = steps - 1 - step if reverse != 0 else step
        for row in range(rows):
            sample = first + row
            line, target = sample * steps + step, sample * steps + time
            row_dh, row_passed = own_dh + 4 * row * state_row, passed + 4 * row * state_row
            row_dz, row_before = own_dz + 4 * row * state_row, address(before, target * units)
            if dh_of_steps.shape[0] > 0:
                add_line(address(dh_of_steps, line * units), row_dh, units)
            state_before(h, first_h, sample, step, row_before, units)
            drop_state_before(row_before, dropout, sample, 1, row_before, units)
            if mask.shape[0] == 0 or mask[sample, time] != 0:
                fill_line(row_passed, units)
                if relu != 0:
                    relu_gradient_line(units, address(h, line * units), row_dh, row_dz)
                else:
                    tanh_gradient_line(units, address(h, line * units), row_dh, row_dz)
            else:
                copy_line(row_dh, row_passed, units)
                fill_line(row_dz, units)
            copy_line(row_dz, address(dz, target * units), units)
        if back < steps - 1 or first_dh.shape[0] > 0:
            multiply_gradients(
                rows, units, units, block_rows, own_dz, state_row, dropout, first, 1, product, address(packed, 0),
                passed, state_row, own_dh,
            )  # fmt: skip
    end_states(own_dh, state_row, first, rows, first_dh, units)
