"""`keras.export.ExportArchive`: endpoints and variables, written as a SavedModel."""

import inspect
import re
from functools import partial

from minikeras.autodiff.variable import Variable
from minikeras.base.messages import print_message
from minikeras.exporting.signature import arguments_of, inputs_of, signature_of
from minikeras.exporting.tensorflow.functions import PythonFunction, traced
from minikeras.exporting.tensorflow.objects import Attributes
from minikeras.exporting.tensorflow.writing import DEFAULT, write_saved_model
from minikeras.layers.call_signature import call_signature
from minikeras.layers.layer import Layer
from minikeras.tensors.lookup.tables import LookupTable

LISTS = ("variables", "trainable_variables", "non_trainable_variables")


class ExportArchive:
    """Functions and variables to be served, which `write_out` writes as a SavedModel.

        archive = keras.export.ExportArchive()
        archive.track(model)
        archive.add_endpoint("serve", model.call, [keras.InputSpec(shape=(None, 3), dtype="float32")])
        archive.write_out("folder")

        tf.saved_model.load("folder").serve(x)          # in TensorFlow, which needs none of this code

    Args:
        format: "saved_model".

    Attributes:
        variables, trainable_variables, non_trainable_variables: those of the tracked layers.

    Raises:
        ValueError: another format.
    """

    def __new__(cls, format="saved_model", **kwargs):  # Keras's class has no __init__ either
        if format != "saved_model":
            raise ValueError(f"An ExportArchive has the `format` 'saved_model'. Received: format={format!r}")
        if kwargs:
            raise TypeError(f"ExportArchive() takes no arguments {', '.join(kwargs)}.")
        archive = super().__new__(cls)
        archive.variables, archive.trainable_variables, archive.non_trainable_variables = [], [], []
        archive._endpoints, archive._collections = {}, {}
        return archive

    def track(self, resource):
        """Track the variables of a layer or model, a `tf.Module` or a Variable.

        Immutable tables of `tf.lookup` have none: they are written with the endpoints that use them.

        Raises:
            ValueError: the resource is none of these, or a layer that has not been built.
        """
        if isinstance(resource, Layer) and not resource.built:
            raise ValueError(
                f"The layer '{resource.name}' has no variables. It must be built to be exported: call it on a batch."
            )
        if isinstance(resource, LookupTable):
            return
        if isinstance(resource, Variable):
            variables, trainable = [resource], [resource] if resource.trainable else []
        elif hasattr(resource, "variables") and hasattr(resource, "trainable_variables"):
            variables, trainable = resource.variables, resource.trainable_variables
        else:
            raise ValueError(
                "Invalid resource type: `track` takes a layer or model, a `tf.Module`, a Variable or a table. "
                f"Received: {resource!r} of type {type(resource).__name__}"
            )
        is_trainable = set(map(id, trainable))
        self.variables += variables
        self.trainable_variables += trainable
        self.non_trainable_variables += [v for v in variables if id(v) not in is_trainable]

    def add_endpoint(self, name, fn, input_signature=None, **kwargs):
        """Add a function to be served.

        Args:
            name: of the attribute and of the signature.
            fn: a callable of tensors, made of layers and `keras.ops`. It is recorded when the archive is written.
            input_signature: a list with a (nested) specification for each positional argument: `keras.InputSpec`,
                `tf.TensorSpec`, a KerasTensor or a tensor, whose first axis is then of any length. It may be None for a
                `tf.function` that has a signature of its own or has been called.

        Returns:
            The function.

        Raises:
            ValueError: the name is taken, or there is no signature.
        """
        if name in self._endpoints:
            raise ValueError(f"Endpoint name '{name}' is already taken.")
        if kwargs:
            raise ValueError(f"These arguments belong to Keras's JAX backend: {', '.join(kwargs)}.")
        names, defaults = positional(getattr(fn, "signature", None) or inspect.signature(fn))
        if input_signature is None:
            if not hasattr(fn, "argument_kinds"):
                raise ValueError(
                    f"For the endpoint '{name}' you must provide an `input_signature`, which says the shapes and "
                    "dtypes of its arguments: archive.add_endpoint(name, fn, input_signature=[keras.InputSpec("
                    "shape=(None, 8), dtype='float32')])."
                )
            kinds = fn.argument_kinds()
            if not kinds:
                raise ValueError(
                    f"For the endpoint '{name}' you must either provide a function which has been called, or an "
                    f"`input_signature`. Received: {fn!r}"
                )
            names, input_signature = list(kinds[0]), list(kinds[0].values())
        arguments = arguments_of(input_signature)
        names += [f"args_{i}" for i in range(len(names), len(arguments))]
        left_out = len(names) - len(arguments)
        if left_out > len(defaults):
            raise ValueError(
                f"The `input_signature` of the endpoint '{name}' must have an entry for each of its arguments {names} "
                f"that has no default. Received: {len(arguments)} entries."
            )
        defaults = defaults[len(defaults) - left_out :]
        self._endpoints[name] = fn, names, arguments, defaults
        return fn

    def track_and_add_endpoint(self, name, resource, input_signature, **kwargs):
        """`track`, and an endpoint that calls the layer or model for inference; see `add_endpoint`."""
        self.track(resource)
        takes_training = call_signature(type(resource).call).takes_training
        call = partial(resource, training=False) if takes_training else resource.__call__
        return self.add_endpoint(name, call, input_signature, **kwargs)

    def add_variable_collection(self, name, variables):
        """Add a list of variables, the attribute `name` of the loaded object.

        Raises:
            ValueError: it is not a list, tuple or set of Variables.
        """
        if not isinstance(variables, (list, tuple, set)) or not all(isinstance(v, Variable) for v in variables):
            raise ValueError(f"`variables` must be a list, tuple or set of Variables. Received: {variables!r}")
        self._collections[name] = list(variables)

    def write_out(self, filepath, options=None, verbose=True):
        """Write the folder.

        Each endpoint is a signature; the first one is "serving_default" too, unless one of them has that name.

        Args:
            filepath: of the folder.
            options: `tf.saved_model.SaveOptions`; of them, `function_aliases` are written: {name: what `add_endpoint`
                returned}.
            verbose: whether to print the endpoints.

        Raises:
            ValueError: there is no endpoint, or one cannot be expressed: the error names the layer and the op. An alias
                is for another function.
        """
        if not self._endpoints:
            raise ValueError("No endpoints have been set yet. Call `add_endpoint` first.")
        functions, found = [], {}
        for name, (fn, names, arguments, defaults) in self._endpoints.items():
            found[name] = traced(fn, [*named(arguments, names), *defaults], self.variables, name, functions)
        endpoints = {
            name: PythonFunction([trace], self._endpoints[name][1], self._endpoints[name][3] or None)
            for name, trace in found.items()
        }
        used = {id(thing): thing for function in found.values() for thing in function.captures}
        variables = [thing for thing in used.values() if isinstance(thing, Variable)]
        lists = {name: list(getattr(self, name)) for name in LISTS}
        root = Attributes(lists | {"_all_variables": variables} | self._collections | endpoints)
        alias = {} if DEFAULT in found else {DEFAULT: next(iter(found.values()))}
        written = [(fn, endpoints[name]) for name, (fn, *_) in self._endpoints.items()]
        aliases = aliased(getattr(options, "function_aliases", None), written)
        write_saved_model(root, found | alias, functions, filepath, aliases)
        if verbose:
            print_message(f"Saved artifact at '{filepath}'.\n\n{self._summary(found)}")

    def _summary(self, found):
        lines = []
        for name, function in found.items():
            count = sum(isinstance(thing, Variable) for thing in function.captures)
            alias = f" (and '{DEFAULT}')" if DEFAULT not in found and not lines else ""
            lines.append(f"Endpoint '{name}'{alias}, with {count} variables")
            lines += [f"  takes   {spec!r}" for spec in function.inputs]
            lines += [f"  returns {spec!r}" for spec in function.outputs]
        return "\n".join(lines)


def aliased(aliases, written):
    """{alias: `PythonFunction`} of {alias: function} and of pairs (function, `PythonFunction`).

    Raises:
        ValueError: an alias is for a function that is not written.
    """
    found = {}
    for alias, function in (aliases or {}).items():
        found[alias] = next((saved for other, saved in written if other == function), None)
        if found[alias] is None:
            raise ValueError(f"The alias {alias!r} must be for a function that is saved. Received: {function!r}")
    return found


def positional(signature):
    """(names, defaults) of the positional arguments in an `inspect.Signature`, without those after *args."""
    parameters = signature.parameters.values()
    parameters = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [p.name for p in parameters], tuple(p.default for p in parameters if p.default is not p.empty)


def named(arguments, names):
    """The arguments, with names for those tensors that have none: x, x_1 … in an argument x.

    Args:
        arguments: a list of nested structures of `InputSignature`s.
        names: of the arguments; there may be more.
    """
    taken = {spec.name for spec in inputs_of(arguments) if spec.name}
    for argument, base in zip(arguments, names, strict=False):
        count = 0
        for spec in inputs_of(argument):
            while spec.name is None:
                name, count = f"{base}_{count}" if count else base, count + 1
                spec.name = None if name in taken else name
            spec.name = re.sub(r"[^A-Za-z0-9_.]", "_", spec.name)
            taken.add(spec.name)
    return arguments


def export_saved_model(model, filepath, verbose=None, input_signature=None, **kwargs):
    """Write a model's inference as a SavedModel with the endpoint "serve".

    Args:
        model: a model that has been built.
        filepath: of the folder.
        verbose: whether to print the endpoint. True if None.
        input_signature: see `signature.signature_of`.

    Raises:
        ValueError: the model was never called, or has an op that cannot be expressed: the error names it and its layer.
    """
    signature = signature_of(model, input_signature)
    archive = ExportArchive()
    archive.track_and_add_endpoint("serve", model, signature, **kwargs)
    archive.write_out(filepath, verbose=verbose is None or bool(verbose))
