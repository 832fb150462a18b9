"""`keras.backend` of the shim against the live `tf.keras.backend`: names, signatures, values, dtypes, gradients."""

import inspect

import numpy as np
import pytest

from tests.parity.compat.backend_calls import (
    BOOLEANS,
    CALLS,
    CUBE,
    ELEMENTWISE,
    INTEGERS,
    LOSSES,
    PRODUCTS,
    RNG,
    SERIES,
    VECTOR,
    X,
    Y,
)

tf = pytest.importorskip("tensorflow")

import minikeras  # noqa: E402
from minikeras import ops  # noqa: E402
from minikeras.compat.keras import backend as ours  # noqa: E402
from minikeras.compat.tensorflow import random as our_random  # noqa: E402
from tests.parity.comparing import LAYER, SAME_FORMULA, assert_close, assert_same_nested  # noqa: E402

pytestmark = pytest.mark.one_in(2)  # of the tables that follow

theirs = tf.keras.backend
GROUP = "compat: keras.backend"


def call(K, convert, name, arguments, keywords):
    converted = [
        convert(x) if isinstance(x, np.ndarray) else [convert(a) for a in x] if _holds_arrays(x) else x
        for x in arguments
    ]
    return getattr(K, name)(*converted, **keywords)


def _holds_arrays(x):
    return isinstance(x, list) and isinstance(x[0], np.ndarray)


@pytest.mark.parametrize("name, arguments, keywords", CALLS, ids=lambda value: value if isinstance(value, str) else "")
def test_values_and_dtypes(name, arguments, keywords):
    expected = call(theirs, tf.constant, name, arguments, keywords)
    received = call(ours, minikeras.ops.convert_to_tensor, name, arguments, keywords)
    assert received.dtype == expected.dtype.name
    assert_close(GROUP, received, expected, LAYER if "conv" in name else SAME_FORMULA, name)


def projection(shape):
    """Fixed random factors, by which an output of any shape becomes one number that depends on every element."""
    return np.random.default_rng(99).normal(size=tuple(shape)).astype("float32")


DIFFERENTIATED = [
    row
    for row in ELEMENTWISE + PRODUCTS + LOSSES
    if row[0] not in ("equal", "not_equal") and row[1][-1] is not INTEGERS
]


@pytest.mark.parametrize("name, arguments, keywords", DIFFERENTIATED, ids=lambda v: v if isinstance(v, str) else "")
def test_gradients(name, arguments, keywords):
    def of_floats(tape, convert):
        tensors = [convert(x) if isinstance(x, np.ndarray) else x for x in arguments]
        watched = [t for t in tensors if hasattr(t, "shape") and "float" in str(t.dtype)][-1:]
        for t in watched:
            tape.watch(t)
        return tensors, watched

    with tf.GradientTape() as tape:
        tensors, watched = of_floats(tape, tf.constant)
        y = getattr(theirs, name)(*tensors, **keywords)
        loss = tf.reduce_sum(tf.cast(y, "float32") * projection(y.shape))
    expected = tape.gradient(loss, watched)
    with minikeras.GradientTape() as tape:
        tensors, watched = of_floats(tape, ops.convert_to_tensor)
        y = getattr(ours, name)(*tensors, **keywords)
        loss = ops.sum(ops.cast(y, "float32") * projection(y.shape))
    received = tape.gradient(loss, watched)
    if name == "sqrt":  # the same rule; where x < 0 both multiply infinity by zero
        expected, received = ([np.nan_to_num(g[0])] for g in (expected, received))
    assert_same_nested(GROUP, [None if g is None else np.asarray(g) for g in received],
                       [None if g is None else np.asarray(g) for g in expected], LAYER, name)  # fmt: skip


DRAWS = [
    lambda K: K.random_uniform((3, 2), seed=5),
    lambda K: K.random_uniform((3, 2), -1, 1, seed=5),
    lambda K: K.random_normal((3, 2), 1.0, 2.0, seed=5),
    lambda K: K.truncated_normal((3, 20), seed=5),
    lambda K: K.random_bernoulli((3, 20), 0.3, seed=5),
    lambda K: K.random_normal((3, 2)),
    lambda K: K.random_uniform((3, 2)),
    lambda K: K.random_normal_variable((3, 2), 0.0, 2.0),
    lambda K: K.random_uniform_variable((3, 2), -1.0, 2.0, seed=3),
    lambda K: K.dropout(K.ones((4, 6)) * 1.0, 0.3),
    lambda K: K.dropout(K.ones((4, 6)) * 1.0, 0.3, noise_shape=(4, 1), seed=1),
]


@pytest.mark.parametrize("seed", [None, 7])
def test_random_numbers(seed):
    """All of them one after the other, so that seeds drawn from NumPy and positions in sequences agree as well."""
    results = []
    for random, K in ((tf.random, theirs), (our_random, ours)):
        random.set_seed(seed)
        np.random.seed(11)
        results.append([np.asarray(draw(K)) for draw in DRAWS for _ in range(2)])
    assert_same_nested(GROUP, *results, SAME_FORMULA, f"global seed {seed}")


NOT_THERE = {"ctc_label_dense_to_sparse"}  # makes a sparse tensor
LATER_SIGNATURE = {"clear_session", "get_uid"}  # minikeras's own, checked with `keras.utils`


def test_every_function_is_there_with_its_signature():
    names = [name for name in dir(theirs) if callable(getattr(theirs, name)) and not name.startswith("_")]
    missing = [name for name in names if name not in ours.__all__ and name not in NOT_THERE]
    assert not missing
    differing = [
        name
        for name in names
        if name not in NOT_THERE | LATER_SIGNATURE
        and str(inspect.signature(getattr(ours, name))) != str(inspect.signature(getattr(theirs, name)))
    ]
    assert not differing


@pytest.mark.parametrize("make", [
    lambda K: K.constant(3),
    lambda K: K.constant([1, 2, 3, 4], shape=(2, 2)),
    lambda K: K.constant(2, dtype="int32", shape=(2, 3)),
    lambda K: K.zeros((2, 3)),
    lambda K: K.ones((2,), dtype="int32"),
    lambda K: K.eye(3),
    lambda K: K.arange(5),
    lambda K: K.arange(-5),
    lambda K: K.arange(1, 6, 2, dtype="float32"),
    lambda K: K.variable([[1, 2], [3, 4]]),
])  # fmt: skip
def test_creation(make):
    received, expected = make(ours), make(theirs)
    assert received.dtype == expected.dtype.name
    assert hasattr(received, "assign") == hasattr(expected, "assign")
    assert_close(GROUP, received, expected.numpy(), SAME_FORMULA)


def values(K):
    """The values of variables after each kind of assignment."""
    v = K.variable([1.0, 2.0])
    seen = [K.get_value(v)]
    K.set_value(v, [3, 4])
    seen.append(K.eval(v))
    K.update_add(v, [1.0, 1.0])
    K.update_sub(v, [0.5, 0.5])
    seen.append(K.get_value(v))
    K.update(v, [7.0, 8.0])
    K.moving_average_update(v, np.array([1.0, 1.0], "float32"), 0.9)
    seen.append(K.get_value(v))
    K.batch_set_value([(v, [0.0, 1.0])])
    seen.extend(K.batch_get_value([v]))
    return seen + [K.get_value(3), K.count_params(v), K.ndim(v), np.array(K.int_shape(v)), K.cast_to_floatx([1, 2])]


def test_values_of_variables():
    assert_same_nested(GROUP, values(ours), values(theirs), SAME_FORMULA)


@pytest.mark.parametrize("condition", [True, False, [True, False, True], "matrix"])
def test_switch(condition):
    if condition == "matrix":
        condition = BOOLEANS[:, :1]
    condition = np.array(condition)
    then, other = (X[:, :3], Y[:, :3]) if condition.shape == (3,) else (X, Y)
    expected = theirs.switch(tf.constant(condition), tf.constant(then), tf.constant(other))
    assert_close(GROUP, ours.switch(condition, then, other), expected, SAME_FORMULA)
    assert_close(GROUP, ours.switch(condition, lambda: then, lambda: other), expected, SAME_FORMULA)


def test_switch_by_a_column_for_a_cube():
    condition = BOOLEANS
    expected = theirs.switch(tf.constant(condition), tf.constant(CUBE), tf.constant(-CUBE))
    assert_close(GROUP, ours.switch(condition, CUBE, -CUBE), expected, SAME_FORMULA)


def test_map_and_folds():
    for name in ("foldl", "foldr"):
        expected = getattr(theirs, name)(lambda a, b: a * 0.5 + b, tf.constant(X))
        assert_close(GROUP, getattr(ours, name)(lambda a, b: a * 0.5 + b, X), expected, SAME_FORMULA)
        expected = getattr(theirs, name)(lambda a, b: a * 0.5 + b, tf.constant(X), tf.ones(4))
        assert_close(GROUP, getattr(ours, name)(lambda a, b: a * 0.5 + b, X, ops.ones(4)), expected, SAME_FORMULA)
    assert_close(GROUP, ours.map_fn(lambda x: x * 2, X), theirs.map_fn(lambda x: x * 2, tf.constant(X)), SAME_FORMULA)


def test_gradients_need_a_tape_on_both_sides():
    for K, x in ((theirs, tf.Variable(1.0)), (ours, minikeras.Variable(1.0))):
        with pytest.raises(RuntimeError, match="GradientTape"):
            K.gradients(x * 2, [x])


RNN_SETTINGS = [
    {},
    {"go_backwards": True},
    {"unroll": True},
    {"mask": True},
    {"mask": True, "zero_output_for_mask": True},
    {"mask": True, "go_backwards": True},
    {"mask": True, "unroll": True},
    {"constants": True},
    {"return_all_outputs": False},
    {"time_major": True},
    {"input_length": "vector"},
    {"input_length": "vector", "go_backwards": True},
    {"input_length": 3},
]


@pytest.mark.parametrize("settings", RNN_SETTINGS, ids=str)
def test_rnn(settings):
    kernel, recurrent = RNG.normal(size=(3, 4)).astype("float32"), RNG.normal(size=(4, 4)).astype("float32") / 3
    mask = np.array([[1, 1, 1, 1, 1, 0, 0], [1, 1, 0, 1, 1, 1, 1]], bool)

    def run(K, convert):
        def step(x, states):
            h = K.tanh(K.dot(x, convert(kernel)) + K.dot(states[0], convert(recurrent)))
            return (h * states[1] if len(states) > 1 else h), [h]

        arguments = dict(settings)
        time_major = settings.get("time_major", False)
        if "mask" in arguments:
            arguments["mask"] = convert(mask)
        if "constants" in arguments:
            arguments["constants"] = [convert(VECTOR)]
        if arguments.get("input_length") == "vector":
            arguments["input_length"] = convert(np.array([5, 3], "int32"))
        elif "input_length" in arguments:
            arguments["input_length"] = convert(np.array(3, "int32"))
        x = convert(SERIES.transpose(1, 0, 2).copy() if time_major else SERIES)
        return K.rnn(step, x, [convert(np.zeros((2, 4), "float32"))], **arguments)

    expected, received = run(theirs, tf.constant), run(ours, ops.convert_to_tensor)
    for part in range(3):
        assert_same_nested(GROUP, _arrays(received[part]), _arrays(expected[part]), LAYER, str(settings))


def _arrays(x):
    return [np.asarray(y) for y in x] if isinstance(x, (list, tuple)) else np.asarray(x)


def test_ctc():
    p = np.random.default_rng(3).dirichlet(np.ones(6), size=(2, 8)).astype("float32")  # its best path has a repeat
    labels = np.array([[1, 2, 3], [0, 4, 4]], "int32")
    lengths, label_lengths = np.array([[8], [7]], "int32"), np.array([[3], [2]], "int32")
    expected = theirs.ctc_batch_cost(*[tf.constant(x) for x in (labels, p, lengths, label_lengths)])
    assert_close(GROUP, ours.ctc_batch_cost(labels, p, lengths, label_lengths), expected, LAYER)
    for settings in ({}, {"greedy": False, "top_paths": 2}):
        (expected, their_scores), (received, our_scores) = (
            K.ctc_decode(convert(p), convert(lengths[:, 0]), **settings)
            for K, convert in ((theirs, tf.constant), (ours, ops.convert_to_tensor))
        )
        assert_same_nested(GROUP, _arrays(received), _arrays(expected), SAME_FORMULA)
        assert_close(GROUP, our_scores, their_scores, LAYER)
