# ruff: noqa: E501  an expression of the tables is on one line
"""`tf.Variable` of the shim against the live one."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from tests.parity.comparing import SAME_FORMULA  # noqa: E402
from tests.parity.compat.snippets import check_snippet  # noqa: E402

pytestmark = pytest.mark.one_in(2)  # of the tables that follow

GROUP = "compat: tf.Variable"
START = np.array([1.0, 2.0, 5.0], "float32")
TABLE = np.arange(12, dtype="float32").reshape(4, 3)

# What a Variable made of START (v) or TABLE (w) gives.
EXPRESSIONS = """
v ; v.value() ; v.read_value() ; v.numpy() ; v.name ; v.shape ; v.dtype ; v.trainable ; v.constraint ; v.get_shape() ; v.device
v.assign([3.0, 4.0, 5.0]) ; v.assign_add([1.0, 1.0, 1.0]) ; v.assign_sub([1, 2, 3]) ; v.assign([3.0, 4.0, 5.0], read_value=False)
v.assign(np.ones(3)) ; v.assign(tf.ones(3)) ; v.assign_add(tf.constant([1.0, 1.0, 1.0]))
v[0] ; v[1:] ; v[-1] ; w[1, 2] ; w[:, 1] ; w[..., tf.newaxis] ; w[tf.constant(1)]
v[0].assign(9.0) ; v[1:].assign([0.0, 1.0]) ; w[1].assign(tf.zeros(3)) ; w[:, 0].assign(tf.range(4.0)) ; w[1, 2].assign(7.0)
v + 1 ; 1 - v ; 2 * v ; v / 2 ; 2 / v ; v // 2 ; v % 2 ; v**2 ; -v ; abs(-v) ; v < 2.0 ; v >= 2.0 ; v == v ; v != v ; w @ tf.ones((3, 2))
v + np.float64([1, 2, 3]) ; np.float32(2) * v ; v + v ; v * tf.constant(3.0) ; tf.constant(3.0) - v
list(v) ; len(list(w)) ; bool(tf.Variable(1.0)) ; int(tf.Variable(3)) ; float(tf.Variable(3.5))
tf.reduce_sum(v) ; tf.square(v) ; tf.matmul(w, w, transpose_b=True) ; tf.concat([v, v], 0) ; tf.stack([v, v]) ; tf.cast(v, tf.int32)
tf.is_tensor(v) ; isinstance(v, tf.Variable) ; isinstance(v, tf.Tensor) ; tf.convert_to_tensor(v) ; tf.identity(v) ; tf.shape(w) ; tf.rank(w)
v.scatter_add(tf.IndexedSlices([1.0, 2.0], [0, 0])) ; v.scatter_sub(tf.IndexedSlices([1.0], [2])) ; v.scatter_mul(tf.IndexedSlices([3.0], [1]))
v.scatter_div(tf.IndexedSlices([2.0], [1])) ; v.scatter_max(tf.IndexedSlices([1.5], [0])) ; v.scatter_min(tf.IndexedSlices([1.5], [1]))
v.scatter_update(tf.IndexedSlices([7.0], [1])) ; w.scatter_update(tf.IndexedSlices([[1.0, 2.0, 3.0]], [2])) ; w.scatter_add(tf.IndexedSlices(tf.ones((2, 3)), [3, 3]))
v.scatter_nd_add([[0], [2]], [1.0, 2.0]) ; v.scatter_nd_sub([[0]], [1.0]) ; v.scatter_nd_update([[1]], [8.0]) ; w.scatter_nd_update([[0, 1], [3, 2]], [9.0, 8.0])
w.scatter_nd_add([[1]], [[1.0, 1.0, 1.0]]) ; w.batch_scatter_update(tf.IndexedSlices([[9.0], [8.0], [7.0], [6.0]], [[0], [1], [2], [0]]))
w.gather_nd([[0, 1], [2, 2]]) ; w.gather_nd([1]) ; w.sparse_read([2, 0]) ; tf.gather(w, [2, 0])
v.is_initialized() ; v.set_shape([3]) ; tf.Variable(1).count_up_to(5) ; v.ref() == v.ref() ; v.ref().deref() is v ; len({v.ref(), v.ref(), w.ref()})
tf.Variable([1, 2.5]) ; tf.Variable(np.ones(2)) ; tf.Variable(1, dtype=tf.float32) ; tf.Variable(3) ; tf.Variable([True]) ; tf.Variable(v) ; tf.Variable("a") ; tf.Variable(2**40)
tf.Variable(lambda: tf.ones((2,))) ; tf.Variable(tf.zeros((2, 2)), name="n").name ; tf.Variable(1.0, trainable=False).trainable
tf.Variable(tf.ones((2, 3)), shape=[None, 3]).shape ; tf.Variable(tf.ones((2, 3)), shape=[None, 3]).assign(tf.ones((4, 3))) ; tf.Variable(1.0, shape=tf.TensorShape(None)).assign([1.0, 2.0])
tf.Variable(1.0, synchronization=tf.VariableSynchronization.ON_READ).trainable ; v.aggregation ; v.synchronization
tf.Variable(1.0, constraint=lambda x: x).constraint(3)
v.assign([1.0, 2.0]) ; v.assign(5) ; v.assign(tf.constant([1, 2, 3])) ; v.assign_add(tf.ones(2)) ; v.assign_add(1.0)
tf.Variable([1.0], shape=[2]) ; hash(v) ; {v: 1} ; v.initial_value ; v.set_shape([4]) ; tf.Variable(5).count_up_to(5)
str(v) ; repr(tf.Variable(2.5)) ; repr(w) ; f"{tf.Variable(3)}"
"""
EXPRESSIONS = [e.strip() for line in EXPRESSIONS.strip().splitlines() for e in line.split(" ; ")]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expressions(expression):
    code = compile(expression, expression, "eval")

    def snippet(tf):
        v, w = tf.Variable(START), tf.Variable(TABLE, name="table")
        result = eval(code, {"tf": tf, "np": np, "v": v, "w": w})
        return result, v, w

    snippet.__name__ = expression
    check_snippet(snippet, GROUP, SAME_FORMULA)


def names_in_scopes(tf):
    def name(scope):
        with tf.name_scope(scope) as path:
            return path, tf.Variable(1.0, name="b").name, tf.Variable(1.0).name

    with tf.name_scope("outer"), tf.name_scope("inner"):
        nested = name("c"), name("z/"), tf.get_current_name_scope()
    return name("a"), name("a"), name("a/b"), nested, tf.get_current_name_scope()


def an_old_value_stays(tf):
    v = tf.Variable([1.0, 2.0])
    before = v.value()
    slice_before = v[0]
    v.assign([5.0, 6.0])
    v[0].assign(7.0)
    return before, slice_before, v


def gradients_through_reads_before_and_after_an_assignment(tf):
    v = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = v * v
        v.assign(5.0)
        z = y + 3.0 * v
    return tape.gradient(z, v), v


def gradients_through_slices(tf):
    v = tf.Variable([1.0, 2.0, 3.0])
    with tf.GradientTape() as tape:
        y = v[0] * v[1] + tf.reduce_sum(v[1:] ** 2)
    return tape.gradient(y, v)


def optimizers(tf):
    results = []
    for make in (tf.keras.optimizers.SGD, tf.keras.optimizers.Adam, tf.keras.optimizers.RMSprop):
        v, w = tf.Variable([1.0, 2.0]), tf.Variable([[1.0], [2.0], [3.0]], name="w")
        optimizer = make(0.1)
        for _ in range(3):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(v**2) + tf.reduce_sum(tf.gather(w, [0, 0, 2]) ** 2)
            gradients = tape.gradient(loss, [v, w])
            optimizer.apply_gradients(zip(gradients, [v, w], strict=True))
        results.append((loss, v, w, [x.path for x in optimizer.variables]))
    return results


def a_layer_does_not_count_it(tf):
    class Scale(tf.keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.scale = tf.Variable(2.0)
            self.more = [tf.Variable(3.0)]
            self.weight = self.add_weight(shape=(), initializer="ones")

        def call(self, x):
            return x * self.scale * self.more[0] * self.weight

    layer = Scale()
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(layer(tf.ones((2,))))
    gradients = tape.gradient(y, [layer.scale, layer.more[0]])
    return y, len(layer.weights), len(layer.trainable_variables), len(layer.variables), gradients


SNIPPETS = [
    names_in_scopes,
    an_old_value_stays,
    gradients_through_reads_before_and_after_an_assignment,
    gradients_through_slices,
    optimizers,
    a_layer_does_not_count_it,
]


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.__name__)
def test_snippets(snippet):
    check_snippet(snippet, GROUP, SAME_FORMULA)
