"""Scheduling: from instructions to a program, in which compiled jobs stand together.

Every change between compiled code and Python costs a few microseconds, as much as a small layer. So updates of metrics,
which nobody waits for, move to the end; what is left between them runs in one call of the pool:

    traced      jobs │ loss metric │ jobs │ optimizer │ accuracy
    scheduled   jobs, jobs, optimizer │ loss metric, accuracy
"""

from minikeras.metrics import Metric
from minikeras.plans.instructions import Effect, Read


def metrics_last(instructions):
    """The instructions with updates of metrics moved back behind everything that does not need them.

    Their own order stays, and so does that of all other effects.
    """
    ordered, waiting = [], []
    for instruction in instructions:
        if _is_update_of_metric(instruction):
            waiting.append(instruction)
            continue
        if waiting and _reads_metrics(instruction, waiting):
            ordered += waiting
            waiting = []
        ordered.append(instruction)
    return ordered + waiting


def _is_update_of_metric(instruction):
    return (
        isinstance(instruction, Effect)
        and not instruction.writes
        and isinstance(getattr(instruction.function, "__self__", None), Metric)
        and type(instruction.function.__self__).__module__.startswith("minikeras.")
    )


def _reads_metrics(instruction, waiting):
    """Whether an instruction reads a Variable that belongs to one of the metrics."""
    return isinstance(instruction, Read) and any(
        instruction.variable is v for effect in waiting for v in effect.function.__self__.variables
    )
