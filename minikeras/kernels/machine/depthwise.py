"""Depthwise convolution's two micro-kernels: 16 channels of some outputs, or of some taps, kept in registers.

Channels do not mix, so there is no matrix product; but each element of the kernel is used for all outputs of a row, and
each dy for all taps of a window. With eight outputs, a tap costs nine loads and eight vector operations and nothing is
stored until the end. One call processes all groups of 16 channels; a last group of fewer has a separate call, with
a mask. `convolution/depthwise_jobs.py` has the same in NumPy.
"""

from minikeras.kernels import processor
from minikeras.kernels.machine.llvm import FLOAT32, INTEGER, ir
from minikeras.kernels.machine.simd import LANES, Vectors
from minikeras.kernels.machine.symbols import Symbol, function_of, jump

OUTPUTS, TAPS = processor.depthwise_outputs(), 8  # per call, at most

_BLOCK_INTEGERS, _GRADIENT_INTEGERS = 14, 10


def write_block(builder, arguments, outputs, masked):
    """y[j] = max(floor, start + Σ taps x · kernel) for `outputs` neighbours in a row and some channels."""
    _, channels, x, x_output, x_tap, x_line, *others = arguments
    kernel, kernel_tap, kernel_line, taps_w, taps_h, start, y, y_step, floor = others
    v = Vectors(builder)
    mask = v.first_lanes(channels) if masked else None
    steps = [builder.mul(x_output, v.integer(j)) for j in range(outputs)]
    lowest = v.splat(floor)
    with v.groups(channels, masked) as offset:
        sums = [v.variable(v.load(start, offset, mask)) for _ in range(outputs)]
        x_row, kernel_row = v.variable(v.address(x, offset)), v.variable(v.address(kernel, offset))
        with v.loop(taps_h):
            x_place, kernel_place = v.variable(x_row.get()), v.variable(kernel_row.get())
            with v.loop(taps_w):
                weight = v.load(kernel_place.get(), 0, mask)
                for j in range(outputs):
                    value = v.load(x_place.get(), steps[j], mask)
                    sums[j].set(v.fma(value, weight, sums[j].get()))
                x_place.set(v.address(x_place.get(), x_tap))
                kernel_place.set(v.address(kernel_place.get(), kernel_tap))
            x_row.set(v.address(x_row.get(), x_line))
            kernel_row.set(v.address(kernel_row.get(), kernel_line))
        for j in range(outputs):
            place = v.address(v.address(y, offset), builder.mul(y_step, v.integer(j)))
            v.store(v.maximum(sums[j].get(), lowest), place, 0, mask)


def write_gradient(builder, arguments, taps, masked):
    """sums[b] += Σ_j x[j, b] · dy[j] for `taps` neighbouring taps and some channels."""
    _, channels, x, x_output, x_tap, dy, dy_step, outputs, sums, sums_step = arguments
    v = Vectors(builder)
    mask = v.first_lanes(channels) if masked else None
    steps = [builder.mul(x_tap, v.integer(b)) for b in range(taps)]
    with v.groups(channels, masked) as offset:
        pointers = [v.address(v.address(sums, offset), builder.mul(sums_step, v.integer(b))) for b in range(taps)]
        totals = [v.variable(v.load(place, 0, mask)) for place in pointers]
        x_place, dy_place = v.variable(v.address(x, offset)), v.variable(v.address(dy, offset))
        with v.loop(outputs):
            gradient = v.load(dy_place.get(), 0, mask)
            for b in range(taps):
                totals[b].set(v.fma(v.load(x_place.get(), steps[b], mask), gradient, totals[b].get()))
            x_place.set(v.address(x_place.get(), x_output))
            dy_place.set(v.address(dy_place.get(), dy_step))
        for total, place in zip(totals, pointers, strict=True):
            v.store(total.get(), place, 0, mask)


def _choice(builder, arguments, name, kinds, write, most):
    """Jump to the version for this number of outputs or taps, and for full groups of channels or fewer than 16."""
    partial = builder.icmp_signed("<", arguments[1], ir.Constant(INTEGER, LANES))
    versions = {}
    for count in range(1, most + 1):
        for masked in (False, True):
            versions[2 * count + masked] = function_of(
                builder.module,
                f"{name}_{count}_{int(masked)}",
                kinds,
                lambda ir_builder, given, count=count, masked=masked: write(ir_builder, given, count, masked),
            )
    number = builder.add(builder.shl(arguments[0], ir.Constant(INTEGER, 1)), builder.zext(partial, INTEGER))
    jump(builder, number, versions, arguments)


def _write_block_choice(builder, arguments):
    _choice(builder, arguments, "depthwise_block", [INTEGER] * _BLOCK_INTEGERS + [FLOAT32], write_block, OUTPUTS)


def _write_gradient_choice(builder, arguments):
    _choice(builder, arguments, "depthwise_gradient", [INTEGER] * _GRADIENT_INTEGERS, write_gradient, TAPS)


depthwise_block = Symbol("depthwise_block", _BLOCK_INTEGERS, 1, _write_block_choice, __file__, "../processor.py")
depthwise_gradient = Symbol("depthwise_gradient", _GRADIENT_INTEGERS, 0, _write_gradient_choice, __file__)
