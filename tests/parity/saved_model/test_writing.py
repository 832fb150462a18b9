"""SavedModels that minikeras wrote, in TensorFlow: endpoints, signatures, variables, sessions, layers."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

import minikeras  # noqa: E402
from minikeras.compat import tensorflow as shim  # noqa: E402
from tests.parity.saved_model.served import dense_network  # noqa: E402

FLOAT32 = 2e-6
X = np.random.default_rng(1).uniform(-1, 1, (5, 4)).astype("float32")
Y = np.random.default_rng(2).uniform(-1, 1, (5, 3)).astype("float32")


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    model, folder = dense_network(), tmp_path_factory.mktemp("exported")
    model.export(folder, verbose=False)
    return model, str(folder)


def test_endpoints_and_signatures_serve(exported):
    model, folder = exported
    loaded = tf.saved_model.load(folder)
    np.testing.assert_allclose(loaded.serve(X), model(X), atol=FLOAT32)
    for name in ("serve", "serving_default"):
        result = loaded.signatures[name](features=tf.constant(X))
        np.testing.assert_allclose(result["output_0"], model(X), atol=FLOAT32)


def test_variables_have_names_and_values_and_change_what_is_computed(exported):
    model, folder = exported
    loaded = tf.saved_model.load(folder)
    for name in ("variables", "trainable_variables", "non_trainable_variables"):
        ours, theirs = getattr(model, name), getattr(loaded, name)
        assert [f"{v.path}:0" for v in ours] == [v.name for v in theirs]
        assert [v.trainable for v in ours] == [v.trainable for v in theirs]
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(a, b)
    before = loaded.serve(X)
    loaded.variables[0].assign_add(tf.ones((4, 3)))
    assert np.abs(loaded.serve(X) - before).max() > 1e-3


def test_gradients_flow_to_the_variables(exported):
    loaded = tf.saved_model.load(exported[1])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(loaded.serve(X)[:, 0])
    assert all(np.abs(dx).sum() > 0 for dx in tape.gradient(loss, loaded.trainable_variables[:2]))


def test_it_is_a_layer_of_keras(exported):
    model, folder = exported
    layer = keras.layers.TFSMLayer(folder, call_endpoint="serve")
    assert len(layer.weights) == len(model.weights)
    outputs = keras.Sequential([keras.Input((4,)), layer])(X)
    np.testing.assert_allclose(outputs, model(X), atol=FLOAT32)


def test_a_session_restores_and_runs_it_by_names_of_nodes_as_tensorflow_serving_does(exported, tmp_path):
    model, folder = exported
    with tf.compat.v1.Session(graph=tf.Graph()) as session:
        graph = tf.compat.v1.saved_model.load(session, ["serve"], folder)
        signature = graph.signature_def["serving_default"]
        feed = {signature.inputs["features"].name: X}
        np.testing.assert_allclose(session.run(signature.outputs["output_0"].name, feed), model(X), atol=FLOAT32)
        saver = graph.saver_def
        session.run(saver.save_tensor_name, {saver.filename_tensor_name: str(tmp_path / "saved")})
    names = {name for name, _ in tf.train.list_variables(str(tmp_path / "saved"))}
    assert "variables/0/.ATTRIBUTES/VARIABLE_VALUE" in names


class Affine(minikeras.Model):
    def __init__(self):
        super().__init__()
        self.dense = minikeras.layers.Dense(2)

    def call(self, inputs):
        return self.dense(inputs["a"]) + self.dense(inputs["b"])


class KerasAffine(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(2)

    def call(self, inputs):
        return self.dense(inputs["a"]) + self.dense(inputs["b"])


def lists(keras):
    a, b = keras.Input((4,), name="a_in"), keras.Input((3,), name="B_in")
    return keras.Model([a, b], [keras.layers.Dense(2)(a), keras.layers.Dense(3)(b)])


def dicts(keras):
    a, b = keras.Input((4,), name="x"), keras.Input((None, 3), name="y")
    return keras.Model({"x": a, "y": b}, {"p": keras.layers.Dense(2)(b), "q": keras.layers.Dense(3)(a)})


def subclass(keras):
    model = Affine() if keras is minikeras else KerasAffine()
    model({"a": X, "b": X})
    return model


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("make", [lists, dicts, subclass])
def test_structures_and_names_are_those_that_keras_writes(make, tmp_path):
    found = []
    for package in (keras, minikeras):
        make(package).export(str(tmp_path / package.__name__), verbose=False)
        found.append(described(tf.saved_model.load(str(tmp_path / package.__name__)), "serve"))
    assert found[0] == found[1]


def described(loaded, name):
    signature, endpoint = loaded.signatures[name], getattr(loaded, name)
    return (
        {key: (spec.shape, spec.dtype) for key, spec in signature.structured_input_signature[1].items()},
        sorted(signature.structured_outputs),
        tf.nest.map_structure(
            lambda spec: spec and (spec.shape, spec.dtype), endpoint.concrete_functions[0].structured_input_signature
        ),
        endpoint.function_spec.fullargspec.args,
    )


ENDPOINTS = {
    "lambda": lambda tf, keras, model: (lambda x, y: [x, y], [keras.InputSpec(shape=(None, 2), dtype="int32")] * 2),
    "call": lambda tf, keras, model: (model.call, [keras.InputSpec(shape=(None, 4), dtype="float32")]),
    "structure": lambda tf, keras, model: (
        lambda pair: {"sum": pair[0] + pair[1]["b"]},
        [[keras.InputSpec(shape=(None,), dtype="float32"), {"b": keras.InputSpec(shape=(None,), dtype="float32")}]],
    ),
    "function": lambda tf, keras, model: (
        tf.function(lambda first: first * 2, input_signature=[tf.TensorSpec([None], tf.float32)]), None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDPOINTS)
def test_names_of_an_endpoints_arguments_are_those_that_keras_writes(name, tmp_path):
    found = []
    for package, namespace in ((keras, tf), (minikeras, shim)):
        model = package.Sequential([package.Input((4,)), package.layers.Dense(2)])
        archive = package.export.ExportArchive()
        archive.track(model)
        fn, signature = ENDPOINTS[name](namespace, package, model)
        archive.add_endpoint("run", fn, signature)
        archive.write_out(str(tmp_path / package.__name__), verbose=False)
        found.append(described(tf.saved_model.load(str(tmp_path / package.__name__)), "run"))
    assert found[0] == found[1]


def test_a_function_that_has_been_called_is_an_endpoint(tmp_path):
    @shim.function
    def twice(x):
        return x * 2

    archive = minikeras.export.ExportArchive()
    with pytest.raises(ValueError, match="has been called"):
        archive.add_endpoint("twice", twice)
    twice(shim.ones(3))
    archive.add_endpoint("twice", twice)
    archive.write_out(tmp_path, verbose=False)
    assert tf.saved_model.load(str(tmp_path)).twice(tf.ones(3)).numpy().tolist() == [2.0] * 3


def test_an_archive_of_several_endpoints_and_a_collection(tmp_path):
    model = dense_network()
    archive = minikeras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("scores", lambda x: model(x) * 2, [minikeras.InputSpec(shape=(None, 4), dtype="float32")])
    archive.add_endpoint(
        "pair", lambda x, y: {"sum": x + y}, [tf_spec([None, 2], "int32"), tf_spec([None, 2], "int32")]
    )
    archive.add_variable_collection("first", model.variables[:1])
    archive.write_out(tmp_path, verbose=False)
    loaded = tf.saved_model.load(str(tmp_path))
    np.testing.assert_allclose(loaded.scores(X), model(X) * 2, atol=FLOAT32)
    assert loaded.pair(tf.ones((3, 2), tf.int32), tf.ones((3, 2), tf.int32))["sum"].numpy().tolist() == [[2, 2]] * 3
    assert sorted(loaded.signatures) == ["pair", "scores", "serving_default"]
    assert loaded.first[0] is loaded.variables[0]
    assert len(loaded._all_variables) == 8


def tf_spec(shape, dtype):
    return shim.TensorSpec(shape, dtype)


class Polynomial(shim.Module):
    def __init__(self):
        super().__init__()
        self.scale = shim.Variable(2.0, name="scale")
        self.parts = [shim.Variable([1.0, 2.0]), shim.Variable([3.0])]
        self.table = {"bias": shim.Variable(0.5, trainable=False)}
        self.inner = Inner()
        self.count = 3

    @shim.function(input_signature=[shim.TensorSpec([None, 2], shim.float32)])
    def __call__(self, x):
        return self.inner.square(x) * self.scale + self.parts[0]

    @shim.function
    def shifted(self, x, twice=False, by=None):
        return {"y": x * 2 if twice else x + self.table["bias"]}

    @shim.function
    def never_called(self, x):
        return x


class Inner(shim.Module):
    def __init__(self):
        super().__init__()
        self.power = shim.Variable(2.0)

    @shim.function(input_signature=[shim.TensorSpec([None, 2], shim.float32)])
    def square(self, x):
        return x**self.power


def test_an_object_with_functions_and_variables(tmp_path):
    module = Polynomial()
    module.shifted(shim.ones(3))
    module.shifted(shim.ones(3), twice=True)
    shim.saved_model.save(module, str(tmp_path))
    loaded = tf.saved_model.load(str(tmp_path))
    x = np.array([[1.0, 2.0], [3.0, 4.0]], "float32")
    np.testing.assert_allclose(loaded(x), module(shim.constant(x)))
    np.testing.assert_allclose(loaded.inner.square(x), x**2)
    np.testing.assert_allclose(loaded.shifted(tf.ones(3))["y"], [1.5] * 3)
    np.testing.assert_allclose(loaded.shifted(tf.ones(3), twice=True)["y"], [2.0] * 3)
    assert (float(loaded.scale), [v.shape[0] for v in loaded.parts], loaded.scale.name) == (2.0, [2, 1], "scale:0")
    assert not loaded.table["bias"].trainable
    with pytest.raises(ValueError, match="zero restored functions"):
        loaded.never_called(tf.constant(x))
    np.testing.assert_allclose(loaded.signatures["serving_default"](x=tf.constant(x))["output_0"], loaded(x))


def test_signatures_that_are_given(tmp_path):
    module = Polynomial()
    concrete = module.shifted.get_concrete_function(shim.TensorSpec([None], shim.float32))
    shim.saved_model.save(module, str(tmp_path), signatures={"shift": concrete, "all": module.__call__})
    loaded = tf.saved_model.load(str(tmp_path))
    assert loaded.signatures["shift"](x=tf.ones(2))["y"].numpy().tolist() == [1.5, 1.5]
    assert sorted(loaded.signatures) == ["all", "shift"]


def test_a_saved_model_of_a_model_serves_its_inference(tmp_path):
    model = dense_network()
    shim.saved_model.save(model, str(tmp_path))
    loaded = tf.saved_model.load(str(tmp_path))
    np.testing.assert_allclose(
        loaded.signatures["serving_default"](inputs=tf.constant(X))["output_0"], model(X), atol=FLOAT32
    )


def test_a_program_of_ops_with_lengths_that_are_unknown(tmp_path):
    from minikeras import ops

    def program(x, indices):
        length = ops.shape(x)[1]
        positions = ops.arange(length, dtype="float32")
        h = ops.concatenate([x, ops.flip(x, 1)], axis=-1) + positions[None, :, None]
        h = ops.einsum("btc,bsc->bts", h, h) / ops.cast(length, "float32")
        h = ops.tril(ops.softmax(h, axis=-1))
        h = ops.take_along_axis(h, ops.argsort(h, axis=-1), axis=-1)
        return ops.take(ops.cumsum(h, axis=1), indices, axis=1), ops.max(h[:, 1:-1:2], axis=(1, 2))

    archive = minikeras.export.ExportArchive()
    specs = [
        minikeras.InputSpec(shape=(None, None, 3), dtype="float32"),
        minikeras.InputSpec(shape=(2,), dtype="int32"),
    ]
    archive.add_endpoint("run", program, specs)
    archive.write_out(tmp_path, verbose=False)
    loaded = tf.saved_model.load(str(tmp_path))
    for shape in ((2, 5, 3), (1, 9, 3)):
        x = np.random.default_rng(0).uniform(0, 1, shape).astype("float32")
        indices = np.array([2, -1], "int32")
        for y, expected in zip(loaded.run(x, indices), program(ops.array(x), ops.array(indices)), strict=True):
            np.testing.assert_allclose(y, expected, rtol=FLOAT32, atol=FLOAT32)


@pytest.mark.parametrize("dtype", ["float64", "float16", "mixed_bfloat16"])
def test_other_dtypes(dtype, tmp_path):
    with_dtype = minikeras.Sequential(
        [minikeras.Input((4,)), minikeras.layers.Dense(3, dtype=dtype, activation="tanh")]
    )
    with_dtype.export(tmp_path, verbose=False)
    loaded = tf.saved_model.load(str(tmp_path))
    result = loaded.serve(X.astype(with_dtype.inputs[0].dtype))
    expected = np.asarray(with_dtype(X))
    assert result.dtype.name == str(expected.dtype)
    np.testing.assert_allclose(np.asarray(result, "float64"), expected.astype("float64"), atol=1e-2)
