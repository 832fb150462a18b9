"""`Workers`: several batches made at the same time, handed out in order."""

from collections import deque
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

_dataset_of_process = None  # in a worker process: the data set it was started with


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
        """`dataset[i]` for each i of `numbers`, in that order. What goes wrong in a worker is raised here."""
        executor, make = self._start()
        waiting = deque()
        numbers = iter(numbers)
        try:
            for i in numbers:
                waiting.append(executor.submit(make, i))
                if len(waiting) >= self.queue_size:
                    break
            while waiting:
                batch = waiting.popleft().result()
                for i in numbers:
                    waiting.append(executor.submit(make, i))
                    break
                yield batch
        finally:
            executor.shutdown(wait=True, cancel_futures=True)

    def _start(self):
        """The executor, and the function that it is to call with a batch's number."""
        if not self.use_processes:
            return ThreadPoolExecutor(self.count, thread_name_prefix="minikeras-data"), self.dataset.__getitem__
        return ProcessPoolExecutor(self.count, initializer=_receive, initargs=(self.dataset,)), _batch_of_process


def _receive(dataset):
    global _dataset_of_process
    _dataset_of_process = dataset


def _batch_of_process(i):
    return _dataset_of_process[i]
