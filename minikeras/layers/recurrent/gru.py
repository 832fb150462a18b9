"""`GRU`: gated recurrent units over a sequence."""

from minikeras.layers.recurrent.built_in_rnn import BuiltInRNN, of_cell
from minikeras.layers.recurrent.gru_cell import GRUCell


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

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
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
        reset_after=True,
        use_cudnn="auto",
        **kwargs,
    ):
        cell = GRUCell(
            units,
            activation,
            recurrent_activation,
            use_bias,
            kernel_initializer,
            recurrent_initializer,
            bias_initializer,
            kernel_regularizer,
            recurrent_regularizer,
            bias_regularizer,
            kernel_constraint,
            recurrent_constraint,
            bias_constraint,
            dropout,
            recurrent_dropout,
            reset_after,
            seed,
            name="gru_cell",
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
