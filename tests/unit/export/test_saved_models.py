"""SavedModels written and read here: what is in the folder, endpoints, archives, what cannot be expressed.

That TensorFlow computes the same is tested in tests/parity/saved_model.
"""

from pathlib import Path

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers, ops
from minikeras.compat import tensorflow as tf
from minikeras.export import ExportArchive
from minikeras.exporting.tensorflow.operations import OPERATIONS
from minikeras.formats.saved_model.messages import SavedModel, TrackableObjectGraph
from minikeras.formats.saved_model.tensor_bundle import TensorBundle

ROUNDING = 1e-6
SPEC = keras.InputSpec(shape=(None, 4), dtype="float32")
X = np.random.default_rng(0).uniform(-1, 1, (3, 4)).astype("float32")


def small_network():
    x = keras.Input((4,), name="Features in")
    y = layers.Dense(2, "tanh", name="classes")(layers.BatchNormalization(name="normed")(x))
    return keras.Model(x, y, name="small")


def meta_graph(folder):
    return SavedModel.decoded((folder / "saved_model.pb").read_bytes()).meta_graphs[0]


def test_export_writes_a_folder_with_an_endpoint(tmp_path, capsys):
    model = small_network()
    model.export(tmp_path)
    text = capsys.readouterr().out
    assert "Endpoint 'serve' (and 'serving_default'), with 6 variables" in text
    assert "takes   Features_in: float32 (None, 4)" in text
    assert "returns output_0: float32 (None, 2)" in text
    loaded = tf.saved_model.load(tmp_path)
    for size in (1, 3):
        np.testing.assert_allclose(loaded.serve(X[:size]), model(X[:size]), atol=ROUNDING)
    result = loaded.signatures["serving_default"](Features_in=tf.constant(X))
    np.testing.assert_allclose(result["output_0"], model(X), atol=ROUNDING)


def test_what_is_in_the_messages(tmp_path):
    model = small_network()
    model.export(tmp_path, verbose=False)
    graph = meta_graph(tmp_path)
    assert graph.meta_info_def.tags == ["serve"]
    served = graph.signature_def["serving_default"]
    assert served.inputs["Features_in"].name == "serving_default_Features_in:0"
    assert [dim.size for dim in served.outputs["output_0"].tensor_shape.dim] == [-1, 2]
    root = graph.object_graph_def.nodes[0]
    assert {"variables", "trainable_variables", "serve", "signatures"} <= {c.local_name for c in root.children}
    variables = [node.variable for node in graph.object_graph_def.nodes if node.variable is not None]
    assert [(v.name, v.trainable) for v in variables] == [(v.path, v.trainable) for v in model.variables]
    functions = {function.signature.name: function for function in graph.graph_def.library.function}
    (serve,) = [function for name, function in functions.items() if name.startswith("__inference_serve")]
    used = {node.op for node in serve.node_def}
    assert {"MatMul", "Tanh", "ReadVariableOp"} <= used <= OPERATIONS.keys()
    assert any(node.name.startswith("small/classes/MatMul") for node in serve.node_def)


def test_the_values_are_a_checkpoint(tmp_path):
    model = small_network()
    model.export(tmp_path, verbose=False)
    bundle = TensorBundle(tmp_path / "variables" / "variables")
    for i, variable in enumerate(model.variables):
        np.testing.assert_array_equal(bundle[f"variables/{i}/.ATTRIBUTES/VARIABLE_VALUE"], variable)
    objects = TrackableObjectGraph.decoded(bundle["_CHECKPOINTABLE_OBJECT_GRAPH"][()])
    assert [child.local_name for child in objects.nodes[0].children][:1] == ["variables"]


def test_equal_models_give_equal_bytes(tmp_path):
    model = small_network()
    for name in ("a", "b"):
        model.export(tmp_path / name, verbose=False)
    assert (tmp_path / "a" / "saved_model.pb").read_bytes() == (tmp_path / "b" / "saved_model.pb").read_bytes()


@pytest.mark.parametrize("failing", ["saved_model.pb", "variables.index"])
def test_a_failed_export_leaves_the_earlier_files(failing, tmp_path, monkeypatch):
    model = small_network()
    model.export(tmp_path / "model", verbose=False)
    before = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    model.variables[0].assign_add(np.ones(model.variables[0].shape))
    write = Path.write_bytes

    def write_or_fail(path, content):
        if failing in str(path):
            raise OSError("no space left")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", write_or_fail)
    with pytest.raises(OSError, match="no space left"):
        model.export(tmp_path / "model", verbose=False)
    assert {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()} == before


def test_an_archive_has_endpoints_collections_and_variables(tmp_path):
    model, archive = small_network(), ExportArchive()
    archive.track(model)
    twice = archive.add_endpoint("twice", lambda x: {"y": model(x) * 2}, [SPEC])
    assert twice(X)["y"].shape == (3, 2)
    archive.add_variable_collection("statistics", model.non_trainable_variables)
    assert [len(archive.variables), len(archive.trainable_variables), len(archive.non_trainable_variables)] == [6, 4, 2]
    archive.write_out(tmp_path, verbose=False)
    loaded = tf.saved_model.load(tmp_path)
    np.testing.assert_allclose(loaded.twice(X)["y"], model(X) * 2, atol=ROUNDING)
    assert sorted(loaded.signatures) == ["serving_default", "twice"]
    assert [v.shape for v in loaded.statistics] == [(4,), (4,)]


def test_a_function_of_tf_with_its_own_signature_is_an_endpoint(tmp_path):
    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32)])
    def half(x):
        return x / 2

    archive = ExportArchive()
    archive.add_endpoint("half", half)
    archive.write_out(tmp_path, verbose=False)
    np.testing.assert_array_equal(tf.saved_model.load(tmp_path).half(X), X / 2)


def test_dropout_is_off_and_a_recording_changes_no_weights(tmp_path):
    model = keras.Sequential([keras.Input((4,)), layers.Dropout(0.5), layers.BatchNormalization()])
    before = [v.numpy() for v in model.variables]
    model.export(tmp_path, verbose=False)
    np.testing.assert_allclose(tf.saved_model.load(tmp_path).serve(X), model(X), atol=ROUNDING)
    for a, b in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(a, b)


def test_vocabularies_are_tables(tmp_path):
    words = keras.Input((None,), dtype="string", name="words")
    model = keras.Model(words, layers.Embedding(5, 2)(layers.StringLookup(vocabulary=["a", "b"])(words)))
    model.export(tmp_path, verbose=False)
    texts = tf.constant([["b", "?", "a"]])
    np.testing.assert_allclose(tf.saved_model.load(tmp_path).serve(texts), model(texts), atol=ROUNDING)
    assert any(node.resource is not None for node in meta_graph(tmp_path).object_graph_def.nodes)


def unbuilt():
    return keras.Sequential([layers.Dense(2)])


def with_endpoint(fn, specs):
    def write(archive):
        archive.add_endpoint("serve", fn, specs)
        archive.write_out("nowhere", verbose=False)

    return write


def named_endpoint(archive, name):
    archive.add_endpoint(name, ops.relu, [SPEC])
    archive.write_out("nowhere", verbose=False)


def taken(archive):
    archive.add_endpoint("serve", ops.relu, [SPEC])
    archive.add_endpoint("serve", ops.relu, [SPEC])


MISTAKES = {
    "nothing": (lambda a: a.write_out("nowhere"), "No endpoints"),
    "taken": (taken, "'serve' is already taken"),
    "no signature": (lambda a: a.add_endpoint("serve", lambda x: x), "provide an `input_signature`"),
    "no layer": (lambda a: a.track(3), "takes a layer or model"),
    "not built": (lambda a: a.track(unbuilt()), "must be built"),
    "no variables": (lambda a: a.add_variable_collection("v", [1]), "list, tuple or set of Variables"),
    "nested results": (with_endpoint(lambda x: {"a": [x]}, [SPEC]), "results by name"),
    "an op": (with_endpoint(ops.nonzero, [SPEC]), "cannot be exported to a SavedModel"),
    "values": (with_endpoint(lambda x: x if ops.max(x) > 0 else -x, [SPEC]), "reads the values of a tensor"),
    "random numbers": (with_endpoint(lambda x: x + keras.random.normal((4,)), [SPEC]), "SavedModel"),
    "too short a signature": (with_endpoint(lambda x, y: x, [SPEC]), r"\['x', 'y'\] that has no default.*1 entries"),
    "a name for no node": (lambda a: named_endpoint(a, "a b"), "letters, digits"),
    "other arguments": (lambda a: a.add_endpoint("f", ops.relu, [SPEC], is_static=True), "JAX"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_say_what_to_do(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mistake, words = MISTAKES[name]
    with pytest.raises(ValueError, match=words):
        mistake(ExportArchive())
    assert not list(tmp_path.iterdir())


def test_other_kinds_of_archives_are_refused():
    with pytest.raises(ValueError, match="'saved_model'"):
        ExportArchive("neptune_model")


def test_an_input_may_be_an_output(tmp_path):
    archive = ExportArchive()
    archive.add_endpoint("pair", lambda x: [x, x, x * 2], [SPEC])
    archive.write_out(tmp_path, verbose=False)
    for y, factor in zip(tf.saved_model.load(tmp_path).pair(X), (1, 1, 2), strict=True):
        np.testing.assert_array_equal(y, X * factor)


class Stack(tf.Module):
    """Has its Variables in Modules alone, and one Module twice."""

    def __init__(self):
        super().__init__()
        self.inner = tf.Module()
        self.inner.counters = {"a": Counter()}
        self.again = self.inner.counters["a"]
        self.dense = [layers.Dense(1)]
        self.dense[0].build((None, 1))

    @tf.function(input_signature=[tf.TensorSpec([None, 1], tf.float32)])
    def __call__(self, x):
        return self.dense[0](x) + self.again.count


def test_modules_in_modules_and_layers_in_modules_come_back(tmp_path):
    stack = Stack()
    tf.saved_model.save(stack, tmp_path)
    loaded = tf.saved_model.load(tmp_path)
    np.testing.assert_allclose(loaded(tf.ones((2, 1))), stack(tf.ones((2, 1))), rtol=ROUNDING)
    assert loaded.again is loaded.inner.counters["a"]
    assert len(loaded.dense[0].trainable_variables) == 2


class Counter(tf.Module):
    def __init__(self):
        super().__init__()
        self.count, self.weights = tf.Variable(3.0), [tf.Variable([1.0]), tf.Variable([2.0])]

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="numbers")])
    def plus(self, x):
        return x + self.count


def test_objects_of_tf_come_back(tmp_path):
    counter = Counter()
    tf.saved_model.save(counter, tmp_path)
    counter.count.assign(5.0)
    loaded = tf.saved_model.load(tmp_path)
    assert loaded.plus(tf.constant([1.0])).numpy() == [4.0]
    assert loaded.signatures["serving_default"](numbers=tf.constant([1.0]))["output_0"].numpy() == [4.0]
    assert [float(w[0]) for w in loaded.weights] == [1.0, 2.0]


def test_what_is_no_function_is_no_signature(tmp_path):
    with pytest.raises(TypeError, match="'serving_default' must be a concrete function"):
        tf.saved_model.save(Counter(), tmp_path, signatures=lambda x: x)
    with pytest.raises(ValueError, match="an object with attributes"):
        tf.saved_model.save(None, tmp_path)


OUTSIDE = tf.Variable(1.0, name="outside")


class Reader(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def plus(self, x):
        return x + OUTSIDE


def test_a_variable_that_the_object_does_not_have_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="reads the variable 'outside:0', which the saved object does not have"):
        tf.saved_model.save(Reader(), tmp_path)


def test_variables_of_an_endpoint_need_not_be_tracked(tmp_path):
    dense, archive = layers.Dense(2), ExportArchive()
    dense.build((None, 4))
    archive.add_endpoint("serve", lambda x: dense(x), [SPEC])
    archive.write_out(tmp_path, verbose=False)
    np.testing.assert_allclose(tf.saved_model.load(tmp_path).serve(X), dense(X), atol=ROUNDING)


class Measured(keras.layers.Layer):
    """Updates a metric."""

    def __init__(self):
        super().__init__()
        self.mean = keras.metrics.Mean()

    def call(self, x):
        self.mean.update_state(x)
        return x * 2.0


def test_a_change_that_cannot_be_expressed_is_named_and_undone(tmp_path):
    layer = Measured()
    layer(np.ones((2, 4), "float32"))
    archive = ExportArchive()
    archive.add_endpoint("serve", layer.call, [SPEC])
    before = [v.numpy() for v in layer.mean.variables]
    with pytest.raises(ValueError, match="update_state changes the Variable"):
        archive.write_out(tmp_path, verbose=False)
    assert [v.numpy() for v in layer.mean.variables] == before


@pytest.mark.parametrize(
    "options",
    [
        {"experimental_skip_saver": True},
        {"experimental_image_format": True},
        {"extra_tags": ["own"]},
        {"experimental_variable_policy": "save_variable_devices"},
    ],
    ids=str,
)
def test_options_that_would_change_what_is_written_are_refused(options):
    with pytest.raises(NotImplementedError, match=next(iter(options))):
        tf.saved_model.SaveOptions(**options)
    with pytest.raises(TypeError, match="unknown"):
        tf.saved_model.SaveOptions(unknown=1)


def test_options_that_would_change_what_is_read_are_refused():
    for name in ("allow_partial_checkpoint", "experimental_skip_checkpoint"):
        with pytest.raises(NotImplementedError, match=name):
            tf.saved_model.LoadOptions(**{name: True})


class StringOps(layers.Layer):
    def call(self, x):
        return [x + x, ops.concatenate([x, x], axis=1), x == "a"]


def test_strings_are_joined_and_compared(tmp_path):
    x = keras.Input((2,), dtype="string")
    keras.Model(x, StringOps()(x)).export(tmp_path, verbose=False)
    doubled, joined, equal = tf.saved_model.load(tmp_path).serve(tf.constant([["a", "b"]]))
    assert [y.numpy().tolist() for y in (doubled, joined)] == [[[b"aa", b"bb"]], [[b"a", b"b", b"a", b"b"]]]
    assert equal.numpy().tolist() == [[True, False]]
