"""`LSTM`: long short-term memory over a sequence."""

from minikeras.layers.recurrent.built_in_rnn import BuiltInRNN, of_cell
from minikeras.layers.recurrent.lstm_cell import LSTMCell
from minikeras.layers.recurrent.rnn import RNN
from minikeras.signatures import inherits_arguments


class LSTM(BuiltInRNN):
    """`LSTMCell` for each time: i, f, g, o = split(x[t] · kernel + h · recurrent_kernel + bias),

        c ← σ(f) · c + σ(i) · φ(g)        h ← σ(o) · φ(c)

    Input: (batch, time, features). Output: the last h (batch, units), or with `return_sequences` all
    (batch, time, units); with `return_state` (output, h, c).

    Args:
        units, activation, … unit_forget_bias, … seed: of the cell, see `LSTMCell` and `RecurrentCell`.
        activity_regularizer: a penalty on the output, added to the loss.
        return_sequences, return_state, go_backwards, stateful, unroll: see `RNN`, also for the call arguments.
        use_cudnn: for Keras on GPUs; True raises an error.

    Source: Hochreiter & Schmidhuber, "Long short-term memory" (1997).
    """

    recurrent_activation = of_cell("recurrent_activation")
    unit_forget_bias = of_cell("unit_forget_bias")

    @inherits_arguments(
        LSTMCell,
        RNN,
        after={"activity_regularizer": "bias_regularizer"},
        without=("cell", "zero_output_for_mask"),
    )
    def __init__(self, *, activity_regularizer=None, use_cudnn="auto", **kwargs):
        super().__init__(LSTMCell, activity_regularizer=activity_regularizer, **kwargs)
        self._set_use_cudnn(use_cudnn)
