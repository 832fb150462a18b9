"""Quantized layers against the live tf.keras: outputs, gradients, variables, stored values, configs, files."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import keras  # noqa: E402

import minikeras  # noqa: E402
from minikeras.compat import tensorflow as namespace  # noqa: E402
from tests.rows import quick_rows  # noqa: E402

# tf.keras's own variables do not know NumPy 2's `copy` argument.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SAME_INTEGERS = 1e-5  # both compute with the same integers and scales; only the order of float32 sums differs
FLOAT8_STEPS = 1e-3  # a value between two float8 numbers may be rounded to the other one

LAYERS = {  # class, arguments, input shape, number of tokens
    "Dense": ("Dense", {"units": 5, "activation": "tanh"}, (3, 7), None),
    "Dense on steps": ("Dense", {"units": 5, "use_bias": False}, (3, 2, 6), None),
    "heads": (
        "EinsumDense",
        {"equation": "abc,cde->abde", "output_shape": (None, 2, 5), "bias_axes": "de"},
        (2, 3, 6),
        0,
    ),
    "two axes": ("EinsumDense", {"equation": "abcd,cde->abe", "output_shape": (None, 5)}, (2, 3, 2, 3), 0),
    "turned kernel": ("EinsumDense", {"equation": "abc,dc->abd", "output_shape": (None, 5)}, (2, 3, 6), 0),
    "turned output": ("EinsumDense", {"equation": "abc,cd->adb", "output_shape": (5, 3)}, (2, 3, 6), 0),
    "Embedding": ("Embedding", {"input_dim": 7, "output_dim": 5}, (2, 3), 7),
    "reversible": ("ReversibleEmbedding", {"input_dim": 7, "output_dim": 5}, (2, 3), 7),
    "not tied": ("ReversibleEmbedding", {"input_dim": 7, "output_dim": 5, "tie_weights": False}, (2, 3), 7),
}
CONFIGS = {
    "int8": lambda q: q.Int8QuantizationConfig(),
    "int8, float inputs": lambda q: q.Int8QuantizationConfig(activation_quantizer=None),
    "int4": lambda q: q.Int4QuantizationConfig(),
    "int4, blocks": lambda q: q.Int4QuantizationConfig(block_size=2),
    "int4, one scale": lambda q: q.Int4QuantizationConfig(block_size=-1),
    "int4, int8 inputs": lambda q: q.Int4QuantizationConfig(None, q.AbsMaxQuantizer(axis=-1), block_size=None),
}
ADAPTED = ("before", "after")  # with low-rank adaptation, enabled before quantization or after it; one for each pair
ROWS = [
    f"{layer}/{config}/{lora}"
    for i, layer in enumerate(LAYERS)
    for j, config in enumerate(CONFIGS)
    for lora in ("", ADAPTED[(i + j) % 2])
]
QUICK = ["heads/int8/before", "not tied/int4, blocks/"]


def values(shape):
    return np.random.default_rng(sum(shape) + len(shape)).normal(size=tuple(shape)).astype("float32")


def made(backend, row):
    """(layer, a function that makes one more from its config) of a row, quantized."""
    name, config, lora = row.split("/")
    kind, arguments, shape, tokens = LAYERS[name]
    layer = getattr(backend.layers, kind)(**arguments, name="layer")
    layer.build((None, *shape[1:]))
    for variable in layer.variables:
        variable.assign(values(variable.shape))

    def enable():
        layer.enable_lora(2, lora_alpha=3)
        for part in "ab":
            variable = getattr(layer, f"lora_{'embeddings' if tokens else 'kernel'}_{part}")
            variable.assign(0.3 * values(variable.shape))

    if lora == "before":
        enable()
    layer.quantize(config=CONFIGS[config](backend.quantizers))
    if lora == "after":
        enable()
    return layer


def seen(backend, row):
    """Everything that the test compares."""
    tensorflow = namespace if backend is minikeras else tf
    kind, _, shape, tokens = LAYERS[row.split("/")[0]]
    layer = made(backend, row)
    x = np.arange(np.prod(shape)).reshape(shape) % tokens if tokens else values(shape)
    x = tensorflow.constant(x)
    with tensorflow.GradientTape() as tape:
        if not tokens:
            tape.watch(x)
        y = layer(x)
        total = tensorflow.reduce_sum(y * values(y.shape))
    trained = [v if backend is minikeras else v.value for v in layer.trainable_variables]
    gradients = tape.gradient(total, trained if tokens else [x, *trained])
    outputs = [y, *[tensorflow.convert_to_tensor(g) for g in gradients]]
    if kind == "ReversibleEmbedding":
        outputs.append(layer(values((2, 5)), reverse=True))
    store = {}
    layer.save_own_variables(store)
    copy = type(layer).from_config(layer.get_config())
    copy.build((None, *shape[1:]))
    copy.load_own_variables(store)
    outputs.append(copy(x))
    config = layer.get_config()
    config.pop("equation", None)
    variables = [(v.path, tuple(v.shape), v.dtype, v.trainable) for v in layer.variables]
    return [np.asarray(y) for y in outputs], {k: np.asarray(v) for k, v in store.items()}, variables, config


@pytest.mark.parametrize("row", quick_rows(ROWS, QUICK))
def test_quantized(row):
    outputs, store, variables, config = seen(minikeras, row)
    try:
        expected = seen(keras, row)
    except tf.errors.InvalidArgumentError:
        assert row.startswith(("turned kernel", "turned output")), "here tf.keras fails with low-rank adaptation"
        return
    for ours, theirs in zip(outputs, expected[0], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=SAME_INTEGERS, atol=SAME_INTEGERS)
    assert store.keys() == expected[1].keys()
    for key, theirs in expected[1].items():
        assert store[key].dtype == theirs.dtype
        np.testing.assert_allclose(store[key].astype(float), theirs.astype(float), rtol=SAME_INTEGERS)
    assert variables == expected[2]
    assert config == expected[3]


@pytest.mark.parametrize("mode", ["int8", "int4/2", "int4", "float8"])
@pytest.mark.parametrize("name", ["Dense", "heads", "Embedding", "not tied"])
def test_built_with_a_quantized_policy(name, mode):
    def variables(backend):
        kind, arguments, shape, _ = LAYERS[name]
        layer = getattr(backend.layers, kind)(**arguments, name="layer", dtype=f"{mode}_from_float32")
        try:
            layer.build((None, *shape[1:]))
        except NotImplementedError as error:
            return type(error)
        assert layer.variable_serialization_spec[layer.quantization_mode]
        return [(v.path, tuple(v.shape), v.dtype, v.trainable, v.overwrite_with_gradient) for v in layer.variables]

    assert variables(minikeras) == variables(keras)


def dense(backend, **arguments):
    layer = backend.layers.Dense(5, **arguments)
    layer.build((None, 6))
    return layer


def twice(backend):
    layer = dense(backend)
    layer.quantize("int8")
    layer.quantize("float8")


def of_own_class(backend):
    class Own(backend.layers.Dense):
        pass

    layer = Own(2)
    layer.build((None, 6))
    layer.quantize("int8")


ERRORS = {
    "no mode": lambda backend: dense(backend).quantize(),
    "unknown mode": lambda backend: dense(backend).quantize("abc"),
    "contradiction": lambda backend: dense(backend).quantize(
        "int4", config=backend.quantizers.Int8QuantizationConfig()
    ),
    "gptq without data": lambda backend: dense(backend).quantize("gptq"),
    "no config": lambda backend: dense(backend).quantize(config=5),
    "base config": lambda backend: dense(backend).quantize(config=backend.quantizers.QuantizationConfig()),
    "not built": lambda backend: backend.layers.Dense(3).quantize("int8"),
    "float16": lambda backend: dense(backend, dtype="mixed_float16").quantize("int8"),
    "twice": twice,
    "own class": of_own_class,
    "no such layer": lambda backend: backend.layers.Flatten().quantized_build((1,), "int8"),
    "not quantized": lambda backend: dense(backend).quantized_call(np.ones((1, 6), "float32")),
    "filters": lambda backend: model(backend).quantize("int8", filters=5),
    "arguments": lambda backend: model(backend).quantize("int8", unknown=1),
    "model not built": lambda backend: backend.Sequential([backend.layers.Dense(2)]).quantize("int8"),
}


@pytest.mark.filterwarnings("ignore:Layer")  # of layers without quantization
@pytest.mark.parametrize("row", ERRORS)
def test_errors(row):
    raised = []
    for backend in (minikeras, keras):
        with pytest.raises(Exception) as caught:  # noqa: PT011  the types are compared
            ERRORS[row](backend)
        raised.append(caught.type)
    assert raised[0] is raised[1]


def model(backend):
    layers = backend.layers
    inner = backend.Sequential([backend.Input((3, 4)), layers.Dense(4, name="b")], name="inner")
    steps = [layers.Embedding(9, 4, name="e"), inner, layers.EinsumDense("abc,cd->abd", (None, 3), name="d")]
    made = backend.Sequential(
        [backend.Input((3,), dtype="int32"), *steps, layers.LayerNormalization(name="n")], name="m"
    )
    for i, variable in enumerate(made.variables):
        variable.assign(np.random.default_rng(i).normal(size=tuple(variable.shape)))
    return made


@pytest.mark.full
@pytest.mark.filterwarnings("ignore:Layer")
def test_filters():
    def quantized(backend, filters):
        made = model(backend)
        made.quantize("int8", filters=filters)
        return [v.path for v in made.variables if v.dtype == "int8"]

    for filters in (None, "^b$", ["e", "d"], lambda layer: layer.name != "b", "nothing", []):
        assert quantized(minikeras, filters) == quantized(keras, filters)


@pytest.mark.full
@pytest.mark.filterwarnings("ignore:Layer")
@pytest.mark.parametrize("mode", ["int8", "int4"])
def test_files_both_ways(mode, tmp_path):
    tokens = np.arange(6).reshape(2, 3)
    ours, theirs = model(minikeras), model(keras)
    for made in (ours, theirs):
        made.quantize(mode)
    expected = theirs.predict_on_batch(tokens)
    np.testing.assert_allclose(ours.predict_on_batch(tokens), expected, rtol=SAME_INTEGERS, atol=SAME_INTEGERS)
    ours.save(tmp_path / "ours.keras")
    theirs.save(tmp_path / "theirs.keras")
    ours.save_weights(tmp_path / "ours.weights.h5")
    for made in (
        keras.models.load_model(tmp_path / "ours.keras"),
        minikeras.models.load_model(tmp_path / "theirs.keras"),
    ):
        np.testing.assert_allclose(made.predict_on_batch(tokens), expected, rtol=SAME_INTEGERS, atol=SAME_INTEGERS)
        assert made.get_layer("e").quantization_mode == mode
    for variable in theirs.variables:
        variable.assign(np.zeros(tuple(variable.shape)))
    theirs.load_weights(tmp_path / "ours.weights.h5")
    np.testing.assert_allclose(theirs.predict_on_batch(tokens), expected, rtol=SAME_INTEGERS, atol=SAME_INTEGERS)


@pytest.mark.full
def test_training_in_float8():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(16, 8)).astype("float32"), rng.normal(size=(16, 2)).astype("float32")

    def trained(backend):
        steps = [backend.layers.Dense(4, activation="tanh"), backend.layers.Dense(2)]
        made = backend.Sequential([backend.Input((8,)), *steps])
        for i, variable in enumerate(made.variables):
            variable.assign(np.random.default_rng(i).normal(size=tuple(variable.shape)))
        made.quantize("float8")
        made.compile("sgd", "mse")
        losses = made.fit(x, y, epochs=2, batch_size=8, shuffle=False, verbose=0).history["loss"]
        return losses, made.get_weights(), made.predict_on_batch(x)

    with pytest.warns(UserWarning, match="InputLayer"):
        theirs = trained(keras)
    ours = trained(minikeras)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=FLOAT8_STEPS)
    for weight, expected in zip(ours[1], theirs[1], strict=True):
        np.testing.assert_allclose(weight, expected, rtol=FLOAT8_STEPS, atol=FLOAT8_STEPS)
    np.testing.assert_allclose(ours[2], theirs[2], rtol=FLOAT8_STEPS, atol=FLOAT8_STEPS)


@pytest.mark.filterwarnings("ignore:The optimizer was built before:UserWarning")
def test_adaptation_between_two_fits_trains_the_variables_of_before():
    """As Keras's compiled step does, until the next `compile`."""
    x, y = values((8, 6)), values((8, 2))

    def losses(backend):
        layers = [backend.layers.Dense(4, name="adapted"), backend.layers.Dense(2)]
        model = backend.Sequential([backend.Input((6,)), *layers])
        model.set_weights([values(weight.shape) for weight in model.weights])
        found = []
        model.compile(backend.optimizers.SGD(0.05), "mse")
        for step in ("before", "after", "compiled"):
            if step == "after":
                layers[0].enable_lora(2, a_initializer="ones")
            elif step == "compiled":
                model.compile(backend.optimizers.SGD(0.05), "mse")
            history = model.fit(x, y, batch_size=4, epochs=3, shuffle=False, verbose=0)
            found += history.history["loss"]
        return found, layers[0].lora_kernel_b.numpy()

    (ours, b), (theirs, other) = losses(minikeras), losses(keras)
    np.testing.assert_allclose(ours, theirs, rtol=SAME_INTEGERS)
    np.testing.assert_allclose(b, other, rtol=1e-4, atol=SAME_INTEGERS)


def test_adaptation_of_an_optimizer_that_was_built_warns():
    model = minikeras.Sequential([minikeras.Input((6,)), minikeras.layers.Dense(4)])
    model.compile("sgd", "mse")
    model.fit(values((8, 6)), values((8, 4)), verbose=0)
    model.layers[0].enable_lora(2)
    with pytest.warns(UserWarning, match="Call `compile` again"):
        model.fit(values((8, 6)), values((8, 4)), verbose=0)
