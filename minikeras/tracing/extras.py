"""Parts of the page that not every recording has."""

from minikeras.config import threads
from minikeras.tracing.machine_code import machine_code
from minikeras.tracing.machine_peaks import measured
from minikeras.tracing.plan_jobs import job_seconds, plan_data, plan_of


def extras_of(trace, machine):
    """{name: data}: the plan of the first step's model, if it has one; with `machine`, its kernels and peaks."""
    extras = {}
    plan = plan_of(trace.models[0]) if trace.models and trace.models[0] is not None else None
    if plan is not None:
        seconds = {} if isinstance(plan, str) else job_seconds(trace.models[0], _batch_of(trace))
        extras["plan"] = plan_data(plan, trace.steps[0], seconds)
    if machine:
        extras["machine_code"] = machine_code(trace.steps)
        peaks = measured(threads())
        extras["machine_peaks"] = {"threads": peaks.threads, "gflops": peaks.gflops, "bandwidth": peaks.bandwidth}
    return extras


def _batch_of(trace):
    """A batch of the first step's model; steps that were recorded live, such as a very first one, have none."""
    own = (batch for model, batch in zip(trace.models, trace.batches, strict=True) if model is trace.models[0])
    return next((batch for batch in own if batch is not None), None)
