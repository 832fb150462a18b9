"""The input element from which each element of a result comes, for ops that only move elements: slices, repeats, …"""

from functools import partial

import numpy as np

from minikeras.tools.tracing.records import WHOLE

MAX_ELEMENTS = 1 << 16


def element_sources(op, step, event):
    """For each output an integer array of its shape: positions in the first input. None if they are not known.

    Such an op moves positions just like elements, so its result for an array of positions shows where they come from.

    Args:
        op: an op that `moves_elements`.
        step: the `StepRecord`.
        event: of the op's forward pass.
    """
    arrays = [number for number in event.inputs if number is not None]
    if len(arrays) != 1 or event.inputs[0] is None:
        return None
    x = step.values[event.inputs[0]]
    size = int(np.prod(x.shape))
    if not 0 < size <= MAX_ELEMENTS or x.dtype == "string":
        return None
    try:
        result = op.forward(np.arange(size, dtype=np.int32).reshape(x.shape))
    except (TypeError, ValueError, IndexError):
        return None
    positions = result if isinstance(result, tuple) else (result,)
    shapes = [step.values[number].shape for number in event.outputs]
    if any(p.dtype != np.int32 or p.shape != shape for p, shape in zip(positions, shapes, strict=False)):
        return None
    return list(positions) if all(map(partial(_is_moved, step, x), positions, event.outputs)) else None


def _is_moved(step, x, positions, number):
    """Whether an output has these elements of x, as far as both were kept whole."""
    y = step.values[number]
    if not x.detail == y.detail == WHOLE:
        return True
    return np.array_equal(x.array.reshape(-1)[positions], y.array, equal_nan=x.array.dtype.kind == "f")
