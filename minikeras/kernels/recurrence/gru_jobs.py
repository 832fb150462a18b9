"""The loop of gated recurrent units as jobs; `gru.py` has the formulas and the reference.

`reset_after=False` is computed by the reference. Separate jobs for it, with two products in each step, needed 210
lines, and 0.5 to 0.6 times its time (GRU(64), GRU(128)); the reference takes a quarter of TensorFlow's time.
"""

import numpy as np

from minikeras.kernels.addresses import address
from minikeras.kernels.memory import aligned
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.recurrence.gru import gru_gradient_reference, gru_reference
from minikeras.kernels.recurrence.lines import gru_gradient_line, gru_line
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
from minikeras.kernels.tasks import floats, task_kernel


def gru(z, recurrent_kernel, bias, h, mask, dropout, reset_after, reverse, *functions):
    """(h, the last h, gates, inner), see `gru_reference`: by jobs if they support the arrays and functions."""
    usual = reset_after and functions == ("tanh", "sigmoid")
    inputs = [z, recurrent_kernel, bias, h]
    if not usual or not all_go_by_jobs([*inputs, dropout]):
        h, gates, inner = gru_reference(*inputs, mask, dropout, reset_after, reverse, *functions)
        return h, h[:, -1].copy(), gates, inner
    batch, steps, units = *z.shape[:2], recurrent_kernel.shape[0]
    shapes = (batch, steps, units), (batch, units), z.shape, (batch, steps, units)
    outputs = tuple([aligned(shape) for shape in shapes])
    run_prepared(gru_jobs, (*inputs, as_bytes(mask), dropout, *outputs), reverse)
    return outputs


def gru_gradient(dh_of_steps, dh, recurrent_kernel, first_h, mask, dropout, h, gates, inner, *settings):
    """The results of `gru_gradient_reference`, by jobs if they support the arrays and functions."""
    reset_after, reverse, *functions = settings
    dys, first = contiguous(dh_of_steps, dh), (recurrent_kernel, first_h)
    usual = reset_after and functions == ["tanh", "sigmoid"]
    if not usual or not all_go_by_jobs([gates, h, inner, *dys, *first, dropout]):
        return gru_gradient_reference(*dys, *first, mask, dropout, h, gates, inner, *settings)
    results = [aligned(gates.shape), aligned(recurrent_kernel.shape), aligned(gates.shape[-1:])]
    of_first = None if first_h is None else aligned(first_h.shape)
    arrays = *dys, *first, as_bytes(mask), dropout, h, gates, inner, *results, of_first
    run_prepared(gru_gradient_jobs, arrays, reverse)
    return *results, of_first


def gru_jobs(z, recurrent_kernel, bias, first_h, mask, dropout, h, last_h, gates, inner, reverse):
    """The jobs that set h, gates and inner of all steps, and the last h, for tanh and the sigmoid.

    `bias` (3 · units), `first_h` (batch, units), `mask` (batch, steps), bytes, and `dropout` (batch, 3, units) may be
    None.
    """
    batch, _, units = h.shape
    groups = 1 if dropout is None else dropout.shape[1]
    [pack], packed = pack_jobs(recurrent_kernel, groups=groups)
    tasks, loop = loop_of(batch, units, 3, packed, mask, dropout, reverse, groups, state_rows=2)
    bias = np.zeros(3 * units, np.float32) if bias is None else bias
    job = gru_steps.job(tasks, loop, z, bias, NO_ROWS if first_h is None else first_h, h, gates, inner, last_h)
    return [pack, job]


def gru_gradient_jobs(
    dh_of_steps, dh, recurrent_kernel, first_h, mask, dropout, h, gates, inner, dz, dkernel, dbias, first_dh, reverse
):
    """The jobs that set dz, dkernel, and unless they are None dbias and the gradient of the first state.

    `dh_of_steps`, `dh`, the first state, the mask and the dropout may be None.
    """
    batch, steps, units = h.shape
    groups = 1 if dropout is None else dropout.shape[1]
    pack, packed = pack_transposed_jobs(recurrent_kernel, groups)
    tasks, loop = loop_of(batch, units, 3, packed, mask, dropout, reverse, groups, state_rows=3)
    before, dsums = aligned((batch, steps, groups * units)), aligned((batch, steps, 3 * units))
    of_steps = NO_STEPS if dh_of_steps is None else dh_of_steps
    dh, first_h, result = (NO_ROWS if x is None else x for x in (dh, first_h, first_dh))
    job = gru_gradient_steps.job(
        tasks, loop, first_h, h, gates, inner, of_steps, dh, dz, dsums, before, result
    )  # fmt: skip
    matrices = before.reshape(batch * steps, groups * units), dsums.reshape(batch * steps, 3 * units)
    return [*pack, job, *state_kernel_gradient_jobs(*matrices, dkernel, dbias)]


@task_kernel
def gru_steps(
    task, thread, loop: Loop, z: floats(3), bias: floats(1), first_h: floats(2),
    h: floats(3), gates: floats(3), inner: floats(3), last_h: floats(2),
):  # fmt: skip
    """All steps of some samples."""
    batch, steps, units = h.shape
    width, state_row = 3 * units, loop.state_row
    first = task * loop.task_rows
    rows = min(loop.task_rows, batch - first)
    own_h = address(loop.workspace[thread], 0)
    dropped = own_h + 4 * loop.task_rows * state_row
    sums = dropped + 4 * loop.task_rows * state_row
    begin_states(loop, first_h, first, rows, own_h)
    for step in range(steps):
        time = steps - 1 - step if loop.reverse != 0 else step
        multiply_states(loop, first, rows, width, own_h, dropped, address(bias, 0), 0, sums)
        for row in range(rows):
            line, source = (first + row) * steps + step, (first + row) * steps + time
            row_h = own_h + 4 * row * state_row
            if is_unmasked(loop, first + row, time):
                gru_line(
                    units, address(z, source * width), sums + 4 * row * loop.sums_row, row_h,
                    address(gates, source * width), address(inner, source * units), row_h,
                )  # fmt: skip
            copy_line(row_h, address(h, line * units), units)
    end_states(loop, own_h, first, rows, last_h)


@task_kernel
def gru_gradient_steps(
    task, thread, loop: Loop, first_h: floats(2), h: floats(3), gates: floats(3), inner: floats(3),
    dh_of_steps: floats(3), dh: floats(2), dz: floats(3), dsums: floats(3), before: floats(3), first_dh: floats(2),
):  # fmt: skip
    """Computes all steps of some samples, from the last to the first.

    `before` gets the previous h of each step, dsums the gradient of h · U + bias; both in time order, like dz.
    """
    batch, steps, units = h.shape
    width, state_row = 3 * units, loop.state_row
    first = task * loop.task_rows
    rows = min(loop.task_rows, batch - first)
    own_dh = address(loop.workspace[thread], 0)
    passed = own_dh + 4 * loop.task_rows * state_row  # the previous state's gradient that bypasses the products
    product = passed + 4 * loop.task_rows * state_row
    own_dsums = product + 4 * loop.task_rows * state_row
    begin_states(loop, dh, first, rows, own_dh)
    for back in range(steps):
        step = steps - 1 - back
        time = steps - 1 - step if loop.reverse != 0 else step
        for row in range(rows):
            sample = first + row
            line, target = sample * steps + step, sample * steps + time
            row_dh, row_passed = own_dh + 4 * row * state_row, passed + 4 * row * state_row
            row_dsums = own_dsums + 4 * row * loop.sums_row
            if dh_of_steps.shape[0] > 0:
                add_line(address(dh_of_steps, line * units), row_dh, units)
            kept_before = address(before, target * loop.groups * units)
            row_before = keep_state_before(loop, h, first_h, sample, step, kept_before, product)
            if is_unmasked(loop, sample, time):
                gru_gradient_line(
                    units, address(gates, target * width), address(inner, target * units), row_before, row_dh,
                    address(dz, target * width), row_dsums, row_passed,
                )  # fmt: skip
            else:
                copy_line(row_dh, row_passed, units)
                fill_line(row_dsums, width)
                fill_line(address(dz, target * width), width)
            copy_line(row_dsums, address(dsums, target * width), width)
        if back < steps - 1 or first_dh.shape[0] > 0:
            multiply_gradients(loop, first, rows, width, own_dsums, product, passed, own_dh)
    end_states(loop, own_dh, first, rows, first_dh)
