"""`tf.fingerprint`: 64 bits of each row of a tensor, by FarmHash."""

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.errors import InvalidArgumentError
from minikeras.strings.hashing import hashes

__all__ = ["fingerprint"]


def fingerprint(data, method="farmhash64", name=None):
    """(rows, 8) uint8: the hash of each row along the first axis, its lowest byte first.

    A row of numbers is hashed by its bytes, one of several texts by the hashes of these.

    Args:
        data: at least one axis.
        method: "farmhash64".

    Raises:
        InvalidArgumentError: no axes, or another method.
    """
    array = tensor(data).array
    if array.ndim == 0 or method != "farmhash64":
        raise InvalidArgumentError(
            None, None, f"`data` needs an axis, and `method` 'farmhash64'. Received: {array.shape} and {method!r}"
        )
    rows = array.reshape(len(array), -1)
    if array.dtype.kind == "O":
        rows = hashes(rows).astype("<u8").reshape(rows.shape)
    if array.dtype.kind == "O" and rows.shape[1] == 1:
        found = rows[:, 0]
    else:
        texts = np.empty(len(rows), object)
        texts[:] = [np.ascontiguousarray(row).tobytes() for row in rows]
        found = hashes(texts)
    return Tensor(np.frombuffer(np.asarray(found).astype("<u8").tobytes(), np.uint8).reshape(len(rows), 8).copy())
