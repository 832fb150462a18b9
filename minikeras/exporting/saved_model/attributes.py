"""Attributes of nodes as messages, by their Python type."""

import numpy as np

from minikeras.saved_model.messages import AttrList, AttrValue, NameAttrList
from minikeras.saved_model.tensors import RESOURCE, VARIANT, dtype_number, shape_message, tensor_message


class Kind(str):
    """The name of a dtype, as an attribute: "float32", "string", "resource", "variant"."""

    @property
    def number(self):
        """TensorFlow's number of it."""
        return {"resource": RESOURCE, "variant": VARIANT}.get(self) or dtype_number(str(self))


class Shape(tuple):
    """Lengths, None for unknown ones, as an attribute."""

    @property
    def message(self):
        """The `TensorShapeProto`."""
        return shape_message(tuple(self))


class FunctionName(str):
    """The name of a function, as an attribute."""


def kind_of(dtype):
    """The `Kind` of a NumPy dtype, which has objects for strings."""
    return Kind("string" if np.dtype(dtype) == object else np.dtype(dtype).name)


def attribute(value):
    """The `AttrValue`: of a bool, integer, float, text, array, `Kind`, `Shape`, `FunctionName`, or a list of them."""
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
