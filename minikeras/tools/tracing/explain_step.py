"""`explain_step`: records one training step of a model, and restores its state afterwards."""

from contextlib import nullcontext

from minikeras.autodiff.observers import observing
from minikeras.autodiff.state import stop_recording
from minikeras.data import adapter_for
from minikeras.tools.tracing.budget import BUDGET, Budget
from minikeras.tools.tracing.dry_run import dry_run, recorded_step
from minikeras.tools.tracing.step_watcher import WatchInputs
from minikeras.tools.tracing.trace import Trace

STEPS_TO_A_PLAN = 3  # two are traced, the third replays the plan
WHOLE = 2**62  # a batch size that puts all the data into one batch


def explain_step(
    model, x, y=None, sample_weight=None, class_weight=None, budget=BUDGET, input_gradients=True, plan=False
):
    """See `Model.explain_step`."""
    data = adapter_for(x, y, sample_weight, WHOLE, class_weight=class_weight)
    batch = next(iter(data.epoch()))
    if not model.built:
        with stop_recording():
            model(batch[0] if isinstance(batch, tuple) else batch)  # makes the weights, as a first step would
    if plan:
        with dry_run(model):
            for _ in range(STEPS_TO_A_PLAN):
                model.train_on_batch(x, y, sample_weight, class_weight)
    trace = Trace()
    with observing(WatchInputs()) if input_gradients else nullcontext():
        step, state = recorded_step(model, batch, Budget(budget), change=model.reset_metrics, warm_up=True)
    step.has_input_gradients = input_gradients
    trace.add(step, state, model, batch)
    return trace
