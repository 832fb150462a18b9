"""Micro-batches that each thread runs by itself: the same predictions, whatever happens to weights and batches."""

from functools import partial

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers
from minikeras.config import set_threads
from minikeras.plans import micro_batches, thread_workspaces
from minikeras.plans.lower import can_compile
from minikeras.plans.thread_workspaces import ThreadWorkspaces
from tests.waiting import run_together

X = np.random.default_rng(0).normal(size=(61, 12, 12, 16)).astype("float32")
TOLERANCE = 1e-5  # of outputs of size 1: micro-batches of another size may take another algorithm

pytestmark = pytest.mark.skipif(not can_compile(), reason="lanes are for compiled jobs")


@pytest.fixture(autouse=True)
def runs(monkeypatch):
    """Small micro-batches; how many samples each call of compiled code did."""
    done, run = [], ThreadWorkspaces.run

    def counted(own, arrays):
        outputs, count = run(own, arrays)
        done.append(count)
        return outputs, count

    monkeypatch.setattr(micro_batches, "CACHE", 1 << 16)
    monkeypatch.setattr(ThreadWorkspaces, "run", counted)
    return done


def network():
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [
            keras.Input((12, 12, 16)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2DTranspose(16, 3, strides=2),
            layers.DepthwiseConv2D(3),
            layers.Conv2D(8, 3, strides=2, activation="relu"),
            layers.Flatten(),
            layers.Dense(5, activation="softmax"),
        ]
    )


def predict(model, x=X, batch_size=48):
    return model.predict(x, batch_size=batch_size, verbose=0)


def test_the_same_predictions_as_the_tape(runs):
    model = network()
    expected = model(X).numpy()
    for _ in range(3):
        np.testing.assert_allclose(predict(model), expected, atol=TOLERANCE)
    assert runs[-2:] == [48, 12]  # the last sample of 13 by itself
    for _ in range(2):
        np.testing.assert_allclose(predict(model, batch_size=16), expected, atol=TOLERANCE)
    assert runs[-2:] == [48, 12]  # three batches together


def test_few_chunks_in_each_call(monkeypatch, runs):
    model = network()
    for _ in range(3):
        expected = predict(model)
    monkeypatch.setattr(thread_workspaces, "SECONDS", 0)
    for _ in range(3):
        assert np.array_equal(predict(model), expected)
    assert runs[-2:] == [48, 12]


def test_batches_too_small_for_chunks_go_together(runs):
    model = network()
    expected = model(X).numpy()
    for _ in range(4):
        np.testing.assert_allclose(predict(model, batch_size=2), expected, atol=TOLERANCE)
    assert 60 in runs  # the last batch is smaller, and goes by itself


def test_a_callback_sees_each_batch(runs):
    seen = []
    model = network()
    watch = keras.callbacks.LambdaCallback(on_predict_batch_end=lambda batch, logs: seen.append(len(logs["outputs"])))
    for _ in range(4):
        model.predict(X, batch_size=2, verbose=0, callbacks=[watch])
    assert seen == 4 * [*30 * [2], 1]
    assert not runs


def test_predictions_are_the_same_twice():
    model = network()
    for _ in range(3):
        predict(model)
    assert np.array_equal(predict(model), predict(model))


def test_the_first_predictions_are_like_the_later_ones():
    model = keras.Sequential([keras.Input((12, 12, 16)), layers.Conv2D(16, 3), layers.MaxPooling2D()])
    first, *others = [predict(model) for _ in range(4)]
    assert all(np.array_equal(first, other) for other in others)


def test_each_count_of_threads_gives_the_same_bits():
    found = []
    try:
        for count in (1, 2, 3):
            set_threads(count)
            model = network()
            found.append([predict(model) for _ in range(4)][-1])
    finally:
        set_threads(None)
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])


def test_changed_weights_are_seen():
    model = network()
    model.compile("sgd", "sparse_categorical_crossentropy")
    labels = np.zeros(len(X), "int64")

    def assign():
        model.layers[0].kernel.assign(model.layers[0].kernel * 0.5)

    def train():
        model.train_on_batch(X[:32], labels[:32])

    changes = [
        lambda: model.set_weights([w + 0.01 for w in model.get_weights()]),
        assign,
        *[train] * 4,
        lambda: model.fit(X, labels, batch_size=16, epochs=2, verbose=0),
    ]
    for _ in range(3):
        predict(model)
    last = predict(model)
    for change in changes:
        change()
        found = predict(model)
        assert not np.array_equal(found, last)
        np.testing.assert_allclose(found, model(X).numpy(), atol=TOLERANCE)
        last = found


def test_several_inputs_and_outputs(runs):
    image, number = keras.Input((12, 12, 16)), keras.Input((7,))
    flat = layers.Flatten()(layers.Conv2D(16, 3, activation="relu")(image))
    sums = layers.Dense(4)(number)
    model = keras.Model([image, number], {"a": layers.Dense(3)(flat), "b": [sums, flat]})
    numbers = np.random.default_rng(1).normal(size=(len(X), 7)).astype("float32")
    for _ in range(3):
        found = predict(model, [X, numbers])
        expected = model([X, numbers])
        for one, other in zip(keras.tree.flatten(found), keras.tree.flatten(expected), strict=True):
            np.testing.assert_allclose(one, other.numpy(), atol=TOLERANCE)
    assert runs


def test_an_output_that_is_an_input(runs):
    x = keras.Input((12, 12, 16))
    model = keras.Model(x, [layers.Conv2D(32, 3)(x), x])
    for _ in range(3):
        assert np.array_equal(predict(model)[1], X)
    assert runs


def test_several_threads_of_python():
    models = [network(), network()]
    expected = [[predict(model) for _ in range(4)][-1] for model in models]
    wrong = []

    def again(model, right):
        for _ in range(20):
            if not np.array_equal(predict(model), right):
                wrong.append(model)

    pairs = [*zip(models, expected, strict=True)] * 2
    run_together(*[partial(again, *pair) for pair in pairs])
    assert not wrong
