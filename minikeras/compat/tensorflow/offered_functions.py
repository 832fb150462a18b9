"""The functions of `tf` as scripts get them: operands checked, ragged tensors dispatched, errors as TensorFlow's.

`compat/namespaces.py` asks for each function that it offers, so `keras.*` and minikeras's own code, which follow
Keras's rules, are not affected.
"""

__replay__ = "computes"

from functools import cache, wraps

from minikeras import errors
from minikeras.autodiff.array_dtypes import UnsupportedDtypeError
from minikeras.autodiff.operation import any_symbolic
from minikeras.compat.tensorflow.operand_checks import checked
from minikeras.compat.tensorflow.operand_table import RULES
from minikeras.compat.tensorflow.ragged.dispatch import dispatched, versions

# Modules of functions with kernels in TensorFlow, …
_COMPUTATIONS = ("arrays", "bitwise", "linalg", "math", "nn", "sets", "signal", "sparse", "tensors")
# … and those below `compat` that check what TensorFlow's Python checks.
_CHECKED_BY_PYTHON = {
    "minikeras.ops.conversion",
    "minikeras.autodiff.array_dtypes",
    "minikeras.ops.batched_indexing",
    "minikeras.sparse.checks",
    "minikeras.sparse.combining",
}


def checker_of(names):
    """A function that returns the functions of a namespace as scripts get them.

    They are `checked` if they have a rule, and dispatched to versions for ragged tensors (`ragged/dispatch.py`).

    Args:
        names: {name: function or module}, the contents of the module `tf`.
    """

    @cache
    def rules():
        return {_found(names, name): (name, rule) for name, rule in RULES.items()}

    @cache
    def ragged_versions():
        found = {}
        for name, version in versions().items():
            try:
                found[_found(names, name)] = version
            except (AttributeError, KeyError):  # TensorFlow has the function, this namespace has not
                continue
        return found

    @cache
    def offered(function):
        offered_for_dense = dense(function)
        version = ragged_versions().get(function)
        return offered_for_dense if version is None else dispatched(offered_for_dense, version)

    def dense(function):
        name, rule = rules().get(function, (None, None))
        is_computation = function.__module__.removeprefix(f"{names['__name__']}.").startswith(_COMPUTATIONS)
        if rule is None:
            return reporting(function) if is_computation else function
        rule_first = checked(function, f"tf.{name}", rule)
        return reporting(rule_first) if is_computation else rule_first

    return offered


def reporting(function):
    """The function with errors as TensorFlow reports them.

    What its Python finds is a ValueError or TypeError, and so it is here for what `compat` finds. What its kernels
    find, such as shapes that do not fit, is an InvalidArgumentError: here what `ops` and the packages below find.
    """

    @wraps(function)
    def wrapper(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except (ValueError, IndexError, ZeroDivisionError) as error:
            if isinstance(error, UnsupportedDtypeError) or any_symbolic(args, kwargs) or not _is_of_kernels(error):
                raise
            raise errors.InvalidArgumentError(None, None, str(error)) from error

    return wrapper


def _is_of_kernels(error):
    """Whether it was raised below `compat`: in minikeras's packages, or in NumPy's."""
    traceback = error.__traceback__
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    module = str(traceback.tb_frame.f_globals.get("__name__"))
    is_below = module.partition(".")[0] in ("minikeras", "numpy") and not module.startswith("minikeras.compat.")
    return is_below and module not in _CHECKED_BY_PYTHON


def _found(names, name):
    first, *rest = name.split(".")
    value = names[first]
    for part in rest:
        value = getattr(value, part)
    return value
