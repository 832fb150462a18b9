"""Winograd's transforms along one axis, 16 channels at a time, as vector instructions: see `winograd_transforms.py`."""

from minikeras.kernels.convolution.transforms_1d import (
    COUNTS,
    TILE1D_EVALUATION,
    TILE1D_INPUT,
    TILE1D_INTERPOLATION,
)
from minikeras.kernels.machine.llvm import FLOAT32, INTEGER, ir
from minikeras.kernels.machine.simd import LANES, Vectors
from minikeras.kernels.machine.symbols import Symbol, function_of, jump
from minikeras.kernels.machine.winograd_transforms import all_of, mirrored_columns, mirrored_rows, within


def write_tiles1d(v, groups, apply, matrix, load, store):
    """store(offset, i, (T · tile)[i]) for 16 channels at a time; tile[i] = load(offset, i)."""
    with v.loop(groups) as group:
        offset = v.builder.shl(group, v.integer(LANES.bit_length() - 1))
        tile1d = [load(offset, i) for i in range(len(matrix[0]))]
        for i, value in enumerate(apply(v, matrix, tile1d)):
            store(offset, i, value)


def positions(v, start, step):
    """A function that returns the address of element i of a 1D tile, at channel `offset`."""
    return lambda offset, i: v.address(v.address(start, offset), v.builder.mul(step, v.integer(i)))


def write_reading(builder, arguments, matrix):
    """T · tile, with zeros before `left` and from `right` on."""
    source, source_step, target, target_step, groups, zeros, left, right = arguments
    v = Vectors(builder)
    read, write = positions(v, source, source_step), positions(v, target, target_step)
    inside = [within(v, i, left, right) for i in range(len(matrix[0]))]

    def load(offset, i):
        return v.load(read(offset, i))

    def load_inside(offset, i):
        return v.load(builder.select(inside[i], read(offset, i), zeros))

    def store(offset, i, value):
        v.store(value, write(offset, i))

    with builder.if_else(all_of(builder, inside)) as (whole, part):
        with whole:
            write_tiles1d(v, groups, mirrored_rows, matrix, load, store)
        with part:
            write_tiles1d(v, groups, mirrored_rows, matrix, load_inside, store)


def write_interpolation(builder, arguments, matrix):
    """max(floor, T · tile + bias), storing only the first elements."""
    source, source_step, target, target_step, groups, bias, right, floor = arguments
    v = Vectors(builder)
    read, write = positions(v, source, source_step), positions(v, target, target_step)
    inside = [within(v, i, v.integer(0), right) for i in range(len(matrix))]
    lowest = v.splat(floor)

    def load(offset, i):
        return v.load(read(offset, i))

    def store(offset, i, value):
        v.store(v.maximum(v.add(value, v.load(bias, offset)), lowest), write(offset, i))

    def store_inside(offset, i, value):
        with builder.if_then(inside[i]):
            store(offset, i, value)

    with builder.if_else(all_of(builder, inside)) as (whole, part):
        with whole:
            write_tiles1d(v, groups, mirrored_columns, matrix, load, store)
        with part:
            write_tiles1d(v, groups, mirrored_columns, matrix, load, store_inside)


def write_input(builder, arguments):
    write_reading(builder, arguments, TILE1D_INPUT)


def write_evaluation_choice(builder, arguments):
    """Jump to the version for the number of elements in the first argument."""

    def write(ir_builder, given, matrix):
        source, source_step, target, target_step, groups, zeros, right = given[1:]
        left = ir.Constant(INTEGER, 0)
        write_reading(ir_builder, (source, source_step, target, target_step, groups, zeros, left, right), matrix)

    _choice(builder, arguments, "evaluate", [INTEGER] * 8, write, TILE1D_EVALUATION)


def write_interpolation_choice(builder, arguments):
    """Jump to the version for the number of outputs in the first argument."""

    def write(ir_builder, given, matrix):
        write_interpolation(ir_builder, given[1:], matrix)

    _choice(builder, arguments, "interpolate", [INTEGER] * 8 + [FLOAT32], write, TILE1D_INTERPOLATION)


def _choice(builder, arguments, name, kinds, write, matrices):
    versions = {
        count: function_of(
            builder.module,
            f"{name}_{count}",
            kinds,
            lambda ir_builder, given, count=count: write(ir_builder, given, matrices[count]),
        )
        for count in COUNTS
    }
    jump(builder, arguments[0], versions, arguments)


def _symbol(name, integers, floats, write):
    others = "winograd_transforms.py", "../convolution/transforms_1d.py", "../convolution/transforms.py"
    return Symbol(f"winograd_{name}", integers, floats, write, __file__, *others)


input_tile1d = _symbol("input_tile1d", 8, 0, write_input)
evaluate_tile1d = _symbol("evaluate_tile1d", 8, 0, write_evaluation_choice)
interpolate_tile1d = _symbol("interpolate_tile1d", 8, 1, write_interpolation_choice)
