"""`TensorProto`: a message that holds an array, as an object."""

import math

import numpy as np

from minikeras.formats.protobuf.tensor_message import read_tensor, written_tensor


class TensorProto:
    """A message that holds an array, created by `make_tensor_proto`, or from bytes by `FromString`.

    Attributes:
        tensor_shape: its shape.
    """

    def __init__(self, content):
        self._content = content
        self.tensor_shape = content.shape

    @classmethod
    def FromString(cls, string):  # noqa: N802 (the name of the method of messages)
        """Parse the bytes of `SerializeToString` (or `tf.io.serialize_tensor`)."""
        return cls(read_tensor(string))

    def SerializeToString(self):  # noqa: N802
        """The message as bytes."""
        return written_tensor(self._content)

    def __eq__(self, other):
        return isinstance(other, TensorProto) and self.SerializeToString() == other.SerializeToString()

    __hash__ = None


def laid_out(values, shape, broadcasts):
    """An array of this shape from fewer values: the last one is repeated, or the array is broadcast."""
    if broadcasts:
        return np.broadcast_to(values, shape)
    missing = max(math.prod(shape) - values.size, 0)
    return np.pad(values.ravel(), (0, missing), "edge").reshape(shape)
