"""`tf.random` of the shim against the live one: the same numbers for the same seeds, call after call."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat import tensorflow as shim  # noqa: E402
from minikeras.compat.tensorflow.random.training import install_step_frames, uninstall_step_frames  # noqa: E402
from tests.parity.comparing import SAME_FORMULA  # noqa: E402
from tests.parity.compat.snippets import check_snippet  # noqa: E402

GROUP = "compat: tf.random"
PROBABILITIES = np.array([[0.2, 0.3, 0.5], [0.5, 0.25, 0.25]], "float32")
LOGITS = np.log(PROBABILITIES)
RATES = np.array([0.5, 20.0], "float32")

# name → one operation, by global seed and by its own
OPERATIONS = {
    "normal": lambda tf, **seed: tf.random.normal([3, 2], **seed),
    "normal moved": lambda tf, **seed: tf.random.normal([5], 2.0, 3.0, **seed),
    "normal by tensors": lambda tf, **seed: tf.random.normal(tf.constant([2, 2]), tf.constant([1.0, 2.0]), 0.5, **seed),
    "normal float64": lambda tf, **seed: tf.random.normal([3], dtype=tf.float64, **seed),
    "normal float16": lambda tf, **seed: tf.random.normal([3], dtype=tf.float16, **seed),
    "normal without axes": lambda tf, **seed: tf.random.normal([], **seed),
    "normal empty": lambda tf, **seed: tf.random.normal([0, 2], **seed),
    "truncated normal": lambda tf, **seed: tf.random.truncated_normal([7], 1.0, 2.0, **seed),
    "uniform": lambda tf, **seed: tf.random.uniform([3], **seed),
    "uniform between": lambda tf, **seed: tf.random.uniform((2, 3), -1, 4, **seed),
    "uniform float64": lambda tf, **seed: tf.random.uniform([3], dtype=tf.float64, **seed),
    "uniform int32": lambda tf, **seed: tf.random.uniform([5], 0, 100, tf.int32, **seed),
    "uniform int64": lambda tf, **seed: tf.random.uniform([5], minval=-5, maxval=2**40, dtype=tf.int64, **seed),
    "shuffle": lambda tf, **seed: tf.random.shuffle(tf.range(9), **seed),
    "shuffle rows": lambda tf, **seed: tf.random.shuffle(tf.reshape(tf.range(12), (6, 2)), **seed),
    "categorical": lambda tf, **seed: tf.random.categorical(LOGITS, 5, **seed),
    "categorical int32": lambda tf, **seed: tf.random.categorical(LOGITS, 4, dtype=tf.int32, **seed),
    "gamma": lambda tf, **seed: tf.random.gamma([3], [0.5, 2.0], **seed),
    "gamma with beta": lambda tf, **seed: tf.random.gamma([2], [0.5, 2.0], beta=[[3.0], [0.5]], **seed),
    "poisson": lambda tf, **seed: tf.random.poisson([4], RATES, **seed),
    "poisson int32": lambda tf, **seed: tf.random.poisson([4], 3.0, dtype=tf.int32, **seed),
}


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("seed", [{}, {"seed": 3}, {"seed": 0}])
def test_operations_go_on_from_call_to_call(name, seed):
    draw = OPERATIONS[name]

    def snippet(tf):
        tf.random.set_seed(7)
        return [draw(tf, **seed) for _ in range(3)]

    check_snippet(snippet, GROUP, SAME_FORMULA)


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_seed_of_the_operation_alone_is_enough(name):
    def snippet(tf):
        tf.random.set_seed(None)
        return OPERATIONS[name](tf, seed=11)

    def fresh(tf):
        tf.random.set_seed(1)  # forgets the positions of all operations
        return snippet(tf)

    check_snippet(fresh, GROUP, SAME_FORMULA)


def set_seed_begins_anew(tf):
    tf.random.set_seed(5)
    first = tf.random.normal([2]), tf.random.uniform([2], seed=1)
    tf.random.set_seed(5)
    return first, tf.random.normal([2]), tf.random.uniform([2], seed=1)


def one_sequence_per_kind_and_dtype(tf):
    tf.random.set_seed(5)
    return [
        tf.random.uniform([2], seed=1),
        tf.random.normal([2], seed=1),
        tf.random.uniform([2], seed=1, dtype=tf.float64),
        tf.random.uniform([4], seed=1),
        tf.random.uniform([2], 0, 9, tf.int32, seed=1),
        tf.random.uniform([2], -1, 1, seed=1),
    ]


def functions_have_places_of_their_own(tf):
    @tf.function
    def f():
        return (
            tf.random.normal([2]),
            tf.random.normal([2], seed=4),
            tf.random.uniform([3]),
            tf.random.normal([2], seed=4),
        )

    tf.random.set_seed(7)
    results = [f(), f(), tf.random.normal([2])]
    tf.random.set_seed(8)
    return [*results, f(), tf.random.normal([2])]


def functions_within_functions(tf):
    @tf.function
    def inner():
        return tf.random.normal([2])

    @tf.function
    def outer():
        return inner(), inner(), tf.random.normal([2])

    tf.random.set_seed(7)
    return outer(), outer(), inner()


def branches_and_loops_have_places_of_their_own(tf):
    def draws(x):
        branch = tf.cond(
            tf.random.uniform(()) > 0.85, lambda: tf.random.uniform(()) + 10, lambda: tf.random.uniform(()) + 20
        )
        loop = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y + tf.random.uniform(())), [0, 0.0])[1]
        mapped = tf.map_fn(lambda y: y + tf.random.uniform(()), tf.zeros(1))[0]
        running = tf.scan(lambda a, y: a + tf.random.uniform(()), tf.zeros(2), tf.constant(0.0))[1]
        return tf.stack([branch, loop, mapped, running, tf.random.uniform(())])

    tf.random.set_seed(7)
    dataset = tf.data.Dataset.range(4).map(draws)
    return [list(dataset), list(dataset)]


def data_sets_within_a_function_go_on(tf):
    def noise(n):
        return tf.data.Dataset.range(2).map(lambda _: tf.random.uniform(()) + tf.random.uniform(()))

    tf.random.set_seed(7)
    numbers = tf.data.Dataset.range(4)
    flat, woven = numbers.flat_map(noise), numbers.interleave(noise, cycle_length=2)
    return [list(flat), list(flat), list(woven)]


def functions_by_kind_of_arguments(tf):
    @tf.function
    def f(n):
        return [tf.random.normal([2]) for _ in range(n)]

    tf.random.set_seed(7)
    return f(2), f(3), f(2)


def keras_set_random_seed_seeds_it_too(tf):
    tf.keras.utils.set_random_seed(3)
    return tf.random.normal([3]), tf.random.uniform([2], seed=5), tf.random.shuffle(tf.range(5))


def initializers_do_not_follow_tf_seed_alone(tf):
    tf.keras.utils.set_random_seed(3)
    tf.random.set_seed(99)
    return tf.keras.layers.Dense(2)(tf.ones((1, 3))), tf.random.normal([2])


def gradients_flow_to_mean_and_deviation(tf):
    tf.random.set_seed(7)
    mean, deviation = tf.constant([1.0, 2.0]), tf.constant(0.5)
    with tf.GradientTape() as tape:
        tape.watch([mean, deviation])
        y = tf.random.normal([3, 2], mean, deviation)
    return tape.gradient(y, [mean, deviation])


STATELESS = {
    "normal": lambda tf: tf.random.stateless_normal([3], [1, 2], 1.0, 2.0),
    "truncated": lambda tf: tf.random.stateless_truncated_normal([3], tf.constant([1, 2])),
    "uniform": lambda tf: tf.random.stateless_uniform([3], [1, 2], -1.0, 2.0),
    "uniform int": lambda tf: tf.random.stateless_uniform([3], [1, 2], 0, 10, tf.int32),
    "uniform full": lambda tf: tf.random.stateless_uniform([3], [1, 2], None, None, tf.int32),
    "uniform full int64": lambda tf: tf.random.stateless_uniform([3], [1, -2], None, None, tf.int64),
    "uniform full uint32": lambda tf: tf.random.stateless_uniform([3], [1, 2], None, None, tf.uint32),
    "gamma": lambda tf: tf.random.stateless_gamma([2, 3], [1, 2], [0.5, 1.0, 2.0]),
    "gamma with beta": lambda tf: tf.random.stateless_gamma([3], [1, 2], [0.5, 1.0, 2.0], beta=2.0),
    "binomial": lambda tf: tf.random.stateless_binomial([3], [1, 2], 10.0, 0.3),
    "poisson": lambda tf: tf.random.stateless_poisson([6], [1, 2], 3.0),
    "poisson of two rates": lambda tf: tf.random.stateless_poisson([3, 2], [1, 2], [3.0, 30.0], dtype=tf.float32),
    "categorical": lambda tf: tf.random.stateless_categorical(LOGITS, 4, [1, 2]),
    "split": lambda tf: tf.random.split([1, 2], 3),
    "split int64": lambda tf: tf.random.split(tf.constant([1, 2], tf.int64)),
    "fold_in": lambda tf: tf.random.fold_in([1, 2], 7),
    "experimental": lambda tf: tf.random.experimental.stateless_split([3, 4], 2),
    "create_rng_state": lambda tf: tf.random.create_rng_state(5, "philox"),
}


def generator_goes_on(tf):
    g = tf.random.Generator.from_seed(5)
    return [
        g.normal([3]),
        g.uniform([3]),
        g.uniform([3], maxval=10, dtype=tf.int32),
        g.truncated_normal([3]),
        g.uniform_full_int([3], dtype=tf.int32),
        g.uniform([3], minval=None, maxval=None, dtype=tf.int32),
        g.normal([2], 1.0, 2.0, tf.float64),
        g.uniform([2], 5, 6, tf.float64),
        g.binomial([2], counts=10.0, probs=[0.3, 0.5]),
        g.make_seeds(2),
        g.skip(3),
        [s.state for s in g.split(2)],
        g.split(1)[0].uniform([2]),
        g.state,
        g.key,
        g.algorithm,
    ]


def generator_states(tf):
    make = tf.random.Generator
    g = make.from_seed(5)
    g.reset_from_seed(9)
    states = [g.state.numpy()]
    g.reset_from_key_counter(7, [1, 2])
    copy = make(copy_from=g)
    g.reset([2**62, -1, 3])
    g.normal([4])
    wrapped = make.from_state([-1, 4, 5], "philox")
    wrapped.uniform([1])
    return [
        *states,
        copy.state,
        g.state,
        wrapped.state,
        *[make.from_seed(seed).state for seed in (-3, 2**40, 2**100 + 1, [1, 2])],
        make.from_key_counter(7, [1, 2], "philox").state,
        make.from_non_deterministic_state().state.shape,
    ]


def global_generator(tf):
    tf.random.set_global_generator(tf.random.Generator.from_seed(3))
    return tf.random.get_global_generator().normal([2]), tf.random.get_global_generator().normal([2])


def candidate_samplers(tf):
    tf.random.set_seed(7)
    true = tf.constant([[3], [0]], tf.int64)
    return [
        list(sampler(true, 1, 6, unique, size, seed=seed))
        for sampler in (tf.random.log_uniform_candidate_sampler, tf.random.uniform_candidate_sampler)
        for unique, size in ((True, 9), (False, 8), (True, 4096), (True, 100))
        for seed in (None, 42)
        for _ in range(2)
    ]


SNIPPETS = [
    candidate_samplers,
    set_seed_begins_anew,
    one_sequence_per_kind_and_dtype,
    functions_have_places_of_their_own,
    functions_within_functions,
    branches_and_loops_have_places_of_their_own,
    data_sets_within_a_function_go_on,
    functions_by_kind_of_arguments,
    keras_set_random_seed_seeds_it_too,
    initializers_do_not_follow_tf_seed_alone,
    gradients_flow_to_mean_and_deviation,
    generator_goes_on,
    generator_states,
    global_generator,
]
ERRORS = {
    "integers without maxval": (lambda tf: tf.random.uniform([2], dtype=tf.int32), "maxval"),
    "integers in the wrong order": (lambda tf: tf.random.uniform([2], 5, 5, tf.int32), "less than `maxval`"),
    "generator integers": (
        lambda tf: tf.random.Generator.from_seed(1).uniform([2], dtype=tf.int32),
        "`maxval` is needed",
    ),
    "stateless integers": (lambda tf: tf.random.stateless_uniform([2], [1, 2], dtype=tf.int32), "both bounds"),
}


@pytest.mark.filterwarnings("ignore:Seed 7 from outer graph:UserWarning")
@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.__name__)
def test_snippets(snippet):
    check_snippet(snippet, GROUP, SAME_FORMULA)


@pytest.mark.parametrize("name", STATELESS)
def test_stateless(name):
    check_snippet(STATELESS[name], GROUP, SAME_FORMULA)


@pytest.mark.parametrize("name", ERRORS)
def test_what_tensorflow_refuses_is_refused_in_words(name):
    draw, words = ERRORS[name]
    with pytest.raises((ValueError, tf.errors.InvalidArgumentError)):
        draw(tf)
    with pytest.raises(ValueError, match=words):
        draw(shim)


def sampling_model(tf, drawn, **compile_arguments):
    class Sampling(tf.keras.layers.Layer):
        def call(self, x):
            noise = tf.random.normal(tf.shape(x))
            tf.py_function(lambda n: drawn.append(n.numpy()) and None, [noise], []) if tf is not shim else note(noise)
            return x + noise

    def note(noise):
        if hasattr(noise, "array"):  # not while the model is drawn
            drawn.append(noise.numpy())

    model = tf.keras.Sequential([tf.keras.Input((2,)), Sampling()])
    model.compile("sgd", "mse", **compile_arguments)
    return model


def zeros(count):
    return np.zeros((count, 2), "float32")


def layers_draw_in_training_as_functions_do(tf):
    drawn = []
    tf.keras.utils.set_random_seed(7)
    model = sampling_model(tf, drawn)
    quiet = {"verbose": 0, "shuffle": False}
    model.fit(zeros(6), zeros(6), batch_size=4, **quiet)
    model.evaluate(zeros(6), zeros(6), batch_size=4, verbose=0)
    model.fit(zeros(6), zeros(6), batch_size=4, epochs=2, validation_data=(zeros(3), zeros(3)), **quiet)
    for count in (10, 10, 3):
        model.predict(zeros(count), batch_size=4, verbose=0)
    for count in (4, 3, 4):
        model.predict_on_batch(zeros(count))
    for count in (4, 4, 2, 4, 3):
        model.train_on_batch(zeros(count), zeros(count))
    model.compile("sgd", "mse")
    model.fit(zeros(6), zeros(6), batch_size=4, **quiet)
    tf.keras.utils.set_random_seed(7)
    model.fit(zeros(6), zeros(6), batch_size=4, **quiet)
    return drawn


def steps_that_run_eagerly_draw_eagerly(tf):
    drawn = []
    model = sampling_model(tf, drawn, run_eagerly=True)
    tf.keras.utils.set_random_seed(7)
    model.fit(zeros(6), zeros(6), batch_size=4, verbose=0, shuffle=False)
    return drawn


@pytest.mark.one_in(2)
@pytest.mark.filterwarnings(
    "ignore:(The model does not have any trainable weights|No weight of the model is trainable)"
)
@pytest.mark.parametrize(
    "snippet",
    [layers_draw_in_training_as_functions_do, steps_that_run_eagerly_draw_eagerly],
    ids=lambda snippet: snippet.__name__,
)
def test_training(snippet):
    install_step_frames()
    try:
        check_snippet(snippet, GROUP, SAME_FORMULA)
    finally:
        uninstall_step_frames()
