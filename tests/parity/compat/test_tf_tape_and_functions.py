"""`tf.GradientTape`, `custom_gradient`, `tf.function` and Python functions of the shim against the live ones."""

import sys

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from tests.parity.comparing import SAME_FORMULA  # noqa: E402
from tests.parity.compat.snippets import check_snippet  # noqa: E402

GROUP = "compat: tapes and functions"
X = np.array([[0.5, -1.0], [2.0, 0.3]], "float32")


def gradient(tf, f, *arrays, **arguments):
    """The gradient of f's result with respect to constants made of the arrays."""
    xs = [tf.constant(a) for a in arrays]
    with tf.GradientTape() as tape:
        tape.watch(xs)
        y = f(*xs)
    return tape.gradient(y, xs, **arguments)


def nested_sources(tf):
    x, v = tf.constant(3.0), tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x * v
    return tape.gradient(y, {"x": x, "list": [v, (x, v)]})


def several_targets(tf):
    x = tf.constant(3.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y, z = x * x, tf.sin(x)
    return (
        tape.gradient([y, z], x),
        tape.gradient({"a": y, "b": z}, x),
        tape.gradient(y, x, output_gradients=tf.constant(2.0)),
    )


def second_order(tf):
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.reduce_sum(x**3)
        first = inner.gradient(y, x)
    return first, outer.gradient(first, x)


def hessian(tf):
    x = tf.constant([[1.0], [2.0], [3.0]])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.reduce_sum(tf.exp(x) * x**2)
        g = inner.gradient(y, x)
    return outer.jacobian(g, x)


def third_order_persistent(tf):
    x = tf.Variable(1.5)
    with tf.GradientTape() as t3, tf.GradientTape() as t2:
        with tf.GradientTape() as t1:
            y = x**5
        d1 = t1.gradient(y, x)
        with t3.stop_recording():
            pass
        d2 = t2.gradient(d1, x)
    return d1, d2, t3.gradient(d2, x)


def jacobians(tf):
    x, w = tf.constant(X), tf.Variable(X.T.copy())
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.tanh(x @ w)
    return (
        tape.jacobian(y, {"x": x, "w": [w]}),
        tape.batch_jacobian(y, x),
        tape.jacobian(y, tf.constant(1.0)),
        tape.jacobian(y, x, experimental_use_pfor=False),
    )


def batch_jacobian_is_differentiable(tf):
    x = tf.constant(X)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = x**3
        j = inner.batch_jacobian(y, x)
    return outer.gradient(tf.reduce_sum(j**2), x)


def batch_jacobian_of_other_lengths(tf):
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x[:1] * 2.0
    return tape.batch_jacobian(y, x)


def unconnected(tf):
    x, other = tf.constant([1.0, 2.0]), tf.Variable([[1.0]])
    results = []
    for how in (tf.UnconnectedGradients.NONE, tf.UnconnectedGradients.ZERO, "zero", "none"):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x * 2.0
        results.append(tape.gradient(y, [x, other], unconnected_gradients=how))
    return results


def watching(tf):
    v, w, fixed = tf.Variable(1.0), tf.Variable(2), tf.Variable(3.0, trainable=False)
    with tf.GradientTape(persistent=True) as tape:
        y = v * fixed * tf.cast(w, tf.float32)
    with tf.GradientTape(watch_accessed_variables=False) as picky:
        picky.watch(fixed)
        z = v * fixed
    return (
        len(tape.watched_variables()),
        tape.gradient(y, [v, w, fixed]),
        len(picky.watched_variables()),
        picky.gradient(z, [v, fixed]),
    )


def integers_are_passed_over(tf):
    i = tf.constant(3)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(i)
        y = i * 2
    return tape.gradient(y, i)


def stop_recording_and_reset(tf):
    x = tf.constant(2.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
        with tape.stop_recording():
            z = y * x
        w = y + z
    first = tape.gradient(w, x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        tape.reset()
        tape.watch(x)
        y = x * x * x
    return first, tape.gradient(y, x)


def table_gradients(tf):
    v = tf.Variable(np.ones((4, 2), "float32"))
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(tf.gather(v, [1, 1, 2]) ** 2)
    g = tape.gradient(y, v)
    return isinstance(g, tf.IndexedSlices), g.indices, g.values, tf.convert_to_tensor(g), g.shape, g.dtype, -g.values


def used_twice(tf):
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    tape.gradient(y, x)
    return tape.gradient(y, x)


def entered_twice(tf):
    with tf.GradientTape() as tape, tape:
        return 1


def custom(tf):
    v = tf.Variable(2.0)

    @tf.custom_gradient
    def f(x):
        y = x * v

        def grad(dy, variables=None):
            return dy * 10.0, [dy * 7.0 for _ in variables]

        return y, grad

    @tf.custom_gradient
    def two(a, b):
        return (a * b, a + b), lambda da, db: (da * 2.0, db * 3.0)

    x = tf.constant(3.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y, (p, q) = f(x), two(x, x * 1.0)
    return tape.gradient(y, [x, v]), tape.gradient([p, q], x), y, p, q


def gradient_of_log1pexp(tf):
    @tf.custom_gradient
    def log1pexp(x):
        e = tf.exp(x)

        def grad(upstream):
            return upstream * (1 - 1 / (1 + e))

        return tf.math.log(1 + e), grad

    return gradient(tf, log1pexp, np.float32(100.0)), gradient(tf, log1pexp, X)


def stopped(tf):
    return (
        gradient(tf, lambda x: tf.stop_gradient(x) * x, X),
        gradient(tf, tf.recompute_grad(lambda x: x**2), X),
        gradient(tf, tf.grad_pass_through(lambda x: tf.round(x)), X),
    )


def forward_accumulator(tf):
    x, v = tf.constant(X), tf.Variable([2.0, 1.0])
    with tf.autodiff.ForwardAccumulator((x, v), (tf.ones_like(x), tf.constant([1.0, 0.0]))) as acc:
        y = tf.tanh(x * v)
        z = tf.reduce_sum(y)
    return (
        acc.jvp(y),
        acc.jvp({"z": z}),
        acc.jvp(tf.constant(1.0)),
        acc.jvp(tf.constant([1.0]), unconnected_gradients=tf.UnconnectedGradients.ZERO),
    )


def gradients_through_models(tf):
    tf.keras.utils.set_random_seed(1)
    model = tf.keras.Sequential(
        [tf.keras.Input((2,)), tf.keras.layers.Dense(3, activation="relu"), tf.keras.layers.Dense(1)]
    )
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = model(x)
    return tape.gradient(y, [x, *model.trainable_variables])


# --- functions --------------------------------------------------------------------------------------------------------


def results_become_tensors(tf):
    @tf.function
    def f(a, b=2):
        return {
            "sum": a + b,
            "float": 1.0,
            "none": None,
            "array": np.ones(2),
            "text": "abc",
            "list": [1, 2],
            "tuple": (1,),
        }

    return f(1.0), f(np.ones(2, "float32")), f(b=1, a=tf.constant(2)), f.experimental_get_tracing_count()


def signatures(tf):
    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32), tf.TensorSpec([], tf.int32)])
    def f(a, b):
        return a * 2 + tf.cast(b, tf.float32)

    ones = np.ones((2, 2))
    return (
        f(ones, 1),
        f([[1, 2]], 3),
        f(a=tf.ones((1, 2)), b=0),
        f(tf.Variable([[1.0, 2.0]]), tf.constant(4)),
        f.input_signature,
    )


def _refused(*args):
    def snippet(tf):
        @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32)])
        def f(a):
            return a

        return f(*[getattr(tf, a[0])(*a[1:]) if isinstance(a, tuple) else a for a in args])

    return snippet


def methods(tf):
    class Counter(tf.Module):
        def __init__(self):
            super().__init__()
            self.v = tf.Variable(0.0)

        @tf.function
        def add(self, x):
            self.v.assign_add(x)
            return self.v * 2

        @tf.function(jit_compile=False, reduce_retracing=True, autograph=True)
        def twice(self, x, factor=2):
            return x * factor

    a, b = Counter(), Counter()
    return a.add(1.0), a.add(tf.constant(2.0)), b.add(5.0), a.v, b.v, a.twice(3), a.twice(tf.constant(1.5), factor=4.0)


def control_flow_inside(tf):
    @tf.function
    def collatz(n):
        steps = tf.constant(0)
        while n > 1:
            if n % 2 == 0:
                n = n // 2
            else:
                n = 3 * n + 1
            steps += 1
        return steps

    @tf.function
    def total(xs):
        s = tf.constant(0.0)
        for x in xs:
            if x < 0:
                continue
            s += x
        return s

    return collatz(tf.constant(27)), total(tf.constant([1.0, -2.0, 3.0]))


def training_step(tf):
    w, b = tf.Variable([[0.1], [0.2]]), tf.Variable(0.0)
    optimizer = tf.keras.optimizers.SGD(0.1)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(x @ w + b - y))
        gradients = tape.gradient(loss, [w, b])
        optimizer.apply_gradients(zip(gradients, [w, b], strict=True))
        return loss

    return [step(tf.constant(X), tf.constant([[1.0], [0.0]])) for _ in range(4)], w, b


def concrete_functions(tf):
    @tf.function
    def f(a, k=3):
        return a * tf.cast(k, a.dtype)

    c = f.get_concrete_function(tf.TensorSpec([None], tf.float32))
    d = f.get_concrete_function(tf.ones((2, 2)), k=5)
    return (
        c(tf.ones(3)),
        d(tf.ones((2, 2))),
        c.structured_input_signature,
        f.python_function(tf.constant([1.0])),
        f.__name__,
    )


def variables_come_back_as_tensors(tf):
    v = tf.Variable([1.0])
    result = tf.function(lambda x: x)(v)
    return result, hasattr(result, "assign")


def running_eagerly(tf):
    tf.config.run_functions_eagerly(True)
    try:
        return tf.config.functions_run_eagerly(), tf.function(lambda x: x + 1)(tf.constant(1))
    finally:
        tf.config.run_functions_eagerly(False)


def python_functions(tf):
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.py_function(lambda a: a * a, [x], tf.float32)
    return (
        y,
        tape.gradient(y, x),
        tf.py_function(lambda a: (a + 1, a), [x], [tf.float32, tf.float32]),
        tf.numpy_function(lambda a: a + 1, [x], tf.float32),
        tf.numpy_function(lambda a, b: (a + b, a), [x, x], [tf.float32, tf.float32]),
        tf.py_function(lambda a: None, [x], []),
    )


NEEDS_AUTOGRAPH = pytest.mark.skipif(
    sys.version_info >= (3, 13), reason="TensorFlow 2.21 cannot transform Python's control flow there"
)

SNIPPETS = [
    nested_sources,
    several_targets,
    second_order,
    hessian,
    third_order_persistent,
    jacobians,
    batch_jacobian_is_differentiable,
    batch_jacobian_of_other_lengths,
    unconnected,
    watching,
    integers_are_passed_over,
    stop_recording_and_reset,
    table_gradients,
    used_twice,
    entered_twice,
    custom,
    gradient_of_log1pexp,
    stopped,
    forward_accumulator,
    gradients_through_models,
    results_become_tensors,
    signatures,
    methods,
    pytest.param(control_flow_inside, marks=NEEDS_AUTOGRAPH),
    training_step,
    concrete_functions,
    variables_come_back_as_tensors,
    running_eagerly,
    python_functions,
]
REFUSED = {
    "another shape": _refused(("ones", (2, 3))),
    "another dtype": _refused(("ones", (2, 2), "int32")),
    "a number": _refused(1.0),
    "too few": _refused(),
    "too many": _refused(("ones", (2, 2)), 1),
    "no specs": lambda tf: tf.function(lambda a: a, input_signature=[3])(1),
    "no list": lambda tf: tf.function(lambda a: a, input_signature=tf.TensorSpec([]))(1),
    "too short a signature": lambda tf: tf.function(lambda a, b: a, input_signature=[tf.TensorSpec([])])(1.0, 2.0),
    "missing argument": lambda tf: tf.function(lambda a: a)(),
    "no target": lambda tf: gradient(tf, lambda x: None, X),
    "tf.gradients": lambda tf: tf.gradients(tf.constant(1.0), tf.constant(1.0)),
    "watch an array": lambda tf: tf.GradientTape().watch(np.ones(2)),
    "unknown word": lambda tf: gradient(tf, lambda x: x, X, unconnected_gradients="no"),
}


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.__name__)
def test_snippets(snippet):
    check_snippet(snippet, GROUP, 10 * SAME_FORMULA)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name):
    check_snippet(REFUSED[name], GROUP, SAME_FORMULA)
