"""`Step`: one step of `fit`, `evaluate` or `predict`, or one call of a function, from its planner to its caller.

The caller runs the step itself. So no frame of `plans/` is between `fit` and `train_step` in a debugger or traceback:

    for step in model._steps("train", batches, …):
        if not step.done:                             # otherwise a plan has run it, perhaps for several batches
            with step:                                # records the step, if it may become a plan
                step.result = model.train_step(step.batch)
        logs = step.result
"""

from contextlib import ExitStack

from minikeras.autodiff.quiet import quiet


class Step:
    """A step that the caller runs on `batch`, within `with step:`.

    Args:
        batch: the data.
        scopes: context managers to enter around it, the outermost first.
        finish: called with the step after it ran without an error; or None.

    Attributes:
        done: whether a plan has run it already: True for a `Replayed`.
        count: how many batches it takes.
        result: what the step returned, set by the caller.
    """

    done = False
    count = 1
    result = None

    def __init__(self, batch, scopes=(), finish=None):
        self.batch = batch
        self.scopes = scopes
        self.finish = finish

    def __enter__(self):
        if self.scopes:
            with ExitStack() as stack:
                for scope in self.scopes:
                    stack.enter_context(scope)
                self._entered = stack.pop_all()
        self._quiet = quiet()
        self._quiet.__enter__()
        return self

    def __exit__(self, *error):
        self._quiet.__exit__(*error)
        if self.scopes:
            self._entered.__exit__(*error)
        if self.finish is not None and error[0] is None:
            self.finish(self)


class Replayed:
    """A step, or several, that a plan (or a user's function) has already run.

    Args:
        result: what the (last) step returned.
        count: how many batches it took.
    """

    __slots__ = ("count", "result")
    done = True

    def __init__(self, result, count=1):
        self.result = result
        self.count = count
