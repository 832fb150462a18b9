"""Batch normalization in inference and its relu."""

from minikeras.autodiff.arithmetic import Add, Multiply, Negative, Subtract
from minikeras.ops.powers import Rsqrt
from minikeras.plans.graph import Fused
from minikeras.plans.instructions import Compute
from minikeras.plans.patterns.sums import only_bias, relu_after


def normalization_in_inference(graph, position, buffers):
    """(x − mean) · scale / √(variance + ε) + offset with given statistics, as `ops.batch_normalization` computes it.

    Scale and offset, here gamma and beta, may be missing.
    """
    found = scale_and_shift(graph, position, buffers)
    if found is None:
        return None
    positions, group = found
    factor, shift = group.roles["scale"], group.roles["shift"]
    scaled, shifted = _scaled(graph, factor), _shifted(graph, shift, factor)
    if scaled is None or shifted is None:
        return None
    added = graph.written_by(scaled["variance"], Compute, Add)
    if added is None or buffers[graph.instructions[added].reads[1]].kind != "constant":
        return None
    variance, epsilon = graph.instructions[added].reads
    roles = {"x": group.roles["x"], "mean": shifted["mean"], "variance": variance}
    roles |= {"gamma": scaled["gamma"], "beta": shifted["beta"]}
    vectors = [i for role, i in roles.items() if role != "x" and i is not None]
    if any(buffers[i].shape != buffers[roles["x"]].shape[-1:] for i in vectors):
        return None
    positions = [added, *scaled["positions"], *shifted["positions"], *positions]
    parts = [graph.instructions[i] for i in sorted(positions)]
    name = "batch normalization in inference" + (" + relu" if group.settings["relu"] else "")
    settings = {"relu": group.settings["relu"], "epsilon": float(buffers[epsilon].origin)}
    return positions, Fused(name, parts, {**roles, "y": group.roles["y"]}, **settings)


def _scaled(graph, factor):
    """The ops of factor = gamma / √variance, or 1 / √variance, and their buffers; None if it is made otherwise."""
    positions, root, gamma = [], factor, None
    scaled = graph.written_by(factor, Compute, Multiply)
    if scaled is not None:
        root, gamma = graph.instructions[scaled].reads
        positions.append(scaled)
    inverse = graph.written_by(root, Compute, Rsqrt)
    if inverse is None:
        return None
    variance = graph.instructions[inverse].reads[0]
    return {"variance": variance, "gamma": gamma, "positions": [inverse, *positions]}


def _shifted(graph, shift, factor):
    """The ops of shift = beta − mean · factor, or −mean · factor, and their buffers; None if it is made otherwise."""
    positions, beta, moved = [], None, shift
    shifted = graph.written_by(shift, Compute, Subtract)
    if shifted is not None:
        beta, moved = graph.instructions[shifted].reads
        positions.append(shifted)
    product = graph.written_by(moved, Compute, Multiply)
    if product is None or graph.instructions[product].reads[1] != factor:
        return None
    mean = graph.instructions[product].reads[0]
    if beta is None:
        negated = graph.written_by(mean, Compute, Negative)
        if negated is None:
            return None
        mean = graph.instructions[negated].reads[0]
        positions.append(negated)
    return {"mean": mean, "beta": beta, "positions": [product, *positions]}


def scale_and_shift(graph, position, buffers):
    """Multiply and Add with vectors along the last axis, and perhaps Relu."""
    if not graph.is_a(position, Compute, Multiply):
        return None
    (x, scale), product = graph.instructions[position].reads, graph.instructions[position].writes[0]
    added = only_bias(graph, product, buffers)
    if added is None or len(buffers[x].shape) < 2 or buffers[scale].shape != buffers[x].shape[-1:]:
        return None
    shift, y = graph.instructions[added].reads[1], graph.instructions[added].writes[0]
    followers, y, end = relu_after(graph, y)
    positions = [position, added, *followers]
    parts = [graph.instructions[i] for i in positions]
    return positions, Fused(
        f"scale + shift{end}", parts, {"x": x, "scale": scale, "shift": shift, "y": y}, relu=bool(followers)
    )
