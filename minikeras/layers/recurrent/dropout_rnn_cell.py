"""`DropoutRNNCell`: the dropout masks of a cell, drawn once for all steps of a sequence."""

import threading
from weakref import WeakKeyDictionary

from minikeras import random
from minikeras.ops.creation import ones


class _Masks(threading.local):
    """The masks in use, per thread, so that threads can share a layer: {cell: {kind: mask}}."""

    def __init__(self):
        self.of_cells = WeakKeyDictionary()


_masks = _Masks()
INPUTS, STATES = "inputs", "states"


class DropoutRNNCell:
    """Mixin of cells with attributes `dropout`, `recurrent_dropout` and `seed_generator`.

    The masks contain 0 and 1 / (1 − rate). They are drawn at the first use and kept until `RNN` resets them after each
    sequence, so that the same features are dropped in all steps. (Gal & Ghahramani, 2016) Each thread has its own
    masks, for the sequences that it processes.

    Attributes:
        dropout_mask_count: None for one mask; an integer for a list of that length, one per gate.
    """

    dropout_mask_count = None

    def get_dropout_mask(self, step_input):
        """The mask (or list of masks) of inputs like `step_input`; None without dropout."""
        return self._mask(INPUTS, step_input, self.dropout)

    def get_recurrent_dropout_mask(self, step_input):
        """The mask of states like `step_input`; None without recurrent dropout."""
        return self._mask(STATES, step_input, self.recurrent_dropout)

    def reset_dropout_mask(self):
        """Discard the mask of the inputs; the next use draws another."""
        self._forget(INPUTS)

    def reset_recurrent_dropout_mask(self):
        """Discard the mask of the states; the next use draws another."""
        self._forget(STATES)

    def _mask(self, kind, step_input, rate):
        if rate <= 0:
            return None
        masks = _masks.of_cells.setdefault(self, {})
        if kind not in masks:
            masks[kind] = self._draw(step_input, rate)
        return masks[kind]

    def _forget(self, kind):
        _masks.of_cells.get(self, {}).pop(kind, None)

    def _draw(self, step_input, rate):
        all_ones = ones(step_input.shape, dtype=step_input.dtype)
        count = self.dropout_mask_count
        masks = [random.dropout(all_ones, rate, seed=self.seed_generator) for _ in range(count or 1)]
        return masks[0] if count is None else masks
