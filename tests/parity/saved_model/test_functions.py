"""`tf.saved_model.save` of Keras models with `tf.function`s, loaded by TensorFlow and by minikeras."""

import numpy as np
import pytest

tensorflow = pytest.importorskip("tensorflow")

from minikeras import layers, models  # noqa: E402
from minikeras.compat import tensorflow as tf  # noqa: E402

LOADERS = [pytest.param(tensorflow, id="tensorflow"), pytest.param(tf, id="minikeras")]


class Scaled(models.Model):
    """Never called as Keras calls models: its functions are what is saved."""

    def __init__(self):
        super().__init__()
        self.v = tf.Variable(1.5)

    @tf.function
    def __call__(self, x):
        return x * self.v

    @tf.function(input_signature=[tf.TensorSpec([], tf.float32)])
    def mutate(self, value):
        self.v.assign(value)

    @tf.function
    def twice(self, text):
        return text + text

    @tf.function
    def summed(self, *parts):
        return sum(parts[1:], parts[0])


@pytest.mark.parametrize("loader", LOADERS)
def test_functions_of_a_model(loader, tmp_path):
    model = Scaled()
    model(tf.constant(0.0))
    model.summed(tf.constant(1.0), tf.constant(2.0), tf.constant(3.0))
    tf.saved_model.save(model, str(tmp_path))
    assert model.v.numpy() == 1.5  # recording `mutate` left no trace

    loaded = loader.saved_model.load(str(tmp_path))
    assert list(loaded.signatures) == []
    assert loaded(loader.constant(3.0)).numpy() == 4.5
    assert loaded.mutate(loader.constant(2.0)) is None
    assert (loaded.v.numpy(), loaded(loader.constant(3.0)).numpy()) == (2.0, 6.0)
    assert loaded.summed(*map(loader.constant, (1.0, 2.0, 3.0))).numpy() == 6.0
    with pytest.raises(ValueError, match="zero restored functions"):
        loaded.twice("a")


@pytest.mark.parametrize("loader", LOADERS)
def test_signatures_of_any_rank_and_of_strings(loader, tmp_path):
    model = Scaled()
    signatures = {
        "serving_default": model.__call__.get_concrete_function(tf.TensorSpec(None, tf.float32)),
        "vector": model.__call__.get_concrete_function(tf.TensorSpec([None], tf.float32)),
        "text": model.twice.get_concrete_function(tf.TensorSpec([], tf.string, name="text")),
    }
    tf.saved_model.save(model, str(tmp_path), signatures=signatures)
    loaded = loader.saved_model.load(str(tmp_path))
    assert list(loaded.signatures) == list(signatures)
    for x in (2.0, [1.0, 2.0], [[[1.0]], [[2.0]]]):
        served = loaded.signatures["serving_default"](x=loader.constant(x))["output_0"]
        np.testing.assert_array_equal(served.numpy(), np.float32(x) * np.float32(1.5))
    assert loaded.signatures["text"](text=loader.constant("ab"))["output_0"].numpy() == b"abab"
    assert loaded.twice("ab").numpy() == b"abab"


def test_what_depends_on_the_rank_needs_one(tmp_path):
    class Model(models.Model):
        @tf.function
        def reduced(self, x):
            return tf.reduce_sum(x, axis=-1)

    model = Model()
    signatures = model.reduced.get_concrete_function(tf.TensorSpec(None, tf.float32))
    with pytest.raises(ValueError, match="TensorSpec"):
        tf.saved_model.save(model, str(tmp_path), signatures=signatures)


@pytest.mark.parametrize("loader", LOADERS)
def test_a_table_before_a_model(loader, tmp_path):
    from minikeras.export import ExportArchive

    initializer = tf.lookup.KeyValueTensorInitializer(tf.constant(["a", "b", "c"]), tf.constant([1.0, 2.0, 3.0]))
    table = tf.lookup.StaticHashTable(initializer, default_value=-1.0)
    text = [["c", "b", "a"], ["a", "d", "b"]]
    model = models.Sequential([layers.Dense(1)])
    expected = model(table.lookup(tf.constant(text)))
    archive = ExportArchive()
    serve = archive.track_and_add_endpoint("model", model, [tf.TensorSpec((None, 3), tf.float32)])
    archive.track(table)

    @tf.function(input_signature=[tf.TensorSpec((None, 3), tf.string)])
    def combined(x):
        return serve(table.lookup(x))

    archive.add_endpoint("combined", combined)
    options = tf.saved_model.SaveOptions(function_aliases={"model_alias": serve})
    archive.write_out(tmp_path, options, verbose=False)

    options = loader.saved_model.LoadOptions(experimental_load_function_aliases=True)
    loaded = loader.saved_model.load(str(tmp_path), options=options)
    np.testing.assert_allclose(loaded.combined(loader.constant(text)).numpy(), expected.numpy(), rtol=1e-6)
    values = table.lookup(tf.constant(text)).numpy()
    aliased = loaded.function_aliases["model_alias"](loader.constant(values))
    np.testing.assert_allclose(aliased.numpy(), expected.numpy(), rtol=1e-6)


@pytest.mark.parametrize("loader", LOADERS)
def test_arrays_take_the_dtype_of_a_function(loader, tmp_path):
    """Also integers where floats are wanted, and the reverse; tensors do not."""

    class Module(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
        def floats(self, x):
            return x * 2.0

        @tf.function(input_signature=[tf.TensorSpec([None], tf.int32)])
        def integers(self, x):
            return x * 2

    tf.saved_model.save(Module(), str(tmp_path))
    loaded = loader.saved_model.load(str(tmp_path))
    for array in (np.array([1.0, 2.0]), np.array([1, 2])):
        assert loaded.floats(array).numpy().tolist() == [2.0, 4.0]
    assert loaded.integers(np.array([1, 2])).numpy().tolist() == [2, 4]
    assert loaded.integers(np.array([1.0, 2.7])).numpy().tolist() == [2, 4]
    with pytest.raises((TypeError, ValueError)):
        loaded.integers(loader.constant([1.0, 2.0]))
