"""`DropoutRNNCell`: the dropout masks of a cell, drawn once for all steps of a sequence."""

from minikeras import random
from minikeras.ops.creation import ones


class DropoutRNNCell:
    """Mixin of cells with attributes `dropout`, `recurrent_dropout` and `seed_generator`.

    The masks contain 0 and 1 / (1 − rate). They are drawn at the first use and kept until they are reset, which `RNN`
    does after each sequence: the same features are dropped in all steps. (Gal & Ghahramani, 2016)

    Attributes:
        dropout_mask_count: None for one mask; an integer for a list of that length, one per gate.
    """

    dropout_mask_count = None
    # Not tracked by `Layer`: masks are not state, and they change in every call.
    _dropout_mask = _recurrent_dropout_mask = None

    def get_dropout_mask(self, step_input):
        """The mask (or list of masks) of inputs like `step_input`; None without dropout."""
        return self._mask("_dropout_mask", step_input, self.dropout)

    def get_recurrent_dropout_mask(self, step_input):
        """The mask of states like `step_input`; None without recurrent dropout."""
        return self._mask("_recurrent_dropout_mask", step_input, self.recurrent_dropout)

    def reset_dropout_mask(self):
        """Draw another mask of the inputs next time."""
        self.__dict__.pop("_dropout_mask", None)

    def reset_recurrent_dropout_mask(self):
        """Draw another mask of the states next time."""
        self.__dict__.pop("_recurrent_dropout_mask", None)

    def _mask(self, name, step_input, rate):
        if rate > 0 and name not in self.__dict__:
            self.__dict__[name] = self._draw(step_input, rate)
        return getattr(self, name)

    def _draw(self, step_input, rate):
        all_ones = ones(step_input.shape, dtype=step_input.dtype)
        count = self.dropout_mask_count
        masks = [random.dropout(all_ones, rate, seed=self.seed_generator) for _ in range(count or 1)]
        return masks[0] if count is None else masks
