"""Scenarios about several models, other dtypes and steps that change or are the user's own: Mode -> nested numbers."""

import numpy as np

import minikeras as keras
from minikeras import layers
from tests.unit.plans.training.mode import IMAGES, X, Y, fit, mlp


class Tuned(keras.Model):
    """A head on a base that always runs in inference."""

    def __init__(self, base):
        super().__init__()
        self.base = base
        self.head = layers.Dense(3, activation="softmax")

    def call(self, inputs):
        return self.head(self.base(inputs, training=False))


def small_base():
    """Convolutions and normalizations as in MobileNetV2, with statistics that are not those of new layers."""
    base = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.5),
            layers.ReLU(6.0),
            layers.DepthwiseConv2D(3, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.5),
            layers.ReLU(6.0),
            layers.Conv2D(8, 1, use_bias=False),
            layers.BatchNormalization(momentum=0.5),
            layers.GlobalAveragePooling2D(),
        ]
    )
    base(IMAGES, training=True)
    return base


def fine_tuning(mode):
    """A frozen base that learns later: one whose normalization runs in inference, one in which it follows `fit`."""
    results, base, other = [], small_base(), small_base()
    models = [Tuned(base), keras.Sequential([other, layers.Dense(3, activation="softmax")])]
    for trainable, optimizer in ((False, "adam"), (True, "sgd")):
        base.trainable = other.trainable = trainable
        for model in models:
            mode.compile(model, optimizer)
            results.append(fit(model, IMAGES, Y[:24], batch_size=8))
            results.append(model.get_weights())
    for layer in base.layers[:4]:
        layer.trainable = False  # without another `compile`
    return results, fit(models[0], IMAGES, Y[:24], batch_size=8), models[0].get_weights()


def nested_models(mode):
    inner = keras.Sequential([keras.Input((6,)), layers.Dense(5, activation="tanh"), layers.Dropout(0.2)])
    x = keras.Input((6,))
    model = keras.Model(x, layers.Dense(3, activation="softmax")(layers.Add()([inner(x), inner(x)])))
    mode.compile(model)
    return fit(model), model.predict(X, verbose=0), model.get_weights()


def models_that_take_turns(mode):
    """Two models on shared layers, one of which trains only its own, with batches of changing length."""
    shared = layers.Dense(8, activation="relu")
    inputs = keras.Input((6,))
    first = keras.Model(inputs, layers.Dense(3, activation="softmax")(shared(inputs)))
    second = keras.Model(inputs, layers.Dense(1)(shared(inputs)))
    mode.compile(first)
    mode.compile(second, "sgd", loss="mse", metrics=())
    results = []
    for turn in range(12):
        n = 16 - 5 * (turn % 2)
        shared.trainable = True
        results.append(first.train_on_batch(X[:n], Y[:n]))
        shared.trainable = False
        results.append(second.train_on_batch(X[:n], X[:n, :1]))
        results.append(first.test_on_batch(X, Y))
    results.append(fit(first, epochs=2))
    return results, first.get_weights(), second.get_weights()


def half_precision(mode):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = mode.compile(mlp())
    finally:
        keras.config.set_dtype_policy("float32")
    return fit(model), model.get_weights()


def double_precision(mode):
    keras.utils.clear_session(free_memory=False)  # the first layer after it takes the policy of `floatx()`
    keras.config.set_floatx("float64")
    try:
        model = mode.compile(mlp())
        return fit(model), model.get_weights()
    finally:
        keras.config.set_floatx("float32")
        keras.utils.clear_session(free_memory=False)


def single_batches(mode):
    model = mode.compile(mlp())
    losses = [model.train_on_batch(X[i : i + 10], Y[i : i + 10]) for i in (0, 10, 20, 30, 0, 10)]
    losses += [model.test_on_batch(X[:10], Y[:10]) for _ in range(4)]
    return losses, [model.predict_on_batch(X[i : i + 7]) for i in range(5)]


def changing_batch_sizes(mode):
    model = mode.compile(mlp())
    return [fit(model, batch_size=n, epochs=2) for n in (7, 16, 7, 25, 50, 16)], model.get_weights()


def settings_of_layers_and_optimizer_changed(mode):
    model = mode.compile(mlp(layers.Dropout(0.2)))
    first = fit(model)
    model.layers[1].rate = 0.7
    second = fit(model)
    model.optimizer.clipnorm = 0.01
    third = fit(model)
    model.optimizer.beta_1 = 0.5
    return first, second, third, fit(model), model.get_weights()


def compiled_anew(mode):
    model = mode.compile(mlp())
    first = fit(model)
    mode.compile(model, "sgd", "mse", metrics=[])
    second = fit(model, y=np.eye(3, dtype="float32")[Y])
    model.optimizer = keras.optimizers.Adam(0.01)
    return first, second, fit(model, y=np.eye(3, dtype="float32")[Y]), model.get_weights()


def models_that_share_layers(mode):
    model = mode.compile(mlp())
    features = mode.compile(keras.Model(model.inputs, model.layers[1].output), loss="mse", metrics=())
    results = []
    for _ in range(4):
        results += [
            fit(model, epochs=1),
            features.predict(X, verbose=0),
            fit(features, y=X[:, :1].repeat(8, 1), epochs=1),
        ]
    return results, model.get_weights()


def trained_predicted_evaluated_in_turn(mode):
    model = mode.compile(mlp(layers.BatchNormalization()))
    results = []
    for _ in range(4):
        results += [fit(model, epochs=1), model.predict(X[:20], verbose=0), model.evaluate(X[:20], Y[:20], verbose=0)]
        model.layers[0].bias.assign_add(np.full(16, 0.1, "float32"))
        results.append(model.predict(X[:20], verbose=0))
    return results


def weights_from_a_file(mode):
    import os
    import tempfile

    model = mode.compile(mlp())
    fit(model)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "w.weights.npz")
        model.save_weights(path)
        first = fit(model)
        model.load_weights(path)
    return first, fit(model), model.get_weights()


def own_step_between(mode):
    model = mode.compile(mlp())
    first = fit(model)
    with keras.GradientTape() if hasattr(keras, "GradientTape") else _tape() as tape:
        loss = keras.ops.mean(model(X, training=True) ** 2)
    gradients = tape.gradient(loss, model.trainable_variables)
    model.optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
    return first, fit(model), model.get_weights()


def _tape():
    from minikeras.autodiff.tape import GradientTape

    return GradientTape()


class Gated(layers.Layer):
    """A layer of the user's, with a Variable that it changes itself and a loss of its own."""

    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones", name="scale")
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False, name="calls")

    def call(self, x):
        self.calls.assign_add(1.0)
        self.add_loss(0.01 * keras.ops.mean(self.scale**2))
        return keras.ops.sigmoid(x) * self.scale + x / (1.0 + self.calls)


class OwnSteps(keras.Model):
    """A model of the user's, with steps that return what `compute_metrics` tells, and more."""

    def __init__(self):
        super().__init__()
        self.first, self.gate, self.drop = layers.Dense(16, "relu"), Gated(), layers.Dropout(0.2, seed=3)
        self.last = layers.Dense(3, activation="softmax")
        self.norm = keras.metrics.Mean(name="norm")

    def call(self, x, training=None):
        return self.last(self.drop(self.gate(self.first(x)), training=training))

    def train_step(self, data):
        x, y = data
        with keras.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
        gradients = tape.gradient(loss, self.trainable_variables)
        before = self.last.kernel.value
        self.optimizer.apply(gradients, self.trainable_variables)
        self.norm.update_state(keras.ops.sum((self.last.kernel - before) ** 2))
        return {**self.compute_metrics(x, y, y_pred), "step": loss, "twice": 2 * self.norm.result()}

    def test_step(self, data):
        x, y = data
        y_pred = self(x, training=False)
        self.compute_loss(x=x, y=y, y_pred=y_pred)
        return self.compute_metrics(x, y, y_pred)


def steps_of_the_users(mode):
    model, seen = mode.compile(OwnSteps()), []
    see = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(dict(logs)))
    history = fit(model, callbacks=[see], epochs=4)
    return history, seen, model.evaluate(X, Y, verbose=0), model.predict(X, verbose=0), model.get_weights()
