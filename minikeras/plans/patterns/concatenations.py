"""Concatenations of channels that need no copy, since Winograd's convolutions read, and write, their two parts.

    Concatenate(a, b), Conv, Add, Relu                       convolution of two parts
    gradients of Conv and of its bias, of Concatenate        gradient of convolution of two parts

As in a U-Net, where an image of the way down joins one of the way up. Both groups have the Concatenate as a part, which
runs in each if the group has no lowering. A training step of a U-Net of 32×32 takes 1/1.06 of the time with copies
(two threads of an Ice Lake).
"""

import numpy as np

from minikeras.kernels.convolution import algorithms
from minikeras.kernels.products import LANES, PANEL
from minikeras.ops.convolution import Conv
from minikeras.ops.joining import Concatenate
from minikeras.plans.graph import Fused, Graph
from minikeras.plans.instructions import Compute, Gradient


def without_concatenations(instructions, buffers, kept):
    """The instructions, in which groups read the parts of a concatenation where all that read it can."""
    graph = Graph(instructions, kept)
    replaced = {}  # position -> its group, or None for what became part of another
    for position in range(len(instructions)):
        if graph.is_a(position, Compute, Concatenate) and _fits(instructions[position], buffers, kept):
            joined = instructions[position]
            found = [_group(graph, joined, reader, buffers) for reader in graph.readers.get(joined.writes[0], ())]
            if found and None not in found:
                replaced[position] = None
                for groups in found:
                    replaced |= groups
    groups = [replaced.get(position, instruction) for position, instruction in enumerate(instructions)]
    return [group for group in groups if group is not None]


def _fits(joined, buffers, kept):
    """Whether it joins the channels of two float32 images, the first of them by whole panels of Winograd's products."""
    parts, y = joined.reads, joined.writes[0]
    return (
        len(set(parts)) == len(parts) == 2
        and y not in kept
        and len(buffers[y].shape) == 4
        and joined.op.axis % 4 == 3
        and all(buffers[i].dtype == np.float32 for i in parts)
        and buffers[parts[0]].shape[3] % PANEL == buffers[parts[1]].shape[3] % LANES == 0
    )


def _group(graph, joined, reader, buffers):
    """{position: group or None} that replaces an instruction which reads a concatenation; None if it cannot."""
    instruction, y = graph.instructions[reader], joined.writes[0]
    parts = instruction.parts if isinstance(instruction, Fused) else (instruction,)
    conv = next((part for part in parts if isinstance(getattr(part, "op", None), Conv)), None)
    settings = instruction.settings if isinstance(instruction, Fused) else {}
    roles = dict(instruction.roles) if isinstance(instruction, Fused) else {}
    if conv is None or "other" in roles or settings.get("masked") or instruction.reads.count(y) != 1:
        return None
    if isinstance(conv, Compute) and conv.reads[0] == y and instruction.writes == (roles.get("y"),):
        kept = {role: roles.get(role) for role in ("kernel", "bias", "y")}
        name = "convolution of two parts"
        if set(roles) - {"x", *kept} or not _takes_winograd(conv.op, buffers, y, kept["kernel"], kept["y"], False):
            return None
        fused = Fused(name, [joined, *parts], {**_roles(joined), **kept}, relu=settings["relu"], op=conv.op)
        return {reader: fused}
    if not isinstance(conv, Gradient) or conv.inputs[0] != y:
        return None
    (_, kernel), (dy,), (dx, dkernel) = conv.inputs, conv.dys, conv.writes
    split = None if dx is None else graph.only_reader_is(dx, Gradient, Concatenate)
    if split is None or dkernel is None or not _takes_winograd(conv.op, buffers, y, kernel, dy, True):
        return None
    first, second = graph.instructions[split].writes
    if first is None or second is None:
        return None
    own = {"kernel": kernel, "dy": dy, "dkernel": dkernel, "dbias": roles.get("dbias")}
    own |= {"dfirst": first, "dsecond": second, **_roles(joined)}
    group = [joined, *parts, graph.instructions[split]]
    return {reader: Fused("gradient of convolution of two parts", group, own, op=conv.op), split: None}


def _roles(joined):
    return {"first": joined.reads[0], "second": joined.reads[1]}


def _takes_winograd(op, buffers, x, kernel, y, is_gradient):
    """Whether a convolution of these shapes, or both of its gradients, are computed by Winograd's method."""
    if algorithms.wants_reference() or any(buffers[i].dtype != np.float32 for i in (x, kernel, y)):
        return False
    (batch, *sizes, channels), (*window, in_channels, _) = buffers[x].shape, buffers[kernel].shape
    strides, _, dilation = op.geometry(tuple(sizes), tuple(window))
    rest = buffers[kernel].shape, strides, dilation
    if channels != in_channels:
        return False
    if not is_gradient:
        return algorithms.takes_winograd(batch, buffers[y].shape[1:-1], *rest)
    outputs = tuple(sizes), buffers[y].shape[1:-1]
    return all(algorithms.takes_winograd_for_gradient(batch, size, *rest) for size in outputs)
