"""The three products of a Dense layer in float32: forward with bias and relu, and both gradients.

    y = max(floor, x · kernel + bias)        dkernel = xᵀ · dy, dbias = Σ dy        dx = dy · kernelᵀ

Shapes: x (batch, features), kernel (features, units), bias (units,), y and dy (batch, units). `products.py` splits
each into tasks by rows or columns of its result, so that every element is summed by one thread in one order;
`long_products.py` splits small kernel gradients of many rows by the rows.
"""

import numpy as np

from minikeras.kernels.long_products import is_long, long_product_jobs
from minikeras.kernels.products import product_jobs


def dense_jobs(x, kernel, bias, y, relu=False):
    """The jobs that set y = x · kernel + bias, or relu of it. `bias` may be None."""
    return product_jobs(x, kernel, y, bias, relu)


def dense_kernel_gradient_jobs(x, dy, dkernel, dbias=None):
    """The jobs that set dkernel = xᵀ · dy and, unless it is None, dbias = Σ dy over the batch."""
    if is_long(x, dy):
        return long_product_jobs(x, dy, dkernel, dbias)
    jobs = product_jobs(x.T, dy, dkernel)
    if dbias is not None:
        jobs += product_jobs(np.ones((1, len(dy)), np.float32), dy, dbias.reshape(1, -1))
    return jobs


def dense_input_gradient_jobs(dy, kernel, dx, relu_output=None):
    """The jobs that set dx = dy · kernelᵀ, or 0 where `relu_output`, the layer's input, is not positive."""
    return product_jobs(dy, kernel.T, dx, positive=relu_output)
