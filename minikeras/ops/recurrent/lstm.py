"""`LSTMLoop`: long short-term memory over all steps, one op."""

from minikeras.kernels.recurrence.lstm_gradient_jobs import lstm_gradient
from minikeras.kernels.recurrence.lstm_jobs import lstm
from minikeras.ops.recurrent.loop import RecurrentLoop
from minikeras.ops.recurrent.lowering import LSTMLowering
from minikeras.ops.recurrent.steps import FUNCTIONS, carried, lstm_step, state_product, zero_state


class LSTMLoop(RecurrentLoop):
    """i, f, g, o = split(z + h · U);   c ← σ(f) · c + σ(i) · φ(g),   h ← σ(o) · φ(c).

    Backward, from the last step to the first, with c' the previous state, dh and dc from the later steps:

        do = dh · φ(c) · σ'(o)     dc += dh · o · φ'(c)
        di = dc · g · σ'(i)        df = dc · c' · σ'(f)        dg = dc · i · φ'(g)
        dz = [di, df, dg, do]      dh ← dz · Uᵀ                dc ← dc · f
        dU = Σ h'ᵀ · dz with h' the previous state, one product at the end

    Optional inputs: h and c, the first states (batch, units); mask (batch, steps), where it is False the states stay;
    dropout (batch, 4, units), factors of h for each gate's product.
    Outputs: h of all steps, the last h, the last c, c of all steps, the activated gates.

    Args:
        activation, recurrent_activation: names of φ and σ, keys of `kernels.recurrence.activations.ACTIVATIONS`.
    """

    optional = ("h", "c", "mask", "dropout")
    gates = 4
    visible = 3
    operations_per_unit = 13  # four sums and four gates, three for c, two for h
    kept_outputs = (0, 3, 4)
    lowering = LSTMLowering()

    def __init__(self, given=(), reverse=False, activation="tanh", recurrent_activation="sigmoid"):
        super().__init__(given, reverse)
        self.activation = activation
        self.recurrent_activation = recurrent_activation

    def forward(self, z, recurrent_kernel, *optional):
        settings = self.reverse, self.activation, self.recurrent_activation
        return lstm(z, recurrent_kernel, *self.all_optional(optional), *settings)

    def gradients(self, call, dh_of_steps, dh, dc, *unused):
        _, recurrent_kernel, *optional = call.inputs
        first_h, first_c, mask, dropout = self.all_optional(optional)
        h, _, _, c, gates = call.outputs
        dz, dkernel, dh, dc = lstm_gradient(
            dh_of_steps, dh, dc, recurrent_kernel, first_h, first_c, mask, dropout, h, c, gates,
            self.reverse, self.activation, self.recurrent_activation,
        )  # fmt: skip
        return dz, dkernel, *self.of_given(h=dh, c=dc)

    def by_steps(self, z, recurrent_kernel, *optional):
        phi, sigma = FUNCTIONS[self.activation], FUNCTIONS[self.recurrent_activation]
        h, c, mask, dropout = self.all_optional(optional)
        zeros = zero_state(z, recurrent_kernel.shape[0])

        def step(z, states):
            return lstm_step(z + state_product(states[0], recurrent_kernel, dropout, 4), states[1], phi, sigma)

        history, states = carried(step, z, [zeros if h is None else h, zeros if c is None else c], mask, self.reverse)
        return history, *states
