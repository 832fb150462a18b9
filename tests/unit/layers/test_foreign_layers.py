"""JaxLayer, FlaxLayer and TorchModuleWrapper: values, gradients, state, training and files, against the library itself.

The tests of a library are skipped where it is not installed.
"""

import importlib.util
import os
import warnings

import numpy as np
import pytest

import minikeras as keras
from minikeras import tree
from minikeras.autodiff.tape import GradientTape

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 4)).astype("float32")
W = RNG.normal(size=(4, 3)).astype("float32")
ROUNDING = {"rtol": 1e-5, "atol": 1e-6}  # of sums of a few float32 products, in another order


def has(name):
    return importlib.util.find_spec(name) is not None


needs_jax = pytest.mark.skipif(not has("jax"), reason="JAX is not installed")
needs_flax = pytest.mark.skipif(not has("flax"), reason="Flax is not installed")
needs_torch = pytest.mark.skipif(not has("torch"), reason="PyTorch is not installed")


@pytest.fixture(autouse=True)
def _quiet_imports():
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the libraries' own
        yield


@keras.saving.register_keras_serializable("foreign")
def linear(params, inputs):
    return inputs @ params["w"] + params["b"]


@keras.saving.register_keras_serializable("foreign")
def first_linear(rng, inputs):
    import jax

    return {"w": jax.random.normal(rng, (inputs.shape[-1], 3)), "b": jax.numpy.zeros(3)}


@keras.saving.register_keras_serializable("foreign")
def counting(params, state, rng, inputs, training):
    import jax

    scale = jax.random.uniform(rng, ()) if training else 1.0
    return inputs * params["a"] * scale, {"count": state["count"] + 1, "mode": state["mode"]}


# --- JAX --------------------------------------------------------------------------------------------------------------


@needs_jax
def test_values_and_gradients_are_those_of_jax():
    import jax

    def call_fn(inputs, params):  # in another order
        x, (y, n) = inputs["x"], inputs["rest"]
        return {"a": jax.numpy.tanh(x @ params["w"][0]) * y, "n": n + 1}

    layer = keras.layers.JaxLayer(call_fn, params={"w": [W], "note": "kept"})
    y, n = RNG.normal(size=(6, 3)).astype("float32"), np.arange(6, dtype="int32")
    x = keras.ops.convert_to_tensor(X)
    with GradientTape() as tape:
        tape.watch(x)
        outputs = layer({"x": x, "rest": (y, n)})
        loss = keras.ops.sum(outputs["a"] ** 2)
    dx, dw = tape.gradient(loss, [x, layer.trainable_weights[0]])

    def expected(x, w):
        return (call_fn({"x": x, "rest": (y, n)}, {"w": [w]})["a"] ** 2).sum()

    np.testing.assert_allclose(outputs["a"].numpy(), np.tanh(X @ W) * y, **ROUNDING)
    np.testing.assert_array_equal(outputs["n"].numpy(), n + 1)
    for own, of_jax in zip((dx, dw), jax.grad(expected, (0, 1))(X, W), strict=True):
        np.testing.assert_allclose(own.numpy(), of_jax, **ROUNDING)


@needs_jax
def test_gradients_of_gradients_are_refused():
    layer = keras.layers.JaxLayer(lambda inputs: inputs**3)
    x = keras.ops.convert_to_tensor(X)
    with GradientTape() as outer:
        outer.watch(x)
        with GradientTape() as inner:
            inner.watch(x)
            y = layer(x)
        dx = inner.gradient(y, x)
    np.testing.assert_allclose(dx.numpy(), 3 * X**2, **ROUNDING)
    with pytest.raises(NotImplementedError, match="first-order gradients only"):
        outer.gradient(dx, x)


@needs_jax
def test_init_fn_gives_variables_of_the_inputs_shape():
    keras.utils.set_random_seed(1)
    layer = keras.layers.JaxLayer(linear, first_linear)
    outputs = layer(keras.Input((4,)))
    assert outputs.shape == (None, 3)
    assert [tuple(w.shape) for w in layer.trainable_weights] == [(3,), (4, 3)]  # the order of JAX: by key
    assert all(w.path.startswith(layer.name) for w in layer.weights)
    keras.utils.set_random_seed(1)
    again = keras.layers.JaxLayer(linear, first_linear)
    again.build((None, 4))
    np.testing.assert_array_equal(again.get_weights()[1], layer.get_weights()[1])


@needs_jax
def test_state_random_keys_and_training():
    layer = keras.layers.JaxLayer(counting, params={"a": 2.0}, state={"count": np.int32(0), "mode": "kept"}, seed=3)
    assert [w.dtype for w in layer.variables] == ["float32", "int32", "int64"]
    first, second = (layer(X, training=True).numpy() for _ in range(2))
    assert not np.array_equal(first, second)
    np.testing.assert_allclose(layer(X).numpy(), 2 * X, **ROUNDING)
    assert int(layer.tracked_state[0].numpy()) == 3
    same = keras.layers.JaxLayer(counting, params={"a": 2.0}, state={"count": np.int32(0), "mode": "kept"}, seed=3)
    np.testing.assert_array_equal(same(X, training=True).numpy(), first)


@needs_jax
def test_a_model_trains_saves_and_loads(tmp_path):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.JaxLayer(linear, first_linear), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    y = X.sum(axis=1, keepdims=True)
    before = model.get_weights()
    losses = model.fit(X, y, batch_size=4, epochs=20, verbose=0).history["loss"]
    assert losses[-1] < losses[0] / 2
    assert all(not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    path = tmp_path / "model.keras"
    model.save(path)
    loaded = keras.models.load_model(path)
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))


@needs_jax
def test_training_equals_that_of_a_dense_layer():
    results = []
    for layer in (keras.layers.Dense(3), keras.layers.JaxLayer(linear, params={"w": W, "b": np.zeros(3, "float32")})):
        model = keras.Sequential([keras.Input((4,)), layer])
        layer.set_weights([W, np.zeros(3)] if type(layer) is keras.layers.Dense else [np.zeros(3), W])
        model.compile(keras.optimizers.Adam(0.1), "mse")
        model.fit(X, X[:, :3], batch_size=3, epochs=3, shuffle=False, verbose=0)
        results.append(model.predict(X, verbose=0))
    np.testing.assert_allclose(results[1], results[0], rtol=1e-4, atol=1e-5)  # six steps of Adam


@needs_jax
def test_the_plan_says_that_jax_computes(capsys):
    model = keras.Sequential([keras.Input((4,)), keras.layers.JaxLayer(linear, first_linear)])
    model.compile("sgd", "mse")
    model.fit(X, X[:, :3], verbose=0, epochs=3)
    model.explain_plan()
    assert "JAX computes in it" in capsys.readouterr().out


@needs_jax
@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"call_fn": lambda x: x}, "must take `inputs`"),
        ({"call_fn": lambda inputs, weights: inputs}, "may take others of"),
        ({"call_fn": lambda params, inputs: inputs}, "has no values for them"),
        ({"call_fn": lambda inputs: inputs, "init_fn": lambda shape: shape}, "`init_fn` of JaxLayer"),
    ],
)
def test_unfit_functions_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        keras.layers.JaxLayer(**arguments)


@needs_jax
def test_another_state_is_refused():
    layer = keras.layers.JaxLayer(lambda state, inputs: (inputs, {"b": 1.0}), state={"a": 0.0})
    with pytest.raises(ValueError, match="nested like the first one"):
        layer(X)


@needs_jax
def test_mixed_precision_reads_weights_in_the_compute_dtype():
    layer = keras.layers.JaxLayer(linear, params={"w": W, "b": np.zeros(3, "float32")}, dtype="mixed_float16")
    assert layer(X).dtype == "float16"
    assert layer.weights[0].dtype == "float32"


# --- Flax -------------------------------------------------------------------------------------------------------------


@needs_flax
def test_a_flax_module_trains_with_dropout_and_batch_normalization():
    import flax.linen as nn

    class Network(nn.Module):
        @nn.compact
        def __call__(self, inputs, training=False):
            x = nn.BatchNorm(use_running_average=not training)(nn.Dense(5)(inputs))
            return nn.Dense(1)(nn.Dropout(0.5, deterministic=not training)(nn.tanh(x)))

    layer = keras.layers.FlaxLayer(Network())
    model = keras.Sequential([keras.Input((4,)), layer])
    assert model.output_shape == (None, 1)
    assert [len(layer.trainable_weights), len(layer.tracked_state)] == [6, 2]
    model.compile("adam", "mse")
    statistics = [w.numpy() for w in layer.tracked_state]
    model.fit(X, X[:, :1], epochs=2, verbose=0)
    assert all(not np.array_equal(a, w.numpy()) for a, w in zip(statistics, layer.tracked_state, strict=True))
    variables = {**tree.map_structure(np.asarray, layer.params), **tree.map_structure(np.asarray, layer.state)}
    np.testing.assert_allclose(model.predict(X, verbose=0), Network().apply(variables, X), **ROUNDING)
    given = keras.layers.FlaxLayer(Network(), variables=variables)
    np.testing.assert_allclose(given(X).numpy(), model.predict(X, verbose=0), **ROUNDING)


@needs_flax
def test_a_flax_method_by_name_and_config():
    import flax.linen as nn

    @keras.saving.register_keras_serializable("foreign")
    class Scaled(nn.Module):
        factor: float = 2.0

        def scale(self, inputs):
            return self.factor * inputs

        def get_config(self):
            return {"factor": self.factor}

        @classmethod
        def from_config(cls, config):
            return cls(**config)

    module = Scaled(3.0)
    layer = keras.layers.FlaxLayer(module, method=module.scale)
    again = keras.layers.FlaxLayer.from_config(layer.get_config())
    np.testing.assert_allclose(again(X).numpy(), 3 * X, **ROUNDING)
    assert "call_fn" not in layer.get_config()
    for name in ("__class__", "__init__", "apply", "clone", "factor", "get_config.__globals__", "missing"):
        with pytest.raises(ValueError, match="must name a method that Scaled defines"):
            keras.layers.FlaxLayer.from_config({**layer.get_config(), "method": name})


# --- configs of strangers ---------------------------------------------------------------------------------------------

LAYER = {"module": "keras.layers", "class_name": "Flatten", "config": {}}


def function(module, name):
    return {"module": module, "class_name": "function", "config": name}


@pytest.mark.parametrize(
    "config, message",
    [
        ({"call_fn": "os.system"}, "`call_fn` of a JaxLayer's config must be a function"),
        ({"call_fn": None}, "`call_fn` of a JaxLayer's config must be a function"),
        ({"call_fn": LAYER}, "must take `inputs`"),
        ({"call_fn": function("keras.activations", "relu")}, "must take `inputs`"),
        ({"call_fn": function("os", "system")}, "system"),
        ({"module": LAYER, "method": "x"}, "flax.linen.Module"),
        ({"module": "flax", "method": "x"}, "flax.linen.Module"),
    ],
    ids=str,
)  # fmt: skip
def test_configs_import_nothing_and_name_only_what_is_registered(monkeypatch, config, message):
    for library in ("jax", "flax", "flax.linen"):
        monkeypatch.setitem(__import__("sys").modules, library, None)  # imports of it fail
    layer = keras.layers.JaxLayer if "call_fn" in config else keras.layers.FlaxLayer
    with pytest.raises((TypeError, ValueError), match=message):
        layer.from_config(config)


# --- PyTorch ----------------------------------------------------------------------------------------------------------


@needs_torch
def test_values_and_gradients_are_those_of_pytorch():
    import torch

    module = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Tanh())
    layer = keras.layers.TorchModuleWrapper(module)
    x = keras.ops.convert_to_tensor(X)
    with GradientTape() as tape:
        tape.watch(x)
        y = layer(layer(x)[:, [0, 1, 2, 2]])  # the same parameters twice
        loss = keras.ops.sum(y**2)
    own = tape.gradient(loss, [x, *layer.trainable_weights])
    of_torch = torch.tensor(X, requires_grad=True)
    expected = module(module(of_torch)[:, [0, 1, 2, 2]])
    np.testing.assert_allclose(y.numpy(), expected.detach().numpy(), **ROUNDING)
    grads = torch.autograd.grad((expected**2).sum(), [of_torch, *module.parameters()])
    for a, b in zip(own, grads, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), **ROUNDING)


@needs_torch
def test_a_pytorch_module_trains_saves_and_loads(tmp_path):
    import torch

    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.BatchNorm1d(5), torch.nn.Linear(5, 1))
    layer = keras.layers.TorchModuleWrapper(module)
    model = keras.Sequential([keras.Input((4,)), layer])
    assert model.output_shape == (None, 1)
    model.compile(keras.optimizers.SGD(0.05), "mse")
    losses = model.fit(X, X[:, :1], epochs=30, verbose=0).history["loss"]
    assert losses[-1] < losses[0] / 2
    np.testing.assert_array_equal(layer.module[0].weight.detach().numpy(), layer.weights[0].numpy())
    assert float(module[1].running_mean.abs().sum()) > 0
    model.save(tmp_path / "model.keras")
    with pytest.raises(ValueError, match="safe_mode=False"):
        keras.models.load_model(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=False)
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))


@needs_torch
def test_predictions_with_pytorch_are_not_replayed(capsys):
    import torch

    layer = keras.layers.TorchModuleWrapper(torch.nn.Linear(4, 2))
    model = keras.Sequential([keras.Input((4,)), layer])
    for factor in range(1, 5):
        np.testing.assert_array_equal(model.predict(factor * X, verbose=0), layer(factor * X).numpy())
        model.predict(X, verbose=0)
    layer.set_weights([np.zeros((2, 4)), np.ones(2)])
    np.testing.assert_array_equal(model.predict(X, verbose=0), np.ones((6, 2)))
    model.explain_plan()
    assert "PyTorch computes in it" in capsys.readouterr().out


@needs_torch
def test_frozen_parameters_and_lazy_modules():
    import torch

    module = torch.nn.Linear(4, 3)
    module.bias.requires_grad_(False)
    layer = keras.layers.TorchModuleWrapper(module, output_shape=(None, 3))
    assert [len(layer.trainable_weights), len(layer.non_trainable_weights)] == [1, 1]
    assert layer.compute_output_shape((None, 4)) == (None, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lazy = torch.nn.LazyLinear(3)
    with pytest.raises(ValueError, match="do not exist yet"):
        keras.layers.TorchModuleWrapper(lazy)


# --- without the library ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "library, make",
    [
        ("jax", lambda: keras.layers.JaxLayer(lambda inputs: inputs)),
        ("flax.linen", lambda: keras.layers.FlaxLayer(None)),
        ("torch", lambda: keras.layers.TorchModuleWrapper(None)),
    ],
)
def test_errors_name_the_library_to_install(monkeypatch, library, make):
    monkeypatch.setitem(__import__("sys").modules, library, None)  # imports of it fail
    with pytest.raises(ImportError, match=f"pip install {library.partition('.')[0]}"):
        make()
