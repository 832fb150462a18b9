"""What one does with tensors in Python, against live TensorFlow: operators, mixtures with numbers and arrays, strings.

Values, dtypes, shapes and how they print are compared at once: by the printed form.
"""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat import tensorflow as shim  # noqa: E402
from minikeras.compat.tensorflow.tensor_attributes import tensor_attributes_installed  # noqa: E402


def words(t):
    return t.constant(["a", "b", "a"])


OPERATORS = [
    lambda t: t.constant(3) / 2,
    lambda t: t.constant([1, 2]) / t.constant([2, 3]),
    lambda t: 1 / t.constant(3),
    lambda t: t.constant([1, 2]) == t.constant([1, 2, 3]),
    lambda t: t.constant([1, 2]) != t.constant([1, 2, 3]),
    lambda t: t.Variable([1, 2]) == t.constant([1, 2, 3]),
    lambda t: t.constant("a") == t.constant("a"),
    lambda t: t.constant([1, 2], t.uint8) / 2,
    lambda t: t.constant(7) // 2,
    lambda t: -7 // t.constant(2),
    lambda t: t.constant(-7) % 3,
    lambda t: t.constant(2) ** 3,
    lambda t: 2 ** t.constant(3.0),
    lambda t: t.constant([1.0]) == None,  # noqa: E711
    lambda t: t.constant([1, 2]) == [1, 3],
    lambda t: t.constant([1.0, 2.0]) != 1.0,
    lambda t: t.constant(1.0) < 2,
    lambda t: t.constant([True]) & t.constant([False]),
    lambda t: ~t.constant([True]),
    lambda t: abs(t.constant(-1)),
    lambda t: -t.constant([1.0]),
    lambda t: t.constant([[1.0, 2.0]]) @ t.constant([[1.0], [2.0]]),
    lambda t: t.constant(1.0) * np.float64(2),
    lambda t: np.float64(2) * t.constant(1.0),
    lambda t: np.arange(3) * t.constant(2),
    lambda t: t.constant(1) * np.int64(2),
    lambda t: t.constant(1.0) + np.array([1.0, 2.0]),
    lambda t: np.array([1.0]) - t.constant(1.0),
    lambda t: t.constant([1], t.uint8) + np.array([1], np.int16),
    lambda t: t.constant([1.0]) + np.array([1]),
    lambda t: t.constant([1.0], t.float64) + np.array([1.0], np.float32),
    lambda t: max(t.constant(1), t.constant(2)),
    lambda t: sum([t.constant(1.0), t.constant(2.0)]),
    lambda t: 1 - t.constant([0.25, 1.0]),
    lambda t: t.constant(1.0) / 3,
    lambda t: t.Variable([1.0, 2.0]) + 1,
    lambda t: t.Variable([1.0, 2.0])[0],
    lambda t: t.Variable(2) / 4,
    lambda t: t.square(t.Variable(2.0)),
    lambda t: t.concat([t.Variable([1.0]), [2.0]], 0),
    lambda t: t.reshape(t.Variable([1.0, 2.0]), (2, 1)),
    lambda t: t.stack([t.Variable(1.0), 2.0]),
]
PYTHON = [
    lambda t: np.mean([t.constant(1.0), t.constant(2.0)]),
    lambda t: np.array([t.constant(1.0), t.constant(2.0)]),
    lambda t: list(map(float, t.constant([1.0, 2.0]))),
    lambda t: t.constant([[1.0]]).numpy().item(),
    lambda t: "%d %.2f %s" % (t.constant(3), t.constant(2.5), t.constant(1)),  # noqa: UP031
    lambda t: f"{t.constant(2.5):5.1f}|{t.constant(3):d}",
    lambda t: not t.constant(False),
    lambda t: [1, 2, 3][t.constant(1)],
    lambda t: list(range(t.constant(3))),
    lambda t: int(t.constant(3.7)),
    lambda t: t.constant([1.0, np.nan]),
    lambda t: t.ones((t.constant(2), 3)),
    lambda t: np.zeros(t.shape([[1, 2]])),
    lambda t: isinstance(t.constant(1), t.Tensor),
    lambda t: t.constant(np.zeros((2, 2), np.float16)),
    lambda t: [x + 1 for x in t.range(3)],
    lambda t: t.math.log(t.constant([1, 2], t.float64)),
    lambda t: dict(zip("ab", t.constant([1, 2]), strict=True)),
    lambda t: (lambda a, b: a - b)(*t.constant([3, 1])),
    lambda t: t.reduce_sum(t.constant([1, 2]), axis=0, keepdims=True),
    lambda t: np.sum(t.constant([1.0, 2.0])),
    lambda t: np.asarray(t.constant([1.0])).dtype,
    lambda t: np.sqrt(t.constant(4.0)),
    lambda t: t.constant([1, 2, 3])[t.constant([True, False, True])],
    lambda t: round(float(t.constant(1.234)), 2),
    lambda t: t.zeros([2, 3]).shape[0] * 2,
    lambda t: [t.zeros([2, 3]).shape, t.float32],
]
STRINGS = [
    lambda t: t.equal(words(t), "a"),
    lambda t: words(t) == "a",
    lambda t: t.where(words(t) == "a", words(t), t.constant("z")),
    lambda t: t.gather(words(t), [0, 1]),
    lambda t: t.stack([words(t), words(t)]),
    lambda t: t.expand_dims(words(t), 0),
    lambda t: words(t)[1:],
    lambda t: words(t)[0],
    lambda t: t.tile(words(t), [2]),
    lambda t: t.boolean_mask(words(t), [True, False, True]),
    lambda t: t.split(words(t), 3),
    lambda t: t.transpose(t.constant([["a", "b"]])),
    lambda t: t.pad(words(t), [[0, 1]]),
    lambda t: t.squeeze(t.constant([["a", "b"]])),
    lambda t: (t.size(words(t)), t.shape(words(t))),
    lambda t: t.add("a", "b"),
    lambda t: words(t) + "x",
    lambda t: t.reverse(words(t), [0]),
    lambda t: t.repeat(words(t), 2),
    lambda t: t.unique(words(t)),
    lambda t: t.not_equal(words(t), "a"),
    lambda t: t.concat([words(t), ["q"]], 0),
    lambda t: t.convert_to_tensor("a"),
    lambda t: list(words(t)),
    lambda t: t.unstack(words(t)),
    lambda t: t.gather_nd(words(t), [[1]]),
    lambda t: t.zeros_like(words(t)),
    lambda t: t.reshape(words(t), (3, 1)),
    lambda t: t.broadcast_to("a", [2]),
    lambda t: t.roll(words(t), 1, 0),
    lambda t: t.scatter_nd([[1]], ["a"], [3]),
    lambda t: t.tensor_scatter_nd_update(words(t), [[1]], ["q"]),
    lambda t: t.reduce_all(words(t) == words(t)),
    lambda t: t.fill([2], "x"),
    lambda t: t.slice(words(t), [1], [1]),
    lambda t: t.constant(["a\0", "\0"]),
]


@pytest.mark.parametrize("call", [*OPERATORS, *PYTHON, *STRINGS])
def test_same_printed_result(call):
    with tensor_attributes_installed():
        assert repr(call(shim)) == repr(call(tf))
