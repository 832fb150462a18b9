"""The epilogue of layers that multiply by a kernel: bias and activation."""

from minikeras.activations import relu
from minikeras.ops import activation as ops
from minikeras.ops.epilogue import with_epilogue


def product_with_epilogue(product, x, kernel, bias, activation):
    """activation(product(x, kernel) + bias), where bias and activation may be None; product, bias and relu in one op.

    Args:
        product: an op such as `Matmul()` or `Conv(…)`.
    """
    if bias is None:
        y = product(x, kernel)
    elif activation is relu or activation is ops.relu:
        return with_epilogue(product, x, kernel, bias, relu=True)
    else:
        y = with_epilogue(product, x, kernel, bias)
    return y if activation is None else activation(y)
