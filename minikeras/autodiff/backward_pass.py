"""The start of a backward pass over a tape: the gradients of its targets, and the calls that lead to the sources."""

from copy import copy

import numpy as np

from minikeras import tree
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.state import thread
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.autodiff.variable import Variable


def seeds(target, output_gradients):
    """{index of each target: its gradient}: ones, or the caller's output gradients."""
    targets = (target,) if type(target) is Tensor else tree.flatten(target)
    given = [None] * len(targets) if output_gradients is None else tree.flatten(output_gradients)
    gradients = {}
    for tensor, seed in zip(targets, given, strict=True):
        if isinstance(tensor, Variable):
            tensor = tensor._tensor
        if isinstance(tensor, KerasTensor) or not isinstance(tensor, Tensor):
            raise TypeError(
                f"The target of a gradient must be a Tensor. Received: {type(tensor).__name__}. "
                "Was it turned into a NumPy array or a number inside the tape's block?"
            )
        if seed is None:
            seed = np.empty(tensor.array.shape, tensor.array.dtype)
            seed.fill(1)  # in a third of the time of `np.ones`
        elif not thread.tapes or not isinstance(seed, Tensor):
            seed = as_array(seed, tensor.dtype)
        known = gradients.get(tensor.index)
        gradients[tensor.index] = seed if known is None else known + seed
    return gradients


def calls_to_sources(calls, wanted, keep):
    """The calls through which gradients reach the wanted tensors, each with only the inputs that lead there.

    Args:
        keep: whether `calls` must stay as they are; otherwise the list is emptied.
    """
    leading, found = set(wanted), []
    for call in calls:
        ids = [index if index in leading else None for index in call.input_ids]
        if any(index is not None for index in ids):
            leading.update(call.output_ids)
            call = copy(call) if keep else call
            call.input_ids = ids
            found.append(call)
    if not keep:
        calls.clear()
    return found
