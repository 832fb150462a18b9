"""Every layer runs compiled in plans, also with masks, dropout and statistics of its own; exceptions have a reason.

`test_oracles.py` looks at each of its cases, in training and in prediction; here are further uses of layers.
"""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers, ops
from tests.oracles import by_numpy, replays
from tests.unit.layers.not_compiled import NOT_COMPILED
from tests.unit.layers.test_oracles import IN_TRAINING, is_float, shifted_model

BATCH, STEPS = 6, 4
USES = {}


def use(*shapes):
    """Decorator: a function of symbolic inputs of these shapes, all floats but the masks named "mask"."""

    def register(build):
        USES[build.__name__] = build, shapes
        return build

    return register


def heads(**arguments):
    return layers.MultiHeadAttention(2, 3, **arguments)


@use((5, 4), (5, 5))
def attention_with_a_mask(x, mask):
    return heads()(x, x, attention_mask=mask > 0)


@use((5, 4), (5, 5))
def attention_with_a_mask_for_each_head(x, mask):
    seen = ops.stack([mask > 0, mask < 1], axis=1)
    return heads()(x, x, attention_mask=seen, use_causal_mask=True)


@use((5, 4), (3, 4))
def attention_with_dropout(x, y):
    return heads(dropout=0.3)(x, y)


@use((5, 4))
def attention_with_scores(x):
    y, scores = heads()(x, x, return_attention_scores=True, use_causal_mask=True)
    return layers.Concatenate()([y, ops.mean(ops.square(scores), axis=1)])


@use((2, 5, 4))
def attention_over_two_axes(x):
    return heads(attention_axes=(1, 2))(x, x)


@use((5, 4))
def attention_after_a_mask(x):
    x = layers.Masking()(x)
    return heads()(x, x)


@use((5, 4))
def grouped_attention(x):
    return layers.GroupQueryAttention(3, 4, 2, sliding_window=2, use_gate=True)(x, x)


@use((5, 4), (3, 4))
def one_head(x, y):
    return layers.Attention(dropout=0.2, use_scale=True)([layers.Masking()(x), layers.Masking()(y)])


@use((5, 4))
def additive_attention(x):
    return layers.AdditiveAttention(dropout=0.2)([x, x], use_causal_mask=True)


@use((5, 4))
def masked_batch_normalization(x):
    return layers.BatchNormalization()(layers.Masking()(x))


@use((5, 4))
def batch_renormalization(x):
    return layers.BatchNormalization(renorm=True, renorm_clipping={"rmax": 2.0, "rmin": 0.5, "dmax": 1.0})(x)


@use((6, 6, 3))
def spectral_normalization(x):
    return layers.SpectralNormalization(layers.Conv2D(4, 3), power_iterations=2)(x)


@use((5, 4), (5, 4))
def masked_softmax(x, mask):
    return layers.Softmax(axis=1)(x, mask=mask > 0) * x


@use((4, 3), (2, 3))
def products_of_matrices(x, y):
    first = layers.Dot(axes=(2, 2), normalize=True)([x, y])
    return layers.EinsumDense("abc,bde->aecd", (5, 2, 3), bias_axes="d")(first)


@use((4, 3))
def noise_without_seeds(x):
    x = layers.GaussianDropout(0.2)(layers.GaussianNoise(0.1)(x))
    return layers.AlphaDropout(0.2, noise_shape=(None, 1, 3))(layers.SpatialDropout1D(0.2)(x))


@use((4, 3), (4, 1))
def ops_of_the_users(x, y):
    class Gated(layers.Layer):
        """A layer of ops that broadcast, compare, select and reduce over several axes."""

        def call(self, x, y):
            centered = (x - ops.mean(x, axis=(0, 2), keepdims=True)) / (ops.std(x, axis=1, keepdims=True) + 1.0)
            chosen = ops.where(ops.logical_or(x > y, centered < 0.0), ops.sqrt(ops.abs(x) + 1.0), centered * y)
            moved = ops.transpose(ops.stack([chosen, ops.flip(x, 1)], axis=2), (0, 3, 1, 2))
            return ops.max(moved, axis=3) + ops.einsum("btc,bsc->bct", chosen, x[:, 1:3])[:, :, ::-1]

    return Gated()(x, y)


def inputs_of(shapes, rng):
    """Random numbers; the last position of the first sample is zeros, which `Masking` masks."""
    inputs = [rng.normal(size=(BATCH, *shape)).astype("float32") for shape in shapes]
    for x in inputs:
        x[0, -1] = 0
    return inputs


@pytest.mark.parametrize("name", USES)
def test_uses_of_layers_run_compiled(name):
    build, shapes = USES[name]
    x = inputs_of(shapes, np.random.default_rng(0))
    results = {}
    for eagerly in (True, False):
        keras.utils.set_random_seed(1)
        symbols = [keras.Input(shape) for shape in shapes]
        first = layers.Dense(shapes[0][-1], use_bias=False)(symbols[0])  # so that the gradient of x is wanted
        y = build(first, *symbols[1:])
        y = y if len(y.shape) == 3 else layers.Reshape((-1, y.shape[-1]))(y)
        outputs = layers.Dense(2)(layers.GlobalAveragePooling1D()(y))
        model = keras.Model(symbols, outputs)
        model.compile(keras.optimizers.SGD(0.01), "mse", run_eagerly=eagerly)
        losses = [model.train_on_batch(x, np.ones((BATCH, 2), "float32")) for _ in range(STEPS)]
        predictions = [model.predict_on_batch(x) for _ in range(STEPS)][-1]
        results[eagerly] = [np.asarray(losses), predictions, *model.get_weights()]
    assert replays(model)
    assert not by_numpy(model)
    for one, other in zip(results[True], results[False], strict=True):
        np.testing.assert_allclose(other, one, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("layer", NOT_COMPILED)
def test_an_exception_is_needed(layer):
    found = set()
    for case in [case for case in IN_TRAINING if case.layer == layer]:
        inputs = [x.astype("float32") if is_float(x) else x for x in case.draw_inputs()]
        model, _, _ = shifted_model(case, inputs)
        model.compile("sgd", lambda y_true, y_pred: ops.sum(y_true * y_pred))
        given = inputs if len(inputs) > 1 else inputs[0]
        target = np.ones(model(given).shape, "float32")
        for _ in range(STEPS):
            model.train_on_batch(given, target)
        found |= by_numpy(model)
    assert found >= NOT_COMPILED[layer].keys(), "Some of these run compiled: remove them from not_compiled.py"
