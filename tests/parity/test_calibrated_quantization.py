"""GPTQ and AWQ against the live tf.keras: stored integers, scales and groups, outputs, files.

In Keras 3.15.1 the layers that are calibrated do not pass their inputs on: it replaces their `call`, and a layer with a
quantized policy is called by `quantized_call`. So its own result is plain rounding, whatever the data. The tests give
Keras's algorithms the inputs by replacing `quantized_call`; one test shows what Keras does by itself.
"""

from contextlib import contextmanager

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import keras  # noqa: E402
from keras.src.quantizers import awq_core, gptq_core  # noqa: E402

import minikeras  # noqa: E402
from tests.rows import quick_rows  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Layer InputLayer does not have:UserWarning"),
    pytest.mark.filterwarnings("ignore:Skipping nested container:UserWarning"),
]

SAME_FLOATS = 2e-5  # of scales and outputs: sums, roots and inverses in float32 by two libraries
TOKENS, LENGTH, WIDTH = 20, 5, 12
ROWS = {  # mode, settings
    "gptq": ("gptq", {}),
    "gptq, bits": ("gptq", {"weight_bits": 8, "group_size": 8, "symmetric": True}),
    "gptq, order": ("gptq", {"weight_bits": 2, "group_size": -1, "activation_order": True}),
    "gptq, tensor": ("gptq", {"weight_bits": 3, "group_size": 6, "per_channel": False, "activation_order": True}),
    "awq": ("awq", {}),
    "awq, groups": ("awq", {"group_size": 9, "num_grid_points": 7}),
}


class Bytes:
    """A tokenizer."""

    def tokenize(self, text):
        return np.frombuffer(text.encode(), np.uint8).astype("int32") % TOKENS


def streaming(update):
    """Keras's context manager that passes inputs of layers on, by `quantized_call`."""

    @contextmanager
    def stream(layers, objects):
        def passing_on(name, call):
            def quantized_call(inputs, *args, **kwargs):
                getattr(objects[name], update)(tf.reshape(inputs, (-1, objects[name].rows)))
                return call(inputs, *args, **kwargs)

            return quantized_call

        for name, layer in layers.items():
            layer.quantized_call = passing_on(name, layer.quantized_call)
        yield
        for layer in layers.values():
            del layer.quantized_call

    return stream


@pytest.fixture
def calibrating(monkeypatch):
    """Keras's layers take in their inputs."""
    monkeypatch.setattr(gptq_core, "stream_hessians", streaming("update_hessian_with_batch"))
    monkeypatch.setattr(awq_core, "stream_activations", streaming("update_activation_magnitudes"))


def network(backend):
    """(a model of embedding, Dense and heads, its structure)"""
    layers = backend.layers
    table = layers.Embedding(TOKENS, WIDTH, name="table")
    blocks = [
        layers.Dense(16, activation="relu", name="wide"),
        backend.Sequential(
            [
                layers.EinsumDense("abc,cde->abde", (None, 2, 5), bias_axes="de", name="heads"),
                layers.EinsumDense("abde,dec->abc", (None, WIDTH + 9), bias_axes="c", name="merged"),
            ],
            name="block",
        ),
        layers.Dense(5, name="last"),
    ]
    x = inputs = backend.Input((LENGTH,), dtype="int32")
    for layer in (table, *blocks):
        x = layer(x)
    model = backend.Model(inputs, x)
    rng = np.random.default_rng(1)
    model.set_weights([0.3 * rng.normal(size=w.shape).astype("float32") for w in model.weights])
    return model, {"pre_block_layers": [table], "sequential_blocks": blocks}


def data(text):
    rng = np.random.default_rng(0)
    return ["some text, ", "and more"] if text else [rng.integers(0, TOKENS, (1, 40)) for _ in range(3)]


def quantized(backend, row, text=False):
    mode, settings = ROWS[row]
    model, structure = network(backend)
    kind = getattr(backend.quantizers, f"{mode.upper()}Config")
    config = kind(data(text), Bytes(), num_samples=3, sequence_length=LENGTH, **settings)
    model.get_quantization_layer_structure = lambda mode=None: structure
    model.quantize(mode, config=config, filters="^(?!table)")
    return model


def assert_same(ours, theirs):
    assert len(ours.variables) == len(theirs.variables)
    for a, b in zip(ours.variables, theirs.variables, strict=True):
        assert (a.name, a.dtype, a.shape) == (b.name, b.dtype, tuple(b.shape))
        if a.dtype == "uint8":
            np.testing.assert_array_equal(a.numpy(), b.numpy(), err_msg=a.path)
        else:
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=SAME_FLOATS, atol=SAME_FLOATS, err_msg=a.path)
    tokens = np.arange(LENGTH)[None] % TOKENS
    np.testing.assert_allclose(ours(tokens), theirs(tokens), rtol=SAME_FLOATS, atol=SAME_FLOATS)


@pytest.mark.parametrize("row", quick_rows(ROWS, ["awq, groups"]))
def test_same_integers_for_the_same_inputs(row, calibrating):
    ours, theirs = quantized(minikeras, row), quantized(keras, row)
    assert_same(ours, theirs)
    by_name = {layer.name: layer for layer in theirs._flatten_layers()}
    for a in ours._flatten_layers():
        b = by_name[a.name]
        if "Dense" not in type(a).__name__:
            continue
        assert a.dtype_policy.name == b.dtype_policy.name
        assert (a.is_gptq_calibrated, a.is_awq_calibrated) == (
            getattr(b, "is_gptq_calibrated", False),
            getattr(b, "is_awq_calibrated", False),
        )
        np.testing.assert_array_equal(a.kernel, b.kernel)


@pytest.mark.full
@pytest.mark.parametrize("row", ["gptq", "awq"])
def test_text_goes_through_the_tokenizer(row, calibrating):
    assert_same(quantized(minikeras, row, text=True), quantized(keras, row, text=True))


@pytest.mark.full
@pytest.mark.parametrize("row", ["gptq, bits", "awq, groups"])
def test_keras_reads_our_files(row, calibrating, tmp_path):
    """Keras's own files lack the zeros, so that neither package can read them."""
    ours = quantized(minikeras, row)
    ours.save(tmp_path / "ours.keras")
    assert_same(ours, keras.models.load_model(tmp_path / "ours.keras"))
    quantized(keras, row).save(tmp_path / "theirs.keras")
    for backend in (keras, minikeras):
        with pytest.raises(ValueError, match=r"objects could not be loaded|expected . variables|do not fit"):
            backend.models.load_model(tmp_path / "theirs.keras")


@pytest.mark.full
def test_keras_alone_does_not_see_the_data():
    """All its factors are 1, and the integers do not depend on the samples. Here they do.

    Which tokens are the samples depends on Python's hash of a string; for an eighth of them one layer's best exponent
    is 0, with factors of 1.
    """

    def with_factors(model):
        return [not (v.numpy() == 1).all() for v in model.variables if v.path.endswith("awq_scales")]

    assert not any(with_factors(quantized(keras, "awq")))
    assert sum(with_factors(quantized(minikeras, "awq"))) >= 3


ERRORS = {
    "no config": lambda b, m, s: m.quantize("gptq"),
    "no structure": lambda b, m, s: m.quantize("awq", config=b.quantizers.AWQConfig(["a"], Bytes())),
    "no data": lambda b, m, s: m.quantize(
        "gptq", config=b.quantizers.GPTQConfig(None, Bytes(), quantization_layer_structure=s)
    ),
    "no tokenizer": lambda b, m, s: m.quantize(
        "gptq", config=b.quantizers.GPTQConfig(["a"], None, quantization_layer_structure=s)
    ),
    "empty data": lambda b, m, s: m.quantize(
        "gptq", config=b.quantizers.GPTQConfig([], Bytes(), quantization_layer_structure=s)
    ),
    "a string": lambda b, m, s: m.quantize(
        "awq", config=b.quantizers.AWQConfig("a", Bytes(), quantization_layer_structure=s)
    ),
    "no blocks": lambda b, m, s: m.quantize(
        "awq",
        config=b.quantizers.AWQConfig(
            ["abc"], Bytes(), quantization_layer_structure={**s, "sequential_blocks": []}, sequence_length=2
        ),
    ),
}


@pytest.mark.full
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("row", ERRORS)
def test_errors(row):
    kinds = []
    for backend in (minikeras, keras):
        model, structure = network(backend)
        with pytest.raises(Exception) as caught:  # noqa: PT011 - the kinds are compared below
            ERRORS[row](backend, model, structure)
        kinds.append(caught.type.__name__)
    assert kinds[0] == kinds[1]
