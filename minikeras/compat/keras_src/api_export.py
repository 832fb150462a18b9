"""`keras.src.api_export`: the decorator by which Keras names its public objects, and packages theirs."""

__replay__ = "computes"

__all__ = ["REGISTERED_NAMES_TO_OBJS", "REGISTERED_OBJS_TO_NAMES", "get_name_from_symbol", "get_symbol_from_name",
           "keras_export", "register_internal_serializable"]  # fmt: skip

REGISTERED_NAMES_TO_OBJS = {}
REGISTERED_OBJS_TO_NAMES = {}


class keras_export:  # noqa: N801  Keras's name
    """Decorator that notes one or more full names for a class or function.

    As without the package `namex`, nothing is added to any namespace; the functions below return the names.
    """

    def __init__(self, path):
        self.path = path

    def __call__(self, symbol):
        for path in [self.path] if isinstance(self.path, str) else self.path:
            register_internal_serializable(path, symbol)
        return symbol


def register_internal_serializable(path, symbol):
    """Register the name of an object; the first of several is its canonical name."""
    names = [path] if isinstance(path, str) else list(path)
    REGISTERED_NAMES_TO_OBJS.update(dict.fromkeys(names, symbol))
    REGISTERED_OBJS_TO_NAMES.setdefault(symbol, names[0])


def get_symbol_from_name(name):
    """The object that was exported under a name, or None."""
    return REGISTERED_NAMES_TO_OBJS.get(name)


def get_name_from_symbol(symbol):
    """The name under which an object was exported, or None."""
    return REGISTERED_OBJS_TO_NAMES.get(symbol)
