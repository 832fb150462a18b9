"""Layers and training in bfloat16, float16 and float64 against tf.keras: dtypes, outputs, gradients, losses."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import minikeras
from tests.parity.backends import both, random_projection
from tests.parity.comparing import assert_close, assert_same_nested
from tests.parity.layer_rows import IMAGE, ROWS, SEQUENCE, Row
from tests.rows import quick_rows

import keras  # isort: skip
import tensorflow as tf  # isort: skip

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:(You are saving your model as an HDF5 file|HDF5 is an old format):UserWarning"),
]

# Both sides round intermediate values, and sums of up to some hundred terms, at different positions: bfloat16 rounds to
# 4e-3, float16 to 5e-4. float64 agrees to rounding, but some formulas have constants of float32.
TOLERANCES = {"mixed_bfloat16": 4e-2, "bfloat16": 4e-2, "mixed_float16": 5e-3, "float16": 5e-3, "float64": 2e-6}

MATRIX = (6, 5)
UNIFORM = {"recurrent_initializer": "glorot_uniform"}  # TensorFlow has no QR decomposition for the default in bfloat16
MAIN_ROWS = [
    Row("Dense", {"units": 4, "activation": "relu"}, [MATRIX]),
    Row("EinsumDense", {"equation": "ab,bc->ac", "output_shape": 4}, [MATRIX]),
    Row("Embedding", {"input_dim": 9, "output_dim": 4}, [(3, 5)], integers=9),
    Row("Conv1D", {"filters": 4, "kernel_size": 3}, [SEQUENCE]),
    Row("Conv2D", {"filters": 4, "kernel_size": 3, "padding": "same"}, [IMAGE]),
    Row("Conv2DTranspose", {"filters": 4, "kernel_size": 3}, [IMAGE]),
    Row("DepthwiseConv2D", {"kernel_size": 3}, [IMAGE]),
    Row("SeparableConv2D", {"filters": 4, "kernel_size": 3}, [IMAGE]),
    Row("MaxPooling2D", {"pool_size": 2}, [IMAGE]),
    Row("AveragePooling2D", {"pool_size": 2}, [IMAGE]),
    Row("GlobalAveragePooling2D", {}, [IMAGE]),
    Row("BatchNormalization", {}, [IMAGE], call={"training": True}),
    Row("LayerNormalization", {}, [SEQUENCE]),
    Row("GroupNormalization", {"groups": 3}, [SEQUENCE]),
    Row("RMSNormalization", {}, [SEQUENCE]),
    Row("UnitNormalization", {}, [SEQUENCE]),
    Row("SimpleRNN", {"units": 4, "return_sequences": True, **UNIFORM}, [SEQUENCE]),
    Row("LSTM", {"units": 4, "return_sequences": True, **UNIFORM}, [SEQUENCE]),
    Row("GRU", {"units": 4, "return_sequences": True, **UNIFORM}, [SEQUENCE]),
    Row("MultiHeadAttention", {"num_heads": 2, "key_dim": 3, "use_bias": False}, [SEQUENCE, SEQUENCE]),
    Row("Attention", {}, [SEQUENCE, SEQUENCE]),
    Row("AdditiveAttention", {}, [SEQUENCE, SEQUENCE]),
    Row("Dropout", {"rate": 0.3, "seed": 1}, [SEQUENCE], call={"training": True}),
    Row("PReLU", {}, [MATRIX]),
    Row("Softmax", {}, [MATRIX]),
    Row("Flatten", {}, [IMAGE]),
    Row("Rescaling", {"scale": 0.3, "offset": 1.0}, [IMAGE]),
    Row("Normalization", {"mean": 0.3, "variance": 2.0}, [IMAGE]),
]
# TensorFlow has no Fourier transform in half precision and mixes dtypes in CutMix; equalization jumps from bin to bin.
LEFT_OUT = ("STFTSpectrogram", "MelSpectrogram", "CutMix", "Equalization")
OTHER_ROWS = [row for row in ROWS if row.half and row.layer not in LEFT_OUT][::3]  # all of them take a minute
CASES = {f"{row}, {policy}": (row, policy) for row in MAIN_ROWS for policy in TOLERANCES if policy != "mixed_float16"}
CASES |= {f"{row}, mixed_bfloat16": (row, "mixed_bfloat16") for row in OTHER_ROWS}
QUICK = [name for name, (row, _) in CASES.items() if row.layer == "Dense"]


def outputs_and_gradients(package, tape, layer, row):
    """Outputs and gradients of one side, and their dtypes."""
    inputs = [package.ops.convert_to_tensor(x) for x in row.inputs()]
    apart = row.layer == "MultiHeadAttention"  # takes its inputs as arguments
    with tape:
        call = layer(*inputs, **row.call) if apart or len(inputs) == 1 else layer(inputs, **row.call)
        loss = package.ops.sum(package.ops.cast(call, "float32") * random_projection(tuple(call.shape)))
    variables = layer.trainable_variables
    gradients = tape.gradient(loss, variables if package is minikeras else [v.value for v in variables])
    as_tensor = minikeras.ops.convert_to_tensor if package is minikeras else tf.convert_to_tensor  # also of rows
    gradients = [None if g is None else as_tensor(g) for g in gradients]
    named = [None if g is None else package.backend.standardize_dtype(g.dtype) for g in (call, *gradients)]
    return _wide(call), [None if g is None else _wide(g) for g in gradients], named


def _wide(x):
    x = np.asarray(x)
    return x.astype("float64") if x.dtype.kind in "fV" else x


def built(package, row, policy):
    layer = row.make(package, dtype=policy)
    if row.layer == "MultiHeadAttention":
        layer.build(*row.shapes)
    elif not layer.built:
        layer.build(row.shape)
    return layer


@pytest.mark.parametrize("name", quick_rows(CASES, QUICK))
def test_a_layer(name):
    row, policy = CASES[name]
    tolerance = TOLERANCES[policy]
    ours, theirs = both(lambda package: built(package, row, policy))
    ours.set_weights([np.asarray(w) for w in theirs.get_weights()])
    assert [v.dtype for v in ours.weights] == [keras.backend.standardize_dtype(v.dtype) for v in theirs.weights]
    expected = outputs_and_gradients(keras, tf.GradientTape(), theirs, row)
    received = outputs_and_gradients(minikeras, minikeras.GradientTape(), ours, row)
    assert received[2] == expected[2], "dtypes"
    assert_close(f"layers: {policy}", received[0], expected[0], tolerance, "outputs")
    if row.slopes:
        assert_same_nested(f"layers: gradients, {policy}", received[1], expected[1], tolerance, "gradients")


X, Y = np.random.default_rng(0).normal(size=(24, 5)).astype("float32"), np.arange(24) % 3
# One rounding of the weights per step, and of each layer's outputs; losses of a few steps then differ so much.
LOSSES = {"mixed_bfloat16": 2e-2, "bfloat16": 4e-2, "mixed_float16": 5e-3, "float16": 2e-2, "float64": 1e-6}
OPTIMIZERS = {
    "mixed_bfloat16": ("Adam", {"learning_rate": 0.01}),
    "bfloat16": ("SGD", {"learning_rate": 0.05, "momentum": 0.9}),
    "mixed_float16": ("Adagrad", {"learning_rate": 0.05}),
    "float16": ("Adam", {"learning_rate": 0.01, "beta_2": 0.99}),
    "float64": ("RMSprop", {"learning_rate": 0.01}),
}


def classifier(package, policy):
    layers = [
        package.layers.Dense(8, "relu", dtype=policy),
        package.layers.BatchNormalization(dtype=policy),
        package.layers.LayerNormalization(dtype=policy),
        package.layers.Dense(3, "softmax", dtype=policy),
    ]
    return package.Sequential([package.Input((5,)), *layers])


@pytest.mark.full
@pytest.mark.parametrize("policy", OPTIMIZERS)
def test_training(policy):
    optimizer, arguments = OPTIMIZERS[policy]
    ours, theirs = both(lambda package: classifier(package, policy))
    ours.set_weights([np.asarray(w) for w in theirs.get_weights()])
    losses = []
    for package, model in ((minikeras, ours), (keras, theirs)):
        made = getattr(package.optimizers, optimizer)(**arguments)
        model.compile(made, "sparse_categorical_crossentropy", metrics=["accuracy"])
        losses.append(model.fit(X, Y, batch_size=8, epochs=3, shuffle=False, verbose=0).history["loss"])
    assert_close(f"fit: {policy}", np.array(losses[0]), np.array(losses[1]), LOSSES[policy], "losses")
    dtypes = [[str(package.backend.standardize_dtype(v.dtype)) for v in model.optimizer.variables]
              for package, model in ((minikeras, ours), (keras, theirs))]  # fmt: skip
    assert dtypes[0] == dtypes[1]
    y_ours, y_theirs = ours.predict(X, verbose=0), theirs.predict(X, verbose=0)
    assert y_ours.dtype == y_theirs.dtype
    assert_close(f"fit: {policy}", _wide(y_ours), _wide(y_theirs), 2 * LOSSES[policy], "predictions")


@pytest.mark.parametrize("ending", ["keras", "weights.h5", pytest.param("h5", marks=pytest.mark.full)])
def test_files_of_bfloat16(ending, tmp_path):
    """Weights of bfloat16 in the other side's files, bit for bit."""
    ours, theirs = both(lambda package: classifier(package, "bfloat16"))
    files = {package: str(tmp_path / f"{package.__name__}.{ending}") for package in (minikeras, keras)}
    theirs.set_weights([np.asarray(w) for w in ours.get_weights()])
    for package, model in ((minikeras, ours), (keras, theirs)):
        model.save_weights(files[package]) if ending == "weights.h5" else model.save(files[package])
    expected = [np.asarray(w) for w in ours.get_weights()]
    readings = [(minikeras, files[keras]), (minikeras, files[minikeras]), (keras, files[minikeras])]
    for package, file in readings[:2] if ending == "h5" else readings:  # Keras cannot even read its own HDF5 models
        if ending == "weights.h5":
            read = classifier(package, "bfloat16")
            read.load_weights(file)
        else:
            read = package.models.load_model(file, compile=False)
        for mine, other in zip(read.get_weights(), expected, strict=True):
            assert np.asarray(mine).dtype == other.dtype == "bfloat16"
            np.testing.assert_array_equal(np.asarray(mine).view("uint16"), other.view("uint16"))


RANDOM = {
    "uniform": lambda k, dtype: k.random.uniform((40,), 1, 3, dtype=dtype, seed=1),
    "normal": lambda k, dtype: k.random.normal((40,), 1, 3, dtype=dtype, seed=1),
    "truncated_normal": lambda k, dtype: k.random.truncated_normal((40,), dtype=dtype, seed=1),
    "gamma": lambda k, dtype: k.random.gamma((40,), 2.0, dtype=dtype, seed=1),
    "beta": lambda k, dtype: k.random.beta((40,), 2.0, 3.0, dtype=dtype, seed=1),
    "binomial": lambda k, dtype: k.random.binomial((40,), 9.0, 0.4, dtype=dtype, seed=1),
    "dropout": lambda k, dtype: k.random.dropout(k.ops.ones((40,), dtype), 0.3, seed=1),
    "glorot_uniform": lambda k, dtype: k.initializers.GlorotUniform(seed=1)((5, 8), dtype=dtype),
    "he_normal": lambda k, dtype: k.initializers.HeNormal(seed=1)((5, 8), dtype=dtype),
}


@pytest.mark.parametrize("name", RANDOM)
def test_random_numbers_of_bfloat16(name):
    ours, theirs = (np.asarray(RANDOM[name](package, "bfloat16")) for package in (minikeras, keras))
    assert ours.dtype == theirs.dtype == "bfloat16"
    np.testing.assert_array_equal(ours.astype("float32"), theirs.astype("float32"))


CASTS = np.array(
    [0.0, -0.0, 1.0, 1 + 2.0**-8, 1 + 3 * 2.0**-8, 3.3e38, -1e39, 448, 449, 1e-3, 65504, 6e4, np.nan, np.inf]
)


@pytest.mark.parametrize("dtype", ["bfloat16", "float8_e4m3fn", "float8_e5m2"])
def test_casts_round_alike(dtype):
    for source in ("float32", "float16", "float64"):
        with np.errstate(over="ignore"):
            x = CASTS.astype(source)
        ours, theirs = (np.asarray(k.ops.cast(k.ops.convert_to_tensor(x), dtype)) for k in (minikeras, keras))
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours.astype("float32"), theirs.astype("float32"), err_msg=source)
        back = [np.asarray(k.ops.cast(k.ops.convert_to_tensor(theirs), source)) for k in (minikeras, keras)]
        np.testing.assert_array_equal(*back)


@pytest.mark.parametrize("floatx", ["float64", "float16", "bfloat16"])
def test_floatx(floatx):
    """What takes the default dtype, before and after the first layer was made."""

    def seen(package):
        package.utils.clear_session(free_memory=False)
        package.config.set_floatx(floatx)
        try:
            layer, ops = package.layers.Dense(2), package.ops
            y = layer(np.ones((1, 3), "float32"))
            tensors = [y, layer.kernel, ops.ones((2,)), ops.convert_to_tensor(1.5), ops.arange(3), ops.sin(1.5)]
            tensors += [
                ops.mean(ops.convert_to_tensor([1, 2])),
                ops.exp(ops.convert_to_tensor([1, 2])),
                ops.add(y, 1.5),
            ]
            tensors += [ops.add(1.5, 2), ops.one_hot(np.array([1]), 2), package.random.uniform((2,), seed=1)]
            tensors += [package.losses.MeanSquaredError()(np.ones((2, 1)), np.zeros((2, 1)))]
            tensors += [package.metrics.Mean().total, package.Variable([1.0, 2.0])]
            package.config.set_floatx("float32")
            later = package.layers.Dense(2).dtype_policy.name
            package.utils.clear_session(free_memory=False)
            dtypes = [package.backend.standardize_dtype(t.dtype) for t in tensors]
            return dtypes, later, package.layers.Dense(2).dtype
        finally:
            package.config.set_floatx("float32")
            package.utils.clear_session(free_memory=False)

    assert seen(minikeras) == seen(keras)


def test_autocast():
    """What a layer's inputs and variables are inside `call`, by policy and by `autocast`."""

    def seen(package, policy, **arguments):
        notes = []

        class Noting(package.layers.Layer):
            def build(self, shape):
                self.w = self.add_weight(shape=(2,), name="w")
                self.fixed = self.add_weight(shape=(2,), name="fixed", autocast=False)
                self.count = self.add_weight(shape=(), dtype="int32", initializer="zeros", name="count")

            def call(self, x, other=None):
                everything = (x, other["a"], other["b"], self.w + 0, self.w.value, self.fixed + 0, self.count + 0)
                notes.extend(package.backend.standardize_dtype(t.dtype) for t in everything)
                return x

        layer = Noting(dtype=policy, **arguments)
        x = np.ones((1, 2), "float32")
        y = layer(x, other={"a": x.astype("float64"), "b": x.astype("int32")})
        variables = [package.backend.standardize_dtype(v.dtype) for v in (layer.w, layer.fixed, layer.count)]
        names = (layer.dtype, layer.compute_dtype, layer.variable_dtype, layer.dtype_policy.name)
        return notes, package.backend.standardize_dtype(y.dtype), variables, names

    for policy in ("float32", "float64", "mixed_float16", "mixed_bfloat16", "bfloat16", "int32"):
        for arguments in ({}, {"autocast": False}):
            assert seen(minikeras, policy, **arguments) == seen(keras, policy, **arguments), (policy, arguments)
