"""Metrics with arguments and batches of labels and predictions, for the comparison with tf.keras."""

import numpy as np

BATCHES = (5, 5, 3)  # the last batch is ragged
CLASSES = 4


def numbers(rng, n):
    return rng.normal(size=(n, 3)), rng.normal(size=(n, 3))


def vectors(rng, n):
    return rng.normal(size=(n, 6)), rng.normal(size=(n, 6))


def positive(rng, n):
    return rng.uniform(0.1, 3.0, (n, 3)), rng.uniform(0.1, 3.0, (n, 3))


def integers(rng, n):
    return rng.integers(0, 3, (n, 3)), rng.integers(0, 3, (n, 3))


def column(rng, n):
    return rng.integers(0, 2, (n, 1)), rng.uniform(size=(n, 1))


def flat(rng, n):
    return rng.integers(0, 2, n), rng.uniform(size=n)


def flat_labels(rng, n):
    return rng.integers(0, 2, n), rng.uniform(size=(n, 1))


def yes_no(rng, n):
    return rng.integers(0, 2, (n, CLASSES)), rng.uniform(size=(n, CLASSES))


def on_thresholds(rng, n):
    return rng.integers(0, 2, (n, CLASSES)), rng.integers(0, 11, (n, CLASSES)) / 10


def beyond(rng, n):
    return rng.integers(0, 2, (n, CLASSES)), rng.choice([-2.0, -0.1, 0.0, 0.3, 0.7, 1.0, 1.1, 3.0], (n, CLASSES))


def logits(rng, n):
    return rng.integers(0, 2, (n, CLASSES)), rng.normal(size=(n, CLASSES)) * 4


def yes_no_maps(rng, n):
    return rng.integers(0, 2, (n, 2, 3)), rng.uniform(size=(n, 2, 3))


def probabilities(rng, shape):
    exponentials = np.exp(rng.normal(size=shape))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def one_hot(rng, n):
    return np.eye(CLASSES)[rng.integers(0, CLASSES, n)], probabilities(rng, (n, CLASSES))


def one_hot_logits(rng, n):
    return np.eye(CLASSES)[rng.integers(0, CLASSES, n)], rng.normal(size=(n, CLASSES)) * 4


def distributions(rng, n):
    return probabilities(rng, (n, CLASSES)), probabilities(rng, (n, CLASSES))


def classes(rng, n):
    return rng.integers(0, CLASSES, n), probabilities(rng, (n, CLASSES))


def classes_column(rng, n):
    return rng.integers(0, CLASSES, (n, 1)), probabilities(rng, (n, CLASSES))


def class_maps(rng, n):
    return rng.integers(0, CLASSES, (n, 3)), probabilities(rng, (n, 3, CLASSES))


def tied(rng, n):
    return rng.integers(0, CLASSES, n), rng.integers(0, 2, (n, CLASSES)) / 2


def ranked(rng, n):
    return rng.integers(0, CLASSES, n), np.stack([rng.permutation(CLASSES) for _ in range(n)])


def class_pairs(rng, n):
    return rng.integers(0, CLASSES, (n, 3)), rng.integers(0, CLASSES, (n, 3))


def one_hot_maps(rng, n):
    return np.eye(CLASSES)[rng.integers(0, CLASSES, (n, 3))], probabilities(rng, (n, 3, CLASSES))


def signs(rng, n):
    return rng.choice([-1, 1], (n, 3)), rng.normal(size=(n, 3))


# (class, arguments, data)
CASES = [
    ("Accuracy", {}, integers),
    ("BinaryAccuracy", {}, column),
    ("BinaryAccuracy", {"threshold": 0.3}, yes_no),
    ("BinaryAccuracy", {}, flat),
    ("BinaryAccuracy", {}, flat_labels),
    ("CategoricalAccuracy", {}, one_hot),
    ("CategoricalAccuracy", {}, one_hot_maps),
    ("SparseCategoricalAccuracy", {}, classes),
    ("SparseCategoricalAccuracy", {}, classes_column),
    ("SparseCategoricalAccuracy", {}, class_maps),
    ("TopKCategoricalAccuracy", {"k": 2}, one_hot),
    ("TopKCategoricalAccuracy", {"k": 1}, one_hot_maps),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, classes),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, class_maps),
    ("SparseTopKCategoricalAccuracy", {"k": 1}, tied),
    ("SparseTopKCategoricalAccuracy", {"k": 2, "from_sorted_ids": True}, ranked),
    ("MeanSquaredError", {}, numbers),
    ("MeanAbsoluteError", {}, numbers),
    ("MeanAbsolutePercentageError", {}, numbers),
    ("MeanSquaredLogarithmicError", {}, positive),
    ("RootMeanSquaredError", {}, numbers),
    ("RootMeanSquaredError", {}, flat_labels),
    ("LogCoshError", {}, numbers),
    ("CosineSimilarity", {}, numbers),
    ("CosineSimilarity", {"axis": 1}, numbers),
    ("R2Score", {}, numbers),
    ("R2Score", {"class_aggregation": None}, numbers),
    ("R2Score", {"class_aggregation": "variance_weighted_average"}, numbers),
    ("R2Score", {"num_regressors": 2}, numbers),
    ("PearsonCorrelation", {}, vectors),
    ("ConcordanceCorrelation", {}, vectors),
    ("PearsonCorrelation", {"axis": 1}, vectors),
    ("KLDivergence", {}, distributions),
    ("Poisson", {}, positive),
    ("BinaryCrossentropy", {}, yes_no),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, logits),
    ("CategoricalCrossentropy", {}, one_hot),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, one_hot_logits),
    ("SparseCategoricalCrossentropy", {}, classes),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, class_maps),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}, classes),
    ("Hinge", {}, signs),
    ("SquaredHinge", {}, signs),
    ("CategoricalHinge", {}, one_hot),
    ("TruePositives", {}, yes_no),
    ("FalsePositives", {"thresholds": 0.3}, yes_no),
    ("TrueNegatives", {"thresholds": [0.2, 0.7]}, yes_no),
    ("FalseNegatives", {"thresholds": [0.0, 0.5, 1.0]}, yes_no),
    ("FalsePositives", {"thresholds": [0.0, 0.25, 0.5, 0.75, 1.0]}, on_thresholds),
    ("TruePositives", {}, flat_labels),
    ("Precision", {}, yes_no),
    ("Precision", {"thresholds": [0.1, 0.5, 0.9]}, flat),
    ("Precision", {"thresholds": [0.0, 0.5, 1.0]}, on_thresholds),
    ("Precision", {"top_k": 2}, yes_no),
    ("Precision", {"top_k": 2, "class_id": 1}, yes_no),
    ("Precision", {"class_id": 3, "thresholds": 0.4}, yes_no),
    ("Precision", {"top_k": 2, "thresholds": 0.6}, on_thresholds),
    ("Recall", {}, column),
    ("Recall", {"thresholds": [0.1, 0.5, 0.9]}, yes_no_maps),
    ("Recall", {"top_k": 3}, yes_no),
    ("Recall", {"class_id": 0}, yes_no),
    ("SensitivityAtSpecificity", {"specificity": 0.4}, yes_no),
    ("SensitivityAtSpecificity", {"specificity": 1.0, "num_thresholds": 5}, on_thresholds),
    ("SensitivityAtSpecificity", {"specificity": 0.5, "num_thresholds": 1}, yes_no),
    ("SpecificityAtSensitivity", {"sensitivity": 0.6}, yes_no),
    ("SpecificityAtSensitivity", {"sensitivity": 0.6, "num_thresholds": 2, "class_id": 1}, yes_no),
    ("PrecisionAtRecall", {"recall": 0.3}, yes_no),
    ("PrecisionAtRecall", {"recall": 0.9, "num_thresholds": 7}, flat),
    ("RecallAtPrecision", {"precision": 0.6}, yes_no),
    ("RecallAtPrecision", {"precision": 0.999}, yes_no),
    *[
        ("AUC", {"curve": curve, "summation_method": method, **arguments}, data)
        for curve in ("ROC", "PR", "PRGAIN")
        for method in ("interpolation", "minoring", "majoring")
        for arguments, data in [({}, yes_no), ({"num_thresholds": 11}, on_thresholds)]
    ],
    ("AUC", {"from_logits": True}, logits),
    ("AUC", {}, beyond),
    ("AUC", {"curve": "PR", "summation_method": "majoring"}, beyond),
    ("AUC", {"thresholds": [0.3, 0.5, 0.55]}, yes_no),
    ("AUC", {"thresholds": [0.7, 0.3]}, flat),
    ("AUC", {"num_thresholds": 2}, yes_no),
    ("AUC", {"num_thresholds": 5}, flat_labels),
    ("AUC", {"multi_label": True}, yes_no),
    ("AUC", {"multi_label": True, "num_labels": CLASSES, "curve": "PR"}, yes_no),
    ("AUC", {"multi_label": True, "thresholds": [0.2, 0.3], "summation_method": "majoring"}, yes_no),
    ("AUC", {"multi_label": True, "label_weights": [0.1, 0.2, 0.3, 0.4]}, yes_no),
    ("AUC", {"multi_label": True, "label_weights": [0.1, 0.2, 0.3, 0.4], "curve": "PR"}, yes_no),
    ("AUC", {"label_weights": [0.1, 0.2, 0.3, 0.4]}, yes_no),
    ("AUC", {"label_weights": [0.1, 0.2, 0.3, 0.4], "thresholds": [0.3]}, yes_no),
    ("IoU", {"num_classes": CLASSES, "target_class_ids": [0, 2]}, class_pairs),
    ("IoU", {"num_classes": CLASSES, "target_class_ids": [1], "dtype": "float32"}, class_pairs),
    ("IoU", {"num_classes": CLASSES, "target_class_ids": [1, 2], "ignore_class": 0}, class_pairs),
    ("IoU", {"num_classes": CLASSES, "target_class_ids": [1, 2], "sparse_y_pred": False}, class_maps),
    ("IoU", {"num_classes": 7, "target_class_ids": [5, 6]}, class_pairs),
    ("BinaryIoU", {}, yes_no),
    ("BinaryIoU", {"target_class_ids": [1], "threshold": 0.3}, on_thresholds),
    ("MeanIoU", {"num_classes": CLASSES}, class_pairs),
    ("MeanIoU", {"num_classes": 7}, class_pairs),
    ("OneHotIoU", {"num_classes": CLASSES, "target_class_ids": [0, 1]}, one_hot_maps),
    ("OneHotMeanIoU", {"num_classes": CLASSES}, one_hot),
    *[
        ("FBetaScore", {"average": average, "beta": beta, "threshold": threshold}, one_hot)
        for average in (None, "micro", "macro", "weighted")
        for beta, threshold in [(1.0, None), (0.5, 0.4), (2.0, 0.2)]
    ],
    ("F1Score", {}, one_hot),
    ("F1Score", {"average": "macro", "threshold": 0.5}, yes_no),
]
IDS = [f"{cls}-{'-'.join(f'{k}={v}' for k, v in arguments.items())}-{data.__name__}" for cls, arguments, data in CASES]
