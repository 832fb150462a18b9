"""Losses with arguments, labels and predictions, for the comparison with tf.keras."""

import numpy as np

BATCH, CLASSES = 5, 4


def numbers(rng):
    return rng.normal(size=(BATCH, 3)), rng.normal(size=(BATCH, 3))


def positive(rng):
    return rng.uniform(0.1, 3.0, (BATCH, 3)), rng.uniform(0.1, 3.0, (BATCH, 3))


def sequences(rng):
    return rng.normal(size=(BATCH, 6, 3)), rng.normal(size=(BATCH, 6, 3))


def yes_no(rng):
    return rng.integers(0, 2, (BATCH, 3)), rng.uniform(0.02, 0.98, (BATCH, 3))


def yes_no_logits(rng):
    return rng.integers(0, 2, (BATCH, 3)), rng.normal(size=(BATCH, 3)) * 4


def yes_no_maps(rng):
    return rng.integers(0, 2, (BATCH, 3, 2)), rng.uniform(0.02, 0.98, (BATCH, 3, 2))


def probabilities(rng, shape=(BATCH, CLASSES)):
    exponentials = np.exp(rng.normal(size=shape))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def one_hot(rng):
    return np.eye(CLASSES)[rng.integers(0, CLASSES, BATCH)], probabilities(rng)


def one_hot_logits(rng):
    return np.eye(CLASSES)[rng.integers(0, CLASSES, BATCH)], rng.normal(size=(BATCH, CLASSES)) * 4


def distributions(rng):
    return probabilities(rng), probabilities(rng)


def classes(rng):
    return rng.integers(0, CLASSES, BATCH), probabilities(rng)


def classes_logits(rng):
    return rng.integers(0, CLASSES, BATCH), rng.normal(size=(BATCH, CLASSES)) * 4


def classes_column(rng):
    return rng.integers(0, CLASSES, (BATCH, 1)), probabilities(rng)


def class_maps(rng):
    return rng.integers(0, CLASSES, (BATCH, 3, 2)), probabilities(rng, (BATCH, 3, 2, CLASSES))


def some_ignored(rng):
    labels = rng.integers(0, CLASSES, (BATCH, 3, 2))
    labels[rng.uniform(size=labels.shape) < 0.3] = 255
    return labels, probabilities(rng, (BATCH, 3, 2, CLASSES))


def signs(rng):
    return rng.choice([-1, 1], (BATCH, 3)), rng.normal(size=(BATCH, 3))


def embeddings(rng):
    vectors = rng.normal(size=(8, 3))
    return rng.integers(0, 3, 8), vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def transcripts(rng):
    labels = rng.integers(1, 5, (BATCH, 3))
    labels[:, 2:] = 0
    return labels, rng.normal(size=(BATCH, 9, 5))


# (function, class, arguments of both, data)
CASES = [
    ("mean_squared_error", "MeanSquaredError", {}, numbers),
    ("mean_squared_error", "MeanSquaredError", {}, sequences),
    ("mean_absolute_error", "MeanAbsoluteError", {}, numbers),
    ("mean_absolute_percentage_error", "MeanAbsolutePercentageError", {}, numbers),
    ("mean_squared_logarithmic_error", "MeanSquaredLogarithmicError", {}, positive),
    ("mean_squared_logarithmic_error", "MeanSquaredLogarithmicError", {}, numbers),
    ("cosine_similarity", "CosineSimilarity", {}, numbers),
    ("cosine_similarity", "CosineSimilarity", {"axis": 1}, sequences),
    ("huber", "Huber", {}, numbers),
    ("huber", "Huber", {"delta": 0.3}, numbers),
    ("log_cosh", "LogCosh", {}, numbers),
    ("hinge", "Hinge", {}, signs),
    ("hinge", "Hinge", {}, yes_no),
    ("squared_hinge", "SquaredHinge", {}, signs),
    ("squared_hinge", "SquaredHinge", {}, yes_no),
    ("categorical_hinge", "CategoricalHinge", {}, one_hot_logits),
    ("kl_divergence", "KLDivergence", {}, distributions),
    ("kl_divergence", "KLDivergence", {}, yes_no),
    ("poisson", "Poisson", {}, positive),
    ("binary_crossentropy", "BinaryCrossentropy", {}, yes_no),
    ("binary_crossentropy", "BinaryCrossentropy", {"from_logits": True}, yes_no_logits),
    ("binary_crossentropy", "BinaryCrossentropy", {"label_smoothing": 0.2}, yes_no),
    ("binary_crossentropy", "BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, yes_no_logits),
    ("categorical_crossentropy", "CategoricalCrossentropy", {}, one_hot),
    ("categorical_crossentropy", "CategoricalCrossentropy", {}, distributions),
    ("categorical_crossentropy", "CategoricalCrossentropy", {"from_logits": True}, one_hot_logits),
    ("categorical_crossentropy", "CategoricalCrossentropy", {"label_smoothing": 0.2}, one_hot),
    ("categorical_crossentropy", "CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, one_hot),
    ("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy", {}, classes),
    ("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy", {}, classes_column),
    ("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy", {}, class_maps),
    ("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy", {"from_logits": True}, classes_logits),
    ("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy", {"ignore_class": 2}, classes),
    ("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy", {"ignore_class": 255}, some_ignored),
    (
        "sparse_categorical_crossentropy",
        "SparseCategoricalCrossentropy",
        {"ignore_class": 255, "from_logits": True},
        some_ignored,
    ),
    ("binary_focal_crossentropy", "BinaryFocalCrossentropy", {}, yes_no),
    ("binary_focal_crossentropy", "BinaryFocalCrossentropy", {"from_logits": True, "gamma": 1.5}, yes_no_logits),
    (
        "binary_focal_crossentropy",
        "BinaryFocalCrossentropy",
        {"apply_class_balancing": True, "alpha": 0.4, "label_smoothing": 0.1},
        yes_no,
    ),
    ("categorical_focal_crossentropy", "CategoricalFocalCrossentropy", {}, one_hot),
    ("categorical_focal_crossentropy", "CategoricalFocalCrossentropy", {"from_logits": True}, one_hot_logits),
    (
        "categorical_focal_crossentropy",
        "CategoricalFocalCrossentropy",
        {"alpha": [0.1, 0.2, 0.3, 0.4], "gamma": 1.0, "label_smoothing": 0.1},
        one_hot,
    ),
    ("categorical_generalized_cross_entropy", "CategoricalGeneralizedCrossEntropy", {"q": 0.7}, classes),
    ("dice", "Dice", {}, yes_no),
    ("dice", "Dice", {"axis": (1, 2)}, yes_no_maps),
    ("tversky", "Tversky", {}, yes_no),
    ("tversky", "Tversky", {"alpha": 0.2, "beta": 0.9, "axis": -1}, yes_no),
    ("circle", "Circle", {}, embeddings),
    ("circle", "Circle", {"gamma": 5.0, "margin": 0.2, "remove_diagonal": False}, embeddings),
    ("ctc", "CTC", {}, transcripts),
]
IDS = [f"{cls}-{'-'.join(map(str, arguments))}-{data.__name__.strip('_<>')}" for _, cls, arguments, data in CASES]
