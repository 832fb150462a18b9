"""Quantized layers and quantizers against their definitions in NumPy, without TensorFlow."""

import ml_dtypes
import numpy as np
import pytest

import minikeras as keras
from minikeras import layers, quantizers

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 6)).astype("float32")
KERNEL = RNG.normal(size=(6, 5)).astype("float32")
BIAS = RNG.normal(size=5).astype("float32")
ROUNDING = 1e-5  # of float32
EPSILON = 1e-7  # what `AbsMaxQuantizer` adds to the largest value


def dense(**arguments):
    layer = layers.Dense(5, **arguments)
    layer.build((None, 6))
    layer.set_weights([KERNEL, BIAS])
    return layer


def rounded(x, axis, highest=127):
    """x as integers, and as the floats that they stand for."""
    scale = np.float32(highest) / (np.abs(x).max(axis, keepdims=True) + np.float32(EPSILON))
    integers = np.clip(np.rint(x * scale), -highest - 1, highest)
    return integers, integers / scale


def rounded_in_groups(w, size):
    """The same with a zero for each group of rows, four bits."""
    groups = []
    for start in range(0, len(w), size):
        group = w[start : start + size]
        filled = np.concatenate([group, np.zeros((size - len(group), w.shape[1]), "float32")])
        low, high = filled.min(0), filled.max(0)
        low, high = np.where(low == high, low - 1, low), np.where(low == high, high + 1, high)
        scale = (high - low + np.float32(EPSILON)) / np.float32(15)
        zero = np.clip(np.rint(-low / scale) - 8, -8, 7)
        groups.append((np.clip(np.rint(group / scale) + zero, -8, 7) - zero) * scale)
    return np.concatenate(groups)


# --- quantizers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [0, -1, (0, 1)])
def test_abs_max_quantize_rounds_to_the_scale_of_the_largest_value(axis):
    q, scale = quantizers.abs_max_quantize(X, axis)
    integers, floats = rounded(X, axis)
    assert q.dtype == "int8"
    np.testing.assert_array_equal(q, integers)
    np.testing.assert_allclose(np.asarray(q) / np.asarray(scale), floats, rtol=ROUNDING)


@pytest.mark.parametrize("rows", [1, 2, 6, 7])
def test_groups_of_rows_have_a_scale_and_a_zero_each(rows):
    q, scale, zero = map(np.asarray, quantizers.abs_max_quantize_grouped_with_zero_point(KERNEL, rows, to_numpy=True))
    group = np.arange(6) // rows
    floats = (q.astype("float32") - zero[group]) * scale[group]
    np.testing.assert_allclose(floats, rounded_in_groups(KERNEL, rows), rtol=ROUNDING, atol=ROUNDING)


def test_groups_longer_than_the_axis_take_no_more_memory():
    """10¹⁵ rows of zeros would not fit."""
    few = quantizers.abs_max_quantize_grouped_with_zero_point(KERNEL, 7, to_numpy=True)
    many = quantizers.abs_max_quantize_grouped_with_zero_point(KERNEL, 10**15, to_numpy=True)
    for a, b in zip(few, many, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("dtype, low", [("int8", -8), ("uint8", 0)])
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("shape", [(5, 4), (2, 3), (1, 1), (0, 3)])
def test_unpacking_gives_what_was_packed(shape, axis, dtype, low):
    x = RNG.integers(low, low + 16, shape).astype(dtype)
    packed, packed_shape, length = quantizers.pack_int4(x, axis, dtype)
    assert packed.shape == packed_shape
    assert (length, packed_shape[axis]) == (shape[axis], -(-shape[axis] // 2))
    np.testing.assert_array_equal(quantizers.unpack_int4(packed, length, axis, dtype), x)


def test_fake_quantization_has_16_values_for_4_bits_and_0_is_among_them():
    x = np.linspace(-2, 3, 500, dtype="float32")
    y = np.asarray(quantizers.fake_quant_with_min_max_vars(x, -1.0, 2.0, num_bits=4))
    np.testing.assert_allclose(np.unique(y), np.arange(-5, 11) * 0.2, atol=ROUNDING)  # bounds −1 and 2, step 3 / 15
    np.testing.assert_allclose(y, np.clip(x, -1, 2), atol=0.1 + ROUNDING)  # half a step


def test_a_value_through_float8_is_the_next_one_that_float8_has():
    scale = 0.5
    y = quantizers.quantize_and_dequantize(keras.ops.array(X), keras.ops.array(scale), "float8_e4m3fn", "float32")
    np.testing.assert_array_equal(y, (X / scale).astype(ml_dtypes.float8_e4m3fn).astype("float32") * scale)


# --- layers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "config, kernel, rounds_inputs",
    [
        (quantizers.Int8QuantizationConfig(), rounded(KERNEL, 0)[1], True),
        (quantizers.Int8QuantizationConfig(activation_quantizer=None), rounded(KERNEL, 0)[1], False),
        (quantizers.Int4QuantizationConfig(block_size=None), rounded(KERNEL, 0, 7)[1], False),
        (quantizers.Int4QuantizationConfig(block_size=4), rounded_in_groups(KERNEL, 4), False),
    ],
    ids=["int8", "int8, float inputs", "int4", "int4, groups"],
)
def test_a_quantized_dense_layer_multiplies_rounded_values(config, kernel, rounds_inputs):
    layer = dense()
    layer.quantize(config=config)
    x = rounded(X, -1)[1] if rounds_inputs else X
    np.testing.assert_allclose(layer(X), x @ kernel + BIAS, rtol=ROUNDING, atol=ROUNDING)
    assert layer(X[:0]).shape == (0, 5)
    assert not any(v is layer._kernel for v in layer.trainable_variables)


def test_the_gradient_of_int8_is_that_of_the_rounded_kernel():
    layer, x = dense(), keras.ops.array(X)
    layer.quantize("int8")
    with keras.GradientTape() as tape:
        tape.watch(x)
        total = keras.ops.sum(layer(x))
    expected = np.tile(rounded(KERNEL, 0)[1].sum(1), (4, 1))
    np.testing.assert_allclose(tape.gradient(total, x), expected, rtol=ROUNDING, atol=ROUNDING)


@pytest.mark.parametrize(
    "config, table",
    [
        (quantizers.Int8QuantizationConfig(), rounded(KERNEL, -1)[1]),
        (quantizers.Int4QuantizationConfig(block_size=None), rounded(KERNEL, -1, 7)[1]),
        (quantizers.Int4QuantizationConfig(block_size=2), rounded_in_groups(KERNEL.T, 2).T),
    ],
    ids=["int8", "int4", "int4, groups"],
)
def test_a_quantized_embedding_gives_rounded_rows(config, table):
    layer = layers.Embedding(6, 5, weights=[KERNEL])
    layer.quantize(config=config)
    tokens = np.array([[5, 0], [2, 2]])
    np.testing.assert_allclose(layer(tokens), table[tokens], rtol=ROUNDING, atol=ROUNDING)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize(
    "config, highest",
    [
        (quantizers.Int8QuantizationConfig(), 127),
        (quantizers.Int4QuantizationConfig(None, quantizers.AbsMaxQuantizer(), block_size=None), 7),
    ],
    ids=["int8", "int4"],
)
def test_logits_are_those_of_rounded_inputs(config, highest, tied):
    layer = layers.ReversibleEmbedding(6, 5, tie_weights=tied)
    layer.build()
    layer.set_weights([KERNEL, KERNEL.T][: 1 if tied else 2])
    layer.quantize(config=config)
    x = RNG.normal(size=(2, 5)).astype("float32")
    expected = rounded(x, -1)[1] @ rounded(KERNEL, -1, highest)[1].T
    np.testing.assert_allclose(layer(x, reverse=True), expected, rtol=ROUNDING, atol=ROUNDING)


def test_float8_multiplies_values_that_float8_has():
    layer = dense(use_bias=True)
    layer.quantize("float8")
    # All scales are 1.
    x, kernel = (a.astype(ml_dtypes.float8_e4m3fn).astype("float32") for a in (X, KERNEL))
    bias = BIAS.astype(ml_dtypes.bfloat16).astype("float32")
    np.testing.assert_allclose(layer(X), x @ kernel + bias, rtol=ROUNDING, atol=ROUNDING)


def test_a_quantizer_that_fails_leaves_the_layer_as_it_was():
    class Failing(quantizers.Quantizer):
        def __call__(self, x, axis=None, to_numpy=False):
            raise FloatingPointError

    layer = dense()
    with pytest.raises(FloatingPointError):
        layer.quantize(config=quantizers.Int8QuantizationConfig(Failing()))
    np.testing.assert_allclose(layer(X), X @ KERNEL + BIAS, rtol=ROUNDING, atol=ROUNDING)
    layer.quantize("int8")


def test_a_config_cannot_ask_for_an_endless_history():
    policy = keras.dtype_policies.QuantizedFloat8DTypePolicy("float8", "float32", 10)
    config = keras.Sequential([keras.Input((3,)), layers.Dense(2, dtype=policy)]).to_json()
    assert keras.models.model_from_json(config).layers[0].kernel_amax_history.shape == (10,)
    with pytest.raises(ValueError, match="bytes of memory"):
        keras.models.model_from_json(config.replace('"amax_history_length": 10', f'"amax_history_length": {10**12}'))


# --- models that computed before --------------------------------------------------------------------------------------


def test_a_model_that_predicted_before_uses_the_new_weights():
    """Its steps were plans for the float weights."""
    model = keras.Sequential([keras.Input((6,)), layers.Dense(8, activation="relu"), layers.Dense(5)])
    model.compile("sgd", "mse")
    for change in (
        lambda: None,
        lambda: model.layers[0].quantize("int8"),
        lambda: model.quantize("int4", filters=model.layers[1].name),
        lambda: model.layers[1].enable_lora(2, b_initializer="ones"),
    ):
        change()
        for _ in range(3):
            predicted = model.predict(X, verbose=0)
        np.testing.assert_allclose(predicted, model(X), rtol=ROUNDING, atol=ROUNDING)


@pytest.mark.parametrize("mode", ["int8", "int4"])
def test_low_rank_weights_are_added_to_those_of_few_bits(mode):
    """By alpha / rank, for embeddings as for products."""
    tokens = np.array([[0, 3, 1]])
    layer = layers.Embedding(5, 4)
    layer.build()
    layer.quantize(mode)
    before = np.asarray(layer(tokens))
    layer.enable_lora(2, lora_alpha=6, b_initializer="ones")
    rows = layer.lora_embeddings_a.numpy()[tokens] @ layer.lora_embeddings_b.numpy()
    np.testing.assert_allclose(layer(tokens), before + rows * 3, rtol=ROUNDING, atol=ROUNDING)


def test_low_rank_weights_of_a_quantized_model_are_trained():
    model = keras.Sequential([keras.Input((6,)), dense()])
    model.compile("sgd", "mse")
    model.fit(X, np.zeros((4, 5)), epochs=3, verbose=0)
    model.quantize("int8")
    layer = model.layers[0]
    layer.enable_lora(2, b_initializer="ones")
    stored = layer._kernel.numpy()
    model.compile("sgd", "mse")
    before = layer.lora_kernel_a.numpy()
    losses = model.fit(X, np.zeros((4, 5)), epochs=4, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    np.testing.assert_array_equal(layer._kernel, stored)
    assert (layer.lora_kernel_a.numpy() != before).any()


@pytest.mark.parametrize("mode", ["int8", "int4", "float8"])
def test_a_quantized_model_is_the_same_in_a_file(mode, tmp_path):
    tokens = np.array([[1, 5], [0, 3]])
    model = keras.Sequential([keras.Input((2,), dtype="int32"), layers.Embedding(6, 4), layers.Dense(3)])
    model.quantize(mode, filters=lambda layer: mode in getattr(layer, "quantizations", ()))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert [layer.quantization_mode for layer in loaded.layers] == [layer.quantization_mode for layer in model.layers]
    assert loaded.layers[1].quantization_mode == mode
    np.testing.assert_array_equal(loaded(tokens), model(tokens))


@pytest.mark.parametrize("mode", ["int8", "int4"])
def test_large_products_by_jobs_are_those_of_small_ones(mode):
    """The logits of many rows, of a table that is transposed, and of each row alone."""
    layer = layers.ReversibleEmbedding(300, 40)
    layer.build((None,))
    rounded = quantizers.AbsMaxQuantizer()
    options = {"block_size": None} if mode == "int4" else {}
    kinds = {"int8": quantizers.Int8QuantizationConfig, "int4": quantizers.Int4QuantizationConfig}
    layer.quantize(config=kinds[mode](activation_quantizer=rounded, **options))
    x = RNG.normal(size=(40, 40)).astype("float32")
    alone = [np.asarray(layer(x[i : i + 1], reverse=True)) for i in range(40)]
    np.testing.assert_array_equal(layer(x, reverse=True), np.concatenate(alone))
