"""The functions of `tf` as scripts get them: with checked operands, dispatch for ragged tensors, TensorFlow's errors.

`compat/namespaces.py` asks for each function that it offers, so `keras.*` and minikeras's own code, which follow
Keras's rules, are not affected.
"""

__replay__ = "computes"

from functools import cached_property, wraps

from minikeras.autodiff.array_dtypes import UnsupportedDtypeError
from minikeras.autodiff.operation import any_symbolic
from minikeras.autodiff.output_spec import by_dummy_inputs_after
from minikeras.autodiff.state import thread
from minikeras.base import errors
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
# … and those below `compat` with the checks of TensorFlow's Python code.
_CHECKED_BY_PYTHON = {
    "minikeras.ops.conversion",
    "minikeras.autodiff.array_dtypes",
    "minikeras.ops.batched_indexing",
    "minikeras.compat.tensorflow.sparse_values.checks",
    "minikeras.compat.tensorflow.sparse_values.combining",
}
# Modules of `compat` that compute, so that their errors count as those of kernels.
_COMPUTATIONS_HERE = """
    arrays.edit_distance arrays.norm_clipping data.csv_columns folding image.distorted_boxes image.drawn_images
    image.similarity io.binary io.csv_fields io.example_parsing io.sequence_example_parsing linalg.factored_systems
    linalg.matrix_functions linalg.tridiagonal nn.sampled_logits nn.weighted_moments ragged.dynamic_shape
    random.candidates random.philox_generator random.stateless_draws signal.cosine_transform signal.frames
    sparse_values.arithmetic sparse_values.arrangement sparse_values.sets
"""
_KERNELS_HERE = {f"minikeras.compat.tensorflow.{name}" for name in _COMPUTATIONS_HERE.split()}


class OfferedFunctions:
    """The functions of a namespace as scripts get them: `offered(function)`, each made once.

    They are `checked` if they have a rule, and dispatched to versions for ragged tensors (`ragged/dispatch.py`), sparse
    ones (`sparse_versions.py`) and types of the program's own.

    Args:
        names: {name: function or module}, the contents of the module `tf`; read when the first function is read.
    """

    def __init__(self, names):
        self.names = names
        self._made = {}

    def __call__(self, function):
        if function not in self._made:
            self._made[function] = self._offered(function)
        return self._made[function]

    @cached_property
    def _rules(self):
        return {_found(self.names, name): (name, rule) for name, rule in RULES.items()}

    @cached_property
    def _ragged(self):
        return self._by_function(versions())

    @cached_property
    def _sparse(self):
        return self._by_function(sparse_versions.VERSIONS)

    @cached_property
    def _families(self):
        """{elementwise function: "unary" or another family}, for a program's own types."""
        families = {name: family for family, listed in own_types.ELEMENTWISE.items() for name in listed.split()}
        return self._by_function(families)

    def _by_function(self, by_name):
        found = {}
        for name, value in by_name.items():
            try:
                found[_found(self.names, name)] = value
            except (AttributeError, KeyError):  # TensorFlow has the function, this namespace does not
                continue
        return found

    def _offered(self, function):
        version_for = own_types.may_have_versions(function, self._families.get(function))
        for_dense = self._for_dense(function, version_for)
        ragged, sparse = self._ragged.get(function), self._sparse.get(function)
        return for_dense if ragged is None and sparse is None else dispatched(for_dense, ragged, sparse, version_for)

    def _for_dense(self, function, version_for):
        name, rule = self._rules.get(function, (None, None))
        module = function.__module__.removeprefix(f"{self.names['__name__']}.")
        offered = function if rule is None else checked(function, f"tf.{name}", rule)
        if module.startswith(_COMPUTATIONS):
            offered = reporting(offered)
        if module.startswith((*_OF_TENSORS, "image")):
            return inferring(offered, version_for)
        return own_types.with_versions(offered, version_for) if module.startswith(_BESIDE_TENSORS) else offered


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
    """Whether an error was raised by what computes: minikeras's packages below `compat`, `_KERNELS_HERE`, or NumPy."""
    traceback = error.__traceback__
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    module = str(traceback.tb_frame.f_globals.get("__name__"))
    is_below = module.partition(".")[0] in ("minikeras", "numpy") and not module.startswith("minikeras.compat.")
    return (is_below or module in _KERNELS_HERE) and module not in _CHECKED_BY_PYTHON


def _found(names, name):
    first, *rest = name.split(".")
    value = names[first]
    for part in rest:
        value = getattr(value, part)
    return value
