"""Every loss function against its formula, written once more in float64 NumPy."""

import numpy as np
import pytest

from minikeras import losses

RNG = np.random.default_rng(0)
T, P = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 3))
YES, Q = RNG.integers(0, 2, (4, 3)).astype(float), RNG.uniform(0.1, 0.9, (4, 3))
SIGNS = 2 * YES - 1
ONE_HOT = np.eye(3)[[0, 2, 1, 2]]
CLASSES = ONE_HOT.argmax(axis=1)
PROBABILITIES = Q / Q.sum(axis=1, keepdims=True)
E = P - T
LENGTHS = np.linalg.norm(T, axis=1) * np.linalg.norm(P, axis=1)
BINARY = -(YES * np.log(Q) + (1 - YES) * np.log(1 - Q))
P_TRUE = np.where(YES == 1, Q, 1 - Q)
CROSS = -(ONE_HOT * np.log(PROBABILITIES)).sum(axis=1)
HIT = (ONE_HOT * PROBABILITIES).sum(axis=1)
MARGINS = np.maximum(1 - SIGNS * P, 0)
TP, MISSED, FALSE = YES * Q, YES * (1 - Q), (1 - YES) * Q
SMOOTH = ONE_HOT * 0.8 + 0.2 / 3

FORMULAS = [
    ("mean_squared_error", (T, P), {}, (E**2).mean(axis=1)),
    ("mean_absolute_error", (T, P), {}, np.abs(E).mean(axis=1)),
    ("mean_absolute_percentage_error", (T, P), {}, 100 * np.abs(E / T).mean(axis=1)),
    ("mean_squared_logarithmic_error", (YES, Q), {}, ((np.log1p(YES) - np.log1p(Q)) ** 2).mean(axis=1)),
    ("cosine_similarity", (T, P), {}, -(T * P).sum(axis=1) / LENGTHS),
    ("huber", (T, P), {"delta": 0.7}, np.where(np.abs(E) <= 0.7, E**2 / 2, 0.7 * np.abs(E) - 0.245).mean(axis=1)),
    ("log_cosh", (T, P), {}, np.log(np.cosh(E)).mean(axis=1)),
    ("hinge", (SIGNS, P), {}, MARGINS.mean(axis=1)),
    ("hinge", (YES, P), {}, MARGINS.mean(axis=1)),
    ("squared_hinge", (SIGNS, P), {}, (MARGINS**2).mean(axis=1)),
    (
        "categorical_hinge",
        (ONE_HOT, P),
        {},
        np.maximum(((1 - ONE_HOT) * P).max(axis=1) - (ONE_HOT * P).sum(axis=1) + 1, 0),
    ),
    ("kl_divergence", (Q, PROBABILITIES), {}, (Q * np.log(Q / PROBABILITIES)).sum(axis=1)),
    ("poisson", (YES, Q), {}, (Q - YES * np.log(Q)).mean(axis=1)),
    ("dice", (YES, Q), {}, 1 - 2 * TP.sum() / (YES.sum() + Q.sum())),
    (
        "tversky",
        (YES, Q),
        {"alpha": 0.3, "beta": 0.6},
        1 - TP.sum() / (TP.sum() + 0.3 * MISSED.sum() + 0.6 * FALSE.sum()),
    ),
    ("binary_crossentropy", (YES, Q), {}, BINARY.mean(axis=1)),
    ("binary_crossentropy", (YES, np.log(Q / (1 - Q))), {"from_logits": True}, BINARY.mean(axis=1)),
    ("binary_focal_crossentropy", (YES, Q), {"gamma": 1.5}, ((1 - P_TRUE) ** 1.5 * BINARY).mean(axis=1)),
    (
        "binary_focal_crossentropy",
        (YES, Q),
        {"apply_class_balancing": True, "alpha": 0.3},
        (np.where(YES == 1, 0.3, 0.7) * (1 - P_TRUE) ** 2 * BINARY).mean(axis=1),
    ),
    ("categorical_crossentropy", (ONE_HOT, PROBABILITIES), {}, CROSS),
    ("categorical_crossentropy", (ONE_HOT, 3 * PROBABILITIES), {}, CROSS),
    ("categorical_crossentropy", (ONE_HOT, np.log(PROBABILITIES) + 7), {"from_logits": True}, CROSS),
    (
        "categorical_crossentropy",
        (ONE_HOT, PROBABILITIES),
        {"label_smoothing": 0.2},
        -(SMOOTH * np.log(PROBABILITIES)).sum(axis=1),
    ),
    ("categorical_focal_crossentropy", (ONE_HOT, PROBABILITIES), {}, 0.25 * (1 - HIT) ** 2 * CROSS),
    ("sparse_categorical_crossentropy", (CLASSES, PROBABILITIES), {}, CROSS),
    ("categorical_generalized_cross_entropy", (CLASSES, PROBABILITIES), {"q": 0.6}, (1 - HIT**0.6) / 0.6),
]


@pytest.mark.parametrize("name, data, arguments, expected", FORMULAS)
def test_formula(name, data, arguments, expected):
    result = getattr(losses, name)(*data, **arguments)
    # the formulas above leave out Keras's ε of 1e-7, which moves results by up to 1e-6 of their size
    np.testing.assert_allclose(result, expected, rtol=2e-6, atol=1e-7)


def test_ctc_sums_over_all_alignments():
    logits = np.random.default_rng(1).normal(size=(1, 2, 3))
    p = np.exp(logits[0])
    p /= p.sum(axis=1, keepdims=True)
    reads_one = p[0, 1] * p[1, 1] + p[0, 0] * p[1, 1] + p[0, 1] * p[1, 0]  # 11, blank 1, 1 blank
    np.testing.assert_allclose(losses.ctc(np.array([[1, 0]]), logits), [-np.log(reads_one)], rtol=1e-6)


def test_circle_of_two_pairs():
    vectors = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]])
    result = losses.circle(np.array([5, 5, 7]), vectors, gamma=2.0, margin=0.25)

    def term(same, others):
        pull = [np.exp(2.0 * max(0.25 + d, 0) * (d - 0.25)) for d in same]
        push = [np.exp(2.0 * max(1.25 - d, 0) * (0.75 - d)) for d in others]
        return np.log1p(sum(pull) * sum(push))

    expected = [term([0.4], [1.0]), term([0.4], [0.2]), 0.0]  # the third has no partner of its class
    np.testing.assert_allclose(result, expected, rtol=1e-6, atol=1e-7)
    np.testing.assert_array_equal(result._keras_mask, [True, True, False])


def test_huber_is_quadratic_inside_and_linear_outside():
    errors = np.array([[0.1], [0.2], [5.0], [6.0]])
    small, double, large, larger = np.asarray(losses.huber(np.zeros((4, 1)), errors))
    np.testing.assert_allclose(double, 4 * small)
    np.testing.assert_allclose(larger - large, 1.0)


def test_crossentropies_are_one_idea_in_three_spellings():
    p = np.array([[0.3], [0.8]])
    two_classes = np.concatenate([1 - p, p], axis=1)
    labels = np.array([1, 0])
    binary = losses.binary_crossentropy(labels[:, None], p)
    np.testing.assert_allclose(binary, losses.sparse_categorical_crossentropy(labels, two_classes), rtol=1e-6)
    np.testing.assert_allclose(binary, losses.categorical_crossentropy(np.eye(2)[labels], two_classes), rtol=1e-6)


def test_ignored_places_cost_nothing_and_are_masked():
    result = losses.sparse_categorical_crossentropy(np.array([0, -1]), np.full((2, 2), 0.5), ignore_class=-1)
    np.testing.assert_allclose(result, [np.log(2), 0.0], rtol=1e-6)
    np.testing.assert_array_equal(result._keras_mask, [True, False])
