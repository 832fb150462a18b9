"""Generated calls of the functions of `keras.ops`, `keras.activations` …, and their comparison on both packages."""

import dataclasses
import inspect

import keras
import numpy as np
import tensorflow as tf  # noqa: F401  (Keras's backend)

import minikeras
from tests.differential import (  # noqa: F401  (they add functions to the table)
    array_arguments,
    core_arguments,
    image_arguments,
    nn_arguments,
    random_arguments,
)
from tests.differential.choices import as_given
from tests.differential.known_differences import is_known, rounding_of
from tests.differential.outcomes import MISSING, VALUE, covers, difference, is_symbolic, outcome_of
from tests.differential.parameters import arguments, with_a_mistake
from tests.differential.values import Case, Eager, Symbol

FUNCTIONS_OF_FUNCTIONS = {
    *("associative_scan", "cond", "custom_gradient", "fori_loop", "map", "scan", "switch", "vectorized_map"),
    *("while_loop", "vectorize", "jvp"),
}
"""They have rows of their own."""

ENDS_THE_PROCESS = {"adaptive_max_pool"}
"""TensorFlow divides by zero for some valid arguments, and the process ends."""

NOT_GENERATED = {
    *ENDS_THE_PROCESS,
    "convert_to_numpy",
    "empty",
    "empty_like",
    "deserialize",
    "get",
    "serialize",
    *FUNCTIONS_OF_FUNCTIONS,
}
"""Also those whose results are not defined."""


UNSAFE = {
    "adaptive_average_pool": ("output_size",),
    "rfft": ("fft_length",),
    "irfft": ("fft_length",),
}
"""Arguments that are never wrong: for some values TensorFlow ends the process (it divides by zero)."""


def _functions(namespace, package):
    names = [name for name in dir(package) if name not in NOT_GENERATED and not name.startswith("_")]
    return [f"{namespace}.{name}" for name in names if inspect.isfunction(getattr(package, name))]


NAMES = [
    *_functions("ops", keras.ops),
    *_functions("ops.image", keras.ops.image),
    *_functions("activations", keras.activations),
]
NAMES += [
    f"ops.linalg.{name}"
    for name in dir(keras.ops.linalg)
    if inspect.isfunction(getattr(keras.ops.linalg, name)) and not hasattr(keras.ops, name)
]


def generated_case(chooser, name, mistakes=8):
    """A call of the function with generated arguments: `mistakes` percent of them have a wrong one."""
    function = keras
    for part in name.split("."):
        function = getattr(function, part)
    drawn = arguments(chooser, name, function)
    has_mistake = "*" not in drawn and bool(drawn) and chooser.chance(mistakes)
    if has_mistake:
        drawn = with_a_mistake(chooser, drawn, UNSAFE.get(name.rpartition(".")[2], ()))
    drawn = as_given(chooser, drawn)
    args = tuple(drawn.pop("*", ()))
    if chooser.chance(30):
        return Case(name, args, drawn, has_mistake)
    words = [word for word, p in inspect.signature(function).parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    positional = []
    for word in words:
        if word not in drawn or args:
            break
        positional.append(drawn.pop(word))
    return Case(name, (*args, *positional), drawn, has_mistake)


def compare(case):
    """(kind, description) of the difference between the packages, or None."""
    ours, theirs = outcome_of(minikeras, case.run), outcome_of(keras, case.run)
    if is_known(case, ours, theirs):
        return None
    found = difference(ours, theirs, rounding_of(case.name, theirs))
    if found and found[0] in (VALUE, MISSING) and is_symbolic(theirs.result) and spec_is_wrong(case, ours):
        return None
    return found


def spec_is_wrong(case, ours):
    """Whether Keras infers another shape or dtype than it computes: whether, for values in place of the symbolic
    tensors, it raises an error too, or computes what we infer."""
    for length in (3, 2, 4):  # in place of unknown ones; some may not fit with each other
        eager = outcome_of(
            keras, dataclasses.replace(case, args=_values(case.args, length), kwargs=_values(case.kwargs, length)).run
        )
        if eager.error is None:
            return ours.error is None and covers(ours.result, eager.result)
    return True


def _values(value, length):
    if isinstance(value, Symbol):
        shape = [length if n is None else n for n in value.shape]
        return Eager(np.ones(shape, value.dtype) if value.dtype != "bool" else np.ones(shape, bool))
    if isinstance(value, dict):
        return {key: _values(item, length) for key, item in value.items()}
    return type(value)(_values(item, length) for item in value) if type(value) in (list, tuple) else value
