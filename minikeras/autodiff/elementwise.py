"""Base classes of ops that act element by element, on one input or on two that are broadcast together."""

import math

import numpy as np

from minikeras.autodiff.dtypes import is_float, promote, result_type
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import broadcast_shapes, unbroadcast
from minikeras.autodiff.state import builds_graph
from minikeras.autodiff.tensor import as_array
from minikeras.autodiff.variable import Variable
from minikeras.base.errors import OpError

# ln 0 = −∞, 1 / 0 = ∞ and 0 / 0 = NaN come without a warning, as in TensorFlow.
QUIET = np.errstate(all="ignore")


def promotes(tensor):
    """Whether a tensor's operators promote dtypes as `ops.add` does: those of Keras's Variables do, and those of
    symbolic tensors while a graph is built."""
    return (type(tensor) is KerasTensor and builds_graph()) or type(tensor) is Variable


def like(other, tensor):
    """The second operand of a Python operator: a raw float array takes the dtype of the tensor it is combined with.

    So does TensorFlow in `tensor + numpy_array`. (`ops.add` instead promotes by `result_type`.) Text becomes a string
    tensor's encoded bytes.
    """
    if type(other) is str or type(other) is bytes:
        return np.asarray(other if type(other) is bytes else other.encode(), object)
    if type(other) is np.ndarray and other.dtype == np.float64 and is_float(tensor.dtype) and not promotes(tensor):
        return other.astype(tensor.dtype)
    return other


def aligned_rows(arrays, ranks):
    """Make rows broadcast together as single arrays do: insert axes of length 1 after the axis of the rows.

    The arguments are those of `OpFacts.forward_rows`.
    """
    rank = max([np.ndim(x) if r is None else r for x, r in zip(arrays, ranks, strict=True)])
    return [
        x if r is None or r == rank else x.reshape(len(x), *(1,) * (rank - r), *x.shape[1:])
        for x, r in zip(arrays, ranks, strict=True)
    ]


class Elementwise(Op):
    """Base class of ops that act on each element of their broadcast inputs."""

    operations_per_element = 1  # the value of a function counts as one operation

    @staticmethod
    def output_shape(*shapes):
        return broadcast_shapes(*shapes)

    def elementary_operations(self, shapes, output_shape):
        moves = self.moves_elements or self.casts_to is not None
        return 0 if moves else self.operations_per_element * math.prod(output_shape)

    def batch_inputs(self, shapes, output_shape):
        rank, rows = len(output_shape), output_shape[:1]
        split = [len(shape) == rank and shape[:1] == rows for shape in shapes]
        whole = [len(shape) < rank or shape[0] == 1 for shape in shapes]  # broadcast along the first axis
        return split if all(a or b for a, b in zip(split, whole, strict=True)) else None

    def forward_rows(self, arrays, ranks):
        return self.forward(*aligned_rows(arrays, ranks))

    def output_dtype(self, *inputs):
        """The dtype found by a trial run on single elements; the common dtype if the function refuses the inputs.

        Keras, too, makes nodes of bitwise or integer functions of symbolic floats, and refuses the values at run time.
        """
        ones = [x if type(x) in (int, float, bool) else np.ones((1,), x.dtype) if hasattr(x, "dtype") else as_array(x)
                for x in inputs]  # fmt: skip
        try:
            with np.errstate(all="ignore"):
                return np.asarray(self.of(*ones)).dtype.name
        except (TypeError, OverflowError, ValueError, OpError):
            return result_type(*[x.dtype if hasattr(x, "dtype") else type(x) for x in inputs])


class Binary(Elementwise):
    """Base class of elementwise ops with two inputs, brought to their common dtype.

    Class attributes:
        takes_lists: whether a symbolic tensor may be combined with a list of numbers, as in Keras.
    """

    ufunc = None
    keeps = ("inputs",)
    takes_lists = False

    def symbolic_call(self, *inputs):
        if not self.takes_lists and builds_graph() and any(isinstance(x, (list, tuple)) for x in inputs):
            raise ValueError(
                f"{type(self).__name__} of a symbolic tensor takes tensors, arrays and numbers. Received with it: "
                f"{next(x for x in inputs if isinstance(x, (list, tuple)))!r:.100}. Make it an array: `np.array(…)`."
            )
        return super().symbolic_call(*inputs)

    def forward(self, x1, x2):
        return self.ufunc(*promote(x1, x2))

    def backward(self, call, dy):
        dx1, dx2 = self.gradients(call, dy)
        s1, s2 = call.input_shapes
        return (
            None if dx1 is None else unbroadcast(dx1, s1),
            None if dx2 is None else unbroadcast(dx2, s2),
        )

    def gradients(self, call, dy):
        """Gradients of both inputs before broadcasting is undone."""
        raise NotImplementedError
