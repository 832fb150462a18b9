"""`split_dataset`: the samples of arrays or of a Dataset as two Datasets."""

import random

import numpy as np

from minikeras import tree
from minikeras.autodiff.tensor import Tensor
from minikeras.data.arrays import common_length
from minikeras.data.pipeline import Dataset
from minikeras.data.pipeline.batching import Batch
from minikeras.data.pipeline.stage import INFINITE, stage_of
from minikeras.data.pipeline.structure import as_element, stack


def split_dataset(dataset, left_size=None, right_size=None, shuffle=False, seed=None, preferred_backend=None):
    """Split samples into a left and a right Dataset, such as training and test data.

    Args:
        dataset: a Dataset, which is read into memory (if its last step is `batch`, the samples of its batches are
            split, and batched again); or an array, or a list or tuple of arrays of one length.
        left_size, right_size: share (float) or number (int) of samples; what the other leaves if None.
        shuffle: whether samples are drawn in a random order, by Python's `random` as in Keras.
        seed: of that order; drawn by `random` if None. Python's generator is seeded with it, as Keras does.
        preferred_backend: None, "tensorflow" or "minikeras": there is one kind of Dataset here.

    Returns:
        (left, right), Datasets of single samples, or of batches if `dataset` has them. Lists become tuples.

    Raises:
        TypeError: `dataset` is of another type, such as a generator or a dict.
        ValueError: a list of anything but arrays, no samples, several shapes of samples, sizes that do not fit.
    """
    if preferred_backend not in (None, "minikeras", "tensorflow"):
        raise ValueError(f"`preferred_backend` must be None or 'tensorflow'. Received: {preferred_backend!r}")
    stage = stage_of(dataset) if isinstance(dataset, Dataset) else None
    total, part = _columns(dataset) if stage is None else _elements(dataset, isinstance(stage, Batch))
    left, right = _sizes(left_size, right_size, total)
    order = list(range(total))
    if shuffle:
        random.seed(random.randint(0, 10**6) if seed is None else seed)
        random.shuffle(order)
    parts = [Dataset.from_tensor_slices(part(rows)) for rows in (order[:left], order[total - right :])]
    return tuple([each.batch(stage.size) for each in parts] if isinstance(stage, Batch) else parts)


def _elements(dataset, is_batched):
    """(number of samples, function from indices to these samples, stacked) of a Dataset."""
    if stage_of(dataset).cardinality() == INFINITE:
        raise ValueError("`dataset` never ends, so it cannot be split. Limit it first: dataset.take(1000).")
    samples = list(dataset.unbatch() if is_batched else dataset)
    if not samples:
        raise ValueError("`dataset` has no samples to split.")
    return len(samples), lambda rows: stack([samples[row] for row in rows])


def _columns(data):
    """The same for arrays."""
    if not (isinstance(data, (list, tuple)) or hasattr(data, "shape")):
        raise TypeError(
            "Unsupported dataset type: `dataset` must be a Dataset, an array, a list or tuple of arrays. "
            f"Received: {data!r}, a "
            f"{type(data).__name__}. Of a generator make one: tf.data.Dataset.from_generator."
        )
    if isinstance(data, (list, tuple)):
        if not_arrays := [type(item).__name__ for item in data if not hasattr(item, "shape")]:
            raise ValueError(
                f"`dataset` is a {type(data).__name__} of NumPy arrays. Received: parts of {not_arrays[0]}"
            )
        data = tuple(data)
    columns = as_element(data)
    if isinstance(columns, Tensor) and columns.ndim == 1 and columns.array.dtype.kind in "iu":
        columns = Tensor(columns.array.astype("int32"))  # in Keras the samples become Python numbers
    if any(not isinstance(leaf, Tensor) or leaf.ndim == 0 for leaf in tree.flatten(columns)):
        raise ValueError(f"`dataset` must have arrays with an axis of samples. Received: {data!r}")
    return common_length(columns), lambda rows: tree.map_structure(lambda x: x.array[np.array(rows)], columns)


def _sizes(left_size, right_size, total):
    """Convert the user's sizes to numbers of samples."""
    if left_size is None and right_size is None:
        raise ValueError("At least one of `left_size` and `right_size` must be specified. Received: None for both")
    sizes = []
    for name, size in (("left_size", left_size), ("right_size", right_size)):
        if size is not None and not isinstance(size, (int, float)):
            raise TypeError(f"Invalid `{name}` Type. Expected: int or float or None. Received: {name}={size!r}")
        if (isinstance(size, float) and not 0 < size < 1) or (isinstance(size, int) and not 0 < size < total):
            raise ValueError(
                f"`{name}` should be a float between 0 and 1, a share, or a positive integer smaller than {total}. "
                f"Received: {name}={size}"
            )
        sizes.append(round(size * total) if isinstance(size, float) else size)
    left = total - sizes[1] if sizes[0] is None else sizes[0]
    right = total - left if sizes[1] is None else sizes[1]
    if left + right > total or not left or not right:
        raise ValueError(
            "The sum of `left_size` and `right_size` exceeds the whole, or one part is empty: "
            f"{total} samples cannot be split into {left} and {right}."
        )
    return left, right
