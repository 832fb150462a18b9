"""Resolves identifiers of objects: a name, class, config, or the object itself."""

import inspect
import reprlib

from minikeras.base.suggestions import did_you_mean
from minikeras.serialization.custom_objects import get_registered_object


def object_from(identifier, kind, known, deserialize, hint):
    """The object that `identifier` stands for; None for None. Classes become instances with default arguments.

    Args:
        identifier: name, config, class, or any callable.
        kind: the word for it in errors, such as "constraint".
        known: {name: class or function}; the user's names are found as well.
        deserialize: makes an object from a config.
        hint: the end of the error for anything else: the allowed values.

    Raises:
        ValueError: no object has that name, or `identifier` is not callable.
    """
    if identifier is None:
        return None
    found = identifier
    if isinstance(identifier, str):
        found = get_registered_object(identifier, module_objects=known)
        if found is None:
            raise ValueError(f"Could not interpret {kind} identifier. {unknown_name(kind, identifier, known)}")
    elif isinstance(identifier, dict):
        found = deserialize(identifier)
    if not callable(found):
        raise ValueError(f"Could not interpret {kind} identifier: {reprlib.repr(identifier)}. {hint}")
    return found() if inspect.isclass(found) else found


def unknown_name(kind, name, known):
    """A ValueError for an unknown name, with the nearest names that exist."""
    return ValueError(f"Unknown {kind}: {name!r}.{did_you_mean(str(name), list(known))}")
