"""`ExtensionType`: the base of classes that hold tensors, whose fields are their annotations.

    class Interval(tf.experimental.ExtensionType):
        low: tf.Tensor
        high: tf.Tensor

        def middle(self):
            return (self.low + self.high) / 2

Values are passed to and returned by a `tf.function`, kept in data sets, chosen by `tf.cond` and carried through loops.
A class gets a constructor, `==`, `repr` and a spec; values never change.
"""

__replay__ = "computes"

import functools
import inspect
import typing

from minikeras import ops, tree
from minikeras.compat.tensorflow.composites import expanded
from minikeras.compat.tensorflow.extension_types.fields import check_annotation, converted
from minikeras.compat.tensorflow.extension_types.specs import (
    ExtensionTypeBatchEncoder,
    ExtensionTypeSpec,
    Fixed,
    _convert_fields,
    encoded,
)
from minikeras.compat.tensorflow.tensor_spec import TypeSpec
from minikeras.data.pipeline.structure import rows_of, stack

__all__ = ["BatchableExtensionType", "ExtensionType"]

_RESERVED = ("self", "Spec")
_MISSING = inspect.Parameter.empty
DEFINED = []  # the classes of programs; functions look for values only if there are any


class ExtensionType(Fixed):
    """Base class of types of a program's own, whose fields are tensors, plain values, and tuples and mappings of these.

    Attributes:
        Spec: the class of the type's specs, `tf.experimental.ExtensionTypeSpec`. A nested class of that name adds to
            it: a constructor, `__repr__`, methods.

    Raises (when a subclass is defined):
        TypeError: a field has an annotation that `fields.py` does not list, or a default of another type.
        ValueError: a field's name is reserved, or an attribute has no annotation.
    """

    kind = "extension"
    value_type = None

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if cls.__module__ == __name__:
            return
        DEFINED.append(cls)
        fields = cls.extension_fields()
        _check_names(cls, fields)
        for name, annotation in fields:
            check_annotation(name, annotation)
            if (default := getattr(cls, name, _MISSING)) is not _MISSING and not hasattr(default, "__get__"):
                _check_default(name, default, annotation)
        _add_constructor(cls, "ExtensionType", cls, {name: getattr(cls, name, _MISSING) for name, _ in fields})
        cls.Spec = _spec_class(cls, fields)

    def __init__(self, *args, **kwargs):
        if type(self) is ExtensionType:
            raise AssertionError("Cannot create an instance of ExtensionType: derive a class with annotated fields.")

    @classmethod
    def extension_fields(cls):
        """Pairs (name, annotation) of the fields, those of base classes first. Names of classes that are not defined
        yet stay strings."""
        if "_extension_fields" in vars(cls):
            return cls._extension_fields
        try:
            annotations = typing.get_type_hints(cls)
        except (NameError, AttributeError):
            annotations = {}
            for base in reversed(cls.__mro__):
                annotations |= inspect.get_annotations(base)
            return tuple(annotations.items())
        cls._extension_fields = tuple(annotations.items())
        return cls._extension_fields

    def __validate__(self):
        """Called when the fields are set and converted: a subclass raises an error here if they do not fit."""

    def _check_fields(self):
        _convert_fields(self, type(self))
        self.__validate__()

    @property
    def _type_spec(self):
        return type(self).Spec.from_value(self)

    def __eq__(self, other):
        """Whether type, specs and all numbers are equal: a boolean tensor, or False."""
        if type(self) is not type(other) or self._type_spec != other._type_spec:
            return False
        pairs = zip(all_tensors(self), all_tensors(other), strict=True)
        equal = [x.shape == y.shape and bool(ops.all(ops.equal(x, y))) for x, y in pairs]
        return ops.convert_to_tensor(all(equal), "bool")

    def __ne__(self, other):
        equal = self == other
        return not equal if isinstance(equal, bool) else ops.logical_not(equal)

    __hash__ = None

    def __repr__(self):
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name, _ in self.extension_fields())
        return f"{type(self).__qualname__}({fields})"

    # --- interface for the pipeline of data sets ---------------------------------------------------------------------

    @property
    def _rows(self):
        """The rows along the first axis, values of the same type."""
        encoder, tensors = encoded(self)
        spec = self._type_spec.unbatched()
        return [encoder.decode(spec, row) for row in rows_of(tensors)]

    @property
    def _tensors_of_rows(self):
        """The tensors that are divided for the rows."""
        return tree.flatten(encoded(self)[1])

    @classmethod
    def _stacked(cls, values, size=None):
        """Values of one type as one, with an axis more in front."""
        encoder, _ = encoded(values[0])
        together = stack([encoded(value)[1] for value in values])
        return encoder.decode(values[0]._type_spec.batched(size), together)


class BatchableExtensionType(ExtensionType):
    """An extension type whose values can be batched and unbatched, by `tf.data` and `tf.map_fn`.

    `__batch_encoder__`, an `ExtensionTypeBatchEncoder`, does so; a subclass may have one of its own.
    """

    __batch_encoder__ = ExtensionTypeBatchEncoder()


class RowsOfValue:
    """A batchable value in the form that is indexed along its first axis."""

    def __init__(self, value):
        self._rows = value._rows
        self.shape = (len(self._rows),)

    def __getitem__(self, number):
        return self._rows[number]


def all_tensors(value):
    """The tensors that a value consists of, those in its parts too."""
    return [x for x in _flat(expanded(value)) if hasattr(x, "shape")]


def _flat(nest):
    return [leaf for part in nest for leaf in _flat(part)] if isinstance(nest, list) else [nest]


def _check_names(cls, fields):
    names = {*vars(cls), *(name for name, _ in fields)}
    if reserved := [n for n in names if (n in _RESERVED and n != "Spec") or n.startswith("_tf_extension_type")]:
        raise ValueError(f"The field annotations for {cls.__name__} are invalid. Field '{reserved[0]}' is reserved.")
    if any(name == "Spec" for name, _ in fields):
        raise ValueError(f"The field annotations for {cls.__name__} are invalid. Field 'Spec' is reserved.")
    spec = vars(cls).get("Spec")
    if spec is not None and not (isinstance(spec, type) and spec.__bases__ in ((object,), (TypeSpec,))):
        raise ValueError(f"{cls.__qualname__}.Spec must be a nested class without bases. Received: {spec!r}")
    annotated = {name for name, _ in fields}
    for name, value in vars(cls).items():
        is_special = name.startswith(("__", "_abc_", "_extension_fields"))
        if not (is_special or name in annotated or callable(value) or hasattr(value, "__get__")):
            raise ValueError(
                f"The field annotations for {cls.__name__} are invalid. Field {name} is missing a type annotation."
            )


def _check_default(name, default, annotation):
    try:
        converted(default, annotation, name)
    except TypeError as error:
        raise TypeError(f"default value for {error}") from None


def _spec_class(cls, fields):
    """The type's `Spec`, including the members of a class `Spec` that the user nested in it."""
    custom = vars(cls).get("Spec")
    members = {} if custom is None else dict(vars(custom))
    for name in ("__dict__", "__weakref__"):
        members.pop(name, None)
    members |= {"value_type": cls, "__module__": cls.__module__, "__qualname__": f"{cls.__qualname__}.Spec"}
    spec = type(f"{cls.__name__}.Spec", (ExtensionTypeSpec,), members)
    if "__eq__" not in members:
        spec.__hash__ = ExtensionTypeSpec.__hash__
    _add_constructor(spec, "ExtensionTypeSpec", cls, {name: _MISSING for name, _ in fields})
    return spec


def _add_constructor(cls, kind, value_type, defaults):
    """Let the user's constructor set fields, or make one that takes them all; afterwards they are checked."""
    if "__init__" in vars(cls):
        cls.__init__ = _checking(cls.__init__)
        return
    signature = _signature(cls, dict(value_type.extension_fields()), defaults, annotated=kind == "ExtensionType")

    def construct(self, *args, **kwargs):
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        vars(self).update(bound.arguments)
        self._check_fields()

    of_self = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    of_fields = [*signature.parameters.values()]
    construct.__signature__ = inspect.Signature([of_self, *of_fields], return_annotation=cls)
    construct.__name__, construct.__qualname__ = "__init__", f"{cls.__qualname__}.__init__"
    cls.__init__ = construct


def _checking(constructor):
    @functools.wraps(constructor)
    def construct(self, *args, **kwargs):
        vars(self)["_is_in_constructor"] = True
        constructor(self, *args, **kwargs)
        vars(self).pop("_is_in_constructor", None)
        self._check_fields()

    return construct


def _signature(cls, annotations, defaults, annotated):
    """Of the constructor: fields in their order; those without default after one with a default only by name."""
    parameters, by_name, has_default = [], False, False
    for name, default in defaults.items():
        by_name = by_name or (has_default and default is _MISSING)
        has_default = has_default or default is not _MISSING
        kind = inspect.Parameter.KEYWORD_ONLY if by_name else inspect.Parameter.POSITIONAL_OR_KEYWORD
        annotation = annotations[name] if annotated else _MISSING
        parameters.append(inspect.Parameter(name, kind, default=default, annotation=annotation))
    return inspect.Signature(parameters, return_annotation=cls)
