"""`keras.export.ExportArchive`: endpoints and variables, written as a SavedModel."""

import re
from functools import partial

from minikeras.autodiff.variable import Variable
from minikeras.exporting.saved_model.functions import PythonFunction, traced
from minikeras.exporting.saved_model.objects import Attributes
from minikeras.exporting.saved_model.writing import DEFAULT, write_saved_model
from minikeras.exporting.signature import arguments_of, inputs_of, signature_of
from minikeras.layers.call_signature import call_signature
from minikeras.layers.layer import Layer
from minikeras.messages import print_message

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
        """Take the variables of a layer or model.

        Raises:
            ValueError: it is none, or has not been built.
        """
        if not isinstance(resource, Layer):
            raise ValueError(
                f"`track` takes a layer or model. Received: {resource!r} of type {type(resource).__name__}"
            )
        if not resource.built:
            raise ValueError(f"The layer '{resource.name}' is not built: call it on a batch before it is exported.")
        for name in LISTS:
            getattr(self, name).extend(getattr(resource, name))

    def add_endpoint(self, name, fn, input_signature=None, **kwargs):
        """Add a function to be served.

        Args:
            name: of the attribute and of the signature.
            fn: a callable of tensors, made of layers and `keras.ops`. It is recorded when the archive is written.
            input_signature: a list with a (nested) specification for each positional argument: `keras.InputSpec`,
                `tf.TensorSpec`, a KerasTensor or a tensor, whose first axis is then of any length. For a `tf.function`
                with a signature of its own it may be None.

        Returns:
            The function.

        Raises:
            ValueError: the name is taken, or there is no signature.
        """
        if name in self._endpoints:
            raise ValueError(f"Endpoint name '{name}' is already taken.")
        if kwargs:
            raise ValueError(f"These arguments belong to Keras's JAX backend: {', '.join(kwargs)}.")
        signature = getattr(fn, "input_signature", None) if input_signature is None else input_signature
        if signature is None:
            raise ValueError(
                f"The endpoint '{name}' needs an `input_signature`, which says the shapes and dtypes of its arguments: "
                "archive.add_endpoint(name, fn, input_signature=[keras.InputSpec(shape=(None, 8), dtype='float32')])"
            )
        self._endpoints[name] = fn, arguments_of(signature)
        return fn

    def track_and_add_endpoint(self, name, resource, input_signature, **kwargs):
        """`track`, and an endpoint that calls the layer or model for inference; see `add_endpoint`."""
        self.track(resource)
        takes_training = call_signature(type(resource).call).takes_training
        call = partial(resource, training=False) if takes_training else resource.__call__
        return self.add_endpoint(name, call, input_signature, **kwargs)

    def add_variable_collection(self, name, variables):
        """Add a list of variables, the attribute `name` of what is loaded.

        Raises:
            ValueError: it is no list, tuple or set of Variables.
        """
        if not isinstance(variables, (list, tuple, set)) or not all(isinstance(v, Variable) for v in variables):
            raise ValueError(f"`variables` must be a list, tuple or set of Variables. Received: {variables!r}")
        self._collections[name] = list(variables)

    def write_out(self, filepath, options=None, verbose=True):
        """Write the folder.

        Each endpoint is a signature; the first one is "serving_default" too, unless one of them has that name.

        Args:
            filepath: of the folder.
            options: `tf.saved_model.SaveOptions`; none of them changes what is written here.
            verbose: whether to print the endpoints.

        Raises:
            ValueError: there is no endpoint, or one cannot be expressed: the error names the layer and the op.
        """
        if not self._endpoints:
            raise ValueError("No endpoints have been set yet. Call `add_endpoint` first.")
        functions, found = [], {}
        for name, (fn, arguments) in self._endpoints.items():
            found[name] = traced(fn, named(arguments), self.variables, name, functions)
        endpoints = {
            name: PythonFunction([trace], [f"args_{i}" for i in range(len(trace.arguments))])
            for name, trace in found.items()
        }
        used = {id(thing): thing for function in found.values() for thing in function.captures}
        variables = [thing for thing in used.values() if isinstance(thing, Variable)]
        lists = {name: list(getattr(self, name)) for name in LISTS}
        root = Attributes(lists | {"_all_variables": variables} | self._collections | endpoints)
        write_saved_model(root, {DEFAULT: next(iter(found.values()))} | found, functions, filepath)
        if verbose:
            print_message(f"Saved artifact at '{filepath}'.\n\n{self._summary(found)}")

    def _summary(self, found):
        lines = []
        for name, function in found.items():
            count = sum(isinstance(thing, Variable) for thing in function.captures)
            alias = f" (and '{DEFAULT}')" if DEFAULT not in found and not lines else ""
            lines.append(f"Endpoint '{name}'{alias}, with {count} variables")
            lines += [f"  takes   {_described(spec)}" for spec in function.inputs]
            lines += [f"  returns {_described(spec)}" for spec in function.outputs]
        return "\n".join(lines)


def _described(spec):
    return f"{spec.name}: {spec.kind} {spec.shape}"


def named(arguments, names=None):
    """The arguments, with names for those tensors that have none: args_0, args_0_1 … in the first one.

    Args:
        arguments: a list of nested structures of `InputSignature`s.
        names: of the arguments, in place of args_0, args_1, ….
    """
    taken = {spec.name for spec in inputs_of(arguments) if spec.name}
    for number, argument in enumerate(arguments):
        for spec in inputs_of(argument):
            if spec.name is None:
                base, count = f"args_{number}" if names is None else names[number], 0
                while (name := f"{base}_{count}" if count else base) in taken:
                    count += 1
                spec.name = name
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
