"""Compares a reader's functions with the oracle, and finds the property that fails: shape, broadcasting, a term, …

For each case: does the function run and end, does it leave its arguments alone, have its results the right number and
shapes, are they finite, are they right; and if not, by a factor or by a sum? And is there a typical mistake whose
results are the same in all cases?
"""

import _thread
import copy
import sys
import threading
import traceback
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from minikeras.tools.learn.exercise import (
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
"""The same for results that are off by a small constant: a wrong formula is off by far more."""
TIMEOUT = 10.0
"""Seconds for one call of a reader's function: right ones take milliseconds, an endless loop takes for ever."""
WAITS = 20
"""How many short waits make up the limit, so that a pause of the whole machine costs only one of them."""


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
    """The hint of the typical mistake that explains what went wrong, or else of the first case that fails.

    None if all cases pass.
    """
    checked = [_outcome(task, function, *case, keras) for case in task.cases()]
    failing = [outcome for outcome in checked if outcome.hint is not None]
    if not failing:
        return None
    explained = [(place, mistake) for mistake in task.mistakes if (place := _explains(mistake, checked)) is not None]
    if not explained:
        return failing[0].hint
    place, mistake = min(explained, key=lambda pair: pair[0])  # of several, the one that shows first
    return Hint(mistake.aspect, f"{checked[place].case}{mistake.hint}")


def guarded(function):
    """The function; its errors, and that it does not end, become hints that name the line."""

    def call(*arguments):
        try:
            with interrupted_after(TIMEOUT):
                return function(*arguments)
        except Hint:
            raise
        except NotImplementedError:
            raise Hint(ERROR, f"`{function.__name__}` is not written yet.") from None
        except TimeoutError as error:
            text = f"`{function.__name__}` was still running after {TIMEOUT:g} seconds: does a loop never end?"
            raise Hint(ERROR, text + _line_of(error, function)) from error
        except Exception as error:
            raise Hint(ERROR, f"`{function.__name__}` raised {_in_words(error, function)}") from error

    return call


@contextmanager
def interrupted_after(seconds):
    """Raise a `TimeoutError` in the main thread if the block is not done by then (in another thread: no limit).

    A pause of the whole machine uses up little of the limit, and the block is never interrupted after its end.
    """
    if threading.current_thread() is not threading.main_thread() or sys.platform == "emscripten":
        yield
        return
    over, expired, deciding = threading.Event(), threading.Event(), threading.Lock()

    def watch():
        for _ in range(WAITS):
            if over.wait(seconds / WAITS):
                return
        with deciding:
            if not over.is_set():
                expired.set()
                _thread.interrupt_main()

    threading.Thread(target=watch, daemon=True).start()
    try:
        try:
            yield
        finally:
            with deciding:
                over.set()
    except KeyboardInterrupt as error:
        if expired.is_set():
            raise TimeoutError().with_traceback(error.__traceback__) from None
        raise


def _in_words(error, function):
    """An error with the line of the reader's file where it occurred."""
    return f"{type(error).__name__}: {str(error).rstrip(' .')}.{_line_of(error, function)}"


def _line_of(error, function):
    """The line of the reader's function, or of one in the same file that called it."""
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return f" Line {frames[0].lineno}: {frames[0].line}" if frames else ""


class _Outcome(NamedTuple):
    """The outcome of a case."""

    case: str
    arguments: tuple
    expected: tuple
    found: tuple | None
    """What the reader's function returned; None if it failed, or returned another number of things."""
    hint: Hint | None
    """The mistake in the result."""


def _outcome(task, function, description, arguments, keras):
    case = f"Case: {description}. "
    with np.errstate(all="ignore"):
        expected = _as_tuple(task.oracle(keras, *copy.deepcopy(arguments)))
        try:
            found = _results(task, function, arguments, case)
        except Hint as hint:
            return _Outcome(case, arguments, expected, None, hint)
    for name, value, right in zip(task.outputs, found, expected, strict=True):
        if not close(value, right):
            return _Outcome(case, arguments, expected, found, difference(name, value, right, case))
    return _Outcome(case, arguments, expected, found, None)


def _results(task, function, arguments, case):
    """What the reader's function returns. Raises a `Hint` if it fails, changes an argument, or returns too little."""
    given = copy.deepcopy(arguments)
    found = guarded(function)(*given)
    for number, (before, after) in enumerate(zip(arguments, given, strict=True), 1):
        if isinstance(before, np.ndarray) and not np.array_equal(before, after, equal_nan=True):
            raise Hint(SIDE_EFFECT, f"{case}Argument {number} was changed in place: compute into a new array.")
    found = _as_tuple(found)
    if len(found) != len(task.outputs) or any(part is None for part in found):
        names = ", ".join(task.outputs)
        raise Hint(SHAPE, f"{case}`{task.function}` should return {names}. It returned {_described(found)}.")
    return found


def _explains(mistake, checked):
    """The place of the outcome in which a mistake shows; None if it does not explain what the reader's function does.

    Where that is right, the wrong formula must be right too; and in the first case in which that is not so and the
    wrong formula runs, both must have the same results. (In later cases a second mistake may show.)
    """
    shown = None
    for place, outcome in enumerate(checked):
        wrong = _results_of(mistake, outcome.arguments)
        if outcome.hint is None:
            if wrong is None or not all(map(close, wrong, outcome.expected)):
                return None
        elif shown is None and wrong is not None:
            if outcome.found is None or not all(map(close, outcome.found, wrong)):
                return None
            if mistake.aspect != RANGE and not any(np.isfinite(part).any() for part in wrong):
                return None  # all nan: so are the results of many other formulas
            shown = place
    return shown


def _results_of(mistake, arguments):
    """The wrong formula's results; None if it does not run."""
    with np.errstate(all="ignore"):
        try:
            return _as_tuple(mistake.function(*copy.deepcopy(arguments)))
        except (ValueError, IndexError):
            return None


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
        return Hint(SHAPE, f"{case}{name} is not an array of numbers.")
    if value.shape != right.shape:
        return _about_shape(name, value, right, case)
    if not np.isfinite(value).all() and np.isfinite(right).all():
        place = tuple(map(int, np.argwhere(~np.isfinite(value))[0]))
        return Hint(
            RANGE,
            f"{case}{name}{list(place)} is {value[place]}, the right value {right[place]:.6g}. exp(x) overflows above "
            f"709, {_origins(value[place])}. Rearrange the formula so that none of them is computed.",
        )
    return _about_values(name, value, right, case)


def _origins(value):
    """Where such a value comes from."""
    if np.isnan(value):
        return "and ∞/∞, ∞ − ∞, 0 · ∞, 0/0 and the root of a negative number are nan"
    return "log(0) is −inf, 1/0 is inf"


def _about_shape(name, value, right, case):
    message = f"{case}{name} has shape {value.shape}, expected {right.shape}."
    if value.ndim != right.ndim:
        return Hint(SHAPE, f"{message} Which axis was summed, or kept?")
    if sorted(value.shape) == sorted(right.shape):
        return Hint(SHAPE, f"{message} Axes are exchanged: is something to be transposed?")
    longer = [n >= m for n, m in zip(value.shape, right.shape, strict=True)]
    if value.ndim > 1 and all(longer):
        return Hint(
            BROADCASTING, f"{message} Two arrays were stretched over each other: does a sum need keepdims=True?"
        )
    axes = [str(axis) for axis in range(value.ndim) if value.shape[axis] != right.shape[axis]]
    which = f"Axis {axes[0]} has" if len(axes) == 1 else f"Axes {' and '.join(axes)} have"
    return Hint(SHAPE, f"{message} {which} another length: over what does the formula sum, and what is left?")


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
