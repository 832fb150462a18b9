"""The models into which the files of these tests are loaded, and all that a refused file must not change in them."""

import numpy as np

import minikeras as keras

X, Y = np.ones((4, 3), "float32"), np.ones((4, 2), "float32")


class Words(keras.layers.Layer):
    """A layer with code of its own for files: a vocabulary as an asset, a table under a name of its own, a helper."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.words, self.index, self.table = ["a", "b"], {"a": 0, "b": {"deep": [1]}}, np.zeros(3)
        self.helper = Helper()
        self.loads = 0

    def call(self, x):
        return x

    def save_own_variables(self, store):
        store["table"] = self.table

    def load_own_variables(self, store):
        self.loads += 1
        self.index["b"]["deep"].append(2)
        self.helper.notes.append("loaded")
        self.table[:] = 7
        self.table = np.array(store["table"], "float64")

    def save_assets(self, dir_path):
        with open(f"{dir_path}/words.txt", "w") as file:
            file.write("\n".join(self.words))

    def load_assets(self, dir_path):
        self.words.append("not yet")
        with open(f"{dir_path}/words.txt") as file:
            self.words = file.read().split("\n")


class Helper:
    """An object of a user's own, which a layer holds."""

    def __init__(self):
        self.notes = []


CUSTOM_OBJECTS = {"Words": Words}


def plain(units=2):
    """A trained model of built-in layers."""
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(1)
    layers = [keras.layers.Dense(4), keras.layers.BatchNormalization(), keras.layers.Dropout(0.5, seed=3)]
    model = keras.Sequential([keras.Input((3,)), *layers, keras.layers.Dense(units)], name="m")
    return _trained(model)


def with_words():
    """The same with a layer that reads files by code of its own, between others."""
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(1)
    layers = [keras.layers.Dense(4), keras.layers.Dropout(0.5, seed=3), Words(name="w"), keras.layers.Dense(2)]
    return _trained(keras.Sequential([keras.Input((3,)), *layers], name="m"))


def _trained(model):
    model.compile(keras.optimizers.Adam(0.01), "mse", jit_compile=False)
    model.train_on_batch(X, Y[:, : model.output_shape[-1]])
    return model


def state_of(model):
    """Everything that loading may change, in a form that can be compared."""
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    values = [(variable.path, variable.numpy().tobytes()) for variable in variables]
    flags = [(layer.name, layer.built, layer.trainable) for layer in model._flatten_layers()]
    words = [layer for layer in model.layers if isinstance(layer, Words)]
    own = [repr((w.words, w.index, w.table.tolist(), w.helper.notes, w.loads)) for w in words]
    return values, flags, own, model.optimizer.built, len(model.optimizer.variables)
