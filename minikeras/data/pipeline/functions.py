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

    What it returns becomes an element too: lists, arrays and numbers become tensors.

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
        """Random numbers drawn in the function start again.

        They continue from element to element, and when a `repeat` asks for another epoch. (How each place in the
        function has a sequence of its own: `random/operation_seeds.py`.) Which code asks for the elements makes no
        difference, a `tf.function` neither; but the stages that the function of a `flat_map` makes continue as it does.
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
        unknown. If it does not work on those (it has an `if` on a value), it is called with a made-up element, and if
        it does not work on that either (it reads a file), with a real one; then the lengths of the result's axes stay
        unknown, for other elements may have others. A real one comes last because the user's generator begins for it.
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
        except Exception:  # what it cannot do with ones
            return spec_of(self(first_element(stage)))


def as_result(value):
    """What a function returned as an element. A list of results is a tuple of them."""
    return as_element(tuple(value) if isinstance(value, list) else value)


def symbols_of(spec):
    """KerasTensors of that spec, nested as it is.

    Raises:
        TypeError: there is something other than tensors with a known number of axes.
    """
    return tree.map_structure(_symbol, spec)


def on_symbols(function, symbols):
    """What the function returns for KerasTensors, within `rules_on_symbols`: they stand for its tensors."""
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
    """One element of the stage, to look at.

    Raises:
        ValueError: there is none.
    """
    for element in stage:
        return element
    raise ValueError("The data set is empty, so what its elements look like cannot be found out.")
