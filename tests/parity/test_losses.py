"""Every loss against tf.keras's: values, gradients, reductions, weights, masks, dtypes, configs, shapes refused."""

import json
import warnings

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import keras  # noqa: E402

import minikeras  # noqa: E402
from tests.parity import loss_cases as cases  # noqa: E402
from tests.parity.comparing import SAME_FORMULA, assert_close  # noqa: E402

pytestmark = pytest.mark.one_in(2)  # of the tables that follow

HALF = 2e-3  # one rounding of float16 is 5e-4; a few of them in a row

REDUCTIONS = ["sum", "sum_over_batch_size", "mean", "mean_with_sample_weight", "none", None]


def drawn(data, seed=3):
    """Labels (integers stay so) and float32 predictions."""
    y_true, y_pred = data(np.random.default_rng(seed))
    return (y_true if y_true.dtype.kind == "i" else y_true.astype("float32")), y_pred.astype("float32")


def value_and_gradient_theirs(loss, y_true, y_pred, *arguments, **keywords):
    """The loss and d(Σ loss)/d y_pred on TensorFlow."""
    y_pred = tf.constant(y_pred)
    with tf.GradientTape() as tape:
        tape.watch(y_pred)
        value = loss(tf.constant(y_true), y_pred, *arguments, **keywords)
    return value.numpy(), tf.convert_to_tensor(tape.gradient(value, y_pred)).numpy()


def value_and_gradient_ours(loss, y_true, y_pred, *arguments, **keywords):
    """The same on minikeras."""
    y_pred = minikeras.Tensor(y_pred)
    with minikeras.GradientTape() as tape:
        tape.watch(y_pred)
        value = loss(y_true, y_pred, *arguments, **keywords)
    return np.asarray(value), np.asarray(tape.gradient(value, y_pred))


def compare(group, ours, theirs, y_true, y_pred, *arguments, tolerance=SAME_FORMULA, **keywords):
    """Values and gradients of two losses for the same arguments."""
    value, gradient = value_and_gradient_ours(ours, y_true, y_pred, *arguments, **keywords)
    their_value, their_gradient = value_and_gradient_theirs(theirs, y_true, y_pred, *arguments, **keywords)
    assert value.dtype == their_value.dtype
    assert_close(group, value, their_value, tolerance, "value")
    assert_close(f"{group}, gradients", gradient, their_gradient, tolerance, "gradient")


@pytest.mark.parametrize("function, cls, arguments, data", cases.CASES, ids=cases.IDS)
def test_functions(function, cls, arguments, data):
    compare(
        "loss functions",
        getattr(minikeras.losses, function),
        getattr(keras.losses, function),
        *drawn(data),
        **arguments,
    )


@pytest.mark.one_in(4)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("function, cls, arguments, data", cases.CASES, ids=cases.IDS)
def test_classes_with_every_reduction(function, cls, arguments, data, reduction):
    compare(
        "loss classes",
        getattr(minikeras.losses, cls)(reduction=reduction, **arguments),
        getattr(keras.losses, cls)(reduction=reduction, **arguments),
        *drawn(data),
    )


WEIGHTS = {
    "number": lambda shape: np.float32(1.7),
    "per sample": lambda shape: np.linspace(0.2, 2.0, shape[0]).astype("float32"),
    "column": lambda shape: np.linspace(0.2, 2.0, shape[0]).astype("float32")[:, None],
    "zeros": lambda shape: np.zeros(shape[0], "float32"),
    "integers": lambda shape: np.arange(shape[0]),
    "booleans": lambda shape: np.arange(shape[0]) % 2 == 0,
}


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize(
    "cls, data", [("MeanSquaredError", cases.numbers), ("SparseCategoricalCrossentropy", cases.classes)]
)
def test_sample_weights(cls, data, weights, reduction):
    y_true, y_pred = drawn(data)
    sample_weight = WEIGHTS[weights](y_pred.shape)
    ours, theirs = (getattr(k.losses, cls)(reduction=reduction) for k in (minikeras, keras))
    compare("losses, sample weights", ours, theirs, y_true, y_pred, sample_weight=sample_weight)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [(cases.BATCH, 6), (cases.BATCH, 1), (6,), (1, 6), (cases.BATCH, 6, 1), ()])
def test_temporal_sample_weights(shape, reduction):
    y_true, y_pred = drawn(cases.sequences)
    sample_weight = np.random.default_rng(0).uniform(size=shape).astype("float32")
    ours, theirs = (k.losses.MeanAbsoluteError(reduction=reduction) for k in (minikeras, keras))
    compare("losses, sample weights", ours, theirs, y_true, y_pred, sample_weight=sample_weight)


MASK = np.random.default_rng(1).uniform(size=(cases.BATCH, 6)) < 0.6


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weights", [None, (cases.BATCH, 6), (cases.BATCH, 1)])
@pytest.mark.parametrize("mask", ["some", "none kept"])
def test_masks_of_predictions(mask, weights, reduction):
    mask = MASK if mask == "some" else np.zeros_like(MASK)
    y_true, y_pred = drawn(cases.sequences)
    sample_weight = None if weights is None else np.random.default_rng(0).uniform(size=weights).astype("float32")

    def masked(loss, tensor):
        def function(y_true, y_pred):
            y_pred._keras_mask = tensor(mask)
            return loss(y_true, y_pred, sample_weight=sample_weight)

        return function

    ours = masked(minikeras.losses.MeanSquaredError(reduction=reduction), minikeras.Tensor)
    theirs = masked(keras.losses.MeanSquaredError(reduction=reduction), tf.constant)
    compare("losses, masks", ours, theirs, y_true, y_pred)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weighted", [False, True])
def test_ignored_classes_under_a_mask(weighted, reduction):
    y_true, y_pred = drawn(cases.some_ignored)
    mask = np.random.default_rng(2).uniform(size=y_true.shape) < 0.7
    sample_weight = np.random.default_rng(0).uniform(size=y_true.shape).astype("float32") if weighted else None

    def masked(loss, tensor):
        def function(y_true, y_pred):
            y_pred._keras_mask = tensor(mask)
            return loss(y_true, y_pred, sample_weight=sample_weight)

        return function

    ours, theirs = (
        k.losses.SparseCategoricalCrossentropy(ignore_class=255, reduction=reduction) for k in (minikeras, keras)
    )
    compare("losses, masks", masked(ours, minikeras.Tensor), masked(theirs, tf.constant), y_true, y_pred)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "mixed_float16"])
@pytest.mark.parametrize(
    "cls, data", [("MeanSquaredError", cases.numbers), ("Huber", cases.numbers), ("Poisson", cases.positive)]
)
def test_dtypes_of_classes(cls, data, dtype):
    y_true, y_pred = drawn(data)
    ours, theirs = (getattr(k.losses, cls)(dtype=dtype) for k in (minikeras, keras))
    assert ours.dtype == theirs.dtype
    compare("losses, float16", ours, theirs, y_true, y_pred, tolerance=HALF if "16" in dtype else SAME_FORMULA)


DTYPES = [
    ("int32", "float32"),
    ("int32", "float16"),
    ("float64", "float32"),
    ("float32", "float64"),
    ("bool", "float32"),
]


@pytest.mark.parametrize("true_dtype, pred_dtype", DTYPES)
@pytest.mark.parametrize(
    "function",
    [
        "mean_squared_error",
        "mean_absolute_error",
        "hinge",
        "categorical_hinge",
        "kl_divergence",
        "poisson",
        "huber",
        "log_cosh",
        "cosine_similarity",
        "dice",
        "tversky",
        "binary_crossentropy",
        "categorical_crossentropy",
        "binary_focal_crossentropy",
    ],
)
def test_functions_compute_in_the_dtype_of_predictions(function, true_dtype, pred_dtype):
    y_true = np.array([[1, 0, 1], [0, 1, 0]], true_dtype)
    y_pred = np.array([[0.2, 0.3, 0.5], [0.1, 0.6, 0.3]], pred_dtype)
    ours = np.asarray(getattr(minikeras.losses, function)(y_true, y_pred))
    theirs = getattr(keras.losses, function)(y_true, y_pred).numpy()
    assert ours.dtype == theirs.dtype
    half = pred_dtype == "float16"
    assert_close(f"loss functions, {'float16' if half else 'dtypes'}", ours, theirs, HALF if half else SAME_FORMULA)


SHAPES = [
    ((4,), (4, 1)),
    ((4, 1), (4,)),
    ((4, 1), (4, 3)),
    ((4,), (4,)),
    ((1, 3), (4, 3)),
    ((2, 3), (2, 3, 1)),
    ((2, 3, 1), (2, 3)),
    ((), (4,)),
    ((0, 3), (0, 3)),
]


@pytest.mark.parametrize("true_shape, pred_shape", SHAPES)
@pytest.mark.parametrize("reduction", ["none", "sum_over_batch_size"])
@pytest.mark.parametrize("cls", ["MeanSquaredError", "MeanAbsoluteError", "Huber", "Hinge", "Poisson"])
def test_ranks_that_differ_by_one(cls, true_shape, pred_shape, reduction):
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.uniform(size=true_shape).astype("float32"), rng.uniform(size=pred_shape).astype("float32")
    ours, theirs = (getattr(k.losses, cls)(reduction=reduction)(y_true, y_pred) for k in (minikeras, keras))
    assert_close("losses, ranks", np.asarray(ours), theirs.numpy(), SAME_FORMULA)


REFUSED = [
    ("MeanSquaredError", (4,), (4, 3)),
    ("MeanSquaredError", (4, 2), (4, 3)),
    ("SparseCategoricalCrossentropy", (4, 3), (4, 3)),
    ("SparseCategoricalCrossentropy", (4,), (4,)),
    ("SparseCategoricalCrossentropy", (3,), (4, 3)),
    ("SparseCategoricalCrossentropy", (4,), (4, 2, 3)),
    ("CategoricalCrossentropy", (4,), (4, 3)),
    ("CategoricalCrossentropy", (4, 2), (4, 3)),
    ("BinaryCrossentropy", (4, 1), (4, 3)),
]


@pytest.mark.parametrize("cls, true_shape, pred_shape", REFUSED)
def test_what_keras_refuses_is_refused(cls, true_shape, pred_shape):
    y_true, y_pred = np.zeros(true_shape, "float32"), np.full(pred_shape, 0.3, "float32")
    with pytest.raises((ValueError, tf.errors.InvalidArgumentError)):
        getattr(keras.losses, cls)()(y_true, y_pred)
    with pytest.raises(ValueError, match="Received"):
        getattr(minikeras.losses, cls)()(y_true, y_pred)


CLASSES_AND_ARGUMENTS = sorted({(cls, json.dumps(arguments)) for _, cls, arguments, _ in cases.CASES})
FORGOTTEN_BY_KERAS = {("Huber", "delta"), ("CosineSimilarity", "axis")}


@pytest.mark.parametrize("cls, arguments", CLASSES_AND_ARGUMENTS)
def test_configs(cls, arguments):
    arguments = json.loads(arguments)
    ours, theirs = (getattr(k.losses, cls)(**arguments) for k in (minikeras, keras))
    expected = theirs.get_config()
    for name in arguments:
        if (cls, name) in FORGOTTEN_BY_KERAS:
            assert name not in expected, "Keras has learned to save it: take it off the list"
            expected[name] = arguments[name]
    assert ours.get_config() == expected
    assert minikeras.losses.serialize(ours) == {**keras.losses.serialize(theirs), "config": expected}


def test_keras_does_not_know_its_own_newest_loss():
    """Its name is missing from Keras's table, so the next test leaves it out. minikeras knows it."""
    with pytest.raises(ValueError, match="categorical_generalized_cross_entropy"):
        keras.losses.get("categorical_generalized_cross_entropy")
    assert minikeras.losses.get("CategoricalGeneralizedCrossEntropy").q == 0.5


@pytest.mark.parametrize(
    "cls, arguments", [row for row in CLASSES_AND_ARGUMENTS if row[0] != "CategoricalGeneralizedCrossEntropy"]
)
def test_keras_reads_our_configs_and_we_read_its(cls, arguments):
    arguments = json.loads(arguments)
    ours, theirs = (getattr(k.losses, cls)(reduction="sum", **arguments) for k in (minikeras, keras))
    there = keras.losses.deserialize(json.loads(json.dumps(minikeras.losses.serialize(ours))))
    here = minikeras.losses.deserialize(json.loads(json.dumps(keras.losses.serialize(theirs))))
    assert type(there) is type(theirs)
    assert type(here) is type(ours)
    assert there.get_config() == theirs.get_config()
    assert here.reduction == "sum"


def test_functions_are_serialized_as_keras_does():
    for name in sorted({function for function, *_ in cases.CASES}):
        ours, theirs = getattr(minikeras.losses, name), getattr(keras.losses, name)
        assert minikeras.losses.serialize(ours) == keras.losses.serialize(theirs)


IDENTIFIERS = [
    *("mse", "MSE", "mae", "MAE", "mape", "msle", "bce", "BCE", "kld", "KLD", "huber", "Huber", "log_cosh", "LogCosh"),
    *("cosine_similarity", "CosineSimilarity", "dice", "tversky", "ctc", "circle", "Circle", "hinge", "poisson"),
    *("mean_squared_error", "MeanSquaredError", "sparse_categorical_crossentropy", "binary_focal_crossentropy"),
    *("Mse", "huber_loss", "logcosh", "cosine_proximity", "foo", 3),
]


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_get_resolves_what_keras_resolves(identifier):
    try:
        theirs = keras.losses.get(identifier)
    except ValueError:
        with pytest.raises(ValueError, match="Could not interpret loss identifier"):
            minikeras.losses.get(identifier)
        return
    ours = minikeras.losses.get(identifier)
    name = getattr(theirs, "__name__", type(theirs).__name__)
    assert getattr(ours, "__name__", type(ours).__name__) == name


def test_names_count_up_as_keras_counts():
    made = []
    for k in (minikeras, keras):

        class Own(k.losses.Loss):
            def call(self, y_true, y_pred):
                return y_true - y_pred

        losses = [Own(), Own(), k.losses.Loss(), Own(name="given"), k.losses.Loss(), k.losses.MeanSquaredError()]
        made.append([loss.name for loss in losses])
    assert made[0] == made[1]


def test_own_losses_receive_tensors_of_the_losss_dtype():
    seen = []
    for k in (minikeras, keras):

        class Own(k.losses.Loss):
            def call(self, y_true, y_pred):
                seen.extend((tuple(x.shape), np.asarray(x).dtype.name) for x in (y_true, y_pred))
                return (y_true - y_pred) ** 2

        value = Own(dtype="float64")(np.array([1, 2, 3]), np.array([1.5, 2.0, 2.0], "float32"))
        seen.append(float(value))
    assert seen[:3] == seen[3:] == [((3,), "float64"), ((3,), "float64"), 1.25 / 3]


def test_one_class_warns_as_keras_does():
    y_true, y_pred = np.ones((4, 1), "float32"), np.full((4, 1), 0.5, "float32")
    for k in (minikeras, keras):
        with pytest.warns(SyntaxWarning, match="binary_crossentropy"):
            k.losses.categorical_crossentropy(y_true, y_pred)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        minikeras.losses.categorical_crossentropy(np.ones((4, 2)), np.full((4, 2), 0.5))


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_extreme_predictions(activation, from_logits):
    cls = "SparseCategoricalCrossentropy" if activation == "softmax" else "BinaryCrossentropy"
    logits = np.array([[100.0, -100.0, 0.0], [-200.0, 1e4, 3.0]], "float32")
    probabilities = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.5]], "float32")
    y_true = np.array([1, 1]) if activation == "softmax" else np.array([[0, 1, 1], [1, 1, 0]])
    ours, theirs = (getattr(k.losses, cls)(from_logits=from_logits, reduction="none") for k in (minikeras, keras))
    compare("losses, extremes", ours, theirs, y_true, logits if from_logits else probabilities)


@pytest.mark.parametrize("labels", [[1, 2, 0, 2], [1, 0, 2, 2], [2, 0, 2, 1], [0, 1, 2, 3]], ids=str)
def test_ctc_of_labels_among_which_is_the_blank(labels):
    """A 0 between other labels is a label of the blank's class; only as many labels count as are not 0."""
    y_true, logits = np.array([labels]), np.random.default_rng(0).normal(size=(1, 6, 4)).astype("float32")
    ours, theirs = (np.asarray(k.losses.ctc(y_true, logits)) for k in (minikeras, keras))
    assert_close("losses", ours, theirs, SAME_FORMULA)
