"""`ConvLSTM`: the base of ConvLSTM1D, ConvLSTM2D and ConvLSTM3D."""

from minikeras.layers.input_spec import InputSpec
from minikeras.layers.recurrent.built_in_rnn import BuiltInRNN, of_cell
from minikeras.layers.recurrent.conv_lstm_cell import ConvLSTMCell
from minikeras.ops.recurrence import rnn


class ConvLSTM(BuiltInRNN):
    """`ConvLSTMCell` for each time.

    The input is convolved once for all steps, before the loop over the steps.

    Args:
        filters, … seed: of the cell, see `ConvLSTMCell` and `LSTMCell`.
        activity_regularizer: a penalty on the output, added to the loss.
        return_sequences, return_state, go_backwards, stateful: see `RNN`, also for the call arguments.
    """

    rank = None  # number of spatial axes

    filters = of_cell("filters")
    kernel_size = of_cell("kernel_size")
    strides = of_cell("strides")
    padding = of_cell("padding")
    data_format = of_cell("data_format")
    dilation_rate = of_cell("dilation_rate")
    recurrent_activation = of_cell("recurrent_activation")
    unit_forget_bias = of_cell("unit_forget_bias")

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
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
        **kwargs,
    ):
        cell = ConvLSTMCell(
            self.rank,
            filters,
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
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
            name="conv_lstm_cell",
            dtype=kwargs.get("dtype"),
        )
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.input_spec = InputSpec(ndim=self.rank + 3)

    def inner_loop(self, sequences, initial_state, mask, training=False):
        if initial_state is None:
            initial_state = self.get_initial_state(sequences.shape[0])
        return rnn(
            lambda sums, states: self.cell.step(sums, states, training),
            self.cell.input_sums(sequences, training),
            initial_state,
            go_backwards=self.go_backwards,
            mask=mask[0] if isinstance(mask, list) else mask,
            zero_output_for_mask=self.zero_output_for_mask,
            return_all_outputs=self.return_sequences,
        )

    def compute_output_shape(self, sequences_shape, initial_state_shape=None):
        batch, steps = sequences_shape[0], sequences_shape[1]
        step, _ = self.cell.compute_output_shape((batch, *sequences_shape[2:]))
        output = (batch, steps, *step[1:]) if self.return_sequences else step
        return (output, step, step) if self.return_state else output

    def get_config(self):
        return {**super().get_config(), "unroll": self.unroll}
