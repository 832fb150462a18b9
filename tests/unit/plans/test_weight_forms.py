"""Forms of weights that plans keep: made again exactly when the weights have changed."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers
from minikeras.plans.lower import can_compile
from minikeras.plans.plan import Plan

X = np.random.default_rng(0).normal(size=(3, 12, 12, 16)).astype("float32")
TOLERANCE = 1e-5  # of outputs of size 1

pytestmark = pytest.mark.skipif(not can_compile(), reason="forms are for compiled jobs")


def network(*more):
    keras.utils.set_random_seed(3)
    convolutions = [layers.Conv2D(32, 3), layers.Conv2DTranspose(16, 3, strides=2), layers.Conv2D(8, 3, strides=2)]
    return keras.Sequential([keras.Input((12, 12, 16)), *convolutions, *more])


def plan_of(model):
    return next(entry for entry in model._planner.entries.values() if type(entry) is Plan)


def predict(model):
    return model.predict(X, verbose=0)


def test_weights_are_prepared_only_when_they_have_changed(monkeypatch):
    model = network()
    for _ in range(4):
        predict(model)
    plan = plan_of(model)
    every_time = {job.kernel.name for jobs in plan.jobs.values() for job in jobs if job not in plan.weight_forms.jobs}
    assert not [name for name in every_time if name.startswith(("pack", "transform", "turn"))]
    prepared = []
    run = plan.weight_forms._list.run
    monkeypatch.setattr(plan.weight_forms._list, "run", lambda: (prepared.append(1), run()))
    predict(model)
    assert not prepared
    model.layers[0].bias.assign(model.layers[0].bias + 1)  # not prepared: it is read as it is
    predict(model)
    assert not prepared
    model.layers[0].kernel.assign(model.layers[0].kernel * 2)
    predict(model)
    assert prepared == [1]


def test_two_models_that_share_a_layer_see_each_other_train():
    model = network(layers.GlobalAveragePooling2D(), layers.Dense(3, activation="softmax"))
    model.compile("sgd", "sparse_categorical_crossentropy")
    features = keras.Model(model.inputs, model.layers[2].output)
    for _ in range(4):
        predict(features)
    last = predict(features)
    for _ in range(4):
        model.train_on_batch(X, np.array([0, 1, 2]))
        found = predict(features)
        assert not np.array_equal(found, last)
        np.testing.assert_allclose(found, features(X).numpy(), atol=TOLERANCE)
        last = found


def test_weights_that_a_step_assigns_before_it_reads_them():
    class Growing(keras.Model):
        def predict_step(self, data):
            kernel = self.layers[1].kernel
            before = self(data)
            kernel.assign(kernel * 1.5)
            return before, self(data)

    inputs = keras.Input((12, 12, 16))
    model = Growing(inputs, layers.Conv2D(32, 3)(inputs))
    last = model(X).numpy()
    for _ in range(5):
        before, after = predict(model)
        np.testing.assert_allclose(before, last, rtol=TOLERANCE, atol=20 * TOLERANCE)
        np.testing.assert_allclose(after, 1.5 * last, rtol=TOLERANCE, atol=20 * TOLERANCE)
        last = after


def test_a_frozen_layer_in_training():
    model = network(layers.GlobalAveragePooling2D(), layers.Dense(3, activation="softmax"))
    model.layers[0].trainable = False
    model.compile("sgd", "sparse_categorical_crossentropy")
    eager = keras.models.clone_model(model)
    eager.layers[0].trainable = False
    eager.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    eager.set_weights(model.get_weights())
    for step in range(6):
        if step == 4:
            for each in (model, eager):
                each.layers[0].kernel.assign(each.layers[0].kernel * 0.5)
        losses = [each.train_on_batch(X, np.array([0, 1, 2])) for each in (model, eager)]
        np.testing.assert_allclose(*losses, rtol=10 * TOLERANCE)
