"""Models of many kinds, made alike on both sides, for the tests of files."""

import io
import zipfile

import h5py
import numpy as np

import minikeras

X = np.random.default_rng(0).normal(size=(16, 8)).astype("float32")


def sequential(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8,)),
            layers.Dense(4, activation="relu", kernel_regularizer="l2"),
            layers.BatchNormalization(),
            layers.Dropout(0.25, seed=3),
            layers.Dense(2),
        ]
    )


def unbuilt_start(keras):
    """A Sequential without an Input, built by its first data."""
    model = keras.Sequential([keras.layers.Dense(3), keras.layers.Dense(2)])
    model.build((None, 8))
    return model


def functional(keras):
    """Shared layers, ops, nested models, two outputs; layers named by the user."""
    layers = keras.layers
    x = keras.Input((8,), name="q")
    shared = layers.Dense(8, name="zz")
    h = layers.Add()([shared(shared(x)), layers.Dense(8, name="a")(x)]) * 0.5
    inner = keras.Sequential([layers.Dense(3), layers.Dense(2)], name="inner")
    inner_input = keras.Input((2,))
    twice = keras.Model(inner_input, layers.Dense(2)(inner_input), name="twice")
    return keras.Model(x, [keras.ops.relu(inner(h)), twice(twice(inner(x)))])


def embedding(keras):
    layers = keras.layers
    x = keras.Input((5,), dtype="int32")
    h = layers.Flatten()(layers.Embedding(10, 4)(x))
    return keras.Model(x, layers.Dense(1, activation=layers.LeakyReLU())(h))


def convolutional(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((6, 6, 2)),
            layers.Conv2D(3, 3),
            layers.BatchNormalization(),
            layers.SeparableConv2D(4, 3),
            layers.GlobalAveragePooling2D(),
        ]
    )


def classes(keras):
    """A layer with layers in lists, dicts, and lists in lists; a model of them; a loss with a network inside."""
    layers = keras.layers

    @keras.saving.register_keras_serializable("cases")
    class Block(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.z = layers.Dense(2)
            self.stack = [layers.Dense(2), layers.Dense(2), [layers.Dense(2)], {"x": layers.Dense(2)}]
            self.named = {"k": layers.Dense(2), "b": layers.BatchNormalization()}
            self._hidden = layers.Dense(2)

        def build(self, input_shape):
            self.scale = self.add_weight(shape=(2,), name="scale", initializer="ones")
            self.count = self.add_weight(shape=(3,), name="count", trainable=False)
            self.shift = self.add_weight(shape=(2,), name="shift")
            super().build(input_shape)

        def call(self, x):
            y = self._hidden(x) * self.scale + self.shift + self.z(x)
            for layer in [*self.stack[:2], self.stack[2][0], self.stack[3]["x"], self.named["k"]]:
                y = y + layer(x)
            return self.named["b"](y)

    @keras.saving.register_keras_serializable("cases")
    class Net(keras.Model):
        """Attributes before and behind "layers" in the alphabet, a shared layer, metrics, generators, a Variable."""

        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.block = Block()
            self.tail = layers.Dense(1)
            self.zeta = layers.Dense(2)
            self.again = self.tail
            self.blocks = [Block(), Block()]
            self.sequence = keras.Sequential([layers.Dense(2), layers.Dense(2)])
            self.mean = keras.metrics.Mean(name="mean")
            self.error = keras.losses.MeanSquaredError()
            self.generator = keras.random.SeedGenerator(3)
            self.free = keras.Variable([1.0, 2.0], name="free")

        def call(self, x):
            h = self.sequence(self.zeta(self.block(x)))
            for block in self.blocks:
                h = block(h)
            return self.tail(h) * self.free[0]

    @keras.saving.register_keras_serializable("cases")
    class Perceptual(keras.losses.Loss):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.network = keras.Sequential([keras.Input((1,)), layers.Dense(2)])

        def call(self, y_true, y_pred):
            return keras.ops.mean((self.network(y_true) - self.network(y_pred)) ** 2, axis=-1)

    return Block, Net, Perceptual


def subclassed(keras):
    model = classes(keras)[1]()
    model(X)
    return model


def mixed_precision(keras):
    layers = keras.layers
    hidden = layers.Dense(3, dtype="mixed_float16")
    return keras.Sequential([keras.Input((8,)), hidden, layers.LayerNormalization(), layers.Dense(1)])


MODELS = {
    f.__name__: f
    for f in (
        sequential,
        unbuilt_start,
        functional,
        embedding,
        convolutional,
        subclassed,
        mixed_precision,
    )
}


def inputs_of(name):
    """Data for a model of that name."""
    rng = np.random.default_rng(1)
    if name == "embedding":
        return rng.integers(0, 10, (6, 5)).astype("int32")
    return rng.normal(size=(6, 6, 6, 2)).astype("float32") if name == "convolutional" else X


def fill(variables, seed):
    """Give every variable values of its own, so that none can be taken for another."""
    rng = np.random.default_rng(seed)
    for variable in variables:
        values = rng.normal(size=variable.shape) * 0.3 if "float" in str(variable.dtype) else 7
        variable.assign(np.broadcast_to(np.abs(values), variable.shape).astype(str(variable.dtype)))


def predictions(model, x):
    """The outputs of a model in inference, as a flat list of arrays. TensorFlow need not trace it."""
    if not isinstance(model, minikeras.Model):
        model.run_eagerly = True
    return [np.asarray(y) for y in minikeras.tree.flatten(model.predict(x, verbose=0))]


def layout(path):
    """[(path, shape, dtype, name)] of everything in an HDF5 file, or in that of a `.keras` file."""
    path = str(path)
    file = io.BytesIO(zipfile.ZipFile(path).read("model.weights.h5")) if path.endswith(".keras") else path
    found = []
    with h5py.File(file) as opened:
        opened.visititems(
            lambda name, item: found.append(
                (name, getattr(item, "shape", None), str(getattr(item, "dtype", None)), item.attrs.get("name"))
            )
        )
    return found
