"""`ExtensionTypeSpec`: an extension type's fields with specs in place of tensors; also the batching of values."""

__replay__ = "computes"

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor
from minikeras.compat.tensorflow.data.specs import pipeline_spec, tensorflow_spec
from minikeras.compat.tensorflow.extension_types.fields import ImmutableDict, converted, mapped
from minikeras.compat.tensorflow.tensor_shape import TensorShape
from minikeras.compat.tensorflow.tensor_spec import TensorSpec, TypeSpec

__all__ = ["ExtensionTypeBatchEncoder", "ExtensionTypeSpec"]


class Fixed:
    """Mixin: attributes are set by the user's constructor only, and only those that are fields."""

    def __setattr__(self, name, value):
        self._check_mutable(name)
        vars(self)[name] = value

    def __delattr__(self, name):
        self._check_mutable(name)
        del vars(self)[name]

    def _check_mutable(self, name):
        is_field = any(name == field for field, _ in (self.value_type or type(self)).extension_fields())
        if "_is_in_constructor" not in vars(self) or not is_field:
            kind = "ExtensionTypeSpec" if self.value_type else "ExtensionType"
            raise AttributeError(
                f"Cannot mutate attribute `{name}` outside the custom constructor of {kind}. Make a new value; all "
                "fields must have annotations."
            )


class ExtensionTypeSpec(Fixed, TypeSpec):
    """The values of an extension type, without the numbers in their tensors.

    Every extension type has a subclass, `MyType.Spec`, with the same fields: in the place of a tensor there is a
    `tf.TensorSpec` or another spec, all else is as in the values.
    """

    value_type = None  # the extension type

    @classmethod
    def from_value(cls, value):
        """The spec of an existing value."""
        return _made(cls, {name: mapped(_spec_of, part) for name, part in vars(value).items()})

    def is_compatible_with(self, spec_or_value):
        """Whether a value (or those of another spec) has these fields: equal ones, and tensors that fit the specs."""
        other = _as_spec(spec_or_value)
        return self._is_like(other) and all(
            mine.is_compatible_with(theirs) for mine, theirs in zip(self.parts(), other.parts(), strict=True)
        )

    def is_subtype_of(self, other):
        """Whether every value that this spec describes is described by `other` too."""
        return self._is_like(other) and all(
            mine.is_subtype_of(theirs) for mine, theirs in zip(self.parts(), other.parts(), strict=True)
        )

    def most_specific_common_supertype(self, others):
        """The most specific spec that is compatible with all of these, or None."""
        if not all(self._is_like(other) for other in others):
            return None
        columns = zip(*[other.parts() for other in others], strict=True) if others else iter(lambda: (), None)
        parts = [
            mine.most_specific_common_supertype(list(column))
            for mine, column in zip(self.parts(), columns, strict=False)
        ]
        return None if None in parts else self.with_parts(parts)

    def parts(self):
        """The specs among the fields, as a flat list."""
        found = []
        for field in vars(self).values():
            mapped(lambda part: found.append(part) if isinstance(part, TypeSpec) else None, field)
        return found

    def with_parts(self, parts):
        """The same with other specs."""
        return _made(type(self), self._fields_of(parts))

    def value_of(self, parts):
        """The value of these tensors, in the order of the fields. Nothing is checked again."""
        return _made(self.value_type, self._fields_of(parts))

    def symbolic(self):
        """A value of KerasTensors."""
        return self.value_of([_symbol(part) for part in self.parts()])

    def batched(self, size):
        """The spec of `size` (None: some) values joined."""
        return _encoder(self, "batched").batch(self, size)

    def unbatched(self):
        """The spec of the rows."""
        return _encoder(self, "divided into rows").unbatch(self)

    def _fields_of(self, parts):
        left = iter(parts)
        return {
            name: mapped(lambda part: next(left) if isinstance(part, TypeSpec) else part, field)
            for name, field in vars(self).items()
        }

    def _is_like(self, other):
        """Whether another spec has the same type, number of specs, and everything else equal."""
        if type(self) is not type(other):
            return False
        return _without_specs(self) == _without_specs(other)

    def _check_fields(self):
        _convert_fields(self, self.value_type, of_spec=True)

    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self):
        return hash((type(self), *vars(self).items()))

    def __reduce__(self):
        return _unpickled, (self.value_type, dict(vars(self)))

    def __repr__(self):
        fields = ", ".join(f"{name}={_plain(field)!r}" for name, field in vars(self).items())
        return f"{type(self).__qualname__}({fields})"


class ExtensionTypeBatchEncoder:
    """How values of a `BatchableExtensionType` are joined to batches and taken apart.

    A value is encoded as a nest of tensors; these are stacked, or divided into rows, and decoded. This one encodes it
    as its tensors. A class for which that is wrong has an own encoder in `__batch_encoder__`.
    """

    def batch(self, spec, batch_size):
        """The spec of a batch: an axis more in front of each tensor's spec and of each `TensorShape`."""

        def batched(part):
            if isinstance(part, TensorShape):
                return TensorShape([batch_size]) + part if part.rank is not None else part
            return _batched(part, batch_size) if isinstance(part, TypeSpec) else part

        return _made(type(spec), {name: mapped(batched, field) for name, field in vars(spec).items()})

    def unbatch(self, spec):
        """The spec of a row: the first axis taken away."""

        def unbatched(part):
            if isinstance(part, TensorShape):
                return part[1:] if part.rank is not None else part
            return _unbatched(part) if isinstance(part, TypeSpec) else part

        return _made(type(spec), {name: mapped(unbatched, field) for name, field in vars(spec).items()})

    def encode(self, spec, value, minimum_rank=0):
        """A nest of tensors for a value: here a tuple of those in its fields.

        Args:
            minimum_rank: the least number of axes of each, so that it has rows.
        """
        return tuple(parts_of(value))

    def decode(self, spec, encoded_value):
        """The value with this spec for such a nest, of which the tensors may have been stacked or divided."""
        return spec.value_of(encoded_value)

    def encoding_specs(self, spec):
        """The specs of the tensors of `encode`, nested alike."""
        return tuple(spec.parts())


def is_extension(x):
    """Whether `x` is a value of an extension type: only these have `extension_fields`."""
    return hasattr(type(x), "extension_fields")


def parts_of(value):
    """The tensors among an extension type's fields, as a flat list; ragged, sparse and nested ones whole."""
    found = []
    for field, spec in zip(vars(value).values(), vars(value._type_spec).values(), strict=True):
        parts, specs = [], []
        mapped(parts.append, field)
        mapped(specs.append, spec)
        found += [part for part, known in zip(parts, specs, strict=True) if isinstance(known, TypeSpec)]
    return found


def encoded(value):
    """(the encoder of a batchable value, its nest of tensors)."""
    encoder = _encoder(value._type_spec, "divided into rows")
    return encoder, encoder.encode(value._type_spec, value, minimum_rank=1)


def _encoder(spec, done):
    encoder = getattr(spec.value_type, "__batch_encoder__", None)
    if encoder is None:
        raise AttributeError(
            f"{spec.value_type.__name__} cannot be {done}: it is no `tf.experimental.BatchableExtensionType`. Derive "
            "it from that in place of `tf.experimental.ExtensionType`."
        )
    return encoder


def _made(cls, fields):
    """An object of a class with these fields, past its constructor, which may be the user's."""
    made = object.__new__(cls)
    vars(made).update(fields)
    return made


def _convert_fields(owner, value_type, of_spec=False):
    fields = dict(value_type.extension_fields())
    if missing := sorted(fields.keys() - vars(owner).keys()):
        raise ValueError(
            f"Missing required fields: {missing}. `{type(owner).__qualname__}.__init__` must set them all."
        )
    given = dict(vars(owner))
    vars(owner).clear()
    vars(owner).update({name: converted(given[name], fields[name], name, of_spec) for name in fields})


def _spec_of(part):
    if isinstance(part, (Tensor, KerasTensor)):
        return TensorSpec.from_tensor(part)
    return getattr(part, "_type_spec", part)


def _as_spec(x):
    return x if isinstance(x, TypeSpec) else getattr(x, "_type_spec", None)


def _without_specs(spec):
    return {
        name: mapped(lambda part: TypeSpec if isinstance(part, TypeSpec) else part, field)
        for name, field in vars(spec).items()
    }


def _batched(spec, size):
    return spec.batched(size) if hasattr(spec, "batched") else tensorflow_spec(pipeline_spec(spec).batched(size))


def _unbatched(spec):
    return spec.unbatched() if hasattr(spec, "unbatched") else tensorflow_spec(pipeline_spec(spec).unbatched())


def _symbol(spec):
    if isinstance(spec, ExtensionTypeSpec):
        return spec.symbolic()
    return KerasTensor(tuple(spec.shape), spec.dtype)


def _plain(field):
    """Mappings as dicts, which are shorter to read."""
    if isinstance(field, ImmutableDict):
        return {key: _plain(part) for key, part in field.items()}
    return tuple(map(_plain, field)) if type(field) is tuple else field


def _unpickled(value_type, fields):
    return _made(value_type.Spec, fields)
