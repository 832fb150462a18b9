"""What this machine can do at most, measured: the roofs of the kernels' roofline."""

import time

import numpy as np

from minikeras.kernels.elementwise_jobs import add_jobs
from minikeras.kernels.job_lists import JobList
from minikeras.kernels.memory import aligned
from minikeras.kernels.products import product_jobs
from minikeras.tools.tracing import machine_peaks as machine

SIDE = 512  # of square matrices
CACHED = 1 << 15  # numbers of each array and thread that the second-level cache holds: 128 kB
REPEATS = 40


def measured(threads):
    """The peaks: {"gflops": float32 products, "bandwidth": GB/s of memory, "cache": GB/s of the second-level cache}.

    For products the better of NumPy's BLAS and ours; bytes are those of c = a + b, two arrays read and one written.
    """
    a, b, c = (aligned((SIDE, SIDE)) for _ in range(3))
    a[:], b[:] = 1, 1
    products = 2 * SIDE**3 / _best(JobList(product_jobs(a, b, c)).run) / 1e9
    x, y, z = (np.ones(CACHED * threads, np.float32) for _ in range(3))
    cached = 3 * x.nbytes / _best(JobList(add_jobs(x, y, z)).run) / 1e9
    peaks = machine.measured(threads)
    return {"gflops": max(products, peaks.gflops), "bandwidth": peaks.bandwidth, "cache": cached}


def better(one, two):
    """The higher of both of each: other work may have kept the machine busy during one of the measurements."""
    return {name: max(one.get(name, 0), two.get(name, 0)) for name in {**one, **two}}


def _best(function):
    durations = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        function()
        durations.append(time.perf_counter() - start)
    return min(durations)
