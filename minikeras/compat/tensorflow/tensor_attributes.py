"""Attributes of TensorFlow's tensors beyond Keras's, set on minikeras's classes while the namespace is installed.

Then `tensor.dtype` is a `DType`, `tensor.shape` a `TensorShape`, and a tensor prints itself as TensorFlow's do. All of
it is a replacement of class attributes, undone at the end, so nothing is slower while it is not installed.
"""

__replay__ = "computes"

from contextlib import contextmanager

from minikeras.autodiff import KerasTensor, Tensor, Variable, basic_ops, elementwise
from minikeras.autodiff.state import thread
from minikeras.base.replay import reads_values, safe_to_replay
from minikeras.compat.tensorflow.dtypes import DType, install_dtype_names, uninstall_dtype_names
from minikeras.compat.tensorflow.operators import OPERATORS, follow_tensorflow, like
from minikeras.compat.tensorflow.ragged.ragged_tensor_spec import RaggedTensorSpec
from minikeras.compat.tensorflow.tensor_shape import TensorShape
from minikeras.compat.tensorflow.tensor_spec import SparseTensorSpec
from minikeras.tensors.ragged import RaggedTensor
from minikeras.tensors.ragged.ragged_tensor import text_of_rows
from minikeras.tensors.sparse import SparseTensor

__all__ = ["install_tensor_attributes", "set_attributes", "tensor_attributes_installed", "uninstall_tensor_attributes"]

DEVICE = "/job:localhost/replica:0/task:0/device:CPU:0"


class Reference:
    """A hashable reference to a tensor or variable, for dicts and sets: equal if they are the same object."""

    def __init__(self, wrapped):
        self._wrapped = wrapped

    def deref(self):
        """The tensor."""
        return self._wrapped

    def __eq__(self, other):
        return isinstance(other, Reference) and self._wrapped is other._wrapped

    def __hash__(self):
        return id(self._wrapped)

    def __repr__(self):
        return f"<Reference wrapping {self._wrapped!r}>"


# --- shapes and dtypes ------------------------------------------------------------------------------------------------


@safe_to_replay("it looks at the shape only")
def _tensor_shape(self):
    return tuple.__new__(TensorShape, self.array.shape)


@safe_to_replay("it looks at the shape only")
def _variable_shape(self):
    return tuple.__new__(TensorShape, self._tensor.array.shape)


def _symbolic_shape(self):
    # Keras's symbolic tensors have a tuple; inside the `call` of a layer they represent TensorFlow's tensors
    return self._shape if thread.records_history else tuple.__new__(TensorShape, self._shape)


def _symbolic_dtype(self):
    return self._dtype if thread.records_history else DType(self._dtype)


def _ragged_shape(self):
    return TensorShape([len(self), self.uniform_row_length, *self.values.shape[1:]])


def _sparse_shape(self):
    return TensorShape(self.dense_shape.array.tolist())


def _get_shape(self):
    """The lengths of the axes, a `TensorShape`."""
    return TensorShape(tuple(self.shape))


def _set_shape(self, shape):
    """Raise ValueError unless the tensor can have this shape."""
    if not TensorShape(shape).is_compatible_with(tuple(self.shape)):
        raise ValueError(f"Tensor's shape {tuple(self.shape)} is not compatible with supplied shape {shape}.")


def _set_symbolic_shape(self, shape):
    """Declare lengths that are not known, from then on those of this symbolic tensor.

    Raises:
        ValueError: the tensor cannot have this shape.
    """
    _set_shape(self, shape)
    self._shape = tuple(TensorShape(self._shape).merge_with(shape))


# --- other methods ----------------------------------------------------------------------------------------------------


def _device(self):
    return DEVICE


def _ref(self):
    """A hashable reference to this tensor; `.deref()` returns it."""
    return Reference(self)


def _eval(self, feed_dict=None, session=None):
    raise NotImplementedError("`Tensor.eval` belongs to sessions of TensorFlow 1. The value is `tensor.numpy()`.")


def _cpu(self):
    """The tensor itself."""
    return self


def _gpu(self, gpu_index=0):
    raise RuntimeError(f"GPU:{gpu_index} unknown device.")


def _undefined(name):
    def attribute(self):
        raise AttributeError(f"`Tensor.{name}` belongs to graphs of TensorFlow 1: an eager tensor has none.")

    return property(attribute)


def _number(convert):
    """`int(x)`, `float(x)`, `complex(x)`."""

    @reads_values
    def conversion(self):
        if self.ndim:
            raise TypeError(
                f"Only a tensor without axes becomes a number. Received: shape={tuple(self.shape)}. Use `x[0]`."
            )
        return convert(self.array.item())

    return conversion


# --- printing ---------------------------------------------------------------------------------------------------------


def _repr(self):
    values = repr(self.array) if self.array.ndim else repr(self.array.item())
    newline = "\n" if "\n" in values else ""
    return f"<tf.Tensor: shape={tuple(self.array.shape)}, dtype={_dtype_name(self)}, numpy={newline}{values}>"


def _str(self):
    values = str(self.array[()])
    if not self.array.ndim and self.array.dtype == object:
        values = repr(self.array[()])
    newline = "\n" if "\n" in values else ""
    return f"tf.Tensor({newline}{values}, shape={tuple(self.array.shape)}, dtype={_dtype_name(self)})"


def _ragged_repr(self):
    return f"<tf.RaggedTensor {text_of_rows(self.numpy())}>"


def _dtype_name(self):
    return str.__str__(self.dtype)


def _format(self, spec):
    return format(self.array[()], spec)


_ON_TENSOR = {
    "shape": property(_tensor_shape, doc="The lengths of the axes, a `TensorShape`."),
    "device": property(_device, doc="The name of the one device there is."),
    "backing_device": property(_device, doc="The name of the one device there is."),
    "is_packed": property(lambda self: False, doc="False: TensorFlow packs tensors of several devices into one."),
    "get_shape": _get_shape,
    "set_shape": _set_shape,
    "ref": _ref,
    "experimental_ref": _ref,
    "eval": _eval,
    "cpu": _cpu,
    "gpu": _gpu,
    **{name: _undefined(name) for name in ("name", "op", "graph", "value_index")},
    "__complex__": _number(complex),
    "__int__": _number(int),
    "__float__": _number(float),
    **OPERATORS,
    "__repr__": _repr,
    "__str__": _str,
    "__format__": _format,
}
DTYPE_OF_VARIABLE = Variable.dtype.fget
_ON_VARIABLE = {
    "dtype": property(lambda self: str.__str__(DTYPE_OF_VARIABLE(self)), doc="The dtype's name as a plain string."),
    "shape": property(_variable_shape, doc="The lengths of the axes, a `TensorShape`."),
    "device": property(_device, doc="The name of the one device there is."),
    "get_shape": _get_shape,
    "ref": _ref,
    "experimental_ref": _ref,
    "__complex__": _number(complex),
}
_ON_KERAS_TENSOR = {
    "shape": property(_symbolic_shape, doc="The lengths of the axes; None is unknown."),
    "dtype": property(_symbolic_dtype, doc="The dtype of the elements."),
    "get_shape": _get_shape,
    "set_shape": _set_symbolic_shape,
    "ref": _ref,
    "experimental_ref": _ref,
}
_ON_RAGGED_TENSOR = {
    "shape": property(_ragged_shape, doc="The lengths of the axes, None for a ragged one."),
    "get_shape": _get_shape,
    "_type_spec": property(RaggedTensorSpec.from_value),
    "__repr__": _ragged_repr,
    "__str__": _ragged_repr,
}
_ON_SPARSE_TENSOR = {
    "shape": property(_sparse_shape, doc="The lengths of the axes, a `TensorShape`."),
    "get_shape": _get_shape,
    "set_shape": _set_shape,
    "_type_spec": property(SparseTensorSpec.from_value),
}
_ATTRIBUTES = (
    (Tensor, _ON_TENSOR),
    (Variable, _ON_VARIABLE),
    (KerasTensor, _ON_KERAS_TENSOR),
    (RaggedTensor, _ON_RAGGED_TENSOR),
    (SparseTensor, _ON_SPARSE_TENSOR),
)
_MISSING = object()
_before = []  # (class, name, old value), in the order of installation
_installations = 0


def install_tensor_attributes():
    """Give tensors of all kinds and variables TensorFlow's attributes. Repeated installations are counted."""
    global _installations
    _installations += 1
    if _installations > 1:
        return
    for cls, attributes in _ATTRIBUTES:
        set_attributes(cls, attributes)
    basic_ops.like = like
    install_dtype_names()


def set_attributes(cls, attributes):
    """Give a class attributes {name: value} until the last `uninstall_tensor_attributes`."""
    for name, attribute in attributes.items():
        _before.append((cls, name, cls.__dict__.get(name, _MISSING)))
        setattr(cls, name, attribute)


def uninstall_tensor_attributes():
    """Undo one `install_tensor_attributes`."""
    global _installations
    if _installations == 0:
        return
    _installations -= 1
    if _installations:
        return
    basic_ops.like = elementwise.like
    follow_tensorflow()
    while _before:
        cls, name, attribute = _before.pop()
        if attribute is _MISSING:
            delattr(cls, name)
        else:
            setattr(cls, name, attribute)
    uninstall_dtype_names()


@contextmanager
def tensor_attributes_installed():
    """Inside the context, tensors have TensorFlow's attributes."""
    install_tensor_attributes()
    try:
        yield
    finally:
        uninstall_tensor_attributes()
