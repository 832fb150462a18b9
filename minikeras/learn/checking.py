"""Compares a reader's functions with the oracle, and says which property fails: shape, broadcasting, a missing term, …

For each case in turn: does the function run, does it leave its arguments alone, are its results those of a typical
mistake, have they the right number and shapes, are they finite, are they right; and if not, by a factor or by a sum?
"""

import copy
import traceback

import numpy as np

from minikeras.learn.exercise import (
    BROADCASTING,
    ERROR,
    FORMULA,
    MISSING_TERM,
    RANGE,
    SHAPE,
    SIDE_EFFECT,
    Hint,
    Task,
    numpy_of,
)

CLOSE = 1e-6
"""Relative to the largest expected value: all is float64, but Keras keeps learning rates and the like in float32."""
NEARLY = 1e-5
"""The same for what is wrong by a small constant: a wrong formula is off by far more."""


def check(exercise, solution, keras):
    """[(name of the function, its `Hint`, or None if it is right)] of an exercise's functions, in their order.

    Args:
        exercise: the `Exercise`.
        solution: the namespace of the reader's file.
        keras: for the oracle: minikeras.
    """
    return [(task.function, _hint(task, solution, keras)) for task in exercise.tasks]


def _hint(task, solution, keras):
    try:
        function = solution.get(task.function)
        if not callable(function):
            raise Hint(ERROR, f"The file defines no function `{task.function}`.")
        if isinstance(task, Task):
            return _hint_of_cases(task, function, keras)
        return _hint_of_properties(task, function)
    except Hint as hint:
        return hint


def _hint_of_properties(task, function):
    """The `Hint` of a `PropertyTask`, also about a result that its check cannot look into; None if all is right."""
    try:
        task.check(guarded(function))
    except (TypeError, ValueError, AttributeError, LookupError) as error:
        return Hint(
            SHAPE, f"The result of `{task.function}` has not the expected form: {type(error).__name__}: {error}"
        )
    return None


def _hint_of_cases(task, function, keras):
    """The hint of the first case in which a typical mistake shows, or else of the first that fails; None if all pass.

    A wrong formula may not even run in one case, and show what it is in another.
    """
    found = []
    for description, arguments in task.cases():
        try:
            _check_case(task, function, description, arguments, keras)
        except Hint as hint:
            if hint.is_recognised and (hint.aspect != RANGE or not found):  # nan looks the same for many reasons
                return hint
            found.append(hint)
    return found[0] if found else None


def guarded(function):
    """The function; its errors become hints that name the line."""

    def call(*arguments):
        try:
            return function(*arguments)
        except Hint:
            raise
        except NotImplementedError:
            raise Hint(ERROR, f"`{function.__name__}` is not written yet.") from None
        except Exception as error:
            raise Hint(ERROR, f"`{function.__name__}` raised {_in_words(error)}") from error

    return call


def _in_words(error):
    """An error with the line of the reader's file where it came up."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" Line {frames[1].lineno}: {frames[1].line}" if len(frames) > 1 else ""
    return f"{type(error).__name__}: {error}.{place}"


def _check_case(task, function, description, arguments, keras):
    given = copy.deepcopy(arguments)
    with np.errstate(all="ignore"):
        found = guarded(function)(*given)
        expected = _as_tuple(task.oracle(keras, *copy.deepcopy(arguments)))
    case = f"Case: {description}. "
    for number, (before, after) in enumerate(zip(arguments, given, strict=True), 1):
        if isinstance(before, np.ndarray) and not np.array_equal(before, after, equal_nan=True):
            raise Hint(SIDE_EFFECT, f"{case}Argument {number} was changed in place: compute into a new array.")
    found = _as_tuple(found)
    if len(found) != len(task.outputs) or any(part is None for part in found):
        names = ", ".join(task.outputs)
        raise Hint(SHAPE, f"{case}`{task.function}` should return {names}. It returned {_described(found)}.")
    _compare(task, arguments, found, expected, case)


def _compare(task, arguments, found, expected, case):
    if all(map(close, found, expected)):
        return
    for mistake in task.mistakes:
        if _is_result_of(mistake, arguments, found, expected):
            raise Hint(mistake.aspect, f"{case}{mistake.hint}", is_recognised=True)
    for name, value, right in zip(task.outputs, found, expected, strict=True):
        if not close(value, right):
            raise difference(name, value, right, case)


def _is_result_of(mistake, arguments, found, expected):
    with np.errstate(all="ignore"):
        try:
            wrong = _as_tuple(mistake.function(*copy.deepcopy(arguments)))
        except (ValueError, IndexError):  # the wrong formula does not run in this case
            return False
    if mistake.aspect != RANGE and not any(np.isfinite(part).any() for part in wrong):
        return False  # all nan: so are the results of many other formulas
    is_wrong_here = not all(map(close, wrong, expected))
    return is_wrong_here and all(map(close, found, wrong))


def _as_tuple(result):
    return tuple(map(numpy_of, result)) if isinstance(result, tuple | list) else (numpy_of(result),)


def _described(found):
    return ", ".join("None" if part is None else f"shape {np.shape(part)}" for part in found)


def close(value, right):
    """Whether an array is the right one, up to rounding."""
    try:
        value, right = np.asarray(value, "float64"), np.asarray(right, "float64")
    except (TypeError, ValueError):
        return False
    if value.shape != right.shape or not np.array_equal(np.isfinite(value), np.isfinite(right)):
        return False
    finite = np.isfinite(right)
    scale = np.abs(right[finite]).max(initial=0) or 1.0
    return bool(np.allclose(value[finite], right[finite], rtol=0, atol=CLOSE * scale))


def difference(name, value, right, case=""):
    """The `Hint` about an output that is wrong in a way that no typical mistake explains."""
    try:
        value, right = np.asarray(value, "float64"), np.asarray(right, "float64")
    except (TypeError, ValueError):
        return Hint(SHAPE, f"{case}{name} is no array of numbers.")
    if value.shape != right.shape:
        return _about_shape(name, value, right, case)
    if not np.isfinite(value).all() and np.isfinite(right).all():
        place = tuple(map(int, np.argwhere(~np.isfinite(value))[0]))
        return Hint(
            RANGE,
            f"{case}{name}{list(place)} is {value[place]}, the right value {right[place]:.6g}. exp(x) overflows above "
            "709, log(0) is −inf, 0/0 is nan: rearrange the formula so that none of them is computed.",
        )
    return _about_values(name, value, right, case)


def _about_shape(name, value, right, case):
    message = f"{case}{name} has shape {value.shape}, expected {right.shape}."
    if value.size > right.size and value.ndim == right.ndim:
        return Hint(
            BROADCASTING, f"{message} Two arrays were stretched over each other: does a sum need keepdims=True?"
        )
    return Hint(SHAPE, f"{message} Which axis was summed, kept or transposed?")


def _about_values(name, value, right, case):
    place = np.unravel_index(np.argmax(np.abs(value - right)), right.shape)
    where = f"{name}{[int(i) for i in place]}" if right.ndim else name
    message = f"{case}{where} is {value[place]:.6g}, expected {right[place]:.6g}."
    with np.errstate(all="ignore"):
        ratios, offsets = (value / right)[right != 0], (value - right).ravel()
    if ratios.size > 1 and np.allclose(ratios, ratios[0], rtol=1e-6):
        return Hint(
            MISSING_TERM, f"{message} All values are {ratios[0]:.6g} times the right ones: a factor is missing."
        )
    if offsets.size > 1 and np.allclose(offsets, offsets[0], rtol=1e-6, atol=1e-9):
        return Hint(MISSING_TERM, f"{message} All values are off by {offsets[0]:.6g}: a summand is missing.")
    if np.abs(offsets).max() < NEARLY * np.abs(right).max():
        return Hint(
            RANGE,
            f"{case}{where} is {value[place]:.12g}, expected {right[place]:.12g}. That is nearly right: look for a "
            "small number that was added or a limit that was set against log(0) or 0/0, or for float32.",
        )
    wrong = int((np.abs(offsets) > CLOSE * (np.abs(right).max() or 1)).sum())
    return Hint(FORMULA, f"{message} {wrong} of {right.size} values differ.")
