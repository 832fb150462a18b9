"""Quantized layers in plans: compiled, equal to the tape, and up to date when weights change."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers, quantizers
from minikeras.compat import tensorflow as tf
from minikeras.plans.lower import can_compile
from minikeras.plans.plan import Plan

pytestmark = pytest.mark.skipif(not can_compile(), reason="about compiled plans")

X = np.random.default_rng(0).normal(size=(6, 20)).astype("float32")
TOKENS = np.arange(12).reshape(6, 2) % 9
ROUNDING = 1e-6  # of outputs of size 1: products of floats by BLAS or by our own kernel
CONFIGS = {
    "int8": quantizers.Int8QuantizationConfig(),
    "int8, floats": quantizers.Int8QuantizationConfig(activation_quantizer=None),
    "int4": quantizers.Int4QuantizationConfig(block_size=6),
    "int4, bytes": quantizers.Int4QuantizationConfig(
        block_size=None, activation_quantizer=quantizers.AbsMaxQuantizer()
    ),
}


def dense():
    return keras.Sequential([keras.Input((20,)), layers.Dense(40, activation="relu"), layers.Dense(3)]), X


def einsum():
    reshaped = layers.Reshape((4, 5))
    product = layers.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de", activation="relu")
    return keras.Sequential([keras.Input((20,)), reshaped, product]), X


def embedding():
    return keras.Sequential([keras.Input((2,), dtype="int32"), layers.Embedding(9, 7)]), TOKENS


def predicted(model, x):
    return [model.predict(x, verbose=0) for _ in "123"][-1]


def plan_of(model):
    return next(entry for entry in model._planner.entries.values() if type(entry) is Plan)


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("build", [dense, einsum, embedding])
def test_predictions_are_compiled(build, config, capsys):
    keras.utils.set_random_seed(1)
    model, x = build()
    model.quantize(config=CONFIGS[config])
    np.testing.assert_allclose(predicted(model, x), model(x), atol=ROUNDING)
    model.explain_plan()
    text = capsys.readouterr().out
    assert "compiled" in text
    assert "NumPy" not in text


@pytest.mark.parametrize("config", CONFIGS)
def test_weights_are_converted_only_when_they_have_changed(config, monkeypatch):
    model, x = dense()
    model.quantize(config=CONFIGS[config])
    before = predicted(model, x)
    forms = plan_of(model).weight_forms
    runs = []
    monkeypatch.setattr(forms, "_seen", forms._seen)
    run = forms._list.run
    monkeypatch.setattr(forms._list, "run", lambda: (runs.append(1), run()))
    np.testing.assert_array_equal(predicted(model, x), before)
    assert not runs
    layer = model.layers[0]
    layer._kernel.assign(layer._kernel.numpy()[::-1])
    after = model.predict(x, verbose=0)
    assert runs == [1]
    np.testing.assert_allclose(after, model(x), atol=ROUNDING)
    assert np.abs(after - before).max() > 1e-3
    if layer.kernel_scale.ndim:
        layer.kernel_scale.assign(layer.kernel_scale * 2)
        np.testing.assert_allclose(model.predict(x, verbose=0), model(x), atol=ROUNDING)


def test_training_of_other_layers_sees_the_float_weights():
    """The gradient flows through a quantized layer to one that is trained."""
    losses = []
    for run_eagerly in (False, True):
        keras.utils.set_random_seed(2)
        first, second = layers.Dense(8), layers.Dense(3)
        model = keras.Sequential([keras.Input((20,)), first, second])
        second.quantize(config=CONFIGS["int4"])
        model.compile("sgd", "mse", run_eagerly=run_eagerly)
        history = model.fit(X, np.ones((6, 3)), batch_size=2, epochs=3, shuffle=False, verbose=0)
        losses.append(history.history["loss"])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)
    assert losses[0][-1] < losses[0][0]


def test_a_float_weight_that_a_function_returns_stays_as_it_was():
    quantized, other = layers.Dense(4), layers.Dense(4)
    for layer in (quantized, other):
        layer.build((None, 20))
    quantized.quantize(config=CONFIGS["int4"])
    function = tf.function(lambda x: (other(x), quantized._quantization.floats()))
    first = [function(tf.constant(X)) for _ in "1234"][-1][1]
    before = first.numpy().copy()
    quantized._kernel.assign(quantized._kernel.numpy()[::-1])
    second = function(tf.constant(X))[1]
    np.testing.assert_array_equal(second, quantized._quantization.floats())
    np.testing.assert_array_equal(first, before)
    assert np.abs(second.numpy() - before).max() > 1e-3


@pytest.mark.parametrize("config", ["int8", "int8, floats"])
def test_numbers_that_are_not_finite_pass_without_a_warning(config):
    """As in TensorFlow. (Tests run with warnings as errors.)"""
    layer = layers.Dense(4)
    layer.build((None, 20))
    layer.quantize(config=CONFIGS[config])
    x = X.copy()
    if config == "int8":
        x[0, 0], x[1, 1] = np.nan, np.inf
        y = np.asarray(layer(x))
        assert np.isnan(y[:2]).all()
        assert np.isfinite(y[2:]).all()
    layer.kernel_scale.assign(layer.kernel_scale * 0)
    assert not np.isfinite(np.asarray(layer._quantization.floats())).any()
