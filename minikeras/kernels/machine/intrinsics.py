"""What Numba has no name for and its kernels need. Nothing imports this module but the compiler."""

from numba import types
from numba.extending import intrinsic

from minikeras.kernels.machine.llvm import ir


@intrinsic
def address(typing_context, array, offset):
    """The address, as an integer, of the number at `offset` in a contiguous array."""
    if not isinstance(array, types.Array):
        return None

    def write(context, builder, signature, arguments):
        data = context.make_array(array)(context, builder, arguments[0]).data
        return builder.ptrtoint(builder.gep(data, [arguments[1]]), ir.IntType(64))

    return types.int64(array, types.int64), write
