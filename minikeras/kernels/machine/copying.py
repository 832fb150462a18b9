"""Copies, transposes and prefetches parts of matrices in vector registers; a loop compiled by LLVM copies element by
element, at a quarter of the speed.

`copy_chunks` packs the chunks of long rows in the order in which a product reads them. Row by row, whose elements are
contiguous, it copies 20 GB/s from memory; chunk by chunk across all rows it would be 10.
"""

from minikeras.kernels.machine.simd import LANES, Vectors
from minikeras.kernels.machine.symbols import Symbol


def write_copy(builder, arguments):
    """target[i, j] = source[i, j], by addresses and row strides; times a factor, if there is one."""
    source, source_row, target, target_row, rows, columns, *factor = arguments
    v = Vectors(builder)
    factors = [v.splat(number) for number in factor]

    def scaled(values):
        return v.multiply(values, factors[0]) if factors else values

    whole = builder.lshr(columns, v.integer(4))
    done = builder.shl(whole, v.integer(4))
    rest = builder.sub(columns, done)
    mask, has_rest = v.first_lanes(rest), builder.zext(builder.icmp_signed(">", rest, v.integer(0)), rest.type)
    from_place, to_place = v.variable(source), v.variable(target)
    with v.loop(rows):
        with v.loop(whole) as group:
            offset = builder.shl(group, v.integer(LANES.bit_length() - 1))
            v.store(scaled(v.load(v.address(from_place.get(), offset))), v.address(to_place.get(), offset))
        with v.loop(has_rest):
            values = v.load(v.address(from_place.get(), done), mask=mask)
            v.store(scaled(values), v.address(to_place.get(), done), mask=mask)
        from_place.set(v.address(from_place.get(), source_row))
        to_place.set(v.address(to_place.get(), target_row))


def write_chunks(builder, arguments):
    """target[p, k] = source[k, p] for rows k cut into chunks of 1 to 48 elements.

    By addresses, the stride between rows k of the source, and that between chunks p of the target.
    """
    source, source_row, target, target_chunk, rows, chunks, width = arguments
    v = Vectors(builder)

    def copy_with(vectors):
        last = v.first_lanes(builder.sub(width, v.integer(LANES * (vectors - 1))))
        masks = [None] * (vectors - 1) + [last]
        from_row, to_row = v.variable(source), v.variable(target)
        with v.loop(rows):
            start, end = v.variable(from_row.get()), v.variable(to_row.get())
            with v.loop(chunks):
                values = [v.load(start.get(), LANES * j, masks[j]) for j in range(vectors)]
                for j in range(vectors):
                    v.store(values[j], end.get(), LANES * j, masks[j])
                start.set(v.address(start.get(), width))
                end.set(v.address(end.get(), target_chunk))
            from_row.set(v.address(from_row.get(), source_row))
            to_row.set(v.address(to_row.get(), width))

    def choose(most):
        with builder.if_else(builder.icmp_signed(">", width, v.integer(LANES * (most - 1)))) as (wide, narrow):
            with wide:
                copy_with(most)
            with narrow:
                choose(most - 1) if most > 2 else copy_with(1)

    choose(3)


copy_block = Symbol("copy_block", 6, 0, write_copy, __file__)
scale_block = Symbol("scale_block", 6, 1, write_copy, __file__)
copy_chunks = Symbol("copy_chunks", 7, 0, write_chunks, __file__)


def write_transposition(builder, arguments):
    """target[j, i] = source[i, j] for 16 rows of 16 elements, by addresses and row strides."""
    source, source_row, target, target_row = arguments
    v = Vectors(builder)
    rows = [v.load(v.address(source, builder.mul(source_row, v.integer(i)))) for i in range(LANES)]
    # As in a fast Fourier transform: exchange quarters across the diagonal of blocks of 16, 8, 4, 2 rows.
    width = LANES // 2
    while width:
        for i in range(LANES):
            if i // width % 2 == 0:
                rows[i], rows[i + width] = v.interleave(rows[i], rows[i + width], width)
        width //= 2
    for i, row in enumerate(rows):
        v.store(row, v.address(target, builder.mul(target_row, v.integer(i))))


transpose_tile = Symbol("transpose_tile", 4, 0, write_transposition, __file__)


def write_fetch(builder, arguments, writes):
    """A prefetch of every 16 elements, of a cache line on most processors."""
    start, elements = arguments
    v = Vectors(builder)
    with v.loop(builder.ashr(builder.add(elements, v.integer(LANES - 1)), v.integer(4))) as line:
        v.prefetch(v.address(start, builder.shl(line, v.integer(4))), level=2, writes=writes)


fetch = Symbol("fetch", 2, 0, lambda builder, arguments: write_fetch(builder, arguments, False), __file__)
fetch_to_write = Symbol(
    "fetch_to_write", 2, 0, lambda builder, arguments: write_fetch(builder, arguments, True), __file__
)
