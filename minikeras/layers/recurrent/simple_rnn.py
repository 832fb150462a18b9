"""`SimpleRNN`: the plain recurrence over a sequence."""

from minikeras.layers.recurrent.built_in_rnn import BuiltInRNN
from minikeras.layers.recurrent.rnn import RNN
from minikeras.layers.recurrent.simple_rnn_cell import SimpleRNNCell
from minikeras.signatures import inherits_arguments


class SimpleRNN(BuiltInRNN):
    """h ← φ(x[t] · kernel + bias + h · recurrent_kernel) for each time, φ being `activation`.

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
