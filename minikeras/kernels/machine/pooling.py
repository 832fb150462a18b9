"""Max-pooling's two micro-kernels for the usual window, 2×2 with strides of 2: a line of outputs, sixteen channels.

One output takes four loads, three comparisons and two stores: a maximum and where it lies. Left to Numba, the loop over
a pixel's channels starts anew for each output, which takes longer than the work. `pooling_jobs.py` says the same in
NumPy.
"""

from llvmlite import ir

from minikeras.kernels.machine.simd import LANES, VECTOR, Vectors
from minikeras.kernels.machine.symbols import INTEGER, Symbol, function_of, jump

INDICES = ir.VectorType(ir.IntType(32), LANES)
LOWEST = -3.4028234663852886e38  # what is less, and NaN, is no maximum

_MAXIMA_INTEGERS, _GRADIENT_INTEGERS = 9, 11


def write_maxima(builder, arguments, masked):
    """y[j] = the maxima of window j, places[j] = where in the image they lie, counted in numbers."""
    outputs, channels, pixel, upper, lower, y, places, first, line = arguments
    v = Vectors(builder)
    mask = v.first_lanes(channels) if masked else None
    two = builder.add(pixel, pixel)
    right, below = _index(builder, pixel), _index(builder, line)
    jumps = right, below, builder.add(right, below)
    with v.groups(channels, masked) as offset:
        a, b, y_place, place_of_y, position = _variables(v, offset, upper, lower, y, places, first)
        with v.loop(outputs):
            p = v.load(a.get(), 0, mask)
            others = v.load(a.get(), pixel, mask), v.load(b.get(), 0, mask), v.load(b.get(), pixel, mask)
            value = builder.select(builder.fcmp_ordered(">", p, v.constant(LOWEST)), p, v.constant(LOWEST))
            step = ir.Constant(INDICES, [0] * LANES)
            for x, jump in zip(others, jumps, strict=True):
                greater = builder.fcmp_ordered(">", x, value)
                value, step = builder.select(greater, x, value), builder.select(greater, jump, step)
            place = builder.add(_numbered(builder, position.get()), step)
            v.store(value, y_place.get(), 0, mask)
            v.store(builder.bitcast(place, VECTOR), place_of_y.get(), 0, mask)
            for variable, numbers in ((a, two), (b, two), (y_place, pixel), (place_of_y, pixel)):
                variable.set(v.address(variable.get(), numbers))
            position.set(builder.add(position.get(), two))


def write_gradient(builder, arguments, masked, masks):
    """dx of the two lines: dy at the maxima's places (if `masks`, where y is positive), else 0; sums += these dy."""
    outputs, channels, pixel, dy, places, y, upper, lower, sums, first, line = arguments
    v = Vectors(builder)
    mask = v.first_lanes(channels) if masked else None
    two = builder.add(pixel, pixel)
    nothing, right, below = ir.Constant(INDICES, [0] * LANES), _index(builder, pixel), _index(builder, line)
    across = builder.add(right, below)
    with v.groups(channels, masked) as offset:
        a, b, dy_place, place_of_dy, position = _variables(v, offset, upper, lower, dy, places, first)
        y_place = v.variable(v.address(y, offset))
        total = v.variable(v.load(sums, offset, mask))
        with v.loop(outputs):
            gradient = v.load(dy_place.get(), 0, mask)
            if masks:
                positive = builder.fcmp_ordered(">", v.load(y_place.get(), 0, mask), v.zero())
                gradient = builder.select(positive, gradient, v.zero())
            total.set(v.add(total.get(), gradient))
            place = builder.bitcast(v.load(place_of_dy.get(), 0, mask), INDICES)
            corner = _numbered(builder, position.get())
            for target, step, jump in ((a, 0, nothing), (a, pixel, right), (b, 0, below), (b, pixel, across)):
                chosen = builder.icmp_signed("==", place, builder.add(corner, jump))
                v.store(builder.select(chosen, gradient, v.zero()), target.get(), step, mask)
            for variable, numbers in ((a, two), (b, two), (dy_place, pixel), (place_of_dy, pixel), (y_place, pixel)):
                variable.set(v.address(variable.get(), numbers))
            position.set(builder.add(position.get(), two))
        v.store(total.get(), v.address(sums, offset), 0, mask)


def _variables(v, offset, *addresses_and_first):
    """Walking addresses, moved on to the group of channels at `offset`, and the walking position."""
    *addresses, first = addresses_and_first
    walking = [v.variable(v.address(address, offset)) for address in addresses]
    return [*walking, v.variable(v.builder.add(first, offset))]


def _index(builder, number):
    """An integer as a 32-bit index in all lanes."""
    unset, zero = ir.Constant(INDICES, ir.Undefined), ir.Constant(ir.IntType(32), 0)
    one = builder.insert_element(unset, builder.trunc(number, ir.IntType(32)), zero)
    return builder.shuffle_vector(one, unset, ir.Constant(INDICES, 0))


def _numbered(builder, number):
    """The indices number, number + 1, …, number + 15."""
    return builder.add(_index(builder, number), ir.Constant(INDICES, list(range(LANES))))


def _choose(builder, choice, count, arguments, name, write):
    """Call version `choice` of `count`, each a function of its own."""
    kinds = [INTEGER] * len(arguments)
    versions = {
        number: function_of(
            builder.module, f"{name}_{number}", kinds, lambda pen, given, number=number: write(pen, given, number)
        )
        for number in range(count)
    }
    jump(builder, choice, versions, arguments)


def _is_partial(builder, channels):
    return builder.zext(builder.icmp_signed("<", channels, ir.Constant(INTEGER, LANES)), INTEGER)


def _write_maxima_choice(builder, arguments):
    choice = _is_partial(builder, arguments[1])
    _choose(builder, choice, 2, arguments, "max_pool_line", lambda pen, given, n: write_maxima(pen, given, n == 1))


def _write_gradient_choice(builder, arguments):
    """Where no y is given, its address is 0."""
    masks = builder.zext(builder.icmp_signed("!=", arguments[5], ir.Constant(INTEGER, 0)), INTEGER)
    choice = builder.add(builder.shl(masks, ir.Constant(INTEGER, 1)), _is_partial(builder, arguments[1]))
    _choose(
        builder, choice, 4, arguments, "max_pool_gradient_line",
        lambda pen, given, n: write_gradient(pen, given, n % 2 == 1, n >= 2),
    )  # fmt: skip


max_pool_line = Symbol("max_pool_line", _MAXIMA_INTEGERS, 0, _write_maxima_choice, __file__)
max_pool_gradient_line = Symbol("max_pool_gradient_line", _GRADIENT_INTEGERS, 0, _write_gradient_choice, __file__)
