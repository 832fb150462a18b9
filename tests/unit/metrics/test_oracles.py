"""Every metric against its definition in plain NumPy: over ragged batches, with weights, and in a compiled `evaluate`.

The definitions are in `oracles.py`. A metric without a row fails `test_every_metric_has_a_definition`.
"""

from inspect import isclass

import numpy as np
import pytest

import minikeras as keras
from minikeras import losses, metrics, ops
from tests.oracles import assert_near
from tests.unit.losses import oracles as definitions
from tests.unit.metrics import oracles

N = 13
BATCH = 5  # so that the last one is shorter
FLOAT32 = 2e-6  # sums of 13 terms, all metrics compute in float32
RNG = np.random.default_rng(0)
TARGETS, REALS = RNG.normal(size=(N, 3)), RNG.normal(size=(N, 3))
YES = RNG.integers(0, 2, (N, 3)).astype(float)
SHARES = np.clip(0.3 * RNG.uniform(size=(N, 3)) + 0.3 * YES + 0.2, 0.1, 0.9).round(3)
PROBABILITIES = SHARES / SHARES.sum(axis=1, keepdims=True)
CLASSES = RNG.integers(0, 3, N)
ONE_HOT = np.eye(3)[CLASSES]
PREDICTED = np.where(RNG.uniform(size=N) < 0.6, CLASSES, RNG.integers(0, 3, N))
WEIGHTS = RNG.integers(1, 4, N).astype(float)  # integers, since IoU counts in integers
REGRESSION = [TARGETS + 1, TARGETS + 0.5 * REALS]
LOGITS = {"from_logits": True}


def iou(classes, t=lambda t: t, p=lambda p: p):
    """The definition for class indices that are made of labels and predictions by functions."""
    return lambda y_true, y_pred, w, **of_the_class: oracles.intersection_over_union(t(y_true), p(y_pred), w, classes)


def largest(scores):
    return scores.argmax(axis=1)


def wrapped_huber(t, p, fn, delta):
    return definitions.huber(t, p, delta)


mean_of, at_thresholds, best = oracles.mean_of, oracles.at_thresholds, oracles.best

# (class, arguments, which the definition gets too, definition, y_true, y_pred)
ROWS = [
    ("MeanSquaredError", {}, mean_of(definitions.mean_squared_error), TARGETS, REALS),
    ("RootMeanSquaredError", {}, oracles.root_mean_squared_error, TARGETS, REALS),
    ("MeanAbsoluteError", {}, mean_of(definitions.mean_absolute_error), TARGETS, REALS),
    ("MeanAbsolutePercentageError", {}, mean_of(definitions.mean_absolute_percentage_error), TARGETS, REALS),
    ("MeanSquaredLogarithmicError", {}, mean_of(definitions.mean_squared_logarithmic_error), YES, SHARES),
    ("LogCoshError", {}, mean_of(definitions.log_cosh), TARGETS, REALS),
    ("CosineSimilarity", {}, mean_of(definitions.cosine_similarity, sign=-1), TARGETS, REALS),
    ("PearsonCorrelation", {}, oracles.pearson_correlation, TARGETS, REALS),
    ("ConcordanceCorrelation", {}, oracles.concordance_correlation, TARGETS, REALS),
    ("R2Score", {}, oracles.r2_score, *REGRESSION),
    ("R2Score", {"class_aggregation": None}, oracles.r2_score, *REGRESSION),
    ("R2Score", {"class_aggregation": "variance_weighted_average"}, oracles.r2_score, *REGRESSION),
    ("R2Score", {"num_regressors": 2}, oracles.r2_score, *REGRESSION),
    ("Hinge", {}, mean_of(definitions.hinge), YES, REALS),
    ("SquaredHinge", {}, mean_of(definitions.squared_hinge), 2 * YES - 1, REALS),
    ("CategoricalHinge", {}, mean_of(definitions.categorical_hinge), ONE_HOT, REALS),
    ("KLDivergence", {}, mean_of(definitions.kl_divergence), SHARES, PROBABILITIES),
    ("Poisson", {}, mean_of(definitions.poisson), YES, SHARES),
    ("BinaryCrossentropy", {}, mean_of(definitions.binary_crossentropy), YES, SHARES),
    ("BinaryCrossentropy", LOGITS, mean_of(definitions.binary_crossentropy), YES, REALS),
    (
        "CategoricalCrossentropy",
        {"label_smoothing": 0.1},
        mean_of(definitions.categorical_crossentropy),
        ONE_HOT,
        SHARES,
    ),
    ("CategoricalCrossentropy", LOGITS, mean_of(definitions.categorical_crossentropy), ONE_HOT, REALS),
    ("SparseCategoricalCrossentropy", {}, mean_of(definitions.sparse_categorical_crossentropy), CLASSES, PROBABILITIES),
    ("SparseCategoricalCrossentropy", LOGITS, mean_of(definitions.sparse_categorical_crossentropy), CLASSES, REALS),
    ("Accuracy", {}, oracles.accuracy, CLASSES, PREDICTED),
    ("BinaryAccuracy", {}, oracles.binary_accuracy, YES, SHARES),
    ("BinaryAccuracy", {"threshold": 0.4}, oracles.binary_accuracy, YES, SHARES),
    ("CategoricalAccuracy", {}, oracles.categorical_accuracy, ONE_HOT, PROBABILITIES),
    ("SparseCategoricalAccuracy", {}, oracles.sparse_categorical_accuracy, CLASSES, PROBABILITIES),
    ("TopKCategoricalAccuracy", {"k": 2}, oracles.top_k_categorical_accuracy, ONE_HOT, REALS),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, oracles.sparse_top_k_categorical_accuracy, CLASSES, REALS),
    ("TruePositives", {}, at_thresholds(lambda tp, fp, tn, fn: tp), YES, SHARES),
    ("FalsePositives", {"thresholds": [0.3, 0.6]}, at_thresholds(lambda tp, fp, tn, fn: fp), YES, SHARES),
    ("TrueNegatives", {"thresholds": 0.4}, at_thresholds(lambda tp, fp, tn, fn: tn), YES, SHARES),
    ("FalseNegatives", {}, at_thresholds(lambda tp, fp, tn, fn: fn), YES, SHARES),
    ("Precision", {}, at_thresholds(oracles.precision), YES, SHARES),
    ("Precision", {"thresholds": [0.3, 0.6, 0.95]}, at_thresholds(oracles.precision), YES, SHARES),
    ("Precision", {"top_k": 2}, oracles.of_top_k(oracles.precision), YES, REALS),
    ("Recall", {}, at_thresholds(oracles.recall), YES, SHARES),
    ("Recall", {"class_id": 1, "thresholds": [0.3, 0.6]}, at_thresholds(oracles.recall), YES, SHARES),
    ("SensitivityAtSpecificity", {"specificity": 0.6}, best(oracles.recall, oracles.specificity), YES, SHARES),
    ("SpecificityAtSensitivity", {"sensitivity": 0.6}, best(oracles.specificity, oracles.recall), YES, SHARES),
    ("PrecisionAtRecall", {"recall": 0.6, "num_thresholds": 20}, best(oracles.precision, oracles.recall), YES, SHARES),
    ("RecallAtPrecision", {"precision": 0.7}, best(oracles.recall, oracles.precision), YES, SHARES),
    *[
        ("AUC", {"curve": curve, "summation_method": method, "num_thresholds": 30}, oracles.area, YES, SHARES)
        for curve in ("ROC", "PR")
        for method in ("interpolation", "minoring", "majoring")
    ],
    ("AUC", {"multi_label": True}, oracles.area_by_label, YES, SHARES),
    ("F1Score", {}, oracles.f_score, ONE_HOT, PROBABILITIES),
    ("F1Score", {"average": "micro"}, oracles.f_score, ONE_HOT, PROBABILITIES),
    ("F1Score", {"average": "macro", "threshold": 0.3}, oracles.f_score, YES, SHARES),
    ("FBetaScore", {"beta": 2.0, "average": "weighted"}, oracles.f_score, ONE_HOT, PROBABILITIES),
    ("IoU", {"num_classes": 3, "target_class_ids": [0, 2]}, iou([0, 2]), CLASSES, PREDICTED),
    ("MeanIoU", {"num_classes": 4}, iou(range(4)), CLASSES, PREDICTED),
    ("BinaryIoU", {"threshold": 0.4}, iou((0, 1), np.ravel, lambda p: p.ravel() >= 0.4), YES[:, 0], SHARES[:, 0]),
    ("OneHotIoU", {"num_classes": 3, "target_class_ids": [1]}, iou([1], largest, largest), ONE_HOT, SHARES),
    ("OneHotMeanIoU", {"num_classes": 3}, iou(range(3), largest, largest), ONE_HOT, SHARES),
    ("MeanMetricWrapper", {"fn": losses.huber, "delta": 0.4}, mean_of(wrapped_huber), TARGETS, REALS),
]
LIMITS = {"specificity", "sensitivity", "recall", "precision"}
VALUES_ONLY = {"Mean": lambda v, w: oracles.weighted_mean(v, w), "Sum": lambda v, w: np.sum(v * w)}


def name_of(row):
    return "-".join([row[0], *[f"{k}={getattr(v, '__name__', v)}" for k, v in row[1].items()]])


def expected(row, weights):
    _, arguments, definition, y_true, y_pred = row
    arguments = {"limit" if key in LIMITS else key: value for key, value in arguments.items()}
    return definition(y_true, y_pred, np.ones(N) if weights is None else weights, **arguments)


def batches(*arrays):
    for start in range(0, N, BATCH):
        yield [None if array is None else array[start : start + BATCH] for array in arrays]


@pytest.mark.filterwarnings("ignore:.*counts in int64")
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_results_over_batches(row, weights):
    name, arguments, _, y_true, y_pred = row
    metric = getattr(metrics, name)(**arguments)
    for _ in range(2):
        metric.reset_state()
        for t, p, w in batches(y_true, y_pred, weights):
            metric.update_state(t, p, w)
        assert_near(metric.result(), expected(row, weights), FLOAT32, name)


@pytest.mark.one_in(3)
@pytest.mark.filterwarnings("ignore:.*counts in int64")
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_results_of_a_compiled_evaluation(row, weights):
    name, arguments, _, y_true, y_pred = row
    metric = getattr(metrics, name)(**arguments, name="it")
    x = keras.Input(y_pred.shape[1:])
    model = keras.Model(x, keras.layers.Activation("linear")(x))
    model.compile(
        loss=lambda t, p: ops.sum(p, axis=-1), **{"metrics" if weights is None else "weighted_metrics": [metric]}
    )
    for _ in range(2):
        found = model.evaluate(y_pred.astype("float32"), y_true, BATCH, 0, weights, return_dict=True)
    assert_near(found["it"], expected(row, weights), FLOAT32, name)


@pytest.mark.parametrize("name", VALUES_ONLY)
def test_metrics_of_values_alone(name):
    metric = getattr(metrics, name)()
    for values, weights in batches(REALS[:, 0], WEIGHTS):
        metric.update_state(values, weights)
    assert_near(metric.result(), VALUES_ONLY[name](REALS[:, 0], WEIGHTS), FLOAT32, name)


def test_every_metric_has_a_definition():
    classes = {name for name in metrics.__all__ if isclass(getattr(metrics, name))} - {"Metric"}
    assert classes - {row[0] for row in ROWS} - set(VALUES_ONLY) == set()
