"""`GRUCell`: one step of gated recurrent units; `GRU`: all steps of a sequence."""

from minikeras import activations, tree
from minikeras.autodiff.matrix_product import Matmul
from minikeras.base.signatures import inherits_arguments
from minikeras.layers.recurrent.built_in_rnn import BuiltInRNN, of_cell
from minikeras.layers.recurrent.recurrent_cell import RecurrentCell
from minikeras.layers.recurrent.rnn import RNN
from minikeras.ops.recurrent.gru import GRULoop
from minikeras.ops.recurrent.steps import gru_step


class GRUCell(RecurrentCell):
    """h ← u · h + (1 − u) · n with the gates u, r = σ(x · kernel + h · recurrent_kernel + bias) and the candidate

        n = φ(x · kernel_n + b_n + r · (h · recurrent_kernel_n + b'_n))     with `reset_after`
        n = φ(x · kernel_n + b_n + (r · h) · recurrent_kernel_n)            otherwise

    φ is `activation`, σ `recurrent_activation`. Both the state and the output are h (batch, units).
    Weights: kernel (features, 3 · units), recurrent kernel (units, 3 · units), bias (2, 3 · units) with `reset_after`,
    one row for each kernel, else (3 · units): the gates in the order update u, reset r, candidate n.

    Args:
        recurrent_activation: name or function of the gates.
        reset_after: whether the reset gate multiplies the product with the recurrent kernel, rather than its operand h.
        others: see `RecurrentCell`.

    Source: Cho et al., "Learning phrase representations using RNN encoder-decoder" (2014).
    """

    gates = 3
    has_implementations = True
    seed_comes_last = True

    @inherits_arguments(RecurrentCell, after={"recurrent_activation": "activation", "reset_after": "recurrent_dropout"})
    def __init__(self, units, *, recurrent_activation="sigmoid", reset_after=True, **kwargs):
        self._check_units(units)
        super().__init__(**kwargs)
        self.units = units
        self.recurrent_activation = activations.get(recurrent_activation)
        self.reset_after = reset_after
        self.state_size = self.output_size = units

    def _bias_shape(self):
        return (2, 3 * self.units) if self.reset_after else (3 * self.units,)

    def _input_bias(self):
        return self.bias[0] if self.use_bias and self.reset_after else self.bias

    def recurrent_bias(self):
        """The bias of h · U, or None."""
        return self.bias[1] if self.use_bias and self.reset_after else None

    def call(self, inputs, states, training=False):
        h = states[0] if tree.is_nested(states) else states
        z, sums, bias = self.input_sums(inputs, training), self.state_sums(h, training), self.recurrent_bias()

        def candidate(r):
            dropout = self.state_dropout(h, training)
            kept = h if dropout is None else h * dropout[:, 2]
            return Matmul()(r * kept, self.recurrent_kernel[:, 2 * self.units :])

        sums = sums if bias is None else sums + bias
        functions = self.activation, self.recurrent_activation
        new_h = gru_step(z, sums, h, *functions, None if self.reset_after else candidate)
        return new_h, [new_h] if tree.is_nested(states) else new_h

    def loop(self, given, reverse):
        phi, sigma = self.name_of(self.activation), self.name_of(self.recurrent_activation)
        return None if phi is None or sigma is None else GRULoop(given, self.reset_after, reverse, phi, sigma)


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
