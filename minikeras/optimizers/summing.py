"""Sums of gradients over ranks: the collective between backward and update, where several processes train one model.

    gradient of the whole batch = Σ over ranks of (rows of the rank / rows of the batch) · its gradient

All gradients of a step go into one sum (`Group.all_sum`): they are scaled while they are copied into one buffer, and
added in the order of the ranks. The rows of a table that were read (`IndexedSlices`) are not added but concatenated
rank by rank, which is their order in the whole batch, so that optimizers that square single rows get the same as in one
process. In a plan the sums are instructions between those of backward and the update.
"""

import numpy as np

from minikeras.autodiff.effects import effect
from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.collectives.share import state


class gradients_summed:  # noqa: N801
    """Context in which `state.gradients_are_summed` is true: optimizers receive sums over ranks."""

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
    share = state.share
    tables = [place for place, gradient in enumerate(gradients) if isinstance(gradient, IndexedSlices)]
    positions = [place for place, gradient in enumerate(gradients) if gradient is not None and place not in tables]
    if positions:
        sums = effect(add_gradients, [gradients[place] for place in positions], share, state.group)
        for place, total in zip(positions, sums, strict=True):
            gradients[place] = total
    for place in tables:
        gradients[place] = effect(join_rows, gradients[place], share, state.group)
    return gradients


def apply_summed(apply, gradients, variables):
    """Call `apply(gradients, variables)`, a method of an optimizer, with gradients summed over ranks."""
    if state.gradients_are_summed:
        apply(gradients, variables)
        return
    gradients = summed_over_ranks(gradients)
    with gradients_summed():
        apply(gradients, variables)


def add_gradients(gradients, share, group):
    """The sums over ranks, a list of arrays. (In a plan jobs compute them, see `plans/collective.py`.)"""
    arrays, sums = {}, [None] * len(gradients)
    for place, gradient in enumerate(gradients):
        array = gradient.array if type(gradient) is Tensor else as_array(gradient)
        arrays.setdefault(array.dtype.str, []).append((place, array))
    # In a replay the update consumes the sums immediately; on the tape the user may keep them.
    views = state.gradients_are_summed and len(arrays) == 1
    for found in arrays.values():
        totals = group.all_sum([array for _, array in found], share.weight_of_gradients, views=views)
        for (place, _), total in zip(found, totals, strict=True):
            sums[place] = total
    return sums


def join_rows(gradient, share, group, is_of_samples=None):
    """The IndexedSlices with the rows of all ranks.

    Rows that are read once per step rather than per sample, such as position embeddings, would be read once by a single
    process: their gradients are added. `is_of_samples` is False for these; if it is None, they are recognized by all
    ranks having read the same rows, each once.
    """
    own, values = as_array(gradient.indices), as_array(gradient.values)
    values = values * np.asarray(share.weight_of_gradients, values.dtype)
    count = len(values) if share.rows else 0  # a rank without rows computed on another rank's row
    values, indices = group.joined(values[:count], own[:count])
    if is_of_samples is False or (is_of_samples is None and _are_of_no_sample(own, indices)):
        values, indices = _sum_of(values.reshape(-1, *gradient.values.shape)), own
    return IndexedSlices(values, indices, gradient.dense_shape)


def _are_of_no_sample(own, indices):
    blocks = indices.reshape(-1, own.size) if own.size and indices.size % own.size == 0 else ()
    return len(blocks) > 1 and (blocks == own).all() and len(np.unique(own)) == own.size


def _sum_of(blocks):
    """The sum of arrays, in order."""
    total = blocks[0].copy()
    for block in blocks[1:]:
        total += block
    return total
