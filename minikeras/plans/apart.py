"""Which ops keep samples apart: a part of the batch gives that part of their outputs, and of their gradients.

    y = op(x, w)     x, y (samples, …), w shared by all samples        y[a:b] = op(x[a:b], w)

`x` is *cut* with y, w is not. Of such an op the gradient for x is cut in the same way, and the gradient for w is the
sum of those that the parts of the batch give.
"""

from minikeras.autodiff.elementwise import Elementwise
from minikeras.autodiff.matrix_product import Matmul
from minikeras.autodiff.shapes import Reshape
from minikeras.ops.convolution import Conv, ConvInputGrad
from minikeras.ops.joining import Concatenate
from minikeras.ops.pooling import AveragePool, MaxPool
from minikeras.ops.reduction import Mean
from minikeras.ops.softmax import Softmax


def cut_inputs(op, shapes, output):
    """For each input of an op, whether it is cut along the first axis as the outputs are; None if they cannot be.

    Args:
        op: the op.
        shapes: of its inputs.
        output: shape of its first output.
    """
    if not output:
        return None
    rank, first = len(output), shapes[0]
    if isinstance(op, Elementwise):
        cut = [len(shape) == rank and shape[0] == output[0] for shape in shapes]
        shared = [len(shape) < rank or shape[0] == 1 for shape in shapes]
        return cut if all(a or b for a, b in zip(cut, shared, strict=True)) else None
    if isinstance(op, Concatenate):
        return [True] * len(shapes) if op.axis % rank != 0 else None
    if not first or first[0] != output[0]:
        return None
    if isinstance(op, Mean):
        axes = op.axis if isinstance(op.axis, (tuple, list)) else (op.axis,)
        return None if None in axes or any(axis % len(first) == 0 for axis in axes) else [True]
    if isinstance(op, Softmax):
        return [True] if isinstance(op.axis, int) and op.axis % rank != 0 else None
    if isinstance(op, Matmul):
        return [True, False] if len(first) > 1 and len(shapes[1]) == 2 else None
    if isinstance(op, (Conv, ConvInputGrad)):
        return [True, False]
    return [True] if isinstance(op, (MaxPool, AveragePool, Reshape)) else None
