"""Conversion of Python values that describe arguments and results to messages (`StructuredValue`), and back.

Nested lists, tuples and dicts of numbers, texts and `TensorSpec`s.
"""

from collections import namedtuple
from dataclasses import dataclass
from typing import NamedTuple

from minikeras.base.errors import UnimplementedError
from minikeras.formats.saved_model.attributes import dtype_or_kind
from minikeras.formats.saved_model.messages import (
    DictValue,
    NoneValue,
    StructuredValue,
    StructuredValues,
    TensorSpecProto,
)
from minikeras.formats.saved_model.tensors import array_of, shape_message, shape_of


@dataclass(frozen=True, repr=False)
class TensorSpec:
    """A tensor that a function takes or returns.

    Attributes:
        shape: a tuple with None for unknown lengths, or None.
        dtype: its name (a `Kind` to be written); "resource" for anything other than an array.
        name: of it, or None.
    """

    shape: tuple
    dtype: str
    name: str

    def __repr__(self):
        return f"{self.name}: {self.dtype} {self.shape}"


class OtherSpec(NamedTuple):
    """A value of several tensors (sparse, ragged, …), which cannot be passed to loaded functions here."""

    name: str


def value_of(message):
    """The Python value of a message.

    Raises:
        ValueError: it has none.
    """
    if message.chosen not in _KINDS:
        raise ValueError("A description of arguments or results has a part without a value.")
    return _KINDS[message.chosen](getattr(message, message.chosen))


def _spec(message):
    return TensorSpec(shape_of(message.shape), dtype_or_kind(message.dtype), message.name or None)


def _named_tuple(message):
    return namedtuple(message.name, [pair.key for pair in message.values])(*[value_of(p.value) for p in message.values])


_KINDS = {
    "none_value": lambda _: None,
    "float64_value": float,
    "int64_value": int,
    "string_value": str,
    "bool_value": bool,
    "tensor_shape_value": shape_of,
    "tensor_dtype_value": dtype_or_kind,
    "tensor_spec_value": _spec,
    "bounded_tensor_spec_value": _spec,
    "type_spec_value": lambda message: OtherSpec(message.type_spec_class_name),
    "list_value": lambda message: [value_of(each) for each in message.values],
    "tuple_value": lambda message: tuple([value_of(each) for each in message.values]),
    "dict_value": lambda message: {key: value_of(each) for key, each in message.fields.items()},
    "named_tuple_value": _named_tuple,
    "tensor_value": array_of,
    "numpy_value": array_of,
}


def structured(value):
    """A nested structure of `TensorSpec`s and Python values as a `StructuredValue`."""
    match value:
        case None:
            return StructuredValue(none_value=NoneValue())
        case bool():
            return StructuredValue(bool_value=value)
        case int():
            return StructuredValue(int64_value=value)
        case float():
            return StructuredValue(float64_value=value)
        case TensorSpec():
            spec = TensorSpecProto(name=value.name, shape=shape_message(value.shape), dtype=value.dtype.number)
            return StructuredValue(tensor_spec_value=spec)
        case str():
            return StructuredValue(string_value=value)
        case dict() if all(isinstance(key, str) for key in value):
            return StructuredValue(dict_value=DictValue(fields={key: structured(item) for key, item in value.items()}))
        case tuple():
            return StructuredValue(tuple_value=StructuredValues(values=[structured(item) for item in value]))
        case list():
            return StructuredValue(list_value=StructuredValues(values=[structured(item) for item in value]))
    raise ValueError(f"A SavedModel has tensors in lists, tuples, and dicts by text. Received: {value!r}")


def leaves(structure):
    """The innermost values, dicts in the order of their sorted keys, as TensorFlow numbers them."""
    if isinstance(structure, (TensorSpec, OtherSpec)) or not isinstance(structure, (list, tuple, dict)):
        return [structure]
    parts = [structure[key] for key in sorted(structure)] if isinstance(structure, dict) else structure
    return [leaf for part in parts for leaf in leaves(part)]


def fits(expected, shape):
    """Whether a shape is compatible with another; both may have unknown lengths."""
    return expected is None or (
        len(expected) == len(shape) and all(n is None or m in (n, None) for n, m in zip(expected, shape, strict=True))
    )


def tensor_specs(structure):
    """The `TensorSpec`s of a structure, in order.

    Raises:
        UnimplementedError: it has values of several tensors.
    """
    found = leaves(structure)
    for leaf in found:
        if isinstance(leaf, OtherSpec):
            raise UnimplementedError(
                None,
                None,
                f"The function takes or gives a {leaf.name}: only dense tensors are passed to loaded graphs.",
            )
    return [leaf for leaf in found if isinstance(leaf, TensorSpec)]


def with_values(structure, values):
    """The structure with the next of an iterator's values in place of each `TensorSpec`."""
    if isinstance(structure, TensorSpec):
        return next(values)
    if isinstance(structure, dict):
        found = {key: with_values(structure[key], values) for key in sorted(structure)}
        return {key: found[key] for key in structure}
    if isinstance(structure, (list, tuple)):
        parts = [with_values(part, values) for part in structure]
        return type(structure)(*parts) if hasattr(structure, "_fields") else type(structure)(parts)
    return structure
