"""Sums that fuse into the loop that writes or reads an array: with a bias, with another array."""

from minikeras.autodiff.arithmetic import Add, add_gradients
from minikeras.plans.instructions import Compute, Gradient, Pure


def only_bias(graph, slot, slots):
    """The position of the Add of a vector along the last axis, if that is a slot's only use; else None."""
    added = graph.only_reader_is(slot, Compute, Add)
    if added is None:
        return None
    first, second = graph.instructions[added].reads
    return added if first == slot and slots[second].shape == slots[slot].shape[-1:] else None


def bias_gradient(graph, dy, slots):
    """The position of the gradient of an Add that only sums dy to a bias's gradient; None if there is none."""
    for reader in graph.readers.get(dy, ()):
        if graph.is_a(reader, Gradient, Add):
            first, second = graph.instructions[reader].writes
            if first is None and second is not None and slots[second].shape == slots[dy].shape[-1:]:
                return reader
    return None


def only_sum(graph, slot, slots):
    """(the position of the Add of another array of its shape and dtype, that array), if so; else None."""
    summed = graph.only_reader_is(slot, Compute, Add)
    if summed is None:
        return None
    first, second = graph.instructions[summed].reads
    other = second if first == slot else first
    alike = slots[other].shape == slots[slot].shape and slots[other].dtype == slots[slot].dtype
    return (summed, other) if first != second and alike else None


def only_sum_of_gradients(graph, slot):
    """(the position of the sum of this gradient and another, the other), if that is its only use; else None."""
    position = graph.only_reader(slot)
    if position is None or position in graph.taken:
        return None
    instruction = graph.instructions[position]
    if type(instruction) is not Pure or instruction.function is not add_gradients:
        return None
    first, second = instruction.reads
    return (position, second if first == slot else first) if first != second else None
