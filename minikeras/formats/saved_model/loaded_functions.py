"""The functions of a loaded SavedModel, called with Python arguments.

A `tf.function` was saved as one or several graphs, each for one kind of arguments. A call runs the one that fits its
arguments: nested alike, tensors of these dtypes and shapes, everything else equal.
"""

import numpy as np

from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.autodiff.variable import Variable
from minikeras.base.errors import DataLossError, InvalidArgumentError
from minikeras.formats.saved_model.structures import TensorSpec, fits, tensor_specs, with_values
from minikeras.ops.core import convert_to_tensor


class LoadedConcreteFunction:
    """A graph with the objects that it captures, called with tensors only. A signature of a SavedModel is one.

    Args:
        function: the `GraphFunction`.
        objects: a list with all objects of the SavedModel, filled when the function is called.
        captured: the indices of those that the graph reads.
        arguments: (positional, by name), nested, with `TensorSpec`s for tensors.
        results: nested `TensorSpec`s, or None.
        keywords: names by which tensors can be passed; those of the graph if None.
    """

    def __init__(self, function, objects, captured, arguments, results, keywords=None):
        self.function, self.arguments, self.results = function, arguments, results
        self._objects, self._captured, self._keywords = objects, captured, keywords

    @property
    def name(self):
        """The name of the graph's function."""
        return self.function.name

    @property
    def concrete_functions(self):
        """A list of this function alone, for the interface of `LoadedFunction`."""
        return [self]

    @property
    def captured_inputs(self):
        """The Variables, tables and constants that the graph reads.

        Raises:
            DataLossError: the file has no values for one of them.
        """
        captured = [self._objects[number] for number in self._captured]
        if any(x is None for x in captured):
            raise DataLossError(None, None, f"The SavedModel has no values of a variable that {self.name!r} reads.")
        return captured

    @property
    def variables(self):
        """The Variables that the graph reads."""
        return tuple([x for x in self.captured_inputs if isinstance(x, Variable)])

    @property
    def trainable_variables(self):
        """The trainable Variables that the graph reads."""
        return tuple([v for v in self.variables if v.trainable])

    def __call__(self, *args, **kwargs):
        """The results for tensors, passed in order or by name.

        Raises:
            TypeError: the arguments are not those of the graph.
            InvalidArgumentError: a tensor has another dtype or shape.
        """
        return self.run(self._tensors(args, kwargs))

    def symbolic_results(self, *args, **kwargs):
        """KerasTensors like the results, for symbolic arguments."""
        self._tensors(args, kwargs)
        return self.described_results()

    def run(self, tensors):
        """The results, nested as they were saved, for the tensors of the arguments in order."""
        results = self.function(*tensors, *self.captured_inputs)
        flat = [Tensor(x) if isinstance(x, np.ndarray) else x for x in results]
        if len(flat) != len(tensor_specs(self.results)):
            raise ValueError(f"The function {self.name!r} gives {len(flat)} tensors, and is described otherwise.")
        return with_values(self.results, iter(flat))

    def described_results(self):
        """KerasTensors of the results' shapes and dtypes."""
        return with_values(self.results, (KerasTensor(x.shape, x.dtype) for x in tensor_specs(self.results)))

    def _tensors(self, args, kwargs):
        specs, by_name = tensor_specs(self.arguments), sorted(self.arguments[1])
        names = self._keywords or self.function.argument_names[: len(specs)]
        order = by_name if by_name == sorted(names) else names  # of the graph
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        missing = [name for name in names if name not in given]
        if missing or len(args) > len(names) or len(given) > len(names):
            raise TypeError(
                f"The function of the SavedModel takes the tensors {names}. "
                f"{f'Missing: {missing}' if missing else f'Received: {len(args)} by position, {[*kwargs]} by name'}"
            )
        tensors = []
        for name, spec in zip(order, specs, strict=True):
            if not _fits(spec, given[name], tensors, converts=True):
                raise InvalidArgumentError(
                    None,
                    None,
                    f"The function of the SavedModel takes {name!r} as {_shown(spec)}. Received: {_shown(given[name])}",
                )
        return tensors


class LoadedFunction:
    """A `tf.function` of a SavedModel.

    Args:
        concrete_functions: a `LoadedConcreteFunction` for each kind of arguments.
        parameters: `Parameters` of the Python function.
        has_signature: whether it was saved with one, so that there is one graph for all calls.
    """

    def __init__(self, concrete_functions, parameters, has_signature):
        self.concrete_functions = concrete_functions
        self._parameters, self._has_signature = parameters, has_signature

    def __call__(self, *args, **kwargs):
        """The results of the graph that matches these arguments.

        Raises:
            TypeError: the function has no such parameters, or its only signature does not match.
            ValueError: no graph matches.
        """
        function, tensors = self.fitting(args, kwargs)
        return function.run(tensors)

    def symbolic_results(self, *args, **kwargs):
        """KerasTensors like the results, for symbolic arguments."""
        return self.fitting(args, kwargs)[0].described_results()

    def fitting(self, args, kwargs):
        """(the `LoadedConcreteFunction` for these arguments, their tensors in its order)."""
        given = self._parameters.bound(args, kwargs)
        for converts in (False, True):
            for function in self.concrete_functions:
                tensors = []
                if _fits(function.arguments, given, tensors, converts):
                    return function, tensors
        received = _described(given)
        options = "".join(f"\n  ({_described(function.arguments)})" for function in self.concrete_functions)
        if self._has_signature:
            raise TypeError(
                f"The function of the SavedModel was saved for the arguments{options}\nReceived:\n  ({received})"
            )
        if not self.concrete_functions:
            raise ValueError(
                "The function of the SavedModel has zero restored functions: it had not been called, nor had an "
                "`input_signature`, when it was saved."
            )
        raise ValueError(
            "Could not find matching concrete function in the SavedModel. Received:\n  "
            f"({received})\nIt was saved for {len(self.concrete_functions)} kinds of arguments:{options}"
        )


class Parameters:
    """The parameters of a saved Python function.

    Args:
        names: of the positional parameters.
        defaults: of the last positional parameters.
        takes_more: whether there is `*args`.
        keywords: {name: default} of keyword-only parameters, `REQUIRED` without a default.
        takes_others: whether there is `**kwargs`.
    """

    def __init__(self, names, defaults=(), takes_more=False, keywords=None, takes_others=False):
        self.names, self.keywords = names, keywords or {}
        self.defaults = dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))
        self.takes_more, self.takes_others = takes_more, takes_others

    def bound(self, args, kwargs):
        """(args, kwargs) with all positional parameters in the first, and with defaults.

        Raises:
            TypeError: the arguments do not match the parameters.
        """
        if len(args) > len(self.names) and not self.takes_more:
            raise TypeError(f"The function takes {len(self.names)} arguments: {self.names}. Received: {len(args)}")
        values, kwargs = list(args), dict(kwargs)
        for name in self.names[: len(args)]:
            if name in kwargs and not self.takes_others:
                raise TypeError(f"The argument {name!r} is given twice.")
        for name in self.names[len(args) :]:
            if name not in kwargs and name not in self.defaults:
                raise TypeError(f"The argument {name!r} is missing. The function takes {self.names}.")
            values.append(kwargs.pop(name) if name in kwargs else self.defaults[name])
        unknown = [name for name in kwargs if name not in self.keywords]
        if unknown and not self.takes_others:
            raise TypeError(f"The function takes no argument {unknown[0]!r}. It takes {[*self.names, *self.keywords]}.")
        return tuple(values), {**self.keywords, **kwargs}


def _fits(expected, given, tensors, converts):
    """Whether arguments match a structure. Their tensors are appended to a list, in TensorFlow's order."""
    if isinstance(expected, TensorSpec):
        tensor = _as_tensor(given, expected, converts)
        if tensor is None or tensor.dtype != expected.dtype or not fits(expected.shape, tensor.shape):
            return False
        tensors.append(tensor)
        return True
    if isinstance(expected, dict):
        return (
            isinstance(given, dict)
            and given.keys() == expected.keys()
            and all(_fits(expected[key], given[key], tensors, converts) for key in sorted(expected))
        )
    if isinstance(expected, (list, tuple)):
        return (
            isinstance(given, list if isinstance(expected, list) else tuple)
            and len(given) == len(expected)
            and all(_fits(e, g, tensors, converts) for e, g in zip(expected, given, strict=True))
        )
    if isinstance(given, (Tensor, KerasTensor, Variable)) or hasattr(given, "__array__"):
        return False
    return type(given) is type(expected) and bool(given == expected)


def _as_tensor(given, spec, converts):
    """A tensor, converted from a number, list or array if that is allowed; None for anything else."""
    if isinstance(given, Variable):
        return given.read()
    if isinstance(given, (Tensor, KerasTensor)):
        return given
    if not converts and not hasattr(given, "__array__"):
        return None
    if given is None or isinstance(given, dict) or (isinstance(given, (tuple, list)) and not converts):
        return None
    try:
        dtype = None if spec.dtype == "string" else spec.dtype  # numbers take the dtype that is wanted
        if not hasattr(given, "__array__"):
            return convert_to_tensor(as_array(given, dtype))
        array = np.asarray(given)
        is_number = converts and dtype is not None and array.dtype.kind in "iuf" and np.dtype(dtype).kind in "iuf"
        return convert_to_tensor(array.astype(dtype) if is_number else given)
    except (TypeError, ValueError, OverflowError):
        return None


def _described(arguments):
    args, kwargs = arguments
    return ", ".join([*map(_shown, args), *(f"{key}={_shown(value)}" for key, value in sorted(kwargs.items()))])


def _shown(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {_shown(each)}" for key, each in value.items()) + "}"
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        shape = value.shape if value.shape is None else tuple(value.shape)
        return f"{getattr(value.dtype, 'name', value.dtype)} of shape {shape}"
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}({', '.join(map(_shown, value))})"
    return repr(value)[:80]
