"""Recurrent layers and their wrappers against tf.keras's: masks, states, both directions, cells of the user's."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import tensorflow as tf

import minikeras
from tests.parity.backends import both, random_projection
from tests.parity.comparing import LAYER, STEPS, assert_close, assert_same_nested
from tests.parity.test_layers import _plain

import keras  # isort: skip

BATCH, TIME, FEATURES, UNITS = 3, 4, 5, 2
SEQUENCE = (BATCH, TIME, FEATURES)
IMAGES = (BATCH, TIME, 5, 4, 2)
# Padding on the right, on the left, and a sample without any step that counts.
MASK = np.array([[1, 1, 1, 0], [0, 0, 1, 1], [0, 0, 0, 0]], bool)
ALL_OUT = {"return_sequences": True, "return_state": True}


def recurrent(name, *args, **arguments):
    return lambda k: getattr(k.layers, name)(*args, **arguments)


def stacked(k):
    return k.layers.RNN([k.layers.LSTMCell(3), k.layers.GRUCell(2, reset_after=False)], **ALL_OUT)


def stacked_with_dropout(k):
    cells = [k.layers.SimpleRNNCell(3, dropout=0.3, seed=1), k.layers.LSTMCell(2, recurrent_dropout=0.4, seed=2)]
    return k.layers.RNN(k.layers.StackedRNNCells(cells))


def bidirectional(name="LSTM", arguments=None, **of_wrapper):
    return lambda k: k.layers.Bidirectional(getattr(k.layers, name)(UNITS, **(arguments or {})), **of_wrapper)


def with_another_backward_layer(k):
    return k.layers.Bidirectional(
        k.layers.LSTM(UNITS, return_sequences=True),
        backward_layer=k.layers.GRU(UNITS, return_sequences=True, go_backwards=True),
    )


def distributed(make):
    return lambda k: k.layers.TimeDistributed(make(k))


def small_cnn(k):
    return k.Sequential([k.Input(IMAGES[2:]), k.layers.Conv2D(3, 2, activation="relu"), k.layers.Flatten()])


# (layer, input shape, number of first states or None, with the mask, training)
CASES = {
    "lstm": (recurrent("LSTM", UNITS, **ALL_OUT), SEQUENCE, 2, True, False),
    "lstm backwards, zeros": (
        recurrent("LSTM", UNITS, go_backwards=True, return_sequences=True, zero_output_for_mask=True),
        *(SEQUENCE, 2, True, False),
    ),
    "lstm with dropout": (
        recurrent("LSTM", UNITS, dropout=0.4, recurrent_dropout=0.3, seed=3),
        *(SEQUENCE, None, True, True),
    ),
    "lstm, function without a name": (recurrent("LSTM", UNITS, activation="elu"), SEQUENCE, 2, True, False),
    "gru": (recurrent("GRU", UNITS, **ALL_OUT), SEQUENCE, 1, True, False),
    "gru, reset before": (
        recurrent("GRU", UNITS, reset_after=False, recurrent_dropout=0.3, seed=3),
        *(SEQUENCE, None, True, True),
    ),
    "simple rnn": (recurrent("SimpleRNN", UNITS, dropout=0.4, seed=3), SEQUENCE, 1, True, True),
    "stacked": (stacked, SEQUENCE, None, True, False),
    "stacked with dropout": (stacked_with_dropout, SEQUENCE, None, False, True),
    "both directions": (bidirectional(arguments=ALL_OUT), SEQUENCE, 4, True, False),
    "last outputs summed": (bidirectional("GRU", merge_mode="sum"), SEQUENCE, None, True, False),
    "products": (bidirectional("SimpleRNN", {"return_sequences": True}, merge_mode="mul"), SEQUENCE, None, True, False),
    "means": (bidirectional(merge_mode="ave", arguments={"dropout": 0.3, "seed": 5}), SEQUENCE, None, False, True),
    "not merged": (bidirectional(merge_mode=None, arguments=ALL_OUT), SEQUENCE, None, True, False),
    "another backward layer": (with_another_backward_layer, SEQUENCE, None, True, False),
    "dense at each time": (distributed(lambda k: k.layers.Dense(3)), SEQUENCE, None, True, False),
    "cnn at each time": (distributed(small_cnn), IMAGES, None, False, False),
    "dropout at each time": (distributed(lambda k: k.layers.Dropout(0.4, seed=2)), SEQUENCE, None, False, True),
    "statistics of each time": (distributed(lambda k: k.layers.BatchNormalization()), SEQUENCE, None, False, True),
    "convolutional 1d": (
        recurrent("ConvLSTM1D", 2, 2, padding="same", **ALL_OUT),
        *((BATCH, TIME, 5, 2), None, True, False),
    ),
    "convolutional 2d": (
        recurrent("ConvLSTM2D", 2, (2, 3), strides=(2, 1), dropout=0.3, recurrent_dropout=0.3, seed=4),
        *(IMAGES, None, True, True),
    ),
    "convolutional 3d": (
        recurrent("ConvLSTM3D", 2, 2, return_sequences=True, go_backwards=True, use_bias=False),
        *((BATCH, 2, 3, 3, 2, 2), None, False, False),
    ),
}


def outputs_and_gradients(backend, layer, inputs, states, mask, training):
    """All outputs in a row, and the gradients of inputs, first states and weights."""
    tensor = tf.constant if backend is keras else minikeras.Tensor
    tape_class = tf.GradientTape if backend is keras else minikeras.GradientTape
    sources = [tensor(x) for x in (inputs, *states)]
    arguments = {"training": training} | ({"mask": tensor(mask)} if mask is not None else {})
    arguments |= {"initial_state": sources[1:]} if states else {}
    with tape_class() as tape:
        for source in sources:
            tape.watch(source)
        outputs = backend.tree.flatten(layer(sources[0], **arguments))
        total = sum(backend.ops.sum(y * random_projection(y.shape)) for y in outputs)
    weights = [v.value if backend is keras else v for v in layer.trainable_variables]
    gradients = tape.gradient(total, sources + weights)
    return [np.asarray(y) for y in outputs], [None if g is None else np.asarray(g) for g in gradients]


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", CASES)
def test_outputs_gradients_and_config(name):
    make, shape, states, masked, training = CASES[name]
    rng = np.random.default_rng(0)
    ours, theirs = both(make)
    for layer in (ours, theirs):
        layer.build(shape)
    # Orthogonal kernels come from a decomposition, whose roundings differ.
    assert_same_nested("recurrent: first weights", ours.get_weights(), theirs.get_weights(), LAYER, "first weights")
    assert [v.path for v in ours.variables] == [v.path for v in theirs.variables]
    assert _plain(ours.get_config()) == _plain(theirs.get_config())
    assert _plain(ours.compute_output_shape(shape)) == _plain(theirs.compute_output_shape(shape))
    weights = [rng.normal(size=w.shape).astype("float32") for w in theirs.get_weights()]
    for layer in (ours, theirs):
        layer.set_weights(weights)
    inputs = rng.normal(size=shape).astype("float32")
    first = [rng.normal(size=(BATCH, UNITS)).astype("float32") for _ in range(states or 0)]
    mask = None
    if masked:
        mask = MASK[:, : shape[1]]
        expected = theirs.compute_mask(tf.constant(inputs), tf.constant(mask))
        found = ours.compute_mask(minikeras.Tensor(inputs), minikeras.Tensor(mask))
        assert [None if m is None else np.asarray(m).tolist() for m in minikeras.tree.flatten([found])] == [
            None if m is None else np.asarray(m).tolist() for m in keras.tree.flatten([expected])
        ]
    for _ in range(2):  # the second call draws other dropout masks
        y_ours, g_ours = outputs_and_gradients(minikeras, ours, inputs, first, mask, training)
        y_theirs, g_theirs = outputs_and_gradients(keras, theirs, inputs, first, mask, training)
    assert_same_nested("recurrent: outputs", y_ours, y_theirs, LAYER, f"{name} outputs")
    assert_same_nested("recurrent: gradients", g_ours, g_theirs, LAYER, f"{name} gradients")
    copy = type(ours).from_config(ours.get_config())
    assert _without_shapes(copy.get_config()) == _without_shapes(ours.get_config())


def _without_shapes(config):
    """A config without those for building what is inside, which a copy is not yet."""
    if isinstance(config, dict):
        return {key: _without_shapes(value) for key, value in config.items() if key != "build_config"}
    return [_without_shapes(value) for value in config] if isinstance(config, (list, tuple)) else config


def decaying_cell(k):
    class DecayingCell(k.layers.Layer):
        """h ← tanh(x · kernel + decay · h): a cell of the user's."""

        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = self.state_size = self.output_size = units

        def build(self, input_shape):
            self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
            self.decay = self.add_weight(shape=(self.units,), initializer="ones", name="decay")

        def call(self, inputs, states):
            h = k.ops.tanh(k.ops.matmul(inputs, self.kernel) + self.decay * states[0])
            return h, [h]

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    return DecayingCell


# Sequences of words, 0 where there is none.
WORDS = np.random.default_rng(1).integers(1, 9, (8, 6)) * (
    np.arange(6) < np.random.default_rng(2).integers(1, 7, (8, 1))
)
LABELS = np.random.default_rng(3).integers(0, 3, (8, 6))


def tagger(k):
    """A label for each word: losses and metrics leave out what the mask leaves out."""
    inputs = k.Input((None,), dtype="int32")
    x = k.layers.Embedding(9, 4, mask_zero=True)(inputs)
    x = k.layers.Bidirectional(k.layers.LSTM(3, return_sequences=True, dropout=0.2, seed=1))(x)
    x = k.layers.RNN(decaying_cell(k)(4), return_sequences=True)(x)
    return k.Model(inputs, k.layers.TimeDistributed(k.layers.Dense(3, activation="softmax"))(x)), LABELS


def classifier(k):
    inputs = k.Input((6,), dtype="int32")
    x = k.layers.Embedding(9, 4, mask_zero=True)(inputs)
    x, h, c = k.layers.LSTM(3, return_sequences=True, return_state=True, recurrent_dropout=0.1, seed=2)(x)
    x = k.layers.GRU(3, go_backwards=True)(x, initial_state=h * c)
    return k.Model(inputs, k.layers.Dense(3, activation="softmax")(k.layers.Dropout(0.1, seed=3)(x))), LABELS[:, 0]


@pytest.mark.full
@pytest.mark.parametrize("make", [tagger, classifier])
def test_training_with_masks(make):
    def train(k):
        model, labels = make(k)
        model.compile(k.optimizers.SGD(0.5), "sparse_categorical_crossentropy", metrics=["accuracy"])
        history = model.fit(WORDS, labels, batch_size=4, epochs=4, shuffle=False, verbose=0).history
        results = [history["loss"], history["accuracy"], model.evaluate(WORDS, labels, batch_size=4, verbose=0)]
        return [np.float32(part) for part in results], model.predict(WORDS, verbose=0), model.get_weights()

    (history_ours, y_ours, w_ours), (history_theirs, y_theirs, w_theirs) = both(train)
    assert_same_nested("recurrent: training", history_ours, history_theirs, STEPS, "losses and accuracies")
    assert_close("recurrent: training", y_ours, y_theirs, STEPS, "predictions")
    assert_same_nested("recurrent: training", w_ours, w_theirs, STEPS, "weights")


@pytest.mark.full
def test_a_stateful_model_goes_on_where_the_last_batch_ended():
    x, y = np.random.default_rng(4).normal(size=(6, 5, 2)).astype("float32"), np.ones((6, 3), "float32")

    def train(k):
        layers = [k.Input(batch_shape=(2, 5, 2)), k.layers.LSTM(4, return_sequences=True, stateful=True)]
        layers += [k.layers.Bidirectional(k.layers.GRU(3, stateful=True))]
        model = k.Sequential([*layers, k.layers.Dense(3)])
        model.compile("sgd", "mse")
        losses = list(model.fit(x, y, batch_size=2, epochs=4, shuffle=False, verbose=0).history["loss"])
        states = [np.asarray(state) for state in (*model.layers[0].states, *model.layers[1].states)]
        first = model.predict(x[:2], verbose=0)
        again = model.predict(x[:2], verbose=0)
        for layer in model.layers[:2]:
            layer.reset_state()
        return np.float32(losses), states, first, again, model.predict(x[:2], verbose=0)

    ours, theirs = both(train)
    assert_same_nested("recurrent: states", ours, theirs, STEPS, "stateful")
    assert not np.allclose(ours[2], ours[3])


def test_half_precision():
    x = np.random.default_rng(5).normal(size=SEQUENCE).astype("float32")

    def run(k):
        layer = k.layers.LSTM(UNITS, dtype="mixed_float16", return_sequences=True)
        y = layer(x)
        return str(y.dtype).replace("<dtype: '", "").replace("'>", ""), layer.cell.kernel.dtype, np.asarray(y)

    ours, theirs = both(run)
    assert ours[:2] == theirs[:2] == ("float16", "float32")
    np.testing.assert_allclose(ours[2], theirs[2], rtol=0, atol=2e-3)  # two roundings of float16 at 1


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # in Keras's saving
@pytest.mark.filterwarnings("ignore:(You are saving your model as an HDF5 file|HDF5 is an old format)")
def test_files_are_read_by_both(tmp_path):
    models = both(lambda k: tagger(k)[0])
    cells = {"DecayingCell": None}
    for number, suffix in enumerate((".weights.h5", ".h5", ".keras")):
        for (backend, model), (other, reader) in (
            ((minikeras, models[0]), (keras, models[1])),
            ((keras, models[1]), (minikeras, models[0])),
        ):
            path = str(tmp_path / f"{backend.__name__}{number}{suffix}")
            model.set_weights([np.random.default_rng(number).normal(size=w.shape) for w in model.get_weights()])
            if suffix == ".weights.h5":
                model.save_weights(path)
                reader.load_weights(path)
                loaded = reader
            else:
                model.save(path)
                cells["DecayingCell"] = decaying_cell(other)
                loaded = other.models.load_model(path, custom_objects=cells, compile=False)
            assert_same_nested("recurrent: files", loaded.get_weights(), model.get_weights(), 0, path)
            y, expected = loaded.predict(WORDS, verbose=0), model.predict(WORDS, verbose=0)
            assert_close("recurrent: files", y, expected, LAYER, path)
