"""Programs with tapes, in which `tf` is either package."""

import numpy as np

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
