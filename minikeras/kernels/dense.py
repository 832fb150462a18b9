"""The three products of a Dense layer in float32: forward with bias and relu, and both gradients.

    y = max(floor, x · kernel + bias)        dkernel = xᵀ · dy, dbias = Σ dy        dx = dy · kernelᵀ

Shapes: x (batch, features), kernel (features, units), bias (units,), y and dy (batch, units). Each is one job, cut into
parts by the rows or columns of its result, so that every number is summed by one thread in one order.
"""

import numpy as np

from minikeras.kernels.addresses import address
from minikeras.kernels.memory import aligned
from minikeras.kernels.processor import block_shape
from minikeras.kernels.products import NO_FLOOR, PANEL, even_rows, multiply_rows
from minikeras.kernels.tasks import floats, task_kernel

ZERO = np.float32(0)

# Multiplications from which a product is worth a second thread: 10 µs on one core.
WORTH_SHARING = 1 << 19


def dense_job(x, kernel, bias, y, relu=False):
    """The `Job` that sets y = x · kernel + bias, or relu of it. `bias` may be None."""
    features, units = kernel.shape
    if bias is None:
        bias = np.zeros(units, np.float32)
    per_task, block_rows = _rows_per_task(len(x), features * units)
    floor = 0.0 if relu else -np.inf
    return dense_rows.job(-(-len(x) // per_task), x, kernel, bias, y, floor, per_task, block_rows)


def dense_kernel_gradient_job(x, dy, dkernel, dbias):
    """The `Job` that sets dkernel = xᵀ · dy and dbias = Σ dy over the batch."""
    features, units = dkernel.shape
    per_task, block_rows = _rows_per_task(features, len(x) * units)
    zeros = np.zeros(units, np.float32)
    return dense_kernel_gradient_rows.job(-(-features // per_task), x, dy, dkernel, dbias, zeros, per_task, block_rows)


def dense_input_gradient_job(dy, kernel, dx, relu_output=None):
    """The `Job` that sets dx = dy · kernelᵀ, and to 0 where `relu_output`, the layer's input, is not positive."""
    features, units = kernel.shape
    masks = relu_output is not None
    panels = -(-features // PANEL)
    transposed = aligned((panels, units, PANEL))
    zeros = np.zeros(PANEL, np.float32)
    rows = block_shape()[0]
    return dense_input_gradient_panels.job(
        panels, dy, kernel, dx, relu_output if masks else dx, transposed, zeros, int(masks), rows
    )


def _rows_per_task(rows, work_of_a_row):
    """(rows of the result in a task, rows in a block of the micro-kernel)."""
    most = block_shape()[0]
    if rows * work_of_a_row < WORTH_SHARING or rows < 2 * most // 3:
        return rows, even_rows(rows, most)
    blocks = -(-rows // most)
    per_task = most * max(1, blocks // 8)  # about eight tasks: enough to share evenly, too few to cost
    if rows <= 4 * most:
        per_task = -(-rows // 4)
    return per_task, even_rows(per_task, most)


@task_kernel
def dense_rows(
    task,
    x: floats(2),
    kernel: floats(2),
    bias: floats(1),
    y: floats(2),
    floor: float,
    rows_per_task: int,
    block_rows: int,
):
    """y = max(floor, x · kernel + bias) for some rows."""
    features, units = kernel.shape
    first = task * rows_per_task
    last = min(len(x), first + rows_per_task)
    multiply_rows(
        first, last, units,
        address(x, 0), features, 1,
        address(kernel, 0), units, features,
        address(bias, 0), 0,
        address(y, 0), units, floor, block_rows,
    )  # fmt: skip


@task_kernel
def dense_kernel_gradient_rows(
    task,
    x: floats(2),
    dy: floats(2),
    dkernel: floats(2),
    dbias: floats(1),
    zeros: floats(1),
    rows_per_task: int,
    block_rows: int,
):
    """dkernel = xᵀ · dy for some features; the first task sums dbias too."""
    batch, features = x.shape
    units = dy.shape[1]
    first = task * rows_per_task
    last = min(features, first + rows_per_task)
    multiply_rows(
        first, last, units,
        address(x, 0), 1, features,  # the transposed matrix: steps change places
        address(dy, 0), units, batch,
        address(zeros, 0), 0,
        address(dkernel, 0), units, NO_FLOOR, block_rows,
    )  # fmt: skip
    if task == 0:
        for j in range(units):
            dbias[j] = ZERO
        for i in range(batch):
            for j in range(units):
                dbias[j] += dy[i, j]


@task_kernel
def dense_input_gradient_panels(
    task,
    dy: floats(2),
    kernel: floats(2),
    dx: floats(2),
    relu_output: floats(2),
    transposed: floats(3),
    zeros: floats(1),
    masks: int,
    block_rows: int,
):
    """dx = dy · kernelᵀ for one panel of features; where `masks`, 0 where relu_output ≤ 0."""
    features, units = kernel.shape
    batch = len(dy)
    first = task * PANEL
    width = min(PANEL, features - first)
    panel = transposed[task]
    for j in range(width):
        for k in range(units):
            panel[k, j] = kernel[first + j, k]
    multiply_rows(
        0, batch, width,
        address(dy, 0), units, 1,
        address(panel, 0), PANEL, units,
        address(zeros, 0), 0,
        address(dx, first), features, NO_FLOOR, block_rows,
    )  # fmt: skip
    if masks:
        for i in range(batch):
            for j in range(first, first + width):
                dx[i, j] = dx[i, j] if relu_output[i, j] > ZERO else ZERO
