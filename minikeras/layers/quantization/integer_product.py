"""The product of a float matrix with an integer one, computed in integers."""

import math

import numpy as np

from minikeras import ops
from minikeras.autodiff.arithmetic import Cast
from minikeras.autodiff.custom_gradient import stop_gradient
from minikeras.autodiff.elementwise import QUIET
from minikeras.autodiff.matrix_product import Matmul
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import swap_last_axes
from minikeras.autodiff.tensor import Tensor
from minikeras.kernels.byte_product_jobs import is_large, scaled_product_jobs
from minikeras.kernels.integer_products import integer_product, quantized_rows
from minikeras.kernels.memory import aligned
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.registry import compiles
from minikeras.layers.quantization.weight import QuantizedWeight
from minikeras.quantizers import AbsMaxQuantizer
from minikeras.quantizers.int4 import UnpackInt4


class IntegerProduct(Op):
    """y = (q @ kernel) / (s · scale), where the quantizer converts each row of x to integers q with a scale s.

    q @ kernel is a sum of products of integers, hence exact. The gradient is that of x @ (kernel / scale), as if x were
    not rounded:   dx = dy @ (kernel / scale)ᵀ.

    Args:
        quantizer: an object that computes (q, s) from x.
        packed: how the kernel is stored, if it has integers of four bits; None for bytes.

    Inputs: x (…, rows), float; kernel (rows, columns), int8; scale (columns,).
    """

    keeps = ("inputs",)

    def __init__(self, quantizer, packed=None):
        self.quantizer = quantizer
        self.packed = packed

    @QUIET
    def forward(self, x, kernel, scale):
        if self.fits_jobs(x, kernel, scale) and is_large(x, scale) and compiles(x, kernel):
            rows, y = x.reshape(-1, x.shape[-1]), aligned((*x.shape[:-1], len(scale)))
            arrays = *map(np.ascontiguousarray, (rows, kernel, scale)), y.reshape(-1, len(scale))
            settings = tuple(self.quantizer.value_range), self.quantizer.epsilon, self.packed is not None
            run_prepared(scaled_product_jobs, arrays, *settings)
            return y
        q, s = self._quantized(x)
        sums = integer_product(q.reshape(-1, q.shape[-1]), self._integers(kernel))
        y = sums.reshape(*x.shape[:-1], len(scale)).astype(x.dtype)
        return y / (s * scale).astype(x.dtype)

    def fits_jobs(self, x, kernel, scale):
        """Whether there are jobs for these arrays: float32 rows, an int8 kernel, a supported quantizer."""
        quantizer = self.quantizer
        return (
            type(quantizer) is AbsMaxQuantizer
            and quantizer.output_dtype == "int8"
            and x.dtype == scale.dtype == np.float32
            and kernel.dtype == np.int8
            and len(x.shape) > 1
            and 0 not in (*x.shape, *kernel.shape)
        )

    def _quantized(self, x):
        quantizer = self.quantizer
        if type(quantizer) is AbsMaxQuantizer and quantizer.output_dtype == "int8" and x.dtype == np.float32:
            return quantized_rows(x, quantizer.value_range, quantizer.epsilon)
        return [np.asarray(part) for part in quantizer(Tensor(x), axis=-1)]

    def _integers(self, kernel):
        return kernel if self.packed is None else self.packed.unpacked(kernel)

    def backward(self, call, dy):
        x, kernel, scale = call.inputs
        packed = self.packed
        kernel = kernel if packed is None else UnpackInt4(packed.length, packed.axis, packed.dtype).of(kernel)
        weight = Cast(x.dtype).of(kernel) / scale
        return Matmul().of(dy, swap_last_axes(weight)), None, None

    def batch_inputs(self, shapes, output_shape):
        return [True, False, False] if len(shapes[0]) > 1 else None

    def multiplications(self, shapes, output_shape):
        return math.prod(output_shape) * shapes[0][-1]

    def output_shape(self, x, kernel, scale):
        return (*x[:-1], *scale)

    def output_dtype(self, x, kernel, scale):
        return x.dtype


class IntegerKernel(QuantizedWeight):
    """A kernel of integers, and its product with inputs, which are rounded to integers too or stay floats.

    Attributes:
        packed: how integers of four bits are stored; None for bytes.
    """

    packed = None

    def product(self, x, training=False):
        layer, quantizer = self.layer, self.activation_quantizer
        if quantizer is None:
            return layer._product(x, self.floats())
        as_matrices = layer._as_matrix_product(x)
        if as_matrices is None:
            q, scale = quantizer(x, axis=layer._kernel_axes().summed_of_input)
            rounded = Cast(x.dtype)(q) / scale
            return layer._product(x + stop_gradient(rounded - x), self.floats())
        x, shape, restore = as_matrices
        return restore(IntegerProduct(quantizer, self.packed)(x, *self.matrix(*shape)))

    def matrix(self, rows, columns):
        """(integers (rows, columns), or packed pairs of them, scale (columns,))"""
        raise NotImplementedError


class TransposedTable(Op):
    """The integers of a table (rows, length) as a kernel (length, rows). Plans compute it when the table has changed.

    Args:
        packed: how integers of four bits are stored; None for bytes.
    """

    differentiable = False
    depends_on_weights_only = True

    def __init__(self, packed=None):
        self.packed = packed

    def forward(self, q):
        return np.ascontiguousarray((q if self.packed is None else self.packed.unpacked(q)).T)

    def output_shape(self, q):
        return (q[1] if self.packed is None else self.packed.length, q[0])


class IntegerTable(QuantizedWeight):
    """A table of integers, and the logits of a ReversibleEmbedding, whose inputs become integers or stay floats.

    Attributes:
        packed: how integers of four bits are stored; None for bytes.
    """

    packed = None

    def logits(self, x):
        """x times the transposed table: x (…, output_dim), result (…, input_dim)."""
        if self.activation_quantizer is None:
            return ops.matmul(x, ops.transpose(self.floats()))
        kernel = TransposedTable(self.packed)(self.layer._embeddings)
        return self.logits_of_integers(x, kernel, self.layer.embeddings_scale)

    def logits_of_integers(self, x, kernel, scale):
        """x times kernel / scale: kernel (output_dim, input_dim), integers; scale (input_dim,)."""
        if self.activation_quantizer is None:
            return ops.matmul(x, ops.cast(kernel, x.dtype) / scale)
        return IntegerProduct(self.activation_quantizer)(x, kernel, scale)
