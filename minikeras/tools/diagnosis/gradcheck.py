"""`gradcheck`: checks the gradient of a custom layer, loss or function against finite differences, in float64.

The function F is embedded in a scalar,

    f(x) = Σ w · back(F(front(x)))          front(x) = x + x²/10,   back(y) = y + y²/2

with random w, so that even a wrong gradient that is the tape's last result is noticed. For a random direction u

    Σ ∇f(x) · u  ≈  (8 (f(x + hu) − f(x − hu)) − (f(x + 2hu) − f(x − 2hu))) / 12h

and likewise for g(x) = Σ ∇f(x) · u, whose gradient is of second order. One projection costs four evaluations for any
number of inputs; only where it fails is each entry checked by itself, to name the wrong ones.
"""

from dataclasses import dataclass

import numpy as np

from minikeras import ops, tree
from minikeras.autodiff.indexed_slices import dense
from minikeras.autodiff.tape import GradientTape
from minikeras.autodiff.tensor import Tensor, as_array
from minikeras.layers import Layer
from minikeras.losses import Loss

STEP = 1e-3
TOLERANCE = 1e-6
"""For fourth-order quotients in float64, whose error is 1e-12: only a wrong rule, or a kink, exceeds it."""
SMALLEST_SCALE = 1e-3  # gradients smaller than this are compared absolutely
ENTRIES = 256  # entries of each array that are checked one by one to find the wrong ones


class GradientError(AssertionError):
    """A gradient is wrong. `check` is the `GradientCheck`."""

    def __init__(self, check):
        super().__init__(str(check))
        self.check = check


@dataclass
class WrongEntry:
    """One entry of one array whose gradient is wrong."""

    name: str
    index: tuple
    by_tape: float
    by_differences: float

    def __str__(self):
        return (
            f"{self.name}{list(self.index)}: {self.by_tape:.6g} by the tape, {self.by_differences:.6g} by differences"
        )


@dataclass
class GradientCheck:
    """The result of `gradcheck`.

    Attributes:
        order: 1 or 2: the order that was wrong, or up to which everything is right.
        deviation: the largest relative deviation of the projections.
        wrong: a `WrongEntry` for each wrong entry (of those checked one by one).
        maps: {name: array of the relative deviation of each entry, NaN where it was not checked}.
    """

    order: int
    deviation: float
    wrong: list
    maps: dict

    def __str__(self):
        if not self.maps:
            return f"Gradients up to order {self.order} are right: relative deviation {self.deviation:.1e}."
        lines = [f"The gradient of order {self.order} is wrong: relative deviation {self.deviation:.2g}."]
        lines += [f"  {entry}" for entry in self.wrong[:5]]
        if len(self.wrong) > 5:
            lines.append(f"  and {len(self.wrong) - 5} more wrong entries")
        for name, values in self.maps.items():
            lines += [f"  {name} {values.shape}, # wrong, · right, space not checked:", *_picture(values)]
        return "\n".join(lines)


def gradcheck(layer_or_loss_or_function, inputs, *, order=2, tolerance=TOLERANCE, seed=0):
    """Check the gradients of a layer, a loss or a function of tensors, in float64.

    Args:
        layer_or_loss_or_function: a `Layer` (its weights are checked too), a `Loss` (inputs are y_true and y_pred, of
            which y_pred is checked), or a function that takes Tensors and returns Tensors.
        inputs: an array, or a list of arrays, one per argument; integer arrays are passed on and not checked.
        order: 2, or 1 to check first derivatives alone.
        tolerance: relative deviation up to which gradients are right.
        seed: of the random projections.

    Returns:
        A `GradientCheck`.

    Raises:
        GradientError: a gradient is wrong. The message names the wrong entries and draws where they are.
        ValueError: there is nothing to check, or a layer or loss does not compute in float64.
    """
    arrays = [np.asarray(as_array(x)) for x in (inputs if isinstance(inputs, (list, tuple)) else [inputs])]
    subject = layer_or_loss_or_function
    _require_float64(subject)
    weights = _float64_weights(subject, arrays) if isinstance(subject, Layer) else []
    kept = [weight.handle for weight in weights]
    try:
        return _checked(*_as_function(subject, arrays, weights), order, tolerance, np.random.default_rng(seed))
    finally:
        for weight, tensor in zip(weights, kept, strict=True):
            weight.rebind(tensor)


def _require_float64(subject):
    if isinstance(subject, (Layer, Loss)) and subject.dtype != "float64":  # rounding would look like a wrong gradient
        kind = "layer" if isinstance(subject, Layer) else "loss"
        raise ValueError(
            f"`gradcheck` computes in float64. Received: {kind} {subject.name!r} of dtype {subject.dtype}. "
            'Make it with dtype="float64".'
        )


def _checked(function, values, names, order, tolerance, rng):
    if not values:
        raise ValueError("There is nothing to check: no input holds floats, and there are no trainable weights.")
    scalar = _Embedded(function, rng)
    f = scalar.gradients
    directions = [rng.normal(size=v.shape) for v in values]
    deviation = _compare(scalar.value, f, values, directions)
    if deviation > tolerance:
        raise GradientError(_located(1, deviation, scalar.value, f, values, names, tolerance))
    if order == 1:
        return GradientCheck(1, deviation, [], {})
    second = _Projected(scalar, directions)
    again = _compare(second.value, second.gradients, values, [rng.normal(size=v.shape) for v in values])
    if again > tolerance:
        raise GradientError(_located(2, again, second.value, second.gradients, values, names, tolerance))
    return GradientCheck(2, max(deviation, again), [], {})


def _as_function(subject, arrays, weights):
    """(function of the Tensors to check, their values, their names)."""
    floats = [i for i, a in enumerate(arrays) if a.dtype.kind == "f"]
    arrays = [a.astype(np.float64) if a.dtype.kind == "f" else a for a in arrays]
    names = [f"input {i}" if len(arrays) > 1 else "input" for i in floats]
    if isinstance(subject, Loss):
        floats, names = floats[-1:], ["y_pred"]
    values = [arrays[i] for i in floats] + [w.array.astype(np.float64) for w in weights]

    def function(*tensors):
        full = [Tensor(a) for a in arrays]
        for place, x in zip(floats, tensors, strict=False):
            full[place] = x
        for weight, x in zip(weights, tensors[len(floats) :], strict=True):
            weight.rebind(x)
        return subject(*full)

    return function, values, [*names, *[w.path for w in weights]]


def _float64_weights(layer, arrays):
    if not layer.built:
        layer(*[Tensor(a) for a in arrays])
    return layer.trainable_variables


class _Embedded:
    """f(x) = Σ w · back(F(front(x))) of arrays, and its gradient."""

    def __init__(self, function, rng):
        self.function, self.rng, self.weights = function, rng, None

    def __call__(self, tensors):
        outputs = self.function(*[x + 0.1 * x * x for x in tensors])
        outputs = [y for y in tree.flatten(outputs) if y.array.dtype.kind == "f"]
        if not outputs:
            raise ValueError("There is nothing to check: the function returns no floats.")
        if self.weights is None:
            self.weights = [self.rng.normal(size=y.shape) for y in outputs]
        total = 0.0
        for y, w in zip(outputs, self.weights, strict=True):
            total = total + ops.sum((y + 0.5 * y * y) * w)
        return total

    def value(self, values):
        """The scalar, a number."""
        return float(self([Tensor(v) for v in values]))

    def gradients(self, values):
        """Its gradient by the tape, an array for each."""
        tensors = [Tensor(v) for v in values]
        return [_array(g, v) for g, v in zip(self.tensors_of_gradient(tensors), values, strict=True)]

    def tensors_of_gradient(self, tensors):
        """The same as Tensors, for an outer tape."""
        with GradientTape() as tape:
            tape.watch(tensors)
            total = self(tensors)
        return tape.gradient(total, tensors)


class _Projected:
    """g(x) = Σ ∇f(x) · u, and its gradient."""

    def __init__(self, scalar, directions):
        self.scalar, self.directions = scalar, directions

    def __call__(self, tensors):
        total = Tensor(np.zeros(()))
        for g, u in zip(self.scalar.tensors_of_gradient(tensors), self.directions, strict=True):
            if g is not None:
                g = g if isinstance(g, Tensor) else Tensor(dense(g))
                total = total + ops.sum(g * u)
        return total

    value = _Embedded.value

    def gradients(self, values):
        """Second derivatives in the direction u, by two tapes."""
        tensors = [Tensor(v) for v in values]
        with GradientTape() as tape:
            tape.watch(tensors)
            total = self(tensors)
        return [_array(g, v) for g, v in zip(tape.gradient(total, tensors), values, strict=True)]


def _array(gradient, value):
    return np.zeros_like(value) if gradient is None else np.asarray(as_array(dense(gradient)), np.float64)


def _quotient(f, values, directions):
    def at(t):
        return f([v + t * u for v, u in zip(values, directions, strict=True)])

    return (8 * (at(STEP) - at(-STEP)) - (at(2 * STEP) - at(-2 * STEP))) / (12 * STEP)


def _compare(f, gradients, values, directions):
    """The relative deviation of the tape's directional derivative from the difference quotient."""
    by_tape = sum(float(np.sum(g * u)) for g, u in zip(gradients(values), directions, strict=True))
    return _deviation(by_tape, _quotient(f, values, directions))


def _deviation(a, b):
    deviation = abs(a - b) / max(abs(a), abs(b), SMALLEST_SCALE)
    return deviation if np.isfinite(deviation) else np.inf


def _located(order, deviation, f, gradients, values, names, tolerance):
    """The `GradientCheck` with the wrong entries."""
    wrong, maps = [], {}
    by_tape = gradients(values)
    for place, (name, value) in enumerate(zip(names, values, strict=True)):
        marks = np.full(value.shape, np.nan)
        for flat in range(min(value.size, ENTRIES)):
            index = np.unravel_index(flat, value.shape)
            directions = [np.zeros_like(v) for v in values]
            directions[place][index] = 1.0
            expected = _quotient(f, values, directions)
            marks[index] = _deviation(by_tape[place][index], expected)
            if marks[index] > tolerance:
                position = tuple(int(i) for i in index)
                wrong.append(WrongEntry(name, position, float(by_tape[place][index]), expected))
        if np.nanmax(marks, initial=0) > tolerance:
            maps[name] = np.where(np.isnan(marks), np.nan, marks > tolerance)
    return GradientCheck(order, deviation, wrong, maps or {"": np.zeros(())})


def _picture(marks):
    """Lines of a drawing: rows of the array, leading axes joined."""
    rows = marks.reshape(-1, marks.shape[-1]) if marks.ndim else marks.reshape(1, 1)
    signs = np.where(np.isnan(rows), " ", np.where(rows > 0, "#", "·"))
    return ["    " + "".join(row[:80]) for row in signs[:40]]
