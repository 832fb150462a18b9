"""Concatenations of channels and upsampled images that need no copy: Winograd's convolutions read and write the two
parts, and the image before upsampling.

    Repeat, Repeat, Concatenate(a, b), Conv, Add, Relu        convolution of two parts, one upsampled
    gradients of Conv and its bias, Concatenate, Repeat (2)   gradient of convolution of two parts, one upsampled

They occur in a U-Net, whose skip connections join images of the encoder and the decoder; each of the two kinds of copy
may occur alone. Both groups contain the copying instructions as parts, which run if the group has no lowering. A
training step of a U-Net of 32×32 is 1.06 times as fast without concatenated copies (two threads of an Ice Lake), and
1.09 times as fast again without upsampled ones (of an Emerald Rapids).
"""

from typing import NamedTuple

import numpy as np

from minikeras.kernels.blocks import LANES
from minikeras.kernels.convolution import algorithms
from minikeras.kernels.convolution.winograd import can_be_upsampled
from minikeras.kernels.products import PANEL
from minikeras.ops.convolution import Conv
from minikeras.ops.joining import Concatenate
from minikeras.ops.shaping import Repeat
from minikeras.plans.graph import Fused, Graph
from minikeras.plans.instructions import Compute, Gradient


class Copied(NamedTuple):
    """An image that is a copy of others.

    Attributes:
        image: its buffer.
        positions: of the instructions that make it, in order.
        first, second: the buffers that it is made from; `second` is None if they are not joined.
        upsampled: whether each pixel of the first stands for 2×2.
    """

    image: int
    positions: tuple
    first: int
    second: int | None
    upsampled: bool

    @property
    def name(self):
        if self.second is None:
            return "an upsampled image"
        return "two parts, one upsampled" if self.upsampled else "two parts"


def without_copies(instructions, buffers, kept):
    """Replace each copied image whose readers all can read its sources, together with these readers, by groups."""
    graph = Graph(instructions, kept)
    replaced = {}  # position -> its group, or None for an instruction that became part of another
    for find in (_upsampled_and_joined, _joined, _upsampled):  # the most copies first
        for position in range(len(instructions)):
            copied = find(graph, position, buffers) if position not in replaced else None
            if copied is None or copied.image in graph.kept or any(i in replaced for i in copied.positions):
                continue
            found = [_group(graph, copied, reader, buffers) for reader in graph.readers.get(copied.image, ())]
            if found and None not in found:
                replaced |= dict.fromkeys(copied.positions)
                for groups in found:
                    replaced |= groups
    groups = [replaced.get(position, instruction) for position, instruction in enumerate(instructions)]
    return [group for group in groups if group is not None]


def _joined(graph, position, buffers):
    """Two float32 images joined by channels, the first of them by whole panels of Winograd's products."""
    if not graph.is_a(position, Compute, Concatenate):
        return None
    joined = graph.instructions[position]
    parts, y = joined.reads, joined.writes[0]
    if (
        len(set(parts)) == len(parts) == 2
        and len(buffers[y].shape) == 4
        and joined.op.axis % 4 == 3
        and all(buffers[i].dtype == np.float32 for i in parts)
        and buffers[parts[0]].shape[3] % PANEL == buffers[parts[1]].shape[3] % LANES == 0
    ):
        return Copied(y, (position,), *parts, upsampled=False)
    return None


def _upsampled(graph, position, buffers):
    """A float32 image whose rows, and then columns, are repeated twice."""
    if not _repeats(graph, position, 2):
        return None
    columns = graph.instructions[position]
    lines = graph.written_by(columns.reads[0], Compute, Repeat)
    if lines is None or not _repeats(graph, lines, 1) or graph.only_reader(columns.reads[0]) != position:
        return None
    x = graph.instructions[lines].reads[0]
    if len(buffers[x].shape) != 4 or buffers[x].dtype != np.float32:
        return None
    return Copied(columns.writes[0], (lines, position), x, None, upsampled=True)


def _upsampled_and_joined(graph, position, buffers):
    """An upsampled image, concatenated with another."""
    joined = _joined(graph, position, buffers)
    columns = None if joined is None else graph.written_by(joined.first, Compute, Repeat)
    upsampled = None if columns is None else _upsampled(graph, columns, buffers)
    if upsampled is None or graph.only_reader(joined.first) != position:
        return None
    return joined._replace(positions=(*upsampled.positions, position), first=upsampled.first, upsampled=True)


def _repeats(graph, position, axis):
    if not graph.is_a(position, Compute, Repeat):
        return False
    op = graph.instructions[position].op
    return op.repeats == 2 and op.axis == axis


def _group(graph, copied, reader, buffers):
    """{position: group or None} that replaces an instruction which reads a copied image; None if it cannot."""
    instruction, x = graph.instructions[reader], copied.image
    parts = instruction.parts if isinstance(instruction, Fused) else (instruction,)
    conv = next((part for part in parts if isinstance(getattr(part, "op", None), Conv)), None)
    settings = instruction.settings if isinstance(instruction, Fused) else {}
    roles = dict(instruction.roles) if isinstance(instruction, Fused) else {}
    if conv is None or instruction.reads.count(x) != 1:
        return None
    made_by = [graph.instructions[i] for i in copied.positions]
    own, settings = {"first": copied.first, "second": copied.second}, {**settings, "op": conv.op}
    if isinstance(conv, Compute) and conv.reads[0] == x and instruction.writes == (roles.get("y"),):
        own |= {role: roles.get(role) for role in ("kernel", "bias", "y")}
        if set(roles) - {"x", *own} or not _takes_winograd(conv.op, buffers, copied, own["kernel"], own["y"], False):
            return None
        name = f"convolution of {copied.name}"
        return {reader: Fused(name, [*made_by, *parts], own, upsampled=copied.upsampled, **settings)}
    if not isinstance(conv, Gradient) or conv.inputs[0] != x:
        return None
    (_, kernel), (dy,), (dx, dkernel) = conv.inputs, conv.dys, conv.writes
    if dkernel is None or not _takes_winograd(conv.op, buffers, copied, kernel, dy, True):
        return None
    found = _gradients_of_copies(graph, copied, dx)
    if found is None:
        return None
    positions, own["dfirst"], own["dsecond"] = found
    own |= {"kernel": kernel, "dy": dy, "dkernel": dkernel, "dbias": roles.get("dbias")}
    group = [*made_by, *parts, *[graph.instructions[i] for i in positions]]
    name = f"gradient of convolution of {copied.name}"
    return {reader: Fused(name, group, own, upsampled=copied.upsampled, op=conv.op), **dict.fromkeys(positions)}


def _gradients_of_copies(graph, copied, dx):
    """(positions of the gradients of a copy, the gradients of its first and second image); None if others read dx."""
    positions, first, second = [], dx, None
    if copied.second is not None:
        split = None if dx is None else graph.only_reader_is(dx, Gradient, Concatenate)
        if split is None:
            return None
        positions, (first, second) = [split], graph.instructions[split].writes
        if first is None or second is None:
            return None
    for _ in range(2 if copied.upsampled and first is not None else 0):
        repeated = graph.only_reader_is(first, Gradient, Repeat)
        if repeated is None:
            return None
        positions, first = [*positions, repeated], graph.instructions[repeated].writes[0]
    return positions, first, second


def _takes_winograd(op, buffers, copied, kernel, y, is_gradient):
    """Whether a convolution of these shapes, or both of its gradients, are computed by Winograd's method."""
    x = copied.image
    if algorithms.wants_reference() or any(buffers[i].dtype != np.float32 for i in (x, kernel, y)):
        return False
    (batch, *sizes, channels), (*window, in_channels, _) = buffers[x].shape, buffers[kernel].shape
    strides, pads, dilation = op.geometry(tuple(sizes), tuple(window))
    rest = buffers[kernel].shape, strides, dilation
    if channels != in_channels or (copied.upsampled and not can_be_upsampled(window, pads)):
        return False
    if not is_gradient:
        return algorithms.takes_winograd(batch, buffers[y].shape[1:-1], *rest)
    outputs = tuple(sizes), buffers[y].shape[1:-1]
    return all(algorithms.takes_winograd_for_gradient(batch, size, *rest) for size in outputs)
