"""`SimpleRNNLoop`: the plain recurrence over all steps, one op."""

from minikeras.kernels.recurrence.simple_rnn_jobs import simple_rnn, simple_rnn_gradient
from minikeras.ops.recurrent.loop import RecurrentLoop
from minikeras.ops.recurrent.lowering import SimpleRNNLowering
from minikeras.ops.recurrent.steps import FUNCTIONS, carried, state_product, zero_state


class SimpleRNNLoop(RecurrentLoop):
    """h ← φ(z + h · U);   dz = dh · φ'(h),   dh ← dz · Uᵀ,   dU = Σ h'ᵀ · dz with h' the previous state.

    Optional inputs: h, the first state (batch, units); mask (batch, steps), where it is False the state stays;
    dropout (batch, 1, units), factors of h in the product.
    Outputs: h of all steps, the last h.

    Args:
        activation: name of φ, a key of `kernels.recurrence.activations.ACTIVATIONS`.
    """

    optional = ("h", "mask", "dropout")
    gates = 1
    visible = 2
    operations_per_unit = 2  # the sum and φ
    kept_outputs = (0,)
    lowering = SimpleRNNLowering()

    def __init__(self, given=(), reverse=False, activation="tanh"):
        super().__init__(given, reverse)
        self.activation = activation

    def forward(self, z, recurrent_kernel, *optional):
        return simple_rnn(z, recurrent_kernel, *self.all_optional(optional), self.reverse, self.activation)

    def gradients(self, call, dh_of_steps, dh):
        _, recurrent_kernel, *optional = call.inputs
        first_h, mask, dropout = self.all_optional(optional)
        dz, dkernel, dh = simple_rnn_gradient(
            dh_of_steps, dh, recurrent_kernel, first_h, mask, dropout, call.outputs[0], self.reverse, self.activation
        )
        return dz, dkernel, *self.of_given(h=dh)

    def by_steps(self, z, recurrent_kernel, *optional):
        phi = FUNCTIONS[self.activation]
        h, mask, dropout = self.all_optional(optional)

        def step(z, states):
            return [phi(z + state_product(states[0], recurrent_kernel, dropout, 1))]

        first = zero_state(z, recurrent_kernel.shape[0]) if h is None else h
        history, states = carried(step, z, [first], mask, self.reverse)
        return history, *states
