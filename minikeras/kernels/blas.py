"""Matrix products of arrays: large float32 products by our own micro-kernel, others by NumPy's BLAS on one thread.

Our products are split into tasks that any thread may take over. OpenBLAS splits even small products between threads
that wait for each other without sleeping: as soon as another process wants a core, the product waits for a thread
that is not running. Measured on two cores, a training step of the 28×28 CNN with batch 32: quiet, 11.4 ms on one
thread and 8.5 ms on two; alongside other processes, 11 ms on one and 47 to 196 ms on two.

BLAS's number of threads is global to the process, so it is read before and restored after each product; a number that
the user sets, by threadpoolctl or otherwise, stays. That is safe: a product that another Python thread begins meanwhile
is the same on one thread, up to rounding.

The choice depends on the shapes alone, so that runs are reproducible bit for bit.
"""

import numpy as np

from minikeras.base.optional_packages import module_if_installed
from minikeras.kernels.memory import empty
from minikeras.kernels.prepared import run_prepared
from minikeras.kernels.products import can_multiply, product_jobs
from minikeras.kernels.registry import compiles

# Multiplications from which our own product is quicker: making its tasks takes 20 µs. 32×784×100: 63 µs by BLAS on one
# thread, 47 by our product on two; 32×100×10: 4 and 21.
LARGE = 2e6
# Multiplications up to which OpenBLAS stays on one thread anyway, for matrices of more than one row and column.
# Reading and setting its number of threads takes 6 µs, as long as such a product.
SMALL = 1 << 17
# The same for one row or column: OpenBLAS uses one thread below 2304 · 4 (its interface/gemv.c). This saves a quarter
# of the time of a small network's call on one sample.
SMALL_VECTOR = 2304 * 4 - 1

_blas = None  # threadpoolctl's controllers of the BLAS libraries that are loaded, found at the first product


def matmul(x1, x2, out=None, bias=None, relu=False):
    """`np.matmul(x1, x2, out)`, plus a bias along the last axis, or the relu of that."""
    multiplications = x1.size * x2.shape[-1]
    if multiplications >= LARGE and x2.ndim == 2 and x1.ndim > 1 and compiles(x1, x2):
        rows = x1.reshape(-1, x1.shape[-1]) if x1.ndim > 2 else x1
        if can_multiply(rows, x2):
            return _own_product(rows, x2, out, x1.shape, bias, relu)
    if x1.ndim > 1 < x2.ndim and multiplications <= (SMALL if x1.shape[-2] > 1 < x2.shape[-1] else SMALL_VECTOR):
        return add_bias(np.matmul(x1, x2, out), bias, relu)
    libraries = _libraries() if _blas is None else _blas
    on_several = [(library, count) for library in libraries if (count := library.get_num_threads()) > 1]
    for library, _ in on_several:
        library.set_num_threads(1)
    try:
        result = np.matmul(x1, x2, out)
    finally:
        for library, count in on_several:
            library.set_num_threads(count)
    return add_bias(result, bias, relu)


def add_bias(y, bias, relu):
    """y + bias (None: nothing), or relu of it, written over y."""
    if bias is not None:
        y += bias
    return np.maximum(y, 0, out=y) if relu else y


def _own_product(rows, x2, out, shape, bias, relu):
    in_place = out is not None and out.flags.c_contiguous and out.dtype == np.float32
    result = out.reshape(-1, x2.shape[1]) if in_place else empty((len(rows), x2.shape[1]))
    run_prepared(product_jobs, (rows, x2, result, bias), relu)
    if out is None:
        return result.reshape(*shape[:-1], x2.shape[1])
    if not in_place:
        out[...] = result.reshape(out.shape)
    return out


def _libraries():
    """The BLAS libraries, none in a browser."""
    global _blas
    threadpoolctl = module_if_installed("threadpoolctl")  # None in a browser, where BLAS has one thread
    _blas = threadpoolctl.ThreadpoolController().select(user_api="blas").lib_controllers if threadpoolctl else []
    return _blas
