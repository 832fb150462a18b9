"""`ConvLSTM`: the base of ConvLSTM1D, ConvLSTM2D and ConvLSTM3D."""

from minikeras.base.signatures import inherits_arguments
from minikeras.layers.input_spec import InputSpec
from minikeras.layers.recurrent.built_in_rnn import BuiltInRNN, of_cell
from minikeras.layers.recurrent.conv_lstm_cell import ConvLSTMCell
from minikeras.layers.recurrent.rnn import RNN
from minikeras.ops.recurrence import rnn


class ConvLSTM(BuiltInRNN):
    """Applies `ConvLSTMCell` to each step.

    The input is convolved once, for all steps, before the loop.

    Args:
        filters, … seed: of the cell, see `ConvLSTMCell` and `LSTMCell`.
        activity_regularizer: a penalty on the output, added to the loss.
        return_sequences, return_state, go_backwards, stateful: see `RNN`, also for the call arguments.
    """

    rank = None  # number of spatial axes
    _accepted_kinds = "f"

    filters = of_cell("filters")
    kernel_size = of_cell("kernel_size")
    strides = of_cell("strides")
    padding = of_cell("padding")
    data_format = of_cell("data_format")
    dilation_rate = of_cell("dilation_rate")
    recurrent_activation = of_cell("recurrent_activation")
    unit_forget_bias = of_cell("unit_forget_bias")

    @inherits_arguments(
        ConvLSTMCell,
        RNN,
        after={"activity_regularizer": "bias_regularizer"},
        without=("rank", "cell", "unroll", "zero_output_for_mask"),
    )
    def __init__(self, *, activity_regularizer=None, **kwargs):
        super().__init__(ConvLSTMCell, rank=self.rank, activity_regularizer=activity_regularizer, **kwargs)
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
