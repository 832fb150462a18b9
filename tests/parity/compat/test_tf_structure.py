# ruff: noqa: E501  an expression of the tables is on one line
"""Control flow, TensorArray, Module, nest, print, debugging, scopes and strategies of the shim against the live ones."""

import io
import sys

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat import tensorflow as shim  # noqa: E402
from tests.parity.comparing import SAME_FORMULA  # noqa: E402
from tests.parity.compat.snippets import check_snippet  # noqa: E402

pytestmark = pytest.mark.one_in(2)  # of the tables that follow

GROUP = "compat: control flow and structure"

CONTROL_FLOW = """
tf.while_loop(lambda i, x: i < 3, lambda i, x: [i + 1, x * 2.0], [c(0), c(1.0)])
tf.while_loop(lambda i: i < 3, lambda i: (i + 1,), (c(0),))
tf.while_loop(lambda i, d: i < 3, lambda i, d: (i + 1, {"a": d["a"] + 1.0}), (c(0), {"a": c(1.0)}))
tf.while_loop(lambda i: i < 30, lambda i: [i + 1], [c(0)], maximum_iterations=4)
tf.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, tf.concat([x, x], 0)), (c(0), c([1.0])), shape_invariants=(tf.TensorShape([]), tf.TensorShape([None])))
tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a.write(i, i * 2)), (c(0), tf.TensorArray(tf.int32, 3)))[1].stack()
tf.cond(c(True), lambda: c(1), lambda: c(2))
tf.cond(c(1) > 3, lambda: (c(1), {"a": c(2)}), lambda: (c(2), {"a": c(3)}))
tf.cond(True, lambda: 1, lambda: 2)
tf.cond(c(False), lambda: None, lambda: None)
tf.cond(c(True), c(1), c(2))
tf.case([(c(False), lambda: c(1)), (c(True), lambda: c(2))], default=lambda: c(3))
tf.case([(c(False), lambda: c(1))], default=lambda: c(3))
tf.case([(c(True), lambda: c(1)), (c(True), lambda: c(2))], exclusive=True)
tf.case([(c(False), lambda: c(1))])
tf.switch_case(c(1), [lambda: c(1), lambda: c(2)])
tf.switch_case(c(7), {0: lambda: c(1), 1: lambda: c(2)}, default=lambda: c(9))
tf.switch_case(c(-7), [lambda: c(1), lambda: c(2)])
tf.switch_case(c(1), [(1, lambda: c(1)), (0, lambda: c(3))])
tf.switch_case(c(0), [(0, lambda: c(1)), (2, lambda: c(3))])
tf.map_fn(lambda x: x * 2, c([1, 2]))
tf.map_fn(lambda t: t[0] * t[1], (c([1, 2]), c([3, 4])), fn_output_signature=tf.int32)
tf.map_fn(lambda x: (x, -x), c([1, 2]), dtype=(tf.int32, tf.int32))
tf.map_fn(lambda x: {"a": x, "b": x + 1}, c([1, 2]), fn_output_signature={"a": tf.int32, "b": tf.int32})
tf.map_fn(lambda x: tf.cast(x, tf.float32), c([1, 2]), fn_output_signature=tf.TensorSpec([], tf.float32))
tf.map_fn(lambda x: tf.cast(x, tf.float32), c([1, 2]))
tf.map_fn(lambda t: t[0] * t[1], (c([1, 2]), c([3, 4])))
tf.map_fn(lambda x: x, c(1))
tf.map_fn(tf.reduce_sum, tf.ones((3, 2)))
tf.map_fn(lambda x: tf.matmul(x, x), tf.ones((3, 2, 2)))
tf.vectorized_map(lambda x: tf.reduce_sum(x), tf.ones((3, 2)))
tf.vectorized_map(lambda t: (t[0] + t[1], t[0]), (tf.ones((3, 2)), tf.ones((3, 2))))
tf.scan(lambda a, x: a + x, c([1, 2, 3]))
tf.scan(lambda a, x: a + x, c([1, 2, 3]), initializer=c(10))
tf.scan(lambda a, x: (a[0] + x[0], a[1] * x[1]), (c([1, 2, 3]), c([1.0, 2.0, 3.0])))
tf.scan(lambda a, x: (a[1], a[0] + a[1]), tf.range(5), initializer=(0, 1))
tf.scan(lambda a, x: a + x, c([1, 2, 3]), reverse=True)
tf.scan(lambda a, x: a + tf.cast(x, tf.float32), c([1, 2, 3]), initializer=0.0)
tf.foldl(lambda a, x: a - x, c([1, 2, 3]))
tf.foldr(lambda a, x: a - x, c([1, 2, 3]))
tf.foldl(lambda a, x: a - x, c([1, 2, 3]), initializer=10)
tf.foldl(lambda a, x: (a[0] + x, a[1]), c([1, 2, 3]), initializer=(c(0), c(1)))
tf.group(c(1), c(2))
tf.no_op()
tf.tuple([c(1), None, c(2)])
tf.timestamp().dtype
tf.executing_eagerly()
tf.inside_function()
tf.Assert(False, [c(1), "x"])
tf.Assert(True, [c(1)])
""".strip().splitlines()

DEBUGGING = """
assert_equal(c(1), c(1)) ; assert_equal(c(1), c(2)) ; assert_equal(c([1, 2]), c([1, 3]), message="hi") ; assert_none_equal(c(1), c(2)) ; assert_none_equal(1, 1)
assert_less(c(1), c(0)) ; assert_less([1, 2], 3) ; assert_less_equal(c(1), c(1)) ; assert_greater(c(1), c(1)) ; assert_greater_equal(c([1.0, 2.0]), c(3.0))
assert_near(1.0, 1.1) ; assert_near(1.0, 1.0000001) ; assert_near(1.0, 1.1, atol=0.2) ; assert_positive(c([-1.0])) ; assert_positive(c([1, 2])) ; assert_negative(c([-1]))
assert_non_negative(-1) ; assert_non_negative([0, 1]) ; assert_non_positive(c(1)) ; assert_rank(c([1]), 2) ; assert_rank(c([1]), 1) ; assert_rank_at_least(c([1]), 2)
assert_rank_at_least(c([[1]]), 1) ; assert_rank_in(c([1]), [0, 2]) ; assert_rank_in(c([1]), [0, 1]) ; assert_scalar(c([1])) ; assert_scalar(c(1))
assert_shapes([(c([[1]]), ("a", "b")), (c([1]), ("a",))]) ; assert_shapes([(c([[1]]), ("a", "b")), (c([1, 2]), ("a",))]) ; assert_shapes([(tf.ones((2, 3)), ("n", 3)), (tf.ones((2, 5, 3)), ("n", None, 3))])
assert_shapes([(tf.ones((2, 3)), (2, 4))]) ; assert_shapes([(tf.ones((2, 3, 4)), (..., 4))]) ; assert_shapes([(tf.ones((2, 3, 4)), (2, "*"))]) ; assert_shapes([(tf.ones((2, 3)), ("n",))])
assert_type(c(1), tf.float32) ; assert_type(c(1), tf.int32) ; assert_integer(1.0) ; assert_integer(c(1)) ; assert_all_finite([1.0, float("nan")], "m") ; assert_all_finite([1.0], "m")
check_numerics([1.0, float("nan")], "m") ; check_numerics([1.0, float("inf")], "m") ; check_numerics([1.0, 2.0], "m") ; assert_proper_iterable(1) ; assert_proper_iterable([1]) ; assert_proper_iterable(c([1]))
is_numeric_tensor(c(1)) ; is_numeric_tensor(c(True)) ; is_numeric_tensor("a") ; assert_same_float_dtype([c(1.0), c(2.0)]) ; assert_same_float_dtype([c(1)]) ; get_log_device_placement()
"""
DEBUGGING = [f"tf.debugging.{e.strip()}" for line in DEBUGGING.strip().splitlines() for e in line.split(" ; ")]

OTHER = """
tf.nest.flatten({"b": 1, "a": [2, (3, None)]}) ; tf.nest.is_nested(1) ; tf.nest.is_nested([1]) ; tf.nest.is_nested({}) ; tf.nest.pack_sequence_as([1, [2]], [3, 4])
tf.nest.pack_sequence_as([1, [2]], [3]) ; tf.nest.map_structure(lambda a, b: a + b, {"x": [1, 2]}, {"x": [3, 4]}) ; tf.nest.map_structure(lambda a, b: a + b, [1], [1, 2])
tf.nest.assert_same_structure([1], (1,), check_types=False) ; tf.nest.assert_same_structure([1, [2]], [1, [3]]) ; tf.nest.assert_same_structure([1], [[1]], check_types=False) ; tf.nest.map_structure(len, 1, 2, bad=3)
tf.errors.NotFoundError(None, None, "abc").message ; str(tf.errors.NotFoundError(None, None, "abc")) ; tf.errors.NotFoundError(None, None, "abc").error_code ; issubclass(tf.errors.OutOfRangeError, tf.errors.OpError)
[tf.errors.OK, tf.errors.CANCELLED, tf.errors.UNKNOWN, tf.errors.INVALID_ARGUMENT, tf.errors.NOT_FOUND, tf.errors.OUT_OF_RANGE, tf.errors.UNAUTHENTICATED, tf.errors.DATA_LOSS]
[tf.config.list_physical_devices("GPU"), len(tf.config.list_physical_devices("CPU")), tf.config.list_physical_devices()[0].device_type, tf.config.list_logical_devices()[0].name]
tf.config.get_visible_devices("GPU") ; tf.config.experimental.list_physical_devices("GPU") ; tf.config.threading.get_inter_op_parallelism_threads() ; tf.config.optimizer.get_jit()
tf.config.list_physical_devices()[0].name ; tf.config.experimental.get_device_details(tf.config.list_physical_devices()[0]) ; tf.config.get_soft_device_placement()
tf.config.experimental.set_memory_growth(tf.config.list_physical_devices("CPU")[0], True) ; tf.config.get_logical_device_configuration(tf.config.list_physical_devices()[0])
tf.test.is_gpu_available() ; tf.test.gpu_device_name() ; tf.version.VERSION ; tf.__version__ ; tf.get_logger().name ; tf.compat.v1.executing_eagerly() ; tf.distribute.has_strategy()
tf.compat.as_str(b"a") ; tf.compat.as_bytes("a") ; tf.compat.as_text(b"a") ; tf.compat.as_str_any(3) ; tf.compat.as_bytes(3) ; tf.compat.dimension_value(3) ; tf.compat.v1.logging.ERROR ; tf.compat.v1.to_float(1)
tf.test.compute_gradient(lambda x: x * x, [c([1.0, 2.0])]) ; tf.distribute.get_strategy().num_replicas_in_sync ; tf.autograph.experimental.do_not_convert(len)([1])
tf.compat.v1.placeholder(tf.float32, [1]) ; tf.compat.v1.global_variables_initializer()
"""
OTHER = [e.strip() for line in OTHER.strip().splitlines() for e in line.split(" ; ")]


@pytest.mark.parametrize("expression", [*CONTROL_FLOW, *DEBUGGING, *OTHER])
def test_expressions(expression):
    code = compile(expression, expression, "eval")

    def snippet(tf):
        return eval(code, {"tf": tf, "np": np, "c": tf.constant})

    snippet.__name__ = expression
    check_snippet(snippet, GROUP, SAME_FORMULA)


PRINTED = [
    "tf.constant([1.0, 2.0]), 1, {'b': c(1), 'a': 's'}, ['s'], ('a', c(1.0)), None, True",
    "tf.range(100), tf.ones((20, 20)), tf.constant('str'), tf.constant(['a', 'b\\n']), tf.constant(True), tf.constant([True, False])",
    "tf.reshape(tf.range(16), (2, 2, 2, 2))",
    "tf.ones((2, 3, 4)), tf.Variable([1.5, 2.5]), np.arange(3), np.float32(1.5), b'bytes', 2.5",
    "c([0.1, 1 / 3, 1e-9, 1e9, 123456789.0, 3.14159274, -0.0, 1e6, 12345678.0, 2.5e-5, 16777216.0, 1e15, 2 / 3, 99999.9])[:6]",
    "*[tf.constant(v, tf.float64) for v in (0.1, 1 / 3, 1e-9, 1e9, 123456789.0, 1e16, 1e-5)], tf.constant(0.1, tf.float16)",
    "*[c(v) for v in (0.1, 1 / 3, 1e-9, 1e9, float('nan'), float('inf'), -1e38, 7.1, 100000.0, 1e6, 12345678.0, 1e16)]",
]


@pytest.mark.parametrize("summarize", [3, 1, -1])
@pytest.mark.parametrize("printed", PRINTED)
def test_print(printed, summarize, tmp_path):
    code = compile(f"[{printed}]", printed, "eval")
    texts = []
    for number, side in enumerate((shim, tf)):
        path = tmp_path / str(number)
        inputs = eval(code, {"tf": side, "np": np, "c": side.constant})
        side.print(*inputs, output_stream=f"file://{path}", summarize=summarize)
        side.print("end", 1, sep="|", end="!\n", output_stream=f"file://{path}")
        texts.append(path.read_text())
    assert texts[0] == texts[1]


def test_print_goes_to_standard_error_or_where_it_is_sent(capsys):
    shim.print("a", shim.constant(1))
    shim.print("b", output_stream=sys.stdout)
    shim.print("c", output_stream=(stream := io.StringIO()))
    captured = capsys.readouterr()
    assert (captured.err, captured.out, stream.getvalue()) == ("a 1\n", "b\n", "c\n")


def tensor_arrays(tf):
    a = tf.TensorArray(tf.float32, size=0, dynamic_size=True, clear_after_read=False)
    for i in range(3):
        a = a.write(i, [float(i)])
    results = [a.size(), a.stack(), a.concat(), a.read(1), a.gather([0, 2]), a.element_shape, a.dtype, a.dynamic_size]
    b = tf.TensorArray(tf.float32, 3)
    b = b.write(2, [4.0])
    results += [b.stack(), tf.TensorArray(tf.float32, 2).unstack(tf.ones((2, 2))).stack()]
    results += [tf.TensorArray(tf.float32, 3).scatter([2, 0], tf.constant([[1.0], [2.0]])).stack()]
    results += [tf.TensorArray(tf.float32, 2, infer_shape=False).split(tf.range(4.0), [1, 3]).concat()]
    results += [tf.TensorArray(tf.float32, 2).write(0, 1.0).write(1, 2.0).write(0, 5.0).stack()]
    return results


def gradients_through_tensor_arrays(tf):
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        a = tf.TensorArray(tf.float32, 2)
        a = a.write(0, x)
        a = a.write(1, x * x)
        y = tf.reduce_sum(a.stack() * tf.constant([1.0, 3.0]))
    return tape.gradient(y, x)


def _array_error(use):
    def snippet(tf):
        a = tf.TensorArray(tf.float32, size=2)
        a = a.write(0, 1.0)
        return use(tf, a)

    return snippet


ARRAY_ERRORS = {
    "beyond the end": _array_error(lambda tf, a: a.write(5, 1.0)),
    "another dtype": _array_error(lambda tf, a: a.write(1, tf.constant(1))),
    "another shape": _array_error(lambda tf, a: a.write(1, [1.0, 2.0])),
    "read twice": _array_error(lambda tf, a: (a.read(0), a.read(0))),
    "read beyond the end": _array_error(lambda tf, a: a.read(7)),
    "element shape": lambda tf: tf.TensorArray(tf.float32, 2, element_shape=[None, 2]).write(0, [1.0]),
}


def modules(tf):
    class Part(tf.Module):
        def __init__(self, name=None):
            super().__init__(name=name)
            self.w = tf.Variable(1.0, name="w")
            self.list = [tf.Variable(2.0, trainable=False)]
            self.dict = {"b": tf.Variable(3.0), "a": tf.Variable(4.0)}
            self.nothing = None

        @tf.Module.with_name_scope
        def __call__(self, x):
            if not hasattr(self, "v"):
                self.v = tf.Variable(5.0, name="v")
            return x * self.v

    class Whole(tf.Module):
        def __init__(self):
            super().__init__()
            self.a = Part()
            self.b = [Part("named"), {"again": self.a}]
            self.dense = tf.keras.layers.Dense(2)
            self.dense.build((None, 3))
            self.own = tf.Variable(0.0, name="own")

    class CamelCaseModule2D(tf.Module):
        pass

    part, whole = Part(), Whole()
    return (
        part(tf.constant(2.0)),
        part.name,
        [(v.name, v) for v in part.variables],
        [v.name for v in part.trainable_variables],
        [v.name for v in part.non_trainable_variables],
        len(part.submodules),
        [v.name for v in whole.variables],
        [m.name for m in whole.submodules],
        CamelCaseModule2D().name,
    )


def a_strategy(tf):
    strategy = tf.distribute.OneDeviceStrategy("/cpu:0")
    with strategy.scope():
        v = tf.Variable(1.0)
        inside = (
            tf.distribute.has_strategy(),
            tf.distribute.in_cross_replica_context(),
            tf.distribute.get_strategy() is strategy,
        )
        v.assign_add(1.0)
    results = strategy.run(lambda x, y: x + y, args=(tf.constant([1.0, 2.0]),), kwargs={"y": 1.0})
    return (
        inside,
        tf.distribute.has_strategy(),
        results,
        strategy.reduce(tf.distribute.ReduceOp.SUM, results, axis=None),
        strategy.reduce("MEAN", results, axis=0),
        strategy.num_replicas_in_sync,
        strategy.experimental_local_results(results),
        v,
    )


def training_in_a_strategy(tf):
    strategy = tf.distribute.get_strategy()
    with strategy.scope():
        tf.keras.utils.set_random_seed(1)
        model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
        model.compile("sgd", "mse")
    return model.fit(np.ones((8, 2)), np.ones((8, 1)), epochs=2, verbose=0).history


def a_check_of_everything(tf):
    tf.debugging.enable_check_numerics()
    try:
        return tf.math.log(tf.constant(0.0)) + 1.0
    finally:
        tf.debugging.disable_check_numerics()


def devices(tf):
    with tf.device("/CPU:0"), tf.init_scope(), tf.control_dependencies([tf.constant(1)]):
        return tf.constant(2) + 1


SNIPPETS = [
    tensor_arrays,
    gradients_through_tensor_arrays,
    modules,
    a_strategy,
    training_in_a_strategy,
    a_check_of_everything,
    devices,
]


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.__name__)
def test_snippets(snippet):
    check_snippet(snippet, GROUP, SAME_FORMULA)


@pytest.mark.parametrize("name", ARRAY_ERRORS)
def test_errors_of_tensor_arrays(name):
    check_snippet(ARRAY_ERRORS[name], GROUP, SAME_FORMULA)
