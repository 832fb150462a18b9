"""Pooling's four micro-kernels: maxima and means of a row of windows, and their gradients, 16 channels at a time.

A window's result is kept in registers until the whole window has been read: a tap costs a load and, for a maximum, a
comparison and two selections. Compiled by LLVM, the loop over a pixel's channels restarts for each tap, and stores its
result to memory. The usual windows, 2×2 and 3×3, have their taps unrolled, other ones are loops. One call is for
windows that see equally many rows and columns; it processes all groups of 16 channels, and a last group of fewer has a
call of its own, with a mask. `pooling_jobs.py` has the same in NumPy.

Measured on one core of a Xeon, in µs, these and loops compiled by LLVM; PyTorch:
    maximum 3×3, stride 2, of 16×33×33×64, with positions: 235, 790; 480   its gradient: 290, 495; 455
    mean 2×2 of 8×26×26×32, which stays in the cache: 11, 21; 27        its gradient: 17, 32; 42
"""

from contextlib import contextmanager
from itertools import product

from minikeras.kernels.machine.llvm import INTEGER, ir
from minikeras.kernels.machine.simd import LANES, MASK, VECTOR, Vectors
from minikeras.kernels.machine.symbols import Symbol, function_of, jump

INDICES = ir.VectorType(ir.IntType(32), LANES)
LOWEST = -3.4028234663852886e38  # smaller values and NaN are never the maximum
USUAL = ((2, 2), (3, 3))


class Windows:
    """A row of windows, described by the first seven arguments of each micro-kernel.

    Args:
        builder: LLVM's IR builder.
        arguments: the numbers of windows and channels; elements per pixel; the rows and columns that a window sees;
            elements per row of the image, and elements from one window to the next.
        taps: (rows, columns) if they are known now, else None.
        masked: whether there are fewer than 16 channels.
    """

    def __init__(self, builder, arguments, taps, masked):
        self.builder = builder
        self.count, self.channels, self.pixel, self.rows, self.columns, self.line, self.step = arguments
        self.taps = taps
        self.masked = masked
        self.v = Vectors(builder)
        self.mask = self.v.first_lanes(self.channels) if masked else None

    @contextmanager
    def groups(self):
        """For each group of channels of each window, and of each of its rows if the taps are not known: a large window
        is then read row by row.

        Yields the first channel, the group's position in the image (in the window's first pixel) and in the row of
        outputs, and the index of the row, None where all are seen at once.
        """
        b, v = self.builder, self.v
        with v.loop(self.count) as number:
            corner, out = b.mul(number, self.step), b.mul(number, self.pixel)
            if self.taps is not None:
                with v.groups(self.channels, self.masked) as offset:
                    yield offset, b.add(corner, offset), b.add(out, offset), None
            else:
                with v.loop(self.rows) as row, v.groups(self.channels, self.masked) as offset:
                    yield offset, b.add(corner, offset), b.add(out, offset), row

    def each_tap(self, row, body):
        """Emit `body(distance)` for each pixel of a row or of all, with its distance from the first in elements."""
        b, v = self.builder, self.v
        if row is None:
            for row_number, column in product(*map(range, self.taps)):
                body(b.add(b.mul(self.line, v.integer(row_number)), b.mul(self.pixel, v.integer(column))))
        else:
            start = b.mul(row, self.line)
            with v.loop(self.columns) as column:
                body(b.add(start, b.mul(column, self.pixel)))

    def is_row(self, row, number):
        """Whether a row has this index; true where all are seen at once."""
        return ir.Constant(ir.IntType(1), 1) if row is None else self.builder.icmp_signed("==", row, number)

    def begun(self, row, first, address, out):
        """A window's intermediate result: `first` before its first row, then the stored one."""
        found = self.builder.bitcast(self.load(address, out), first.type)
        return self.builder.select(self.is_row(row, self.v.integer(0)), first, found)

    def load(self, address, offset):
        """Load a group of channels."""
        return self.v.load(address, offset, self.mask)

    def store(self, vector, address, offset):
        """Store a group of channels."""
        self.v.store(vector, address, offset, self.mask)

    def index(self, number):
        """An integer as a 32-bit index in all lanes."""
        empty, zero = ir.Constant(INDICES, ir.Undefined), ir.Constant(ir.IntType(32), 0)
        one = self.builder.insert_element(empty, self.builder.trunc(number, ir.IntType(32)), zero)
        return self.builder.shuffle_vector(one, empty, ir.Constant(INDICES, 0))

    def numbered(self, number):
        """The indices number, number + 1, …, number + 15."""
        return self.builder.add(self.index(number), ir.Constant(INDICES, list(range(LANES))))


def write_maxima(builder, arguments, taps, masked, finds):
    """y = the maxima; if `finds`, positions = their positions in the image, counted in elements."""
    *line, x, y, positions, first = arguments
    w, v = Windows(builder, line, taps, masked), Vectors(builder)
    with w.groups() as (_, corner, out, row):
        own_place = w.numbered(builder.add(first, corner))
        value = v.variable(w.begun(row, v.constant(LOWEST), y, out))
        place = v.variable(w.begun(row, own_place, positions, out) if finds else own_place)

        def compare(distance):
            candidate = w.load(x, builder.add(corner, distance))
            greater = builder.fcmp_ordered(">", candidate, value.get())
            value.set(builder.select(greater, candidate, value.get()))
            if finds:
                place.set(builder.select(greater, builder.add(own_place, w.index(distance)), place.get()))

        w.each_tap(row, compare)
        w.store(value.get(), y, out)
        if finds:
            w.store(builder.bitcast(place.get(), VECTOR), positions, out)


def write_maxima_gradient(builder, arguments, taps, masked, adds):
    """dx = dy at the maxima's positions, else 0, added if `adds`; sums += these dy.

    If the address of the maxima y is not 0, dy counts only where y is positive.
    """
    *line, dy, positions, y, dx, sums, first = arguments
    w, v = Windows(builder, line, taps, masked), Vectors(builder)
    unmasked = builder.icmp_signed("==", y, v.integer(0))
    y = builder.select(unmasked, dy, y)  # its value is not used
    passes = builder.select(unmasked, ir.Constant(MASK, [1] * LANES), ir.Constant(MASK, [0] * LANES))
    total = v.variable(w.load(sums, 0)) if masked else None  # only one group: it stays in a register
    with w.groups() as (offset, corner, out, row):
        positive = builder.or_(builder.fcmp_ordered(">", w.load(y, out), v.zero()), passes)
        gradient = builder.select(positive, w.load(dy, out), v.zero())
        new = builder.select(w.is_row(row, v.integer(0)), gradient, v.zero())
        if masked:
            total.set(v.add(total.get(), new))
        else:
            w.store(v.add(w.load(sums, offset), new), sums, offset)
        place = builder.bitcast(w.load(positions, out), INDICES)
        chosen = builder.sub(place, w.numbered(builder.add(first, corner)))

        def put(distance):
            here = builder.icmp_signed("==", chosen, w.index(distance))
            _put(w, dx, builder.add(corner, distance), builder.select(here, gradient, v.zero()), adds)

        w.each_tap(row, put)
    if masked:
        w.store(total.get(), sums, 0)


def write_means(builder, arguments, taps, masked):
    """y = the means."""
    *line, x, y = arguments
    w, v = Windows(builder, line, taps, masked), Vectors(builder)
    count = _count(w)
    with w.groups() as (_, corner, out, row):
        total = v.variable(w.begun(row, v.zero(), y, out))
        w.each_tap(row, lambda distance: total.set(v.add(total.get(), w.load(x, builder.add(corner, distance)))))
        is_last = w.is_row(row, builder.sub(w.rows, v.integer(1)))
        w.store(builder.fdiv(total.get(), builder.select(is_last, count, v.constant(1))), y, out)


def write_means_gradient(builder, arguments, taps, masked, adds):
    """dx = dy / count, added if `adds`."""
    *line, dy, dx = arguments
    w = Windows(builder, line, taps, masked)
    count = _count(w)
    with w.groups() as (_, corner, out, row):
        share = builder.fdiv(w.load(dy, out), count)
        w.each_tap(row, lambda distance: _put(w, dx, builder.add(corner, distance), share, adds))


def _count(w):
    """The number of taps in all lanes."""
    return w.v.splat(w.builder.sitofp(w.builder.mul(w.rows, w.columns), ir.FloatType()))


def _put(w, dx, offset, share, adds):
    w.store(w.v.add(share, w.load(dx, offset)) if adds else share, dx, offset)


def _symbol(name, integers, write, option=None):
    """The `Symbol` of a micro-kernel that dispatches on the taps, the number of channels, and an option.

    Args:
        integers: how many arguments follow those of `Windows`.
        write: called as write(builder, arguments, taps, masked), or with the option too.
        option: whether the last argument, 0 or 1, is that option.
    """
    integers += 7

    def write_choice(builder, arguments):
        channels, rows, columns = arguments[1], arguments[3], arguments[4]
        choice = builder.zext(builder.icmp_signed("<", channels, ir.Constant(INTEGER, LANES)), INTEGER)
        if option:
            choice = builder.add(choice, builder.shl(arguments[integers], ir.Constant(INTEGER, 1)))
        versions = {}
        for number, taps in enumerate((None, *USUAL)):
            if taps is not None:
                same = [
                    builder.icmp_signed("==", given, ir.Constant(INTEGER, known))
                    for given, known in zip((rows, columns), taps, strict=True)
                ]
                found = builder.and_(*same)
                choice = builder.select(found, builder.add(choice, ir.Constant(INTEGER, 4 * number)), choice)
            for rest in range(4 if option else 2):
                settings = taps, rest % 2 == 1, *([rest >= 2] if option else [])
                versions[4 * number + rest] = function_of(
                    builder.module,
                    f"{name}_{number}_{rest}",
                    [INTEGER] * integers,
                    lambda ir_builder, given, settings=settings: write(ir_builder, given, *settings),
                )
        jump(builder, choice, versions, arguments[:integers])

    return Symbol(name, integers + bool(option), 0, write_choice, __file__)


max_pool_line = _symbol("max_pool_line", 4, write_maxima, option="finds")
max_pool_gradient_line = _symbol("max_pool_gradient_line", 6, write_maxima_gradient, option="adds")
average_pool_line = _symbol("average_pool_line", 2, write_means)
average_pool_gradient_line = _symbol("average_pool_gradient_line", 2, write_means_gradient, option="adds")
