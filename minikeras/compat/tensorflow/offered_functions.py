"""The functions of `tf` as scripts get them: operands checked, ragged tensors dispatched, errors as TensorFlow's.

`compat/namespaces.py` asks for each function that it offers, so `keras.*` and minikeras's own code, which follow
Keras's rules, are not affected.
"""

__replay__ = "computes"

from functools import cache, wraps

from minikeras import errors
from minikeras.autodiff.array_dtypes import UnsupportedDtypeError
from minikeras.autodiff.operation import any_symbolic
from minikeras.autodiff.output_spec import by_dummy_inputs_after
from minikeras.autodiff.state import thread
from minikeras.compat.tensorflow import sparse_versions
from minikeras.compat.tensorflow.extension_types import dispatch as own_types
from minikeras.compat.tensorflow.operand_checks import checked
from minikeras.compat.tensorflow.operand_table import RULES
from minikeras.compat.tensorflow.ragged.dispatch import dispatched, versions
from minikeras.compat.tensorflow.symbolic import known_values

# Modules of functions with kernels in TensorFlow, …
_OF_TENSORS = ("arrays", "bitwise", "linalg", "math", "nn", "signal", "tensors")
_COMPUTATIONS = (*_OF_TENSORS, "sets", "sparse")
_BESIDE_TENSORS = ("casts", "debugging", "io", "sets", "sparse", "strings")
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

    They are `checked` if they have a rule, and dispatched to versions for ragged tensors (`ragged/dispatch.py`) and
    sparse ones (`sparse_versions.py`).

    Args:
        names: {name: function or module}, the contents of the module `tf`.
    """

    @cache
    def rules():
        return {_found(names, name): (name, rule) for name, rule in RULES.items()}

    @cache
    def ragged_versions():
        return by_function(versions())

    @cache
    def versions_for_sparse():
        return by_function(sparse_versions.VERSIONS)

    def by_function(versions):
        found = {}
        for name, version in versions.items():
            try:
                found[_found(names, name)] = version
            except (AttributeError, KeyError):  # TensorFlow has the function, this namespace has not
                continue
        return found

    @cache
    def elementwise():
        families = {name: family for family, listed in own_types.ELEMENTWISE.items() for name in listed.split()}
        return by_function(families)

    @cache
    def offered(function):
        version_for = own_types.may_have_versions(function, elementwise().get(function))
        offered_for_dense = dense(function, version_for)
        version, of_sparse = ragged_versions().get(function), versions_for_sparse().get(function)
        if version is None and of_sparse is None:
            return offered_for_dense
        return dispatched(offered_for_dense, version, of_sparse, version_for)

    def dense(function, version_for):
        name, rule = rules().get(function, (None, None))
        module = function.__module__.removeprefix(f"{names['__name__']}.")
        offered = function if rule is None else checked(function, f"tf.{name}", rule)
        if module.startswith(_COMPUTATIONS):
            offered = reporting(offered)
        if module.startswith((*_OF_TENSORS, "image")):
            return inferring(offered, version_for)
        return own_types.with_versions(offered, version_for) if module.startswith(_BESIDE_TENSORS) else offered

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


def inferring(function, version_for):
    """The function with results also for what it cannot do with symbolic tensors, because it needs values.

    What it cannot do with types of the program's own is done by a version of the program's, if `version_for` finds one.
    Where only shapes are asked for (in a layer's `call`), those of its results are found by running it on stand-ins.
    """

    @wraps(function)
    def wrapper(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except Exception as error:
            if (result := version_for(wrapper, args, kwargs)) is not NotImplemented:
                return result
            if thread.records_history or not any_symbolic(args, kwargs):
                raise
            return by_dummy_inputs_after(error, function, args, kwargs, dummy_input=known_values)

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
