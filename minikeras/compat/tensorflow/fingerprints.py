"""`tf.fingerprint`: 64 bits of each row of a tensor, by FarmHash."""

from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.tensors.strings.hashing import row_hashes

__all__ = ["fingerprint"]


def fingerprint(data, method="farmhash64", name=None):
    """(rows, 8) uint8: the hash of each row along the first axis, its lowest byte first.

    Args:
        data: numbers or text, at least one axis.
        method: "farmhash64".

    Raises:
        InvalidArgumentError: no axes, or another method.
    """
    array = tensor(data).array
    if array.ndim == 0 or method != "farmhash64":
        raise InvalidArgumentError(
            None, None, f"`data` needs an axis, and `method` 'farmhash64'. Received: {array.shape} and {method!r}"
        )
    return Tensor(row_hashes(array))
