"""`tf.math` of the shim against the live one: values, dtypes, shapes, gradients."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from tests.parity.comparing import SAME_FORMULA  # noqa: E402
from tests.parity.compat.shim_cases import RNG, Case, check  # noqa: E402

pytestmark = pytest.mark.one_in(2)  # of the tables that follow

GROUP = "compat: tf.math"
INVERSES = 2e-5  # functions with steep parts, where a rounding of the argument shows: tan, erfinv, …

X = RNG.normal(size=(3, 4)).astype("float32")
Y = RNG.normal(size=(3, 4)).astype("float32")
ROW = RNG.normal(size=(4,)).astype("float32")
POSITIVE = RNG.uniform(0.1, 3, size=(3, 4)).astype("float32")
UNIT = RNG.uniform(-0.9, 0.9, size=(3, 4)).astype("float32")
SHARE = RNG.uniform(0.05, 0.95, size=(3, 4)).astype("float32")
DOUBLE = RNG.normal(size=(3, 4))
I = RNG.integers(-9, 9, (3, 4)).astype("int32")  # noqa: E741
J = RNG.integers(1, 5, (3, 4)).astype("int32")
LONG = RNG.integers(-9, 9, (3, 4))
BYTES = RNG.integers(0, 255, (3, 4)).astype("uint8")
SMALL = RNG.integers(-9, 9, (3, 4)).astype("int8")
TRUE = RNG.random((3, 4)) < 0.5
OTHER = RNG.random((3, 4)) < 0.5
Z = (RNG.normal(size=(3, 4)) + 1j * RNG.normal(size=(3, 4))).astype("complex64")
W = (RNG.normal(size=(3, 4)) + 1j * RNG.normal(size=(3, 4))).astype("complex64")
WITH_ZEROS = np.array([[0.0, 1.5, -2.0], [3.0, 0.0, 0.5]], "float32")
SPECIAL = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0], "float32")
HALVES = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.2, -0.7], "float32")
CUBE = RNG.normal(size=(2, 3, 4)).astype("float32")
EMPTY = np.zeros((0, 3), "float32")
IDS = np.array([0, 0, 2, 3, 3], "int32")
ROWS = RNG.normal(size=(5, 2)).astype("float32")
MIXED_IDS = np.array([3, -1, 0, 3, 1], "int32")

ELEMENTWISE = [
    *[
        Case(f"math.{name}", X)
        for name in [
            "abs",
            "asinh",
            "atan",
            "ceil",
            "conj",
            "cos",
            "erf",
            "erfc",
            "exp",
            "expm1",
            "floor",
            "imag",
            "is_finite",
            "log_sigmoid",
            "negative",
            "real",
            "rint",
            "round",
            "sigmoid",
            "sign",
            "sin",
            "sinh",
            "square",
            "tanh",
            "cosh",
            "softplus",
            "softsign",
            "angle",
        ]
    ],
    *[Case(f"math.{name}", POSITIVE) for name in ["log", "log1p", "reciprocal", "rsqrt", "sqrt", "reciprocal_no_nan"]],
    *[Case(f"math.{name}", UNIT, tolerance=INVERSES) for name in ["acos", "asin", "atanh", "erfinv", "tan"]],
    *[Case(f"math.{name}", SHARE, tolerance=INVERSES) for name in ("ndtri", "erfcinv")],
    Case("math.acosh", POSITIVE + 1.0, tolerance=INVERSES),
    *[Case(f"math.{name}", DOUBLE) for name in ("exp", "tanh", "sigmoid", "erf", "abs", "floor")],
    *[Case(f"math.{name}", I) for name in ("abs", "sign", "square", "negative", "round")],
    *[
        Case(f"math.{name}", SPECIAL, gradients=False)
        for name in [
            "is_nan",
            "is_inf",
            "is_finite",
            "sign",
            "exp",
            "log",
            "sqrt",
            "abs",
            "square",
            "sigmoid",
            "tanh",
            "floor",
            "round",
            "reciprocal_no_nan",
        ]
    ],
    *[
        Case(f"math.{name}", Z, gradients=False)
        for name in [
            "abs",
            "real",
            "imag",
            "conj",
            "angle",
            "exp",
            "sqrt",
            "square",
            "sin",
            "cos",
            "tanh",
            "reciprocal",
            "negative",
            "sign",
            "log",
        ]
    ],
    Case("math.round", HALVES),
    Case("math.rint", HALVES),
]
ARITHMETIC = [
    *[
        Case(f"math.{name}", X, Y)
        for name in [
            "add",
            "subtract",
            "multiply",
            "divide",
            "maximum",
            "minimum",
            "squared_difference",
            "floordiv",
            "floormod",
            "mod",
            "truediv",
            "divide_no_nan",
            "multiply_no_nan",
            "atan2",
            "nextafter",
        ]
    ],
    *[
        Case(name, X, ROW)
        for name in ["add", "subtract", "multiply", "divide", "maximum", "minimum", "truediv", "realdiv", "truncatediv"]
    ],
    Case("truncatemod", X, ROW, gradients=False),
    *[
        Case(f"math.{name}", I, J)
        for name in [
            "add",
            "subtract",
            "multiply",
            "maximum",
            "minimum",
            "floordiv",
            "floormod",
            "divide",
            "truediv",
            "squared_difference",
            "pow",
        ]
    ],
    *[Case(name, I, J) for name in ("truncatediv", "truncatemod")],
    *[
        Case(f"math.{name}", Z, W, gradients=False)
        for name in ["add", "subtract", "multiply", "divide", "squared_difference"]
    ],
    Case("math.divide", BYTES, BYTES // 2 + 1),
    Case("math.divide", LONG, LONG * LONG + 1),
    Case("math.pow", POSITIVE, Y),
    Case("math.pow", X, 2),
    Case("math.pow", 2.0, X),
    Case("math.pow", X, 3.0),
    Case("math.add", X, 1),
    Case("math.add", 1.0, X),
    Case("math.add", 1, 2),
    Case("math.add", 1.0, 2),
    Case("math.multiply", I, 3),
    Case("math.multiply", DOUBLE, 0.5),
    Case("math.subtract", [1, 2], [3, 4]),
    Case("math.divide", 3, 2),
    Case("math.divide", I, 2),
    Case("math.maximum", X, 0.0),
    Case("math.maximum", I, 0),
    Case("math.divide_no_nan", X[:2, :3], WITH_ZEROS),
    Case("math.multiply_no_nan", X[:2, :3], WITH_ZEROS),
    Case("math.xlogy", WITH_ZEROS, POSITIVE[:2, :3]),
    Case("math.xdivy", WITH_ZEROS, POSITIVE[:2, :3]),
    Case("math.xlog1py", WITH_ZEROS, POSITIVE[:2, :3]),
    Case("math.scalar_mul", 3.0, X),
    Case("math.add_n", [X, Y, X]),
    Case("math.accumulate_n", [X, Y]),
    Case("add_n", [I, J]),
    Case("math.polyval", [1.0, -2.0, 0.5], X),
    Case("math.reciprocal_no_nan", WITH_ZEROS),
]
COMPARISONS = [
    *[
        Case(f"math.{name}", X, ROW)
        for name in ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"]
    ],
    *[Case(f"math.{name}", I, 2) for name in ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"]],
    *[Case(f"math.{name}", TRUE, OTHER) for name in ("logical_and", "logical_or", "logical_xor")],
    Case("math.logical_not", TRUE),
    Case("math.is_non_decreasing", np.arange(4)),
    Case("math.is_strictly_increasing", np.array([1, 1, 2])),
]
REDUCTIONS = [
    *[
        Case(f"math.reduce_{name}", X, axis, keepdims)
        for name in ["sum", "mean", "max", "min", "prod", "std", "variance", "logsumexp", "euclidean_norm"]
        for axis, keepdims in ((None, False), (0, False), (-1, True), ([0, 1], False), ([], False))
    ],
    *[Case(f"math.reduce_{name}", CUBE, [0, 2]) for name in ("sum", "mean", "max", "logsumexp")],
    *[Case(f"math.reduce_{name}", I, 1) for name in ("sum", "mean", "max", "min", "prod")],
    *[Case(f"math.reduce_{name}", SMALL) for name in ("sum", "mean", "max", "min")],
    *[Case(f"math.reduce_{name}", TRUE, 0) for name in ("all", "any")],
    *[Case(f"math.reduce_{name}", EMPTY, 0, gradients=False) for name in ("sum", "max", "min", "prod", "mean")],
    *[Case(f"math.reduce_{name}", Z, 0, gradients=False) for name in ("sum", "mean", "prod", "std", "variance")],
    Case("reduce_max", np.zeros((0,), "int32")),
    Case("reduce_sum", [1, 2, 3]),
    Case("reduce_mean", [1.0, 2.0]),
    Case("math.count_nonzero", I),
    Case("math.count_nonzero", WITH_ZEROS, 0, True),
    Case("math.zero_fraction", WITH_ZEROS),
    Case("math.count_nonzero", np.array(["a", ""]), dtype="tf.int32"),
    Case("reduce_max", X, np.array(1)),
]
RUNNING = [
    Case(f"math.{name}", x, axis, exclusive, reverse)
    for name in ("cumsum", "cumprod", "cumulative_logsumexp")
    for x, axis in ((X, 0), (CUBE, -1))
    for exclusive in (False, True)
    for reverse in (False, True)
] + [Case("cumsum", I), Case("math.cumulative_logsumexp", 100 * X, 1)]
SEGMENTS = [
    *[Case(f"math.segment_{name}", ROWS, IDS) for name in ("sum", "mean", "max", "min", "prod")],
    *[
        Case(f"math.unsorted_segment_{name}", ROWS, MIXED_IDS, 5)
        for name in ("sum", "mean", "max", "min", "prod", "sqrt_n")
    ],
    Case("math.unsorted_segment_sum", X, J, 6),
    Case("math.unsorted_segment_mean", X, J, 6),
    Case("math.segment_sum", I, np.array([0, 0, 1])),
]
COUNTING = [
    Case("math.bincount", J),
    Case("math.bincount", J, minlength=9),
    Case("math.bincount", J, maxlength=3),
    Case("math.bincount", J, axis=-1),
    Case("math.bincount", J, axis=-1, binary_output=True),
    Case("math.bincount", J[0], np.array([0.5, 1.0, 2.0, 3.0], "float32"), gradients=False),
    Case("math.bincount", J, dtype="tf.int64"),
    Case("math.confusion_matrix", [0, 1, 2, 2], [0, 2, 2, 1]),
    Case("math.confusion_matrix", np.array([0, 1]), np.array([1, 1]), 4, dtype="tf.float32"),
    Case("math.confusion_matrix", [0, 1], [1, 1], weights=[0.5, 2.0], dtype="tf.float32"),
    Case("histogram_fixed_width", X, [-1.0, 1.0], nbins=5),
    Case("histogram_fixed_width_bins", X, [-1.0, 1.0], nbins=5),
    Case("math.in_top_k", np.array([0, 3, 2]), X, 2),
    Case("math.invert_permutation", np.array([2, 0, 1])),
    Case("math.top_k", X, 2),
    Case("math.top_k", I, 3),
    Case("math.top_k", X),
    Case("math.argmax", X),
    Case("argmin", X, 1),
    Case("argmax", X, -1, "tf.int32"),
    Case("math.l2_normalize", X),
    Case("math.l2_normalize", X, 1),
    Case("math.softmax", X),
    Case("math.log_softmax", X, 0),
]
SPECIAL_FUNCTIONS = [
    Case("math.lgamma", np.array([0.1, 0.5, 1.0, 2.5, 10.0, 100.0, -0.5, -3.3], "float32")),
    Case("math.lgamma", np.array([0.0, -1.0, np.inf, np.nan], "float32"), gradients=False),
    Case("math.digamma", np.array([0.1, 0.5, 1.0, 2.5, 10.0, 100.0, -0.5, -3.3], "float32"), tolerance=INVERSES),
    Case("math.polygamma", np.array([0.0, 1.0, 2.0, 3.0], "float32"), np.array([0.5, 1.5, 2.5, 8.0], "float32")),
    Case("math.zeta", np.array([1.5, 2.0, 3.0, 6.0], "float32"), np.array([0.5, 1.0, 2.5, 8.0], "float32")),
    *[
        Case(f"math.{name}", np.array([0.5, 1.0, 3.0, 30.0], "float32"), POSITIVE, gradients=False, tolerance=INVERSES)
        for name in ("igamma", "igammac")
    ],
    Case("math.betainc", 5 * POSITIVE, POSITIVE, SHARE, tolerance=INVERSES),
    Case("math.lbeta", POSITIVE),
    *[Case(f"math.{name}", 3 * X) for name in ("bessel_i0", "bessel_i0e", "bessel_i1", "bessel_i1e")],
    Case("math.bessel_i0e", np.array([0.0, 30.0, -100.0], "float32"), tolerance=INVERSES),
]


@pytest.mark.parametrize(
    "case",
    [*ELEMENTWISE, *ARITHMETIC, *COMPARISONS, *REDUCTIONS, *RUNNING, *SEGMENTS, *COUNTING, *SPECIAL_FUNCTIONS],
    ids=repr,
)
def test_same_results(case):
    check(case, GROUP, SAME_FORMULA)
