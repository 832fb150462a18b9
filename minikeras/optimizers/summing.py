"""Gradients added over ranks: the collective between backward and update, where several processes train one model.

    gradient of the whole batch = Σ over ranks of (rows of the rank / rows of the batch) · its gradient

All gradients of a step go into one sum (`Group.all_sum`): packed one after the other, scaled while they are packed,
added in the order of the ranks. The rows of a table that were read (`IndexedSlices`) are not added but joined, rank
after rank, which is their order in the whole batch: optimizers that square single rows get what one process would give
them. In a plan the sum is one instruction between the jobs of backward and those of the update.
"""

import numpy as np

from minikeras.autodiff.effects import effect
from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.collectives.share import state


class gradients_summed:  # noqa: N801
    """Within it `state.gradients_are_summed`: optimizers get gradients that are sums over ranks already."""

    def __enter__(self):
        self.before, state.gradients_are_summed = state.gradients_are_summed, True

    def __exit__(self, *error):
        state.gradients_are_summed = self.before


def summed_over_ranks(gradients):
    """The gradients of the whole batch, in a step that several ranks share.

    Args:
        gradients: Tensors, arrays, IndexedSlices or None, of the same kinds and shapes on each rank.
    """
    gradients = list(gradients)
    places = [place for place, gradient in enumerate(gradients) if gradient is not None]
    sums = effect(add_gradients, [gradients[place] for place in places], state.share)
    for place, total in zip(places, sums, strict=True):
        gradients[place] = total
    return gradients


def apply_gradients(optimizer, gradients, variables):
    """`optimizer.apply_gradients` with the sums over ranks, an effect of the step as a whole, whatever class it is."""
    if state.gradients_are_summed:
        effect(optimizer.apply_gradients, list(zip(gradients, variables, strict=True)))
        return
    gradients = summed_over_ranks(gradients)
    with gradients_summed():
        effect(optimizer.apply_gradients, list(zip(gradients, variables, strict=True)))


def apply_summed(apply, gradients, variables):
    """`apply(gradients, variables)`, the method of an optimizer, with the sums over ranks."""
    gradients = summed_over_ranks(gradients)
    with gradients_summed():
        apply(gradients, variables)


def add_gradients(gradients, share):
    """The list of sums: arrays, or IndexedSlices with the rows of all ranks."""
    group = state.group
    arrays, sums = {}, [None] * len(gradients)
    for place, gradient in enumerate(gradients):
        if isinstance(gradient, IndexedSlices):
            sums[place] = _joined(group, gradient, share)
        else:
            array = gradient.array if type(gradient) is Tensor else as_array(gradient)
            arrays.setdefault(array.dtype.str, []).append((place, array))
    # In a replay the update reads the sums at once; on the tape a user may keep them.
    views = state.gradients_are_summed and len(arrays) == 1
    for found in arrays.values():
        totals = group.all_sum([array for _, array in found], share.weight_of_gradients, views=views)
        for (place, _), total in zip(found, totals, strict=True):
            sums[place] = total
    return sums


def _joined(group, gradient, share):
    values = as_array(gradient.values) * np.asarray(share.weight_of_gradients, gradient.values.dtype)
    if share.rows == 0:  # computed on a row that is another rank's
        values = values[:0]
    indices = as_array(gradient.indices)[: len(values)]
    return IndexedSlices(group.joined(values), group.joined(indices), gradient.shape)
