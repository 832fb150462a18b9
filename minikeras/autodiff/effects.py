"""What a step does besides ops, said so that a recorder of whole steps can do it again.

A step of training is mostly ops: pure functions of arrays. A recorder (see `plans/trace.py`) sees each of them, and can
run them again on the arrays of the next batch. It cannot see what plain Python does between them, so that is marked:

    effect(metric.update_state, y_true, y_pred)    changes something, reads something that changes, or raises errors
    noted(add_gradients, a, b)                     a pure function of arrays that is no op

Without a recorder both just call the function. Methods that change their object, and that users call in functions of
their own, are marked where they are defined:

    @effectful
    def assign(self, value):
"""

from functools import wraps

from minikeras.autodiff.state import thread


def effect(function, *args, **kwargs):
    """`function(*args, **kwargs)`, run again in every replay of the step.

    What it computes may depend on its arguments and on state (a seed generator, the optimizer's slots). Tensors and
    arrays among its arguments and results are followed; everything else must be the same in every step. The ops inside
    are not recorded one by one.
    """
    recorder = thread.recorder
    return function(*args, **kwargs) if recorder is None else recorder.run_effect(function, args, kwargs)


def noted(function, *arrays):
    """`function(*arrays)` for a pure function, noted as one step of the computation if someone records."""
    recorder = thread.recorder
    return function(*arrays) if recorder is None else recorder.run_noted(function, arrays)


def unrecorded(function):
    """`function()` unseen by a recorder: what it tells is asked for again after each replay."""
    recorder = thread.recorder
    if recorder is None:
        return function()
    with recorder.looking_away():
        return function()


def effectful(method):
    """Decorator for a method that changes or reads the state of its object: a recorder notes each call as an effect."""

    @wraps(method)
    def wrapper(self, *args, **kwargs):
        recorder = thread.recorder
        if recorder is None:
            return method(self, *args, **kwargs)
        return recorder.run_effect(wrapper.__get__(self), args, kwargs)

    return wrapper
