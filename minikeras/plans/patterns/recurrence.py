"""LSTMs and their input's product, which one loop computes, so that the product is never written to memory.

Otherwise the product (batch, steps, 4 · units) would be written and read, and so would its gradient, which two more
products read: a step of LSTM(128) on 32 × 100 × 32 would access 62 MB of arrays instead of 23.
"""

import numpy as np

from minikeras.autodiff.matrix_product import Matmul
from minikeras.kernels.recurrence.lstm_gradient_jobs import can_add_parts
from minikeras.ops.recurrent.lstm import LSTMLoop
from minikeras.plans.graph import Fused
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.patterns.products import is_dense
from minikeras.plans.patterns.sums import bias_gradient, only_bias

OUTPUTS = "h", "last_h", "last_c", "c", "gates"
MIN_BATCH = 8  # samples from which reading W at each step pays; below, one product for all steps is faster


def lstm_and_input(graph, position, buffers):
    """Matmul, Add and LSTMLoop."""
    if not is_dense(graph, position, buffers):
        return None
    x, kernel = graph.instructions[position].reads
    (z,), bias, positions = graph.instructions[position].writes, None, [position]
    added = only_bias(graph, z, buffers)
    if added is not None:
        (_, bias), (z,) = graph.instructions[added].reads, graph.instructions[added].writes
        positions.append(added)
    loop = graph.only_reader_is(z, Compute, LSTMLoop)
    if loop is None or len(buffers[x].shape) != 3 or buffers[x].shape[0] < MIN_BATCH:
        return None
    op, (first, recurrent_kernel, *optional) = graph.instructions[loop].op, graph.instructions[loop].reads
    roles = {"x": x, "kernel": kernel, "bias": bias, "recurrent_kernel": recurrent_kernel}
    roles |= dict(zip(op.given, optional, strict=True)) if first == z else {}
    roles |= {f"new {name}": buffer for name, buffer in zip(OUTPUTS, graph.instructions[loop].writes, strict=True)}
    if first != z or not _fits(op, buffers, roles):
        return None
    positions.append(loop)
    parts = [graph.instructions[i] for i in positions]
    return positions, Fused("LSTMLoop with its input's product", parts, roles, op=op)


def lstm_and_input_gradient(graph, position, buffers):
    """The gradients of LSTMLoop, Matmul and Add."""
    if not graph.is_a(position, Gradient, LSTMLoop):
        return None
    loop = graph.instructions[position]
    dz, drecurrent_kernel, *of_optional = loop.writes
    product, dbias = _gradient_of_product(graph, dz), None
    if product is None or drecurrent_kernel is None or any(dy is not None for dy in loop.dys[loop.op.visible :]):
        return None
    (x, kernel), (dx, dkernel) = graph.instructions[product].inputs, graph.instructions[product].writes
    if dkernel is None or len(buffers[x].shape) != 3 or len(buffers[kernel].shape) != 2:
        return None
    positions, added = [position, product], bias_gradient(graph, dz, buffers)
    if added is not None:
        dbias = graph.instructions[added].writes[1]
        positions.append(added)
    if set(graph.readers[dz]) - {*positions}:
        return None
    _, recurrent_kernel, *optional = loop.inputs
    h, _, _, c, gates = loop.outputs
    roles = {"x": x, "kernel": kernel, "recurrent_kernel": recurrent_kernel, "new h": h, "new c": c, "gates": gates}
    roles |= dict(zip(loop.op.given, optional, strict=True))
    roles |= dict(zip(("dh_of_steps", "dlast_h", "dlast_c"), loop.dys, strict=False))
    roles |= {"dx": dx, "dkernel": dkernel, "dbias": dbias, "drecurrent_kernel": drecurrent_kernel}
    roles |= {f"d{name}": buffer for name, buffer in zip(loop.op.given, of_optional, strict=True)}
    if not _fits(loop.op, buffers, roles):
        return None
    parts = [graph.instructions[i] for i in sorted(positions)]
    return positions, Fused("gradient of LSTMLoop and of its input's product", parts, roles, op=loop.op)


def _gradient_of_product(graph, dz):
    """The position of the Matmul's gradient that reads dz; None if there is none."""
    found = [reader for reader in graph.readers.get(dz, ()) if graph.is_a(reader, Gradient, Matmul)]
    return found[0] if len(found) == 1 else None


def _fits(op, buffers, roles):
    """Whether the loop has jobs for these arrays, and its matrices fit the cache."""
    arrays = [buffers[i] for i in roles.values() if i is not None]
    features, units = buffers[roles["kernel"]].shape[0], buffers[roles["recurrent_kernel"]].shape[0]
    if "dropout" in op.given or not can_add_parts(features, units) or not op.lowering.fits(op, arrays):
        return False
    return all(buffers[i].dtype == np.float32 for role, i in roles.items() if i is not None and role != "mask")
