"""`SimpleRNN`: the plain recurrence over a sequence."""

from minikeras.layers.recurrent.built_in_rnn import BuiltInRNN
from minikeras.layers.recurrent.simple_rnn_cell import SimpleRNNCell


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

    def __init__(
        self,
        units,
        activation="tanh",
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
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        seed=None,
        **kwargs,
    ):
        cell = SimpleRNNCell(
            units,
            activation,
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
            seed,
            name="simple_rnn_cell",
            **self._take_cell_arguments(kwargs, implementation=False),
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

    def get_config(self):
        config = super().get_config()
        config.pop("seed", None)  # Keras's config of this layer lacks it
        return config
