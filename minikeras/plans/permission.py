"""Whether steps may run as plans now, or must run line by line in Python; and which models contain user Python.

A replay repeats the ops of the traced step, not the Python around them. In minikeras's own layers and losses that
Python is known. A user's `call` might print, count, or branch on values, so it is watched while it is traced
(`watch.py`). Metrics, optimizers, constraints and callbacks may be the user's: their Python runs in every step.
"""

import inspect

from minikeras import config
from minikeras.autodiff.operation import Op
from minikeras.autodiff.state import thread
from minikeras.base import replay
from minikeras.base.debuggers import attached_debugger
from minikeras.base.messages import print_notice
from minikeras.layers.tracking import functions_in_a_step


def plans_may_run():
    """Whether the next step of this thread may be traced or replayed; checked before each.

    It may not

    - while a debugger is attached, unless `config.set_plans_under_debugger(True)` was called. One line reports it;
    - while an observer must see every step (`autodiff/observers.py`);
    - inside a step that is being traced, which sees the ops of the inner one as its own.
    """
    if thread.unfused or thread.eager_observers:
        return False
    debugger = attached_debugger()
    if debugger is None or config.plans_under_debugger():
        return True
    print_notice(
        "debugger",
        f"A debugger is attached ({debugger}), so every step runs line by line, without compiled plans. To keep the "
        "plans: keras.config.set_plans_under_debugger(True), or MINIKERAS_PLANS_UNDER_DEBUGGER=1 in the environment.",
    )
    return False


def function_plans_may_run():
    """The same for the next call of a `tf.function`; observers may ask to see these alone."""
    if not thread.function_observers:
        return plans_may_run()
    print_notice(
        "observed functions",
        "Steps are being watched, so every tf.function runs line by line, without compiled plans, until the last of "
        "them.",
    )
    return False


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
