"""The micro-kernel: a block of a matrix product that stays in vector registers from its first to its last term.

    C[i, :] = max(floor, start[i, :] + Σ_o Σ_k A[i, o, k] · B[o, k, :])

Each step k takes one row of B (16, 32 or 48 elements, one to three registers) and one element of each row of A, and
adds their products to all accumulators. So with n registers n loads and `rows` broadcasts feed n · rows vector
operations, and nothing is stored until the end, which keeps the processor busy. 114 GFLOP/s on one core of an AMD Zen
4, where OpenBLAS reaches 105, a triple loop in Numba 36, and one in Python 0.01.

Why two sums: a convolution adds over the rows of its window (o) and, within each, over columns and channels (k), which
are contiguous in memory. A plain product has one step in the outer sum. A and B are addressed by strides of rows and
terms, so a transposed matrix is only another pair of strides.

`blocks.py` has the same in NumPy; `products.py` splits matrices into such blocks.
"""

from minikeras.kernels import processor
from minikeras.kernels.machine.llvm import FLOAT32, INTEGER, ir
from minikeras.kernels.machine.simd import LANES, Vectors
from minikeras.kernels.machine.symbols import Symbol, function_of, jump

ROWS, VECTORS = processor.block_shape()
WIDE_ROWS, WIDE_VECTORS = processor.wide_block_shape()

# B's rows are fetched into the first-level cache this many steps ahead, in blocks of few rows, which wait for them:
# with 8 × 32 and B in the second-level cache 119 GFLOP/s instead of 109, in the first-level one 121 instead of 123
# (one core of an Ice Lake, medians). Blocks of 14 rows read B half as often, and lose 4 %.
STEPS_AHEAD, MAX_ROWS_AHEAD = 8, 9

ROWS_OF_ADDRESS = 5  # of A that are reached from one address: 0, 1, 2, 3 and 4 steps between rows from it

_INTEGERS = 15
_KINDS = [INTEGER] * _INTEGERS + [FLOAT32]


def write_block(builder, arguments, rows, vectors):
    """Emit the micro-kernel for a block of `rows` × 16 · `vectors`, whose last vector may be partial.

    Without `start` (None) the sums begin with 0, and the rows of A below are fetched, a cache line in a step; without
    `floor` there is none.
    """
    _, columns, a, a_row, a_inner, a_outer, b, b_inner, b_outer, inner, outer, start, start_row, c, c_row, floor = (
        arguments
    )
    v = Vectors(builder)
    last = v.first_lanes(builder.sub(columns, v.integer(LANES * (vectors - 1))))
    masks = [None] * (vectors - 1) + [last]

    def row_address(base, step, row):
        return v.address(base, builder.mul(step, v.integer(row)))

    def first(row, j):
        return v.zero() if start is None else v.load(row_address(start, start_row, row), LANES * j, masks[j])

    sums = [[v.variable(first(i, j)) for j in range(vectors)] for i in range(rows)]
    # A's rows are reached from every fifth of them by one or three times the step between rows, doubled or not, which
    # x86 adds up as it loads. 14 addresses do not fit the registers, and to load them again at each step takes 17.5
    # cycles a step instead of 15.5 (14 × 32, operands in the first-level cache, one core of an Ice Lake; 14 are the
    # least). They are hidden, since LLVM would see sums and turn them into 14 addresses, or into a chain of additions.
    step, three_steps = (v.hidden(v.address(v.integer(0), builder.mul(a_row, v.integer(n)))) for n in (1, 3))
    inner_step = v.address(v.integer(0), a_inner)
    firsts = [v.hidden(row_address(a, a_row, i)) for i in range(0, rows, ROWS_OF_ADDRESS)]
    following = v.variable(row_address(a, a_row, rows)) if start is None else None
    a_lines, b_line = [v.variable(first) for first in firsts], v.variable(b)

    def place_of(pointers, row):
        """The address of a row's element."""
        first, more = pointers[row // ROWS_OF_ADDRESS], row % ROWS_OF_ADDRESS
        if more in (0, 3):
            return builder.add(first, three_steps) if more else first
        return builder.add(first, builder.shl(step, v.integer(more // 2)))

    with v.loop(outer):
        a_pointers, b_place = [v.variable(line.get()) for line in a_lines], v.variable(b_line.get())
        with v.loop(inner):
            line = [v.load(b_place.get(), LANES * j, masks[j]) for j in range(vectors)]
            if rows <= MAX_ROWS_AHEAD:
                ahead = v.address(b_place.get(), builder.mul(b_inner, v.integer(STEPS_AHEAD)))
                for j in range(vectors):
                    v.prefetch(ahead, LANES * j)
            if following is not None:
                v.prefetch(following.get())
                following.set(v.address(following.get(), LANES))
            pointers = [v.hidden(place.get()) for place in a_pointers]
            for i in range(rows):
                number = v.splat(v.load_scalar(place_of(pointers, i)))
                for j in range(vectors):
                    sums[i][j].set(v.fma(number, line[j], sums[i][j].get()))
            for place, now in zip(a_pointers, pointers, strict=True):
                place.set(builder.add(now, inner_step))
            b_place.set(v.address(b_place.get(), b_inner))
        for line in a_lines:
            line.set(v.address(line.get(), a_outer))
        b_line.set(v.address(b_line.get(), b_outer))
    for i in range(rows):
        for j in range(vectors):
            total = sums[i][j].get()
            total = total if floor is None else v.greater(v.splat(floor), total)
            v.store(total, row_address(c, c_row, i), LANES * j, masks[j])


def write_choice(builder, arguments):
    """Jump to the micro-kernel for the given number of rows and vectors."""
    rows, columns = arguments[:2]
    last = builder.lshr(builder.sub(columns, ir.Constant(INTEGER, 1)), ir.Constant(INTEGER, 4))
    versions = {}
    for count in range(1, ROWS + 1):
        for vectors in range(1, (VECTORS if count > WIDE_ROWS else WIDE_VECTORS) + 1):
            versions[4 * count + vectors - 1] = function_of(
                builder.module,
                f"multiply_block_{count}_{vectors}",
                _KINDS,
                lambda inner, given, shape=(count, vectors): write_block(inner, given, *shape),
            )
    jump(builder, builder.add(builder.shl(rows, ir.Constant(INTEGER, 2)), last), versions, arguments)


def write_block_by_block(builder, arguments):
    """The same if registers hold only 16 columns: the first 16, then the others."""
    rows, columns, a, a_row, a_inner, a_outer, b, b_inner, b_outer, inner, outer, start, start_row, c, *rest = arguments
    v = Vectors(builder)
    with v.loop(builder.lshr(builder.add(columns, v.integer(LANES - 1)), v.integer(4))) as block:
        first = builder.shl(block, v.integer(4))
        left = builder.sub(columns, first)
        width = builder.select(builder.icmp_signed("<", left, v.integer(LANES)), left, v.integer(LANES))
        b_place, start_place, c_place = (v.address(base, first) for base in (b, start, c))
        steps = a, a_row, a_inner, a_outer, b_place, b_inner, b_outer, inner, outer
        write_choice(builder, [rows, width, *steps, start_place, start_row, c_place, *rest])


def write_rows(builder, arguments):
    """C = A · B for any number of rows, whose elements are contiguous, in blocks of `block_rows`."""
    rows, columns, terms, a, a_row, b, b_row, c, c_row, block_rows = arguments
    v = Vectors(builder)
    zero, one = v.integer(0), v.integer(1)

    def at_most(most, number):
        return builder.select(builder.icmp_signed("<", number, most), number, most)

    def write(inner, given, shape):
        columns, terms, a, a_row, b, b_row, c, c_row = given
        whole = None, columns, a, a_row, one, zero, b, b_row, zero, terms, one, None, None, c, c_row, None
        write_block(inner, whole, *shape)

    versions = {
        2 * count + vectors - 1: function_of(
            builder.module,
            f"multiply_rows_{count}_{vectors}",
            [INTEGER] * 8,
            lambda inner, given, shape=(count, vectors): write(inner, given, shape),
        )
        for count in range(1, ROWS + 1)
        for vectors in range(1, VECTORS + 1)
    }
    step = v.integer(LANES * VECTORS)
    with v.loop(builder.sdiv(builder.add(columns, v.integer(LANES * VECTORS - 1)), step)) as group:
        column = builder.mul(group, step)
        width = at_most(step, builder.sub(columns, column))
        last = builder.lshr(builder.sub(width, one), v.integer(4))
        row = v.variable(zero)
        with v.loop(builder.sdiv(builder.sub(builder.add(rows, block_rows), one), block_rows)):
            first = row.get()
            count = at_most(block_rows, builder.sub(rows, first))
            given = [
                *(width, terms, v.address(a, builder.mul(first, a_row)), a_row, v.address(b, column), b_row),
                *(v.address(v.address(c, builder.mul(first, c_row)), column), c_row),
            ]
            jump(builder, builder.add(builder.shl(count, one), last), versions, given)
            row.set(builder.add(first, block_rows))


multiply_rows = Symbol("multiply_rows", 10, 0, write_rows, __file__, "../processor.py")
multiply_block = Symbol(
    "multiply_block",
    _INTEGERS,
    1,
    write_choice if VECTORS == 2 else write_block_by_block,
    __file__,
    "../processor.py",
)
