"""`LSTM`: long short-term memory over a sequence."""

from minikeras.layers.recurrent.built_in_rnn import BuiltInRNN, of_cell
from minikeras.layers.recurrent.lstm_cell import LSTMCell


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

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        use_cudnn="auto",
        **kwargs,
    ):
        cell = LSTMCell(
            units,
            activation,
            recurrent_activation,
            use_bias,
            kernel_initializer,
            recurrent_initializer,
            bias_initializer,
            unit_forget_bias,
            kernel_regularizer,
            recurrent_regularizer,
            bias_regularizer,
            kernel_constraint,
            recurrent_constraint,
            bias_constraint,
            dropout,
            recurrent_dropout,
            seed,
            name="lstm_cell",
            **self._take_cell_arguments(kwargs),
        )
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self._set_use_cudnn(use_cudnn)
