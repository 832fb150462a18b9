"""Outputs of `predict`: those of all batches, joined along the first axis."""

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.ragged import RaggedTensor


def as_output(y):
    """What a model returned for a batch as an array; ragged tensors stay."""
    return y if isinstance(y, RaggedTensor) else np.asarray(y)


def copied_output(y):
    """The same in memory of its own."""
    return y if isinstance(y, RaggedTensor) else np.array(y)


def joined_batches(parts):
    """The outputs of all batches as one array; ragged if one is, or if they differ in another axis, as in Keras."""
    if isinstance(parts[0], RaggedTensor) or len({part.shape[1:] for part in parts}) > 1:
        return RaggedTensor.of_rows([row for part in parts for row in _rows(part)])
    return parts[0].copy() if len(parts) == 1 else np.concatenate(parts)


def _rows(part):
    return part if isinstance(part, RaggedTensor) else map(Tensor, part)


def as_row(row):
    """A row as `RaggedTensor.of_rows` takes it."""
    return Tensor(row) if isinstance(row, np.ndarray) else row
