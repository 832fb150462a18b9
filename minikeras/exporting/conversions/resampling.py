"""Changes of an axis's length: resized images, bilinear upsampling."""

import numpy as np

from minikeras.autodiff.arithmetic import Add, Multiply
from minikeras.autodiff.matrix_product import Matmul
from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.lengths import Unknown
from minikeras.exporting.registry import converts
from minikeras.kernels.resampling import FEW, matrix_of
from minikeras.ops.resampling import Interpolation, Resample


@converts(Resample)
def resample(graph, step, x):
    """A sum of weighted rows if there are few for each output, else a product with the matrix of weights."""
    op, axis, dtype = step.op, step.op.axis, step.outputs[0].dtype
    if isinstance(x.shape[axis], Unknown):
        if not isinstance(op, Interpolation) or op.method not in ("bilinear", "nearest") or op.antialias:
            raise Inexpressible("resizes an axis of unknown length in another way than bilinear or nearest")
        return graph.cast(graph.op(Interpolation, x, step.outputs[0], method=op.method, axis=axis), dtype)
    name = graph.read(x, dtype)
    weights, indices = op.weights.astype(dtype), op.indices
    if weights.shape[1] > FEW:
        matrix = matrix_of(indices, weights, x.shape[axis])
        order = [*[a for a in range(x.rank) if a != axis], axis]
        y = graph.op(Matmul, graph.transpose(name, order), graph.constant(matrix.T), ranks=(x.rank, 2))
        return graph.transpose(y, np.argsort(order).tolist())
    total = None
    for k in range(weights.shape[1]):
        rows = graph.gather(name, graph.integers(indices[:, k]), axis)
        column = weights[:, k].reshape(-1, *[1] * (x.rank - 1 - axis))
        part = rows if (column == 1).all() else graph.op(Multiply, rows, graph.constant(column))
        total = part if total is None else graph.op(Add, total, part)
    return total
