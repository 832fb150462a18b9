"""Quantizers against the live tf.keras: the same integers, scales, gradients, configs and kinds of errors."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import keras  # noqa: E402

import minikeras  # noqa: E402
from minikeras.compat import tensorflow as namespace  # noqa: E402

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 4)).astype("float32")
SCALES = 1e-6  # relative: scales are one division of the same float32 numbers
BFLOAT16 = 1e-2  # relative: one rounding of an intermediate value


def described(value):
    """Nested results as lists of (dtype, array)."""
    if isinstance(value, (tuple, list)):
        return [described(item) for item in value]
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        dtype = getattr(value.dtype, "name", value.dtype)
        return str(dtype), np.asarray(value).astype("float64")
    return value


def assert_same(compute, rtol=SCALES):
    """`compute(keras)` gives the same on both sides, or raises the same kind of error."""
    results = []
    for backend in (minikeras, keras):
        try:
            results.append(described(compute(backend)))
        except Exception as error:
            kind = ValueError if isinstance(error, (ValueError, tf.errors.InvalidArgumentError)) else type(error)
            results.append(kind)
    _compare(*results, rtol)
    return results[0]


def _compare(ours, theirs, rtol):
    assert type(ours) is type(theirs)
    if isinstance(ours, list):
        assert len(ours) == len(theirs)
        for pair in zip(ours, theirs, strict=True):
            _compare(*pair, rtol)
    elif isinstance(ours, tuple) and isinstance(ours[1], np.ndarray):
        assert ours[0] == theirs[0]
        np.testing.assert_allclose(ours[1], theirs[1], rtol=rtol, atol=0 if "int" in ours[0] else rtol)
    else:
        assert ours == theirs


ABS_MAX = {
    "rows": {"axis": -1},
    "columns": {"axis": 0},
    "all": {"axis": None},
    "two axes": {"axis": (0, 1)},
    "int4": {"axis": 0, "value_range": (-8, 7)},
    "other dtype": {"axis": 0, "dtype": "int32", "epsilon": 0.5},
    "unsigned": {"axis": 0, "value_range": (0, 255), "dtype": "uint8"},
    "no axis": {"axis": 5},
}


@pytest.mark.parametrize("row", ABS_MAX)
def test_abs_max_quantize(row):
    for to_numpy in (False, True):
        arguments = {**ABS_MAX[row], "to_numpy": to_numpy}
        assert_same(lambda keras, arguments=arguments: keras.quantizers.abs_max_quantize(X, **arguments))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64", "int32"])
def test_abs_max_quantize_of_dtypes(dtype):
    x = X * 3
    assert_same(lambda keras: keras.quantizers.abs_max_quantize(keras.ops.cast(x, dtype), axis=-1))


@pytest.mark.parametrize("block_size", [1, 2, 4, 6, 7, -1])
@pytest.mark.parametrize("value_range", [(-8, 7), (-127, 127)])
def test_quantization_in_groups(block_size, value_range):
    x = np.concatenate([X, np.zeros((6, 1)), np.full((6, 1), 3.0), np.full((6, 1), -2.0)], axis=1).astype("float32")
    quantize = "abs_max_quantize_grouped_with_zero_point"
    assert_same(lambda keras: list(getattr(keras.quantizers, quantize)(x, block_size, value_range)))


@pytest.mark.parametrize("axis", [0, 1, -1, -2, 2])
def test_packing(axis):
    for shape in ((4, 3), (3, 5), (2, 1)):
        x = RNG.integers(-8, 8, shape).astype("int8")

        def there_and_back(keras, x=x):
            packed, packed_shape, length = keras.quantizers.pack_int4(x, axis=axis)
            back = keras.quantizers.unpack_int4(packed, length, axis=axis)
            assert np.array_equal(back, x)
            return [packed, list(packed_shape), length, back]

        assert_same(there_and_back)


PACKING = {
    "unsigned": lambda q: q.pack_int4(RNG.integers(0, 16, (4, 3)).astype("uint8") * 0 + 9, dtype="uint8")[0],
    "unsigned back": lambda q: q.unpack_int4(np.arange(250, 256, dtype="uint8").reshape(2, 3), 4, dtype="uint8"),
    "signed bytes of unsigned": lambda q: q.unpack_int4(np.full((2, 2), 200, "uint8"), 4),
    "too long": lambda q: q.unpack_int4(np.ones((2, 2), "int8"), 9),
    "out of range": lambda q: q.pack_int4(np.full((2, 2), 100, "int8"))[0],
    "floats": lambda q: q.pack_int4(np.ones((2, 2), "float32")),
    "int32": lambda q: q.pack_int4(np.ones((2, 2), "int32")),
    "dtype": lambda q: q.pack_int4(np.ones((2, 2), "int8"), dtype="int16"),
    "back from floats": lambda q: q.unpack_int4(np.ones((2, 2), "float32"), 4),
    "back to int16": lambda q: q.unpack_int4(np.ones((2, 2), "int8"), 4, dtype="int16"),
}


@pytest.mark.parametrize("row", PACKING)
def test_packing_of_other_dtypes(row):
    assert_same(lambda keras: PACKING[row](keras.quantizers))


def test_float8():
    for amax, margin in ((2.0, 0), (2.0, 2), (0.0, 0), (np.inf, 0), (np.float32([2, 0, 1]), 0)):
        assert_same(
            lambda keras, amax=amax, margin=margin: keras.quantizers.compute_float8_scale(
                keras.ops.array(amax), keras.ops.full(np.shape(amax), 3.0), 448.0, margin
            )
        )
    history = np.arange(5).astype("float32")
    assert_same(lambda keras: keras.quantizers.compute_float8_amax_history(keras.ops.array(X), history))
    for quantized, computed in (("float8_e4m3fn", "float32"), ("float8_e5m2", "bfloat16"), ("float8_e5m2", "float16")):
        assert_same(
            lambda keras, quantized=quantized, computed=computed: keras.quantizers.quantize_and_dequantize(
                keras.ops.cast(X * 1000, computed), keras.ops.array(0.01), quantized, computed
            ),
            BFLOAT16,
        )


FAKE = {
    "plain": (-1.0, 1.0, {}),
    "four bits": (-1.7, 1.2, {"num_bits": 4}),
    "narrow": (-1.0, 1.3, {"narrow_range": True}),
    "two narrow bits": (-1.0, 1.0, {"num_bits": 2, "narrow_range": True}),
    "positive": (0.2, 1.5, {}),
    "negative": (-1.7, -0.3, {"num_bits": 3}),
    "empty": (0.0, 0.0, {}),
    "columns": ([-1, -0.5, 0, -2], [1.0, 0.5, 1, 2], {"axis": -1}),
    "rows": (np.linspace(-2, -0.5, 6), np.linspace(0, 2, 6), {"axis": 0}),
    "too many bounds": ([-1, -0.5, 0, -2], [1.0, 0.5, 1, 2], {}),
    "too few bounds": ([-1.0], [1.0], {"axis": 1}),
    "one bit": (-1.0, 1.0, {"num_bits": 1}),
    "many bits": (-1.0, 1.0, {"num_bits": 17}),
}


@pytest.mark.parametrize("row", FAKE)
def test_fake_quantization_and_its_gradients(row):
    smallest, largest, arguments = FAKE[row]
    weights = RNG.normal(size=X.shape).astype("float32")

    def outputs_and_gradients(keras):
        tensorflow = tf if keras is not minikeras else namespace
        inputs = [tensorflow.constant(np.float32(value)) for value in (X, smallest, largest)]
        with tensorflow.GradientTape() as tape:
            tape.watch(inputs)
            y = keras.quantizers.fake_quant_with_min_max_vars(*inputs, **arguments)
            total = tensorflow.reduce_sum(y * weights)
        return [y, *tape.gradient(total, inputs)]

    assert_same(outputs_and_gradients, rtol=1e-5)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64", "int32"])
def test_fake_quantization_of_dtypes(dtype):
    fake = "fake_quant_with_min_max_vars"
    assert_same(lambda keras: getattr(keras.quantizers, fake)(keras.ops.cast(X * 2, dtype), -1.0, 1.0))


def quantizer_configs(q):
    """{name: function that makes an object}."""
    one = q.AbsMaxQuantizer
    return {
        "abs max": lambda: one(axis=-1),
        "abs max, axes": lambda: one(axis=[0, 1], value_range=(-8, 7)),
        "abs max, default": lambda: one(),
        "abs max, range": lambda: one(value_range=(-200, 200)),
        "abs max, other dtype": lambda: one(value_range=(-200, 200), output_dtype="int16"),
        "int8": lambda: q.Int8QuantizationConfig(),
        "int8, weights only": lambda: q.Int8QuantizationConfig(activation_quantizer=None),
        "int8, quantizers": lambda: q.Int8QuantizationConfig(one(axis=0), one(axis=-1)),
        "int8, another dtype": lambda: q.Int8QuantizationConfig(one(axis=0, output_dtype="int16")),
        "int8, no quantizer": lambda: q.Int8QuantizationConfig(5),
        "int4": lambda: q.Int4QuantizationConfig(),
        "int4, one group": lambda: q.Int4QuantizationConfig(one(0, value_range=(-8, 7)), one(-1), block_size=-1),
        "int4, quantizer and groups": lambda: q.Int4QuantizationConfig(one(axis=0, value_range=(-8, 7))),
        "int4, no groups": lambda: q.Int4QuantizationConfig(block_size=None),
        "int4, range": lambda: q.Int4QuantizationConfig(one(0), block_size=None),
        "int4, block 0": lambda: q.Int4QuantizationConfig(block_size=0),
        "int4, block -2": lambda: q.Int4QuantizationConfig(block_size=-2),
        "float8": lambda: q.Float8QuantizationConfig(),
        "gptq": lambda: q.GPTQConfig(["a"], str),
        "gptq, others": lambda: q.GPTQConfig(["a"], str, group_size=-1, symmetric=True, weight_bits=2),
        "gptq, bits": lambda: q.GPTQConfig(["a"], str, weight_bits=5),
        "gptq, samples": lambda: q.GPTQConfig(["a"], str, num_samples=0),
        "gptq, length": lambda: q.GPTQConfig(["a"], str, sequence_length=-1),
        "gptq, damping": lambda: q.GPTQConfig(["a"], str, hessian_damping=2),
        "gptq, groups": lambda: q.GPTQConfig(["a"], str, group_size=0),
        "awq": lambda: q.AWQConfig(["a"], str),
        "awq, bits": lambda: q.AWQConfig(["a"], str, weight_bits=8),
        "awq, grid": lambda: q.AWQConfig(["a"], str, num_grid_points=0),
        "awq, groups": lambda: q.AWQConfig(["a"], str, group_size=-2),
    }


@pytest.mark.parametrize("row", quantizer_configs(minikeras.quantizers))
def test_configs(row):
    def seen(keras):
        made = quantizer_configs(keras.quantizers)[row]()
        config = keras.quantizers.serialize(made)
        copy = keras.saving.deserialize_keras_object(config)
        policy = made.dtype_policy_string() if hasattr(made, "dtype_policy_string") else None
        return [config, copy.get_config(), getattr(made, "mode", None), policy]

    assert_same(seen)


@pytest.mark.parametrize("identifier", [None, "abs_max_quantizer", "AbsMaxQuantizer", "quantizer", "abc", 5])
def test_identifiers(identifier):
    assert_same(lambda keras: type(keras.quantizers.get(identifier)).__name__)
