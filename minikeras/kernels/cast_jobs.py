"""Casts from one dtype to another as jobs. The loop is written once and copied for each pair of dtypes."""

from types import SimpleNamespace

import numpy as np

from minikeras.kernels.tasks import CHUNK, bytes_, floats, indices, integers, task_kernel
from minikeras.kernels.update_rule import with_globals

ARRAYS = {"uint8": bytes_, "int32": indices, "int64": integers, "float32": floats}
PAIRS = (("uint8", "int64"), ("int32", "int64"), ("uint8", "float32"), ("int32", "float32"), ("int64", "float32"))
PAIRS += (("int64", "int32"), ("float32", "int32"))


def cast_jobs(x, y):
    """The job that sets the flat array y = x; floats are truncated. `PAIRS` are the supported dtypes."""
    kernel = getattr(casts, f"{x.dtype}_to_{y.dtype}")
    return [kernel.job(-(-y.size // CHUNK), x, y)]


number = None  # in the copies of the loop below, the type of y's elements


def _cast(task, x, y):
    chunk = slice(task * CHUNK, (task + 1) * CHUNK)
    x, y = x[chunk], y[chunk]
    for i in range(len(y)):
        y[i] = number(x[i])


def _cast_kernel(source, target):
    copy = with_globals(_cast, f"casts.{source}_to_{target}", __name__, number=np.dtype(target).type)
    copy.__annotations__ = {"x": ARRAYS[source](1), "y": ARRAYS[target](1)}
    return task_kernel(copy)


casts = SimpleNamespace(**{f"{source}_to_{target}": _cast_kernel(source, target) for source, target in PAIRS})
