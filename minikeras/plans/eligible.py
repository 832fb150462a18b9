"""Which models have user Python inside their steps.

A replay repeats the ops of the traced step, not the Python around them. In minikeras's own layers and losses that
Python is known. A user's `call` might print, count, or branch on values, so it is watched while it is traced
(`watch.py`). Metrics, optimizers, constraints and callbacks may be the user's: their Python runs in every step.
"""

import inspect

from minikeras import replay
from minikeras.autodiff.operation import Op
from minikeras.layers.tracking import functions_in_a_step


def python_in(model):
    """A description of the user's Python in a model's steps; None if there is none.

    Args:
        model: has the `operations` and `losses` of a step (see `trainers/planned_model.py`).
    """
    reasons = [*map(_python_of, model.operations), *map(_python_in_loss, model.losses)]
    return next((reason for reason in reasons if reason is not None), None)


def _python_of(operation):
    """The user's Python in a layer, model or op."""
    cls, name = type(operation), operation.name
    if isinstance(operation, Op):
        if not operation.is_replayable:
            return f"the op '{name}' is of the class {cls.__name__}, which does not declare `is_pure = True`"
    else:
        overridden = replay.overridden(cls, replay.first_own(cls))
        if overridden:
            base, word = overridden[0]
            return f"the class {base.__name__} of '{name}' defines `{word}` itself"
        unsafe = replay.why_unsafe(getattr(inspect.unwrap(cls.call), "__code__", None))
        if unsafe is not None:
            return f"'{name}' is a {cls.__name__}, and {unsafe}"
    for word, function in functions_in_a_step(operation).items():
        if not _is_own_function(function):
            return f"'{name}' has a user's function as `{word}`"
    return None


def _is_own_function(value):
    function = getattr(value, "func", value)  # a functools.partial
    function = getattr(function, "__func__", function)
    return replay.is_own(function if hasattr(function, "__qualname__") else type(function))


def _python_in_loss(loss):
    """The user's Python in one of the losses that `compile` was given."""
    if not replay.is_own(type(loss)):
        return f"the loss {type(loss).__name__} is the user's"
    if all(map(_is_own_function, functions_in_a_step(loss).values())):
        return None
    return f"the loss '{loss.name}' is a user's function"
