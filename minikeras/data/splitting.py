"""Splitting off samples: the last ones for validation in `fit`, or a share of arrays by `split_dataset`."""

import math
import random

from minikeras import tree
from minikeras.data.arrays import as_arrays, common_length
from minikeras.data.batches import PARTS, is_iterable_of_batches


def train_validation_split(arrays, validation_split):
    """(training arrays, validation arrays): the last `validation_split` (a share between 0 and 1) validates.

    Raises:
        ValueError: the share is not between 0 and 1, the data is not arrays, or one side would be empty.
    """
    if not 0 < validation_split < 1:
        raise ValueError(
            "`validation_split` is the share of the samples that validates, above 0 and below 1, such as 0.2. "
            f"Received: validation_split={validation_split}"
        )
    batches = next((x for x in tree.flatten(arrays) if is_iterable_of_batches(x)), None)
    if batches is not None:
        raise ValueError(
            f"`validation_split` cuts arrays, and a {type(batches).__name__} is none. Keep some of its batches for "
            "`validation_data` instead, for example by `take` and `skip`."
        )
    arrays = [as_arrays(part, name) for part, name in zip(arrays, PARTS, strict=True)]
    n = common_length(*arrays)
    split = math.floor(n * (1.0 - validation_split))
    if split == 0 or split == n:
        raise ValueError(
            f"Training data contains {n} samples, which is not sufficient to split it into a validation and training "
            f"set as specified by `validation_split={validation_split}`. Give more data, or a different value."
        )

    def cut(start, stop):
        return [tree.map_structure(lambda a: None if a is None else a[start:stop], part) for part in arrays]

    return cut(0, split), cut(split, n)


def split_dataset(dataset, left_size=None, right_size=None, shuffle=False, seed=None, preferred_backend=None):
    """Split arrays into a left and a right part, such as training and test data.

    Args:
        dataset: an array, or a nested structure of arrays of one length.
        left_size, right_size: share (float) or number (int) of samples; what the other leaves if None.
        shuffle: whether samples are drawn in a random order, by Python's `random` as in Keras.
        seed: of that order; drawn by `random` if None. Python's generator is seeded with it, as Keras does.
        preferred_backend: None; minikeras knows arrays only.

    Returns:
        (left, right), each nested like `dataset`. (Keras on TensorFlow returns `tf.data.Dataset`s of single samples.)

    Raises:
        ValueError: sizes that do not fit.
    """
    if preferred_backend not in (None, "minikeras"):
        raise ValueError(f"`preferred_backend` must be None. Received: {preferred_backend!r}")
    arrays = as_arrays(dataset)
    total = common_length(arrays)
    left, right = _sizes(left_size, right_size, total)
    order = list(range(total))
    if shuffle:
        random.seed(random.randint(0, 10**6) if seed is None else seed)
        random.shuffle(order)

    def rows(numbers):
        return tree.map_structure(lambda array: array[numbers], arrays)

    return rows(order[:left]), rows(order[total - right :])


def _sizes(left_size, right_size, total):
    """Numbers of samples from sizes as the user gave them."""
    if left_size is None and right_size is None:
        raise ValueError("At least one of `left_size` and `right_size` must be given. Received: None for both")
    sizes = []
    for name, size in (("left_size", left_size), ("right_size", right_size)):
        if size is not None and not isinstance(size, (int, float)):
            raise TypeError(f"`{name}` must be an integer or a float. Received: {name}={size!r}")
        if (isinstance(size, float) and not 0 < size < 1) or (isinstance(size, int) and not 0 < size < total):
            raise ValueError(
                f"`{name}` must be a share between 0 and 1, or a number of samples between 1 and {total - 1}. "
                f"Received: {name}={size}"
            )
        sizes.append(round(size * total) if isinstance(size, float) else size)
    left = total - sizes[1] if sizes[0] is None else sizes[0]
    right = total - left if sizes[1] is None else sizes[1]
    if left + right > total or not left or not right:
        raise ValueError(f"{total} samples cannot be split into {left} and {right}.")
    return left, right
