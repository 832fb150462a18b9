"""How each parameter of `keras.ops` gets a value, by its name; functions with related arguments have a generator below.

`arguments(chooser, name, signature)` draws the arguments of one function from both tables.
"""

import inspect

import numpy as np

from tests.differential.choices import WRONG
from tests.differential.function_arguments import ARGUMENTS


def arguments(chooser, name, function):
    """{parameter: value} for the function of this name; arrays are NumPy's still."""
    known = name if name in ARGUMENTS else name.rpartition(".")[2]
    if known in ARGUMENTS:
        return ARGUMENTS[known](chooser)
    drawn = {}
    for word, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.default is not parameter.empty and chooser.chance(40):
            continue
        drawn[word] = PARAMETERS[word](chooser, drawn)
    return drawn


def with_a_mistake(chooser, drawn, never=()):
    """The arguments with one (none of `never`) replaced by a value of a wrong type or range."""
    word = chooser.pick(*[word for word in drawn if word not in never])
    return {**drawn, word: chooser.pick(*WRONG)}


def _first(drawn):
    return next((x for x in drawn.values() if isinstance(x, np.ndarray)), np.zeros((2, 3), "float32"))


def _array(chooser, drawn):
    return chooser.array()


def _companion(chooser, drawn):
    return chooser.companion(_first(drawn))


def _axis(chooser, drawn):
    return chooser.axes(_first(drawn).ndim)


def _one_axis(chooser, drawn):
    return chooser.axis(_first(drawn).ndim)


def _shape(chooser, drawn):
    return chooser.pick(chooser.shape(), list(chooser.shape()), chooser.integer(0, 4))


def _options(*options):
    return lambda chooser, drawn: chooser.pick(*options)


PARAMETERS = {
    **dict.fromkeys(("x", "a", "array", "inputs", "tensor", "variable", "start", "b", "data", "images"), _array),
    "x1": _array,
    **dict.fromkeys(("x2", "y", "stop", "values"), _companion),
    "axis": _axis,
    "keepdims": _options(False, True),
    **dict.fromkeys(("axis1", "axis2", "source", "destination"), _one_axis),
    "dtype": lambda chooser, drawn: chooser.dtype(),
    "shape": _shape,
    "fill_value": _options(0, 1.5, True, -1, np.float32(2)),
    **dict.fromkeys(("k", "offset"), _options(0, 1, -1, 2, -5)),
    "N": _options(3, 0, 1, 4),
    "M": _options(None, 2, 0, 5),
    "n": _options(3, 0, 1),
    "rtol": _options(1e-5, 0.1),
    "atol": _options(1e-8, 1),
    "equal_nan": _options(False, True),
    "decimals": _options(0, 1, -1, 2),
    "increasing": _options(False, True),
    **dict.fromkeys(("approximate", "upper", "lower", "full_matrices", "from_logits"), _options(False, True)),
    "alpha": _options(1.0, 0.5, 2, 0.0),
    "negative_slope": _options(0.2, 0.0, 1),
    "max_value": _options(None, 6, 1.5),
    "threshold": _options(0.5, 1, 0.0, -0.5),
    "default_value": _options(0.0, 20, -1.5),
    "initial": _options(None, 0, 2.5, -10),
    "nan": _options(0.0, 3, -1.5),
    "posinf": _options(None, 5, 1.5),
    "neginf": _options(None, -5, -1.5),
}
