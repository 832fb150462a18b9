"""Every loss against its definition in plain NumPy: values, gradients, reduction, and a step of compiled training.

The definitions are in `oracles.py`, a function for each loss function. A loss without a row fails the last two tests.
"""

from functools import partial

import numpy as np
import pytest

import minikeras as keras
from minikeras import GradientTape, Tensor, losses, ops
from tests.oracles import GRADIENTS, STEPS, TRAINED, VALUES, Shifted, assert_gradient, assert_near, replays, slopes
from tests.unit.losses import oracles

RNG = np.random.default_rng(0)
TARGETS, REALS = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 3))
YES = RNG.integers(0, 2, (4, 3)).astype(float)
SIGNS = 2 * YES - 1
SHARES = RNG.uniform(0.1, 0.9, (4, 3))
PROBABILITIES = SHARES / SHARES.sum(axis=1, keepdims=True)
CLASSES = np.array([0, 2, 1, 2])
ONE_HOT = np.eye(3)[CLASSES]
POSITIONS = RNG.integers(0, 3, (2, 5))  # classes of samples with several positions
PLACE_NUMBERS = RNG.normal(size=(2, 5, 3))
EMBEDDINGS = RNG.normal(size=(5, 4))
EMBEDDINGS /= np.linalg.norm(EMBEDDINGS, axis=1, keepdims=True)
PAIRS = np.array([3, 1, 3, 1, 3])  # every class has two members or more
WORDS, FRAMES = np.array([[1, 2], [1, 0], [2, 2]]), RNG.normal(size=(3, 4, 3))
LOGITS = {"from_logits": True}

# (class, function, arguments, y_true, y_pred)
ROWS = [
    ("MeanSquaredError", "mean_squared_error", {}, TARGETS, REALS),
    ("MeanSquaredError", "mean_squared_error", {}, TARGETS[:, :1], REALS[:, :1]),
    ("MeanAbsoluteError", "mean_absolute_error", {}, TARGETS, REALS),
    ("MeanAbsolutePercentageError", "mean_absolute_percentage_error", {}, TARGETS, REALS),
    ("MeanSquaredLogarithmicError", "mean_squared_logarithmic_error", {}, YES, SHARES),
    ("CosineSimilarity", "cosine_similarity", {}, TARGETS, REALS),
    ("CosineSimilarity", "cosine_similarity", {"axis": 0}, TARGETS, REALS),
    ("Huber", "huber", {}, TARGETS, REALS),
    ("Huber", "huber", {"delta": 0.4}, TARGETS, REALS),
    ("LogCosh", "log_cosh", {}, TARGETS, REALS),
    ("Hinge", "hinge", {}, SIGNS, REALS),
    ("Hinge", "hinge", {}, YES, REALS),
    ("SquaredHinge", "squared_hinge", {}, SIGNS, REALS),
    ("CategoricalHinge", "categorical_hinge", {}, ONE_HOT, REALS),
    ("KLDivergence", "kl_divergence", {}, SHARES, PROBABILITIES),
    ("Poisson", "poisson", {}, YES, SHARES),
    ("Dice", "dice", {}, YES, SHARES),
    ("Dice", "dice", {"axis": (1,)}, YES, SHARES),
    ("Tversky", "tversky", {"alpha": 0.3, "beta": 0.6}, YES, SHARES),
    ("BinaryCrossentropy", "binary_crossentropy", {}, YES, SHARES),
    ("BinaryCrossentropy", "binary_crossentropy", {"label_smoothing": 0.2}, YES, SHARES),
    ("BinaryCrossentropy", "binary_crossentropy", LOGITS, YES, REALS),
    ("BinaryFocalCrossentropy", "binary_focal_crossentropy", {"gamma": 1.5}, YES, SHARES),
    ("BinaryFocalCrossentropy", "binary_focal_crossentropy", {"apply_class_balancing": True}, YES, SHARES),
    ("BinaryFocalCrossentropy", "binary_focal_crossentropy", {"alpha": 0.3, **LOGITS}, YES, REALS),
    ("CategoricalCrossentropy", "categorical_crossentropy", {}, ONE_HOT, PROBABILITIES),
    ("CategoricalCrossentropy", "categorical_crossentropy", {}, ONE_HOT, 3 * PROBABILITIES),
    ("CategoricalCrossentropy", "categorical_crossentropy", {"label_smoothing": 0.2}, ONE_HOT, PROBABILITIES),
    ("CategoricalCrossentropy", "categorical_crossentropy", LOGITS, ONE_HOT, REALS),
    ("CategoricalCrossentropy", "categorical_crossentropy", LOGITS, np.eye(3)[POSITIONS], PLACE_NUMBERS),
    ("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy", {}, CLASSES, PROBABILITIES),
    ("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy", LOGITS, CLASSES, REALS),
    ("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy", LOGITS, POSITIONS, PLACE_NUMBERS),
    ("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy", {"ignore_class": 2}, CLASSES, PROBABILITIES),
    ("CategoricalFocalCrossentropy", "categorical_focal_crossentropy", {}, ONE_HOT, PROBABILITIES),
    (
        "CategoricalFocalCrossentropy",
        "categorical_focal_crossentropy",
        {"alpha": [0.1, 0.5, 0.9], "gamma": 1.5, **LOGITS},
        ONE_HOT,
        REALS,
    ),
    (
        "CategoricalGeneralizedCrossEntropy",
        "categorical_generalized_cross_entropy",
        {"q": 0.6},
        CLASSES,
        PROBABILITIES,
    ),
    ("Circle", "circle", {"gamma": 2.0, "margin": 0.25}, PAIRS, EMBEDDINGS),
    ("Circle", "circle", {"gamma": 3.0, "remove_diagonal": False}, PAIRS, 0.8 * EMBEDDINGS),  # none is 0 from itself
    ("CTC", "ctc", {}, WORDS, FRAMES),
]
FUNCTIONS_THAT_ARE_NO_LOSSES = {"get", "serialize", "deserialize"}


def name_of(row):
    return "-".join([row[0], *[f"{key}={value}" for key, value in row[2].items()]])


def mean_of(row):
    """A function of float64 predictions: the mean of the losses of a batch; what is ignored does not count."""
    _, function, arguments, y_true, _ = row
    counted = np.sum(y_true != arguments.get("ignore_class"))
    definition = partial(getattr(oracles, function), y_true, **arguments)
    if "ignore_class" in arguments:
        return lambda y_pred: float(np.sum(definition(y_pred)) / counted)
    return lambda y_pred: float(np.mean(definition(y_pred)))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_losses_of_samples(row, dtype):
    _, function, arguments, y_true, y_pred = row
    found = getattr(losses, function)(y_true, Tensor(y_pred.astype(dtype)), **arguments)
    assert found.dtype == dtype
    assert_near(found, getattr(oracles, function)(y_true, y_pred, **arguments), VALUES[dtype], function)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_mean_of_a_batch_and_its_gradient(row, dtype):
    cls, _, arguments, y_true, y_pred = row
    predictions = Tensor(y_pred.astype(dtype))
    with GradientTape() as tape:
        tape.watch(predictions)
        value = getattr(losses, cls)(**arguments, dtype=dtype)(y_true, predictions)
    assert_near(value, mean_of(row)(y_pred), max(VALUES[dtype], MASKED), cls)
    gradient = tape.gradient(value, predictions)
    assert_gradient(gradient, slopes(mean_of(row), y_pred), max(GRADIENTS[dtype], MASKED), cls)


# Keras divides by the number of losses that are kept plus ε, a tenth of a millionth.
MASKED = 1e-7


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_sample_weights_multiply_the_losses(row):
    cls, function, arguments, y_true, y_pred = row
    expected = getattr(oracles, function)(y_true, y_pred, **arguments)
    if not expected.shape or "ignore_class" in arguments:
        pytest.skip("has one loss for all samples, or a mask as well")
    weights = np.random.default_rng(1).uniform(size=expected.shape)
    value = getattr(losses, cls)(**arguments, dtype="float64")(y_true, y_pred, sample_weight=weights)
    assert_near(value, np.mean(expected * weights), MASKED, cls)


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_a_compiled_training_step_takes_the_same_gradients(row):
    cls, _, arguments, y_true, y_pred = row
    x = keras.Input(batch_shape=y_pred.shape)
    shifted = Shifted()
    model = keras.Model(x, shifted(x))
    model.compile(keras.optimizers.SGD(1.0), getattr(losses, cls)(**arguments))
    labels = y_true.astype("int32" if y_true.dtype.kind == "i" else "float32")
    for _ in range(STEPS):
        model.set_weights([np.zeros(y_pred.shape, "float32")])
        value = model.train_on_batch(y_pred.astype("float32"), labels)
    assert replays(model)
    assert_near(value, mean_of(row)(y_pred), VALUES["float32"], cls)
    assert_gradient(-shifted.shift.numpy(), slopes(mean_of(row), y_pred), TRAINED, cls)


def test_every_loss_function_has_a_definition():
    functions = {name for name in losses.__all__ if name[0].islower()} - FUNCTIONS_THAT_ARE_NO_LOSSES
    assert functions - {row[1] for row in ROWS} == set()


def test_every_loss_class_has_a_row():
    classes = {name for name in losses.__all__ if name[0].isupper()} - {"Loss"}
    assert classes - {row[0] for row in ROWS} == set()


def test_circle_leaves_out_samples_without_a_partner():
    labels = np.array([5, 5, 7])
    result = losses.circle(labels, EMBEDDINGS[:3], gamma=2.0)
    assert_near(result, oracles.circle(labels, EMBEDDINGS[:3], gamma=2.0), VALUES["float32"], "circle")
    np.testing.assert_array_equal(ops.convert_to_numpy(result._keras_mask), [True, True, False])
