"""`GRU`: gated recurrent units over a sequence."""

from minikeras.layers.recurrent.built_in_rnn import BuiltInRNN, of_cell
from minikeras.layers.recurrent.gru_cell import GRUCell
from minikeras.layers.recurrent.rnn import RNN
from minikeras.signatures import inherits_arguments


class GRU(BuiltInRNN):
    """`GRUCell` for each time: h ← u · h + (1 − u) · n, with gates u, r and a candidate n made of x[t] and h.

    Input: (batch, time, features). Output: the last h (batch, units), or with `return_sequences` all
    (batch, time, units); with `return_state` (output, h).

    Args:
        units, activation, … reset_after, seed: of the cell, see `GRUCell` and `RecurrentCell`.
        activity_regularizer: a penalty on the output, added to the loss.
        return_sequences, return_state, go_backwards, stateful, unroll: see `RNN`, also for the call arguments.
        use_cudnn: for Keras on GPUs; True raises an error.

    Source: Cho et al., "Learning phrase representations using RNN encoder-decoder" (2014).
    """

    recurrent_activation = of_cell("recurrent_activation")
    reset_after = of_cell("reset_after")

    @inherits_arguments(
        GRUCell, RNN, after={"activity_regularizer": "bias_regularizer"}, without=("cell", "zero_output_for_mask")
    )
    def __init__(self, *, activity_regularizer=None, reset_after=True, use_cudnn="auto", **kwargs):
        super().__init__(GRUCell, activity_regularizer=activity_regularizer, reset_after=reset_after, **kwargs)
        self._set_use_cudnn(use_cudnn)
