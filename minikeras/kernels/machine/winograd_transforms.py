"""Winograd's transforms of tiles, 16 channels at a time, as vector instructions.

A transform applies a small matrix T to the rows and then to the columns of a tile: Z = T · tile · Tᵀ. It is unrolled
into additions and multiplications of vectors by the constants in T, without the zeros. The matrices come in mirrored
pairs of rows or columns, for the points +p and −p (see `transforms.py`); the common part of a pair is computed once.

Tiles of images may lie across an edge. There zeros are read from a separate buffer, and outputs outside are not stored;
for a tile entirely inside, that is checked once for all of its channels.
"""

from minikeras.kernels.convolution.transforms import (
    KERNEL_TRANSFORMS,
    READING_TRANSFORMS,
    WRITING_TRANSFORMS,
)
from minikeras.kernels.machine.simd import LANES, Vectors
from minikeras.kernels.machine.symbols import Symbol


def combine(v, coefficients, vectors):
    """Σ coefficient · vector, with as few instructions as the coefficients allow. None for an empty sum."""
    total = None
    ones_first = sorted(zip(coefficients, vectors, strict=True), key=lambda pair: abs(pair[0]) != 1)
    for coefficient, vector in ones_first:
        if coefficient == 0 or vector is None:
            continue
        if total is None:
            total = vector if coefficient == 1 else v.multiply(v.constant(coefficient), vector)
        elif coefficient == 1:
            total = v.add(total, vector)
        elif coefficient == -1:
            total = v.subtract(total, vector)
        else:
            total = v.fma(v.constant(coefficient), vector, total)
    return total


def mirrored_rows(v, matrix, vectors):
    """matrix · vectors, where rows 1 and 2, 3 and 4, … differ by the sign of every second term."""
    results = [combine(v, matrix[0], vectors)]
    for row in range(1, len(matrix) - 1, 2):
        even = [c if position % 2 == 0 else 0 for position, c in enumerate(matrix[row])]
        odd = [c if position % 2 == 1 else 0 for position, c in enumerate(matrix[row])]
        even, odd = combine(v, even, vectors), combine(v, odd, vectors)
        # The first term of the odd part shows which of the two parts changes its sign in the row below.
        first = next(position for position in range(1, len(vectors), 2) if matrix[row][position])
        flips_odd = matrix[row + 1][first] == -matrix[row][first]
        below = v.subtract(even, odd) if flips_odd else v.subtract(odd, even)
        results += [v.add(even, odd), below]
    return [*results, combine(v, matrix[-1], vectors)]


def mirrored_columns(v, matrix, vectors):
    """matrix · vectors, where columns 1 and 2, 3 and 4, … are equal in even rows and opposite in odd ones."""
    sums, differences = [vectors[0]], [None]
    for column in range(1, len(vectors) - 1, 2):
        sums.append(v.add(vectors[column], vectors[column + 1]))
        differences.append(v.subtract(vectors[column], vectors[column + 1]))
    sums, differences = [*sums, vectors[-1]], [*differences, vectors[-1]]
    results = []
    for number, row in enumerate(matrix):
        kept = [row[0], *row[1:-1:2], row[-1]]
        terms = [vectors[0], *(sums if number % 2 == 0 else differences)[1:-1], vectors[-1]]
        results.append(combine(v, kept, terms))
    return results


def each_row(v, matrix, vectors):
    """matrix · vectors; None for a row of zeros."""
    return [combine(v, row, vectors) for row in matrix]


def fastest(matrix):
    """The function that multiplies by a matrix. Those for images whose pixels appear twice are not mirrored."""
    if any(not any(line) for line in [*matrix, *zip(*matrix, strict=True)]):
        return each_row
    return mirrored_rows if len(matrix) == 6 else mirrored_columns


def write_tiles(v, groups, matrix, load, store):
    """store(offset, i, j, Z[i, j]) for Z = T · tile · Tᵀ of 16 channels at a time; tile[i, j] = load(offset, i, j).

    What a row of zeros in T would give is not stored.
    """
    apply = fastest(matrix)
    taken = range(len(matrix[0]))
    with v.loop(groups) as group:
        offset = v.builder.shl(group, v.integer(LANES.bit_length() - 1))
        columns = [apply(v, matrix, [load(offset, i, j) for i in taken]) for j in taken]
        for i in range(len(matrix)):
            for j, value in enumerate(apply(v, matrix, [column[i] for column in columns])):
                if value is not None:
                    store(offset, i, j, value)


def positions(v, start, line, column):
    """A function that returns the address of a tile's element (i, j), at channel `offset`."""

    def place(offset, i, j):
        steps = v.builder.add(v.builder.mul(line, v.integer(i)), v.builder.mul(column, v.integer(j)))
        return v.address(v.address(start, offset), steps)

    return place


def write_kernel_transform(builder, arguments, matrix):
    """Z = T · tile · Tᵀ."""
    source, target, groups = arguments[:3], arguments[3:6], arguments[6]
    v = Vectors(builder)
    read, write = positions(v, *source), positions(v, *target)
    write_tiles(
        v,
        groups,
        matrix,
        lambda *place: v.load(read(*place)),
        lambda offset, i, j, value: v.store(value, write(offset, i, j)),
    )


def write_reading_transform(builder, arguments, matrix):
    """Z = T · tile · Tᵀ, zeros outside of some rows and columns of the tile."""
    source, target, (groups, zeros, top, bottom, left, right) = arguments[:3], arguments[3:6], arguments[6:]
    v = Vectors(builder)
    read, write = positions(v, *source), positions(v, *target)
    size = range(len(matrix[0]))
    rows = [within(v, i, top, bottom) for i in size]
    columns = [within(v, j, left, right) for j in size]

    def load_inside(offset, i, j):
        inside = builder.and_(rows[i], columns[j])
        return v.load(builder.select(inside, read(offset, i, j), zeros))

    def store(offset, i, j, value):
        v.store(value, write(offset, i, j))

    with builder.if_else(all_of(builder, rows + columns)) as (whole, part):
        with whole:
            write_tiles(v, groups, matrix, lambda *place: v.load(read(*place)), store)
        with part:
            write_tiles(v, groups, matrix, load_inside, store)


def write_writing_transform(builder, arguments, matrix):
    """Z = max(floor, T · tile · Tᵀ + bias), storing only some rows and columns."""
    source, target, (groups, bias, bottom, right, streams, floor) = arguments[:3], arguments[3:6], arguments[6:]
    v = Vectors(builder)
    read, write = positions(v, *source), positions(v, *target)
    size = range(len(matrix))
    lines = [within(v, i, v.integer(0), bottom) for i in size]
    columns = [within(v, j, v.integer(0), right) for j in size]
    lowest = v.splat(floor)

    def load(offset, i, j):
        return v.load(read(offset, i, j))

    def finished(offset, value):
        return v.maximum(v.add(value, v.load(bias, offset)), lowest)

    def store(offset, i, j, value):
        v.store(finished(offset, value), write(offset, i, j))

    def stream(offset, i, j, value):
        v.stream(finished(offset, value), write(offset, i, j))

    def store_inside(offset, i, j, value):
        with builder.if_then(builder.and_(lines[i], columns[j])):
            store(offset, i, j, value)

    with builder.if_else(all_of(builder, lines + columns)) as (whole, part):
        with whole, builder.if_else(builder.icmp_signed("!=", streams, v.integer(0))) as (past_caches, usual):
            with past_caches:
                write_tiles(v, groups, matrix, load, stream)
            with usual:
                write_tiles(v, groups, matrix, load, store)
        with part:
            write_tiles(v, groups, matrix, load, store_inside)


def within(v, number, first, last):
    """Whether first ≤ number < last."""
    number = v.integer(number)
    return v.builder.and_(v.builder.icmp_signed(">=", number, first), v.builder.icmp_signed("<", number, last))


def all_of(builder, conditions):
    """Whether all of these are true."""
    result = conditions[0]
    for condition in conditions[1:]:
        result = builder.and_(result, condition)
    return result


def _symbol(name, integers, floats, write, matrix):
    """The transform `name` as a function that kernels call."""
    return Symbol(
        f"winograd_{name}",
        integers,
        floats,
        lambda builder, arguments: write(builder, arguments, matrix),
        __file__,
        "../convolution/transforms.py",
    )


def _kernel(name):
    return _symbol(name, 7, 0, write_kernel_transform, KERNEL_TRANSFORMS[name])


def _reading(name):
    return _symbol(name, 12, 0, write_reading_transform, READING_TRANSFORMS[name])


def _writing(name):
    return _symbol(name, 11, 1, write_writing_transform, WRITING_TRANSFORMS[name])


input_tile = _reading("input_tile")
upsampled_tile = _reading("upsampled_tile")
gradient_tile_4 = _reading("gradient_tile_4")
gradient_tile_2 = _reading("gradient_tile_2")
output_tile_4 = _writing("output_tile_4")
output_tile_2 = _writing("output_tile_2")
pooled_tile = _writing("pooled_tile")
kernel_tile_3 = _kernel("kernel_tile_3")
kernel_tile_5 = _kernel("kernel_tile_5")
kernel_gradient_tile_3 = _kernel("kernel_gradient_tile_3")
kernel_gradient_tile_5 = _kernel("kernel_gradient_tile_5")
