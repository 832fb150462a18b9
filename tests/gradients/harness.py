"""Gradients checked against central differences, by one random projection, in float64, first and second order.

A table has one `Row` per op. A row's function F is embedded in a scalar

    f(x) = Σ w · back(F(front(x)))          front(x) = x + x²/10,   back(y) = y + y²/2

with random weights w. Then for a random direction u the tape must agree with the difference quotient:

    Σ ∇f(x) · u  ≈  (f(x + hu) − f(x − hu)) / 2h        (first order)
    Σ ∇g(x) · v  ≈  (g(x + hv) − g(x − hv)) / 2h        (second order, where g(x) = Σ ∇f(x) · u)

`front` is there so that a wrong gradient cannot hide as the last result of the tape, `back` so that the second order
also differentiates the gradient rule by its incoming `dy`. The quotient is taken to fourth order, which makes 1e-7 a
tolerance that only a wrong rule can miss.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from minikeras import tree
from minikeras.autodiff import GradientTape, Tensor
from minikeras.autodiff.indexed_slices import dense

STEP = 1e-3
# Fourth-order quotients with h = 1e-3 are off by about h⁴ = 1e-12 (truncation) and 1e-16 / h = 1e-13 (rounding), times
# the higher derivatives and the values of f; five digits are left for those.
TOLERANCE = 1e-7
SMALLEST_SCALE = 1e-3  # gradients smaller than this are compared absolutely


def front(x):
    """x + x²/10, which keeps positive numbers positive and |x| ≤ 0.85 inside (−1, 1)."""
    return x + 0.1 * x * x


def back(y):
    """y + y²/2."""
    return y + 0.5 * y * y


@dataclass(frozen=True)
class Row:
    """One line of a gradient table.

    Attributes:
        name: shown by pytest, and the seed of the random numbers.
        function: takes one float64 Tensor per input, returns a Tensor or a nest of them; integer outputs are ignored.
        inputs: for each input a shape (drawn from a normal distribution), or one of the functions below that draw
            from the domain where the op is smooth: `positive((2, 3))`, `between(-0.8, 0.8, (4,))`, `distinct((5,))` …
        order: 2, or 1 where the op has no second derivative.
    """

    name: str
    function: Callable
    inputs: tuple
    order: int = 2

    def __str__(self):
        return self.name

    def draw(self):
        """The inputs, the same at every call."""
        rng = np.random.default_rng(zlib.crc32(self.name.encode()))
        return [spec(rng) if callable(spec) else rng.normal(size=spec) for spec in self.inputs]


def between(low, high, shape):
    """Uniform numbers in [low, high)."""
    return lambda rng: rng.uniform(low, high, shape)


def positive(shape):
    """Numbers between 0.5 and 2."""
    return between(0.5, 2.0, shape)


def away_from_zero(shape):
    """Numbers of both signs with 0.3 ≤ |x| ≤ 1.5, for ops with a kink or a pole at 0."""
    return lambda rng: rng.choice([-1.0, 1.0], shape) * rng.uniform(0.3, 1.5, shape)


def distinct(shape, gap=0.15):
    """Numbers in random order, `gap` apart or more, for ops that depend on which is the largest."""

    def draw(rng):
        size = int(np.prod(shape))
        steps = (np.arange(size) - size / 2) * gap * 1.5
        return rng.permutation(steps + rng.uniform(0, gap / 2, size)).reshape(shape)

    return draw


def exactly(array):
    """These numbers."""
    return lambda rng: np.array(array, np.float64)


def matrices(shape):
    """Well-conditioned matrices with distinct singular values: small random numbers, plus 1, 2, 3 … on the diagonal."""
    return lambda rng: rng.normal(size=shape) * 0.1 + np.eye(*shape[-2:]) * np.arange(1, shape[-1] + 1)


def float_outputs(outputs):
    """The outputs that have gradients."""
    return [y for y in tree.flatten(outputs) if y.array.dtype.kind == "f"]


def scalar_of(row, inputs):
    """f: the row's function inside `front`, `back` and a random projection, as a scalar Tensor."""
    outputs = float_outputs(row.function(*[front(x) for x in inputs]))
    if not outputs:
        raise AssertionError(f"{row.name}: no float output to differentiate.")
    rng = np.random.default_rng(zlib.crc32(row.name.encode()) + 1)
    total = 0.0
    for y in outputs:
        assert y.dtype == "float64", f"{row.name}: float64 came out as {y.dtype}"
        weights = rng.normal(size=y.shape)
        total = total + _sum(back(y) * weights)
    return total


def _sum(x):
    from minikeras.autodiff.shapes import Sum  # here, so that `ops` may be half built while its rows are written

    return Sum()(x)


def gradients_of(function, inputs):
    """Gradients of a scalar function of Tensors, one array per input (zeros where it does not depend on one)."""
    tensors = [Tensor(x) for x in inputs]
    with GradientTape() as tape:
        tape.watch(tensors)
        value = function(tensors)
    found = tape.gradient(value, tensors)
    return [np.zeros(x.shape) if g is None else np.asarray(dense(g)) for g, x in zip(found, inputs, strict=True)]


def directional(function, inputs, directions):
    """The derivative of an array function along `directions`, by the fourth-order central difference."""

    def at(steps):
        return function([x + steps * STEP * u for x, u in zip(inputs, directions, strict=True)])

    return (8.0 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12.0 * STEP)


def directions_like(inputs, row, salt):
    """A random direction for every input."""
    rng = np.random.default_rng(zlib.crc32(row.name.encode()) + salt)
    return [rng.normal(size=x.shape) for x in inputs]


def compare(row, gradients, directions, expected, order):
    """Raise AssertionError unless Σ gradient · direction is what the difference quotient says."""
    products = np.concatenate([(g * u).ravel() for g, u in zip(gradients, directions, strict=True)])
    for gradient, direction in zip(gradients, directions, strict=True):
        assert gradient.shape == direction.shape, f"{row.name}: a gradient of shape {gradient.shape}"
        assert gradient.dtype == np.float64, f"{row.name}: a gradient of dtype {gradient.dtype}"
    scale = max(float(np.sqrt((products**2).sum())), abs(expected), SMALLEST_SCALE)
    error = abs(products.sum() - expected) / scale
    assert error < TOLERANCE, (
        f"{row.name}: order {order}: tape {products.sum()}, differences {expected}, off by {error}"
    )


def check_first_order(row):
    """Compare the tape's gradient of a row with central differences."""
    inputs = row.draw()
    directions = directions_like(inputs, row, 2)

    def f(tensors):
        return scalar_of(row, tensors)

    expected = directional(lambda xs: float(f([Tensor(x) for x in xs])), inputs, directions)
    compare(row, gradients_of(f, inputs), directions, expected, order=1)


def check_second_order(row):
    """Compare the gradient of the gradient, by nested tapes, with central differences of the gradient."""
    inputs = row.draw()
    directions = directions_like(inputs, row, 2)

    def g(tensors):
        with GradientTape() as tape:
            tape.watch(tensors)
            value = scalar_of(row, tensors)
        found = tape.gradient(value, tensors)
        total = 0.0
        for gradient, u in zip(found, directions, strict=True):
            if gradient is not None:
                assert isinstance(gradient, Tensor), f"{row.name}: {type(gradient).__name__} under an outer tape"
                total = total + _sum(gradient * u)
        return total

    seconds = directions_like(inputs, row, 3)
    expected = directional(lambda xs: float(g([Tensor(x) for x in xs])), inputs, seconds)
    compare(row, gradients_of(g, inputs), seconds, expected, order=2)


def ops_used_by(row):
    """The classes of all ops in a row's function, in its gradient, and in the gradient of its gradient."""
    tensors = [Tensor(x) for x in row.draw()]
    used = set()

    def noting(compute):
        with GradientTape(persistent=True) as tape:
            tape.watch(tensors)
            value = compute()
        used.update(type(call.op) for call in tape.calls)
        return value, tape

    def gradient(compute):
        value, tape = noting(compute)
        found = tape.gradient(value, tensors)
        return sum(_sum(front(g)) for g in found if g is not None)

    def second_gradient():
        return gradient(lambda: gradient(lambda: scalar_of(row, tensors)))

    noting(second_gradient if row.order > 1 else lambda: gradient(lambda: scalar_of(row, tensors)))
    return used
