"""`Exercise`: functions that a reader writes, each with an oracle or with properties that are checked."""

from collections.abc import Callable
from typing import NamedTuple

SHAPE = "shape"
BROADCASTING = "broadcasting"
MISSING_TERM = "missing term"
RANGE = "numerical range"
FORMULA = "formula"
ORDER = "order"
RANDOMNESS = "randomness"
SIDE_EFFECT = "side effect"
ERROR = "error"


class Hint(Exception):
    """The property of the reader's function that fails, in which case, and where to look."""

    def __init__(self, aspect, message):
        super().__init__(message)
        self.aspect = aspect
        self.message = message


class Mistake(NamedTuple):
    """A wrong formula that readers write, recognised by its results.

    Args:
        aspect: one of the words above.
        hint: where to look, without the answer.
        function: takes the arguments of the oracle (without `keras`) and returns the wrong formula's results.
    """

    aspect: str
    hint: str
    function: Callable


class Task(NamedTuple):
    """A function to write, compared with an oracle.

    Args:
        function: its name.
        outputs: the names of its results, one or several.
        cases: makes [(description, arguments)]; arrays are float64, so that rounding hides nothing.
        oracle: oracle(keras, *arguments), on minikeras or on tf.keras.
        mistakes: typical ones; the first whose results are the reader's gives the hint.
        in_keras: whether the oracle runs on tf.keras too; False for gradients, which it takes by its own tape.
    """

    function: str
    outputs: tuple
    cases: Callable
    oracle: Callable
    mistakes: tuple
    in_keras: bool = True


class PropertyTask(NamedTuple):
    """A function to write, checked by its properties: `check(function)` raises a `Hint`."""

    function: str
    check: Callable


class Exercise(NamedTuple):
    """An exercise that `minikeras learn NAME` explains, writes and checks."""

    name: str
    title: str
    where: str
    """The file of minikeras that does the same."""
    starter: str
    """The file that the reader completes; its docstrings describe the task."""
    tasks: tuple


def numpy_of(x):
    """A result of an oracle as NumPy's array: a tensor of minikeras or of TensorFlow, or an array."""
    return x.numpy() if hasattr(x, "numpy") else x
