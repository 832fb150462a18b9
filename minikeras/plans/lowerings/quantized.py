"""Layers of few bits as jobs: products of rounded inputs and integers."""

from minikeras.kernels.byte_product_jobs import scaled_product_jobs
from minikeras.plans.lower import Lowering, all_float32, as_matrix, lowers


@lowers(*[f"integer product{bias}{relu}" for bias in ("", " + bias") for relu in ("", " + relu")])
def integer_product(fused, buffers):
    """y = relu(q · kernel / (s · scale) + bias). The kernel is packed when it has changed."""
    roles, op = fused.roles, fused.settings["op"]
    operands = [buffers[roles[role]] for role in ("x", "kernel", "scale")]
    if not op.fits_jobs(*operands) or not all_float32(buffers, [roles["y"], roles.get("bias")]):
        return None

    def jobs(arrays):
        x, y = as_matrix(arrays[roles["x"]]), as_matrix(arrays[roles["y"]])
        bias = arrays[roles["bias"]] if "bias" in roles else None
        kernel, scale = arrays[roles["kernel"]], arrays[roles["scale"]]
        rounding = op.quantizer.value_range, op.quantizer.epsilon
        return scaled_product_jobs(x, kernel, scale, y, *rounding, op.packed is not None, bias, fused.settings["relu"])

    return Lowering(jobs, fused.reads, fused.writes)
