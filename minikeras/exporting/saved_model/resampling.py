"""An axis of another length: resized images, bilinear upsampling."""

import numpy as np

from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.lengths import Unknown
from minikeras.exporting.saved_model.indexing import gathered
from minikeras.exporting.saved_model.registry import converts
from minikeras.kernels.resampling import FEW, matrix_of
from minikeras.ops.resampling import Interpolation, Resample

OPERATORS = {"bilinear": "ResizeBilinear", "nearest": "ResizeNearestNeighbor"}


@converts(Resample)
def resample(graph, step, x):
    """A sum of weighted rows if there are few for each output, else a product with the matrix of weights."""
    op, axis, dtype = step.op, step.op.axis, step.outputs[0].dtype
    if isinstance(x.shape[axis], Unknown):
        return _of_unknown_length(graph, step, x)
    name = graph.read(x, dtype)
    weights, indices = op.weights.astype(dtype), op.indices
    if weights.shape[1] > FEW:
        matrix = matrix_of(indices, weights, x.shape[axis])
        order = [*[a for a in range(x.rank) if a != axis], axis]
        y = graph.add("BatchMatMulV2", graph.transpose(name, order), graph.constant(matrix.T))
        return graph.transpose(y, np.argsort(order).tolist())
    total = None
    for k in range(weights.shape[1]):
        rows = gathered(graph, name, graph.integers(indices[:, k]), axis)
        column = weights[:, k].reshape(-1, *[1] * (x.rank - 1 - axis))
        part = rows if (column == 1).all() else graph.add("Mul", rows, graph.constant(column))
        total = part if total is None else graph.add("AddV2", total, part)
    return total


def _of_unknown_length(graph, step, x):
    """An operation for images (batch, height, width, channels): the axis becomes the height, what follows the width."""
    op, axis, dtype = step.op, step.op.axis, step.outputs[0].dtype
    if not isinstance(op, Interpolation) or op.method not in OPERATORS or op.antialias:
        raise Inexpressible("resizes an axis of unknown length in another way than bilinear or nearest")
    order = [*[a for a in range(x.rank) if a != axis], axis]
    name = graph.transpose(graph.read(x, np.float32), order)
    columns = graph.unsqueeze(
        graph.reshaped(name, graph.joined([graph.integers([-1]), graph.length(x.shape[axis])], 0)), [2, 3]
    )
    size = graph.joined([graph.length(step.outputs[0].shape[axis]), graph.integers([1])], 0)
    y = graph.add(OPERATORS[op.method], columns, size, half_pixel_centers=True)
    wanted = step.outputs[0].shape
    y = graph.reshape(y, [wanted[a] for a in order])
    return graph.cast(graph.transpose(y, np.argsort(order).tolist()), dtype)
