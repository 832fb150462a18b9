"""Metric values as callbacks and users get them: Python numbers under their names."""

import heapq
from operator import itemgetter

from minikeras.autodiff.tensor import Tensor


def as_numbers(logs):
    """{name: float} of metric values, sorted by name; a dict within has its place by its own name, as in Keras."""
    numbers = {}
    for name, value in sorted(logs.items()):
        if isinstance(value, dict):
            numbers.update(as_numbers(value))
            continue
        try:
            numbers[name] = value if getattr(value, "ndim", 0) else float(value)  # (1,) stays an array
        except (TypeError, ValueError):
            numbers[name] = value
        if isinstance(numbers[name], Tensor):
            numbers[name] = numbers[name].numpy()
    return numbers


def in_metric_order(logs, metrics):
    """The values of `logs` as `evaluate` lists them.

    First come those named like one of `metrics`, in that order, then all others by name. Keras looks for the metrics'
    own names only, so with several outputs, whose results are called "output_metric", the latter is the rule; and a
    metric given twice appears twice under its own name.
    """
    names = [metric.name for metric in metrics]
    rest = [name for name in sorted(logs) if name not in names]
    return [logs[name] for name in [*[name for name in names if name in logs], *rest]]


def with_validation(logs, val_logs):
    """The metrics of an epoch and, as `val_…`, those of its validation; each group is sorted if it was."""
    validation = [(f"val_{name}", value) for name, value in val_logs.items()]
    return dict(heapq.merge(logs.items(), validation, key=itemgetter(0)))
