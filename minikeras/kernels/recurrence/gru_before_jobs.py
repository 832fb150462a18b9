"""The loop of gated recurrent units whose reset gate acts before the product, `reset_after=False`, as jobs.

The candidate needs r · h first, so each step has two products, and each step back too. U's three groups of columns are
packed one by one. `gru.py` has the formulas and the reference.
"""

import numpy as np

from minikeras.kernels.addresses import address
from minikeras.kernels.memory import aligned, scratch
from minikeras.kernels.products import PANEL, product_jobs
from minikeras.kernels.recurrence.lines import (
    gru_candidate_gradient_line,
    gru_candidate_line,
    gru_reset_gradient_line,
    gru_reset_line,
)
from minikeras.kernels.recurrence.products import (
    NO_BYTES,
    NO_ROWS,
    NO_STEPS,
    add_line,
    begin_states,
    copy_line,
    drop_state_before,
    end_states,
    fill_line,
    multiply_gradients,
    multiply_packed,
    multiply_states,
    pack_jobs,
    pack_transposed_jobs,
    padded,
    rows_of_a_task,
    scaled_line,
    state_before,
)
from minikeras.kernels.tasks import bytes_, floats, task_kernel


def gru_before_jobs(z, recurrent_kernel, bias, first_h, mask, dropout, h, last_h, gates, inner, reverse):
    """The jobs that set h, gates and inner of all steps, and the last h; see `gru_jobs`."""
    batch, _, units = h.shape
    ([pack], packed), (rows, block_rows) = pack_jobs(recurrent_kernel, 3), rows_of_a_task(batch)
    workspace = scratch(rows * (2 * padded(units) + padded(3 * units)))
    bias = np.zeros(3 * units, np.float32) if bias is None else bias
    job = gru_before_steps.job(
        -(-batch // rows), z, packed, bias, NO_ROWS if first_h is None else first_h, NO_BYTES if mask is None else mask,
        NO_STEPS if dropout is None else dropout, h, last_h, gates, inner, workspace,
        int(reverse), rows, block_rows, padded(units), padded(3 * units),
    )  # fmt: skip
    return [pack.preparing(recurrent_kernel), job]


def gru_before_gradient_jobs(
    dh_of_steps, dh, recurrent_kernel, first_h, mask, dropout, h, gates, inner, dz, dkernel, dbias, first_dh, reverse
):
    """The jobs that set dz, dkernel, and unless they are None dbias and the gradient of the first state."""
    batch, steps, units = h.shape
    (pack, packed), (rows, block_rows) = pack_transposed_jobs(recurrent_kernel, 3), rows_of_a_task(batch)
    workspace = scratch(rows * (4 * padded(units) + padded(3 * units)))
    copies = 1 if dropout is None else 2  # of the states before, each with the dropout of one gate
    before = aligned((batch, steps, copies * units))
    of_steps, dropout = (NO_STEPS if x is None else x for x in (dh_of_steps, dropout))
    dh, first_h, result = (NO_ROWS if x is None else x for x in (dh, first_h, first_dh))
    job = gru_before_gradient_steps.job(
        -(-batch // rows), of_steps, dh, first_h, packed, NO_BYTES if mask is None else mask, dropout, h, gates, dz,
        before, result, workspace, int(reverse), copies, rows, block_rows, padded(units), padded(3 * units),
    )  # fmt: skip
    before, inner, dz = (x.reshape(batch * steps, -1) for x in (before, inner, dz))
    jobs = [] if dbias is None else product_jobs(np.ones((1, len(dz)), np.float32), dz, dbias.reshape(1, -1))
    for gate, states in enumerate((before[:, :units], before[:, -units:], inner)):
        columns = slice(gate * units, (gate + 1) * units)
        jobs += product_jobs(states.T, dz[:, columns], dkernel[:, columns])
    return [*pack, job, *jobs]


@task_kernel
def gru_before_steps(
    task,
    thread,
    z: floats(3),
    packed: floats(2),
    bias: floats(1),
    first_h: floats(2),
    mask: bytes_(2),
    dropout: floats(3),
    h: floats(3),
    last_h: floats(2),
    gates: floats(3),
    inner: floats(3),
    workspace: floats(2),
    reverse: int,
    rows_per_task: int,
    block_rows: int,
    state_row: int,
    sums_row: int,
):
    """All steps of some samples."""
    batch, steps, units = h.shape
    width, panels = 3 * units, (units + PANEL - 1) // PANEL
    first = task * rows_per_task
    rows = min(rows_per_task, batch - first)
    own_h = address(workspace[thread], 0)
    operand = own_h + 4 * rows_per_task * state_row  # h with dropout, then r · h
    sums = operand + 4 * rows_per_task * state_row
    begin_states(first_h, first, rows, own_h, state_row, units)
    for step in range(steps):
        time = steps - 1 - step if reverse != 0 else step
        multiply_states(
            rows, 2 * units, units, block_rows, own_h, state_row, dropout, first, 2, operand, address(packed, 0),
            address(bias, 0), 0, sums, sums_row,
        )  # fmt: skip
        for row in range(rows):
            sample = first + row
            source, row_operand = sample * steps + time, operand + 4 * row * state_row
            gru_reset_line(
                units, address(z, source * width), sums + 4 * row * sums_row, own_h + 4 * row * state_row,
                address(gates, source * width), row_operand,
            )  # fmt: skip
            if dropout.shape[0] > 0:
                scaled_line(row_operand, address(dropout, (sample * 3 + 2) * units), row_operand, units)
            copy_line(row_operand, address(inner, source * units), units)
        multiply_packed(
            rows, units, units, block_rows, operand, state_row, address(packed, 0) + 8 * panels * PANEL * units,
            address(bias, 2 * units), 0, sums, sums_row,
        )  # fmt: skip
        for row in range(rows):
            sample = first + row
            source, row_h = sample * steps + time, own_h + 4 * row * state_row
            if mask.shape[0] == 0 or mask[sample, time] != 0:
                gru_candidate_line(
                    units, address(z, source * width + 2 * units), sums + 4 * row * sums_row,
                    address(gates, source * width), row_h, address(gates, source * width + 2 * units), row_h,
                )  # fmt: skip
            copy_line(row_h, address(h, (sample * steps + step) * units), units)
    end_states(own_h, state_row, first, rows, last_h, units)


@task_kernel
def gru_before_gradient_steps(
    task,
    thread,
    dh_of_steps: floats(3),
    dh: floats(2),
    first_h: floats(2),
    packed: floats(2),
    mask: bytes_(2),
    dropout: floats(3),
    h: floats(3),
    gates: floats(3),
    dz: floats(3),
    before: floats(3),
    first_dh: floats(2),
    workspace: floats(2),
    reverse: int,
    copies: int,
    rows_per_task: int,
    block_rows: int,
    state_row: int,
    sums_row: int,
):
    """All steps of some samples, from the last to the first; `before` gets the previous h of each, in time order."""
    batch, steps, units = h.shape
    width, panels = 3 * units, (units + PANEL - 1) // PANEL
    first = task * rows_per_task
    rows = min(rows_per_task, batch - first)
    own_dh = address(workspace[thread], 0)
    passed = own_dh + 4 * rows_per_task * state_row  # the previous state's gradient that bypasses the products
    product = passed + 4 * rows_per_task * state_row
    own_before = product + 4 * rows_per_task * state_row
    own_dz = own_before + 4 * rows_per_task * state_row
    begin_states(dh, first, rows, own_dh, state_row, units)
    for back in range(steps):
        step = steps - 1 - back
        time = steps - 1 - step if reverse != 0 else step
        for row in range(rows):
            sample = first + row
            target = sample * steps + time
            row_dh, row_passed = own_dh + 4 * row * state_row, passed + 4 * row * state_row
            row_dz, row_before = own_dz + 4 * row * sums_row, own_before + 4 * row * state_row
            if dh_of_steps.shape[0] > 0:
                add_line(address(dh_of_steps, (sample * steps + step) * units), row_dh, units)
            state_before(h, first_h, sample, step, row_before, units)
            if dropout.shape[0] > 0:
                drop_state_before(row_before, dropout, sample, 2, address(before, target * copies * units), units)
            else:
                copy_line(row_before, address(before, target * units), units)
            if mask.shape[0] == 0 or mask[sample, time] != 0:
                gru_candidate_gradient_line(
                    units, address(gates, target * width), address(gates, target * width + 2 * units), row_before,
                    row_dh, row_dz, row_dz + 8 * units, row_passed,
                )  # fmt: skip
            else:
                copy_line(row_dh, row_passed, units)
                fill_line(row_dz, width)
        fill_line(product, rows * state_row)
        multiply_packed(
            rows, units, units, block_rows, own_dz + 8 * units, sums_row,
            address(packed, 0) + 8 * panels * PANEL * units, product, state_row, product, state_row,
        )  # fmt: skip
        for row in range(rows):
            sample = first + row
            target = sample * steps + time
            row_dz, row_product = own_dz + 4 * row * sums_row, product + 4 * row * state_row
            row_passed = passed + 4 * row * state_row
            if mask.shape[0] == 0 or mask[sample, time] != 0:
                if dropout.shape[0] > 0:
                    scaled_line(row_product, address(dropout, (sample * 3 + 2) * units), row_product, units)
                gru_reset_gradient_line(
                    units, address(gates, target * width + units), own_before + 4 * row * state_row, row_product,
                    row_passed, row_dz + 4 * units, row_passed,
                )  # fmt: skip
            copy_line(row_dz, address(dz, target * width), width)
        if back < steps - 1 or first_dh.shape[0] > 0:
            multiply_gradients(
                rows, 2 * units, units, block_rows, own_dz, sums_row, dropout, first, 2, product, address(packed, 0),
                passed, state_row, own_dh,
            )  # fmt: skip
    end_states(own_dh, state_row, first, rows, first_dh, units)
