"""`SimpleRNNCell`: one step of the plain recurrence; `SimpleRNN`: all steps of a sequence."""

from minikeras import tree
from minikeras.base.signatures import inherits_arguments
from minikeras.layers.recurrent.built_in_rnn import BuiltInRNN
from minikeras.layers.recurrent.recurrent_cell import RecurrentCell
from minikeras.layers.recurrent.rnn import RNN
from minikeras.ops.recurrent.simple_rnn import SimpleRNNLoop


class SimpleRNNCell(RecurrentCell):
    """h ← φ(x · kernel + bias + h · recurrent_kernel), where φ is `activation`. State and output are h.

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


class SimpleRNN(BuiltInRNN):
    """h ← φ(x[t] · kernel + bias + h · recurrent_kernel) for each step t, where φ is `activation`.

    Input: (batch, time, features). Output: the last h (batch, units), or with `return_sequences` all
    (batch, time, units); with `return_state` (output, h).

    Args:
        units, activation, … recurrent_dropout, seed: of the cell, see `RecurrentCell`.
        activity_regularizer: a penalty on the output, added to the loss.
        return_sequences, return_state, go_backwards, stateful, unroll: see `RNN`, also for the call arguments.

    Source: Elman, "Finding structure in time" (1990).
    """

    @inherits_arguments(
        SimpleRNNCell,
        RNN,
        after={"activity_regularizer": "bias_regularizer"},
        without=("cell", "zero_output_for_mask"),
    )
    def __init__(self, *, activity_regularizer=None, seed=None, **kwargs):
        super().__init__(SimpleRNNCell, activity_regularizer=activity_regularizer, seed=seed, **kwargs)

    def get_config(self):
        config = super().get_config()
        config.pop("seed", None)  # Keras's config of this layer lacks it
        return config
