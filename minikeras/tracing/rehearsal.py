"""Record a step of a model together with its training: afterwards everything that the step changed is as it was before.

So a step is recorded op by op while the training continues by its plan, with the same bits as without a recording.
"""

import warnings
from contextlib import contextmanager

from minikeras.diagnosis.kept_state import kept_state
from minikeras.tracing.budget import Budget
from minikeras.tracing.recorder import Recorder

STEPS_TO_WARM_UP = 2


@contextmanager
def rehearsal(model):
    """Inside the context steps may run; at its end the model's state is put back. Yields the `SavedState`."""
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None and not optimizer.built:
        optimizer.build(model.trainable_variables)
    with kept_state(model) as saved, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the step itself warns
        yield saved


def rehearse(model, batch, budget, number=0, change=None, warm_up=False):
    """Record a training step of a model on a batch, and put everything back.

    Where the budget does not suffice, the step runs once more: then it is known how much there is to be kept.

    Args:
        model: a built, compiled model.
        batch: as `train_step` gets it.
        budget: a `Budget`.
        number: of the step.
        change: called without arguments before the step, to change the state.
        warm_up: whether it runs before without being recorded: the times of a model's first two steps are those of
            compiling its kernels and of preparing their jobs.

    Returns:
        (the `StepRecord`, the `SavedState` before it).
    """
    if warm_up:
        for _ in range(STEPS_TO_WARM_UP):
            with rehearsal(model):
                model.train_step(batch)
    found = _rehearse_once(model, batch, budget, number, change)
    if budget.is_exceeded:
        found = _rehearse_once(model, batch, Budget(budget.total, budget.asked), number, change)
    return found


def _rehearse_once(model, batch, budget, number, change):
    with rehearsal(model) as saved:
        if change is not None:
            change()
        reports, model._reports_each_step = model._reports_each_step, True  # `fit` may leave the metrics of steps out
        recorder = Recorder(budget, number, "rehearsed")
        recorder.begin(batch, model)
        result = None
        try:
            result = model.train_step(batch)
        finally:
            step = recorder.finish(result)
            model._reports_each_step = reports
    return step, saved
