"""Copies a part of a matrix in vector registers; Numba copies it number by number, at a quarter of the pace."""

from minikeras.kernels.machine.simd import LANES, Vectors
from minikeras.kernels.machine.symbols import Symbol


def write_copy(builder, arguments):
    """target[i, j] = source[i, j], by the addresses and the steps between rows."""
    source, source_row, target, target_row, rows, columns = arguments
    v = Vectors(builder)
    whole = builder.lshr(columns, v.integer(4))
    done = builder.shl(whole, v.integer(4))
    rest = builder.sub(columns, done)
    mask, has_rest = v.first_lanes(rest), builder.zext(builder.icmp_signed(">", rest, v.integer(0)), rest.type)
    from_place, to_place = v.variable(source), v.variable(target)
    with v.loop(rows):
        with v.loop(whole) as group:
            offset = builder.shl(group, v.integer(LANES.bit_length() - 1))
            v.store(v.load(v.address(from_place.get(), offset)), v.address(to_place.get(), offset))
        with v.loop(has_rest):
            numbers = v.load(v.address(from_place.get(), done), mask=mask)
            v.store(numbers, v.address(to_place.get(), done), mask=mask)
        from_place.set(v.address(from_place.get(), source_row))
        to_place.set(v.address(to_place.get(), target_row))


copy_block = Symbol("copy_block", 6, 0, write_copy, __file__)
