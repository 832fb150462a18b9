"""The loop of gated recurrent units whose reset gate acts before the product, `reset_after=False`, as jobs.

The candidate needs r · h first, so each step has two products, and each step back too. U's three groups of columns are
packed one by one. `gru.py` has the formulas and the reference.
"""

from typing import NamedTuple

import numpy as np

from minikeras.kernels.addresses import address
from minikeras.kernels.memory import aligned
from minikeras.kernels.products import product_jobs
from minikeras.kernels.recurrence.lines import (
    gru_candidate_gradient_line,
    gru_candidate_line,
    gru_reset_gradient_line,
    gru_reset_line,
)
from minikeras.kernels.recurrence.products import (
    NO_ROWS,
    NO_STEPS,
    Loop,
    add_line,
    begin_states,
    copy_line,
    drop_state_before,
    end_states,
    factors_of,
    fill_line,
    is_unmasked,
    loop_of,
    multiply_gradients,
    multiply_packed,
    multiply_states,
    pack_jobs,
    pack_transposed_jobs,
    scaled_line,
    state_before,
)
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, task_kernel

FIRST_GATES = 2  # the groups of U's columns in the first product of a step: update and reset gate


def gru_before_jobs(z, recurrent_kernel, bias, first_h, mask, dropout, h, last_h, gates, inner, reverse):
    """The jobs that set h, gates and inner of all steps, and the last h; see `gru_jobs`."""
    batch, _, units = h.shape
    [pack], packed = pack_jobs(recurrent_kernel, groups=3)
    tasks, loop = loop_of(batch, units, 3, packed, mask, dropout, reverse, FIRST_GATES, state_rows=2)
    bias = np.zeros(3 * units, np.float32) if bias is None else bias
    job = gru_before_steps.job(tasks, loop, z, bias, NO_ROWS if first_h is None else first_h, h, gates, inner, last_h)
    return [pack, job]


def gru_before_gradient_jobs(
    dh_of_steps, dh, recurrent_kernel, first_h, mask, dropout, h, gates, inner, dz, dkernel, dbias, first_dh, reverse
):
    """The jobs that set dz, dkernel, and unless they are None dbias and the gradient of the first state."""
    batch, steps, units = h.shape
    pack, packed = pack_transposed_jobs(recurrent_kernel, 3)
    tasks, loop = loop_of(batch, units, 3, packed, mask, dropout, reverse, FIRST_GATES, state_rows=4)
    copies = 1 if dropout is None else 2  # of the states before, each with the dropout of one gate
    before = aligned((batch, steps, copies * units))
    of_steps = NO_STEPS if dh_of_steps is None else dh_of_steps
    dh, first_h, result = (NO_ROWS if x is None else x for x in (dh, first_h, first_dh))
    job = gru_before_gradient_steps.job(
        tasks, loop, first_h, h, gates, of_steps, dh, dz, before, result, copies
    )  # fmt: skip
    before, inner, dz = (x.reshape(batch * steps, -1) for x in (before, inner, dz))
    jobs = [] if dbias is None else product_jobs(np.ones((1, len(dz)), np.float32), dz, dbias.reshape(1, -1))
    for gate, states in enumerate((before[:, :units], before[:, -units:], inner)):
        columns = slice(gate * units, (gate + 1) * units)
        jobs += product_jobs(states.T, dz[:, columns], dkernel[:, columns])
    return [*pack, job, *jobs]


@task_kernel
def gru_before_steps(
    task, thread, loop: Loop, z: floats(3), bias: floats(1), first_h: floats(2),
    h: floats(3), gates: floats(3), inner: floats(3), last_h: floats(2),
):  # fmt: skip
    """All steps of some samples."""
    batch, steps, units = h.shape
    width, state_row = 3 * units, loop.state_row
    first = task * loop.task_rows
    rows = min(loop.task_rows, batch - first)
    own_h = address(loop.workspace[thread], 0)
    operand = own_h + 4 * loop.task_rows * state_row  # h with dropout, then r · h
    sums = operand + 4 * loop.task_rows * state_row
    candidate = candidate_kernel(loop)
    begin_states(loop, first_h, first, rows, own_h)
    for step in range(steps):
        time = steps - 1 - step if loop.reverse != 0 else step
        multiply_states(loop, first, rows, 2 * units, own_h, operand, address(bias, 0), 0, sums)
        for row in range(rows):
            sample = first + row
            source, row_operand = sample * steps + time, operand + 4 * row * state_row
            gru_reset_line(
                units, address(z, source * width), sums + 4 * row * loop.sums_row, own_h + 4 * row * state_row,
                address(gates, source * width), row_operand,
            )  # fmt: skip
            if loop.dropout.shape[0] > 0:
                scaled_line(row_operand, factors_of(loop, sample, 2), row_operand, units)
            copy_line(row_operand, address(inner, source * units), units)
        multiply_packed(
            loop, rows, units, units, operand, state_row, candidate, address(bias, 2 * units), 0,
            sums, loop.sums_row,
        )  # fmt: skip
        for row in range(rows):
            sample = first + row
            source, row_h = sample * steps + time, own_h + 4 * row * state_row
            if is_unmasked(loop, sample, time):
                gru_candidate_line(
                    units, address(z, source * width + 2 * units), sums + 4 * row * loop.sums_row,
                    address(gates, source * width), row_h, address(gates, source * width + 2 * units), row_h,
                )  # fmt: skip
            copy_line(row_h, address(h, (sample * steps + step) * units), units)
    end_states(loop, own_h, first, rows, last_h)


class GradientRows(NamedTuple):
    """The addresses of a task's rows, one for each of its samples, in its workspace."""

    dh: int
    passed: int  # the previous state's gradient that bypasses the products
    product: int
    before: int  # the previous states
    dz: int


@subroutine
def gradient_rows(loop, thread):
    """The `GradientRows` of a thread."""
    start, size = address(loop.workspace[thread], 0), 4 * loop.task_rows * loop.state_row
    return GradientRows(start, start + size, start + 2 * size, start + 3 * size, start + 4 * size)


@task_kernel
def gru_before_gradient_steps(
    task, thread, loop: Loop, first_h: floats(2), h: floats(3), gates: floats(3), dh_of_steps: floats(3), dh: floats(2),
    dz: floats(3), before: floats(3), first_dh: floats(2), copies: int,
):  # fmt: skip
    """All steps of some samples, from the last to the first; `before` gets the previous h of each, in time order."""
    batch, steps, units = h.shape
    state_row = loop.state_row
    first = task * loop.task_rows
    rows = min(loop.task_rows, batch - first)
    own = gradient_rows(loop, thread)
    begin_states(loop, dh, first, rows, own.dh)
    for back in range(steps):
        step = steps - 1 - back
        time = steps - 1 - step if loop.reverse != 0 else step
        for row in range(rows):
            sample, row_before = first + row, own.before + 4 * row * state_row
            if dh_of_steps.shape[0] > 0:
                add_line(address(dh_of_steps, (sample * steps + step) * units), own.dh + 4 * row * state_row, units)
            state_before(h, first_h, sample, step, row_before, units)
            kept_before = address(before, (sample * steps + time) * copies * units)
            if loop.dropout.shape[0] > 0:
                drop_state_before(loop, row_before, sample, kept_before)
            else:
                copy_line(row_before, kept_before, units)
            candidate_gradient_row(loop, gates, own, sample, row, time)
        fill_line(own.product, rows * state_row)
        multiply_packed(
            loop, rows, units, units, own.dz + 8 * units, loop.sums_row, candidate_kernel(loop),
            own.product, state_row, own.product, state_row,
        )  # fmt: skip
        for row in range(rows):
            reset_gradient_row(loop, gates, own, first + row, row, time)
            target = address(dz, ((first + row) * steps + time) * 3 * units)
            copy_line(own.dz + 4 * row * loop.sums_row, target, 3 * units)
        if back < steps - 1 or first_dh.shape[0] > 0:
            multiply_gradients(loop, first, rows, 2 * units, own.dz, own.product, own.passed, own.dh)
    end_states(loop, own.dh, first, rows, first_dh)


@subroutine
def candidate_gradient_row(loop, gates, own, sample, row, time):
    """dz of the update gate and the candidate at one step of a sample; a masked step passes dh on."""
    units, row_gates = loop.units, address(gates, (sample * gates.shape[1] + time) * 3 * loop.units)
    row_dz, row_of_states = own.dz + 4 * row * loop.sums_row, 4 * row * loop.state_row
    if is_unmasked(loop, sample, time):
        gru_candidate_gradient_line(
            units, row_gates, row_gates + 8 * units, own.before + row_of_states, own.dh + row_of_states,
            row_dz, row_dz + 8 * units, own.passed + row_of_states,
        )  # fmt: skip
    else:
        copy_line(own.dh + row_of_states, own.passed + row_of_states, units)
        fill_line(row_dz, 3 * units)


@subroutine
def reset_gradient_row(loop, gates, own, sample, row, time):
    """dz of the reset gate, from the product of the candidate's dz and U; nothing is done at a masked step."""
    if is_unmasked(loop, sample, time):
        units, row_of_states = loop.units, 4 * row * loop.state_row
        product, passed = own.product + row_of_states, own.passed + row_of_states
        if loop.dropout.shape[0] > 0:
            scaled_line(product, factors_of(loop, sample, 2), product, units)
        gru_reset_gradient_line(
            units, address(gates, ((sample * gates.shape[1] + time) * 3 + 1) * units), own.before + row_of_states,
            product, passed, own.dz + 4 * (row * loop.sums_row + units), passed,
        )  # fmt: skip


@subroutine
def candidate_kernel(loop):
    """The address of U's packed columns for the candidate, behind those of both gates."""
    panels = (loop.units + loop.panel - 1) // loop.panel
    return address(loop.packed, 0) + 8 * panels * loop.panel * loop.units
