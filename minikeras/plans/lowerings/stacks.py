"""Stacks of matrix products and sums of products over named axes (`Matmul`, `Einsum`) as jobs.

Operands are read by their strides (`kernels/batched_products.py`): reordering axes costs nothing, unless several axes
that are summed together, or form the rows of a matrix, cannot be counted by one stride. Then they are copied first.
"""

import math

import numpy as np

from minikeras.autodiff.matrix_product import Matmul
from minikeras.kernels.batched_products import batched_product_jobs
from minikeras.kernels.memory import aligned
from minikeras.kernels.reduction_jobs import sum_jobs
from minikeras.kernels.strided_copies import copy_jobs
from minikeras.ops.einsum import Contraction, Einsum, label_sizes
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import Lowering, all_float32, lowers


@lowers((Compute, Matmul))
def stack_of_products(compute, buffers):
    """y[n] = a[n] @ b[n], where either may be one matrix for all n."""
    (a, b), (y,) = compute.reads, compute.writes
    if not all_float32(buffers, (a, b, y)) or min(len(buffers[i].shape) for i in (a, b)) < 2:
        return None

    def jobs(arrays):
        return product_jobs(arrays[a], arrays[b], arrays[y])

    return Lowering(jobs, (a, b), (y,))


@lowers((Gradient, Matmul))
def stack_of_products_gradient(gradient, buffers):
    """da = dy bᵀ, db = aᵀ dy; b may be one matrix for all n, for which aᵀ dy is summed over them."""
    (a, b), (dy,), (da, db) = gradient.inputs, gradient.dys, gradient.writes
    shapes = [() if i is None else buffers[i].shape for i in (a, b)]
    if None in (a, b) or not all_float32(buffers, (a, b, dy, da, db)) or min(map(len, shapes)) < 2:
        return None
    shared = len(shapes[1]) == 2 and shapes[0][:-1] == buffers[dy].shape[:-1]
    if not shared and not shapes[0][:-2] == shapes[1][:-2] == buffers[dy].shape[:-2]:
        return None

    def jobs(arrays):
        x, w, d = arrays[a], arrays[b], arrays[dy]
        if shared:
            x, d = x.reshape(-1, x.shape[-1]), d.reshape(-1, d.shape[-1])
        made = [] if da is None else product_jobs(d, w.swapaxes(-1, -2), arrays[da].reshape(x.shape))
        return made if db is None else [*made, *product_jobs(x.swapaxes(-1, -2), d, arrays[db])]

    return Lowering(jobs, (a, b, dy), (da, db))


def product_jobs(a, b, c):
    """The jobs of c = a @ b, whose leading axes broadcast."""
    batch = c.shape[:-2]
    a, b = (np.broadcast_to(x, (*batch, *x.shape[-2:])) for x in (a, b))
    return batched_product_jobs(a, b, c)


@lowers((Compute, Contraction), (Compute, Einsum))
def contraction(compute, buffers):
    """Σ a · b over the labels that the output lacks, for two operands, or Σ a for one."""
    op, operands, (y,) = compute.op, compute.reads, compute.writes
    if not 1 <= len(operands) <= 2 or not all_float32(buffers, (*operands, y)):
        return None
    labels, output = op.labels([buffers[i].shape for i in operands])
    sizes = label_sizes(labels, [buffers[i].shape for i in operands])
    whole = all(
        len(set(own)) == len(own) and all(sizes[label] == n for label, n in zip(own, buffers[i].shape, strict=True))
        for own, i in zip(labels, operands, strict=True)
    )
    if not whole or not set(output) <= set().union(*labels):
        return None

    def jobs(arrays):
        made, views = [], []
        for k, i in enumerate(operands):
            others = {*output, *[label for j, own in enumerate(labels) if j != k for label in own]}
            more, view, own = _summed_alone(arrays[i], labels[k], others)
            made += more
            views.append((view, own))
        return [*made, *_contraction_jobs(views, arrays[y], output, sizes)]

    return Lowering(jobs, operands, (y,))


def _summed_alone(x, labels, needed):
    """(jobs, x, its labels) after sums over axes that occur in no other operand and not in the output."""
    alone = [axis for axis, label in enumerate(labels) if label not in needed]
    if not alone:
        return [], x, labels
    kept = [axis for axis in range(x.ndim) if axis not in alone]
    copy, total = aligned([x.shape[axis] for axis in (*kept, *alone)]), aligned([x.shape[axis] for axis in kept])
    jobs = copy_jobs(x.transpose([*kept, *alone]), copy)
    jobs += sum_jobs(copy.reshape(total.size, -1, 1), total.reshape(-1, 1))
    return jobs, total, tuple(labels[axis] for axis in kept)


def _contraction_jobs(views, y, output, sizes):
    if len(views) == 1:
        ((x, labels),) = views
        return copy_jobs(x.transpose([labels.index(label) for label in output]), y)
    (a, a_labels), (b, b_labels) = views
    batch = [label for label in output if label in a_labels and label in b_labels]
    summed = [label for label in a_labels if label not in output]
    rows = [label for label in output if label in a_labels and label not in b_labels]
    columns = [label for label in output if label in b_labels and label not in a_labels]
    made_a, a = _as_matrices(a, a_labels, batch, rows, summed, sizes)
    made_b, b = _as_matrices(b, b_labels, batch, summed, columns, sizes)
    c = y.transpose([output.index(label) for label in (*batch, *rows, *columns)])
    shape = _shape_of(batch, rows, columns, sizes)
    target = _reshaped(c, shape)
    if target is not None:
        return [*made_a, *made_b, *batched_product_jobs(a, b, target)]
    product = aligned(shape)
    return [*made_a, *made_b, *batched_product_jobs(a, b, product), *copy_jobs(product.reshape(c.shape), c)]


def _as_matrices(x, labels, batch, rows, columns, sizes):
    """(jobs, matrices): x with its axes in this order, the last two groups as one axis each."""
    view = x.transpose([labels.index(label) for label in (*batch, *rows, *columns)])
    shape = _shape_of(batch, rows, columns, sizes)
    matrices = _reshaped(view, shape)
    if matrices is not None:
        return [], matrices
    copy = aligned(view.shape)
    return copy_jobs(view, copy), copy.reshape(shape)


def _shape_of(batch, rows, columns, sizes):
    """The lengths of the batch's labels, and the products of those of rows and columns."""
    return [*[sizes[label] for label in batch], *[math.prod(map(sizes.get, group)) for group in (rows, columns)]]


def _reshaped(view, shape):
    """A view in another shape; None if it takes a copy."""
    result = view.reshape(shape)
    return result if np.may_share_memory(result, view) else None
