"""Typical mistakes get a sentence that names the shapes and the fix."""

import numpy as np
import pytest

from minikeras import losses

P43 = np.full((4, 3), 0.3, "float32")

MISTAKES = [
    ("mse", np.zeros(4), P43, r"y_true.shape=\(4,\), y_pred.shape=\(4, 3\)"),
    ("mse", np.zeros((4, 2)), P43, "should give predictions of the labels' shape"),
    ("mae", np.zeros((4, 3)), np.zeros((4, 7, 7)), "is a Flatten"),
    ("sparse_categorical_crossentropy", np.eye(4)[:, :3], P43, "looks one-hot.*categorical_crossentropy"),
    ("sparse_categorical_crossentropy", np.zeros(4), np.zeros((4, 2, 3)), "Flatten"),
    ("sparse_categorical_crossentropy", np.array([0, 1, 2, 3]), P43, "Label 3 is out of range.*3 classes"),
    ("sparse_categorical_crossentropy", np.array([0, 1, 2, -1]), P43, "ignore_class"),
    ("sparse_categorical_crossentropy", np.array([0, 1, 0, 1]), P43[:, :1], "sigmoid with binary_crossentropy"),
    ("categorical_crossentropy", np.array([0, 1, 2, 1]), P43, "sparse_categorical_crossentropy"),
    ("binary_crossentropy", np.zeros((4, 1)), P43, r"output.shape=\(4, 3\)"),
    ("ctc", np.zeros(4), np.zeros((4, 5, 3)), r"shape \(batch, max labels\)"),
    ("ctc", np.zeros((4, 2)), P43, r"shape \(batch, time, classes\)"),
]


@pytest.mark.parametrize("name, y_true, y_pred, message", MISTAKES)
def test_shapes_and_labels(name, y_true, y_pred, message):
    with pytest.raises(ValueError, match=message) as error:
        losses.get(name)(y_true, y_pred)
    assert len(str(error.value)) < 500


def test_generalized_crossentropy_wants_class_indices():
    with pytest.raises(ValueError, match="class indices, one per row"):
        losses.categorical_generalized_cross_entropy(np.eye(3), P43[:3], 0.5)
    with pytest.raises(ValueError, match="`q` must lie between 0 and 1"):
        losses.CategoricalGeneralizedCrossEntropy(q=1.0)


def test_one_class_is_always_right():
    with pytest.warns(SyntaxWarning, match="binary_crossentropy"):
        losses.categorical_crossentropy(np.ones((2, 1)), np.full((2, 1), 0.5))


@pytest.mark.parametrize("loss", [losses.categorical_crossentropy, losses.categorical_focal_crossentropy])
def test_the_axis_of_the_classes_is_a_number(loss):
    with pytest.raises(ValueError, match="`axis` is a number"):
        loss(np.eye(3), P43[:3], axis=True)
