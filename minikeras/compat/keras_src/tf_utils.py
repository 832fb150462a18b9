"""`keras.src.utils.tf_utils`: the tensors of TensorFlow's namespace."""

__replay__ = "computes"

from minikeras.autodiff.tensor import Tensor
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.ops import cast
from minikeras.tensors.ragged import RaggedTensor
from minikeras.tensors.sparse import SparseTensor

__all__ = ["ensure_tensor", "is_ragged_tensor"]


def ensure_tensor(inputs, dtype=None):
    """`inputs` as a tensor, cast to the dtype if one is given; sparse and ragged ones are not converted."""
    if not isinstance(inputs, (Tensor, SparseTensor, RaggedTensor)):
        inputs = tensor(inputs, dtype)
    return inputs if dtype is None or inputs.dtype == dtype else cast(inputs, dtype)


def is_ragged_tensor(x):
    """Whether `x` is a RaggedTensor."""
    return isinstance(x, RaggedTensor)
