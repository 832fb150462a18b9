"""The products of recurrent jobs: small batches with a recurrent kernel that is packed once for all steps.

A task processes some samples through all steps, so threads never wait for each other. The packed kernel stays in the
second-level cache, in panels of 48 columns with AVX-512: LSTM(128) on 100 × 32 takes 2.2 ms forward and 3.7 backward
instead of 2.5 and 4.7 with 32 (16 samples, one core of an Ice Lake). The states and sums of a task's samples lie in
its workspace, close together for any number of steps, since rows of a (batch, steps, units) array often map to the same
cache sets.
"""

from typing import NamedTuple

import numpy as np

from minikeras.config import threads
from minikeras.kernels.addresses import address, floats_at
from minikeras.kernels.blocks import LANES, copy_block, multiply_block
from minikeras.kernels.dense import dense_kernel_gradient_jobs
from minikeras.kernels.memory import aligned, scratch
from minikeras.kernels.products import NO_FLOOR, even_rows, pack_panel, product_jobs, wide_blocks
from minikeras.kernels.registry import subroutine
from minikeras.kernels.tasks import bytes_, floats, pointer, should_use_jobs, task_kernel

MAX_ROWS = 14  # per task: one block of the micro-kernel, so that threads find tasks to take over
ZERO = np.float32(0)
NO_BYTES = np.zeros((0, 0), np.uint8)
NO_ROWS = np.zeros((0, 0), np.float32)
NO_STEPS = np.zeros((0, 0, 0), np.float32)


class Loop(NamedTuple):
    """The parameters of the steps of all recurrent kernels, forward and backward; missing arrays are empty.

    A task's workspace holds the states of its samples in rows of `state_row` values, and their sums in rows of
    `sums_row`; `row`, `rows` below count the samples of a task.
    """

    packed: floats(2)  # U, see `pack_jobs`; transposed backward
    mask: bytes_(2)  # (batch, steps)
    dropout: floats(3)  # (batch, gates, units): the factors of the state
    workspace: floats(2)  # (threads, values)
    units: int
    features: int  # of the input in front of the state (U's rows then follow W's); 0 if it has been multiplied by W
    reverse: int  # 1: from the last time to the first
    groups: int  # of U's columns, each with its own factors
    task_rows: int
    block_rows: int  # of these rows, the number that the micro-kernel multiplies at once
    panel: int  # columns of the packed U that it multiplies at once
    state_row: int
    sums_row: int


def loop_of(batch, units, gates, packed, mask, dropout, reverse, groups, state_rows, features=0, more=0):
    """(tasks, `Loop`), with a workspace of `state_rows` rows of a state for each sample of a task, and one of sums.

    `more`: further elements of the workspace for each sample.
    """
    task_rows = rows_of_task(batch)
    state_row, sums_row = padded(features + units), padded(gates * units)
    block_rows, panel = wide_blocks()
    loop = Loop(
        packed,
        NO_BYTES if mask is None else mask,
        NO_STEPS if dropout is None else dropout,
        scratch(task_rows * (state_rows * state_row + sums_row + more)),
        units, features, int(reverse), groups, task_rows, even_rows(task_rows, block_rows), panel, state_row, sums_row,
    )  # fmt: skip
    return -(-batch // task_rows), loop


def rows_of_task(batch):
    """How many samples a task carries through the steps together."""
    return even_rows(-(-batch // threads()), MAX_ROWS)


def all_go_by_jobs(arrays):
    """Whether jobs support these arrays (or None), and the first is large enough for them."""
    return should_use_jobs(*[x for x in arrays if x is not None])


def as_bytes(mask):
    """Booleans as contiguous bytes; None for None."""
    return None if mask is None else np.ascontiguousarray(mask, np.bool_).view(np.uint8)


def contiguous(*arrays):
    """The arrays, contiguous; None for None."""
    return [None if x is None else np.ascontiguousarray(x) for x in arrays]


def padded(count):
    """The stride of a workspace's rows: an odd number of cache lines, so that rows map to all sets of the cache."""
    return ((count + LANES - 1) // LANES | 1) * LANES


def pack_jobs(*matrices, groups=1):
    """(jobs, packed): the stacked matrices in panels of columns, each group of columns separately.

    Each job is marked as preparing its matrix.
    """
    terms, width = sum(map(len, matrices)), matrices[0].shape[1] // groups
    packed, jobs, above = _panels(groups, width, terms), [], 0
    for matrix in matrices:
        row, column = (step // matrix.itemsize for step in matrix.strides)
        job = _pack_job(matrix, packed, groups, len(matrix), width, row, column, width * column, above)
        jobs.append(job.preparing(matrix))
        above += len(matrix)
    return jobs, packed


def pack_transposed_jobs(matrix, groups=1):
    """([job], packed) for the transposed matrix, in which a group is some rows."""
    width, terms = matrix.shape[0], matrix.shape[1] // groups
    column, row = (step // matrix.itemsize for step in matrix.strides)
    packed = _panels(groups, width, terms)
    return [_pack_job(matrix, packed, groups, terms, width, row, column, terms * row, 0)], packed


def _panels(groups, width, terms):
    panel = wide_blocks()[1]
    return aligned((groups * -(-width // panel), terms * panel))


def _pack_job(matrix, packed, groups, terms, width, row, column, group_step, above):
    panels, panel = len(packed) // groups, wide_blocks()[1]
    return pack_columns.job(len(packed), matrix, packed, panels, panel, terms, width, row, column, group_step, above)


def state_kernel_gradient_jobs(before, dsums, dkernel, dbias=None):
    """The jobs that set the gradients of U and, unless it is None, of a bias added to h · U.

    before (batch · steps, groups · units) are the states before each step, for each group of columns with its own
    dropout; dsums (batch · steps, width).
    """
    units, width = dkernel.shape
    groups = before.shape[1] // units
    if groups == 1:
        return dense_kernel_gradient_jobs(before, dsums, dkernel, dbias)
    jobs = [] if dbias is None else product_jobs(np.ones((1, len(dsums)), np.float32), dsums, dbias.reshape(1, -1))
    for group in range(groups):
        columns = slice(group * width // groups, (group + 1) * width // groups)
        states = before[:, group * units : (group + 1) * units]
        jobs += product_jobs(states.T, dsums[:, columns], dkernel[:, columns])
    return jobs


@task_kernel
def pack_columns(
    task,
    matrix: pointer,
    packed: floats(2),
    panels: int,
    panel: int,
    terms: int,
    width: int,
    row: int,
    column: int,
    group_step: int,
    above: int,
):
    """One panel of one group, below the terms of the matrices `above`."""
    group, first = task // panels, task % panels * panel
    source = matrix + 4 * (group * group_step + first * column)
    target = address(packed[task], 0) + 4 * above * panel
    pack_panel(source, row, column, target, panel, terms, min(panel, width - first))


@subroutine
def multiply_packed(loop, rows, columns, terms, a, a_row, packed, start, start_row, c, c_row):
    """C = start + A · B for a packed B, by addresses and row strides."""
    for column in range(0, columns, loop.panel):
        for block in range(0, rows, loop.block_rows):
            multiply_block(
                min(loop.block_rows, rows - block), min(loop.panel, columns - column),
                a + 4 * block * a_row, a_row, 1, 0,
                packed + 4 * column * terms, loop.panel, 0, terms, 1,
                start + 4 * (block * start_row + column), start_row,
                c + 4 * (block * c_row + column), c_row, NO_FLOOR,
            )  # fmt: skip


@subroutine
def multiply_states(loop, first, rows, columns, states, dropped, start, start_row, sums):
    """sums = start + h · U; with dropout each group of columns uses h times its own factors.

    h are the states of some samples, from sample `first` on, with the features in front of them if there are any, which
    excludes dropout; `dropped` has room for as many.
    """
    units, terms = loop.units, loop.features + loop.units
    columns, state_row = columns // loop.groups, loop.state_row
    for group in range(loop.groups):
        operand = states
        if loop.dropout.shape[0] > 0:
            operand = dropped
            for row in range(rows):
                factors = factors_of(loop, first + row, group)
                scaled_line(states + 4 * row * state_row, factors, dropped + 4 * row * state_row, units)
        panels = (columns + loop.panel - 1) // loop.panel
        multiply_packed(
            loop, rows, columns, terms, operand, state_row,
            address(loop.packed, 0) + 4 * group * panels * loop.panel * terms,
            start + 4 * group * columns, start_row, sums + 4 * group * columns, loop.sums_row,
        )  # fmt: skip


@subroutine
def multiply_gradients(loop, first, rows, columns, dsums, product, passed, dstates):
    """dh = passed + dsums · Uᵀ, the gradient of `multiply_states`, with a workspace for the product of a group."""
    units, terms, state_row = loop.units, columns // loop.groups, loop.state_row
    if loop.groups == 1 and loop.dropout.shape[0] == 0:
        multiply_packed(
            loop, rows, units, terms, dsums, loop.sums_row, address(loop.packed, 0),
            passed, state_row, dstates, state_row,
        )  # fmt: skip
    else:
        panels = (units + loop.panel - 1) // loop.panel
        copy_block(passed, state_row, dstates, state_row, rows, units)
        for group in range(loop.groups):
            total = dstates
            if loop.dropout.shape[0] > 0:
                total = product
                fill_line(product, rows * state_row)
            multiply_packed(
                loop, rows, units, terms, dsums + 4 * group * terms, loop.sums_row,
                address(loop.packed, 0) + 4 * group * panels * loop.panel * terms, total, state_row, total, state_row,
            )  # fmt: skip
            for row in range(rows if loop.dropout.shape[0] > 0 else 0):
                factors = factors_of(loop, first + row, group)
                add_scaled_line(product + 4 * row * state_row, factors, dstates + 4 * row * state_row, units)


@subroutine
def factors_of(loop, sample, group):
    """The address of the dropout factors for a sample's state and a group of columns."""
    return address(loop.dropout, (sample * loop.dropout.shape[1] + group) * loop.units)


@subroutine
def is_unmasked(loop, sample, time):
    """Whether a step of a sample counts."""
    return loop.mask.shape[0] == 0 or loop.mask[sample, time] != 0


@subroutine
def keep_state_before(loop, h, first_h, sample, step, kept, spare):
    """The address of the state before a step; the left factor of that step's products is stored at the address `kept`.

    That is the state, or with dropout the state times each group's factors; the state itself is then at `spare`.
    """
    state = spare if loop.dropout.shape[0] > 0 else kept
    state_before(h, first_h, sample, step, state, loop.units)
    drop_state_before(loop, state, sample, kept)
    return state


@subroutine
def drop_state_before(loop, before, sample, target):
    """Write the state before a step times the factors of each group to `target`; without dropout, do nothing."""
    if loop.dropout.shape[0] > 0:
        for group in range(loop.groups):
            scaled_line(before, factors_of(loop, sample, group), target + 4 * group * loop.units, loop.units)


@subroutine
def scaled_line(source, factors, target, count):
    """target = source · factors."""
    result, values, scale = floats_at(target, count), floats_at(source, count), floats_at(factors, count)
    for j in range(count):
        result[j] = values[j] * scale[j]


@subroutine
def add_scaled_line(source, factors, target, count):
    """target += source · factors."""
    total, values, scale = floats_at(target, count), floats_at(source, count), floats_at(factors, count)
    for j in range(count):
        total[j] += values[j] * scale[j]


@subroutine
def copy_line(source, target, count):
    """Copy `count` elements from one address to another."""
    copy_block(source, count, target, count, 1, count)


@subroutine
def fill_line(target, count):
    """Set `count` elements to zero."""
    floats_at(target, count)[:] = ZERO


@subroutine
def add_line(source, target, count):
    """target += source."""
    total, more = floats_at(target, count), floats_at(source, count)
    for j in range(count):
        total[j] += more[j]


@subroutine
def begin_states(loop, given, first, rows, own):
    """Copy the states of some samples, `given` (batch, units) from `first` on, to the workspace; zeros if empty."""
    for row in range(rows):
        if given.shape[0] > 0:
            copy_line(address(given, (first + row) * loop.units), own + 4 * row * loop.state_row, loop.units)
        else:
            fill_line(own + 4 * row * loop.state_row, loop.units)


@subroutine
def end_states(loop, own, first, rows, result):
    """Copy the states in the workspace to `result` (batch, units), unless it is empty."""
    if result.shape[0] > 0:
        for row in range(rows):
            copy_line(own + 4 * row * loop.state_row, address(result, (first + row) * loop.units), loop.units)


@subroutine
def state_before(h, first_h, sample, step, target, units):
    """The state at the start of a step."""
    if step > 0:
        copy_line(address(h, (sample * h.shape[1] + step - 1) * units), target, units)
    elif first_h.shape[0] > 0:
        copy_line(address(first_h, sample * units), target, units)
    else:
        fill_line(target, units)
