"""SIMD: vectors of 16 float32 values and operations on them, emitted as LLVM instructions.

LLVM vectorises loops where it can, and most kernels rely on that. But it cannot keep a block of a matrix in registers,
which makes matrix products and convolutions fast. Such kernels emit their instructions themselves, with `Vectors`:

    v = Vectors(builder)                    # `builder` is an LLVM IR builder inside a function
    total = v.variable(v.zero())
    with v.loop(count) as k:                # for k in range(count):
        x = v.load(x_address, k * 16)       #     x = 16 elements
        total.set(v.fma(x, x, total.get())) #     total += x · x
    v.store(total.get(), y_address)

Python runs at compile time (`for row in range(4)` emits the instructions of four rows, one after the other); the
instructions run later. Addresses are integers; offsets count float32 values. LLVM splits a vector of 16 lanes into the
processor's registers: one of AVX-512, two of AVX2, four of ARM's NEON.
"""

from contextlib import contextmanager

from minikeras.kernels.machine.llvm import FLOAT32, INTEGER, ir
from minikeras.kernels.processor import VECTOR_LANES as LANES

VECTOR = ir.VectorType(FLOAT32, LANES)
MASK = ir.VectorType(ir.IntType(1), LANES)
_LANE_INDICES = ir.VectorType(ir.IntType(32), LANES)
_FLOAT_BYTES = 4


class Vectors:
    """Emits vector instructions at the position of `builder`."""

    def __init__(self, builder):
        self.builder = builder

    # --- values -----------------------------------------------------------------------------------------------

    def integer(self, value):
        """A 64-bit integer known at compile time."""
        return ir.Constant(INTEGER, value)

    def constant(self, value):
        """A constant in all lanes, known at compile time."""
        return ir.Constant(VECTOR, [float(value)] * LANES)

    def zero(self):
        """Zero in all lanes."""
        return self.constant(0)

    def splat(self, number):
        """One scalar in all lanes."""
        first = self.builder.insert_element(ir.Constant(VECTOR, ir.Undefined), number, ir.Constant(ir.IntType(32), 0))
        return self.builder.shuffle_vector(first, ir.Constant(VECTOR, ir.Undefined), ir.Constant(_LANE_INDICES, 0))

    def first_lanes(self, count):
        """A mask that is true in the first `count` lanes."""
        lanes = ir.Constant(_LANE_INDICES, list(range(LANES)))
        narrow = self.builder.trunc(count, ir.IntType(32))
        start = self.builder.insert_element(
            ir.Constant(_LANE_INDICES, ir.Undefined), narrow, ir.Constant(ir.IntType(32), 0)
        )
        counts = self.builder.shuffle_vector(
            start, ir.Constant(_LANE_INDICES, ir.Undefined), ir.Constant(_LANE_INDICES, 0)
        )
        return self.builder.icmp_signed("<", lanes, counts)

    def hidden(self, value):
        """The same integer, whose computation is opaque to LLVM."""
        return self.builder.asm(ir.FunctionType(value.type, [value.type]), "", "=r,0", [value], False)

    # --- memory -----------------------------------------------------------------------------------------------

    def address(self, base, offset):
        """The address `offset` elements after `base`; both are integers."""
        if isinstance(offset, int):
            return self.builder.add(base, self.integer(offset * _FLOAT_BYTES)) if offset else base
        return self.builder.add(base, self.builder.shl(offset, self.integer(2)))

    def load_scalar(self, address):
        """The scalar at an address."""
        return self.builder.load(self._pointer(address, FLOAT32))

    def load(self, address, offset=0, mask=None):
        """16 elements; where `mask` is false the lane is 0 and memory is not read."""
        pointer = self._pointer(self.address(address, offset), VECTOR)
        if mask is not None:
            alignment = ir.Constant(ir.IntType(32), _FLOAT_BYTES)
            return self.intrinsic("llvm.masked.load.v16f32.p0", VECTOR, pointer, alignment, mask, self.zero())
        vector = self.builder.load(pointer)
        vector.align = _FLOAT_BYTES
        return vector

    def store(self, vector, address, offset=0, mask=None):
        """Store 16 elements; where `mask` is false memory is unchanged."""
        pointer = self._pointer(self.address(address, offset), VECTOR)
        if mask is not None:
            alignment = ir.Constant(ir.IntType(32), _FLOAT_BYTES)
            self.intrinsic("llvm.masked.store.v16f32.p0", ir.VoidType(), vector, pointer, alignment, mask)
        else:
            self.builder.store(vector, pointer).align = _FLOAT_BYTES

    def prefetch(self, address, offset=0, level=1, writes=False):
        """Fetch the cache line with an element into a level of the caches, 1 to 3; any address may be given."""
        place = self.builder.inttoptr(self.address(address, offset), ir.IntType(8).as_pointer())
        access, locality, data = (ir.Constant(ir.IntType(32), number) for number in (int(writes), 4 - level, 1))
        self.intrinsic("llvm.prefetch.p0", ir.VoidType(), place, access, locality, data)

    def stream(self, vector, address):
        """Store 16 elements bypassing the caches, aligned to a cache line, if they are not read soon."""
        store = self.builder.store(vector, self._pointer(address, VECTOR))
        store.align = _FLOAT_BYTES * LANES
        store.set_metadata("nontemporal", self.builder.module.add_metadata([ir.Constant(ir.IntType(32), 1)]))

    # --- arithmetic ---------------------------------------------------------------------------------------------

    def add(self, a, b):
        return self.builder.fadd(a, b)

    def subtract(self, a, b):
        return self.builder.fsub(a, b)

    def multiply(self, a, b):
        return self.builder.fmul(a, b)

    def fma(self, a, b, c):
        """a · b + c: rounded once if the processor has FMA, twice if not."""
        return self.intrinsic("llvm.fmuladd.v16f32", VECTOR, a, b, c)

    def maximum(self, a, b):
        """The larger in each lane; NaN if either is NaN."""
        return self.builder.select(self.builder.fcmp_unordered(">", a, b), a, b)

    def greater(self, a, b):
        """The larger in each lane; b if either is NaN."""
        return self.builder.select(self.builder.fcmp_ordered(">", a, b), a, b)

    def across(self, join, vector):
        """All lanes reduced, as by `add`, in each lane: with the lane 8 positions on, then 4, 2, 1."""
        for step in (8, 4, 2, 1):
            positions = ir.Constant(_LANE_INDICES, [lane ^ step for lane in range(LANES)])
            vector = join(vector, self.builder.shuffle_vector(vector, vector, positions))
        return vector

    def interleave(self, a, b, width):
        """(a₀ b₀ a₂ b₂ …, a₁ b₁ a₃ b₃ …) of the runs of `width` lanes in a and b: one step of a transposition."""
        lanes = range(LANES)
        low = [lane if lane // width % 2 == 0 else LANES + lane - width for lane in lanes]
        high = [lane + width if lane // width % 2 == 0 else LANES + lane for lane in lanes]
        choose = self.builder.shuffle_vector
        return choose(a, b, ir.Constant(_LANE_INDICES, low)), choose(a, b, ir.Constant(_LANE_INDICES, high))

    # --- control --------------------------------------------------------------------------------------------------

    def variable(self, value):
        """A `Variable` that starts with a value. LLVM keeps it in a register as long as one is free."""
        return Variable(self.builder, value)

    @contextmanager
    def loop(self, count):
        """`for k in range(count)`: the body of the `with` is the loop's; yields k."""
        builder = self.builder
        index = self.variable(self.integer(0))
        test, body, done = (builder.append_basic_block(name) for name in ("test", "body", "done"))
        builder.branch(test)
        builder.position_at_end(test)
        k = index.get()
        builder.cbranch(builder.icmp_signed("<", k, count), body, done)
        builder.position_at_end(body)
        yield k
        index.set(builder.add(k, self.integer(1)))
        builder.branch(test)
        builder.position_at_end(done)

    def each(self, count, write, together=1):
        """`write(offset, mask)` for each 16 of `count` elements; `mask` is None except for the remainder.

        The loop processes `together` vectors per iteration.
        """
        builder = self.builder
        turns = builder.udiv(count, self.integer(together * LANES))
        with self.loop(turns) as turn:
            start = builder.mul(turn, self.integer(together * LANES))
            for i in range(together):
                write(builder.add(start, self.integer(i * LANES)), None)
        done = builder.mul(turns, self.integer(together * LANES))
        left = builder.sub(count, done)
        with self.loop(builder.udiv(builder.add(left, self.integer(LANES - 1)), self.integer(LANES))) as turn:
            start = builder.mul(turn, self.integer(LANES))
            write(builder.add(done, start), self.first_lanes(builder.sub(left, start)))

    @contextmanager
    def groups(self, channels, masked):
        """The body of the `with` once for each group of 16 channels, or once for fewer than 16; yields the offset."""
        if masked:
            yield self.integer(0)
        else:
            with self.loop(self.builder.lshr(channels, self.integer(4))) as group:
                yield self.builder.shl(group, self.integer(4))

    def _pointer(self, address, kind):
        return self.builder.inttoptr(address, kind.as_pointer())

    def intrinsic(self, name, result, *arguments):
        """A call of an LLVM intrinsic."""
        kinds = [argument.type for argument in arguments]
        module = self.builder.module
        function = module.globals.get(name) or ir.Function(module, ir.FunctionType(result, kinds), name)
        return self.builder.call(function, arguments)


class Variable:
    """A value that instructions may replace, such as a running sum."""

    def __init__(self, builder, value):
        self.builder = builder
        with builder.goto_entry_block():
            self.place = builder.alloca(value.type)
        self.set(value)

    def get(self):
        return self.builder.load(self.place)

    def set(self, value):
        self.builder.store(value, self.place)
