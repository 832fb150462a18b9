"""The limits of this machine, measured: its peak in matrix products and its memory bandwidth."""

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from minikeras.base.optional_packages import optional_module

SIDE = 512  # of the square matrices: 0.3 GFLOP, a few milliseconds, often without interruption by another process
SHORT_REPEATS = 40
ELEMENTS = 2**24  # of each of three float32 arrays of 64 MB, larger than any cache
CHUNKS = 16  # timed one by one, a few milliseconds each, for the same reason
REPEATS = 4


@dataclass(frozen=True)
class Machine:
    """Peaks with the given number of threads.

    Attributes:
        threads: how many.
        gflops: 10⁹ floating-point operations per second in float32 products of large matrices.
        bandwidth: 10⁹ bytes per second from and to memory.
    """

    threads: int
    gflops: float
    bandwidth: float

    def best_of(self, other):
        """The higher of each peak: other work may have kept the machine busy during one of the measurements."""
        return Machine(self.threads, max(self.gflops, other.gflops), max(self.bandwidth, other.bandwidth))

    def attainable(self, operations, moved):
        """The shortest time in seconds that the roofline allows: limited by arithmetic or by memory."""
        return max(operations / (self.gflops * 1e9), (moved or 0.0) / (self.bandwidth * 1e9))


def measured(threads):
    """The peaks of this machine."""
    return Machine(threads, peak_of_products(threads), memory_bandwidth(threads))


def peak_of_products(threads):
    """GFLOP/s of NumPy's float32 matrix product: the best of many short ones on one thread, times the threads.

    A product spread over all threads waits for the slowest: alongside other work it shows a fifth of the cores' peak.
    """
    threadpool_limits = optional_module("threadpoolctl", "A peak of products").threadpool_limits  # not in a browser
    a, b = np.ones((SIDE, SIDE), np.float32), np.ones((SIDE, SIDE), np.float32)
    c = np.empty_like(a)
    with threadpool_limits(1):
        best = min(_seconds(lambda: np.matmul(a, b, out=c)) for _ in range(SHORT_REPEATS))
    return threads * 2 * SIDE**3 / best / 1e9


def memory_bandwidth(threads):
    """GB/s of c = a + b on arrays in memory: two are read and one is written, each thread in its own part."""
    a, b, c = (np.ones(ELEMENTS, np.float32) for _ in range(3))
    bounds = np.linspace(0, ELEMENTS, CHUNKS * threads + 1).astype(int)
    parts = [slice(start, stop) for start, stop in itertools.pairwise(bounds)]

    def add(part):
        np.add(a[part], b[part], out=c[part])

    with ThreadPoolExecutor(threads) as pool:
        chunks = [parts[i : i + threads] for i in range(0, len(parts), threads)]
        best = min(_seconds(lambda p=chunk: list(pool.map(add, p))) for _ in range(REPEATS) for chunk in chunks)
    return 3 * a.nbytes / CHUNKS / best / 1e9


def _seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start
