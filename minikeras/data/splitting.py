"""Setting the last samples aside for validation."""

import math

from minikeras import tree
from minikeras.data.arrays import as_arrays, common_length


def train_validation_split(arrays, validation_split):
    """(training arrays, validation arrays): the last `validation_split` (a share between 0 and 1) validates.

    Raises:
        ValueError: the data is not arrays, or one side would be empty.
    """
    if any(hasattr(a, "__next__") for a in tree.flatten(arrays)):
        raise ValueError("Argument `validation_split` is only supported for arrays. Pass `validation_data` instead.")
    arrays = [as_arrays(part) for part in arrays]
    n = common_length(*arrays)
    split = math.floor(n * (1.0 - validation_split))
    if split == 0 or split == n:
        raise ValueError(
            f"Training data contains {n} samples, which is not sufficient to split it into a validation and training set "
            f"as specified by `validation_split={validation_split}`. Either provide more data, or a different value."
        )

    def cut(start, stop):
        return [tree.map_structure(lambda a: None if a is None else a[start:stop], part) for part in arrays]

    return cut(0, split), cut(split, n)
