"""The loops of recurrent layers as jobs, for plans: all steps without Python in between.

There are jobs for float32, and for tanh and the sigmoid (relu too in the plain recurrence). Other cases, and GRUs with
`reset_after=False`, run the references in NumPy.
"""

import numpy as np

from minikeras.autodiff.lowering import OpLowering, present
from minikeras.kernels.memory import aligned
from minikeras.kernels.recurrence.gate_jobs import lstm_gate_gradient_jobs, lstm_gate_jobs
from minikeras.kernels.recurrence.gru_jobs import gru_gradient_jobs, gru_jobs
from minikeras.kernels.recurrence.lstm_gradient_jobs import lstm_gradient_jobs
from minikeras.kernels.recurrence.lstm_jobs import lstm_jobs
from minikeras.kernels.recurrence.simple_rnn_jobs import simple_rnn_gradient_jobs, simple_rnn_jobs


class LoopLowering(OpLowering):
    """The shared base of the three: for which arrays there are jobs."""

    functions = ("tanh",)  # that `activation` may be

    def fits(self, op, *groups):
        """Whether there are jobs for the op's functions and for arrays like these: float32, and booleans as a mask."""
        if op.activation not in self.functions or getattr(op, "recurrent_activation", "sigmoid") != "sigmoid":
            return False
        return all(0 not in x.shape and x.dtype in (np.float32, np.bool_) for x in present(*groups))

    def forward(self, op, inputs, outputs):
        if not self.fits(op, inputs, outputs):
            return None
        return lambda inputs, outputs: self.jobs(op, *inputs[:2], op.all_optional(as_bytes(inputs[2:])), outputs)

    def backward(self, op, inputs, outputs, dys, dxs):
        hidden = dys[op.visible :]
        if any(dy is not None for dy in hidden) or not self.fits(op, inputs[1:], outputs, dys, dxs):
            return None

        def jobs(inputs, outputs, dys, dxs):
            (batch, steps, units), recurrent_kernel = outputs[0].shape, inputs[1]
            dz = aligned((batch, steps, op.gates * units)) if dxs[0] is None else dxs[0]
            dkernel = aligned(recurrent_kernel.shape) if dxs[1] is None else dxs[1]
            optional, of_optional = op.all_optional(as_bytes(inputs[2:])), op.all_optional(dxs[2:])
            return self.gradient_jobs(op, recurrent_kernel, optional, outputs, dys, dz, dkernel, of_optional)

        return jobs

    def jobs(self, op, z, recurrent_kernel, optional, outputs):
        """The jobs forward."""
        raise NotImplementedError

    def gradient_jobs(self, op, recurrent_kernel, optional, outputs, dys, dz, dkernel, of_optional):
        """The backward jobs; all gradients except the first two may be None."""
        raise NotImplementedError


class LSTMLowering(LoopLowering):
    """Jobs of `LSTMLoop`."""

    in_place = ((0, 4),)
    gradient_in_place = ((4, 0),)

    def jobs(self, op, z, recurrent_kernel, optional, outputs):
        return lstm_jobs(z, recurrent_kernel, *optional, *outputs, op.reverse)

    def gradient_jobs(self, op, recurrent_kernel, optional, outputs, dys, dz, dkernel, of_optional):
        h, _, _, c, gates = outputs
        return lstm_gradient_jobs(
            *dys[:3], recurrent_kernel, *optional, h, c, gates, dz, dkernel, *of_optional[:2], op.reverse
        )


class GRULowering(LoopLowering):
    """Jobs of `GRULoop`."""

    in_place = ((0, 2),)
    gradient_in_place = ((2, 0),)

    def fits(self, op, *groups):
        return op.reset_after and super().fits(op, *groups)

    def jobs(self, op, z, recurrent_kernel, optional, outputs):
        return gru_jobs(z, recurrent_kernel, *optional, *outputs, op.reverse)

    def gradient_jobs(self, op, recurrent_kernel, optional, outputs, dys, dz, dkernel, of_optional):
        h, _, gates, inner = outputs
        return gru_gradient_jobs(
            *dys[:2], recurrent_kernel, *optional[1:], h, gates, inner, dz, dkernel, *of_optional[:2], op.reverse
        )


class SimpleRNNLowering(LoopLowering):
    """Jobs of `SimpleRNNLoop`."""

    functions = ("tanh", "relu")

    def jobs(self, op, z, recurrent_kernel, optional, outputs):
        return simple_rnn_jobs(z, recurrent_kernel, *optional, *outputs, op.reverse, op.activation == "relu")

    def gradient_jobs(self, op, recurrent_kernel, optional, outputs, dys, dz, dkernel, of_optional):
        how = op.reverse, op.activation == "relu"
        return simple_rnn_gradient_jobs(
            *dys, recurrent_kernel, *optional, outputs[0], dz, dkernel, of_optional[0], *how
        )


class GatesLowering(OpLowering):
    """Jobs of `LSTMGates`."""

    in_place = ((0, 2),)
    gradient_in_place = ((2, 0),)

    def forward(self, op, inputs, outputs):
        if not _has_usual_functions(op) or not _all_float32(inputs, outputs):
            return None
        return lambda *groups: lstm_gate_jobs(*_rows(*groups))

    def backward(self, op, inputs, outputs, dys, dxs):
        groups = inputs[1:], outputs, dys, dxs
        if dys[2] is not None or not _has_usual_functions(op) or not _all_float32(*groups):
            return None

        def jobs(inputs, outputs, dys, dxs):
            shapes = outputs[2].shape, outputs[1].shape
            results = [aligned(shape) if dx is None else dx for shape, dx in zip(shapes, dxs, strict=True)]
            return lstm_gate_gradient_jobs(*_rows(dys[:2], inputs[1:], outputs[1:], results))

        return jobs


def _has_usual_functions(op):
    return op.activation == "tanh" and op.recurrent_activation == "sigmoid"


def _all_float32(*groups):
    return all(0 not in x.shape and x.dtype == np.float32 for x in present(*groups))


def _rows(*groups):
    """The arrays of several lists as rows of their last axis."""
    return [None if x is None else x.reshape(-1, x.shape[-1]) for group in groups for x in group]


def as_bytes(arrays):
    """The arrays, booleans as bytes."""
    return [x if x is None or x.dtype != np.bool_ else x.view(np.uint8) for x in arrays]
