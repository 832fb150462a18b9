"""Crossentropies: the numbers by their definition, the logits behind a softmax, and what the errors say."""

import numpy as np
import pytest

from minikeras import ops
from minikeras.autodiff import GradientTape, KerasTensor, Tensor

LOGITS = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 0.0]])
LABELS = np.array([2, 0])
ROUNDING = 1e-12  # float64, a few operations


def softmax(x):
    return np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)


def test_loss_is_minus_the_logarithm_of_the_true_class():
    expected = -np.log(softmax(LOGITS)[[0, 1], LABELS])
    one_hot = np.eye(3)[LABELS]
    for loss in (
        ops.sparse_categorical_crossentropy(LABELS, LOGITS, from_logits=True),
        ops.categorical_crossentropy(one_hot, LOGITS, from_logits=True),
        ops.sparse_categorical_crossentropy(LABELS, softmax(LOGITS)),
        ops.categorical_crossentropy(one_hot, softmax(LOGITS)),
    ):
        np.testing.assert_allclose(loss, expected, rtol=ROUNDING)


def test_hessian_is_the_covariance_of_the_classes():
    """d² loss / d logits² = diag(p) − p pᵀ. The second gradient uses the hidden output alone, not the loss."""
    p = softmax(LOGITS[:1])[0]
    for loss in (
        lambda x: ops.sparse_categorical_crossentropy([2], x, from_logits=True),
        lambda x: ops.categorical_crossentropy([[0.0, 0.0, 1.0]], x, from_logits=True),
    ):
        x = Tensor(LOGITS[:1])
        with GradientTape() as outer:
            outer.watch(x)
            with GradientTape() as inner:
                inner.watch(x)
                value = loss(x)
            gradient = inner.gradient(value, x)
        hessian = outer.jacobian(gradient, x)
        np.testing.assert_allclose(hessian.numpy()[0, :, 0], np.diag(p) - np.outer(p, p), rtol=1e-9)


@pytest.mark.parametrize(
    "activation, loss, target",
    [
        (ops.softmax, ops.sparse_categorical_crossentropy, [1]),
        (ops.softmax, ops.categorical_crossentropy, [[0.0, 1.0]]),
        (ops.sigmoid, ops.binary_crossentropy, [[0.0, 1.0]]),
    ],
)
def test_saturated_probabilities_still_learn(activation, loss, target):
    """softmax([1000, −1000]) rounds to [1, 0], whose logarithm says nothing; the logits behind it do."""
    x = Tensor(np.array([[1000.0, -1000.0]], "float32"))
    with GradientTape() as tape:
        tape.watch(x)
        value = loss(np.array(target, "float32" if loss is not ops.sparse_categorical_crossentropy else "int32"),
                     activation(x))  # fmt: skip
    assert value.numpy().max() >= 1000
    np.testing.assert_array_equal(tape.gradient(value, x), [[1.0, -1.0]])


def test_probabilities_after_another_op_are_clipped():
    loss = ops.sparse_categorical_crossentropy([1], ops.softmax(np.array([[1000.0, -1000.0]], "float32")) * 1.0)
    np.testing.assert_allclose(loss, [-np.log(1e-7)], rtol=1e-6)


def test_from_logits_after_a_softmax_warns():
    with pytest.warns(UserWarning, match="comes out of a softmax"):
        ops.sparse_categorical_crossentropy([1], ops.softmax(np.array([[0.0, 1.0]])), from_logits=True)


MISTAKES = [
    (lambda: ops.sparse_categorical_crossentropy([0, 5], LOGITS), "Label 5 is out of range: 3 classes .* 6 units"),
    (lambda: ops.sparse_categorical_crossentropy([0, -1], LOGITS), "Label -1 .*ignore_class"),
    (lambda: ops.sparse_categorical_crossentropy([0, 1], LOGITS[:, :1]), "1 classes .* binary_crossentropy"),
    (lambda: ops.sparse_categorical_crossentropy(np.eye(3)[LABELS], LOGITS), "looks one-hot"),
    (lambda: ops.sparse_categorical_crossentropy(LABELS, np.ones((2, 4, 4, 3))), "Flatten"),
    (lambda: ops.sparse_categorical_crossentropy([0, 1, 2], LOGITS), r"target.shape=\(3,\), output.shape=\(2, 3\)"),
    (lambda: ops.sparse_categorical_crossentropy(LABELS, LOGITS, axis=0), "last axis"),
    (lambda: ops.categorical_crossentropy(LABELS, LOGITS), "sparse_categorical_crossentropy"),
    (lambda: ops.binary_crossentropy([0, 1], [[0.5], [0.5]]), r"target\[..., None\]"),
]


@pytest.mark.parametrize("mistake, message", MISTAKES)
def test_mistakes_are_named_with_their_fix(mistake, message):
    with pytest.raises(ValueError, match=message):
        mistake()


def test_the_message_about_a_label_stays_short():
    labels = np.full(100_000, 7)
    with pytest.raises(ValueError, match="Label 7") as error:
        ops.sparse_categorical_crossentropy(labels, np.ones((100_000, 3), "float32"))
    assert len(str(error.value)) < 500


def test_labels_may_have_a_last_axis_of_one_or_be_floats():
    expected = ops.sparse_categorical_crossentropy(LABELS, LOGITS, from_logits=True).numpy()
    for labels in (LABELS[:, None], LABELS.astype("float32"), LABELS.astype("uint8")):
        loss = ops.sparse_categorical_crossentropy(labels, LOGITS, from_logits=True)
        np.testing.assert_array_equal(loss, expected)


def test_no_samples():
    loss = ops.sparse_categorical_crossentropy(np.zeros((0,), int), np.zeros((0, 3), "float32"), from_logits=True)
    assert loss.shape == (0,)


def test_symbolic_shapes():
    loss = ops.sparse_categorical_crossentropy(KerasTensor((None, 4)), KerasTensor((None, 4, 3)))
    assert loss.shape == (None, 4)
    assert ops.categorical_crossentropy(KerasTensor((None, 3, 4)), KerasTensor((None, 3, 4)), axis=1).shape == (None, 4)
