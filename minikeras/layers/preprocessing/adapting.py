"""Data for `adapt`: one array, or batches computed on demand, with a progress line after a few seconds."""

import sys
import time
from itertools import islice

import numpy as np

from minikeras import ops
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.base.messages import print_message
from minikeras.data.pipeline import INFINITE, Dataset
from minikeras.ops.conversion import data_tensor
from minikeras.tensors.ragged import RaggedTensor

SILENT_SECONDS = 3.0  # before progress is first shown
SECONDS_ON_A_TERMINAL = 0.5  # between updates of the line
SECONDS_IN_A_FILE = 30.0  # between updates where each is a line of its own


def is_array(data):
    """Whether the data is one array or tensor."""
    return isinstance(data, (np.ndarray, np.generic, Tensor, Variable))


def batches_of(data, steps=None):
    """Iterator over the batches of a Dataset, PyDataset, generator or other iterable, with progress if it takes long.

    Args:
        steps: the maximum number of batches; all if None. Required for infinite Datasets and iterables.
    """
    if steps is None and isinstance(data, Dataset) and int(data.cardinality()) == INFINITE:
        raise ValueError("The data set is infinite. Pass `steps` to `adapt`, or use `dataset.take(count)`.")
    if not hasattr(data, "__iter__") and hasattr(data, "__getitem__"):
        data = PyDatasetBatches(data)
    return with_progress(islice(data, steps), _number_of_batches(data, steps))


class PyDatasetBatches:
    """The batches of an object with `__len__` and `__getitem__`, as an iterable."""

    def __init__(self, data):
        self.data = data

    def __len__(self):
        return len(self.data)

    def __iter__(self):
        return (self.data[i] for i in range(len(self)))


def _number_of_batches(data, steps):
    """How many batches there are, at most `steps`; None if unknown."""
    try:
        total = len(data)
    except TypeError:  # a generator, or a Dataset of unknown length
        return steps
    return total if steps is None else min(total, steps)


def count_tokens(layer, data, steps):
    """Run `adapt` for a layer whose `update_state` counts tokens: in an array, list, (ragged) tensor, or batches."""
    if data is None:
        raise ValueError(f"`adapt` of {layer.name} takes an array, a list or batches of data. Received: None")
    layer.reset_state()
    if is_array(data) or isinstance(data, (list, tuple, RaggedTensor)):
        layer.update_state(_as_samples(data))
    else:
        for batch in batches_of(data, steps):
            layer.update_state(batch)
    layer.finalize_state()


def _as_samples(data):
    """The whole data, with at least an axis of samples and an axis of tokens."""
    if isinstance(data, RaggedTensor):
        return data
    data = data_tensor(data)
    return ops.expand_dims(data, -1) if len(data.shape) == 1 else data


def with_progress(batches, total=None):
    """The batches, with a line of progress.

    Args:
        batches: iterable.
        total: how many there are; None if unknown.
    """
    begin = now = time.monotonic()
    next_time, is_shown = begin + SILENT_SECONDS, False
    on_terminal = bool(getattr(sys.stdout, "isatty", lambda: False)())
    count = 0
    for batch in batches:
        yield batch
        count, now = count + 1, time.monotonic()
        if now >= next_time:
            _show(count, total, now - begin, on_terminal)
            next_time, is_shown = now + (SECONDS_ON_A_TERMINAL if on_terminal else SECONDS_IN_A_FILE), True
    if is_shown:
        _show(count, total, now - begin, on_terminal)
        print_message("", line_break=on_terminal)


def _show(count, total, seconds, on_terminal):
    of_total = "" if total is None else f" of {total}"
    text = f"adapt: {count}{of_total} batches, {seconds:.0f} s"
    print_message(f"\r{text}" if on_terminal else text, line_break=not on_terminal)
