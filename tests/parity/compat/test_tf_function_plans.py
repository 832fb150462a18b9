"""Functions under `tf.function` that are called again and again on other numbers, beside live TensorFlow.

From the third call on minikeras replays a plan where it can. Either way the results must be TensorFlow's, whose graph
looks at new numbers in every call.
"""

import sys

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat import tensorflow as shim  # noqa: E402
from minikeras.plans.plan import Plan  # noqa: E402
from tests.parity.comparing import LAYER, SAME_FORMULA, STEPS  # noqa: E402
from tests.parity.compat.snippets import check_snippet  # noqa: E402

GROUP = "compat: tf.function called again"
CALLS = 6
NEEDS_AUTOGRAPH = pytest.mark.skipif(
    sys.version_info >= (3, 13), reason="TensorFlow 2.21 cannot transform Python's control flow there"
)


def batches(*shape, seed=0):
    """As many arrays as there are calls, of normal numbers."""
    return np.random.default_rng(seed).normal(size=(CALLS, *shape)).astype("float32")


def labels(*shape):
    return np.random.default_rng(1).integers(0, 3, (CALLS, *shape))


def network(tf):
    tf.keras.utils.set_random_seed(2)
    return tf.keras.Sequential([
        tf.keras.Input((5,)),
        tf.keras.layers.Dense(7, activation="relu"),
        tf.keras.layers.BatchNormalization(),
        tf.keras.layers.Dropout(0.3, seed=4),
        tf.keras.layers.Dense(3, kernel_regularizer="l2"),
    ])  # fmt: skip


def training_with_metrics(tf):
    """The step of Keras's guides, with what people do between steps: a new learning rate, other weights, a reset."""
    model, optimizer = network(tf), tf.keras.optimizers.Adam(0.01)
    loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    mean, accuracy = tf.keras.metrics.Mean(), tf.keras.metrics.SparseCategoricalAccuracy()

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            logits = model(x, training=True)
            loss = loss_of(y, logits) + sum(model.losses)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        mean(loss)
        accuracy.update_state(y, logits)
        return {"loss": loss, "so far": mean.result()}

    seen = []
    for i, (x, y) in enumerate(zip(batches(8, 5), labels(8), strict=True)):
        seen.append(step(tf.constant(x), tf.constant(y)))
        if i == 3:
            optimizer.learning_rate = 0.001
            mean.reset_state()
            model.set_weights([w * 0.5 for w in model.get_weights()])
    return step, (seen, mean.result(), accuracy.result(), model.get_weights())


def two_networks_and_noise(tf):
    """Two tapes, two optimizers, random numbers of its own: an adversarial step."""
    tf.keras.utils.set_random_seed(3)
    maker = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(5)])
    judge = tf.keras.Sequential([tf.keras.Input((5,)), tf.keras.layers.Dense(4, "relu"), tf.keras.layers.Dense(1)])
    optimizers = tf.keras.optimizers.SGD(0.1, momentum=0.9), tf.keras.optimizers.RMSprop(0.01)
    crossentropy = tf.keras.losses.BinaryCrossentropy(from_logits=True)

    @tf.function
    def step(real):
        noise = tf.random.normal([tf.shape(real)[0], 3], seed=7)
        with tf.GradientTape() as made, tf.GradientTape() as judged:
            fake = judge(maker(noise, training=True), training=True)
            true = judge(real, training=True)
            loss = crossentropy(tf.ones_like(fake), fake)
            other = crossentropy(tf.ones_like(true), true) + crossentropy(tf.zeros_like(fake), fake)
        for tape, value, model, optimizer in zip(
            (made, judged), (loss, other), (maker, judge), optimizers, strict=True
        ):
            gradients = tape.gradient(value, model.trainable_variables)
            optimizer.apply(gradients, model.trainable_variables)
        return loss, other, noise

    seen = [step(tf.constant(x)) for x in batches(4, 5)]
    return step, (seen, maker.get_weights(), judge.get_weights())


def a_model_of_ones_own(tf):
    class Own(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.first, self.scale = tf.keras.layers.Dense(4), tf.Variable(0.5)

        def call(self, x):
            return tf.nn.relu(self.first(x)) * self.scale + tf.reduce_mean(x, axis=1, keepdims=True)

    tf.keras.utils.set_random_seed(5)
    model = Own()
    model(tf.zeros((1, 5)))
    infer = tf.function(model.call)
    seen = []
    for x in batches(3, 5):
        seen.append(infer(tf.constant(x)))
        model.scale.assign_add(0.25)
    return infer, seen


def draws_in_their_order(tf):
    """One generator for three draws, the second of which has a shape that the plan must hand on."""
    generator = tf.keras.random.SeedGenerator(3)

    @tf.function
    def f(x):
        first = tf.keras.random.normal((2,), seed=generator)
        second = tf.keras.random.uniform(tf.shape(x * 2), seed=generator)
        return first, second, tf.keras.random.normal((2,), seed=generator)

    return f, [f(tf.constant(x)) for x in batches(3)]


def a_kernel_changed_between_uses(tf):
    tf.keras.utils.set_random_seed(8)
    layer = tf.keras.layers.Conv2D(16, 3)
    layer.build((None, 9, 9, 16))

    @tf.function
    def f(x):
        before = layer(x)
        kernel = layer.kernel + 0
        layer.kernel.assign(kernel * 0.5)
        after = layer(x)
        layer.kernel.assign_add(tf.ones_like(kernel) * 0.01)
        return before, after, layer(x), kernel

    return f, [f(tf.constant(x)) for x in batches(2, 9, 9, 16)]


def variables_are_counted_up(tf):
    count, total = tf.Variable(0, dtype=tf.int64), tf.Variable(tf.zeros(3))

    @tf.function
    def f(x):
        before = count + 0
        count.assign_add(1)
        total.assign(total * 0.5 + x)
        return before, count * 2, total - x

    seen = [f(tf.constant(x)) for x in batches(3)]
    return f, (seen, count, total)


def shapes_may_be_looked_at(tf):
    @tf.function
    def f(x):
        rows = tf.shape(x)[0]
        return tf.reshape(x, [rows * 2, -1]), x / tf.cast(rows, tf.float32), tf.range(rows)

    return f, [f(tf.constant(x)) for x in batches(2, 6)]


def results_stay_with_those_who_hold_them(tf):
    v = tf.Variable([1.0, 2.0])

    @tf.function
    def f(x):
        v.assign(v + x)
        return x, v, tf.exp(x), None

    return f, [f(tf.constant(x)) for x in batches(2)]


def one_tensor_for_two_arguments(tf):
    @tf.function
    def f(x, y):
        return x * 2 + y

    a, b = tf.constant([1.0]), tf.constant([5.0])
    return f, [f(a, a), f(a, a), f(a, a), f(a, b), f(b, a), f(b, b), f(a, b), f(b, a)]


def methods_of_two_objects(tf):
    class Counter(tf.Module):
        def __init__(self):
            super().__init__()
            self.v = tf.Variable(0.0)

        @tf.function
        def add(self, x):
            self.v.assign_add(x)
            return self.v * 2

    a, b = Counter(), Counter()
    return None, [counter.add(tf.constant(float(i))) for i in range(CALLS) for counter in (a, b)]


def under_an_outer_tape(tf):
    v = tf.Variable(3.0)
    f = tf.function(lambda x: x * x * v)
    seen = []
    for number in (1.0, 2.0, 3.0, 4.0):
        x = tf.constant(number)
        seen.append(f(x))
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        seen.append(tape.gradient(y, [x, v]))
    return f, seen


def a_table_of_rows(tf):
    tf.keras.utils.set_random_seed(6)
    model = tf.keras.Sequential([tf.keras.Input((4,), dtype="int32"), tf.keras.layers.Embedding(9, 3)])
    optimizer = tf.keras.optimizers.Adam(0.1)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(x)))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    tokens = np.random.default_rng(2).integers(0, 9, (CALLS, 5, 4)).astype("int32")
    return step, ([step(tf.constant(x)) for x in tokens], model.get_weights())


def branches(tf):
    f = tf.function(lambda x: tf.cond(tf.reduce_sum(x) > 0, lambda: x * 2, lambda: -x))
    return f, [f(tf.constant(x)) for x in batches(3)]


def loops(tf):
    @tf.function
    def f(x):
        return tf.while_loop(lambda y: tf.reduce_sum(y) < 10, lambda y: (y * 1.5,), (tf.abs(x) + 0.1,))

    return f, [f(tf.constant(x)) for x in batches(3)]


def python_branches(tf):
    @tf.function
    def f(x):
        if tf.reduce_sum(x) > 0:
            return x * 2
        return -x

    return f, [f(tf.constant(x)) for x in batches(3)]


def lengths_that_depend_on_values(tf):
    f = tf.function(lambda x: (tf.boolean_mask(x, x > 0), tf.where(x > 0), tf.unique(tf.round(x)).y))
    return f, [f(tf.constant(x)) for x in batches(5)]


def a_dataset_inside(tf):
    rows = batches(4, 2)
    position = [0]

    def generate():
        yield from rows[position[0]]

    data = tf.data.Dataset.from_generator(generate, output_signature=tf.TensorSpec([2], tf.float32))
    total = tf.Variable(tf.zeros(2))

    @tf.function
    def f(data):
        for x in data:
            total.assign_add(x)
        return total + 0

    seen = []
    for i in (0, 0, 0, 1, 2):
        position[0] = i
        seen.append(f(data))
    return f, seen


def random_orders(tf):
    tf.random.set_seed(1)
    f = tf.function(lambda x: (tf.random.shuffle(x, seed=3), tf.random.uniform([2], 0, 9, tf.int32, seed=2)))
    return f, [f(tf.constant(x)) for x in batches(4)]


def python_functions_inside(tf):
    count = []

    def python(x):
        count.append(1)
        return x * len(count)

    f = tf.function(lambda x: tf.numpy_function(lambda a: python(a) * np.float32(1), [x], tf.float32) + 1)
    return f, [f(tf.constant(x)) for x in batches(2)]


PLANNED = [
    training_with_metrics,
    two_networks_and_noise,
    a_model_of_ones_own,
    draws_in_their_order,
    a_kernel_changed_between_uses,
    variables_are_counted_up,
    shapes_may_be_looked_at,
    results_stay_with_those_who_hold_them,
    one_tensor_for_two_arguments,
    under_an_outer_tape,
    a_table_of_rows,
]
BY_PYTHON = [
    methods_of_two_objects,
    branches,
    loops,
    pytest.param(python_branches, marks=NEEDS_AUTOGRAPH),
    lengths_that_depend_on_values,
    pytest.param(a_dataset_inside, marks=NEEDS_AUTOGRAPH),
    random_orders,
    python_functions_inside,
]
TOLERANCES = {
    a_kernel_changed_between_uses: LAYER,
    training_with_metrics: STEPS,
    two_networks_and_noise: STEPS,
    a_table_of_rows: STEPS,
}


@pytest.mark.one_in(3)
@pytest.mark.parametrize("snippet", [*PLANNED, *BY_PYTHON])
def test_every_call_is_as_in_tensorflow(snippet):
    def results(tf):
        return snippet(tf)[1]

    check_snippet(results, GROUP, TOLERANCES.get(snippet, SAME_FORMULA))


@pytest.mark.parametrize("snippet", PLANNED)
def test_such_functions_run_by_plans(snippet):
    function, _ = snippet(shim)
    assert Plan in {type(entry) for entry in function.plans.entries.values()}, function.plans.entries
