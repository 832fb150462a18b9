"""Arguments on which every kernel is compared with its reference: name → case, for `test_oracle.py`.

A case makes arguments in float64 from a random generator; the test casts the float arrays. `small` cases also run as
plain Python, with the JIT disabled. Kernels of `minikeras.kernels.random` have their own test.
"""

import numpy as np

from tests.kernels.update_rules import COMPILED

# Error allowed in units of the dtype's epsilon, relative to the largest value of the array compared.
EXACT = 0  # the same IEEE operations in the same order
ROUNDED = 4  # a few operations in another order
SUMMED = 64  # sums of up to a few thousand terms in another order
APPROXIMATED = 16  # our exp or erf, right to 1.5 units in the last place, against the library's, right to 2.5


class Case:
    """`make(rng)` → the arguments; `tolerance` in epsilons; `small` when it is quick in plain Python."""

    def __init__(self, make, tolerance, small=True):
        self.make, self.tolerance, self.small = make, tolerance, small


def _normal(*shapes, scale=1.0):
    return lambda rng: tuple(rng.normal(size=shape) * scale for shape in shapes)


def _outputs(x_shape, window, strides, pads, dilation):
    return [
        (size + sum(pad) - (k - 1) * d - 1) // s + 1
        for size, k, s, pad, d in zip(x_shape[1:3], window, strides, pads, dilation, strict=True)
    ]


def _patches(x_shape, window, first_line, lines, strides, pads, dilation, small=True, swap=False):
    def make(rng):
        out_height, out_width = _outputs(x_shape, window, strides, pads, dilation)
        assert first_line + lines <= x_shape[0] * out_height  # the loops do not check it
        patches, x = rng.normal(size=(lines, out_width, *window, x_shape[3])), rng.normal(size=x_shape)
        geometry = first_line, out_height, strides, pads, dilation
        return (x, patches, *geometry) if swap else (patches, x, *geometry)

    return Case(make, ROUNDED if swap else EXACT, small)


PATCH_SHAPES = [
    ((2, 5, 6, 3), (3, 3), 0, 10, (1, 1), ((1, 1), (1, 1)), (1, 1)),
    ((2, 5, 6, 3), (3, 2), 2, 4, (1, 2), ((1, 1), (0, 1)), (1, 1)),
    ((3, 7, 7, 1), (3, 3), 1, 4, (2, 1), ((0, 0), (2, 0)), (2, 3)),
    ((1, 1, 1, 1), (1, 1), 0, 1, (1, 1), ((0, 0), (0, 0)), (1, 1)),
    ((2, 3, 3, 2), (5, 5), 0, 6, (1, 1), ((2, 2), (2, 2)), (1, 1)),
    ((8, 20, 20, 16), (3, 3), 5, 100, (1, 1), ((1, 1), (1, 1)), (1, 1), False),
]

DEPTHWISE_SHAPES = [
    ((2, 5, 6, 3), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1)),
    ((1, 7, 8, 1), (2, 3), (2, 3), ((0, 1), (2, 0)), (2, 1)),
    ((0, 5, 5, 2), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1)),
    ((4, 20, 20, 17), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1), False),
]


def _depthwise(order, x_shape, window, strides, pads, dilation, small=True):
    """`order` says which of y, x, kernel come as arguments: the first is changed in place."""

    def make(rng):
        y_shape = (x_shape[0], *_outputs(x_shape, window, strides, pads, dilation), x_shape[3])
        shapes = {"y": y_shape, "x": x_shape, "k": (*window, x_shape[3])}
        return (*(rng.normal(size=shapes[name]) for name in order), strides, pads, dilation)

    return Case(make, SUMMED, small)


def _rows_added(rows, width, count):
    def make(rng):
        return rng.normal(size=(rows, width)), rng.integers(-rows, rows, size=count), rng.normal(size=(count, width))

    return Case(make, SUMMED)


def _optimizer(rule):
    """variable, gradient and slots from 0 to 1, the first from 1 to 2, then scalars from 0.1 to 0.5."""

    def make(size):
        def arguments(rng):
            arrays = [rng.normal(size=size), rng.normal(size=size), *(rng.random(size) for _ in range(rule.slots))]
            if rule.slots:
                arrays[2] += 1  # above the square of the second slot: the difference is a variance
            return (*arrays, *map(np.float64, rng.uniform(0.1, 0.5, len(rule.scalars))))

        return Case(arguments, EXACT)

    return [make(size) for size in (0, 1, 7, 1000)]


def _message(size):
    return Case(lambda rng: (rng.integers(0, 256, size).astype(np.uint8),), EXACT)


CASES = {
    "crc32c": [_message(size) for size in (0, 9, 3000)],
    "gather_patches": [_patches(*shape) for shape in PATCH_SHAPES],
    "scatter_patches": [_patches(*shape, swap=True) for shape in PATCH_SHAPES],
    "depthwise_forward": [_depthwise("yxk", *shape) for shape in DEPTHWISE_SHAPES],
    "depthwise_input_gradient": [_depthwise("xyk", *shape) for shape in DEPTHWISE_SHAPES],
    "depthwise_kernel_gradient": [_depthwise("kxy", *shape) for shape in DEPTHWISE_SHAPES],
    "add_rows": [_rows_added(5, 3, 20), _rows_added(5, 1, 0), _rows_added(100, 16, 64)],
    "erf_float64": [Case(_normal(shape, scale=3), APPROXIMATED) for shape in ((0,), (5,), (3, 4), (2, 3, 50))],
    **{rule.kernel.name: _optimizer(rule) for rule in COMPILED},
}
