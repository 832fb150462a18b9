"""SparseTensors as strings, as TensorFlow writes them: three TensorProtos, of the positions, the values and the
shape.
"""

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.formats.protobuf.tensor_message import read_tensor, written_tensor
from minikeras.tensors.sparse.rows import rows
from minikeras.tensors.sparse.sparse_tensor import SparseTensor


def written(sparse):
    """The three strings, a list of bytes."""
    return [written_tensor(part.array) for part in (sparse.indices, sparse.values, sparse.dense_shape)]


def written_rows(sparse):
    """The strings of each row along the first axis: an array (rows, 3) of bytes."""
    return np.array([written(row) for row in rows(sparse)], object).reshape(-1, 3)


def read_rows(strings):
    """The SparseTensor whose rows are stored in three strings each; other axes are as long as the longest of any row.

    Raises:
        InvalidArgumentError: the rows have different numbers of axes, or there are none.
    """
    parts = [list(map(read_tensor, row)) for row in strings.tolist()]
    if len({len(shape) for _, _, shape in parts}) != 1:
        raise InvalidArgumentError(
            None, None, f"All SparseTensors must have the same number of axes. Received: {len(parts)} of them"
        )
    positions = np.concatenate([np.insert(index, 0, i, axis=1) for i, (index, _, _) in enumerate(parts)])
    values = np.concatenate([of_row for _, of_row, _ in parts])
    return SparseTensor(positions, Tensor(values), [len(parts), *np.max([shape for *_, shape in parts], axis=0)])
