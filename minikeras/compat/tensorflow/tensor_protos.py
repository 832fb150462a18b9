"""`tf.make_tensor_proto` and `tf.make_ndarray`: arrays as TensorFlow's messages, and back."""

from minikeras.compat.tensorflow.conversion import array
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.tensor_shape import TensorShape
from minikeras.formats.protobuf.tensor_message import read_tensor
from minikeras.formats.protobuf.tensor_proto import TensorProto, laid_out

__all__ = ["make_ndarray", "make_tensor_proto"]


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
        content = laid_out(content, shape, allow_broadcast)
    return TensorProto(content)


def make_ndarray(tensor):
    """A new array with the content of a message; strings are bytes objects."""
    return read_tensor(tensor.SerializeToString()).copy()
