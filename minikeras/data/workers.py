"""`Workers`: several batches made at the same time, returned in order."""

import threading
from collections import deque
from contextlib import contextmanager

from minikeras.base.system import in_browser
from minikeras.data.executors import thread_pool

_dataset_of_process = None  # in a worker process: the data set it was started with
_starting = threading.Lock()


class Workers:
    """Threads or processes that call `dataset[i]`.

    Args:
        dataset: anything with `__getitem__`.
        count: how many threads or processes.
        use_processes: processes in place of threads; the data set is sent to each once.
        queue_size: how many batches may be under way or wait to be taken.
    """

    def __init__(self, dataset, count, use_processes, queue_size):
        self.dataset = dataset
        self.count = count
        self.use_processes = use_processes
        self.queue_size = max(queue_size, 1)

    def batches(self, numbers):
        """`dataset[i]` for each i of `numbers`, in that order. An error in a worker is raised here."""
        executor, submit, make = self._start()
        waiting = deque()
        numbers = iter(numbers)
        try:
            for i in numbers:
                waiting.append(submit(make, i))
                if len(waiting) >= self.queue_size:
                    break
            while waiting:
                batch = waiting.popleft().result()
                for i in numbers:
                    waiting.append(submit(make, i))
                    break
                yield batch
        finally:
            executor.shutdown(wait=True, cancel_futures=True)

    def _start(self):
        """(the executor, its `submit`, the function to call with a batch's number)."""
        if not self.use_processes or in_browser():
            threads = thread_pool(self.count, "minikeras-data")
            return threads, threads.submit, self.dataset.__getitem__
        from concurrent.futures import ProcessPoolExecutor  # here: a browser has no processes, few programs need them

        with _safe_path():
            processes = ProcessPoolExecutor(self.count, initializer=_receive, initargs=(self.dataset,))

        def submit(make, i):  # which starts a process if none is idle
            with _safe_path():
                return processes.submit(make, i)

        return processes, submit, _batch_of_process


@contextmanager
def _safe_path():
    """A context in which `multiprocessing` starts processes with Python's `-P`.

    A worker that is not forked (like the fork server and the resource tracker of `multiprocessing`) begins as
    `python -c …` and would look for modules such as `pickle` in the working folder first. Later it gets its parent's
    `sys.path`, which finds the user's data set in the working folder or elsewhere. The only way to reach these commands
    is a private function, whose list of flags they all take over; PYTHONSAFEPATH in the environment would also reach
    scripts that other threads start in the meantime.
    """
    from multiprocessing import util  # see `Workers._start`

    with _starting:
        flags = util._args_from_interpreter_flags
        util._args_from_interpreter_flags = lambda: [*flags(), "-P"]
        try:
            yield
        finally:
            util._args_from_interpreter_flags = flags


def _receive(dataset):
    global _dataset_of_process
    _dataset_of_process = dataset


def _batch_of_process(i):
    return _dataset_of_process[i]
