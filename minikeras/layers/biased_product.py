"""How layers end that multiply by a kernel: a bias is added, then comes the activation."""

from minikeras.activations import relu
from minikeras.ops import activation as ops
from minikeras.ops.biased import biased


def biased_and_activated(product, x, kernel, bias, activation):
    """activation(product(x, kernel) + bias), where bias and activation may be None; product, bias and relu in one op.

    Args:
        product: an op such as `Matmul()` or `Conv(…)`.
    """
    if bias is None:
        y = product(x, kernel)
    elif activation is relu or activation is ops.relu:
        return biased(product, x, kernel, bias, relu=True)
    else:
        y = biased(product, x, kernel, bias)
    return y if activation is None else activation(y)
