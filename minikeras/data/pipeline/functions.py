"""A user's function on elements, as `map`, `filter` and others call it."""

import math

import numpy as np

from minikeras import tree
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.state import examples, rules_on_symbols, unobserved
from minikeras.autodiff.stateless_scope import ShapeInference
from minikeras.autodiff.tensor import Tensor
from minikeras.data.pipeline.specs import ArraySpec, as_spec, without_lengths
from minikeras.data.pipeline.structure import as_element, spec_of
from minikeras.random.operation_seeds import Frame, StageFrame, frame_within_stage, inside

DUMMY_LENGTH = 89  # for unknown lengths of a made-up element: enough for most windows and crops
MAX_DUMMY_INPUTS = 10_000_000


class ElementFunction:
    """`function(element)`: a tuple's parts are separate arguments, any other element is one.

    Its result becomes an element too: lists, arrays and numbers become tensors.

    Args:
        function: the user's.
        owner: the method it was given to, for messages.
    """

    def __init__(self, function, owner):
        if not callable(function):
            raise TypeError(f"`{owner}` needs a function. Received: {function!r}")
        self.function = function
        self.owner = owner
        self._within = frame_within_stage()
        self.begin()

    def begin(self):
        """Restart the random numbers drawn in the function.

        They continue from element to element, and when a `repeat` asks for another epoch. (Each place in the function
        has its own sequence: `random/operation_seeds.py`.) It makes no difference which code asks for the elements,
        even a `tf.function`; but stages made by the function of a `flat_map` continue as it does.
        """
        self.frame = self._within or StageFrame()

    def __call__(self, *arguments):
        """The function's result as an element. One argument is an element; several are passed on as they are."""
        if len(arguments) == 1 and type(arguments[0]) is tuple:
            arguments = arguments[0]
        with inside(self.frame):
            return as_result(self.function(*arguments))

    def is_within_another(self):
        """Whether the function of a `flat_map` or the like made the stage that calls this one."""
        return self._within is not None

    def is_random(self):
        """Whether calls so far drew random numbers of `tf.random`."""
        return self.frame.has_drawn()

    def spec(self, stage):
        """The spec of the results for elements of `stage`.

        TensorFlow finds it by tracing the function. Here it is called with symbolic tensors, whose unknown lengths stay
        unknown. If it fails on those (it has an `if` on a value), it is called with a made-up element, and if it fails
        on that too (it reads a file), with a real one; then the lengths of the result's axes stay unknown, since they
        may differ for other elements. A real one comes last because it starts the user's generator.
        """
        try:
            with ShapeInference(), rules_on_symbols(), inside(Frame()):
                result = as_result(on_symbols(self, symbols_of(stage.element_spec)))
                return tree.map_structure(_spec_of_symbol, result)
        except Exception:  # the function is the user's: anything it cannot do with symbols
            return without_lengths(self._spec_of_any(stage))

    def _spec_of_any(self, stage):
        try:
            made_up = tree.map_structure(_dummy_input, stage.element_spec)
            with ShapeInference(), unobserved(), examples(), inside(Frame()), np.errstate(all="ignore"):
                return spec_of(as_result(on_symbols(self, made_up)))
        except Exception:  # it may fail on ones, too
            return spec_of(self(first_element(stage)))


def as_result(value):
    """Convert a function's result to an element. A list of results becomes a tuple."""
    return as_element(tuple(value) if isinstance(value, list) else value)


def symbols_of(spec):
    """KerasTensors of that spec, nested as it is.

    Raises:
        TypeError: there is something other than tensors with a known number of axes.
    """
    return tree.map_structure(_symbol, spec)


def on_symbols(function, symbols):
    """The function's result for KerasTensors, which stand for tensors (`rules_on_symbols`)."""
    result = function.function(*symbols) if type(symbols) is tuple else function.function(symbols)
    return tuple(result) if isinstance(result, list) else result


def _symbol(spec):
    if not isinstance(spec, ArraySpec) or spec.shape is None:
        raise TypeError("Only tensors with a known number of axes have symbols.")
    return KerasTensor(spec.shape, spec.dtype)


def _dummy_input(spec):
    """Ones of that spec.

    Raises:
        TypeError: text, whose content matters; or something other than tensors with a known number of axes.
        ValueError: too many axes have unknown lengths.
    """
    if not isinstance(spec, ArraySpec) or spec.shape is None or spec.dtype == "string":
        raise TypeError("Only numbers with a known number of axes have stand-ins.")
    shape = [DUMMY_LENGTH if n is None else n for n in spec.shape]
    if math.prod(shape) > MAX_DUMMY_INPUTS:
        raise ValueError(f"A dummy input of shape {shape} is too large.")
    return Tensor(np.ones(shape, spec.dtype))


def _spec_of_symbol(result):
    if isinstance(result, KerasTensor):
        return as_spec(result)
    return spec_of(as_element(result))


def first_element(stage):
    """One element of the stage, to inspect.

    Raises:
        ValueError: there is none.
    """
    for element in stage:
        return element
    raise ValueError("The data set is empty, so what its elements look like cannot be found out.")
