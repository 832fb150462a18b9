"""`SimpleRNNCell`: one step of the plain recurrence."""

from minikeras import tree
from minikeras.layers.recurrent.recurrent_cell import RecurrentCell
from minikeras.ops.recurrent.simple_rnn import SimpleRNNLoop
from minikeras.signatures import inherits_arguments


class SimpleRNNCell(RecurrentCell):
    """h ← φ(x · kernel + bias + h · recurrent_kernel), φ being `activation`. The state is h, and so is the output.

    Weights: kernel (features, units), recurrent kernel (units, units), bias (units,).

    Args: see `RecurrentCell`.
    """

    @inherits_arguments(RecurrentCell)
    def __init__(self, units, *args, **kwargs):
        self._check_units(units)
        super().__init__(*args, **kwargs)
        self.units = units
        self.state_size = self.output_size = units

    def call(self, inputs, states, training=False):
        h = states[0] if tree.is_nested(states) else states
        h = self.activation(self.input_sums(inputs, training) + self.state_sums(h, training))
        return h, [h] if tree.is_nested(states) else h

    def _masks_in_use(self, get_mask, x, rate, training):
        masks = get_mask(x)  # in inference too, which consumes a seed, as in Keras
        return masks if training else None

    def loop(self, given, reverse):
        phi = self.name_of(self.activation)
        return None if phi is None else SimpleRNNLoop(given, reverse, phi)
