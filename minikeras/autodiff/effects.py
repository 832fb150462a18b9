"""What a step does besides ops, marked so that observers see it and a plan can repeat it.

A training step is mostly ops: pure functions of arrays, each an event for observers (`observers.py`). Observers cannot
see what plain Python does between the ops, so that is marked:

    effect(metric.update_state, y_true, y_pred)    changes something, reads something that changes, or raises errors
    pure_call(add_gradients, a, b)                 a pure function of arrays that is not an op

Without observers both just call the function. Methods that change their object, and that users call in their own
functions, are marked where they are defined:

    @effectful
    def assign(self, value):

Two kinds of effects declare more, so that a plan may run them at another time: `@draws_numbers`, `@changes_nothing`.
"""

from functools import wraps

import numpy as np

from minikeras.autodiff.state import thread


def effect(function, *args, **kwargs):
    """`function(*args, **kwargs)`, run again in every replay of the step.

    What it computes may depend on its arguments and on state (a seed generator, the optimizer's slots). Tensors and
    arrays among its arguments and results are tracked; everything else must be the same in every step. A plan repeats
    it as a whole, with the ops inside.
    """
    if not thread.effect_begins:
        return function(*args, **kwargs)
    return observed_effect(function, function, args, kwargs)


def observed_effect(function, run, args, kwargs):
    """`run(*args, **kwargs)`, which observers see as a call of `function`."""
    for effect_begins in thread.effect_begins:
        effect_begins(function, args, kwargs)
    result = error = None
    try:
        result = run(*args, **kwargs)
        return result
    except BaseException as raised:
        error = raised
        raise
    finally:
        for effect_ended in thread.effect_ended:
            effect_ended(function, result, error)


def pure_call(function, *arrays):
    """`function(*arrays)` for a pure function, which observers see as one step of the computation."""
    result = function(*arrays)
    if thread.array_computed and isinstance(result, np.generic):
        result = np.asarray(result)  # NumPy turns 0-d arrays into scalars, which observers do not take for arrays
    for array_computed in thread.array_computed:
        array_computed(function, arrays, result)
    return result


def effectful(method):
    """Decorator for a method that changes or reads the state of its object: each call is an effect."""

    @wraps(method)
    def wrapper(self, *args, **kwargs):
        if not thread.effect_begins:
            return method(self, *args, **kwargs)
        return observed_effect(wrapper.__get__(self), method.__get__(self), args, kwargs)

    return wrapper


def draws_numbers(function):
    """Decorator for a function called as an effect: it draws random numbers, and reads nothing else that changes."""
    function.draws_numbers = True
    return function


def is_draw(function):
    """Whether a function declares that it `draws_numbers`."""
    return getattr(function, "draws_numbers", False)


def changes_nothing(function):
    """Decorator for a function called as an effect: it only reads state, such as the result of a metric."""
    function.changes_nothing = True
    return function


def is_read_only(function):
    """Whether a function declares that it `changes_nothing`."""
    return getattr(function, "changes_nothing", False)
