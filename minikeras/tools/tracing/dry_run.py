"""Record a training step of a model, and restore afterwards everything that the step changed.

So steps are recorded op by op while the training itself continues as a plan, with the same bits as without a recording.
"""

import warnings
from contextlib import contextmanager

from minikeras.tools.tracing.budget import Budget
from minikeras.tools.tracing.recorder import Recorder
from minikeras.utils.kept_state import kept_state

STEPS_TO_WARM_UP = 2


@contextmanager
def dry_run(model):
    """Steps may run inside the context, at whose end the model's state is restored. Yields the `SavedState`."""
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None and not optimizer.built:
        optimizer.build(model.trainable_variables)
    with kept_state(model) as saved, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the step itself warns
        yield saved


def recorded_step(model, batch, budget, number=0, change=None, warm_up=False):
    """Record a training step of a model on a batch, and restore the state.

    If the budget does not suffice, the step runs once more, when the total size of its arrays is known.

    Args:
        model: a built, compiled model.
        batch: as `train_step` gets it.
        budget: a `Budget`.
        number: of the step.
        change: called without arguments before the step, to change the state.
        warm_up: whether the step first runs without being recorded: a model's first two steps spend their time
            compiling kernels and preparing jobs.

    Returns:
        (the `StepRecord`, the `SavedState` before it).
    """
    if warm_up:
        for _ in range(STEPS_TO_WARM_UP):
            with dry_run(model):
                model.train_step(batch)
    found = _record_once(model, batch, budget, number, change)
    if budget.is_exceeded:
        found = _record_once(model, batch, Budget(budget.total, budget.asked), number, change)
    return found


def _record_once(model, batch, budget, number, change):
    with dry_run(model) as saved:
        if change is not None:
            change()
        reports, model._reports_each_step = model._reports_each_step, True  # `fit` may leave the metrics of steps out
        recorder = Recorder(budget, number, "dry run")
        recorder.begin(batch, model)
        result = None
        try:
            result = model.train_step(batch)
        finally:
            step = recorder.finish(result)
            model._reports_each_step = reports
    return step, saved
