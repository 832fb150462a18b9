"""Explains why an op made a NaN or infinity: one small function per cause, of which the first that matches counts.

Each takes a `Case` and returns a sentence that ends with the fix, or None.
"""

import numpy as np

from minikeras.autodiff.value_ranges import is_bad, largest, short

FLOAT16_MAX = 65504.0
LARGE = 1e8
"""Values beyond this are out of scale: their squares leave float16, and soon float32."""
GROWTH = 30.0
"""A weight whose largest value grew by this factor during the recorded steps explodes."""


class Case:
    """The facts about an op at the element that went wrong.

    Attributes:
        op: name of its class, "" for none; phase: see `Origin`.
        x: the inputs at this element, broadcast; None for inputs of other shapes.
        inputs, output, dtype: the arrays.
        dy: in a backward pass, the incoming gradient at the element.
        history: a `WeightHistory`; learning_rate: the optimizer's, None without one.
    """

    def __init__(self, origin, history, learning_rate, empty_sum=False):
        record, gradient = origin.record, origin.gradient
        self.phase, self.history, self.learning_rate, self.empty_sum = origin.phase, history, learning_rate, empty_sum
        call_op = gradient.call.op if gradient else None
        self.op = op_name(record.op if record else call_op)
        self.inputs = record.inputs if record else list(gradient.call.inputs or []) if gradient else []
        self.outputs = record.outputs if record else []
        self.output = np.asarray(origin.array)
        self.dtype = self.output.dtype
        self.element = first_bad(self.output)
        self.x = [_at(x, self.output.shape, self.element) for x in self.inputs if x is not None]
        self.dy = None
        if gradient is not None and gradient.dys[0] is not None:
            self.dy = _at(gradient.dys[0], self.output.shape, self.element)

    def any_input(self, test):
        """Whether an input at the element passes a test."""
        return any(x is not None and bool(test(x)) for x in self.x)


def op_name(op):
    """The class of an op; of a product with its epilogue, that of the product."""
    if op is None:
        return ""
    name = type(getattr(op, "product", op)).__name__
    return "Divide" if name == "TrueDivide" else name  # two names of one op


def first_bad(array):
    """The index, a tuple, of the first element that is not finite; NaN before infinity."""
    for test in (np.isnan, lambda values: ~np.isfinite(values)):
        flat = np.flatnonzero(test(array.astype(np.float32) if array.dtype.kind == "V" else array))
        if flat.size:
            return tuple(int(i) for i in np.unravel_index(flat[0], array.shape))
    return ()


def _at(x, shape, element):
    try:
        return np.broadcast_to(x, shape)[element]
    except ValueError:
        return None


# --- forward ----------------------------------------------------------------------------------------------------------


def bad_data(case):
    """NaN or infinity came with the batch."""
    if case.phase == "data":
        return (
            "A bad row in the data: the values were NaN or infinite before the model saw them. Remove these rows, or "
            "replace the values, for example by `np.nan_to_num`."
        )
    return None


def bad_weight(case):
    """A weight is NaN or infinite before the step."""
    if case.phase == "weight":
        return (
            "The weight itself is NaN or infinite before this step: an initializer, a loaded file or an assignment put "
            "it there. Load or initialize the weights again."
        )
    return None


def bad_constant(case):
    """A value that no op made."""
    if case.phase == "constant":
        return "Numbers that were NaN or infinite before any op used them: a constant of the model, or NumPy code."
    return None


def logarithm(case):
    """log of 0 or of a negative number."""
    if case.phase != "forward" or case.op not in ("Log", "Log2", "Log10", "Log1p"):
        return None
    edge = -1.0 if case.op == "Log1p" else 0.0
    if case.any_input(lambda x: x == edge):
        return f"The logarithm of {short(1 + edge if edge else 0)}. Add a small number first: log(x + 1e-7)."
    return "The logarithm of a negative number. Clip its input first: log(ops.maximum(x, 1e-7))."


def division(case):
    """x / 0 or 0 / 0."""
    if case.phase != "forward" or case.op not in _DIVISIONS or not len(case.x):
        return None
    if case.x[-1] is None or case.x[-1] != 0:
        return None
    what = "0 / 0" if len(case.x) == 2 and case.x[0] == 0 else "A division by 0"
    why = ": the sum of weights or of a mask is 0 in this batch" if case.empty_sum else ""
    return f"{what}{why}. Use `ops.divide_no_nan`, or add a small number to the denominator."


_DIVISIONS = ("Divide", "Reciprocal", "Mod", "FloorDivide")


def mean_of_nothing(case):
    """The mean of an array without elements."""
    empty = any(isinstance(x, np.ndarray) and x.size == 0 for x in case.inputs)
    if case.phase == "forward" and empty:
        return f"{case.op} of an array without elements. Make sure that something is left after slicing or masking."
    return None


def exponential(case):
    """exp of more than 88 (float32), or 11 (float16)."""
    if case.phase == "forward" and case.op in ("Exp", "Exp2", "Expm1", "Sinh", "Cosh"):
        limit = float(np.log(float(np.finfo(_floating(case.dtype)).max)))
        return (
            f"Overflow in exp: {case.dtype} holds exp(x) up to x = {short(limit)}. Subtract the maximum first "
            "(`ops.softmax`, `ops.logsumexp` do), or clip the input."
        )
    return None


def root(case):
    """The square root of a negative number, or 1 / sqrt(0)."""
    if case.phase != "forward" or case.op not in ("Sqrt", "Rsqrt"):
        return None
    if case.any_input(lambda x: x < 0):
        return "The square root of a negative number. Clip its input first: sqrt(ops.maximum(x, 0))."
    return "1 / sqrt(0). Add a small number first: rsqrt(x + 1e-7)."


def power(case):
    """0 to a negative power, or a negative number to a fraction."""
    if case.phase != "forward" or case.op != "Power" or case.x[0] is None:
        return None
    if case.x[0] < 0 and np.isnan(case.output[case.element]):
        return "A negative number to a power that is not an integer. Take `ops.absolute` or `ops.maximum(x, 0)` first."
    if case.x[0] == 0:
        return "0 to a negative power, a division by 0. Add a small number to the base."
    return None


def outside_domain(case):
    """arccos(2) and the like."""
    if case.phase == "forward" and case.op in _DOMAINS and np.isnan(case.output[case.element]):
        return f"{case.op} is defined {_DOMAINS[case.op]} only. Clip its input."
    return None


_DOMAINS = {
    "Arccos": "from -1 to 1",
    "Arcsin": "from -1 to 1",
    "Arctanh": "between -1 and 1",
    "Arccosh": "from 1 on",
    "Erfinv": "from -1 to 1",
    "Lgamma": "for positive numbers",
}


def everything_masked(case):
    """softmax of a row that is -inf throughout."""
    masked = any(isinstance(x, np.ndarray) and np.isneginf(x).any() for x in case.inputs if _is_floating(x))
    if case.phase == "forward" and masked and "softmax" in case.op.lower():
        return "A softmax of -inf only: every position is masked. Mask with -1e9 in place of -inf, or leave one open."
    return None


def infinities(case):
    """inf - inf, 0 * inf, inf / inf."""
    if case.phase == "forward" and any(is_bad(x) for x in case.inputs if x is not None):
        return f"{case.op} of infinities: inf - inf, 0 * inf and inf / inf are NaN. Find what made its inputs infinite."
    return None


def float16_overflow(case):
    """A result beyond 65504 in float16."""
    if case.phase in ("forward", "backward") and case.dtype == np.float16:
        return (
            f"float16 overflow: its largest number is {FLOAT16_MAX:.0f}. Scale the values down, use the policy "
            '"mixed_float16" (or "mixed_bfloat16"), or give this layer dtype="float32".'
        )
    return None


def exploding_weights(case):
    """The weights grew from step to step."""
    grown = case.history.grown(GROWTH)
    if case.phase in ("forward", "backward", "update") and grown:
        return (
            f"The weights explode: the largest value of '{grown.path}' went {grown.text} in {grown.steps} steps. "
            f"Lower the learning rate{_rate(case)}, or set `clipnorm=1.0` in the optimizer."
        )
    return None


def large_values(case):
    """Inputs whose product leaves the range of their dtype."""
    size = max((largest(x) for x in case.inputs if x is not None), default=0.0)
    if case.phase == "forward" and size > LARGE:
        return (
            f"Overflow: {case.op} of values up to {short(size)} leaves the range of {case.dtype}. Scale the data (to "
            "mean 0 and variance 1), for example with a `Normalization` layer."
        )
    return None


def singular_matrix(case):
    """The inverse or decomposition of a singular matrix."""
    if case.phase == "forward" and case.op in ("Inv", "Solve", "Cholesky", "Slogdet", "Det", "LuFactor"):
        return f"{case.op} of a singular or indefinite matrix. Add a small multiple of the identity first."
    return None


# --- backward ---------------------------------------------------------------------------------------------------------


def gradient_of_root(case):
    """1 / (2 sqrt(0)), also inside a norm or a standard deviation."""
    is_root = case.op in ("Sqrt", "Rsqrt") or (case.op == "Power" and len(case.x) > 1 and 0 < _number(case.x[1]) < 1)
    if case.phase == "backward" and is_root and case.any_input(lambda x: x == 0):
        return "The gradient of a square root at 0 is infinite. Add a small number under the root: sqrt(x + 1e-7)."
    return None


def gradient_of_norm(case):
    """x / ||x|| at 0."""
    if case.phase == "backward" and case.op in ("Norm", "Hypot", "Absolute") and case.any_input(lambda x: x == 0):
        return "The gradient of a norm at 0 is 0 / 0. Write it as sqrt(sum(x²) + 1e-7)."
    return None


def hidden_by_where(case):
    """A gradient of 0 times infinity, through the branch that `where` did not take."""
    bad_forward = any(is_bad(y) for y in case.outputs)
    at_edge = case.op in (*_DIVISIONS, "Log") and case.any_input(lambda x: x == 0)
    zero = case.dy is not None and case.dy == 0
    if case.phase == "backward" and (zero or bad_forward) and (bad_forward or at_edge):
        return (
            f"{case.op} is not finite at this element; a `where` hides it in the forward pass, but its gradient is "
            "0 * inf = NaN. Replace the *input* there: log(where(x > 0, x, 1))."
        )
    return None


def gradient_at_edge(case):
    """The gradient of log, division or arccos at the edge of its domain."""
    if case.phase != "backward":
        return None
    if case.op in (*_DIVISIONS, "Log") and case.any_input(lambda x: abs(x) < 1e-18):
        return f"The gradient of {case.op} near 0 overflows. Add a small number first."
    if case.op in ("Arccos", "Arcsin", "Arctanh"):
        return f"The gradient of {case.op} at -1 and 1 is infinite. Clip its input to ±(1 - 1e-6)."
    return None


def own_gradient(case):
    """A `custom_gradient` returned NaN or infinity."""
    if case.phase == "backward" and case.op in ("CustomGradient", "ForeignCall"):
        return "The function of a custom gradient returned it, though what came in was finite. Check its formula."
    return None


def exploding_gradient(case):
    """A gradient that grew beyond the range."""
    if case.phase == "backward":
        return (
            f"Exploding gradient: the rule of {case.op} overflows {case.dtype}. Set `clipnorm=1.0`, lower the learning "
            "rate, or normalize between the layers."
        )
    return None


# --- update -----------------------------------------------------------------------------------------------------------


def bad_learning_rate(case):
    """The learning rate itself, or its product with the gradient."""
    if case.phase != "update" or case.learning_rate is None:
        return None
    if not np.isfinite(case.learning_rate):
        return "The learning rate is NaN or infinite. Check the schedule, or the callback that sets it."
    return (
        f"The gradients are finite and the updated weights are not: the step overflows. Lower the learning rate"
        f"{_rate(case)}, set `clipnorm=1.0`, and check the optimizer's `epsilon` (0 divides 0 by 0)."
    )


def overflow(case):
    """Nothing more precise."""
    if case.phase == "forward":
        return f"The result of {case.op} is outside the range of {case.dtype}, or not defined for these inputs."
    return None


CAUSES = [
    bad_data,
    bad_weight,
    bad_constant,
    logarithm,
    division,
    mean_of_nothing,
    everything_masked,
    float16_overflow,
    exponential,
    root,
    power,
    outside_domain,
    infinities,
    singular_matrix,
    hidden_by_where,
    gradient_of_root,
    gradient_of_norm,
    own_gradient,
    exploding_weights,
    gradient_at_edge,
    large_values,
    exploding_gradient,
    bad_learning_rate,
    overflow,
]


def likely_cause(case):
    """(name of the function that recognised the case, its sentence)."""
    for cause in CAUSES:
        sentence = cause(case)
        if sentence is not None:
            return cause.__name__, sentence
    return "unknown", "No known cause."


def _rate(case):
    return "" if case.learning_rate is None else f" (now {short(case.learning_rate)})"


def _number(x):
    return float(x) if x is not None and np.ndim(x) == 0 else np.nan


def _is_floating(x):
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def _floating(dtype):
    return dtype if dtype.kind == "f" else np.dtype("float32")
