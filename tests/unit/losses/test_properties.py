"""What connects loss functions with each other and with what a reader expects; their formulas are in `oracles.py`."""

import numpy as np

from minikeras import losses


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
