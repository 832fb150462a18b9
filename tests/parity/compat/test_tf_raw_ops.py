"""`tf.raw_ops` against the live TensorFlow: every op that is there, by its own names of arguments."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat import tensorflow as namespace  # noqa: E402
from minikeras.compat.tensorflow.raw_ops import OPS  # noqa: E402

ROUNDING = 1e-5  # of float32
X = np.float32([[0.2, 0.7, 0.4], [0.9, 0.1, 0.3]])
Y = np.float32([[0.5, 0.7, 0.6], [0.2, 0.8, 0.3]])
ROW, INDEX = np.float32([1, 2, 3]), np.int32([1, 0])
TRUTH = np.array([[True, False, True], [False, True, True]])
SPECIAL = {
    "Acosh": {"x": 1 + X},
    "MatMul": {"a": X, "b": Y, "transpose_b": True},
    "BatchMatMulV2": {"x": X, "y": Y, "adj_y": True},
    "BiasAdd": {"value": X, "bias": ROW},
    "All": {"input": TRUTH, "axis": [1]},
    "Any": {"input": TRUTH, "axis": [0], "keep_dims": True},
    "ArgMax": {"input": X, "dimension": 1},
    "ArgMin": {"input": X, "dimension": 0},
    "Reshape": {"tensor": X, "shape": [3, 2]},
    "Transpose": {"x": X, "perm": [1, 0]},
    "ExpandDims": {"input": X, "axis": 1},
    "Squeeze": {"input": X[None]},
    "ConcatV2": {"values": [X, Y], "axis": 1},
    "Pack": {"values": [X, Y], "axis": 1},
    "Tile": {"input": X, "multiples": [1, 2]},
    "GatherV2": {"params": X, "indices": INDEX, "axis": 1},
    "GatherNd": {"params": X, "indices": [[1, 2]]},
    "ScatterNd": {"indices": [[1]], "updates": ROW[None], "shape": [2, 3]},
    "Fill": {"dims": [2], "value": 3.0},
    "Cast": {"x": X, "DstT": tf.int32},
    "SelectV2": {"condition": TRUTH, "t": X, "e": Y},
    "Pad": {"input": X, "paddings": [[1, 0], [0, 1]]},
    "ReverseV2": {"tensor": X, "axis": [1]},
    "BroadcastTo": {"input": ROW, "shape": [2, 3]},
    "Range": {"start": 1, "limit": 9, "delta": 3},
    "L2Loss": {"t": X},
    "LeakyRelu": {"features": X - 0.5, "alpha": 0.3},
}


def arguments(name):
    if name in SPECIAL:
        return SPECIAL[name]
    words = [*OPS[name][1]]
    if name.startswith("Logical"):
        return dict(zip(words, (TRUTH, ~TRUTH), strict=False))
    if "axis" in words:
        return {words[0]: X, "axis": [1] if "keep_dims" in words else 1}
    return dict(zip(words, (X, Y), strict=False))


@pytest.mark.one_in(9)
@pytest.mark.parametrize("name", OPS)
def test_raw_op(name):
    given = arguments(name)
    expected = getattr(tf.raw_ops, name)(**given)
    ours = {word: namespace.int32 if value is tf.int32 else value for word, value in given.items()}
    found = getattr(namespace.raw_ops, name)(**ours)
    assert found.dtype == expected.dtype.name
    np.testing.assert_allclose(found, expected, rtol=ROUNDING, atol=ROUNDING)


def test_raw_ops_take_keywords_and_are_refused_by_name():
    with pytest.raises(TypeError):
        namespace.raw_ops.Abs(X)
    with pytest.raises(TypeError, match="Received: \\['y'\\]"):
        namespace.raw_ops.Abs(y=X)
    with pytest.raises(TypeError, match="Received: \\['condition'\\]"):
        namespace.raw_ops.SelectV2(condition=TRUTH)
    with pytest.raises(AttributeError, match=r"tf\.raw_ops\.Abort is not built"):
        getattr(namespace.raw_ops, "Abort")  # noqa: B009 - a plain attribute would be an expression without use
