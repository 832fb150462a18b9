"""State that a function changes: TensorFlow and minikeras change what they loaded as the model itself would change."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import minikeras as keras  # noqa: E402
from minikeras import ops  # noqa: E402
from minikeras.compat import tensorflow as namespace  # noqa: E402

X = np.arange(6, dtype="float32").reshape(2, 3)
ROUNDING = 1e-6  # of float32, in another order of additions


class Counting(keras.layers.Layer):
    """Counts its calls, and keeps a running sum which it reads before and after assigning to it."""

    def __init__(self):
        super().__init__()
        self.count = self.add_variable((), "zeros", "int32", trainable=False)
        self.total = self.add_variable((3,), "zeros", "float32", trainable=False)
        self.copy = self.add_variable((3,), "ones", "float32", trainable=False)

    def call(self, x):
        self.count.assign_add(1)
        before = self.total.value
        self.total.assign(before * 0.5 + ops.sum(x, axis=0))
        self.total.assign_sub(ops.ones(3))
        copied = ops.sum(self.copy)
        self.copy.assign(self.total)
        return x * 2.0, ops.array(self.count.value), before, self.total + 0.0, copied


class Normalized(keras.layers.Layer):
    """A BatchNormalization that follows each batch."""

    def __init__(self, **arguments):
        super().__init__()
        self.norm = keras.layers.BatchNormalization(**arguments)

    def call(self, x):
        return self.norm(x, training=True)


class Stateful(keras.layers.Layer):
    """Keeps the last state of a batch for the next."""

    def __init__(self):
        super().__init__()
        self.rnn = keras.layers.GRU(3, stateful=True)

    @property
    def states(self):
        """Variables that Keras does not count among the layer's."""
        return self.rnn.states

    def call(self, x):
        return self.rnn(ops.reshape(x, (2, 1, 3)))


class Drawing(keras.layers.Layer):
    """Draws by a generator of its own, and by layers in training."""

    def __init__(self):
        super().__init__()
        self.seed_generator = keras.random.SeedGenerator(7)
        self.dropout = keras.layers.Dropout(0.4, seed=3)
        self.spatial_dropout = keras.layers.SpatialDropout1D(0.4, seed=3)
        self.noise = keras.layers.GaussianNoise(0.3, seed=5)

    def call(self, x):
        uniform = keras.random.uniform(ops.shape(x), -1.0, 2.0, seed=self.seed_generator)
        normal = keras.random.normal((3,), seed=self.seed_generator)
        truncated = keras.random.truncated_normal(ops.shape(x), 1.0, 0.5, seed=self.seed_generator)
        maps = ops.expand_dims(x, 2) + ops.ones((1, 1, 4))
        trained = [layer(x, training=True) for layer in (self.dropout, self.noise)]
        return uniform, normal, truncated, *trained, self.spatial_dropout(maps, training=True)


LAYERS = [
    pytest.param(Counting, (None, 3), id="assignments"),
    pytest.param(Normalized, (None, 3), id="moving statistics"),
    pytest.param(lambda: Normalized(renorm=True), (None, 3), id="renormalization"),
    pytest.param(Drawing, (None, 3), id="random numbers"),
    pytest.param(Stateful, (2, 3), id="stateful recurrent layer"),
]


@pytest.mark.parametrize("layer, shape", LAYERS)
def test_calls_change_the_loaded_variables(layer, shape, tmp_path):
    layer = layer()
    layer(X)
    variables = [*layer.variables, *getattr(layer, "states", [])]
    values = [v.numpy() for v in variables]
    archive = keras.export.ExportArchive()
    archive.track(layer)
    archive.add_endpoint("serve", layer.call, [keras.InputSpec(shape=shape, dtype="float32")])
    archive.write_out(tmp_path, verbose=False)
    for variable, value in zip(variables, values, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value, err_msg=variable.path)  # recording left no trace

    for loaded in (tf.saved_model.load(str(tmp_path)), namespace.saved_model.load(tmp_path)):
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        for x in (X, X + 1.0, X * 2.0):
            expected = keras.tree.flatten(layer(x))
            for y, wanted in zip(keras.tree.flatten(loaded.serve(x)), expected, strict=True):
                np.testing.assert_allclose(y.numpy(), wanted.numpy(), rtol=ROUNDING, atol=ROUNDING)
        for found, wanted in zip(loaded.variables, layer.variables, strict=True):
            np.testing.assert_allclose(found.numpy(), wanted.numpy(), rtol=ROUNDING, atol=ROUNDING)


def test_variables_that_share_their_values_stay_two(tmp_path):
    """`copy` was assigned from `total`, so both hold one array when they are exported."""
    layer = Counting()
    layer(X)
    model = keras.Sequential([keras.Input((3,)), layer])
    model.export(tmp_path, verbose=False)
    loaded = tf.saved_model.load(str(tmp_path))
    loaded.variables[2].assign([5.0, 6.0, 7.0])
    *_, before, _, copied = loaded.serve(X)
    np.testing.assert_array_equal(before, model.variables[1])
    assert copied.numpy() == 18.0


def test_signatures_change_variables_too(tmp_path):
    layer = Counting()
    layer(X)
    keras.Sequential([keras.Input((3,)), layer]).export(tmp_path, verbose=False)
    serve = tf.saved_model.load(str(tmp_path)).signatures["serving_default"]
    assert [int(serve(tf.constant(X))["output_1"]) for _ in range(3)] == [2, 3, 4]
