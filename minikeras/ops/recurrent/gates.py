"""`LSTMGates`: the part of an LSTM's step after its products as one op, for cells that run step by step."""

from minikeras.kernels.recurrence.lstm import lstm_gates, lstm_gates_gradient
from minikeras.ops.recurrent.loop import FusedSteps
from minikeras.ops.recurrent.lowering import GatesLowering
from minikeras.ops.recurrent.steps import FUNCTIONS, lstm_step


class LSTMGates(FusedSteps):
    """i, f, g, o = split(sums);   c ← σ(f) · c + σ(i) · φ(g),   h = σ(o) · φ(c).

    Inputs: sums (…, 4 · units), the c before (…, units). Outputs: h, c, and the activated gates.
    `LSTMLoop` derives the gradients.

    Args:
        activation, recurrent_activation: names of φ and σ, keys of `kernels.recurrence.activations.ACTIVATIONS`.
    """

    kept_outputs = (1, 2)
    unread_inputs = (0,)
    lowering = GatesLowering()

    def __init__(self, activation="tanh", recurrent_activation="sigmoid"):
        self.activation = activation
        self.recurrent_activation = recurrent_activation

    def forward(self, sums, c):
        return lstm_gates(sums, c, self.activation, self.recurrent_activation)

    def gradients(self, call, dh, dc, dgates):
        _, c_before = call.inputs
        _, c, gates = call.outputs
        dh, dc = (c.dtype.type(0) if x is None else x for x in (dh, dc))
        return lstm_gates_gradient(dh, dc, c_before, c, gates, self.activation, self.recurrent_activation)

    def by_steps(self, sums, c):
        return lstm_step(sums, c, FUNCTIONS[self.activation], FUNCTIONS[self.recurrent_activation])

    def batch_inputs(self, shapes, output_shape):
        return [True, True]
