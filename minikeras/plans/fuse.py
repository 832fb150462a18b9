"""Fusion: several instructions that one loop can do at once become one.

A dense layer is traced as a product, a sum and a relu: three passes over memory, two of them for what a register could
hold. The patterns below find such groups. They look at the trace alone:

    Matmul, Add, Relu                                        dense + bias + relu
    Conv, Add, Relu                                          convolution + bias + relu
    Standardize, Relu                                        batch normalization + relu
    gradients of Add, Matmul and of the Relu that made x     gradient of dense and of the relu below
    gradients of MaxPool, Relu, Add                          gradient of max-pool, relu and bias

A group is sound if nobody else reads what only its inside needs to know. A `Fused` instruction still has its parts: it
runs them one after the other unless `lower.py` knows better.
"""

from minikeras.autodiff.arithmetic import Add, Multiply, Subtract
from minikeras.autodiff.matrix_product import Matmul
from minikeras.ops.activation import Relu
from minikeras.ops.convolution import Conv
from minikeras.ops.normalization import Standardize
from minikeras.ops.pooling import MaxPool
from minikeras.ops.powers import Rsqrt
from minikeras.plans.instructions import Compute, Effect, Gradient, Instruction, Read


class Fused(Instruction):
    """Instructions that belong together.

    Attributes:
        name: of the pattern.
        parts: the instructions, in order.
        roles: {name: slot} of the arrays that matter; what is inside only is not among them.
        settings: what else the pattern found out.
    """

    def __init__(self, name, parts, roles, **settings):
        self.name = name
        self.parts = parts
        self.roles = {role: slot for role, slot in roles.items() if slot is not None}
        self.settings = settings
        inside = {i for part in parts for i in part.writes}
        self.reads = tuple(dict.fromkeys(i for part in parts for i in part.reads if i not in inside))
        named = set(self.roles.values())
        self.writes = tuple(i for part in parts for i in part.writes if i is not None and i in named)

    def run(self, values):
        for part in self.parts:
            part.run(values)

    @property
    def title(self):
        return self.name


class Graph:
    """Who writes and who reads each slot.

    Args:
        instructions: in order.
        kept: slots that are wanted after the step.
    """

    def __init__(self, instructions, kept):
        self.instructions = instructions
        self.kept = set(kept)
        self.readers = {}
        self.writer = {}
        for position, instruction in enumerate(instructions):
            for i in instruction.reads:
                self.readers.setdefault(i, []).append(position)
            for i in instruction.writes:
                self.writer[i] = position

    def only_reader(self, slot):
        """The position of the only instruction that reads a slot, None if there are several or none."""
        readers = self.readers.get(slot, ())
        return readers[0] if len(readers) == 1 and slot not in self.kept else None

    def only_reader_is(self, slot, kind, op):
        """The only reader, if it is a `kind` of instruction for an `op`."""
        position = self.only_reader(slot)
        return position if position is not None and self.is_a(position, kind, op) else None

    def written_by(self, slot, kind, op):
        """The writer of a slot, if it is a `kind` of instruction for an `op`."""
        position = self.writer.get(slot)
        return position if position is not None and self.is_a(position, kind, op) else None

    def is_a(self, position, kind, op):
        """Whether the instruction there is of a kind and for an op of exactly this class."""
        instruction = self.instructions[position]
        return type(instruction) is kind and type(instruction.op) is op


def fuse(instructions, slots, kept):
    """The instructions with groups in place of their first or last parts."""
    instructions = reads_first(instructions)
    graph = Graph(instructions, kept)
    taken, groups = set(), {}
    for position in range(len(instructions)):
        for pattern in PATTERNS:
            found = pattern(graph, position, slots) if position not in taken else None
            place = _place(graph, *found) if found is not None and taken.isdisjoint(found[0]) else None
            if place is not None:
                taken.update(found[0])
                groups[place] = found[1]
                break
    return [groups.get(i, instruction) for i, instruction in enumerate(instructions) if i in groups or i not in taken]


def reads_first(instructions):
    """Every `Read` moved up to the start, or to behind the last effect before it: what it reads is the same there."""
    ordered, stretch = [], []
    for instruction in instructions:
        if isinstance(instruction, Effect):
            ordered += [*stretch, instruction]
            stretch = []
        elif isinstance(instruction, Read):
            count = sum(isinstance(other, Read) for other in stretch)
            stretch.insert(count, instruction)
        else:
            stretch.append(instruction)
    return ordered + stretch


def _place(graph, positions, fused):
    """Where a group can run: at its first part if all it reads is there by then, else at its last. None: nowhere.

    Nobody outside may read what is inside, nor a result before it is there.
    """
    first, last = min(positions), max(positions)
    if all(graph.writer.get(i, -1) < first for i in fused.reads):
        last = first
    results = set(fused.writes)
    for part in fused.parts:
        for slot in part.writes:
            outside = [reader for reader in graph.readers.get(slot, ()) if reader not in positions]
            if slot in results:
                if outside and min(outside) < last:
                    return None
            elif slot is not None and (outside or slot in graph.kept):
                return None
    return last


# --- patterns: (graph, position, slots) -> (positions, Fused) or None ------------------------------------------------


def dense(graph, position, slots):
    """Matmul, Add and perhaps Relu: y = relu(x · kernel + bias)."""
    if not graph.is_a(position, Compute, Matmul):
        return None
    x, kernel = graph.instructions[position].reads
    if len(slots[kernel].shape) != 2 or len(slots[x].shape) < 2:
        return None
    return _with_bias_and_relu(graph, position, slots, "dense")


def convolution(graph, position, slots):
    """Conv, Add and perhaps Relu."""
    if not graph.is_a(position, Compute, Conv):
        return None
    return _with_bias_and_relu(graph, position, slots, "convolution")


def _with_bias_and_relu(graph, position, slots, name):
    product = graph.instructions[position]
    (x, kernel), y, bias, relu = product.reads, product.writes[0], None, False
    positions = [position]
    added = graph.only_reader_is(y, Compute, Add)
    if added is not None and _adds_bias(graph.instructions[added], y, slots):
        bias, y, name = graph.instructions[added].reads[1], graph.instructions[added].writes[0], f"{name} + bias"
        positions.append(added)
    activated = graph.only_reader_is(y, Compute, Relu)
    if activated is not None:
        relu, y, name = True, graph.instructions[activated].writes[0], f"{name} + relu"
        positions.append(activated)
    parts = [graph.instructions[i] for i in positions]
    roles = {"x": x, "kernel": kernel, "bias": bias, "y": y}
    return positions, Fused(name, parts, roles, relu=relu, op=product.op)


def _adds_bias(instruction, product, slots):
    first, second = instruction.reads
    return first == product and slots[second].shape == slots[product].shape[-1:]


def dense_gradient(graph, position, slots):
    """The gradients of Add and Matmul, and of the Relu that made x: dkernel, dbias and dx of a dense layer."""
    if not graph.is_a(position, Gradient, Matmul):
        return None
    instruction = graph.instructions[position]
    (x, kernel), (dy,), (dx, dkernel) = instruction.inputs, instruction.dys, instruction.writes
    if dkernel is None or len(slots[kernel].shape) != 2 or len(slots[x].shape) < 2:
        return None
    positions, dbias, name, masked = [position], None, "gradient of dense", False
    added = bias_gradient(graph, dy, slots)
    if added is not None:
        dbias = graph.instructions[added].writes[1]
        positions.insert(0, added)
    below = graph.only_reader_is(dx, Gradient, Relu) if dx is not None else None
    if below is not None and graph.instructions[below].outputs == (x,):
        dx, name, masked = graph.instructions[below].writes[0], f"{name} and of the relu below", True
        positions.append(below)
    parts = [graph.instructions[i] for i in sorted(positions)]
    roles = {"x": x, "kernel": kernel, "dy": dy, "dx": dx, "dkernel": dkernel, "dbias": dbias}
    return positions, Fused(name, parts, roles, masked=masked)


def bias_gradient(graph, dy, slots):
    """The position of the gradient of an Add that only sums dy to a bias's gradient; None if there is none."""
    for reader in graph.readers.get(dy, ()):
        if graph.is_a(reader, Gradient, Add):
            first, second = graph.instructions[reader].writes
            if first is None and second is not None and slots[second].shape == slots[dy].shape[-1:]:
                return reader
    return None


def max_pool_gradient(graph, position, slots):
    """The gradients of MaxPool, of the Relu before it, and of a bias before that."""
    if not graph.is_a(position, Gradient, MaxPool):
        return None
    pool = graph.instructions[position]
    (_, argmax), (dy, _), (through_pool,) = pool.outputs, pool.dys, pool.writes
    masked = graph.only_reader_is(through_pool, Gradient, Relu)
    forward = graph.instructions[graph.writer[argmax]] if argmax in graph.writer else None
    if masked is None or dy is None or forward is None or graph.instructions[masked].outputs != forward.reads:
        return None
    positions, dx, dbias = [position, masked], graph.instructions[masked].writes[0], None
    name = "gradient of max-pool and relu"
    added = bias_gradient(graph, dx, slots)
    if added is not None:
        positions.append(added)
        dbias, name = graph.instructions[added].writes[1], "gradient of max-pool, relu and bias"
    roles = {"dy": dy, "y": forward.writes[0], "argmax": argmax, "dx": dx, "dbias": dbias}
    return positions, Fused(name, [graph.instructions[i] for i in sorted(positions)], roles, op=pool.op)


def relu_and_bias_gradient(graph, position, slots):
    """The gradients of Relu and of the bias before it: a mask and a sum."""
    if not graph.is_a(position, Gradient, Relu):
        return None
    masked = graph.instructions[position]
    (y,), (dy,), (dx,) = masked.outputs, masked.dys, masked.writes
    added = bias_gradient(graph, dx, slots)
    if added is None:
        return None
    roles = {"dy": dy, "y": y, "dx": dx, "dbias": graph.instructions[added].writes[1]}
    return [position, added], Fused("gradient of relu and bias", [masked, graph.instructions[added]], roles)


def normalization(graph, position, slots):
    """Standardize and Relu."""
    if not graph.is_a(position, Compute, Standardize):
        return None
    part = graph.instructions[position]
    activated = graph.only_reader_is(part.writes[0], Compute, Relu)
    if activated is None:
        return None
    x, scale, offset = part.reads
    _, mean, variance = part.writes
    y = graph.instructions[activated].writes[0]
    roles = {"x": x, "scale": scale, "offset": offset, "y": y, "mean": mean, "variance": variance}
    return [position, activated], Fused("batch normalization + relu", [part, graph.instructions[activated]], roles)


def normalization_gradient(graph, position, slots):
    """The gradients of Relu and Standardize."""
    if not graph.is_a(position, Gradient, Relu):
        return None
    masked = graph.instructions[position]
    behind = graph.only_reader_is(masked.writes[0], Gradient, Standardize)
    if behind is None:
        return None
    part = graph.instructions[behind]
    dx, dscale, doffset = part.writes
    roles = {"dy": masked.dys[0], "relu_y": masked.outputs[0], "dx": dx, "dscale": dscale, "doffset": doffset}
    return [position, behind], Fused("gradient of relu and batch normalization", [masked, part], roles)


def normalization_in_inference(graph, position, slots):
    """(x − mean) · scale / √(variance + ε) + offset with given statistics, as `ops.batch_normalization` computes it."""
    found = scale_and_shift(graph, position, slots)
    if found is None:
        return None
    positions, group = found
    scaled = graph.written_by(group.roles["scale"], Compute, Multiply)
    shifted = graph.written_by(group.roles["shift"], Compute, Subtract)
    if scaled is None or shifted is None:
        return None
    root, gamma = graph.instructions[scaled].reads
    beta, moved = graph.instructions[shifted].reads
    inverse = graph.written_by(root, Compute, Rsqrt)
    product = graph.written_by(moved, Compute, Multiply)
    if inverse is None or product is None or graph.instructions[product].reads[1] != group.roles["scale"]:
        return None
    added = graph.written_by(graph.instructions[inverse].reads[0], Compute, Add)
    if added is None or slots[graph.instructions[added].reads[1]].kind != "constant":
        return None
    variance, epsilon = graph.instructions[added].reads
    mean = graph.instructions[product].reads[0]
    roles = {"x": group.roles["x"], "mean": mean, "variance": variance, "gamma": gamma, "beta": beta}
    if any(slots[i].shape != slots[roles["x"]].shape[-1:] for role, i in roles.items() if role != "x"):
        return None
    positions = [added, inverse, scaled, product, shifted, *positions]
    parts = [graph.instructions[i] for i in sorted(positions)]
    name = "batch normalization in inference" + (" + relu" if group.settings["relu"] else "")
    settings = {"relu": group.settings["relu"], "epsilon": float(slots[epsilon].origin)}
    return positions, Fused(name, parts, {**roles, "y": group.roles["y"]}, **settings)


def scale_and_shift(graph, position, slots):
    """Multiply and Add with vectors along the last axis, and perhaps Relu."""
    if not graph.is_a(position, Compute, Multiply):
        return None
    (x, scale), product = graph.instructions[position].reads, graph.instructions[position].writes[0]
    added = graph.only_reader_is(product, Compute, Add)
    if added is None or len(slots[x].shape) < 2 or slots[scale].shape != slots[x].shape[-1:]:
        return None
    if not _adds_bias(graph.instructions[added], product, slots):
        return None
    shift, y = graph.instructions[added].reads[1], graph.instructions[added].writes[0]
    positions, relu, name = [position, added], False, "scale + shift"
    activated = graph.only_reader_is(y, Compute, Relu)
    if activated is not None:
        positions.append(activated)
        relu, y, name = True, graph.instructions[activated].writes[0], "scale + shift + relu"
    parts = [graph.instructions[i] for i in positions]
    return positions, Fused(name, parts, {"x": x, "scale": scale, "shift": shift, "y": y}, relu=relu)


def add_and_relu(graph, position, slots):
    """Add of two arrays and Relu, as at the end of a residual block."""
    if not graph.is_a(position, Compute, Add):
        return None
    part = graph.instructions[position]
    activated = graph.only_reader_is(part.writes[0], Compute, Relu)
    if activated is None or slots[part.reads[0]].shape != slots[part.reads[1]].shape:
        return None
    roles = {"a": part.reads[0], "b": part.reads[1], "y": graph.instructions[activated].writes[0]}
    return [position, activated], Fused("add + relu", [part, graph.instructions[activated]], roles)


PATTERNS = [
    dense,
    convolution,
    normalization,
    normalization_in_inference,
    scale_and_shift,
    add_and_relu,
    dense_gradient,
    max_pool_gradient,
    normalization_gradient,
    relu_and_bias_gradient,
]
