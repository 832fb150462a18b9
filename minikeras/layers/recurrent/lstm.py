"""`LSTMCell`: one step of long short-term memory; `LSTM`: all steps of a sequence."""

from minikeras import activations, initializers
from minikeras.autodiff.tensor import Tensor
from minikeras.base.signatures import inherits_arguments
from minikeras.layers.recurrent.built_in_rnn import BuiltInRNN, of_cell
from minikeras.layers.recurrent.recurrent_cell import RecurrentCell
from minikeras.layers.recurrent.rnn import RNN
from minikeras.ops.joining import concatenate
from minikeras.ops.recurrent.gates import LSTMGates
from minikeras.ops.recurrent.lstm import LSTMLoop
from minikeras.ops.recurrent.steps import lstm_step


class LSTMCell(RecurrentCell):
    """i, f, g, o = split(x · kernel + h · recurrent_kernel + bias);   c ← σ(f) · c + σ(i) · φ(g),   h ← σ(o) · φ(c).

    φ is `activation`, σ `recurrent_activation`. States: [h, c], each (batch, units). The output is h.
    Weights: kernel (features, 4 · units), recurrent kernel (units, 4 · units), bias (4 · units): the gates in the order
    input i, forget f, candidate g, output o.

    Args:
        recurrent_activation: name or function of the gates.
        unit_forget_bias: whether the forget gate's bias starts at 1. (Jozefowicz et al., 2015)
        others: see `RecurrentCell`.

    Source: Hochreiter & Schmidhuber, "Long short-term memory" (1997).
    """

    gates = 4
    has_implementations = True
    seed_comes_last = True

    @inherits_arguments(
        RecurrentCell, after={"recurrent_activation": "activation", "unit_forget_bias": "bias_initializer"}
    )
    def __init__(self, units, *, recurrent_activation="sigmoid", unit_forget_bias=True, **kwargs):
        self._check_units(units)
        super().__init__(**kwargs)
        self.units = units
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias
        self.state_size = [units, units]
        self.output_size = units

    def _first_bias(self):
        return forget_bias(self.units, self.bias_initializer) if self.unit_forget_bias else self.bias_initializer

    def call(self, inputs, states, training=False):
        h, c = states[0], states[1]
        return gated(self, self.input_sums(inputs, training) + self.state_sums(h, training), c)

    def loop(self, given, reverse):
        phi, sigma = self.name_of(self.activation), self.name_of(self.recurrent_activation)
        return None if phi is None or sigma is None else LSTMLoop(given, reverse, phi, sigma)


def gated(cell, sums, c, axis=-1):
    """(h, [h, c]) of an LSTM step, from its sums, with the four gates along `axis`, and the previous c.

    One op if that supports the cell's functions, otherwise one op per operation.
    """
    phi, sigma = cell.name_of(cell.activation), cell.name_of(cell.recurrent_activation)
    if None in (phi, sigma) or axis != -1 or not isinstance(sums, Tensor):
        h, c = lstm_step(sums, c, cell.activation, cell.recurrent_activation, axis)
    else:
        h, c, _ = LSTMGates(phi, sigma)(sums, c)
    return h, [h, c]


def forget_bias(units, initializer):
    """An initializer for the biases i, f, g, o: ones for f, `initializer`'s values for the others."""

    def initialize(shape, *args, **kwargs):
        parts = (initializer, units), (initializers.get("ones"), units), (initializer, 2 * units)
        return concatenate([make((length,), *args, **kwargs) for make, length in parts])

    return initialize


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
