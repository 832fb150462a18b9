"""`GRULoop`: gated recurrent units over all steps, one op."""

from minikeras.kernels.recurrence.gru_jobs import gru, gru_gradient
from minikeras.ops.products import matmul
from minikeras.ops.recurrent.loop import RecurrentLoop
from minikeras.ops.recurrent.lowering import GRULowering
from minikeras.ops.recurrent.steps import FUNCTIONS, carried, gru_step, state_product, zero_state


class GRULoop(RecurrentLoop):
    """u, r = σ(z + h · U + b), the update and the reset gate;   h ← u · h + (1 − u) · n with the candidate

        n = φ(z_n + r · (h · U_n + b_n))        with `reset_after`
        n = φ(z_n + (r · h) · U_n)              without

    Backward, from the last step to the first, with dh from the later steps:

        dn = dh · (1 − u) · φ'(n)    du = dh · (h' − n) · σ'(u)    dr = dn · (h' · U_n + b_n) · σ'(r)
        dh ← dh · u + [du, dr, dn · r] · Uᵀ        dU = Σ h'ᵀ · [du, dr, dn · r], one product at the end

    with h' the previous state, written for `reset_after`.

    Optional inputs: bias (3 · units), added to h · U; h, the first state (batch, units); mask (batch, steps), where it
    is False the state stays; dropout (batch, 3, units), factors of h for each gate's product.
    Outputs: h of all steps, the last h, the activated gates, and h · U_n + b_n (with `reset_after`) or r · h.

    Args:
        activation, recurrent_activation: names of φ and σ, keys of `kernels.recurrence.activations.ACTIVATIONS`.
    """

    optional = ("bias", "h", "mask", "dropout")
    gates = 3
    visible = 2
    operations_per_unit = 11  # three sums and three gates, r · (h · U), four for h
    kept_outputs = (0, 2, 3)
    lowering = GRULowering()

    def __init__(self, given=(), reset_after=True, reverse=False, activation="tanh", recurrent_activation="sigmoid"):
        super().__init__(given, reverse)
        self.reset_after = reset_after
        self.activation = activation
        self.recurrent_activation = recurrent_activation

    def forward(self, z, recurrent_kernel, *optional):
        settings = self.reset_after, self.reverse, self.activation, self.recurrent_activation
        return gru(z, recurrent_kernel, *self.all_optional(optional), *settings)

    def gradients(self, call, dh_of_steps, dh, *unused):
        _, recurrent_kernel, *optional = call.inputs
        _, first_h, mask, dropout = self.all_optional(optional)
        h, _, gates, inner = call.outputs
        dz, dkernel, dbias, dh = gru_gradient(
            dh_of_steps, dh, recurrent_kernel, first_h, mask, dropout, h, gates, inner,
            self.reset_after, self.reverse, self.activation, self.recurrent_activation,
        )  # fmt: skip
        return dz, dkernel, *self.of_given(bias=dbias, h=dh)

    def by_steps(self, z, recurrent_kernel, *optional):
        phi, sigma = FUNCTIONS[self.activation], FUNCTIONS[self.recurrent_activation]
        bias, h, mask, dropout = self.all_optional(optional)
        units = recurrent_kernel.shape[0]
        zeros = zero_state(z, units)
        bias = zero_state(z, 3 * units)[0] if bias is None else bias

        def step(z, states):
            (h,) = states

            def candidate(r):
                kept = h if dropout is None else h * dropout[:, 2]
                return matmul(r * kept, recurrent_kernel[:, 2 * units :]) + bias[2 * units :]

            sums = state_product(h, recurrent_kernel, dropout, 3) + bias
            return [gru_step(z, sums, h, phi, sigma, None if self.reset_after else candidate)]

        history, states = carried(step, z, [zeros if h is None else h], mask, self.reverse)
        return history, *states
