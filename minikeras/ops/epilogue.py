"""A product of x and a kernel with an epilogue of bias and relu: a Dense layer or a convolution as one op.

Three ops would be three passes over memory in each direction. Here the kernel adds the bias and applies relu while the
sum is in a register, and backward masks dy and sums the bias's gradient in one pass.
"""

import math

from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import unbroadcast
from minikeras.autodiff.state import thread
from minikeras.autodiff.tensor import Tensor
from minikeras.base.replay import safe_to_replay
from minikeras.kernels import columns as kernels
from minikeras.ops.core import is_array


class ProductEpilogue(Op):
    """y = product(x, kernel) + bias, or relu of it.

    With dz = dy where y > 0 (dz = dy without relu): dbias = Σ dz over all axes but the last; dx and dkernel are the
    product's gradients for dz.

    Args:
        product: a `Matmul`, `Conv` or `ConvInputGrad`: an op that has `with_bias` and `gradients`.
        relu: whether relu is applied.
    """

    def __init__(self, product, relu):
        self.product = product
        self.relu = relu
        self.keeps = ("inputs", "output") if relu else ("inputs",)

    def forward(self, x, kernel, bias):
        return self.product.with_bias(x, kernel, bias=bias, relu=self.relu)

    def backward(self, call, dy):
        x, kernel, _ = call.inputs
        if self.relu and is_array(x):
            dz, dbias = kernels.relu_and_bias_gradient(dy, call.output)
        else:
            dz = dy * (call.output > 0) if self.relu else dy
            dbias = kernels.column_sums(dz) if is_array(x) else unbroadcast(dz, call.input_shapes[2])
        return (*self.product.gradients(x, kernel, dz, call.needs_gradient), dbias)

    def multiplications(self, shapes, output_shape):
        return self.product.multiplications(shapes[:2], output_shape)

    def elementary_operations(self, shapes, output_shape):
        return (2 if self.relu else 1) * math.prod(output_shape)

    def output_shape(self, x_shape, kernel_shape, bias_shape):
        return self.product.output_shape(x_shape, kernel_shape)


@safe_to_replay("it looks at dtypes only")
def can_fuse(x, kernel, bias):
    """Whether a product of x with these weights is one op with its epilogue: in float32, outside a plan's trace.

    A plan does its own fusion, also across layers, and so needs single ops.
    """
    if type(x) is not Tensor or thread.unfused or thread.autocast_dtype is not None:
        return False
    return x.array.dtype.char == kernel.array.dtype.char == bias.array.dtype.char == "f"
