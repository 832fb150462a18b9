"""Objects as `tf.saved_model.save` writes them: Keras layers, and objects with `tf.function`s and Variables."""

import inspect
from functools import partial

from minikeras import tree
from minikeras.autodiff.variable import Variable
from minikeras.compat.tensorflow.function import ConcreteFunction, Function
from minikeras.compat.tensorflow.module import Module
from minikeras.compat.tensorflow.tensor_spec import TensorSpec
from minikeras.exporting.signature import InputSignature, signature_of
from minikeras.exporting.tensorflow.archive import LISTS, aliased, named, positional
from minikeras.exporting.tensorflow.functions import PythonFunction, traced
from minikeras.exporting.tensorflow.objects import Attributes
from minikeras.exporting.tensorflow.writing import DEFAULT, write_saved_model
from minikeras.layers import Layer
from minikeras.models import Model

_VALUES = (bool, int, float, str, type(None))


def save_object(obj, folder, signatures, aliases=None):
    """Write a SavedModel.

    Args:
        obj: a Keras layer or model, or an object with `tf.function`s, Variables and such objects as attributes.
        signatures: a `tf.function` or concrete function, a dict of them by name, or None: then a model's call, or the
            only `tf.function` with an `input_signature`, is served.
        aliases: {other name: `tf.function`}, or None.

    Raises:
        ValueError: it does what cannot be expressed; or an alias is for a function that is not saved.
        TypeError: a signature is not a function.
    """
    writer = _Writer()
    root = writer.attributes_of(obj)
    served = writer.served(obj, signatures)
    write_saved_model(root, served, writer.functions, folder, aliased(aliases, writer.written))


class _Writer:
    """Determines which parts of objects are saved, and records their functions.

    Attributes:
        functions: the library of all `FunctionDef`s.
        written: pairs (`Function`, `PythonFunction`).
    """

    def __init__(self):
        self.functions, self.written = [], []
        self._seen = {}

    # --- attributes -------------------------------------------------------------------------------------------------

    def attributes_of(self, obj):
        """The `Attributes` of an object."""
        if id(obj) in self._seen:
            return self._seen[id(obj)][0]
        found = Attributes()
        self._seen[id(obj)] = found, obj
        attributes = _attributes(obj)
        if isinstance(obj, Layer):
            found.update({name: list(getattr(obj, name)) for name in LISTS})
            attributes = {name: x for name, x in attributes.items() if isinstance(x, (Variable, Function))}
        for name, value in sorted(attributes.items()):
            thing = self._thing(value)
            if thing is not None:
                found[name] = thing
        return found

    def _thing(self, value):
        """The object to save for an attribute; None if it is not saved."""
        if isinstance(value, Variable):
            return value
        if isinstance(value, Function):
            return self._function(value)
        if isinstance(value, (list, tuple)):
            items = [self._thing(item) for item in value]
            return items if items and None not in items else None
        if isinstance(value, dict):
            items = {str(key): self._thing(item) for key, item in value.items()}
            return {key: item for key, item in items.items() if item is not None} or None
        if isinstance(value, (Layer, Module)) or _has_something(value):
            return self.attributes_of(value) or None
        return None

    def _function(self, function):
        names, defaults = positional(function.signature)
        more = next((p.name for p in function.signature.parameters.values() if p.kind is p.VAR_POSITIONAL), None)
        traces = [self.traced(function, kind) for kind in function.argument_kinds()]
        found = PythonFunction(traces, names, defaults or None, function.input_signature is not None, more)
        self.written.append((function, found))
        return found

    def traced(self, function, kind):
        """A `tf.function` recorded for {name: nested TensorSpecs and values}."""
        names, values = _one_by_one(function, kind)
        arguments = [tree.map_structure(lambda spec: _argument(spec, function.name), value) for value in values]
        return traced(function.call_python, named(arguments, names), [], function.name, self.functions)

    # --- signatures -------------------------------------------------------------------------------------------------

    def served(self, obj, signatures):
        """{name: `TracedFunction`} of the signatures."""
        if signatures is None:
            return self._served_by_default(obj)
        given = signatures if isinstance(signatures, dict) else {DEFAULT: signatures}
        return {name: self._signature(name, function) for name, function in given.items()}

    def _served_by_default(self, obj):
        if isinstance(obj, Model):
            try:
                arguments = signature_of(obj)
            except ValueError:  # never called: nothing is known of its inputs
                return {}
            for spec in tree.flatten(arguments):
                spec.name = None
            names = ["inputs", *[f"inputs_{i}" for i in range(1, len(arguments))]][: len(arguments)]
            call = partial(obj, **obj._mode(False))
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


def _has_something(value):
    """Whether there are Variables or `tf.function`s among the attributes of an object, as of a `tf.Module`."""
    return type(value).__module__ != "builtins" and any(
        isinstance(item, (Variable, Function)) for item in _attributes(value).values()
    )


def _one_by_one(function, kind):
    """(names, values) of the arguments of a kind, with those of `*args` one by one.

    Raises:
        ValueError: there are keyword-only arguments.
    """
    names, values = [], []
    for name, value in kind.items():
        parameter = function.signature.parameters[name]
        if parameter.kind is parameter.VAR_POSITIONAL:
            names += [name] * len(value)
            values += value
        elif parameter.kind not in (parameter.KEYWORD_ONLY, parameter.VAR_KEYWORD):
            names.append(name)
            values.append(value)
        elif value and value != parameter.default:
            raise ValueError(
                f"Of {function.name}, arguments that may be given by position are saved. Received: {name}={value!r}"
            )
    return names, values


def _argument(spec, function_name):
    if isinstance(spec, TensorSpec):
        shape = None if spec.shape.rank is None else spec.shape.as_list()
        return InputSignature(shape, spec.dtype.name, spec.name)
    if isinstance(spec, _VALUES):
        return spec
    raise ValueError(f"Of {function_name}, arguments that are tensors, numbers and texts are saved. Received: {spec!r}")
