"""Objects as `tf.saved_model.save` writes them: Keras layers, and objects with `tf.function`s and Variables."""

import inspect

import numpy as np

from minikeras import tree
from minikeras.autodiff.variable import Variable
from minikeras.compat.tensorflow.function import ConcreteFunction, Function
from minikeras.compat.tensorflow.tensor_spec import TensorSpec
from minikeras.exporting.saved_model.archive import LISTS, named
from minikeras.exporting.saved_model.functions import PythonFunction, traced
from minikeras.exporting.saved_model.objects import Attributes
from minikeras.exporting.saved_model.writing import DEFAULT, write_saved_model
from minikeras.exporting.signature import InputSignature, signature_of
from minikeras.layers import Layer
from minikeras.models import Model

_VALUES = (bool, int, float, str, type(None))


def save_object(obj, folder, signatures):
    """Write a SavedModel.

    Args:
        obj: a Keras layer or model, or an object with `tf.function`s, Variables and such objects as attributes.
        signatures: a `tf.function` or concrete function, a dict of them by name, or None: then a model's call, or the
            only `tf.function` with an `input_signature`, is served.

    Raises:
        ValueError: it does what cannot be expressed.
        TypeError: a signature is no function.
    """
    writer = _Writer()
    root = writer.attributes_of(obj, ())
    served = writer.served(obj, signatures)
    write_saved_model(root, served, writer.functions, folder)


class _Writer:
    """Attributes:
    functions: the library of all `FunctionDef`s.
    """

    def __init__(self):
        self.functions = []
        self._seen = {}

    # --- attributes -------------------------------------------------------------------------------------------------

    def attributes_of(self, obj, path):
        """The `Attributes` of an object."""
        if id(obj) in self._seen:
            return self._seen[id(obj)][0]
        found = Attributes()
        self._seen[id(obj)] = found, obj
        if isinstance(obj, Layer):
            found.update({name: list(getattr(obj, name)) for name in LISTS})
            return found
        for name, value in sorted(_attributes(obj).items()):
            thing = self._thing(value, (*path, name))
            if thing is not None:
                found[name] = thing
        return found

    def _thing(self, value, path):
        """What is saved of an attribute; None if nothing is."""
        if isinstance(value, Variable):
            return value
        if isinstance(value, Function):
            return self._function(value)
        if isinstance(value, (list, tuple)):
            items = [self._thing(item, path) for item in value]
            return items if items and None not in items else None
        if isinstance(value, dict):
            items = {str(key): self._thing(item, path) for key, item in value.items()}
            return {key: item for key, item in items.items() if item is not None} or None
        if isinstance(value, Layer) or _is_trackable(value):
            return self.attributes_of(value, path) or None
        return None

    def _function(self, function):
        kinds = function.argument_kinds()
        if not kinds:
            return None  # never called: nothing is known of its arguments
        parameters = inspect.signature(function.python_function).parameters
        names = list(kinds[0])
        defaults = tuple(parameters[name].default for name in names)
        count = sum(value is not inspect.Parameter.empty for value in defaults)
        traces = [self.traced(function, kind) for kind in kinds]
        is_fixed = function.input_signature is not None
        return PythonFunction(traces, names, defaults[len(defaults) - count :] or None, is_fixed)

    def traced(self, function, kind):
        """A `tf.function` recorded for {name: nested TensorSpecs and values}."""
        arguments = [tree.map_structure(lambda spec: _argument(spec, function.name), value) for value in kind.values()]
        return traced(function.call_python, named(arguments, list(kind)), [], function.name, self.functions)

    # --- signatures -------------------------------------------------------------------------------------------------

    def served(self, obj, signatures):
        """{name: `TracedFunction`} of what is served."""
        if signatures is None:
            return self._served_by_default(obj)
        given = signatures if isinstance(signatures, dict) else {DEFAULT: signatures}
        return {name: self._signature(name, function) for name, function in given.items()}

    def _served_by_default(self, obj):
        if isinstance(obj, Model):
            arguments = signature_of(obj)
            for spec in tree.flatten(arguments):
                spec.name = None
            names = ["inputs", *[f"inputs_{i}" for i in range(1, len(arguments))]]
            call = lambda *inputs: obj(*inputs, **obj._mode(False))  # noqa: E731
            return {DEFAULT: traced(call, named(arguments, names), obj.variables, DEFAULT, self.functions)}
        if isinstance(obj, Layer):
            return {}
        found = [value for value in _attributes(obj).values() if getattr(value, "input_signature", None) is not None]
        return {DEFAULT: self._signature(DEFAULT, found[0])} if len(found) == 1 else {}

    def _signature(self, name, function):
        if isinstance(function, ConcreteFunction):
            return self.traced(function.function, function.argument_kind)
        kinds = function.argument_kinds() if isinstance(function, Function) else []
        if len(kinds) != 1:
            raise TypeError(
                f"The signature {name!r} must be a concrete function (`f.get_concrete_function(tf.TensorSpec(…))`), or "
                f"a `tf.function` with an `input_signature` or of one kind of arguments. Received: {function!r}"
            )
        return self.traced(function, kinds[0])


def _attributes(obj):
    """Attributes of an object, and the `tf.function`s of its class, as methods."""
    names = [name for name in dir(type(obj)) if isinstance(inspect.getattr_static(type(obj), name, None), Function)]
    own = {name: value for name, value in getattr(obj, "__dict__", {}).items() if name.isidentifier()}
    return {name: getattr(obj, name) for name in names} | own


def _is_trackable(value):
    """Whether there is something to save in an object: a `tf.Module`, or one like it."""
    return type(value).__module__ != "builtins" and any(
        isinstance(item, (Variable, Function)) for item in _attributes(value).values()
    )


def _argument(spec, function_name):
    if isinstance(spec, TensorSpec):
        if spec.shape.rank is None:
            raise ValueError(f"The arguments of {function_name} must have a known number of axes. Received: {spec}")
        return InputSignature(spec.shape.as_list(), str(np.dtype(spec.dtype.as_numpy_dtype).name), spec.name)
    if isinstance(spec, _VALUES):
        return spec
    raise ValueError(f"Of {function_name}, arguments that are tensors, numbers and texts are saved. Received: {spec!r}")
