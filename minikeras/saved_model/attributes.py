"""Attributes of nodes as Python values."""

from minikeras.saved_model.tensors import RESOURCE, VARIANT, array_of, dtype_name, shape_of


def attribute_value(message, library=None):
    """The value of an `AttrValue`: a dtype by its name, a shape as a tuple, a tensor as an array, lists of these.

    Args:
        library: the `FunctionLibrary` with the functions that an attribute may name.

    Raises:
        ValueError: it has none.
    """
    kind = message.chosen
    if kind == "list":
        return [read(item, library) for k, read in _KINDS.items() for item in getattr(message.list, k, ())]
    if kind not in _KINDS:
        raise ValueError("an attribute has no value")
    return _KINDS[kind](getattr(message, kind), library)


def is_of_dtypes(message):
    """Whether an attribute is a dtype or a list of dtypes: of inputs and outputs, which the values have anyway."""
    others = [kind for kind in _KINDS if kind != "type"]
    return message.chosen == "type" or (
        message.chosen == "list" and not any(getattr(message.list, kind, ()) for kind in others)
    )


def dtype_or_kind(number):
    """The name of a dtype, also of what is no array: "resource", "variant"."""
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
