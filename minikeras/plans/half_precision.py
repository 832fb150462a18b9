"""bfloat16 and float16 in plans: float32 arrays whose values are representable in these dtypes.

Compiled code exists for float32 only. The tape, too, computes bfloat16 ops in float32 and rounds their results
(`autodiff/widening.py`). So a plan keeps the wide array and rounds it instead of casting it:

    h ← Matmul(x, w)       bfloat16, bfloat16 → bfloat16      on the tape
    t ← Matmul(x, w)       float32, float32 → float32         in a plan, with jobs
    h ← Rounded(t)

bfloat16 input (a part of a batch, a Variable) is cast once; effects and the caller get arrays in the dtype that they
would get from the tape. Results equal the tape's. float16 is treated alike in compiled plans, except that the tape
rounds after each NumPy function inside an op, and a plan once at the end of the op.
"""

from copy import copy

import numpy as np

from minikeras.autodiff.operation import Op
from minikeras.autodiff.widening import as_float32
from minikeras.ops.half_precision import HALF, casting_to, rounding_to
from minikeras.plans.instructions import Buffer, Compute, Effect, Gradient, Pure
from minikeras.plans.simplify import Alias
from minikeras.plans.trace import Untraceable


def in_float32(instructions, buffers, kept, compiled):
    """Compute every half-precision op in float32. Adds buffers.

    Args:
        instructions, buffers: of a trace.
        kept: buffers that are read after the step.
        compiled: whether there will be jobs; else float16 stays, for which NumPy has functions.

    Raises:
        Untraceable: an op has half precision as its setting.
    """
    dtypes = HALF if compiled else HALF - {"float16"}
    if not any(buffer.dtype is not None and buffer.dtype.name in dtypes for buffer in buffers):
        return instructions
    widening = _Widening(buffers)
    for instruction in instructions:
        widening.add(instruction)
    widening.deliver(kept)
    return widening.instructions


class _Widening:
    """The instructions so far, and which float32 buffer has the values of each buffer of half precision."""

    def __init__(self, buffers):
        self.buffers = buffers
        self.instructions = []
        self.wide = {}  # buffer of half precision -> float32 buffer
        self.holds = {}  # float32 buffer -> the dtype of half precision whose values it is known to hold
        self.present = set()  # buffers of half precision that an instruction writes in that dtype

    def add(self, instruction):
        """Add an instruction in float32."""
        if isinstance(instruction, Effect):
            self.deliver(instruction.reads)
            self._add_as_is(instruction)
        elif type(instruction) is Pure and instruction.function is as_float32:
            self._add_alias(instruction)
        elif (dtype := _cast_to(instruction)) is not None:
            self._add_cast(instruction, dtype)
        elif type(instruction) in (Compute, Gradient, Pure) and self._concerns(instruction):
            self._add_computation(instruction)
        else:
            self._add_as_is(instruction)

    def _add_as_is(self, instruction):
        self.instructions.append(instruction)
        self.present.update(instruction.writes)

    def _add_alias(self, instruction):
        (read,), (write,) = instruction.reads, instruction.writes
        self.instructions.append(Alias(self.wide_of(read), write))
        self.holds[write] = self.buffers[read].dtype.name

    def _add_cast(self, instruction, dtype):
        """To half precision: a rounding. From it to float32: the array itself."""
        (read,), (write,) = instruction.reads, instruction.writes
        if dtype not in HALF:
            if dtype == "float32" and _is_half(self.buffers[read]):
                self._add_alias(instruction)
            else:
                self._add_computation(instruction)
        elif _is_half(self.buffers[read]) or self.buffers[read].dtype == np.float32:
            self.wide[write] = self._rounded(self.wide_of(read), dtype)
        else:
            self._add_as_is(instruction)  # of integers

    def _add_computation(self, instruction):
        op = getattr(instruction, "op", None)
        if getattr(op, "dtype", None) in HALF:
            raise Untraceable(f"the op {type(op).__name__} has dtype={op.dtype!r} as its setting")
        targets = {i: self._new(i) for i in instruction.writes if i is not None and _is_half(self.buffers[i])}
        self.instructions.append(_moved(instruction, self.wide_of, targets))
        for write, target in targets.items():
            dtype = self.buffers[write].dtype.name
            if _is_exact(instruction):
                self.holds[target] = dtype
            self.wide[write] = self._rounded(target, dtype)

    def wide_of(self, buffer):
        """The float32 buffer for one of half precision, cast if there is none yet; another buffer itself."""
        if buffer is None or not _is_half(self.buffers[buffer]):
            return buffer
        if buffer not in self.wide:
            value, new = self.buffers[buffer].value, self._new(buffer)
            self.wide[buffer], self.holds[new] = new, self.buffers[buffer].dtype.name
            if value is None:
                self.instructions.append(Compute(casting_to("float32"), (buffer,), (new,)))
            else:
                self.buffers[new].kind, self.buffers[new].origin = "constant", value.astype(np.float32)
        return self.wide[buffer]

    def deliver(self, wanted):
        """Cast to half precision the buffers that are read in that dtype."""
        for buffer in wanted:
            if buffer in self.wide and buffer not in self.present and self.buffers[buffer].kind == "result":
                dtype = self.buffers[buffer].dtype.name
                self.instructions.append(Compute(casting_to(dtype), (self.wide[buffer],), (buffer,)))
                self.present.add(buffer)

    def _rounded(self, buffer, dtype):
        """A buffer with the rounded values of a float32 buffer: itself if it holds such values."""
        if self.holds.get(buffer) == dtype:
            return buffer
        new = self._new(buffer)
        self.holds[new] = dtype
        self.instructions.append(Compute(rounding_to(dtype), (buffer,), (new,)))
        return new

    def _new(self, like):
        """A new float32 buffer of the same shape as another."""
        buffer = Buffer(len(self.buffers), "result", None)
        buffer.shape, buffer.dtype = self.buffers[like].shape, np.dtype(np.float32)
        self.buffers.append(buffer)
        return buffer.index

    def _concerns(self, instruction):
        return any(i is not None and _is_half(self.buffers[i]) for i in (*instruction.reads, *instruction.writes))


def _is_half(buffer):
    return buffer.dtype is not None and buffer.dtype.name in HALF


def _is_exact(instruction):
    """Whether the results of an instruction on values of half precision are such values, without rounding."""
    op = getattr(instruction, "op", None)
    if type(instruction) is Compute:
        return op.moves_elements or op.keeps_elements or op.chooses_elements
    return type(instruction) is Gradient and (
        op.keeps_elements or (op.chooses_elements and len(instruction.writes) == 1)
    )


def _cast_to(instruction):
    """The dtype to which an instruction casts its only input; None for others."""
    if type(instruction) is Compute:
        return instruction.op.casts_to
    owner = getattr(instruction.function, "__self__", None) if type(instruction) is Pure else None
    return owner.casts_to if isinstance(owner, Op) else None


def _moved(instruction, source, targets):
    """An instruction that reads `source(buffer)` in place of each buffer, and writes those in `targets`."""
    moved = copy(instruction)
    moved.reads = tuple(map(source, instruction.reads))
    moved.writes = tuple([targets.get(i, i) for i in instruction.writes])
    if type(instruction) is Gradient:
        moved.call = copy(instruction.call)
        for word in ("inputs", "outputs", "dys"):
            buffers = getattr(instruction, word)
            setattr(moved, word, None if buffers is None else tuple(map(source, buffers)))
    return moved
