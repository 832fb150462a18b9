"""The epilogue of layers that multiply by a kernel: bias and activation."""

from minikeras import activations
from minikeras.ops import activation as ops
from minikeras.ops import epilogue

RELUS = (activations.relu, ops.relu)


def product_with_epilogue(product, x, kernel, bias, activation):
    """activation(product(x, kernel) + bias), where bias and activation may be None; product, bias and relu in one op.

    Args:
        product: an op such as `Matmul()` or `Conv(…)`.
    """
    if bias is not None and epilogue.can_fuse(x, kernel, bias):
        relu = activation in RELUS
        y = epilogue.ProductEpilogue(product, relu)(x, kernel, bias)
        return y if relu or activation is None else activation(y)
    y = product(x, kernel)
    if bias is not None:
        y = y + bias
    return y if activation is None else activation(y)
