"""Splits off the last samples for validation in `fit`."""

import math

from minikeras import tree
from minikeras.data.arrays import as_arrays, common_length
from minikeras.data.batches import PARTS, is_iterable_of_batches
from minikeras.data.sparse_rows import SparseRows
from minikeras.data.stored_rows import StoredRows


def train_validation_split(arrays, validation_split):
    """(training arrays, validation arrays): the last `validation_split` (a share between 0 and 1) validates.

    Raises:
        ValueError: the share is not between 0 and 1, the data is not arrays, or one side would be empty.
    """
    if not 0 < validation_split < 1:
        raise ValueError(
            "`validation_split` is the fraction of the samples that validates, above 0 and below 1, such as 0.2. "
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
            "`validation_split` leaves no sample for training, or none for validation. "
            f"Received: validation_split={validation_split} for {n} samples. Give more data, or a different value."
        )

    def rows(array, start, stop):
        if array is None:
            return None
        return array.part(start, stop) if isinstance(array, (SparseRows, StoredRows)) else array[start:stop]

    def cut(start, stop):
        return [tree.map_structure(lambda array: rows(array, start, stop), part) for part in arrays]

    return cut(0, split), cut(split, n)
