"""Layers against tf.keras's, family by family: each alone, and all of a family in one model, trained and saved."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import minikeras
from tests.parity.backends import (
    both,
    copy_weights,
    forward_and_gradients_ours,
    forward_and_gradients_theirs,
    random_projection,
)
from tests.parity.comparing import LAYER, STEPS, assert_close, assert_same_nested, needs_right_einsum
from tests.parity.layer_rows import FAMILIES, IMAGE, MERGES, ROWS
from tests.rows import quick_rows

import keras  # isort: skip
import tensorflow as tf  # isort: skip

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:(You are saving your model as an HDF5 file|HDF5 is an old format):UserWarning"),
]

# float16 rounds to 5e-4; the two sides round intermediate values, and sums of up to 54 terms, at different points.
HALF = 5e-3
SCALES = {"images": 1 / 255, "audio": 1 / 20}  # pixels and decibels are as large; without it three steps diverge


@pytest.mark.one_in(2)
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_layer_alone(row):
    ours, theirs = both(lambda keras: _built(row.make(keras, name="one"), row.shape))
    assert _plain(ours.get_config()) == _plain(theirs.get_config())
    assert [v.path for v in ours.variables] == [v.path for v in theirs.variables]
    assert [v.trainable for v in ours.variables] == [v.trainable for v in theirs.variables]
    assert ours.supports_masking == theirs.supports_masking
    assert_same_nested("layers: first weights", ours.get_weights(), theirs.get_weights(), row.first_weights, "first")
    _assert_same_shapes(row, ours, theirs)
    inputs = row.inputs()
    if row.slopes:
        y_theirs, g_theirs = forward_and_gradients_theirs(theirs, inputs, random_projection, **row.call)
        y_ours, g_ours = forward_and_gradients_ours(ours, inputs, random_projection, **row.call)
        assert_same_nested("layers: gradients", g_ours, g_theirs, LAYER, "gradients")
    else:
        y_ours, y_theirs = (np.asarray(layer(*inputs, **row.call)) for layer in (ours, theirs))
    assert_close("layers: outputs", y_ours, y_theirs, LAYER, "outputs")
    assert_same_nested("layers: losses", _numbers(ours.losses), _numbers(theirs.losses), LAYER, "losses")
    assert_same_nested("layers: state", ours.get_weights(), theirs.get_weights(), LAYER, "weights after the call")


@pytest.mark.one_in(4)
@pytest.mark.parametrize("row", [row for row in ROWS if row.half], ids=str)
def test_mixed_precision(row):
    needs_right_einsum(row.arguments.get("equation", ""), "float16")
    ours, theirs = both(lambda keras: _built(row.make(keras, dtype="mixed_float16"), row.shape))
    assert [v.dtype for v in ours.weights] == [str(v.dtype) for v in theirs.weights]
    x = row.inputs()
    y_ours, y_theirs = (np.asarray(layer(x if len(x) > 1 else x[0], **row.call)) for layer in (ours, theirs))
    assert y_ours.dtype == y_theirs.dtype
    assert_close("layers: float16", y_ours, y_theirs, HALF, "outputs")


QUICK_FAMILIES = ["activations", "core"]  # the others take five seconds and more


@pytest.mark.one_in(2)
@pytest.mark.parametrize("family", quick_rows(FAMILIES, QUICK_FAMILIES))
def test_a_family_in_training_and_in_files(family, tmp_path):
    rows = [row for row in FAMILIES[family] if row.trained]
    ours, theirs = both(lambda keras: _model_of(keras, rows, SCALES.get(family)))
    theirs.run_eagerly = True  # to trace three steps and three predictions takes longer than to run them
    copy_weights(theirs, ours)
    x = [x for row in rows for x in row.inputs()]
    x = [x[:4] for x in x]
    y = np.random.default_rng(1).normal(size=(4, 2)).astype("float32")
    losses = [np.float32([model.train_on_batch(x, y) for _ in range(3)]) for model in (ours, theirs)]
    assert_close("layers: losses of 3 steps", *losses, STEPS, "losses")
    assert_same_nested(
        "layers: weights after 3 steps", ours.get_weights(), theirs.get_weights(), STEPS, "weights after three steps"
    )
    expected = theirs.predict_on_batch(x)
    assert_close("layers: predictions", ours.predict_on_batch(x), expected, STEPS, "predictions")
    for suffix in ("keras",) if family == "images" else ("keras", "h5"):  # Keras cannot write those to HDF5
        theirs.save(tmp_path / f"theirs.{suffix}")
        ours.save(tmp_path / f"ours.{suffix}")
        read = minikeras.models.load_model(tmp_path / f"theirs.{suffix}")
        assert _plain(read.get_config()) == _plain(theirs.get_config())
        assert_close("layers: files", read.predict_on_batch(x), expected, STEPS, f"read from {suffix}")
        read = keras.models.load_model(tmp_path / f"ours.{suffix}")
        read.run_eagerly = True
        assert_close("layers: files", read.predict_on_batch(x), expected, STEPS, f"written to {suffix}")


def _model_of(keras, rows, scale=None):
    """A branch for each row: a layer in front, so that the input gradient counts, the layer, two numbers. Their sum.

    `scale` multiplies the outputs of the layers.
    """
    inputs, branches = [], []
    for row in rows:
        dtype = "float32" if row.integers is None else "int32"
        own = [keras.Input(shape[1:], dtype=dtype) for shape in row.shapes]
        x = own if row.integers else [keras.layers.Dense(n.shape[-1], use_bias=False)(n) for n in own]
        x = keras.layers.Flatten()(row.make(keras)(x if len(x) > 1 else x[0]))
        x = x if scale is None else keras.ops.multiply(x, scale)
        inputs += own
        branches.append(keras.layers.Dense(2)(x))
    model = keras.Model(inputs, keras.layers.Add()(branches))
    model.compile(keras.optimizers.SGD(1e-3, momentum=0.9), loss="mse")
    return model


def _assert_same_shapes(row, ours, theirs):
    """compute_output_shape with each length known, and with any one of them unknown."""
    shapes = [tuple(shape) for shape in row.shapes]
    wanted = [shapes]
    for i, shape in enumerate(shapes):
        for axis in range(len(shape)):
            unknown = (*shape[:axis], None, *shape[axis + 1 :])
            wanted.append([*shapes[:i], unknown, *shapes[i + 1 :]])
    for case in wanted:
        results = []
        for layer in (ours, theirs):
            try:
                more = {"reverse": True} if "reverse" in row.call else {}
                results.append(tuple(layer.compute_output_shape(case if len(case) > 1 else case[0], **more)))
            except (ValueError, TypeError) as error:
                results.append(type(error))
        assert results[0] == results[1], case


def _built(layer, shape):
    layer.build(shape)
    return layer


def _numbers(losses):
    return [np.asarray(loss) for loss in losses]


def _plain(config):
    """A config with tuples as lists, as JSON has them."""
    if isinstance(config, dict):
        return {key: _plain(value) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return [_plain(value) for value in config]
    return config


# --- masks ---------------------------------------------------------------------------------------------------------

MASKS = [np.array([[1, 1, 0], [1, 0, 0]], bool), np.array([[1, 0, 1], [0, 0, 0]], bool)]


@pytest.mark.parametrize("name", [*MERGES, "Subtract", "Concatenate"])
def test_masks_of_merged_inputs(name):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(2, 3, 4)).astype("float32") for _ in MASKS]
    for masks in (MASKS, [MASKS[0], None], [None, MASKS[1]]):
        results = []
        for backend, tensor in ((minikeras, minikeras.ops.convert_to_tensor), (keras, tf.constant)):
            tensors = [tensor(x) for x in arrays]
            for x, mask in zip(tensors, masks, strict=True):
                if mask is not None:
                    x._keras_mask = tensor(mask)
            y = getattr(backend.layers, name)()(tensors)
            mask = getattr(y, "_keras_mask", None)
            results.append((np.asarray(y), None if mask is None else np.asarray(mask)))
        assert_same_nested("layers: masks", *results, LAYER, name)


@pytest.mark.parametrize("arguments", [{}, {"renorm": True}, {"axis": 1}], ids=str)
def test_batch_normalization_of_what_a_mask_keeps(arguments):
    x = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
    mask = np.array([[1, 1, 0], [1, 0, 0]], bool)
    x[~mask] = np.nan if arguments.get("axis") is None else 7
    ours, theirs = both(lambda keras: _built(keras.layers.BatchNormalization(**arguments), x.shape))
    call = {"training": True, "mask": mask}
    y_ours, y_theirs = (np.asarray(layer(x, **call)) for layer in (ours, theirs))
    assert_close("layers: masks", y_ours, y_theirs, LAYER, "outputs")
    assert_same_nested("layers: masks", ours.get_weights(), theirs.get_weights(), LAYER, "statistics")


# --- names that layers and ops share --------------------------------------------------------------------------------


def test_merges_and_ops_of_one_name_stay_apart_in_files(tmp_path):
    names = [*MERGES, "Subtract"]

    def make(keras):
        a, b = keras.Input((3,)), keras.Input((3,))
        outputs = [getattr(keras.layers, name)()([a, b]) for name in names]
        outputs += [getattr(keras.ops, name.lower())(a, b) for name in names if name != "Average"]
        outputs += [keras.layers.Dot(1)([a, b]), keras.ops.dot(a, keras.ops.transpose(b)), a * b - a]
        outputs.append(keras.layers.Identity()(a))
        start = keras.initializers.Identity()
        return keras.Model([a, b], [*outputs, keras.layers.Dense(3, kernel_initializer=start)(a)])

    ours, theirs = both(make)
    for model in (ours, theirs):
        model.compile("sgd", "mse")
    x = [np.random.default_rng(i).normal(size=(2, 3)).astype("float32") for i in range(2)]
    expected = theirs.predict_on_batch(x)
    for suffix in ("keras", "h5"):
        theirs.save(tmp_path / f"theirs.{suffix}")
        ours.save(tmp_path / f"ours.{suffix}")
        read = minikeras.models.load_model(tmp_path / f"theirs.{suffix}")
        assert [type(layer).__name__ for layer in read.layers] == [type(layer).__name__ for layer in theirs.layers]
        assert_same_nested("layers: files", read.predict_on_batch(x), expected, LAYER, suffix)
        read = keras.models.load_model(tmp_path / f"ours.{suffix}")
        read.run_eagerly = True
        assert_same_nested("layers: files", read.predict_on_batch(x), expected, LAYER, suffix)


def test_spectral_normalization(tmp_path):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, *IMAGE[1:])).astype("float32"), rng.normal(size=(8, 2)).astype("float32")

    def train(keras):
        layers = keras.layers
        body = [
            layers.SpectralNormalization(layers.Conv2D(4, 3), power_iterations=2, name="s"),
            layers.Flatten(),
            layers.SpectralNormalization(layers.Dense(2)),
        ]
        model = keras.Sequential([keras.Input(IMAGE[1:]), *body])
        model.compile("sgd", "mse")
        losses = model.fit(x, y, epochs=3, batch_size=4, shuffle=False, verbose=0).history["loss"]
        return model, np.float32(losses)

    (ours, losses_ours), (theirs, losses_theirs) = both(train)
    assert [v.path for v in ours.weights] == [v.path for v in theirs.weights]
    assert _plain(ours.get_config()) == _plain(theirs.get_config())
    assert_close("layers: losses of 3 steps", losses_ours, losses_theirs, STEPS, "losses")
    assert_same_nested("layers: weights after 3 steps", ours.get_weights(), theirs.get_weights(), STEPS, "weights")
    expected = theirs.predict_on_batch(x)
    theirs.save(tmp_path / "theirs.keras")
    ours.save(tmp_path / "ours.keras")
    for read in (
        minikeras.models.load_model(tmp_path / "theirs.keras"),
        keras.models.load_model(tmp_path / "ours.keras"),
    ):
        assert_close("layers: files", read.predict_on_batch(x), expected, STEPS, "read")


# --- low-rank adaptation --------------------------------------------------------------------------------------------


def test_training_with_low_rank_adaptation_that_is_enabled_later(tmp_path):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, *IMAGE[1:])).astype("float32"), rng.normal(size=(8, 2)).astype("float32")

    def train(keras):
        layers = [keras.layers.Conv2D(4, 3), keras.layers.Flatten(), keras.layers.Dense(2)]
        model = keras.Sequential([keras.Input(IMAGE[1:]), *layers])
        model.compile("sgd", "mse")
        model.fit(x, y, verbose=0)
        layers[0].enable_lora(2)
        layers[2].enable_lora(2, lora_alpha=4)
        model.compile("sgd", "mse")
        losses = model.fit(x, y, epochs=3, batch_size=4, shuffle=False, verbose=0).history["loss"]
        return model, np.float32(losses)

    (ours, losses_ours), (theirs, losses_theirs) = both(train)
    assert_close("layers: losses of 3 steps", losses_ours, losses_theirs, STEPS, "losses")
    assert_same_nested("layers: weights after 3 steps", ours.get_weights(), theirs.get_weights(), STEPS, "weights")
    assert len(ours.trainable_variables) == len(theirs.trainable_variables) == 6
    expected = theirs.predict_on_batch(x)
    theirs.save(tmp_path / "theirs.keras")
    ours.save(tmp_path / "ours.keras")
    for read in (
        minikeras.models.load_model(tmp_path / "theirs.keras"),
        keras.models.load_model(tmp_path / "ours.keras"),
    ):
        assert_close("layers: files", read.predict_on_batch(x), expected, STEPS, "read")
        assert len(read.trainable_variables) == 6


def test_an_overridden_convolution():
    def make(keras):
        class Halved(keras.layers.Conv2D):
            def convolution_op(self, inputs, kernel):
                return super().convolution_op(inputs, kernel * 0.5)

        return _built(Halved(4, 3, activation="relu", bias_initializer="ones"), IMAGE)

    x = np.random.default_rng(0).normal(size=IMAGE).astype("float32")
    ours, theirs = both(lambda keras: np.asarray(make(keras)(x)))
    assert_close("layers: outputs", ours, theirs, LAYER, "outputs")
