"""Converts attributes of nodes between messages and Python values."""

import numpy as np

from minikeras.formats.saved_model.messages import AttrList, AttrValue, NameAttrList
from minikeras.formats.saved_model.tensors import (
    RESOURCE,
    VARIANT,
    array_of,
    dtype_name,
    dtype_number,
    shape_message,
    shape_of,
    tensor_message,
)


def attribute_value(message, library=None):
    """The value of an `AttrValue`: a dtype by its name, a shape as a tuple, a tensor as an array, lists of these.

    Args:
        library: the `FunctionLibrary` with the functions that an attribute may refer to.

    Raises:
        ValueError: the attribute has no value.
    """
    kind = message.chosen
    if kind == "list":
        return [read(item, library) for k, read in _KINDS.items() for item in getattr(message.list, k, ())]
    if kind not in _KINDS:
        raise ValueError("an attribute has no value")
    return _KINDS[kind](getattr(message, kind), library)


def is_of_dtypes(message):
    """Whether an attribute is a dtype or a list of dtypes of inputs and outputs, which the values know anyway."""
    others = [kind for kind in _KINDS if kind != "type"]
    return message.chosen == "type" or (
        message.chosen == "list" and not any(getattr(message.list, kind, ()) for kind in others)
    )


def dtype_or_kind(number):
    """The name of a dtype, including those of no array: "resource", "variant"."""
    return {RESOURCE: "resource", VARIANT: "variant"}.get(number) or dtype_name(number)


def _text(value, library):
    try:
        return str(value, "utf-8")
    except UnicodeDecodeError:
        return value


def _same(value, library):
    return value


_KINDS = {
    "s": _text,
    "i": _same,
    "f": _same,
    "b": _same,
    "type": lambda number, library: dtype_or_kind(number),
    "shape": lambda message, library: shape_of(message),
    "tensor": lambda message, library: array_of(message),
    "func": lambda named, library: library.prepared(named.name),
}

# --- to write --------------------------------------------------------------------------------------------------------


class Kind(str):
    """The name of a dtype, as an attribute: "float32", "string", "resource", "variant"."""

    @property
    def number(self):
        """TensorFlow's number for the dtype."""
        return {"resource": RESOURCE, "variant": VARIANT}.get(self) or dtype_number(str(self))


class Shape:
    """Lengths, None for unknown ones (or for all), as an attribute."""

    def __init__(self, shape):
        self.message = shape_message(shape)


class FunctionName(str):
    """The name of a function, as an attribute."""


def kind_of(dtype):
    """The `Kind` of a NumPy dtype; dtype object is "string"."""
    return Kind("string" if np.dtype(dtype) == object else np.dtype(dtype).name)


def attribute(value):
    """The `AttrValue` of a bool, integer, float, string, array, `Kind`, `Shape`, `FunctionName`, or a list of them."""
    match value:
        case Kind():
            return AttrValue(type=value.number)
        case Shape():
            return AttrValue(shape=value.message)
        case FunctionName():
            return AttrValue(func=NameAttrList(name=str(value)))
        case bool():
            return AttrValue(b=value)
        case int() | np.integer():
            return AttrValue(i=int(value))
        case float():
            return AttrValue(f=value)
        case str():
            return AttrValue(s=value.encode())
        case np.ndarray():
            return AttrValue(tensor=tensor_message(value))
        case list() if value and isinstance(value[0], Kind):
            return AttrValue(list=AttrList(type=[kind.number for kind in value]))
        case list() if value and isinstance(value[0], Shape):
            return AttrValue(list=AttrList(shape=[shape.message for shape in value]))
        case list():
            return AttrValue(list=AttrList(i=[int(n) for n in value]))
    raise TypeError(f"No attribute of a node: {value!r}")
