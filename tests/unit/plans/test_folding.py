"""Batch normalization folded into the weights before it: the same predictions, also when the weights change between."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers

ROUNDING = 2e-6  # relative to the largest output: kernel · s is rounded once more than (x · kernel) · s
FOLDED = "product + normalization"


def image_model(build):
    inputs = keras.Input((6, 6, 4))
    model = keras.Model(inputs, build(inputs))
    randomize(model)
    return model


def randomize(model):
    rng = np.random.default_rng(0)
    for weight in model.weights:
        if "seed" not in weight.path:
            low, high = (0.5, 2) if "variance" in weight.path or "gamma" in weight.path else (-1, 1)
            weight.assign(rng.uniform(low, high, weight.shape))


def residual(x):
    y = layers.Conv2D(4, 1)(layers.Conv2D(5, 3, padding="same")(x))
    return layers.ReLU()(layers.Add()([layers.BatchNormalization()(y), x]))


def convolved(layer, *after, **settings):
    """A function: the layer, batch normalization with these settings, further layers."""

    def build(x):
        for made in (layer(), layers.BatchNormalization(**settings), *[make() for make in after]):
            x = made(x)
        return x

    return build


MODELS = {
    "conv": convolved(lambda: layers.Conv2D(3, 3)),
    "conv without bias, relu": convolved(lambda: layers.Conv2D(3, 3, use_bias=False), layers.ReLU),
    "pointwise, relu6": convolved(lambda: layers.Conv2D(8, 1, use_bias=False), lambda: layers.ReLU(6.0)),
    "depthwise": convolved(lambda: layers.DepthwiseConv2D(3, padding="same", use_bias=False), layers.ReLU),
    "groups": convolved(lambda: layers.Conv2D(6, 3, groups=2, strides=2)),
    "dense": convolved(lambda: layers.Dense(5), layers.ReLU),
    "sum": residual,
    "no gamma": convolved(lambda: layers.Conv2D(3, 3, use_bias=False), layers.ReLU, scale=False),
    "no beta": convolved(lambda: layers.Conv2D(3, 3), layers.ReLU, center=False),
    "neither": convolved(lambda: layers.Conv2D(3, 3), scale=False, center=False),
}


def check(model, x):
    """Predictions by a plan equal those of the layers; returns them and what became of the plan's ops."""
    for _ in range(3):
        y = model.predict(x, batch_size=len(x), verbose=0)
    expected = np.asarray(model(x, training=False))
    np.testing.assert_allclose(y, expected, rtol=0, atol=ROUNDING * np.abs(expected).max())
    return y


@pytest.mark.parametrize("name", MODELS)
def test_predictions_are_the_same(name, capsys):
    model = image_model(MODELS[name])
    check(model, np.random.default_rng(1).normal(size=(3, 6, 6, 4)).astype("float32"))
    model.explain_plan()
    assert FOLDED in capsys.readouterr().out


@pytest.mark.parametrize("part", ["kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance"])
def test_a_change_of_any_weight_is_noticed(part):
    model = image_model(MODELS["conv"])
    x = np.random.default_rng(1).normal(size=(3, 6, 6, 4)).astype("float32")
    before = check(model, x)
    weight = next(weight for weight in model.weights if weight.path.endswith(part))
    weight.assign(weight.numpy() + 0.25)
    assert np.abs(check(model, x) - before).max() > 1e-3


@pytest.mark.parametrize("part", ["kernel", "bias", "moving_mean", "moving_variance"])
def test_a_change_is_noticed_without_gamma_and_beta(part):
    model = image_model(MODELS["neither"])
    x = np.random.default_rng(1).normal(size=(3, 6, 6, 4)).astype("float32")
    before = check(model, x)
    weight = next(weight for weight in model.weights if weight.path.endswith(part))
    weight.assign(weight.numpy() + 0.25)
    assert np.abs(check(model, x) - before).max() > 1e-3


@pytest.mark.parametrize("missing", [{"scale": False}, {"center": False}, {"scale": False, "center": False}])
def test_a_normalization_alone_without_gamma_or_beta_is_one_job(missing, capsys):
    model = image_model(lambda x: layers.ReLU()(layers.BatchNormalization(**missing)(x)))
    check(model, np.random.default_rng(1).normal(size=(3, 6, 6, 4)).astype("float32"))
    model.explain_plan()
    assert "batch normalization in inference + relu" in capsys.readouterr().out


def test_training_between_predictions_is_noticed():
    model = image_model(convolved(lambda: layers.Conv2D(3, 3), layers.ReLU, layers.GlobalAveragePooling2D))
    model.compile("sgd", "mse")
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(8, 6, 6, 4)).astype("float32"), rng.normal(size=(8, 3)).astype("float32")
    before = check(model, x)
    loss = model.evaluate(x, y, verbose=0)
    model.fit(x, y, epochs=3, batch_size=4, verbose=0)
    assert np.abs(check(model, x) - before).max() > 1e-3
    assert model.evaluate(x, y, verbose=0) != loss


def test_micro_batches_share_the_folded_weights():
    model = image_model(MODELS["conv"])
    x = np.random.default_rng(1).normal(size=(300, 6, 6, 4)).astype("float32")
    expected = np.asarray(model(x, training=False))
    for _ in range(2):
        y = model.predict(x, batch_size=300, verbose=0)
        np.testing.assert_allclose(y, expected, rtol=0, atol=ROUNDING * np.abs(expected).max())


def test_a_frozen_normalization_in_training_is_not_folded(capsys):
    inputs = keras.Input((6, 6, 4))
    y = layers.BatchNormalization()(layers.Conv2D(3, 3)(inputs), training=False)
    model = keras.Model(inputs, layers.GlobalAveragePooling2D()(y))
    model.compile("sgd", "mse")
    x = np.random.default_rng(1).normal(size=(8, 6, 6, 4)).astype("float32")
    model.fit(x, x[:, 0, 0, :3], batch_size=4, epochs=2, verbose=0)
    model.explain_plan()
    assert FOLDED not in capsys.readouterr().out
