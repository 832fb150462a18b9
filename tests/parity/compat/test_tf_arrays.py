"""Tensors and arrays of the shim (`tf.constant`, `tf.reshape`, `tf.gather` …) against the live ones."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from tests.parity.comparing import SAME_FORMULA  # noqa: E402
from tests.parity.compat.shim_cases import RNG, Case, check  # noqa: E402

pytestmark = pytest.mark.one_in(2)  # of the tables that follow

GROUP = "compat: tf arrays"

X = RNG.normal(size=(3, 4)).astype("float32")
Y = RNG.normal(size=(3, 4)).astype("float32")
ROW = RNG.normal(size=(6,)).astype("float32")
CUBE = RNG.normal(size=(2, 3, 4)).astype("float32")
FOUR = RNG.normal(size=(2, 4, 3, 2)).astype("float32")
DOUBLE = RNG.normal(size=(2, 2))
I = RNG.integers(-9, 9, (3, 4)).astype("int32")  # noqa: E741
MASK = RNG.random((3, 4)) < 0.5
ROWS = np.array([True, False, True])
WORDS = np.array([["a", "bc"], ["d", ""]])
TIES = np.array([[2.0, 1.0, 2.0, 0.0], [1.0, 1.0, 1.0, 3.0]], "float32")
Z = (RNG.normal(size=(2, 3)) + 1j * RNG.normal(size=(2, 3))).astype("complex64")
POSITIONS = np.array([[0, 1], [2, 3], [0, 1]], "int32")
FIRST = np.array([[0], [2]], "int32")

MAKING = [
    *[
        Case("constant", value)
        for value in (
            1,
            1.0,
            True,
            "abc",
            1 + 2j,
            [1, 2],
            [1, 2.5],
            [[1.0], [2.0]],
            [],
            2**40,
            ["a", "bé"],
            b"x",
            np.float64(3.0),
            np.int64(3),
            [np.float64(1.0)],
            [np.int64(1), 2],
            DOUBLE,
            I,
            MASK,
            WORDS,
        )
    ],
    *[
        Case("constant", value, dtype)
        for value in (1, [1, 2])
        for dtype in ("tf.float32", "float64", "tf.int64", "tf.uint8")
    ],
    Case("constant", 3, shape=(2, 2)),
    Case("constant", [1, 2, 3, 4], shape=(2, 2)),
    Case("constant", 7, "tf.float32", [3]),
    Case("convert_to_tensor", [1.0, 2.0]),
    Case("convert_to_tensor", X),
    Case("convert_to_tensor", [X[0, 0], 2.0]),
    Case("convert_to_tensor", 3, dtype_hint="tf.float64"),
    *[
        Case("cast", x, dtype)
        for x in (X, I, MASK)
        for dtype in ("tf.float32", "tf.int32", "tf.bool", "tf.float64", "tf.float16")
    ],
    Case("cast", [1.9, -1.9], "tf.int32"),
    Case("cast", 3, "float32"),
    Case("cast", Z, "tf.float32", gradients=False),
    Case("saturate_cast", np.array([300.0, -2.0, 7.0], "float32"), "tf.uint8"),
    Case("bitcast", X, "tf.int32"),
    Case("bitcast", DOUBLE, "tf.int32"),
    Case("bitcast", I[:, :2], "tf.int64"),
    Case("complex", X, Y, gradients=False),
    Case("identity", X),
    Case("identity_n", [X, I]),
    Case("shape", CUBE),
    Case("shape", X, "tf.int64"),
    Case("shape_n", [X, CUBE]),
    Case("size", X),
    Case("size", X, "tf.int64"),
    Case("rank", CUBE),
    Case("ensure_shape", X, [None, 4]),
    Case("stop_gradient", X),
    Case("broadcast_dynamic_shape", [1, 3], [2, 1]),
    Case("is_tensor", X),
    Case("is_tensor", 3.0),
    Case("get_static_value", 3),
    *[Case(name, [2, 3]) for name in ("zeros", "ones")],
    Case("zeros", 3),
    Case("zeros", (), "tf.int32"),
    Case("ones", [2], "tf.bool"),
    Case("zeros", [2], "tf.string"),
    Case("zeros", np.array([2, 1])),
    Case("fill", [2, 3], 7),
    Case("fill", [2], 0.5),
    Case("fill", [2], np.array(2.0)),
    Case("fill", [2], "a"),
    *[Case(f"{name}_like", x) for name in ("zeros", "ones") for x in (X, I, MASK)],
    Case("zeros_like", X, "tf.int32"),
    Case("zeros_like", WORDS),
    Case("eye", 3),
    Case("eye", 2, 3, [2], "tf.int32"),
    Case("range", 5),
    Case("range", 5.0),
    Case("range", 2, 9, 3),
    Case("range", 0, 1, 0.25),
    Case("range", 5, dtype="tf.int64"),
    Case("range", 10, 0, -3),
    Case("range", np.int64(3)),
    Case("range", np.array(4, "int32")),
    Case("linspace", 0, 1, 5),
    Case("linspace", 0.0, 1.0, 4),
    Case("linspace", X[0], Y[0], 3),
    Case("linspace", X[0], Y[0], 3, axis=1),
    Case("one_hot", [0, 2, -1, 5], 3),
    Case("one_hot", I, 4),
    Case("one_hot", [0, 2], 3, axis=0),
    Case("one_hot", [1], 2, 5.0, -1.0),
    Case("one_hot", [1, 0], 2, True, False),
    Case("one_hot", [1], 3, dtype="tf.int64"),
    Case("one_hot", [1], 2, 5, 1),
    Case("meshgrid", [1, 2, 3], [4, 5]),
    Case("meshgrid", X[0], Y[:, 0], indexing="ij"),
    Case("sequence_mask", [1, 3, 0]),
    Case("sequence_mask", [1, 3], 5, "tf.float32"),
    Case("sequence_mask", [[1, 2]], 3),
]
SHAPING = [
    *[Case("reshape", CUBE, shape) for shape in ([4, 6], (-1,), [-1, 2], -1, (2, -1, 2))],
    Case("reshape", CUBE, np.array([6, 4])),
    Case("reshape", WORDS, [4]),
    *[Case("expand_dims", X, axis) for axis in (0, 1, -1)],
    Case("squeeze", X[None, :, None]),
    Case("squeeze", X[None, :, None], 0),
    Case("squeeze", X[None, :, None], [0, 2]),
    Case("transpose", CUBE),
    Case("transpose", CUBE, [1, 0, 2]),
    Case("transpose", Z, conjugate=True, gradients=False),
    Case("broadcast_to", X[:1], [2, 3, 4]),
    Case("tile", X, [2, 1]),
    Case("tile", X[0], [3]),
    Case("repeat", X, 2),
    Case("repeat", X, [1, 0, 2], axis=0),
    Case("repeat", X, 3, 1),
    Case("repeat", [1, 2], [2, 1]),
    Case("reverse", CUBE, [0, 2]),
    Case("reverse", X, [-1]),
    Case("roll", X, 1, 0),
    Case("roll", X, [1, -2], [0, 1]),
    Case("reverse_sequence", CUBE, [1, 3], seq_axis=1, batch_axis=0),
    Case("reverse_sequence", CUBE, [1, 2, 0], 0, 1),
    Case("concat", [X, Y], 0),
    Case("concat", [X, Y], -1),
    Case("concat", [X], 0),
    Case("concat", [[[1, 2]], [[3, 4]]], 1),
    Case("concat", [WORDS, WORDS], 0),
    Case("concat", [X, [[1.0, 2.0, 3.0, 4.0]]], 0),
    Case("stack", [X, Y]),
    Case("stack", [X, Y], axis=-1),
    Case("stack", [1, 2]),
    Case("stack", [1.0, 2.0], 0),
    Case("stack", [X[0, 0], 2]),
    Case("unstack", X),
    Case("unstack", CUBE, axis=1),
    Case("unstack", X, 4, -1),
    Case("split", X, 2, 1),
    Case("split", X, [1, 2], 0),
    Case("split", X, [1, -1], 1),
    Case("split", ROW, 3),
    Case("split", X, 4, axis=-1),
    Case("pad", X, [[1, 2], [0, 3]]),
    Case("pad", X, [[1, 2], [2, 3]], "REFLECT"),
    Case("pad", X, [[1, 2], [2, 3]], "SYMMETRIC"),
    Case("pad", X, [[1, 0], [0, 0]], constant_values=5.0),
    Case("pad", X, np.array([[1, 1], [1, 1]])),
    Case("pad", I, [[1, 0], [0, 1]]),
    Case("space_to_batch", FOUR, [2, 1], [[0, 0], [0, 0]]),
    Case("space_to_batch", FOUR, [2, 2], [[0, 0], [1, 0]]),
    Case("batch_to_space", np.tile(FOUR, (2, 1, 1, 1)), [2, 2], [[1, 0], [0, 1]]),
]
INDEXING = [
    Case("gather", X, [2, 0]),
    Case("gather", X, [[0, 1], [3, 3]], axis=1),
    Case("gather", CUBE, [1, 1], axis=-1),
    Case("gather", ROW, 3),
    Case("gather", X, np.array([[0, 1], [3, 3], [2, 0]]), batch_dims=1),
    Case("gather", X, [1, 2, 0], batch_dims=1, axis=1),
    Case("gather", FOUR, np.array([[0, 1], [2, 2]]), axis=2, batch_dims=1),
    Case("gather", FOUR, [[0, 1], [1, 0]], batch_dims=1, axis=3),
    Case("gather", WORDS, [1, 0]),
    Case("gather_nd", X, POSITIONS),
    Case("gather_nd", X, FIRST),
    Case("gather_nd", CUBE, [1, 2], gradients=False),
    Case("gather_nd", CUBE, np.array([[[0, 1]], [[2, 3]]]), batch_dims=1),
    Case("gather_nd", X, [[0, 9], [1, 1]], bad_indices_policy="IGNORE"),
    Case("boolean_mask", X, MASK),
    Case("boolean_mask", X, ROWS),
    Case("boolean_mask", X.T, ROWS, axis=1),
    Case("boolean_mask", [1, 2], [True, False]),
    Case("where", MASK),
    Case("where", MASK, X, Y),
    Case("where", MASK, X, 0.0),
    Case("where", ROWS[:, None], X, Y),
    Case("where", MASK, 1, 0),
    Case("where", MASK, 1.0, X),
    Case("slice", CUBE, [0, 1, 1], [2, 2, -1]),
    Case("slice", X, np.array([1, 0]), np.array([1, 3])),
    Case("strided_slice", X, [0, 1], [3, 4], [2, 1]),
    Case("strided_slice", X, [0, -1], [3, -4], [1, -2]),
    Case("strided_slice", CUBE, [0, 1], [0, 2], begin_mask=1, end_mask=1),
    Case("strided_slice", CUBE, [0, 1], [0, 2], shrink_axis_mask=1),
    Case("strided_slice", X, [0, 0], [0, 2], new_axis_mask=1),
    Case("strided_slice", CUBE, [0, 1], [0, 3], ellipsis_mask=1),
    Case("unravel_index", [3, 5], [2, 3]),
    Case("scatter_nd", POSITIONS, ROW[:3], [3, 4]),
    Case("scatter_nd", FIRST, X[:2], [4, 4]),
    *[Case(f"tensor_scatter_nd_{name}", X, POSITIONS[:2], ROW[:2]) for name in ("update", "add", "sub", "max", "min")],
    Case("tensor_scatter_nd_update", X, FIRST, Y[:2]),
    Case("tensor_scatter_nd_add", X, POSITIONS, ROW[:3]),
    Case("dynamic_partition", X, [1, 0, 1], 2),
    Case("dynamic_partition", X, I % 3, 3),
    Case("dynamic_stitch", [[0, 2], [1]], [X[:2], Y[:1]]),
    Case("dynamic_stitch", [[0, 2], [2, 1]], [X[:2], Y[:2]], gradients=False),
]
ORDER = [
    Case("sort", X),
    Case("sort", X, 0, "DESCENDING"),
    Case("argsort", X),
    Case("argsort", X, 0),
    Case("argsort", TIES, -1, "DESCENDING", True),
    Case("argsort", TIES, stable=True),
    Case("argsort", I, direction="DESCENDING", stable=True),
    Case("math.top_k", TIES, 3),
    Case("unique", [3, 1, 3, 2]),
    Case("unique", ROW, gradients=False),
    Case("unique", np.array(["b", "a", "b"])),
    Case("unique_with_counts", [3, 1, 3, 2]),
    Case("unique", [3, 1, 3], "tf.int64"),
    Case("searchsorted", [1.0, 2.0, 3.0], [0.5, 2.0, 9.0]),
    Case("searchsorted", [1.0, 2.0, 3.0], [2.0], side="right"),
    Case("searchsorted", np.sort(X), Y),
    Case("argmax", TIES, 1),
    Case("argmin", TIES),
    Case("clip_by_value", X, -0.5, 0.5),
    Case("clip_by_value", I, -2, 3),
    Case("clip_by_value", X, Y - 1, Y),
    Case("clip_by_norm", X, 1.0),
    Case("clip_by_norm", X, 0.5, [1]),
    Case("clip_by_norm", X, 99.0),
    Case("clip_by_norm", 0 * X, 1.0),
    Case("clip_by_global_norm", [X, CUBE], 1.0),
    Case("clip_by_global_norm", [X, CUBE], 99.0),
    Case("clip_by_global_norm", [X], 1.0, use_norm=np.array(2.0, "float32")),
    Case("linalg.global_norm", [X, CUBE]),
]


@pytest.mark.parametrize("case", [*MAKING, *SHAPING, *INDEXING, *ORDER], ids=repr)
def test_same_results(case):
    check(case, GROUP, SAME_FORMULA)
