"""`Matmul`, the op behind `@`."""

import math

import numpy as np

from minikeras.autodiff.dtypes import promote, result_type
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import Reshape, broadcast_shapes, swap_last_axes, unbroadcast
from minikeras.kernels.blas import matmul


class Matmul(Op):
    """y = x1 @ x2, matrix by matrix over the leading axes;   dx1 = dy @ x2ᵀ, dx2 = x1ᵀ @ dy."""

    keeps = ("inputs",)

    def forward(self, x1, x2):
        if x1.dtype.char == x2.dtype.char == "b" and x1.ndim == x2.ndim == 2:  # as in Keras: not for vectors or stacks
            x1, x2 = x1.astype(np.int32), x2.astype(np.int32)
        if x1.dtype is not x2.dtype and x1.dtype != x2.dtype:
            x1, x2 = promote(x1, x2)
        if x1.ndim and x2.ndim and x1.shape[-1] != x2.shape[-2 if x2.ndim > 1 else 0]:
            self.output_shape(x1.shape, x2.shape)  # raises, naming both shapes
        return matmul(x1, x2) if x1.ndim and x2.ndim else np.matmul(x1, x2)

    with_bias = staticmethod(matmul)  # of matrices of one dtype, for `ops/epilogue.py`

    def forward_rows(self, arrays, ranks):
        by_one_matrix = len(arrays) == 2 and ranks[0] is not None and ranks[0] > 1 and ranks[1] is None
        return self.forward(*arrays) if by_one_matrix and arrays[1].ndim == 2 else NotImplemented

    def multiplications(self, shapes, output_shape):
        return math.prod(output_shape) * shapes[0][-1]

    def backward(self, call, dy):
        return self.gradients(*call.inputs, dy, call.needs_gradient)

    def gradients(self, x1, x2, dy, needs_gradient):
        """(dx1, dx2), None for unwanted ones."""
        s1, s2 = x1.shape, x2.shape
        arrays = type(dy) is type(x1) is type(x2) is np.ndarray  # an outer tape makes them Tensors, some or all
        if arrays and len(s1) == len(s2) == 2 and x1.dtype == x2.dtype == dy.dtype:  # the usual case
            return matmul(dy, x2.T) if needs_gradient[0] else None, matmul(x1.T, dy) if needs_gradient[1] else None
        # a vector takes part as a matrix of one row (left) or one column (right)
        m1 = Reshape((1, *s1)).of(x1) if len(s1) == 1 else x1
        m2 = Reshape((*s2, 1)).of(x2) if len(s2) == 1 else x2
        if len(s1) == 1 or len(s2) == 1:
            rows = () if len(s1) == 1 else (s1[-2],)
            columns = () if len(s2) == 1 else (s2[-1],)
            batch = tuple(dy.shape[: len(dy.shape) - len(rows) - len(columns)])
            dy = Reshape((*batch, *(rows or (1,)), *(columns or (1,)))).of(dy)
        dx1 = dx2 = None
        if needs_gradient[0]:
            dx1 = unbroadcast(Matmul().of(dy, swap_last_axes(m2)), m1.shape)
        if needs_gradient[1]:
            if len(m2.shape) == 2 and len(m1.shape) > 2:  # a stack times one matrix: one tall product, no stack of sums
                m1, dy = Reshape((-1, m1.shape[-1])).of(m1), Reshape((-1, dy.shape[-1])).of(dy)
            dx2 = unbroadcast(Matmul().of(swap_last_axes(m1), dy), m2.shape)
        if len(s1) == 1 and dx1 is not None:
            dx1 = Reshape(s1).of(dx1)
        if len(s2) == 1 and dx2 is not None:
            dx2 = Reshape(s2).of(dx2)
        return dx1, dx2

    def output_shape(self, s1, s2):
        if not s1 or not s2:
            raise ValueError(f"`matmul` needs at least one axis on both sides. Received shapes: {s1} and {s2}")
        inner1, inner2 = s1[-1], s2[-2] if len(s2) > 1 else s2[0]
        if inner1 is not None and inner2 is not None and inner1 != inner2:
            raise ValueError(
                f"Inner dimensions (the last of `x1`, the last but one of `x2`) must be equal: "
                f"{inner1} is not {inner2}. Received shapes: {tuple(s1)} and {tuple(s2)}"
            )
        batch = broadcast_shapes(s1[:-2], s2[:-2])
        return (*batch, *s1[-2:-1], *(s2[-1:] if len(s2) > 1 else ()))

    def batch_inputs(self, shapes, output_shape):
        return [True, False] if len(shapes[0]) > 1 and len(shapes[1]) == 2 else None

    def output_dtype(self, x1, x2):
        both_int8 = x1.dtype == x2.dtype == "int8"
        return "int32" if both_int8 and len(x1.shape) == len(x2.shape) == 2 else result_type(x1.dtype, x2.dtype)
