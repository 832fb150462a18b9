"""`timeseries_dataset_from_array`: windows of a series, each with its target, as a `Dataset`."""

import numbers

import numpy as np

from minikeras.data.pipeline import Dataset
from minikeras.data.pipeline.series_windows import SeriesWindows
from minikeras.data.pipeline.structure import as_owned_element
from minikeras.utils.directory_dataset import BATCHES_SHUFFLED, SHUFFLED_ALONE, check_integer
from minikeras.utils.image_dataset import check_format


def timeseries_dataset_from_array(
    data,
    targets,
    sequence_length,
    sequence_stride=1,
    sampling_rate=1,
    batch_size=128,
    shuffle=False,
    seed=None,
    start_index=None,
    end_index=None,
    format="tf",
):
    """A Dataset of batches of windows: data[i], data[i + r], … data[i + (L − 1) r] for i = 0, s, 2s, …

    Args:
        data: array (steps, …).
        targets: targets[i] belongs to the window that starts at i; None for windows alone.
        sequence_length: L, steps in a window.
        sequence_stride: s, from the start of a window to that of the next.
        sampling_rate: r, from a step of a window to the next.
        batch_size: windows in a batch; None for single ones.
        shuffle, seed: whether the order is random, and its seed.
        start_index, end_index: only data[start_index:end_index] is used.
        format: only "tf", a Dataset.

    Returns:
        A Dataset of (windows, targets), or of windows. Windows are made on demand.

    Raises:
        ValueError: an index or step outside of the data.
        TypeError: a step that is not an integer, or data that are not array.
    """
    check_format(format)
    if not isinstance(sequence_length, numbers.Integral) or sequence_length < 1:
        error = ValueError if isinstance(sequence_length, numbers.Integral) else TypeError
        raise error(f"`sequence_length` must be a positive integer. Received: sequence_length={sequence_length!r}")
    check_integer("batch_size", batch_size, 1)
    check_integer("seed", seed, 0)
    data = _series("data", data)
    _check_indices(len(data), start_index, end_index)
    for name, value in (("sampling_rate", sampling_rate), ("sequence_stride", sequence_stride)):
        if not isinstance(value, numbers.Integral) or not 0 < value < len(data):
            error = ValueError if isinstance(value, numbers.Integral) else TypeError
            raise error(
                f"`{name}` must be higher than 0 and lower than the length of the data, {len(data)}. "
                f"Received: {value!r}"
            )
    start, end = start_index or 0, len(data) if end_index is None else end_index
    used, targets = data[start:end], None if targets is None else _series("targets", targets)
    count = end - start - (sequence_length - 1) * sampling_rate
    if targets is not None:
        count = min(count, len(targets))
        targets = targets[start:end]
        _check_targets(len(targets), count, start)
    starts = np.arange(0, count, sequence_stride, dtype="int32" if count < 2**31 - 1 else "int64")
    if shuffle:
        seed = np.random.randint(10**6) if seed is None else seed  # noqa: NPY002 - Keras's
        np.random.RandomState(seed).shuffle(starts)
    dataset = Dataset(SeriesWindows(used, targets, starts, int(sequence_length), int(sampling_rate)))
    if shuffle:
        size = SHUFFLED_ALONE if batch_size is None else BATCHES_SHUFFLED * batch_size
        dataset = dataset.shuffle(size, seed=seed)
    return dataset if batch_size is None else dataset.batch(batch_size)


def _series(name, value):
    """The array of an argument that has an entry for each step."""
    if isinstance(value, Dataset):
        raise ValueError(
            f"`{name}` must be an array: windows may begin at any of its steps. Received: a Dataset. "
            "Join its elements by `np.concatenate(list(dataset.as_numpy_iterator()))`, or use `dataset.window`."
        )
    array = getattr(as_owned_element(list(value) if isinstance(value, tuple) else value), "array", None)
    if getattr(array, "ndim", 0) == 0:
        raise TypeError(f"`{name}` must be an array with one entry for each step. Received: {value!r}")
    return array


def _check_indices(length, start_index, end_index):
    if start_index is not None and not 0 <= start_index < length:
        raise ValueError(
            f"`start_index` must be 0 or greater, lower than the length {length} of the data. Received: {start_index}"
        )
    if end_index is not None and end_index and not (start_index or 0) < end_index < length:
        raise ValueError(
            f"`end_index` must be higher than `start_index`={start_index or 0} and lower than the length of the data, "
            f"{length}; None means the end. Received: end_index={end_index}"
        )


def _check_targets(length, count, start):
    if count > length:
        raise ValueError(
            f"`targets` must have one entry for each window, from `start_index`={start} on: {count} are needed, "
            f"{length} are there. Pass more targets or a smaller `end_index`."
        )
