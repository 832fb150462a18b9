"""`PyDataset`: training data as a Python object that makes batch number i on demand."""

import itertools
import random
import time

from minikeras import tree
from minikeras.base.messages import warn
from minikeras.data.adapter import BATCHES_PROBED, DataAdapter
from minikeras.data.arrays import weights_of_classes
from minikeras.data.batches import to_tensors
from minikeras.data.gathering import runs_of
from minikeras.data.workers import Workers

_DEFAULTS = {"workers": 1, "use_multiprocessing": False, "max_queue_size": 10}


class PyDataset:
    """Base class of data sets that load or make their batches while a model trains.

        class Images(PyDataset):
            def __init__(self, files, labels, batch_size, **kwargs):
                super().__init__(**kwargs)
                self.files, self.labels, self.batch_size = files, labels, batch_size

            def __len__(self):                                  # number of batches
                return math.ceil(len(self.files) / self.batch_size)

            def __getitem__(self, index):                       # batch number `index`
                rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
                return np.stack([read(file) for file in self.files[rows]]), self.labels[rows]

        model.fit(Images(files, labels, 32, workers=4))

    A batch is x, (x, y) or (x, y, sample_weight). Unlike a generator, it can be read by several workers at once, and
    in another order: with `shuffle=True`, the default of `fit`, the batches come in an order drawn by Python's `random`
    in each epoch. Batches come in that order, for any number of workers.

    Args:
        workers: how many batches are made at the same time. Workers are threads, which helps where Python waits for
            files or the network, or where NumPy computes; 1 (or 0) makes each batch when the model asks for it.
        use_multiprocessing: workers are processes, which helps where Python itself computes. The object and its batches
            must be picklable; each epoch starts new processes with the state that the object has then.
        max_queue_size: how many batches are kept ready.
    """

    def __init__(self, workers=1, use_multiprocessing=False, max_queue_size=10):
        self._workers = workers
        self._use_multiprocessing = use_multiprocessing
        self._max_queue_size = max_queue_size

    def _setting(self, name):
        if f"_{name}" not in self.__dict__:
            warn(
                f"{type(self).__name__}.__init__ should call `super().__init__(**kwargs)`, where `kwargs` can include "
                "`workers`, `use_multiprocessing`, `max_queue_size`."
            )
            for other, default in _DEFAULTS.items():
                self.__dict__.setdefault(f"_{other}", default)
        return self.__dict__[f"_{name}"]

    @property
    def workers(self):
        """How many batches are made at the same time."""
        return self._setting("workers")

    @workers.setter
    def workers(self, value):
        self._workers = value

    @property
    def use_multiprocessing(self):
        """Whether workers are processes rather than threads."""
        return self._setting("use_multiprocessing")

    @use_multiprocessing.setter
    def use_multiprocessing(self, value):
        self._use_multiprocessing = value

    @property
    def max_queue_size(self):
        """How many batches are kept ready."""
        return self._setting("max_queue_size")

    @max_queue_size.setter
    def max_queue_size(self, value):
        self._max_queue_size = value

    def __getitem__(self, index):
        """Batch number `index`."""
        raise NotImplementedError(f"{type(self).__name__} must define `__getitem__(self, index)`.")

    @property
    def num_batches(self):
        """Batches in an epoch: `len(self)`. Override it to return None if there is no end."""
        if hasattr(self, "__len__"):
            return len(self)
        raise NotImplementedError(
            f"You need to implement `__len__` of {type(self).__name__}, or the `num_batches` property, which returns "
            "None if the batches have no end."
        )

    def __iter__(self):
        """The batches in order, made one by one; without end if their number is not defined."""
        try:
            count = self.num_batches
        except NotImplementedError:
            count = None
        for index in itertools.count() if count is None else range(count):
            yield self[index]

    def on_epoch_begin(self):
        """Called before each epoch."""

    def on_epoch_end(self):
        """Called after each epoch, and as in Keras once before the first: the place to draw a new order of samples."""


class PyDatasetAdapter(DataAdapter):
    """The batches of a `PyDataset`, in shuffled order if wanted, made by workers if it has several.

    Args:
        dataset: the PyDataset.
        shuffle: whether the batches come in a new order in each epoch.
        class_weight: {class: weight}, made into sample weights by the labels.

    Attributes:
        seconds_of_batch, bytes_of_batch: the time to make a batch, and its size, once an epoch has begun.
    """

    def __init__(self, dataset, shuffle=False, class_weight=None):
        self.dataset = dataset
        self.shuffle = shuffle
        self.class_weight = class_weight
        self.num_batches = dataset.num_batches
        if self.num_batches == 0:
            raise ValueError("The PyDataset has length 0: it has no batches.")
        self._running = None
        self._is_probed = False

    def epoch(self):
        return self.epoch_from(0)

    def epoch_from(self, number):
        return self.made(self.order_from(number))

    def runs(self):
        return runs_of(self.made(self.order_from(0), copy=False), copy=True)

    def order_from(self, number):
        """Iterator over the numbers of the batches of a new epoch, in their order, without the first ones."""
        self._probe()
        return itertools.islice(self._order(), number, None)

    def made(self, order, copy=True):
        """The batches with these numbers; copies, as `__getitem__` may fill the same array again for its next batch."""
        dataset = self.dataset
        if dataset.workers > 1 or (dataset.workers > 0 and dataset.use_multiprocessing):
            workers = Workers(dataset, dataset.workers, dataset.use_multiprocessing, dataset.max_queue_size)
            batches = self._running = workers.batches(order)
        else:
            batches = (dataset[i] for i in order)
        for batch in batches:
            yield self._prepare(batch, copy)

    def _probe(self):
        if not self._is_probed:
            self._is_probed = True
            for i in range(min(BATCHES_PROBED, self.num_batches or BATCHES_PROBED)):
                begun = time.perf_counter()
                batch = self.dataset[i]
                self.seconds_of_batch = time.perf_counter() - begun
                self.bytes_of_batch = sum(getattr(part, "nbytes", 0) for part in tree.flatten(batch))

    def _order(self):
        if self.dataset.num_batches is None:
            return itertools.count()
        order = list(range(self.dataset.num_batches))
        if self.shuffle:
            random.shuffle(order)
        return order

    def _prepare(self, batch, copy):
        if isinstance(batch, dict):  # it reaches `train_step` as it is
            return to_tensors(batch, copy)
        if isinstance(batch, list):
            batch = tuple(batch)
        parts = batch if isinstance(batch, tuple) else (batch,)
        if not 1 <= len(parts) <= 3 or not (isinstance(batch, (tuple, dict)) or hasattr(batch, "shape")):
            raise ValueError(
                "PyDataset.__getitem__() must return an array, a dict of arrays, or a tuple (inputs,), "
                f"(inputs, targets) or (inputs, targets, sample_weights). Received: {str(batch)[:100]} "
                f"of type {type(batch).__name__}"
            )
        if self.class_weight is not None:
            if len(parts) == 3:
                raise ValueError("`class_weight` and the batches both give samples weights. Leave out one of them.")
            if len(parts) == 2:
                parts = (*parts, weights_of_classes(parts[1], self.class_weight))
        return to_tensors(parts, copy)

    def on_epoch_begin(self):
        self.dataset.on_epoch_begin()

    def on_epoch_end(self):
        self._probe()  # also called once before the first epoch
        self.dataset.on_epoch_end()
        self.num_batches = self.dataset.num_batches

    def on_interruption(self):
        if self._running is not None:
            self._running.close()  # ends the workers
            self._running = None
