"""Conversion, dtype and shape of Tensors: the base of every other file of `ops`."""

import numpy as np

from minikeras.autodiff import custom_gradient, stop_gradient
from minikeras.autodiff.arithmetic import Cast
from minikeras.autodiff.dtypes import is_float, standardize_dtype
from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import Op, holds_tensors
from minikeras.autodiff.shapes import stack_nested
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.autodiff.variable import Variable
from minikeras.base import extension_dtypes
from minikeras.base.errors import InvalidArgumentError
from minikeras.base.extension_dtypes import dtype_limits
from minikeras.base.replay import safe_to_replay
from minikeras.config import floatx

__all__ = [
    "as_float_tensor",
    "attach_logits",
    "cast",
    "convert_to_numpy",
    "convert_to_tensor",
    "custom_gradient",
    "dtype",
    "float_operand",
    "in_float32",
    "is_array",
    "is_tensor",
    "only_floats",
    "saturate_cast",
    "shape",
    "stop_gradient",
]


@safe_to_replay("what is not a Tensor goes into one as it is")
def convert_to_tensor(x, dtype=None, sparse=None, ragged=None):
    """`x` as a Tensor: a Tensor (or KerasTensor) of this dtype is returned itself.

    Python floats become float32 (also where `floatx()` is another), Python integers int32; NumPy arrays keep their
    dtype. A cast has a gradient.

    Args:
        x: array, Tensor, Variable, number, or nested lists of numbers.
        dtype: None keeps the dtype.
        sparse: whether a sparse tensor stays sparse; False makes it dense.
        ragged: the same for a ragged one; its rows get zeros at their ends.

    Raises:
        ValueError: `x` is a list of rows of different lengths, or does not hold numbers; `sparse` or `ragged` is True,
            and `x` is dense: nothing is made sparse or ragged here.
        UnsupportedDtypeError: `x` is an array of dates, objects, records or the like, and `dtype` is None.
    """
    if type(x) is Tensor and (dtype is None or x.dtype == dtype) and not (sparse or ragged):
        return x
    if isinstance(x, IndexedSlices):
        x = x.as_dense()
    elif hasattr(type(x), "apply_op"):
        return _of_another_kind(x, dtype, sparse, ragged)
    if (sparse and not getattr(x, "sparse", False)) or (ragged and not getattr(x, "ragged", False)):
        if isinstance(x, KerasTensor):  # as in Keras, which checks the values at run time
            return x if dtype is None else cast(x, dtype)
        word = "sparse" if sparse else "ragged"
        raise ValueError(
            f"`convert_to_tensor` makes no dense value {word}. Received: {word}=True, x of type {type(x).__name__}. "
            f"Leave `{word}` at None."
        )
    if isinstance(x, Variable):
        x = x.read()
    if isinstance(x, KerasTensor) and ((sparse is False and x.sparse) or (ragged is False and x.ragged)):
        return ConvertToTensor(dtype, sparse, ragged)(x)
    if isinstance(x, (Tensor, KerasTensor)):
        return x if dtype is None else cast(x, dtype)
    if isinstance(x, (list, tuple)) and holds_tensors(x):
        return convert_to_tensor(stack_nested(x), dtype)
    return Tensor(as_array(x, dtype, "`x`"))


def _of_another_kind(x, dtype, sparse, ragged):
    """A SparseTensor or RaggedTensor as it is or dense, in the dtype."""
    if (sparse if x.kind == "sparse" else ragged) is False:
        x = x.as_dense()
    return x if dtype is None else cast(x, dtype)


class ConvertToTensor(Op):
    """A sparse or ragged tensor made dense: the node that `convert_to_tensor` records for a symbolic one."""

    def __init__(self, dtype=None, sparse=None, ragged=None):
        self.dtype, self.sparse, self.ragged = dtype, sparse, ragged

    def __call__(self, x):
        if isinstance(x, KerasTensor):
            return self.symbolic_call(x)
        return convert_to_tensor(x, self.dtype, self.sparse, self.ragged)  # made of ops, for values

    call = __call__

    def output_shape(self, shape):
        return shape

    def output_dtype(self, x):
        return standardize_dtype(self.dtype) if self.dtype else x.dtype


def is_array(x):
    """Whether `x` is a bare array: a gradient rule that is given one may call kernels."""
    return type(x) is np.ndarray


@safe_to_replay("it looks at the dtype only")
def as_float_tensor(x):
    """`x` as a Tensor (or KerasTensor) of a float dtype: integers and booleans become `floatx()`."""
    if type(x) is Tensor and x.array.dtype.kind in "fc" and not extension_dtypes.in_use:
        return x
    x = convert_to_tensor(x)
    return x if is_float(x.dtype) or "complex" in x.dtype else cast(x, floatx())


@safe_to_replay("it looks at the dtype only")
def only_floats(x, error=InvalidArgumentError, takes="f"):
    """`x`, an array or a tensor, which must be of floats, as TensorFlow's kernels want it; integers are not converted.

    Symbolic tensors pass; the error comes when the model runs, and the symbolic dtype is unchanged (as in Keras).

    Args:
        error: the type of the error, as Keras on TensorFlow raises it for the function.
        takes: NumPy's letters of the kinds: "f" floats, "c" complex numbers, "i" and "u" integers.
    """
    if (type(x) is np.ndarray and x.dtype.kind in takes) or isinstance(x, KerasTensor):
        return x
    array = as_array(x)
    if array.dtype.kind in takes or (array.dtype.kind == "V" and is_float(array.dtype.name)):
        return x
    sentence = f"This function takes {kinds_in_words(takes)}. {received(array)}"
    if array.dtype.kind == "c" and error is TypeError:
        error = InvalidArgumentError  # Python numbers together with them can be converted, the kernel is missing
    raise error(None, None, sentence) if error is InvalidArgumentError else error(sentence)


@safe_to_replay("it looks at the dtype only")
def float_operand(x, error=InvalidArgumentError, takes="f"):
    """`x` as a tensor of floats (see `only_floats`); a symbolic one that is of others is cast."""
    return as_float_tensor(only_floats(convert_to_tensor(x), error, takes))


_KINDS = {"f": "floats", "c": "complex numbers", "i": "integers", "b": "booleans", "O": "text"}


def kinds_in_words(takes):
    """ "floats or integers", of NumPy's letters "fiu"."""
    return " or ".join(_KINDS[kind] for kind in takes if kind in _KINDS)


def received(array, name="x"):
    """The end of a message: the dtype and shape of an array of the wrong kind, and the fix."""
    if array.dtype.kind in "OSUT":
        fix = "Turn the text into numbers first, as `keras.layers.StringLookup` and `TextVectorization` do."
        return f"Received: text, `{name}` of shape {array.shape}. {fix}"
    fix = f"ops.real({name})" if array.dtype.kind == "c" else f"ops.cast({name}, 'float32')"
    return f"Received: `{name}` of dtype {array.dtype.name} and shape {array.shape}. Cast it first: `{fix}`."


def attach_logits(probabilities, logits):
    """Stores the inputs of a softmax or sigmoid on its output, for the crossentropies.

    They compute from those instead: log(softmax(x)) loses all accuracy, and its gradient, once softmax(x) rounds to 0
    or 1. Keras does the same with an attribute of this name, so steps near saturation are equal.
    """
    if isinstance(probabilities, Tensor):
        probabilities._keras_logits = logits
    return probabilities


def in_float32(kernel, arrays, *arguments):
    """`kernel(*arrays, *arguments)`; float16 is computed in float32, where long sums do not stall."""
    if arrays[0].dtype.char != "e":
        return kernel(*arrays, *arguments)
    return kernel(*[array.astype(np.float32) for array in arrays], *arguments).astype(np.float16)


def cast(x, dtype):
    """The same values in another dtype; `x` itself if it has it already. Floats are truncated towards zero."""
    if not isinstance(x, (Tensor, KerasTensor)):
        x = convert_to_tensor(x)
    if x.dtype == dtype:
        return x
    wanted = standardize_dtype(dtype)
    return x if x.dtype == wanted else Cast(dtype)(x)


class SaturateCast(Cast):
    """The same values in another dtype, clipped to its range;   dx = dy where nothing was clipped."""

    keeps = ("inputs",)
    casts_to = None  # it also clips

    def forward(self, x):
        return super().forward(np.clip(x, *common_limits(x.dtype.name, self.dtype)))

    def backward(self, call, dy):
        x = call.inputs[0]
        low, high = common_limits(x.dtype if isinstance(x, Tensor) else x.dtype.name, self.dtype)
        return (dy * (x >= low) * (x <= high),)


def common_limits(source, target):
    """The least and largest number of dtype `source` that dtype `target` can hold too, both of dtype `source`."""
    (source_low, source_high), (target_low, target_high) = _limits(source), _limits(target)
    low, high = np.array(max(source_low, target_low), source), np.array(min(source_high, target_high), source)
    if high.item() > target_high:  # rounded up: float32 has 2³¹ but not 2³¹ − 1
        high = np.nextafter(high, np.array(0, source))
    return low, high


def _limits(name):
    if name == "bool":
        return 0, 1
    info = dtype_limits(name)
    return (float(info.min), float(info.max)) if is_float(name) else (info.min, info.max)


def saturate_cast(x, dtype):
    """The same values in another dtype, clipped to its range instead of wrapped."""
    x = convert_to_tensor(x)
    return SaturateCast(dtype)(x)


def convert_to_numpy(x):
    """A NumPy copy of a Tensor, Variable or any numeric values."""
    if isinstance(x, (Tensor, Variable)):
        return np.array(x.array)
    if hasattr(type(x), "apply_op"):
        return np.array(x.as_dense().array)
    if isinstance(x, KerasTensor):
        return x.__array__()  # raises an error with the fix
    if isinstance(x, (np.ndarray, np.generic)):
        return np.array(x)  # of any dtype: it becomes no tensor
    return np.array(x)  # NumPy's dtype for lists and numbers


def is_tensor(x):
    """Whether `x` is a Tensor, dense, sparse or ragged, or a Variable. (A KerasTensor and an array are none.)"""
    return isinstance(x, (Tensor, Variable)) or hasattr(type(x), "apply_op")


@safe_to_replay("it looks at the shape only, which is the same in every replay")
def shape(x):
    """Tuple of the axes' lengths; None where a KerasTensor's is unknown."""
    return tuple(x.shape) if hasattr(x, "shape") else as_array(x).shape


@safe_to_replay("it looks at the dtype only")
def dtype(x):
    """Name of the element type, for example "float32"."""
    return standardize_dtype(x.dtype) if hasattr(x, "dtype") else as_array(x).dtype.name
