"""Arrays (NumPy, Tensors, pandas frames) as batches."""

import math
import os

import numpy as np

from minikeras import tree
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.collectives.share import share_of
from minikeras.data.adapter import DataAdapter
from minikeras.data.batches import PARTS, data_array
from minikeras.data.pipeline.prefetching import prefetched
from minikeras.data.sparse_rows import SparseRows, is_sparse, sparse_rows
from minikeras.data.stored_rows import StoredRows, is_stored
from minikeras.kernels.random.permutation import shuffle_batches, shuffle_permutation
from minikeras.random.global_seed import get_random_seed
from minikeras.tensors.ragged.broadcasting import is_ragged

BYTES_READ_AHEAD = 4 << 20  # of data on disk, read for the steps of one call of compiled code


class ArrayAdapter(DataAdapter):
    """Divides arrays of equal length into batches, optionally shuffled again in each epoch.

    With a seed set by `set_random_seed`, tf.keras draws the *same* permutation in every epoch and every later `fit`;
    so does minikeras. Without a seed each epoch has its own.

    Args:
        x, y, sample_weight: arrays, or nested structures of them; first axes of one length.
        batch_size: samples in a batch; the last batch holds the remainder.
        steps: how many batches to make of the arrays if there is no `batch_size`; None for batches of 32.
        shuffle: True, False, or "batch" to shuffle within each batch only.
        class_weight: {class: weight}, converted to sample weights by the labels `y`.
        names: the names of x, y and the sample weights in errors.
    """

    def __init__(
        self, x, y=None, sample_weight=None, batch_size=None, shuffle=False, class_weight=None, names=PARTS, steps=None
    ):
        if class_weight is not None:
            if sample_weight is not None:
                raise ValueError("Give either `class_weight` or `sample_weight`, not both.")
            sample_weight = weights_of_classes(y, class_weight)
        parts = [as_arrays(part, name) for part, name in zip((x, y, sample_weight), names, strict=True)]
        _check_weights(parts[1], parts[2], names)
        while len(parts) > 1 and parts[-1] is None:
            parts.pop()
        self.parts = tuple(parts)
        self.num_samples = common_length(*(list(parts) + [None, None])[:3])
        if not self.num_samples:
            raise ValueError(f"There are no samples: the arrays of `{names[0]}` have the length 0.")
        if steps and steps < 0 and not batch_size:
            raise ValueError(f"The steps of an epoch cut arrays into as many batches: 1 or more. Received: {steps}")
        self.batch_size = batch_size or (math.ceil(self.num_samples / steps) if steps else 32)
        self.num_batches = -(-self.num_samples // self.batch_size)
        self.shuffle = shuffle
        arrays = tree.flatten(parts)
        self._is_on_disk = StoredRows in map(type, arrays)
        # whether compiled code can take rows out of the arrays
        self._has_plain_rows = not any(isinstance(array, SparseRows) or is_ragged(array) for array in arrays)

    def epoch(self):
        return self.epoch_from(0)

    def epoch_from(self, number):
        batches = self._batches(self._order(), number)
        if self._is_on_disk:
            batches = prefetched(batches)
        for batch, self.share in batches:
            yield batch

    def _batches(self, order, first):
        """(batch, its share) of each from number `first` on."""
        for start in range(first * self.batch_size, self.num_samples, self.batch_size):
            stop = min(start + self.batch_size, self.num_samples)
            share = None
            if self.group is not None:
                share = share_of(self.group.rank, self.group.size, stop - start)
                start, stop = start + share.slice.start, start + share.slice.stop
            yield _cut(self.parts, slice(start, stop) if order is None else order[start:stop]), share

    def runs(self):
        """A `Run` of all full batches and one of the partial last; None for sparse and ragged data.

        Data on disk comes in more of them: some MB are read at once, by a thread while the previous steps run.
        """
        if not self._has_plain_rows:
            return None
        runs = self._runs()
        return prefetched(self._read(runs), patience=0) if self._is_on_disk else runs

    def _runs(self):
        order = self._order()
        shuffled = order is not None
        order = order if shuffled else np.arange(self.num_samples)
        full = self.num_samples // self.batch_size * self.batch_size
        ends = [(0, full, self.batch_size), (full, self.num_samples, self.num_samples - full)]
        return iter([self._run(order[first:last], size, shuffled) for first, last, size in ends if last > first])

    def _read(self, runs):
        """Divide the runs into shorter ones, whose data is in memory."""
        arrays = [array for array in tree.flatten(self.parts) if array is not None]
        bytes_of_row = sum(array.dtype.itemsize * math.prod(array.shape[1:]) for array in arrays)
        for run in runs:
            rows = run.batch_size * max(1, BYTES_READ_AHEAD // (run.batch_size * bytes_of_row))
            for start in range(0, len(run.order), rows):
                order = run.order[start : start + rows]
                chosen = order if run.shuffled else slice(order[0], order[-1] + 1)
                parts = [
                    tree.map_structure(lambda array, rows=chosen: None if array is None else array[rows], part)
                    for part in self.parts
                ]
                yield Run(tuple(parts), np.arange(len(order)), run.batch_size, False, run.share)

    def _run(self, order, size, shuffled):
        if self.group is None:
            return Run(self.parts, order, size, shuffled)
        share = share_of(self.group.rank, self.group.size, size)
        own = order.reshape(-1, size)[:, share.slice].reshape(-1)
        return Run(self.parts, own, share.computed, True, share)

    def _order(self):
        """The order of the samples in this epoch, None for the natural one."""
        if not self.shuffle:
            return None
        seed = get_random_seed()
        if seed is None:
            seed = int.from_bytes(os.urandom(4), "little")
            seed = seed if self.group is None else self.group.broadcast(seed)
        if self.shuffle == "batch":
            return shuffle_batches(seed, self.num_samples, self.batch_size)
        return shuffle_permutation(seed, self.num_samples)


class Run:
    """Consecutive batches, taken out one by one in Python, or many at a time by compiled code.

    Args:
        parts: the whole data: x, y and sample weights, each an array or a structure of them.
        order: row indices of all samples of these batches, in order.
        batch_size: samples in each.
        shuffled: whether the rows are not contiguous.
        share: this rank's `Share` of each batch, None where one process trains.

    Attributes:
        arrays: those of the parts, in flat order.
        shares: the `Share` of each batch, or None.
    """

    def __init__(self, parts, order, batch_size, shuffled=True, share=None):
        self.parts = parts
        self.arrays = [array for array in tree.flatten(parts) if array is not None]
        self.order = order
        self.batch_size = batch_size
        self.shuffled = shuffled
        self.share = share
        self.shares = None if share is None else [share] * len(self)

    def __len__(self):
        return len(self.order) // self.batch_size

    def __getitem__(self, number):
        if not 0 <= number < len(self):
            raise IndexError(f"There are {len(self)} batches. Received: {number}")
        return self._cut(number, number + 1)

    def rest(self, first):
        """All batches from number `first` on as one `Run`."""
        return self._cut(first, len(self))

    def sources(self, part, first, count):
        """A list of the arrays that hold the rows of `count` batches; one array if it holds all of them."""
        return [self.arrays[part]]

    def rows(self, first, count):
        """The row indices of `count` batches in these arrays, in order."""
        return self.order[first * self.batch_size : (first + count) * self.batch_size]

    def values(self, part, first, count):
        """The rows of `count` batches."""
        return self.arrays[part][self.rows(first, count)]

    def _cut(self, first, last):
        rows = self.order[first * self.batch_size : last * self.batch_size]
        return _cut(self.parts, rows if self.shuffled else slice(rows[0], rows[-1] + 1))


def _cut(parts, rows):
    """One batch, as from `pack_x_y_sample_weight`: a tuple, or x alone if there are no labels and x is not a list."""
    batch = tuple([_rows(part, rows) if type(part) is np.ndarray else _cut_each(part, rows) for part in parts])
    return batch if len(batch) > 1 or isinstance(parts[0], (list, tuple)) else batch[0]


def _cut_each(structure, rows):
    return tree.map_structure(lambda array: None if array is None else _rows(array, rows), structure)


def _rows(array, rows):
    if type(array) is np.ndarray and type(rows) is not slice:
        rows = rows.astype(np.intp, copy=False)  # in a browser indices have 32 bits, and `take` narrows none
        return Tensor(array.take(rows, 0))  # 32 rows of 784 from memory: 15 µs, by `array[rows]` 20
    return array.rows_at(np.arange(len(array))[rows]) if is_ragged(array) else Tensor(array[rows])


def only_batch(x, batch_size):
    """An array with no more samples than a batch, as that batch: a Tensor. None if the data is anything else.

    `ArrayAdapter` would give the same with three times as much Python, which matters when one sample is predicted.
    """
    if type(x) is not np.ndarray or x.ndim == 0 or not 0 < len(x) <= (batch_size or 32):
        return None
    return Tensor(data_array(x, "x"))


def _check_weights(y, sample_weight, names):
    """Raise a ValueError unless the weights are one array, or nested like the labels (a tuple being like a list)."""
    if not tree.is_nested(sample_weight):
        return
    try:
        tree.assert_same_structure(_tuples_as_lists(y), _tuples_as_lists(sample_weight))
    except ValueError as error:
        raise ValueError(
            f"`{names[2]}` must be one array for all outputs, or nested like `{names[1]}`. Received: {error}"
        ) from None


def _tuples_as_lists(nested):
    if isinstance(nested, dict):
        return {key: _tuples_as_lists(value) for key, value in nested.items()}
    return [_tuples_as_lists(value) for value in nested] if isinstance(nested, (list, tuple)) else nested


def as_arrays(structure, name="x"):
    """Convert every leaf to a NumPy array, floats to `floatx()`. A list (or tuple) stands for several inputs.

    Args:
        name: the name of the structure in errors, such as "y"; a leaf is then called "y['label']" or "y[0]".

    Raises:
        ValueError: a list holds Python numbers (as in Keras); a leaf has no axis of samples.
    """
    if structure is None:
        return None
    if isinstance(structure, dict):
        return {key: as_arrays(value, f"{name}[{key!r}]") for key, value in structure.items()}
    if isinstance(structure, (list, tuple)) and structure:
        if holds_numbers(structure):
            raise ValueError(
                f"`{name}` is a list of numbers, but a list stands for several inputs or outputs, each an array. "
                f"Give one array: np.array({name})"
            )
        arrays = [as_arrays(item, f"{name}[{i}]") for i, item in enumerate(structure)]
        return type(structure)(*arrays) if hasattr(structure, "_fields") else type(structure)(arrays)
    return _one_array(structure, name)


def _one_array(x, name):
    if type(x) is not np.ndarray:
        if isinstance(x, (SparseRows, StoredRows)) or is_ragged(x):
            return x
        if is_stored(x):
            return StoredRows(x)
        if is_sparse(x):
            return sparse_rows(x)
        if hasattr(x, "to_numpy"):  # a pandas frame or series
            values = x.to_numpy()
            x = values[:, None] if values.ndim == 1 else values
    array = data_array(x, name)
    if array.ndim == 0:
        raise ValueError(f"Data needs an axis of samples. Received: {name}={array!r}, a single value.")
    return array


def holds_numbers(x):
    """Whether `x` is an array written out as a list: its innermost items are numbers."""
    if not isinstance(x, (list, tuple)):
        return False
    while isinstance(x, (list, tuple)) and x:
        x = x[0]
    return isinstance(x, (int, float, np.generic)) or (isinstance(x, np.ndarray) and x.ndim == 0)


def common_length(x, y=None, sample_weight=None):
    """The length of the first axis of all arrays.

    Raises:
        ValueError: they differ.
    """
    given = [part for part in (x, y, sample_weight) if part is not None]
    if {*map(type, given)} == {np.ndarray} and len({*map(len, given)}) == 1:
        return len(given[0])
    lengths = {
        name: sorted({len(a) for a in tree.flatten(part) if a is not None})
        for name, part in (("x", x), ("y", y), ("sample_weight", sample_weight))
        if part is not None
    }
    if len({n for found in lengths.values() for n in found}) > 1:
        sizes = ", ".join(f"{name}: {' and '.join(map(str, found))}" for name, found in lengths.items())
        raise ValueError(
            f"Data cardinality is ambiguous: all arrays must contain the same number of samples. Received: {sizes}"
        )
    found = [n for lengths_found in lengths.values() for n in lengths_found]
    if not found:
        raise ValueError("There is no data: `x` has no arrays.")
    return found[0]


def weights_of_classes(y, class_weight):
    """One weight per sample, by its class; `y` holds class indices or one-hot rows.

    Raises:
        ValueError: several outputs, labels that are neither, or a class that is named by a string.
    """
    labels = as_arrays(y, "y")
    labels = labels[:] if isinstance(labels, StoredRows) else labels
    if isinstance(labels, (list, tuple, dict)):
        if len(tree.flatten(labels)) != 1:
            raise ValueError(
                "`class_weight` needs a model with one output. Received: labels of several; use `sample_weight`."
            )
        labels = tree.flatten(labels)[0]
    if labels is None:
        raise ValueError("`class_weight` needs the labels `y`.")
    if labels.ndim == 2 and labels.shape[1] > 1:
        labels = labels.argmax(axis=1)
    labels = labels.reshape(len(labels), -1)
    if labels.shape[1] != 1:
        raise ValueError(f"`class_weight` needs one label per sample. Received: y of shape {labels.shape}")
    if not hasattr(class_weight, "items"):
        raise AttributeError(
            f"`class_weight` is a dict {{number of a class: weight}}. Received: {class_weight!r:.100} of type "
            f"{type(class_weight).__name__}. Weights in the order of the classes: dict(enumerate(weights))"
        )
    weights = np.ones(len(labels), "float32")
    for label, weight in class_weight.items():
        if isinstance(label, (str, bytes)):
            raise ValueError(
                f"`class_weight` is {{number of a class: weight}}. Received the key {label!r}, a string: is {{0: 1.0, "
                "1: 2.0} meant?"
            )
        weight = as_array(weight, None, f"`class_weight[{label!r}]`")
        if weight.ndim:
            raise ValueError(f"A class has one weight. Received: class_weight[{label!r}] of shape {weight.shape}")
        weights[np.round(labels[:, 0]).astype(np.int64) == int(label)] = weight
    return weights
