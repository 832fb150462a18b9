"""Winograd's transforms of tiles, 16 channels at a time, as vector instructions.

A transform applies a small matrix T to the lines and then to the columns of a tile: Z = T · tile · Tᵀ. It is written
out as additions and multiplications of vectors by the constants in T, zeros left out. The matrices come in mirrored
pairs of rows or columns, for the points +p and −p (see `transforms.py`); what such a pair shares is computed once.
"""

from minikeras.kernels.convolution.transforms import TRANSFORMS
from minikeras.kernels.machine.simd import LANES, Vectors
from minikeras.kernels.machine.symbols import Symbol

_INTEGERS = 8


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
        # Which of the two parts changes its sign in the row below is seen at the first term of the odd part.
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


def write_transform(builder, arguments, matrix, adds_bias):
    """Z = T · tile · Tᵀ for each group of 16 channels; with a bias, max(floor, Z + bias)."""
    source, source_line, source_column, target, target_line, target_column, groups, bias, floor = arguments
    v = Vectors(builder)
    apply = mirrored_rows if len(matrix) == 6 else mirrored_columns
    taken, given = len(matrix[0]), len(matrix)
    lowest = v.splat(floor)
    with v.loop(groups) as group:
        offset = builder.mul(group, v.integer(LANES))
        source_place, target_place = v.address(source, offset), v.address(target, offset)
        columns = []
        for j in range(taken):
            column = v.address(source_place, builder.mul(source_column, v.integer(j)))
            tile = [v.load(v.address(column, builder.mul(source_line, v.integer(i)))) for i in range(taken)]
            columns.append(apply(v, matrix, tile))
        added = v.load(bias, offset) if adds_bias else None
        for i in range(given):
            line = v.address(target_place, builder.mul(target_line, v.integer(i)))
            for j, value in enumerate(apply(v, matrix, [column[i] for column in columns])):
                if adds_bias:
                    value = v.maximum(v.add(value, added), lowest)
                v.store(value, v.address(line, builder.mul(target_column, v.integer(j))))


def _transform(name):
    """The transform `name` as a function that kernels call."""
    matrix, adds_bias = TRANSFORMS[name]

    def write(builder, arguments):
        write_transform(builder, arguments, matrix, adds_bias)

    return Symbol(f"winograd_{name}", _INTEGERS, 1, write, __file__, "../convolution/transforms.py")


input_tile = _transform("input_tile")
kernel_tile_3 = _transform("kernel_tile_3")
output_tile_4 = _transform("output_tile_4")
gradient_tile_4 = _transform("gradient_tile_4")
kernel_gradient_tile_3 = _transform("kernel_gradient_tile_3")
kernel_tile_5 = _transform("kernel_tile_5")
output_tile_2 = _transform("output_tile_2")
gradient_tile_2 = _transform("gradient_tile_2")
kernel_gradient_tile_5 = _transform("kernel_gradient_tile_5")
