"""Reports which kernels run: `observing_kernels` calls your function for each.

    from minikeras.kernels.observers import observing_kernels

    ran = set()
    with observing_kernels(lambda kernel: ran.add(kernel.name)):
        model.fit(x, y)
    print(sorted(ran))  # ['adam.chunks', 'product_tasks', …]

The tests use it to check that the same kernels run compiled and as Python. Without observers a call checks an empty
list, 0.01 µs.
"""

from contextlib import contextmanager
from time import perf_counter

observers = []
"""The functions to call, shared by all threads."""
timers = []
"""Functions of (kernel, job, seconds) to call after each job, which then runs by itself; see `timing_kernels`."""


@contextmanager
def observing_kernels(observer):
    """Inside the context `observer(kernel)` is called before kernels run, in any thread.

    Args:
        observer: function of a `TaskKernel` or `FormulaKernel`. It is called once for each job, however many tasks the
            job has, compiled or as Python; not where a NumPy reference runs instead.
    """
    observers.append(observer)
    try:
        yield
    finally:
        observers.remove(observer)


@contextmanager
def timing_kernels(timer):
    """Inside the context `timer(kernel, job, seconds)` is called after each job.

    Jobs that run in one call of compiled code otherwise run one by one, with the same results.

    Args:
        timer: function of a kernel, its `Job` (None for a formula of few elements, which needs none), and seconds.
    """
    timers.append(timer)
    try:
        with observing_kernels(lambda kernel: None):
            yield
    finally:
        timers.remove(timer)


def timed(kernel, job, call, *arguments):
    """Call the compiled code, and the timers with the seconds that it took."""
    start = perf_counter()
    call(*arguments)
    seconds = perf_counter() - start
    for timer in tuple(timers):
        timer(kernel, job, seconds)


def note(kernel):
    """Call the observers."""
    for observer in tuple(observers):
        observer(kernel)
