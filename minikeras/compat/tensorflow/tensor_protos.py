"""`tf.make_tensor_proto` and `tf.make_ndarray`: arrays as TensorFlow's messages, and back."""

import math

import numpy as np

from minikeras.compat.tensorflow.conversion import array
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.tensor_shape import TensorShape
from minikeras.protobuf.tensor_message import read_tensor, written_tensor

__all__ = ["make_ndarray", "make_tensor_proto"]


class TensorProto:
    """A message that holds an array. Made by `make_tensor_proto`, or of a string by `FromString`.

    Attributes:
        tensor_shape: a `TensorShape`.
    """

    def __init__(self, content):
        self._content = content
        self.tensor_shape = TensorShape(content.shape)

    @classmethod
    def FromString(cls, string):  # noqa: N802 (the name of the method of messages)
        """The message in what `SerializeToString` (or `tf.io.serialize_tensor`) wrote."""
        return cls(read_tensor(string))

    def SerializeToString(self):  # noqa: N802
        """The message as bytes."""
        return written_tensor(self._content)

    def __eq__(self, other):
        return isinstance(other, TensorProto) and self.SerializeToString() == other.SerializeToString()

    __hash__ = None


def make_tensor_proto(values, dtype=None, shape=None, verify_shape=False, allow_broadcast=False):
    """Numbers, strings or an array as a message.

    Args:
        dtype: by default float32 for Python floats, int32 for Python integers, that of an array for an array.
        shape: that of the result. The last of fewer values fills the rest.
        verify_shape: whether the values must have it already; otherwise they are laid out in it.
        allow_broadcast: whether a single value, or a shorter axis, may fill it.

    Raises:
        TypeError: the values have another shape, with `verify_shape`.
        ValueError: there are more values.
    """
    content = array(values, None if dtype is None else as_dtype(dtype).name)
    if shape is not None:
        shape = tuple(TensorShape(shape))
        if verify_shape and content.shape != shape:
            raise TypeError(f"`values` have the shape {content.shape}. Received: shape={shape}, verify_shape=True")
        missing = math.prod(shape) - content.size
        if allow_broadcast:
            content = np.broadcast_to(content, shape)
        else:
            content = np.pad(content.ravel(), (0, max(missing, 0)), "edge").reshape(shape)
    return TensorProto(content)


def make_ndarray(tensor):
    """A new array with the content of a message; strings are bytes objects."""
    return np.array(read_tensor(tensor.SerializeToString()))
