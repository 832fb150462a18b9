"""The loop of an LSTM backward as jobs; `lstm.py` has the formulas and the reference.

dU = Σ h'ᵀ · dz, and if the loop read x itself dW = Σ xᵀ · dz and db = Σ dz, are sums over all steps of all samples. A
task adds them up while dz is in its cache: dz of some steps, and the factors of these steps' products, stay in its
workspace, and one product adds them to the task's part of the sums. The parts, whose number depends on shapes alone,
are added afterwards. Where they would be too large for the cache, dz and the states are written to memory, and dU is
a separate product.
"""

from typing import NamedTuple

import numpy as np

from minikeras.kernels.addresses import address, floats_at
from minikeras.kernels.blocks import multiply_block
from minikeras.kernels.long_products import add_products_jobs
from minikeras.kernels.memory import aligned
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.products import NO_FLOOR, even_rows, wide_blocks
from minikeras.kernels.recurrence.lines import lstm_gradient_line
from minikeras.kernels.recurrence.lstm import lstm_gradient_reference
from minikeras.kernels.recurrence.lstm_jobs import States
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
    multiply_packed,
    pack_transposed_jobs,
    padded,
    rows_of_task,
    state_kernel_gradient_jobs,
)
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import floats, task_kernel

TERMS = 64  # rows of dz, of some steps of some samples, that one product adds up; backward takes 3 % longer with 128
MAX_PART = 1 << 17  # elements of a part: with Uᵀ and these rows it fits the second-level cache
MAX_PARTS = 16
ONE = np.float32(1)


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


def lstm_gradient_jobs(
    dh_of_steps, dh, dc, recurrent_kernel, first_h, first_c, mask, dropout, h, c, gates,
    dz, dkernel, first_dh, first_dc, reverse,
):  # fmt: skip
    """The jobs that set dz, and unless they are None dkernel and the gradients of the first states.

    `dh_of_steps`, `dh` and `dc` may be None, as may the first states, the mask and the dropout.
    """
    batch, steps, units = h.shape
    groups = 1 if dropout is None else dropout.shape[1]
    arrays = (dh_of_steps, dh, dc), (first_h, first_c, h, c, gates), (first_dh, first_dc)
    if dkernel is None or can_add_parts(0, units):
        targets = [] if dkernel is None else [dkernel]
        return _jobs(*arrays, recurrent_kernel, mask, dropout, reverse, targets, dz=dz)
    before = aligned((batch, steps, groups * units))
    jobs = _jobs(*arrays, recurrent_kernel, mask, dropout, reverse, [], dz=dz, before=before)
    rows_of_all = before.reshape(batch * steps, groups * units), dz.reshape(batch * steps, 4 * units)
    return [*jobs, *state_kernel_gradient_jobs(*rows_of_all, dkernel)]


def lstm_and_input_gradient_jobs(
    x, kernel, dx, dkernel, dbias, dh_of_steps, dh, dc, recurrent_kernel, first_h, first_c, mask, h, c, gates,
    drecurrent_kernel, first_dh, first_dc, reverse,
):  # fmt: skip
    """The jobs that set the gradients of x, W, b, U and the first states; all but those of W and U may be None."""
    arrays = (dh_of_steps, dh, dc), (first_h, first_c, h, c, gates), (first_dh, first_dc)
    targets = [dkernel, drecurrent_kernel, *([] if dbias is None else [dbias.reshape(1, -1)])]
    return _jobs(*arrays, recurrent_kernel, mask, None, reverse, targets, inputs=(x, kernel, dx))


def can_add_parts(features, units):
    """Whether tasks add up the gradients of W and U themselves."""
    return (features + units + 1) * 4 * units <= MAX_PART


def _jobs(
    dys, states, first_gradients, recurrent_kernel, mask, dropout, reverse, targets, dz=None, before=None, inputs=None
):
    """`targets`: those of the gradients of W, U and b that are wanted, in their order from top to bottom in a part."""
    batch, steps, units = states[2].shape
    groups = 1 if dropout is None else dropout.shape[1]
    x, kernel, dx = (NO_STEPS, None, None) if inputs is None else inputs
    jobs, packed = pack_transposed_jobs(recurrent_kernel, groups)
    input_jobs, packed_inputs = ([], NO_ROWS) if dx is None else pack_transposed_jobs(kernel)
    features, task_rows = x.shape[2], rows_of_task(batch)
    operand_row = padded(features + groups * units + 1)
    block_steps = max(1, min(steps, TERMS // task_rows)) if targets else 1
    more = block_steps * (operand_row + padded(4 * units))
    tasks, loop = loop_of(batch, units, 4, packed, mask, dropout, reverse, groups, 4, more=more)
    groups_per_task = -(-tasks // MAX_PARTS) if targets else 1
    tasks = -(-tasks // groups_per_task)
    height = features + units + int(features > 0)
    parts = aligned((tasks, height, 4 * units)) if targets else NO_STEPS
    block = Block(block_steps, operand_row, groups_per_task * task_rows, even_rows(height, wide_blocks()[0]))
    zeros = np.zeros(max(1, features), np.float32)
    job = lstm_gradient_steps.job(
        tasks, loop, block,
        States(*[NO_ROWS if array is None else array for array in states]),
        Inputs(x, packed_inputs, zeros),
        Dys(NO_STEPS if dys[0] is None else dys[0], *[NO_ROWS if dy is None else dy for dy in dys[1:]]),
        Results(
            *[NO_STEPS if array is None else array for array in (dz, before, dx)], parts,
            *[NO_ROWS if array is None else array for array in first_gradients],
        ),
    )  # fmt: skip
    return [*jobs, *input_jobs, job, *add_products_jobs(parts, *targets)]


class Block(NamedTuple):
    """The steps whose products a task adds up at once."""

    steps: int
    operand_row: int  # the stride of the factors at a step of a sample: x, h for each group, and 1
    samples: int  # of a task
    rows: int  # of the result: the number that the micro-kernel multiplies at once


class Inputs(NamedTuple):
    """x (batch, steps, features), if the loop read it, and Wᵀ packed, if its gradient is wanted."""

    x: floats(3)
    packed: floats(2)
    zeros: floats(1)


class Dys(NamedTuple):
    """The gradients of the outputs; an array is empty if there is none."""

    dh_of_steps: floats(3)
    dh: floats(2)
    dc: floats(2)


class Results(NamedTuple):
    """The gradients to compute; an array is empty if it is not wanted."""

    dz: floats(3)
    before: floats(3)  # (batch, steps, groups · units): the h that was multiplied at each step
    dx: floats(3)
    parts: floats(3)  # (tasks, features + units + 1, 4 · units): a task's part of dW, dU and db
    first_dh: floats(2)
    first_dc: floats(2)


class GradientRows(NamedTuple):
    """The addresses of a task's rows, one for each of its samples, in its workspace."""

    dh: int
    dc: int
    passed: int  # dh of samples masked at a step
    product: int
    dz: int  # of some steps, one after the other
    operands: int  # the factors of the products at these steps


@subroutine
def gradient_rows(loop, block, thread):
    """The `GradientRows` of a thread."""
    start, size = address(loop.workspace[thread], 0), 4 * loop.task_rows * loop.state_row
    dz = start + 4 * size
    operands = dz + 4 * block.steps * loop.task_rows * loop.sums_row
    return GradientRows(start, start + size, start + 2 * size, start + 3 * size, dz, operands)


@task_kernel
def lstm_gradient_steps(
    task, thread, loop: Loop, block: Block, states: States, inputs: Inputs, dys: Dys, results: Results
):
    """All steps of some samples, from the last to the first."""
    own = gradient_rows(loop, block, thread)
    part = 0
    if results.parts.shape[0] > 0:
        part = address(results.parts[task], 0)
        fill_line(part, results.parts[0].size)
    end = min(len(states.h), (task + 1) * block.samples)
    for first in range(task * block.samples, end, loop.task_rows):
        lstm_gradient_of_samples(
            loop, block, states, inputs, dys, results, own, part, first, min(loop.task_rows, end - first)
        )


@subroutine
def lstm_gradient_of_samples(loop, block, states, inputs, dys, results, own, part, first, rows):
    """The same for the samples from `first` on, as many as the micro-kernel multiplies at once."""
    steps, units = states.h.shape[1:]
    fill_line(own.passed, loop.task_rows * loop.state_row)
    begin_states(loop, dys.dh, first, rows, own.dh)
    begin_states(loop, dys.dc, first, rows, own.dc)
    for back in range(steps):
        step = steps - 1 - back
        time = steps - 1 - step if loop.reverse != 0 else step
        kept = back % block.steps * rows
        dz, operands = own.dz + 4 * kept * loop.sums_row, own.operands + 4 * kept * block.operand_row
        for row in range(rows):
            sample, row_dz = first + row, dz + 4 * row * loop.sums_row
            if dys.dh_of_steps.shape[0] > 0:
                dh_of_step = address(dys.dh_of_steps, (sample * steps + step) * units)
                add_line(dh_of_step, own.dh + 4 * row * loop.state_row, units)
            lstm_gradient_row(loop, states, own, row_dz, sample, row, step, time)
            if results.dz.shape[0] > 0:
                copy_line(row_dz, address(results.dz, (sample * steps + time) * 4 * units), 4 * units)
            if results.before.shape[0] > 0:
                before = address(results.before, (sample * steps + time) * loop.groups * units)
                keep_state_before(loop, states.h, states.first_h, sample, step, before, own.product)
            elif part:
                keep_operand(
                    loop, states, inputs, sample, step, time, operands + 4 * row * block.operand_row, own.product
                )
        if back < steps - 1 or results.first_dh.shape[0] > 0:
            multiply_gradients(loop, first, rows, 4 * units, dz, own.product, own.passed, own.dh)
        if results.dx.shape[0] > 0:
            features = results.dx.shape[2]
            multiply_packed(
                loop, rows, features, 4 * units, dz, loop.sums_row, address(inputs.packed, 0),
                address(inputs.zeros, 0), 0, address(results.dx, (first * steps + time) * features), steps * features,
            )  # fmt: skip
        if part and (back % block.steps == block.steps - 1 or back == steps - 1):
            add_to_part(loop, block, own, part, inputs.x.shape[2], kept + rows)
    end_states(loop, own.dh, first, rows, results.first_dh)
    end_states(loop, own.dc, first, rows, results.first_dc)


@subroutine
def lstm_gradient_row(loop, states, own, row_dz, sample, row, step, time):
    """dz of one step of a sample, and dc of the step before; a masked step passes dh on."""
    steps, units = states.h.shape[1:]
    line = sample * steps + step
    row_dh, row_dc = own.dh + 4 * row * loop.state_row, own.dc + 4 * row * loop.state_row
    row_passed = own.passed + 4 * row * loop.state_row
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


@subroutine
def keep_operand(loop, states, inputs, sample, step, time, target, spare):
    """Copy the factors at a step of a sample to the address `target`: x if the loop read it, h, and 1 for b."""
    features = inputs.x.shape[2]
    if features > 0:
        copy_line(address(inputs.x, (sample * states.h.shape[1] + time) * features), target, features)
        floats_at(target, features + loop.units + 1)[features + loop.units] = ONE
    keep_state_before(loop, states.h, states.first_h, sample, step, target + 4 * features, spare)


@subroutine
def add_to_part(loop, block, own, part, features, terms):
    """part += operandsᵀ · dz over some terms; each group of U's columns by its own operands."""
    width, height = 4 * loop.units, features + loop.units
    if features > 0:
        height += 1
    columns = width // loop.groups
    for group in range(loop.groups):
        operands, end = own.operands + 4 * group * loop.units, (group + 1) * columns
        for row in range(0, height, block.rows):
            for column in range(group * columns, end, loop.panel):
                place = part + 4 * (row * width + column)
                multiply_block(
                    min(block.rows, height - row), min(loop.panel, end - column),
                    operands + 4 * row, 1, block.operand_row, 0,
                    own.dz + 4 * column, loop.sums_row, 0, terms, 1, place, width, place, width, NO_FLOOR,
                )  # fmt: skip
