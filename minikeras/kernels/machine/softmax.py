"""Softmax's micro-kernels: rows of a matrix, 16 elements at a time; `../softmax.py` has the same in NumPy.

Each row, which stays in the first-level cache, is read three times: for the maximum, for the exponentials and their
sum, and for scaling. A row of up to 16 elements stays in one register. The sum consists of 16 parallel sums, so that it
is more accurate than a sequential one, and the same at every run.
"""

import math

from minikeras.kernels.exponential import exp_below_0
from minikeras.kernels.machine.llvm import INTEGER, ir
from minikeras.kernels.machine.simd import LANES, Vectors
from minikeras.kernels.machine.symbols import Symbol, function_of, jump
from minikeras.kernels.machine.vector_values import VectorValue


def write_short_rows(builder, arguments):
    """The rows of a matrix with up to 16 columns."""
    rows, classes, x, p, statistics = arguments
    v = Vectors(builder)
    mask = v.first_lanes(classes)
    with v.loop(rows) as row:
        start = builder.mul(row, classes)
        values = builder.select(mask, v.load(x, start, mask), v.constant(-math.inf))
        highest = v.across(v.greater, values)
        exponentials = builder.select(mask, _exp(builder, v.subtract(values, highest)), v.zero())
        total = v.across(v.add, exponentials)
        v.store(v.multiply(exponentials, builder.fdiv(v.constant(1), total)), p, start, mask)
        _note(v, statistics, row, highest, total)


def write_long_rows(builder, arguments):
    """The rows of a matrix with any number of columns."""
    rows, classes, x, p, statistics = arguments
    v = Vectors(builder)
    with v.loop(rows) as row:
        start = builder.mul(row, classes)
        _note(v, statistics, row, *_write_row(v, classes, v.address(x, start), v.address(p, start)))


def write_causal_rows(builder, arguments):
    """The rows of a matrix, of which row i has seen + i elements; p is 0 in the others."""
    rows, classes, seen, x, p = arguments
    v = Vectors(builder)
    with v.loop(rows) as row:
        start = builder.mul(row, classes)
        _write_row(v, classes, v.address(x, start), v.address(p, start), builder.add(seen, row))


def _write_row(v, classes, x_row, p_row, seen=None):
    """p of one row, of its first `seen` elements if not of all; returns its maximum and the sum of its exponentials."""
    builder = v.builder
    maximum, total, last = v.variable(v.constant(-math.inf)), v.variable(v.zero()), v.variable(v.zero())

    def counted(offset, mask):
        """The lanes of a vector that count, None for all."""
        if seen is None:
            return mask
        lanes = v.first_lanes(builder.sub(seen, offset))
        return lanes if mask is None else builder.and_(lanes, mask)

    def find(offset, mask):
        values, lanes = v.load(x_row, offset, mask), counted(offset, mask)
        if lanes is not None:
            values = builder.select(lanes, values, v.constant(-math.inf))
        maximum.set(v.greater(values, maximum.get()))

    v.each(classes, find)
    highest = v.across(v.greater, maximum.get())

    def add_up(offset, mask):
        exponentials, lanes = _exp(builder, v.subtract(v.load(x_row, offset, mask), highest)), counted(offset, mask)
        if lanes is not None:
            exponentials = builder.select(lanes, exponentials, v.zero())
        if mask is None:
            v.store(exponentials, p_row, offset)
        else:
            last.set(exponentials)  # a masked store is slow to read back
        total.set(v.add(total.get(), exponentials))

    v.each(classes, add_up)
    sum_of_all = v.across(v.add, total.get())
    scale = builder.fdiv(v.constant(1), sum_of_all)

    def shrink(offset, mask):
        exponentials = v.load(p_row, offset) if mask is None else last.get()
        v.store(v.multiply(exponentials, scale), p_row, offset, mask)

    v.each(classes, shrink)
    return highest, sum_of_all


def write_gradient_rows(builder, arguments):
    """dx = p · (dp − Σ dp · p) for the rows of matrices."""
    rows, classes, p, dp, dx = arguments
    v = Vectors(builder)
    with v.loop(rows) as row:
        start = builder.mul(row, classes)
        p_row, dp_row, dx_row = (v.address(matrix, start) for matrix in (p, dp, dx))
        total = v.variable(v.zero())

        def add_up(offset, mask):
            total.set(v.fma(v.load(p_row, offset, mask), v.load(dp_row, offset, mask), total.get()))

        v.each(classes, add_up)
        mean = v.across(v.add, total.get())

        def subtract(offset, mask):
            difference = v.subtract(v.load(dp_row, offset, mask), mean)
            v.store(v.multiply(v.load(p_row, offset, mask), difference), dx_row, offset, mask)

        v.each(classes, subtract)


def _exp(builder, x):
    return exp_below_0(VectorValue(builder, x)).value


def _note(v, statistics, row, highest, total):
    """statistics[row] = highest, total."""
    pair = v.builder.select(v.first_lanes(v.integer(1)), highest, total)
    v.store(pair, statistics, v.builder.shl(row, v.integer(1)), v.first_lanes(v.integer(2)))


def _write_choice(builder, arguments):
    long = builder.zext(builder.icmp_signed(">", arguments[1], ir.Constant(INTEGER, LANES)), INTEGER)
    kinds = [INTEGER] * len(arguments)
    versions = {
        0: function_of(builder.module, "softmax_short_rows", kinds, write_short_rows),
        1: function_of(builder.module, "softmax_long_rows", kinds, write_long_rows),
    }
    jump(builder, long, versions, arguments)


_FORMULAS = "vector_values.py", "../formulas.py", "../exponential.py"

softmax_lines = Symbol("softmax_lines", 5, 0, _write_choice, __file__, *_FORMULAS)
causal_softmax_lines = Symbol("causal_softmax_lines", 5, 0, write_causal_rows, __file__, *_FORMULAS)
softmax_gradient_lines = Symbol("softmax_gradient_lines", 5, 0, write_gradient_rows, __file__)
