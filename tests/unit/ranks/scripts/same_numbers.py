"""Trains small models in the way that each name in the arguments says, and prints what came out, as JSON."""

import json
import sys

import keras
import numpy as np
import tensorflow as tf

from minikeras.collectives.launched import launched_rank_and_size
from minikeras.collectives.world import world
from minikeras.data import py_dataset as py_dataset_module
from minikeras.data import py_dataset_on_ranks

L = keras.layers
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(53, 4, 4, 1)).astype("float32"), RNG.integers(0, 5, 53)
TOKENS = RNG.integers(0, 12, (53, 6))


def convolutional(*extra):
    layers = [L.Conv2D(4, 3, use_bias=False), *extra, L.ReLU(), L.Flatten(), L.Dropout(0.3), L.Dense(5, "softmax")]
    return keras.Sequential([keras.Input((4, 4, 1)), *layers])


def trained(model, x=X, y=Y, compiled=None, **fit):
    """Everything that a training of two epochs gives: losses, metrics, predictions, weights."""
    compiled = {
        "loss": "sparse_categorical_crossentropy",
        "optimizer": "adam",
        "metrics": ["accuracy"],
        **(compiled or {}),
    }
    model.compile(**compiled)
    fit = {"epochs": 2, "verbose": 0, **({"batch_size": 16} if y is not None else {}), **fit}
    history = model.fit(x, y, **fit).history
    evaluated = model.evaluate(X if y is None else x, Y if y is None else y, batch_size=20, verbose=0)
    predicted = model.predict(X if y is None else x, batch_size=20, verbose=0)
    weights = [float(np.abs(weight).sum()) for weight in model.get_weights()]
    return [list(history.items()), evaluated, predicted[::10].tolist(), weights]


class Rows(keras.metrics.Metric):
    """How many rows came; the result is the state itself."""

    def __init__(self):
        super().__init__(name="rows")
        self.count = self.add_weight(shape=(), initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.count.assign_add(keras.ops.shape(y_true)[0])

    def result(self):
        return self.count


class Batches(keras.utils.PyDataset):
    made = 0

    def __len__(self):
        return 4

    def __getitem__(self, index):
        Batches.made += 1
        return X[index::4], Y[index::4]


def py_dataset(seconds):
    """Batches that are made by one rank each if that pays, as it does if handing over takes no time."""
    py_dataset_on_ranks.SECONDS_TO_HAND_OVER, Batches.made = seconds, 0
    results = trained(convolutional(), Batches(), None, shuffle=True, class_weight={0: 2.0})
    ranks = world().size if world() and world().hosts == 1 and seconds < 0 else 1
    of_all = world().exchange(Batches.made) if world() else [Batches.made]
    looked_at = len(of_all) * py_dataset_module.BATCHES_PROBED
    return [results, (sum(of_all) - looked_at) * ranks / len(of_all)]


class OwnStep(keras.Model):
    """A step of one's own, with noise by `tf.random` and a metric that is given one number for a batch."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner
        self.tracker = keras.metrics.Mean("tracked")

    @property
    def metrics(self):
        return [self.tracker]

    def call(self, x, training=False):
        return self.inner(x, training=training)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            noisy = x + 0.1 * tf.random.normal(tf.shape(x))
            loss = tf.reduce_mean(tf.square(self(noisy, training=True) - tf.one_hot(y, 5)))
        self.optimizer.apply_gradients(
            zip(tape.gradient(loss, self.trainable_variables), self.trainable_variables, strict=True)
        )
        self.tracker.update_state(loss)
        return {"own": loss, "tracked": self.tracker.result()}


class TwoOptimizers(OwnStep):
    """A step of one's own that takes two steps, whose gradients are all known before the first."""

    def train_step(self, data):
        x, y = data
        first, rest = self.trainable_variables[:1], self.trainable_variables[1:]
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(self(x, training=True) - tf.one_hot(y, 5)))
        of_first, of_rest = tape.gradient(loss, [first, rest])
        self.other.apply_gradients(zip(of_rest, rest, strict=True))
        self.optimizer.apply_gradients(zip(of_first, first, strict=True))
        return {"own": loss}


def two_optimizers():
    model = TwoOptimizers(convolutional())
    model.other = keras.optimizers.SGD(0.1)
    return trained(model, compiled={"metrics": None})


class OwnFunctions(OwnStep):
    """Functions of one's own around the steps."""

    def make_train_function(self, force=False):
        self.train_function = lambda iterator: self.train_step(next(iterator))

    def make_predict_function(self, force=False):
        self.predict_function = lambda iterator: self.predict_step(next(iterator))


def generated():
    for start in (0, 20, 40):
        yield X[start : start + 20], Y[start : start + 20]


def data_set():
    return tf.data.Dataset.from_tensor_slices((X, Y)).shuffle(9, 1).batch(8)


def mapped_data_set():
    """Functions on elements, which run for a rank's own only; and parts of batches that differ."""
    data = tf.data.Dataset.from_tensor_slices((X, Y)).shuffle(9, 1)
    return data.map(lambda x, y: (2.0 * x, y)).batch(8).prefetch(1)


def ragged():
    """Outputs of another length for each sample."""
    rows = tf.RaggedTensor.from_row_lengths(np.arange(45.0, dtype="float32"), np.arange(10))
    inputs = keras.Input((None,), ragged=True)
    model = keras.Model(inputs, inputs * 2.0)
    return [np.asarray(row).tolist() for row in model.predict(rows, batch_size=4, verbose=0)]


class StopOnLastRank(keras.callbacks.Callback):
    """What one rank decides, all do: at the end of batch 1, or at the beginning of batch 2."""

    def __init__(self, event, batch):
        super().__init__()
        rank, size = launched_rank_and_size()
        for kind, flag in {"train": "training", "test": "evaluating", "predict": "predicting"}.items():
            decides = lambda now, logs=None, flag=flag: setattr(  # noqa: E731
                self.model, f"stop_{flag}", now == batch and rank == size - 1
            )
            setattr(self, f"on_{kind}_batch_{event}", decides)


def stopped_by_one():
    found = []
    for stop, steps in ((StopOnLastRank("end", 1), 1), (StopOnLastRank("begin", 2), 2)):
        model = convolutional()
        model.compile("sgd", "sparse_categorical_crossentropy", steps_per_execution=steps)
        history = model.fit(X, Y, batch_size=8, verbose=0, callbacks=[stop]).history
        evaluated = model.evaluate(X, Y, batch_size=8, verbose=0, callbacks=[stop])
        predicted = model.predict(X, batch_size=8, verbose=0, callbacks=[stop])
        found += [list(history.items()), evaluated, predicted.tolist()]
    return found


def embedding():
    return keras.Sequential([keras.Input((6,)), L.Embedding(12, 3), L.GlobalAveragePooling1D(), L.Dense(5, "softmax")])


class Positions(L.Layer):
    """Rows of a table that are the same for every sample."""

    def __init__(self):
        super().__init__()
        self.table = L.Embedding(6, 3)

    def call(self, x):
        return x + self.table(keras.ops.arange(6))


def positions():
    layers = [L.Embedding(12, 3), Positions(), L.Flatten(), L.Dense(5, "softmax")]
    return trained(keras.Sequential([keras.Input((6,)), *layers]), TOKENS)


def weighted_sum():
    """A loss that is summed, with sample weights and clipped gradients."""
    loss = keras.losses.SparseCategoricalCrossentropy(reduction="sum")
    compiled = {"loss": loss, "optimizer": keras.optimizers.SGD(0.01, clipnorm=1.0)}
    return trained(convolutional(), compiled=compiled, sample_weight=np.arange(53) / 53)


def weighted_mean():
    loss = keras.losses.SparseCategoricalCrossentropy(reduction="mean_with_sample_weight")
    return trained(convolutional(), compiled={"loss": loss}, sample_weight=np.arange(53) / 53)


def masked():
    """A loss over time steps that a mask leaves out."""
    layers = [L.Embedding(12, 3, mask_zero=True), L.Dense(12, "softmax")]
    model = keras.Sequential([keras.Input((6,)), *layers])
    return trained(model, TOKENS, TOKENS, {"weighted_metrics": ["accuracy"], "metrics": None})


def stopped():
    callbacks = [keras.callbacks.EarlyStopping("val_loss", baseline=0.0), keras.callbacks.ReduceLROnPlateau("loss")]
    return trained(convolutional(), epochs=4, validation_split=0.3, callbacks=callbacks)


def single_batches():
    model = convolutional()
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return [model.train_on_batch(X[:9], Y[:9]), model.test_on_batch(X, Y), model.predict_on_batch(X[:3]).tolist()]


def normalized():
    """BatchNormalization over the whole batch, noise, penalties on weights and outputs."""
    model = convolutional(L.BatchNormalization(synchronized=True, momentum=0.5), L.GaussianNoise(0.1))
    model.layers[-1].kernel_regularizer = keras.regularizers.L2(0.01)
    model.layers[0].activity_regularizer = keras.regularizers.L2(0.01)
    return trained(model, batch_size=26)  # one sample is left


def all_together():
    """Every feature that has a rule of its own on ranks, at once."""
    model = convolutional(L.BatchNormalization(synchronized=True, momentum=0.5))
    callbacks = [keras.callbacks.EarlyStopping("val_loss", patience=1), keras.callbacks.ReduceLROnPlateau("val_loss")]
    fit = {"class_weight": {0: 2.0, 3: 0.5}, "validation_data": (X[:21], Y[:21]), "callbacks": callbacks, "epochs": 3}
    return trained(model, compiled={"steps_per_execution": 3, "weighted_metrics": ["accuracy"]}, batch_size=12, **fit)


def logged():
    """The metrics after each batch."""
    seen = []
    callback = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append((batch, logs["loss"])))
    return [*trained(convolutional(), callbacks=[callback]), seen]


CASES = {
    "arrays": lambda: trained(convolutional(), validation_split=0.2),
    "class weights": lambda: trained(convolutional(), class_weight={0: 2.0, 3: 0.5}),
    "several steps together": lambda: trained(
        convolutional(), compiled={"steps_per_execution": 3, "metrics": [Rows()]}
    ),
    "line by line": lambda: trained(convolutional(), compiled={"run_eagerly": True}),
    "one sample is left": lambda: trained(convolutional(), batch_size=26),
    "steps of an epoch": lambda: trained(convolutional(), steps_per_epoch=2),
    "a generator": lambda: trained(convolutional(), generated(), None, epochs=1),
    "a data set": lambda: trained(convolutional(), data_set(), None, shuffle=False),
    "a data set with functions": lambda: trained(convolutional(), mapped_data_set(), None, shuffle=False),
    "ragged": ragged,
    "stopped by one": stopped_by_one,
    "a PyDataset": lambda: py_dataset(60.0),
    "a PyDataset made together": lambda: py_dataset(-60.0),
    "a step of one's own": lambda: trained(OwnStep(convolutional()), compiled={"metrics": None}),
    "two optimizers": two_optimizers,
    "functions of one's own": lambda: trained(OwnFunctions(convolutional()), compiled={"metrics": None}),
    "rows of a table": lambda: trained(embedding(), TOKENS),
    "positions": positions,
    "two outputs": lambda: two_outputs(),
    "weighted sum": weighted_sum,
    "weighted mean": weighted_mean,
    "masked": masked,
    "stopped": stopped,
    "single batches": single_batches,
    "normalized": normalized,
    "logged": logged,
    "all together": all_together,
}  # fmt: skip


def two_outputs():
    inputs = keras.Input((4, 4, 1))
    h = L.Flatten()(inputs)
    model = keras.Model(inputs, {"a": L.Dense(5, "softmax", name="a")(h), "b": L.Dense(1, name="b")(h)})
    model.compile("adam", {"a": "sparse_categorical_crossentropy", "b": "mae"}, loss_weights={"a": 1.0, "b": 0.3})
    history = model.fit(X, {"a": Y, "b": X[:, 0, 0]}, batch_size=16, epochs=2, verbose=0).history
    return sorted(history.items())


found = {}
for name in sys.argv[1:] or CASES:
    keras.utils.set_random_seed(7)
    found[name] = CASES[name]()
print(json.dumps(found))
