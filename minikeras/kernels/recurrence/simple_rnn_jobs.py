"""The plain recurrence, with tanh or relu, as jobs; `simple_rnn.py` has the formulas and the reference."""

from minikeras.kernels.addresses import address
from minikeras.kernels.memory import aligned
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.recurrence.lines import relu_gradient_line, relu_line, tanh_gradient_line, tanh_line
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
from minikeras.kernels.recurrence.simple_rnn import simple_rnn_gradient_reference, simple_rnn_reference
from minikeras.kernels.tasks import floats, task_kernel


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
    tasks, loop = loop_of(batch, units, 1, packed, mask, dropout, reverse, groups=1, state_rows=2)
    job = simple_rnn_steps.job(tasks, loop, z, NO_ROWS if first_h is None else first_h, h, last_h, int(relu))
    return [pack, job]


def simple_rnn_gradient_jobs(
    dh_of_steps, dh, recurrent_kernel, first_h, mask, dropout, h, dz, dkernel, first_dh, reverse, relu
):
    """The jobs that set dz, dkernel, and unless it is None the gradient of the first state."""
    batch, steps, units = h.shape
    pack, packed = pack_transposed_jobs(recurrent_kernel)
    tasks, loop = loop_of(batch, units, 1, packed, mask, dropout, reverse, groups=1, state_rows=3)
    before = aligned((batch, steps, units))
    of_steps = NO_STEPS if dh_of_steps is None else dh_of_steps
    dh, first_h, result = (NO_ROWS if x is None else x for x in (dh, first_h, first_dh))
    job = simple_rnn_gradient_steps.job(tasks, loop, first_h, h, of_steps, dh, dz, before, result, int(relu))
    matrices = before.reshape(batch * steps, units), dz.reshape(batch * steps, units)
    return [*pack, job, *state_kernel_gradient_jobs(*matrices, dkernel)]


@task_kernel
def simple_rnn_steps(
    task, thread, loop: Loop, z: floats(3), first_h: floats(2), h: floats(3), last_h: floats(2), relu: int
):
    """All steps of some samples."""
    batch, steps, units = h.shape
    first = task * loop.task_rows
    rows, state_row = min(loop.task_rows, batch - first), loop.state_row
    own_h = address(loop.workspace[thread], 0)
    dropped = own_h + 4 * loop.task_rows * state_row
    sums = dropped + 4 * loop.task_rows * state_row
    begin_states(loop, first_h, first, rows, own_h)
    for step in range(steps):
        time = steps - 1 - step if loop.reverse != 0 else step
        start = address(z, (first * steps + time) * units)
        multiply_states(loop, first, rows, units, own_h, dropped, start, steps * units, sums)
        for row in range(rows):
            row_h, row_sums = own_h + 4 * row * state_row, sums + 4 * row * state_row
            if is_unmasked(loop, first + row, time):
                if relu != 0:
                    relu_line(units, row_sums, row_h)
                else:
                    tanh_line(units, row_sums, row_h)
            copy_line(row_h, address(h, ((first + row) * steps + step) * units), units)
    end_states(loop, own_h, first, rows, last_h)


@task_kernel
def simple_rnn_gradient_steps(
    task, thread, loop: Loop, first_h: floats(2), h: floats(3), dh_of_steps: floats(3), dh: floats(2),
    dz: floats(3), before: floats(3), first_dh: floats(2), relu: int,
):  # fmt: skip
    """All steps of some samples, from the last to the first; `before` gets the previous h of each, in time order."""
    batch, steps, units = h.shape
    first = task * loop.task_rows
    rows, state_row = min(loop.task_rows, batch - first), loop.state_row
    own_dh = address(loop.workspace[thread], 0)
    passed = own_dh + 4 * loop.task_rows * state_row  # dh of samples masked at a step
    product = passed + 4 * loop.task_rows * state_row
    own_dz = product + 4 * loop.task_rows * state_row
    begin_states(loop, dh, first, rows, own_dh)
    for back in range(steps):
        step = steps - 1 - back
        time = steps - 1 - step if loop.reverse != 0 else step
        for row in range(rows):
            sample = first + row
            line, target = sample * steps + step, sample * steps + time
            row_dh, row_passed = own_dh + 4 * row * state_row, passed + 4 * row * state_row
            row_dz, row_before = own_dz + 4 * row * state_row, address(before, target * units)
            if dh_of_steps.shape[0] > 0:
                add_line(address(dh_of_steps, line * units), row_dh, units)
            state_before(h, first_h, sample, step, row_before, units)
            drop_state_before(loop, row_before, sample, row_before)
            if is_unmasked(loop, sample, time):
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
            multiply_gradients(loop, first, rows, units, own_dz, product, passed, own_dh)
    end_states(loop, own_dh, first, rows, first_dh)
