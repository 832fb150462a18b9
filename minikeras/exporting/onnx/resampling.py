"""An axis of another length: resized images, bilinear upsampling."""

import numpy as np

from minikeras.exporting.graph import Inexpressible
from minikeras.exporting.lengths import Unknown
from minikeras.exporting.onnx.registry import converts
from minikeras.kernels.resampling import FEW, matrix_of
from minikeras.ops.resampling import Interpolation, Resample


@converts(Resample)
def resample(graph, step, x):
    """A sum of weighted rows if there are few for each output, else a product with the matrix of weights."""
    op, axis = step.op, step.op.axis
    if isinstance(x.shape[axis], Unknown):
        return _of_unknown_length(graph, step, x)
    name = graph.read(x, step.outputs[0].dtype)
    weights, indices = op.weights.astype(step.outputs[0].dtype), op.indices
    if weights.shape[1] > FEW:
        matrix = matrix_of(indices, weights, x.shape[axis])
        order = [*[a for a in range(x.rank) if a != axis], axis]
        y = graph.add("MatMul", graph.transpose(name, order), graph.constant(matrix.T))
        return graph.transpose(y, np.argsort(order).tolist())
    total = None
    for k in range(weights.shape[1]):
        rows = graph.add("Gather", name, graph.integers(indices[:, k]), axis=axis)
        column = weights[:, k].reshape(-1, *[1] * (x.rank - 1 - axis))
        part = rows if (column == 1).all() else graph.add("Mul", rows, graph.constant(column))
        total = part if total is None else graph.add("Add", total, part)
    return total


def _of_unknown_length(graph, step, x):
    """`Resize`, whose pixels cover intervals as here."""
    op = step.op
    if not isinstance(op, Interpolation) or op.method not in ("bilinear", "nearest") or op.antialias:
        raise Inexpressible("resizes an axis of unknown length in another way than bilinear or nearest")
    dtype = step.outputs[0].dtype
    mode = {"mode": "linear"} if op.method == "bilinear" else {"mode": "nearest", "nearest_mode": "round_prefer_ceil"}
    sizes = graph.shape(step.outputs[0].shape)
    return graph.add("Resize", graph.read(x, dtype), "", "", sizes, coordinate_transformation_mode="half_pixel", **mode)
