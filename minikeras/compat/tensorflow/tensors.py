"""Creation and conversion of tensors, and their shapes: `tf.constant`, `tf.cast`, `tf.shape` and others."""

import math

__replay__ = "computes"

import numpy as np

from minikeras import ops
from minikeras.autodiff import IndexedSlices, KerasTensor, Tensor, Variable
from minikeras.autodiff.shapes import broadcast_shapes
from minikeras.base.errors import UnimplementedError
from minikeras.compat.tensorflow import dtypes
from minikeras.compat.tensorflow.conversion import TENSORS, array, integers, tensor
from minikeras.compat.tensorflow.dtypes import as_dtype, engine_dtype
from minikeras.compat.tensorflow.operand_conversion import fits, natural_dtype, packed, wrong_argument
from minikeras.compat.tensorflow.operand_conversion import is_tensor as holds_tensor
from minikeras.compat.tensorflow.symbolic import SymbolicShape, symbolic
from minikeras.compat.tensorflow.tensor_shape import TensorShape
from minikeras.ops import binary_functions, shaping
from minikeras.tensors.ragged import RaggedTensor
from minikeras.tensors.sparse import SparseTensor

__all__ = [
    "bitcast",
    "broadcast_dynamic_shape",
    "broadcast_static_shape",
    "cast",
    "complex",
    "constant",
    "convert_to_tensor",
    "ensure_shape",
    "get_static_value",
    "guarantee_const",
    "identity",
    "identity_n",
    "is_symbolic_tensor",
    "is_tensor",
    "rank",
    "saturate_cast",
    "shape",
    "shape_n",
    "size",
]


def constant(value, dtype=None, shape=None, name="Const"):
    """A tensor of the given numbers or strings.

    Args:
        dtype: by default float32 for Python floats, int32 for Python integers, that of an array for an array.
        shape: of the result; a single element fills it.

    Raises:
        TypeError: Python floats do not fit an integer dtype; the elements do not fill `shape`.
    """
    if isinstance(value, (*TENSORS, Variable)):
        if dtype is not None and as_dtype(dtype) != value.dtype:
            raise TypeError(
                f"`tf.constant` does not cast a tensor of dtype {natural_dtype(value)}. "
                f"Use `tf.cast(value, tf.{as_dtype(dtype).name})`."
            )
        x = tensor(value)
        return x if shape is None else ops.broadcast_to(x, integers(shape)) if x.size == 1 else ops.reshape(x, shape)
    values = array(value, _checked(value, dtype))
    if shape is not None:
        values = _filled(values, tuple(np.atleast_1d(integers(shape)).tolist()))
    return Tensor(values.copy() if values is value else values)  # the caller may change its own array later


def _checked(value, dtype):
    """`dtype`, if Python numbers such as `value` can have it."""
    if dtype is not None and not fits(value, as_dtype(dtype).name):
        raise TypeError(
            f"Cannot make {as_dtype(dtype).name} of {str(value)[:60]}, which is {natural_dtype(value)}. Use `tf.cast`."
        )
    return dtype


def _filled(values, shape):
    if values.size == 1:
        return np.full(shape, values.item() if values.dtype == object else values.reshape(()), values.dtype)
    if values.size != math.prod(shape):
        raise TypeError(
            f"`shape` must hold as many elements as `value`. Received: shape={tuple(int(n) for n in shape)} "
            f"and {values.size} elements."
        )
    return values.reshape(shape)


def convert_to_tensor(value, dtype=None, dtype_hint=None, name=None):
    """`value` as a tensor; a tensor is returned unchanged.

    Args:
        dtype: the requested one.
        dtype_hint: the preferred one, if `value` has no dtype and can have this.

    Raises:
        ValueError: `value` is a tensor of a different dtype than `dtype`.
    """
    if isinstance(value, (Tensor, KerasTensor, Variable)):
        if dtype is not None and as_dtype(dtype) != value.dtype:
            raise ValueError(
                f"Tensor conversion requested dtype {as_dtype(dtype).name} for Tensor with dtype "
                f"{as_dtype(value.dtype).name}: {value!r}. Use `tf.cast`."
            )
        return tensor(value)
    if dtype is not None and isinstance(value, (list, tuple)) and holds_tensor(value):
        value = packed(value, as_dtype(dtype).name)
    if dtype is None and dtype_hint is not None:
        try:
            return tensor(value, _checked(value, dtype_hint))
        except (TypeError, ValueError):
            return tensor(value)
    return tensor(value, _checked(value, dtype) if dtype is not None else None)


def cast(x, dtype, name=None):
    """The same values in another dtype. Floats are truncated, complex numbers lose their imaginary part."""
    x, wanted = tensor(x), as_dtype(dtype).name
    if (x.dtype == "string") != (wanted == "string"):
        raise UnimplementedError(
            None,
            None,
            f"`tf.cast` makes no {wanted} of {str.__str__(x.dtype)}. Use "
            + ("`tf.strings.as_string(x)`." if wanted == "string" else f"`tf.strings.to_number(x, tf.{wanted})`."),
        )
    return x if wanted == "string" else ops.cast(x, engine_dtype(dtype))


def saturate_cast(value, dtype, name=None):
    """The same values in another dtype, with values outside its range clipped to its limits instead of wrapped."""
    return ops.saturate_cast(tensor(value), dtype)


def bitcast(input, type, name=None):
    """The same bits as elements of another dtype; a last axis is added or removed where their size differs."""
    return shaping.bitcast(tensor(input), as_dtype(type).name)


def complex(real, imag, name=None):
    """The complex numbers real + i · imag: complex64 of float32, complex128 of float64."""
    return binary_functions.complex_number(tensor(real), tensor(imag))


def identity(input, name=None):
    """The tensor itself: it never changes, so no copy is needed."""
    consists_of_tensors = isinstance(input, (IndexedSlices, RaggedTensor, SparseTensor)) or hasattr(input, "_type_spec")
    return input if consists_of_tensors else tensor(input)


def identity_n(input, name=None):
    """`identity` of each tensor in a list."""
    return [tensor(x) for x in input]


def guarantee_const(input, name=None):
    """`identity`: a hint to TensorFlow's graphs, which do not exist here."""
    return tensor(input)


def shape(input, out_type=None, name=None):
    """The lengths of the axes as a tensor, int32 by default.

    For a symbolic tensor with unknown lengths it is symbolic too, and can be used in any shape.
    """
    lengths = np.shape(input) if isinstance(input, np.ndarray) else tuple(tensor(input).shape)
    if None in lengths:
        return _symbolic_shape(input, out_type)
    return Tensor(np.asarray(lengths, out_type or "int32"))


def _unknown_shape(input, out_type):
    return SymbolicShape(tuple(input.shape), out_type or "int32")


@symbolic(output_spec=_unknown_shape)
def _symbolic_shape(input, out_type):
    return shape(input, out_type)


def shape_n(input, out_type=dtypes.int32, name=None):
    """`shape` of each tensor in a list."""
    return [shape(x, out_type) for x in input]


def size(input, out_type=None, name=None):
    """The number of elements, int32 by default."""
    return ops.cast(ops.size(tensor(input)), out_type or "int32")


def rank(input, name=None):
    """The number of axes, int32."""
    return Tensor(np.asarray(len(tensor(input).shape), np.int32))


def is_tensor(x):
    """Whether `x` is a tensor of any kind (also symbolic, ragged, sparse, or given by rows) or a variable."""
    return isinstance(x, (*TENSORS, Variable, RaggedTensor, SparseTensor, IndexedSlices))


def is_symbolic_tensor(tensor):
    """Whether it is a tensor without values."""
    return isinstance(tensor, KerasTensor)


def get_static_value(tensor, partial=False):
    """The value as a NumPy array or number; None if it is symbolic or a variable. Other objects are returned unchanged.

    Args:
        partial: return the known lengths of a symbolic shape, None for the others.
    """
    if isinstance(tensor, KerasTensor):
        return list(tensor.lengths) if partial and isinstance(tensor, SymbolicShape) else None
    if isinstance(tensor, Variable):
        return None  # it may change
    return tensor.numpy() if isinstance(tensor, Tensor) else tensor


def ensure_shape(x, shape, name=None):
    """The tensor itself, after checking that its shape is `shape` (None: any length).

    Raises:
        ValueError: it is another.
    """
    x = tensor(x)
    wanted = TensorShape(shape)
    if not wanted.is_compatible_with(tuple(x.shape)):
        raise wrong_argument(f"Shape of tensor {tuple(x.shape)} is not compatible with expected shape {wanted}.")
    return _with_shape(x, wanted) if isinstance(x, KerasTensor) else x


def _known_shape(x, shape):
    return KerasTensor(TensorShape(tuple(x.shape)).merge_with(shape), dtype=x.dtype)


@symbolic(output_spec=_known_shape)
def _with_shape(x, shape):
    return ensure_shape(x, shape)


def broadcast_static_shape(shape_x, shape_y):
    """The `TensorShape` that tensors of these two shapes broadcast to."""
    return TensorShape(broadcast_shapes(TensorShape(shape_x), TensorShape(shape_y)))


def broadcast_dynamic_shape(shape_x, shape_y):
    """`broadcast_static_shape` of shapes given as tensors; returns an int32 tensor."""
    return Tensor(np.asarray(np.broadcast_shapes(tuple(integers(shape_x)), tuple(integers(shape_y))), np.int32))
