"""The fields of an extension type: their annotations, and values checked and converted by these.

| annotation | a value | in the spec |
| --- | --- | --- |
| `tf.Tensor` | becomes a tensor | TensorSpec |
| `tf.RaggedTensor`, `tf.SparseTensor`, an extension type … | must be one | its spec |
| `tf.TensorShape`, `tf.DType` | becomes one | the value |
| `int`, `float`, `str`, `bytes`, `bool`, `None` | must be one (of a subclass too) | the value |
| `tuple[X, ...]`, `tuple[X, Y]` | a sequence becomes a tuple | a tuple |
| `Mapping[K, V]` | becomes an `ImmutableDict` | an `ImmutableDict` |
| `X | Y`, `Optional[X]` | becomes the first of these that takes it | likewise |
"""

__replay__ = "computes"

import types
import typing
from collections.abc import Mapping, Sequence

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor
from minikeras.compat.tensorflow.data.optional import Optional
from minikeras.compat.tensorflow.dtypes import DType, as_dtype
from minikeras.compat.tensorflow.indexed_slices import IndexedSlices
from minikeras.compat.tensorflow.tensor_shape import TensorShape
from minikeras.compat.tensorflow.tensor_spec import TypeSpec
from minikeras.compat.tensorflow.tensors import convert_to_tensor
from minikeras.tensors.ragged import RaggedTensor
from minikeras.tensors.sparse import SparseTensor
from minikeras.tree.nodes import sorted_keys

_PLAIN = (int, float, str, bytes, bool, type(None))
_MADE_OF_TENSORS = (RaggedTensor, SparseTensor, IndexedSlices, Optional)
_UNIONS = (typing.Union, types.UnionType)


class ImmutableDict(Mapping):
    """A dict that never changes."""

    def __init__(self, *args, **kwargs):
        self._dict = dict(*args, **kwargs)

    def __getitem__(self, key):
        return self._dict[key]

    def __iter__(self):
        return iter(self._dict)

    def __len__(self):
        return len(self._dict)

    def __hash__(self):
        return hash(frozenset(self._dict.items()))

    def __repr__(self):
        return f"ImmutableDict({self._dict!r})"


def is_composite(cls):
    """Whether values of a class consist of tensors and have a spec."""
    return issubclass(cls, _MADE_OF_TENSORS) or getattr(cls, "kind", None) == "extension"


def check_annotation(name, annotation, in_key=False):
    """Raise TypeError unless a field can have this annotation. A string names a class that does not exist yet."""
    if isinstance(annotation, (str, typing.ForwardRef)) or annotation in (*_PLAIN, DType, None):
        return
    arguments = typing.get_args(annotation)
    if isinstance(annotation, type) and not arguments:
        if annotation not in (Tensor, TensorShape) and not is_composite(annotation):
            raise TypeError(
                f"In field '{name}': Unsupported type annotation {annotation.__name__!r}. Fields are tensors, "
                "extension types, tf.TensorShape, tf.DType, int, float, str, bytes, bool, None, tuples, mappings and "
                "unions of these."
            )
        if in_key:
            raise TypeError(f"In field '{name}': keys of a mapping must be plain values. Received: {annotation}")
        return
    if _is_mapping(annotation):
        check_annotation(name, arguments[0], in_key=True)
        check_annotation(name, arguments[1], in_key)
    elif typing.get_origin(annotation) in (tuple, *_UNIONS):
        for argument in arguments:
            if argument is not Ellipsis:
                check_annotation(name, argument, in_key)
    else:
        raise TypeError(f"In field '{name}': Unsupported type annotation {annotation!r}. Use `tuple` or `Mapping`.")


def converted(value, annotation, name, of_spec=False):
    """`value` as the annotation wants it.

    Args:
        name: of the field, with `[i]` of a part; for messages.
        of_spec: whether it is a field of the spec, which has specs in the place of tensors.

    Raises:
        TypeError: it is something else.
    """
    if annotation is Tensor:
        return _tensor(value, name, of_spec)
    if annotation is TensorShape:
        return _by(TensorShape, value, "tf.TensorShape", name)
    if annotation is DType:
        return _by(as_dtype, value, "tf.DType", name)
    origin = typing.get_origin(annotation)
    if origin is tuple:
        return _tuple(value, typing.get_args(annotation), name, of_spec)
    if _is_mapping(annotation):
        return _mapping(value, typing.get_args(annotation), name, of_spec)
    if origin in _UNIONS:
        return _one_of(value, annotation, name, of_spec)
    annotation = type(None) if annotation is None else annotation
    if not isinstance(annotation, type):
        raise TypeError(f"{name}: Unsupported type annotation {annotation!r}. The class that it names is not defined.")
    if of_spec and is_composite(annotation):
        if not (isinstance(value, TypeSpec) and issubclass(value.value_type, annotation)):
            raise TypeError(f"{name}: expected a TypeSpec of {annotation.__name__}. {_received(value)}")
        return value
    if not isinstance(value, annotation):
        raise TypeError(f"{name}: expected {annotation.__name__!r}. {_received(value)}")
    return value


def mapped(function, value):
    """`function` of each part of a field: of what tuples and mappings in it hold, these by sorted key."""
    if type(value) is tuple:
        return tuple(mapped(function, part) for part in value)
    if isinstance(value, ImmutableDict):
        made = {key: mapped(function, value[key]) for key in sorted_keys(value)}
        return ImmutableDict({key: made[key] for key in value})
    return function(value)


def _tensor(value, name, of_spec):
    if of_spec:
        if not (isinstance(value, TypeSpec) and value.value_type is Tensor):
            raise TypeError(f"{name}: expected a TensorSpec. {_received(value)}")
        return value
    if isinstance(value, (Tensor, KerasTensor)):
        return value
    try:
        return convert_to_tensor(value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name}: expected a Tensor. {_received(value)}") from error


def _by(convert, value, expected, name):
    try:
        return convert(value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name}: expected {expected!r}. {_received(value)}") from error


def _tuple(value, annotations, name, of_spec):
    if not isinstance(value, Sequence):
        raise TypeError(f"{name}: expected tuple. {_received(value)}")
    if annotations[-1:] == (Ellipsis,):
        annotations = [annotations[0] for _ in value]
    if len(annotations) != len(value):
        raise TypeError(f"{name}: expected tuple with length {len(annotations)}. Received: {value!r:.200}")
    pairs = enumerate(zip(value, annotations, strict=True))
    return tuple(converted(part, annotation, f"{name}[{i}]", of_spec) for i, (part, annotation) in pairs)


def _mapping(value, annotations, name, of_spec):
    if not isinstance(value, Mapping):
        raise TypeError(f"{name}: expected mapping. {_received(value)}")
    of_key, of_value = annotations
    return ImmutableDict(
        {
            converted(key, of_key, f"{name}[<key>]"): converted(part, of_value, f"{name}[{key!r}]", of_spec)
            for key, part in value.items()
        }
    )


def _one_of(value, annotation, name, of_spec):
    for alternative in typing.get_args(annotation):
        try:
            return converted(value, alternative, name, of_spec)
        except TypeError:
            continue
    raise TypeError(f"{name}: expected {annotation!r}. {_received(value)}")


def _is_mapping(annotation):
    origin = typing.get_origin(annotation)
    return isinstance(origin, type) and origin is not dict and issubclass(origin, Mapping)


def _received(value):
    return f"Received: {value!r:.200} of type {type(value).__name__!r}"
