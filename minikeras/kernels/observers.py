"""Which kernels ran: `observing_kernels` calls your function for each.

    from minikeras.kernels.observers import observing_kernels

    ran = set()
    with observing_kernels(lambda kernel: ran.add(kernel.name)):
        model.fit(x, y)
    print(sorted(ran))  # ['adam.chunks', 'product_tasks', …]

The tests use it to check that the same kernels run compiled and as Python. Without observers a call checks an empty
list, 0.01 µs.
"""

from contextlib import contextmanager

observers = []
"""The functions to call, shared by all threads."""


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


def note(kernel):
    """Call the observers."""
    for observer in tuple(observers):
        observer(kernel)
