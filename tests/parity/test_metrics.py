"""Every metric against tf.keras's: state and result after several batches, weights, masks, dtypes, configs, names."""

import inspect
import json

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import keras  # noqa: E402

import minikeras  # noqa: E402
from minikeras.metrics.resolve import resolve_metric  # noqa: E402
from tests.identifiers import without_addresses  # noqa: E402
from tests.parity.comparing import SAME_FORMULA, assert_close  # noqa: E402

pytestmark = pytest.mark.one_in(2)  # of the tables that follow

HALF = 2e-3  # one rounding of float16 is 5e-4; a few of them in a row

BATCHES = (5, 5, 3)  # the last batch is ragged
CLASSES = 4


def _numbers(rng, n):
    return rng.normal(size=(n, 3)), rng.normal(size=(n, 3))


def _vectors(rng, n):
    return rng.normal(size=(n, 6)), rng.normal(size=(n, 6))


def _positive(rng, n):
    return rng.uniform(0.1, 3.0, (n, 3)), rng.uniform(0.1, 3.0, (n, 3))


def _integers(rng, n):
    return rng.integers(0, 3, (n, 3)), rng.integers(0, 3, (n, 3))


def _column(rng, n):
    return rng.integers(0, 2, (n, 1)), rng.uniform(size=(n, 1))


def _flat(rng, n):
    return rng.integers(0, 2, n), rng.uniform(size=n)


def _flat_labels(rng, n):
    return rng.integers(0, 2, n), rng.uniform(size=(n, 1))


def _yes_no(rng, n):
    return rng.integers(0, 2, (n, CLASSES)), rng.uniform(size=(n, CLASSES))


def _on_thresholds(rng, n):
    return rng.integers(0, 2, (n, CLASSES)), rng.integers(0, 11, (n, CLASSES)) / 10


def _beyond(rng, n):
    return rng.integers(0, 2, (n, CLASSES)), rng.choice([-2.0, -0.1, 0.0, 0.3, 0.7, 1.0, 1.1, 3.0], (n, CLASSES))


def _logits(rng, n):
    return rng.integers(0, 2, (n, CLASSES)), rng.normal(size=(n, CLASSES)) * 4


def _yes_no_maps(rng, n):
    return rng.integers(0, 2, (n, 2, 3)), rng.uniform(size=(n, 2, 3))


def _probabilities(rng, shape):
    exponentials = np.exp(rng.normal(size=shape))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def _one_hot(rng, n):
    return np.eye(CLASSES)[rng.integers(0, CLASSES, n)], _probabilities(rng, (n, CLASSES))


def _one_hot_logits(rng, n):
    return np.eye(CLASSES)[rng.integers(0, CLASSES, n)], rng.normal(size=(n, CLASSES)) * 4


def _distributions(rng, n):
    return _probabilities(rng, (n, CLASSES)), _probabilities(rng, (n, CLASSES))


def _classes(rng, n):
    return rng.integers(0, CLASSES, n), _probabilities(rng, (n, CLASSES))


def _classes_column(rng, n):
    return rng.integers(0, CLASSES, (n, 1)), _probabilities(rng, (n, CLASSES))


def _class_maps(rng, n):
    return rng.integers(0, CLASSES, (n, 3)), _probabilities(rng, (n, 3, CLASSES))


def _tied(rng, n):
    return rng.integers(0, CLASSES, n), rng.integers(0, 2, (n, CLASSES)) / 2


def _ranked(rng, n):
    return rng.integers(0, CLASSES, n), np.stack([rng.permutation(CLASSES) for _ in range(n)])


def _class_pairs(rng, n):
    return rng.integers(0, CLASSES, (n, 3)), rng.integers(0, CLASSES, (n, 3))


def _one_hot_maps(rng, n):
    return np.eye(CLASSES)[rng.integers(0, CLASSES, (n, 3))], _probabilities(rng, (n, 3, CLASSES))


def _signs(rng, n):
    return rng.choice([-1, 1], (n, 3)), rng.normal(size=(n, 3))


# (class, arguments, data)
CASES = [
    ("Accuracy", {}, _integers),
    ("BinaryAccuracy", {}, _column),
    ("BinaryAccuracy", {"threshold": 0.3}, _yes_no),
    ("BinaryAccuracy", {}, _flat),
    ("BinaryAccuracy", {}, _flat_labels),
    ("CategoricalAccuracy", {}, _one_hot),
    ("CategoricalAccuracy", {}, _one_hot_maps),
    ("SparseCategoricalAccuracy", {}, _classes),
    ("SparseCategoricalAccuracy", {}, _classes_column),
    ("SparseCategoricalAccuracy", {}, _class_maps),
    ("TopKCategoricalAccuracy", {"k": 2}, _one_hot),
    ("TopKCategoricalAccuracy", {"k": 1}, _one_hot_maps),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, _classes),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, _class_maps),
    ("SparseTopKCategoricalAccuracy", {"k": 1}, _tied),
    ("SparseTopKCategoricalAccuracy", {"k": 2, "from_sorted_ids": True}, _ranked),
    ("MeanSquaredError", {}, _numbers),
    ("MeanAbsoluteError", {}, _numbers),
    ("MeanAbsolutePercentageError", {}, _numbers),
    ("MeanSquaredLogarithmicError", {}, _positive),
    ("RootMeanSquaredError", {}, _numbers),
    ("RootMeanSquaredError", {}, _flat_labels),
    ("LogCoshError", {}, _numbers),
    ("CosineSimilarity", {}, _numbers),
    ("CosineSimilarity", {"axis": 1}, _numbers),
    ("R2Score", {}, _numbers),
    ("R2Score", {"class_aggregation": None}, _numbers),
    ("R2Score", {"class_aggregation": "variance_weighted_average"}, _numbers),
    ("R2Score", {"num_regressors": 2}, _numbers),
    ("PearsonCorrelation", {}, _vectors),
    ("ConcordanceCorrelation", {}, _vectors),
    ("PearsonCorrelation", {"axis": 1}, _vectors),
    ("KLDivergence", {}, _distributions),
    ("Poisson", {}, _positive),
    ("BinaryCrossentropy", {}, _yes_no),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, _logits),
    ("CategoricalCrossentropy", {}, _one_hot),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, _one_hot_logits),
    ("SparseCategoricalCrossentropy", {}, _classes),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, _class_maps),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}, _classes),
    ("Hinge", {}, _signs),
    ("SquaredHinge", {}, _signs),
    ("CategoricalHinge", {}, _one_hot),
    ("TruePositives", {}, _yes_no),
    ("FalsePositives", {"thresholds": 0.3}, _yes_no),
    ("TrueNegatives", {"thresholds": [0.2, 0.7]}, _yes_no),
    ("FalseNegatives", {"thresholds": [0.0, 0.5, 1.0]}, _yes_no),
    ("FalsePositives", {"thresholds": [0.0, 0.25, 0.5, 0.75, 1.0]}, _on_thresholds),
    ("TruePositives", {}, _flat_labels),
    ("Precision", {}, _yes_no),
    ("Precision", {"thresholds": [0.1, 0.5, 0.9]}, _flat),
    ("Precision", {"thresholds": [0.0, 0.5, 1.0]}, _on_thresholds),
    ("Precision", {"top_k": 2}, _yes_no),
    ("Precision", {"top_k": 2, "class_id": 1}, _yes_no),
    ("Precision", {"class_id": 3, "thresholds": 0.4}, _yes_no),
    ("Precision", {"top_k": 2, "thresholds": 0.6}, _on_thresholds),
    ("Recall", {}, _column),
    ("Recall", {"thresholds": [0.1, 0.5, 0.9]}, _yes_no_maps),
    ("Recall", {"top_k": 3}, _yes_no),
    ("Recall", {"class_id": 0}, _yes_no),
    ("SensitivityAtSpecificity", {"specificity": 0.4}, _yes_no),
    ("SensitivityAtSpecificity", {"specificity": 1.0, "num_thresholds": 5}, _on_thresholds),
    ("SensitivityAtSpecificity", {"specificity": 0.5, "num_thresholds": 1}, _yes_no),
    ("SpecificityAtSensitivity", {"sensitivity": 0.6}, _yes_no),
    ("SpecificityAtSensitivity", {"sensitivity": 0.6, "num_thresholds": 2, "class_id": 1}, _yes_no),
    ("PrecisionAtRecall", {"recall": 0.3}, _yes_no),
    ("PrecisionAtRecall", {"recall": 0.9, "num_thresholds": 7}, _flat),
    ("RecallAtPrecision", {"precision": 0.6}, _yes_no),
    ("RecallAtPrecision", {"precision": 0.999}, _yes_no),
    *[
        ("AUC", {"curve": curve, "summation_method": method, **arguments}, data)
        for curve in ("ROC", "PR", "PRGAIN")
        for method in ("interpolation", "minoring", "majoring")
        for arguments, data in [({}, _yes_no), ({"num_thresholds": 11}, _on_thresholds)]
    ],
    ("AUC", {"from_logits": True}, _logits),
    ("AUC", {}, _beyond),
    ("AUC", {"curve": "PR", "summation_method": "majoring"}, _beyond),
    ("AUC", {"thresholds": [0.3, 0.5, 0.55]}, _yes_no),
    ("AUC", {"thresholds": [0.7, 0.3]}, _flat),
    ("AUC", {"num_thresholds": 2}, _yes_no),
    ("AUC", {"num_thresholds": 5}, _flat_labels),
    ("AUC", {"multi_label": True}, _yes_no),
    ("AUC", {"multi_label": True, "num_labels": CLASSES, "curve": "PR"}, _yes_no),
    ("AUC", {"multi_label": True, "thresholds": [0.2, 0.3], "summation_method": "majoring"}, _yes_no),
    ("AUC", {"multi_label": True, "label_weights": [0.1, 0.2, 0.3, 0.4]}, _yes_no),
    ("AUC", {"multi_label": True, "label_weights": [0.1, 0.2, 0.3, 0.4], "curve": "PR"}, _yes_no),
    ("AUC", {"label_weights": [0.1, 0.2, 0.3, 0.4]}, _yes_no),
    ("AUC", {"label_weights": [0.1, 0.2, 0.3, 0.4], "thresholds": [0.3]}, _yes_no),
    ("IoU", {"num_classes": CLASSES, "target_class_ids": [0, 2]}, _class_pairs),
    ("IoU", {"num_classes": CLASSES, "target_class_ids": [1], "dtype": "float32"}, _class_pairs),
    ("IoU", {"num_classes": CLASSES, "target_class_ids": [1, 2], "ignore_class": 0}, _class_pairs),
    ("IoU", {"num_classes": CLASSES, "target_class_ids": [1, 2], "sparse_y_pred": False}, _class_maps),
    ("IoU", {"num_classes": 7, "target_class_ids": [5, 6]}, _class_pairs),
    ("BinaryIoU", {}, _yes_no),
    ("BinaryIoU", {"target_class_ids": [1], "threshold": 0.3}, _on_thresholds),
    ("MeanIoU", {"num_classes": CLASSES}, _class_pairs),
    ("MeanIoU", {"num_classes": 7}, _class_pairs),
    ("OneHotIoU", {"num_classes": CLASSES, "target_class_ids": [0, 1]}, _one_hot_maps),
    ("OneHotMeanIoU", {"num_classes": CLASSES}, _one_hot),
    *[
        ("FBetaScore", {"average": average, "beta": beta, "threshold": threshold}, _one_hot)
        for average in (None, "micro", "macro", "weighted")
        for beta, threshold in [(1.0, None), (0.5, 0.4), (2.0, 0.2)]
    ],
    ("F1Score", {}, _one_hot),
    ("F1Score", {"average": "macro", "threshold": 0.5}, _yes_no),
]
IDS = [
    f"{cls}-{'-'.join(f'{k}={v}' for k, v in arguments.items())}-{data.__name__[1:]}" for cls, arguments, data in CASES
]

WEIGHTS = {
    "none": lambda y_true, rng: None,
    "number": lambda y_true, rng: 1.5,
    "per sample": lambda y_true, rng: rng.uniform(0.1, 2.0, len(y_true)).astype("float32"),
    "column": lambda y_true, rng: rng.uniform(0.1, 2.0, (len(y_true), 1)).astype("float32"),
    "some zero": lambda y_true, rng: rng.integers(0, 2, len(y_true)).astype("float32"),
    "per element": lambda y_true, rng: rng.uniform(0.1, 2.0, y_true.shape).astype("float32"),
}


def batches(data, weights="none", seed=5):
    """(y_true, y_pred, sample_weight) of several batches, the last one smaller."""
    rng = np.random.default_rng(seed)
    for n in BATCHES:
        y_true, y_pred = data(rng, n)
        y_true = y_true if y_true.dtype.kind == "i" else y_true.astype("float32")
        yield y_true, y_pred.astype("float32"), WEIGHTS[weights](y_true, rng)


def assert_same_state(group, ours, theirs, tolerance):
    """Variables one by one, by value, dtype and path; then the result."""
    assert [v.path for v in ours.variables] == [v.path for v in theirs.variables]
    for mine, other in zip(ours.variables, theirs.variables, strict=True):
        assert mine.dtype == keras.backend.standardize_dtype(other.dtype)
        assert_close(f"{group}, states", mine.numpy(), np.asarray(other), tolerance, mine.path)
    result, expected = np.asarray(ours.result()), np.asarray(theirs.result())
    assert result.dtype == expected.dtype
    assert_close(group, result, expected, tolerance, "result")


@pytest.mark.filterwarnings("ignore:.*(independent predictors|Division by zero|R² score|integer)")
@pytest.mark.parametrize(
    "weights",
    [pytest.param(name, marks=pytest.mark.full if name in ("number", "column") else []) for name in WEIGHTS],
)
@pytest.mark.one_in(9)
@pytest.mark.parametrize("cls, arguments, data", CASES, ids=IDS)
def test_over_batches(cls, arguments, data, weights):
    ours, theirs = (getattr(k.metrics, cls)(**arguments) for k in (minikeras, keras))
    assert ours.name == theirs.name
    for y_true, y_pred, sample_weight in batches(data, weights):
        try:
            if arguments.get("average") == "micro" and weights in ("column", "per element"):
                raise ValueError("Keras computes an outer product of samples here; minikeras refuses these weights")
            theirs.update_state(y_true, y_pred, sample_weight)
        except (ValueError, TypeError, tf.errors.InvalidArgumentError):
            with pytest.raises(ValueError, match="Received"):
                ours.update_state(y_true, y_pred, sample_weight)
            return
        ours.update_state(y_true, y_pred, sample_weight)
        assert_same_state("metrics", ours, theirs, SAME_FORMULA)
    ours.reset_state(), theirs.reset_state()
    assert_same_state("metrics", ours, theirs, 0.0)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("cls, arguments, data", CASES, ids=IDS)
def test_before_the_first_batch(cls, arguments, data):
    ours, theirs = (getattr(k.metrics, cls)(**arguments) for k in (minikeras, keras))
    try:
        expected = np.asarray(theirs.result())
    except (AttributeError, ValueError):
        expected = 0.0  # Keras has no result before the state is made; minikeras says 0
    np.testing.assert_array_equal(np.asarray(ours.result()), expected)


VALUE_SHAPES = [
    ((), None), ((), ()), ((4,), None), ((4, 3), None), ((2, 3, 4), None), ((0,), None), ((4,), ()), ((4,), (4,)),
    ((4,), (4, 1)), ((4, 1), (4,)), ((4, 3), (4,)), ((4, 3), (4, 1)), ((4, 3), (4, 3)), ((4, 3), (1, 3)), ((4, 3), ()),
    ((4, 3), (3,)), ((4,), (4, 3)), ((2, 3, 4), (2,)), ((2, 3, 4), (2, 3)), ((2, 3, 4), (2, 3, 1)),
    ((2, 3, 4), (2, 3, 4)), ((2, 3, 4), (2, 1)),
]  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("value_shape, weight_shape", VALUE_SHAPES)
@pytest.mark.parametrize("cls", ["Mean", "Sum"])
def test_means_and_sums_of_any_shape(cls, value_shape, weight_shape, dtype):
    rng = np.random.default_rng(0)
    ours, theirs = (getattr(k.metrics, cls)(dtype=dtype) for k in (minikeras, keras))
    for _ in range(2):
        values = rng.uniform(size=value_shape).astype("float32")
        weights = None if weight_shape is None else rng.uniform(size=weight_shape).astype("float32")
        try:
            theirs.update_state(values, sample_weight=weights)
        except tf.errors.InvalidArgumentError:
            with pytest.raises(ValueError, match="Received"):
                ours.update_state(values, sample_weight=weights)
            return
        ours.update_state(values, sample_weight=weights)
        assert_same_state("metrics, means", ours, theirs, SAME_FORMULA)


MASK = np.random.default_rng(1).uniform(size=(5, 6)) < 0.6


@pytest.mark.parametrize("weight_shape", [None, (5, 6), (5, 1), (5, 6, 1)])
@pytest.mark.parametrize("cls", ["MeanSquaredError", "MeanAbsoluteError", "CosineSimilarity"])
def test_masks_of_predictions(cls, weight_shape):
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.normal(size=(2, 5, 6, 3)).astype("float32")
    weights = None if weight_shape is None else rng.uniform(size=weight_shape).astype("float32")
    ours, theirs = (getattr(k.metrics, cls)() for k in (minikeras, keras))
    for metric, tensor in ((ours, minikeras.Tensor), (theirs, tf.constant)):
        prediction = tensor(y_pred)
        prediction._keras_mask = tensor(MASK)
        metric.update_state(y_true, prediction, weights)
    assert_same_state("metrics, masks", ours, theirs, SAME_FORMULA)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("cls", ["Mean", "Sum"])
def test_masks_of_values_count_only_beside_weights(cls, weighted):
    values = np.random.default_rng(0).normal(size=(5, 6)).astype("float32")
    weights = np.random.default_rng(2).uniform(size=(5, 6)).astype("float32") if weighted else None
    ours, theirs = (getattr(k.metrics, cls)() for k in (minikeras, keras))
    for metric, tensor in ((ours, minikeras.Tensor), (theirs, tf.constant)):
        tensor_of_values = tensor(values)
        tensor_of_values._keras_mask = tensor(MASK)
        metric.update_state(tensor_of_values, sample_weight=weights)
    assert_same_state("metrics, masks", ours, theirs, SAME_FORMULA)


@pytest.mark.parametrize("dtype", ["float16", "float64", "mixed_float16"])
@pytest.mark.parametrize(
    "cls, data", [("MeanSquaredError", _numbers), ("BinaryAccuracy", _yes_no), ("Precision", _yes_no), ("AUC", _yes_no)]
)
def test_dtypes(cls, data, dtype):
    ours, theirs = (getattr(k.metrics, cls)(dtype=dtype) for k in (minikeras, keras))
    assert ours.dtype == theirs.dtype
    for y_true, y_pred, _ in batches(data):
        ours.update_state(y_true, y_pred)
        theirs.update_state(y_true, y_pred)
    half = "16" in dtype
    assert_same_state(f"metrics, {dtype.removeprefix('mixed_')}", ours, theirs, HALF if half else SAME_FORMULA)


FUNCTIONS = [
    ("binary_accuracy", {}, _yes_no), ("binary_accuracy", {"threshold": 0.2}, _flat),
    ("categorical_accuracy", {}, _one_hot), ("sparse_categorical_accuracy", {}, _classes),
    ("sparse_categorical_accuracy", {}, _class_maps),
    ("top_k_categorical_accuracy", {"k": 2}, _one_hot), ("sparse_top_k_categorical_accuracy", {"k": 2}, _classes),
    ("sparse_top_k_categorical_accuracy", {"k": 2}, _tied), ("pearson_correlation", {}, _vectors),
    ("concordance_correlation", {}, _vectors), ("concordance_correlation", {"axis": 0}, _vectors),
    ("mean_squared_error", {}, _numbers), ("huber", {}, _numbers), ("log_cosh", {}, _numbers),
    ("kl_divergence", {}, _distributions), ("poisson", {}, _positive), ("hinge", {}, _signs),
    ("binary_crossentropy", {}, _yes_no),
]  # fmt: skip


@pytest.mark.parametrize("function, arguments, data", FUNCTIONS)
def test_functions(function, arguments, data):
    for y_true, y_pred, _ in batches(data):
        ours = np.asarray(getattr(minikeras.metrics, function)(y_true, y_pred, **arguments))
        theirs = np.asarray(getattr(keras.metrics, function)(y_true, y_pred, **arguments))
        assert ours.dtype == theirs.dtype
        assert_close("metric functions", ours, theirs, SAME_FORMULA)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("cls, arguments, data", CASES, ids=IDS)
def test_configs_and_round_trips(cls, arguments, data):
    ours, theirs = (getattr(k.metrics, cls)(name="given", **arguments) for k in (minikeras, keras))
    expected = theirs.get_config()
    if expected.get("label_weights") is not None:  # Keras puts a tensor there, minikeras a list, which Keras reads, too
        expected["label_weights"] = np.asarray(expected["label_weights"]).tolist()
    if cls == "CosineSimilarity" and arguments:  # Keras forgets it
        assert "axis" not in expected
        expected["axis"] = arguments["axis"]
    assert ours.get_config() == expected
    written = minikeras.metrics.serialize(ours)
    assert written == {**keras.metrics.serialize(theirs), "config": expected}
    there = keras.metrics.deserialize(json.loads(json.dumps(written)))
    here = minikeras.metrics.deserialize(json.loads(json.dumps(written)))
    assert type(there) is type(theirs)
    assert type(here) is type(ours)
    assert here.get_config() == ours.get_config()
    for y_true, y_pred, _ in batches(data):
        for metric in (ours, here, there):
            metric.update_state(y_true, y_pred)
    np.testing.assert_array_equal(np.asarray(here.result()), np.asarray(ours.result()))
    if cls == "CosineSimilarity" and arguments:
        return
    assert_close("metrics, through files", np.asarray(there.result()), np.asarray(ours.result()), SAME_FORMULA)


REQUIRED = {
    "IoU": (2, [0]), "MeanIoU": (2,), "OneHotIoU": (2, [0]), "OneHotMeanIoU": (2,), "PrecisionAtRecall": (0.5,),
    "RecallAtPrecision": (0.5,), "SensitivityAtSpecificity": (0.5,), "SpecificityAtSensitivity": (0.5,),
}  # fmt: skip
CLASSES_OF_KERAS = [
    name for name in dir(keras.metrics)
    if inspect.isclass(getattr(keras.metrics, name)) and name not in ("Metric", "MeanMetricWrapper")
]  # fmt: skip


@pytest.mark.parametrize("cls", CLASSES_OF_KERAS)
def test_defaults_names_states_and_directions(cls):
    ours, theirs = (getattr(k.metrics, cls)(*REQUIRED.get(cls, ())) for k in (minikeras, keras))
    assert ours.get_config() == theirs.get_config()
    assert ours.name == theirs.name
    assert getattr(ours, "_direction", None) == getattr(theirs, "_direction", None)
    assert [(v.path, tuple(v.shape), v.dtype, v.trainable) for v in ours.variables] == [
        (v.path, tuple(v.shape), v.dtype, v.trainable) for v in theirs.variables
    ]
    assert [b.__name__ for b in type(ours).__mro__ if b.__name__ in ("Mean", "MeanMetricWrapper", "Metric")] == [
        b.__name__ for b in type(theirs).__mro__ if b.__name__ in ("Mean", "MeanMetricWrapper", "Metric")
    ]


def test_the_table_covers_every_metric():
    assert set(CLASSES_OF_KERAS) - {"Mean", "Sum"} == {cls for cls, *_ in CASES}


IDENTIFIERS = [
    *("mse", "MSE", "mae", "MAE", "mape", "msle", "bce", "BCE", "accuracy", "Accuracy", "auc", "AUC", "f1_score"),
    *("cosine_similarity", "CosineSimilarity", "mean", "Mean", "sum", "hinge", "precision", "Precision", "io_u"),
    *("mean_squared_error", "root_mean_squared_error", "RootMeanSquaredError", "r2_score", "log_cosh_error"),
    *("acc", "ACC", "kld", "logcosh", "log_cosh", "crossentropy", "foo", 3, "huber", "binary_focal_crossentropy"),
]


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_get_resolves_what_keras_resolves(identifier):
    try:
        theirs = keras.metrics.get(identifier)
    except (ValueError, TypeError):
        with pytest.raises((ValueError, TypeError)):
            minikeras.metrics.get(identifier)
        return
    ours = minikeras.metrics.get(identifier)
    assert (type(ours).__name__, ours.name) == (type(theirs).__name__, theirs.name)


def own_function(y_true, y_pred):
    return y_pred


class OwnCallable:
    def __call__(self, y_true, y_pred):
        return y_pred


OUTPUTS = {
    "binary": ((4, 1), (4, 1)),
    "sparse": ((4,), (4, 3)),
    "column": ((4, 1), (4, 3)),
    "one-hot": ((4, 3), (4, 3)),
}


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize(
    "identifier",
    [
        "accuracy",
        "acc",
        "Accuracy",
        "ACC",
        "mse",
        "MSE",
        "AUC",
        "auc",
        "hinge",
        own_function,
        OwnCallable(),
        "Huber loss",
    ],
    ids=without_addresses,
)
def test_compile_resolves_names_by_the_shapes(identifier, output):
    true_shape, pred_shape = OUTPUTS[output]
    y_true, y_pred = np.ones(true_shape, "float32"), np.full(pred_shape, 0.4, "float32")
    ours, theirs = (
        (identifier, identifier) if identifier != "Huber loss" else (minikeras.losses.Huber(), keras.losses.Huber())
    )
    compiled = keras.src.trainers.compile_utils.CompileMetrics([theirs], None)
    compiled.build(tf.constant(y_true), tf.constant(y_pred))
    (theirs,) = compiled.metrics
    ours = resolve_metric(ours, y_true, y_pred)
    assert (type(ours).__name__, ours.name) == (type(theirs).__name__, theirs.name)


def test_stateless_calls_leave_the_state_alone():
    for k in (minikeras, keras):
        metric = k.metrics.Mean()
        metric.update_state([1.0, 3.0])
        before = [np.asarray(v) for v in metric.variables]
        updated = metric.stateless_update_state(before, np.array([5.0, 7.0], "float32"))
        assert [float(x) for x in updated] == [16.0, 4.0]
        assert float(metric.stateless_result(updated)) == 4.0
        assert [float(x) for x in metric.stateless_reset_state()] == [0.0, 0.0]
        np.testing.assert_array_equal([np.asarray(v) for v in metric.variables], before)
        with pytest.raises(ValueError, match="metric_variables"):
            metric.stateless_result([1.0])


def _metric_of_metrics(k):
    """A user's metric, on either side."""

    class Own(k.metrics.Metric):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.inner = k.metrics.Mean()
            self.count = self.add_weight(shape=(2,), initializer="zeros", name="count")
            self.more = [k.metrics.Sum(), k.metrics.Sum(name="second")]
            self.ones = self.add_variable((), "ones", name="ones")

        def update_state(self, values):
            self.count.assign_add(k.ops.ones((2,)))
            self.inner.update_state(values)

        def result(self):
            return {"count": self.count[0], "mean": self.inner.result()}

    return Own


def test_own_metrics_with_nested_metrics():
    seen = []
    for k in (minikeras, keras):
        metric = _metric_of_metrics(k)()
        result = metric(np.array([1.0, 2.0], "float32"))
        seen.append([metric.name, repr(metric), [v.path for v in metric.variables], metric.get_config()])
        seen[-1].append({name: float(value) for name, value in result.items()})
        seen[-1].append([np.asarray(v).tolist() for v in metric.variables])
        metric.reset_state()
        seen[-1].append([np.asarray(v).tolist() for v in metric.variables])
    assert seen[0] == seen[1]


def test_own_metrics_keep_their_state_in_floatx():
    for k in (minikeras, keras):
        assert [v.dtype for v in _metric_of_metrics(k)(dtype="float64").variables] == ["float32"] * 6
