"""Crossentropies: values and gradients at extremes, and the logits behind a softmax."""

import numpy as np
import pytest

from tests.parity.nn_cases import (
    case_id,
    check,
    f32,
    inf,
    keras_tensor,
    normal,
    ours_with_gradients,
    theirs_with_gradients,
    uniform,
)

pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

from minikeras.ops import nn  # noqa: E402
from tests.parity.comparing import (  # noqa: E402
    SAME_FORMULA,
    assert_same_nested,
)

pytestmark = pytest.mark.one_in(2)  # of the tables that follow


def one_hot(labels, classes):
    return np.eye(classes, dtype="float32")[np.array(labels)]


LOGITS = normal(6, 5, scale=4)
EXTREME = f32([[1000, -1000, 0], [-1000, -1000, -1000], [100, 0, 0], [0, 0, 0], [88, -88, 0], [-inf, 1, 2]])
PROBABILITIES = uniform(0.01, 1, 6, 5)
SATURATED = f32([[1, 0, 0], [0, 1, 0], [1, 0, 0], [0.5, 0.5, 0], [1e-9, 1, 1e-9], [0.3, 0.3, 0.4]])
LABELS = np.array([4, 0, 1, 1, 2, 3])
FEW = np.array([0, 1, 1, 2, 1, 2])
SOFT = PROBABILITIES / PROBABILITIES.sum(1, keepdims=True)
FINITE = np.maximum(EXTREME, -1000)
CROSSENTROPIES = [
    ("categorical_crossentropy", [one_hot(LABELS, 5), LOGITS], {"from_logits": True}),
    ("categorical_crossentropy", [SOFT, LOGITS], {"from_logits": True}),
    ("categorical_crossentropy", [2 * SOFT, LOGITS], {"from_logits": True}),
    ("categorical_crossentropy", [one_hot(FEW, 3), FINITE], {"from_logits": True}),
    ("categorical_crossentropy", [SOFT.T.copy(), LOGITS.T.copy()], {"from_logits": True, "axis": 0}),
    ("categorical_crossentropy", [SOFT.reshape(2, 3, 5), LOGITS.reshape(2, 3, 5)], {"from_logits": True}),
    ("categorical_crossentropy", [one_hot(LABELS, 5), PROBABILITIES], {}),
    ("categorical_crossentropy", [SOFT[::-1].copy(), PROBABILITIES], {}),
    ("categorical_crossentropy", [one_hot(FEW, 3), SATURATED], {}),
    ("sparse_categorical_crossentropy", [LABELS, LOGITS], {"from_logits": True}),
    ("sparse_categorical_crossentropy", [FEW, EXTREME], {"from_logits": True}),
    ("sparse_categorical_crossentropy", [LABELS[:, None], LOGITS], {"from_logits": True}),
    ("sparse_categorical_crossentropy", [LABELS.reshape(2, 3), LOGITS.reshape(2, 3, 5)], {"from_logits": True}),
    ("sparse_categorical_crossentropy", [LABELS, PROBABILITIES], {}),
    ("sparse_categorical_crossentropy", [FEW, SATURATED], {}),
    ("sparse_categorical_crossentropy", [LABELS.astype("int32"), normal(6, 300)], {"from_logits": True}),
    ("binary_crossentropy", [one_hot(LABELS, 5), LOGITS], {"from_logits": True}),
    ("binary_crossentropy", [one_hot(FEW, 3), FINITE], {"from_logits": True}),
    ("binary_crossentropy", [SOFT, PROBABILITIES], {}),
    ("binary_crossentropy", [one_hot(FEW, 3), SATURATED], {}),
]


@pytest.mark.parametrize("case", CROSSENTROPIES, ids=case_id)
def test_crossentropies(case):
    # TensorFlow has its own compiled log1p and exp; at labels with probability near 1 the loss is their rounding error
    check("ops: crossentropies", *case, SAME_FORMULA)


SQUASHED = [
    ("softmax", "categorical_crossentropy", one_hot(FEW, 3)),
    ("softmax", "sparse_categorical_crossentropy", FEW),
    ("sigmoid", "binary_crossentropy", one_hot(FEW, 3)),
    ("sigmoid", "categorical_crossentropy", one_hot(FEW, 3)),  # Keras looks behind the sigmoid here too
]


@pytest.mark.parametrize("case", SQUASHED, ids=lambda case: f"{case[0]}-{case[1]}")
@pytest.mark.parametrize("between", [lambda y: y, lambda y: y * 1.0], ids=["directly", "after another op"])
def test_crossentropies_look_behind_a_softmax(case, between):
    activation, loss, target = case

    def composed(ops):
        return lambda logits: getattr(ops, loss)(target, between(getattr(ops, activation)(logits)))

    logits = np.maximum(EXTREME, -80)
    ours = ours_with_gradients(composed(nn), [logits], {})
    theirs = theirs_with_gradients(composed(keras.ops.nn), [logits], {})
    assert_same_nested("ops: crossentropies", ours, theirs, SAME_FORMULA, loss)


@pytest.mark.parametrize("ops", [nn, keras.ops.nn], ids=["ours", "theirs"])
def test_from_logits_of_a_softmax_warns(ops):
    with pytest.warns(UserWarning, match="from_logits=True"):
        ops.sparse_categorical_crossentropy(FEW, ops.softmax(keras_tensor(ops, FINITE)), from_logits=True)
