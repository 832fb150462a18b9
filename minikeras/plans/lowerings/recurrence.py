"""LSTMs, with their input's product, as jobs."""

from minikeras.kernels.recurrence.lstm_gradient_jobs import lstm_and_input_gradient_jobs
from minikeras.kernels.recurrence.lstm_jobs import lstm_and_input_jobs
from minikeras.ops.recurrent.lowering import as_bytes
from minikeras.plans.lower import Lowering, lowers
from minikeras.plans.patterns.recurrence import OUTPUTS


@lowers("LSTMLoop with its input's product")
def lstm_and_input(fused, buffers):
    """Each step multiplies x and h by one matrix."""

    def jobs(arrays):
        read = {role: arrays[i] for role, i in fused.roles.items()}
        matrices = [read.get(role) for role in ("x", "kernel", "bias", "recurrent_kernel")]
        optional = as_bytes([read.get(role) for role in ("h", "c", "mask")])
        return lstm_and_input_jobs(
            *matrices, *optional, *[read[f"new {name}"] for name in OUTPUTS], fused.settings["op"].reverse
        )

    return Lowering(jobs, fused.reads, fused.writes)


@lowers("gradient of LSTMLoop and of its input's product")
def lstm_and_input_gradient(fused, buffers):
    """dW, dU and db are added up by the loop, and dx is a product at each step."""

    def jobs(arrays):
        read = {role: arrays[i] for role, i in fused.roles.items()}
        of_input = [read.get(role) for role in ("x", "kernel", "dx", "dkernel", "dbias")]
        dys = [read.get(role) for role in ("dh_of_steps", "dlast_h", "dlast_c")]
        optional = as_bytes([read.get(role) for role in ("h", "c", "mask")])
        states = [read[role] for role in ("new h", "new c", "gates")]
        results = [read.get(role) for role in ("drecurrent_kernel", "dh", "dc")]
        return lstm_and_input_gradient_jobs(
            *of_input, *dys, read["recurrent_kernel"], *optional, *states, *results, fused.settings["op"].reverse
        )

    return Lowering(jobs, fused.reads, fused.writes)
