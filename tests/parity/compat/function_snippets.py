"""Programs with `tf.function`, in which `tf` is either package."""

import numpy as np

from tests.parity.compat.tape_snippets import X


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
