"""The error for a name that a public namespace lacks, which suggests similar names."""

__replay__ = "computes"

from minikeras.base.suggestions import did_you_mean


def explain_missing_names(module_name, names):
    """The `__getattr__` of a namespace, which Python calls for names that it does not find there.

        __getattr__ = explain_missing_names(__name__, __all__)

    It raises an AttributeError, or for `from minikeras.layers import …` an ImportError of Python's follows from it.

    Args:
        module_name: "minikeras.layers".
        names: the public names of the namespace.
    """

    def __getattr__(name):  # noqa: N807
        raise AttributeError(_sentence(module_name, name, names), name=name)

    __getattr__.explains_missing_names = False  # of `tf.keras`, whose messages name that; see compat/namespaces.py
    return __getattr__


def _sentence(module_name, name, names):
    if name.startswith(("_", "pytest")):  # names that Python and its tools try on any module
        return f"module {module_name!r} has no attribute {name!r}"
    return f"module {module_name!r} has no attribute {name!r}.{did_you_mean(name, names)}"
