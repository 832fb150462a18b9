"""Matrix products by NumPy's BLAS: small ones on one thread, large ones on all.

OpenBLAS splits even small products between threads that wait for each other without sleeping. That helps on a quiet
machine; but as soon as another process wants a core, the product waits for a thread that is not running. Measured on
two cores, a training step of the 28×28 CNN with batch 32: quiet, 11.4 ms on one thread and 8.5 ms on two; beside other
processes, 11 ms on one and 47 to 196 ms on two.

Which way is taken depends on the shapes alone, so that a run repeats itself bit for bit.
"""

import numpy as np

# Floating-point operations from which a product is spread over all threads: 2 ms on one core.
LARGE = 2e8

_blas = None  # threadpoolctl's controllers of the BLAS libraries that are loaded, found at the first product


def matmul(x1, x2, out=None):
    """`np.matmul(x1, x2, out)`."""
    if 2.0 * x1.size * x2.shape[-1] >= LARGE:
        return np.matmul(x1, x2, out)
    libraries = _libraries() if _blas is None else _blas
    for library, _ in libraries:
        library.set_num_threads(1)
    try:
        return np.matmul(x1, x2, out)
    finally:
        for library, threads in libraries:
            library.set_num_threads(threads)


def _libraries():
    """[(BLAS library, its number of threads)], empty where there is nothing to switch."""
    global _blas
    from threadpoolctl import ThreadpoolController  # not at `import minikeras`: it looks through all loaded libraries

    found = ThreadpoolController().select(user_api="blas").lib_controllers
    _blas = [(library, library.num_threads) for library in found if library.num_threads > 1]
    return _blas
