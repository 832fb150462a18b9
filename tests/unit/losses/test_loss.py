"""`Loss`: conversion, reduction, weights, masks; user's own losses."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import Tensor, losses, ops
from minikeras.losses.loss import LossFunctionWrapper
from minikeras.losses.reduction import reduce_weighted_values

Y_TRUE = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], "float32")
Y_PRED = np.array([[1.0, 1.0], [2.0, 1.0], [1.0, 1.0]], "float32")
PER_SAMPLE = np.array([0.5, 2.0, 12.5])  # mean squares of the rows
WEIGHTS = np.array([1.0, 0.0, 3.0])


class Quartic(losses.Loss):
    def call(self, y_true, y_pred):
        return ops.mean((y_true - y_pred) ** 4, axis=-1)


REDUCED = [
    ("sum", 15.0, 38.0),
    ("sum_over_batch_size", 5.0, 38.0 / 3),
    ("mean", 5.0, 38.0 / 3),
    ("mean_with_sample_weight", 5.0, 38.0 / 4),
    ("none", PER_SAMPLE, PER_SAMPLE * WEIGHTS),
    (None, PER_SAMPLE, PER_SAMPLE * WEIGHTS),
]


@pytest.mark.parametrize("reduction, plain, weighted", REDUCED)
def test_reductions(reduction, plain, weighted):
    loss = losses.MeanSquaredError(reduction=reduction)
    np.testing.assert_allclose(loss(Y_TRUE, Y_PRED), plain, rtol=1e-6)
    np.testing.assert_allclose(loss(Y_TRUE, Y_PRED, sample_weight=WEIGHTS), weighted, rtol=1e-6)


def test_weights_that_sum_to_zero_give_zero():
    loss = losses.MeanSquaredError(reduction="mean_with_sample_weight")
    assert float(loss(Y_TRUE, Y_PRED, sample_weight=np.zeros(3))) == 0.0


def test_a_mask_keeps_the_mean_of_what_it_keeps():
    values = keras.Tensor(PER_SAMPLE.astype("float32"))
    mask = np.array([True, True, False])
    np.testing.assert_allclose(reduce_weighted_values(values, mask=mask), (0.5 + 2.0) / 2, rtol=1e-6)
    np.testing.assert_allclose(reduce_weighted_values(values, mask=mask, reduction="sum"), 2.5, rtol=1e-6)


def test_a_mask_on_the_predictions_is_found():
    y_pred = keras.Tensor(Y_PRED)
    y_pred._keras_mask = keras.Tensor(np.array([True, False, True]))
    np.testing.assert_allclose(losses.MeanSquaredError()(Y_TRUE, y_pred), (0.5 + 12.5) / 2, rtol=1e-6)


def test_masks_of_predictions_and_of_losses_both_count():
    y_true = np.array([0, 255, 1, 0])
    y_pred = keras.Tensor(np.full((4, 2), 0.5, "float32"))
    y_pred._keras_mask = keras.Tensor(np.array([True, True, True, False]))
    loss = losses.SparseCategoricalCrossentropy(ignore_class=255)
    np.testing.assert_allclose(loss(y_true, y_pred), np.log(2), rtol=1e-6)


def test_own_losses_get_a_name_and_a_config():
    loss = Quartic(reduction="sum")
    assert loss.name == "quartic"
    assert loss.get_config() == {"name": "quartic", "reduction": "sum"}
    assert Quartic.from_config(loss.get_config()).reduction == "sum"
    np.testing.assert_allclose(loss(Y_TRUE, Y_PRED), (1 + 16 + 81 + 256) / 2)


def test_labels_and_predictions_come_in_the_dtype_of_the_loss():
    seen = []

    class Spy(losses.Loss):
        def call(self, y_true, y_pred):
            seen.extend([y_true.dtype, y_pred.dtype])
            return y_pred

    result = Spy(dtype="float64")(np.array([1, 2]), np.array([1.0, 2.0], "float32"))
    assert seen == ["float64", "float64"]
    assert result.dtype == "float64"


def test_nested_labels_keep_their_structure():
    class OfDicts(losses.Loss):
        def call(self, y_true, y_pred):
            return y_pred["a"] - y_true["a"] + y_pred["b"][0] - y_true["b"][0]

    ones, twos = np.ones(3, "float32"), np.full(3, 2.0, "float32")
    result = OfDicts()({"a": ones, "b": [ones]}, {"a": twos, "b": [twos]})
    assert float(result) == 2.0


def test_nested_lists_of_numbers_are_one_array():
    assert float(losses.MeanSquaredError()([[0.0, 1.0]], [[1.0, 1.0]])) == 0.5
    assert float(losses.get("mse")([[0, 1]], [[1.0, 1.0]])[0]) == 0.5


def test_an_empty_batch_is_left_as_it_is():
    assert losses.MeanSquaredError()(np.zeros((0, 3)), np.zeros((0, 3))).shape == (0,)


def test_the_wrapper_brings_pairs_in_structures_to_the_same_rank():
    def first(y_true, y_pred, factor):
        assert y_true["a"].shape == y_pred["a"].shape == (3, 1)
        return factor * (y_pred["a"] - y_true["a"])

    loss = LossFunctionWrapper(first, factor=2.0)
    assert float(loss({"a": np.zeros(3)}, {"a": np.ones((3, 1))})) == 2.0


def test_base_class_says_what_to_define():
    with pytest.raises(NotImplementedError, match="must define `call"):
        losses.Loss()(Y_TRUE, Y_PRED)


def test_unknown_reduction():
    with pytest.raises(ValueError, match="Did you mean 'sum_over_batch_size'"):
        losses.MeanSquaredError(reduction="sum_over_batchsize")


@pytest.mark.parametrize("shape", [(2,), (3, 2), (4, 2)])
def test_weights_that_do_not_fit(shape):
    with pytest.raises(ValueError, match=r"sample_weight of shape .* for losses of shape \(3,\)"):
        losses.MeanSquaredError()(Y_TRUE, Y_PRED, sample_weight=np.ones(shape))


def test_symbolic_tensors_make_a_graph():
    y_true, y_pred = keras.KerasTensor((None, 4)), keras.KerasTensor((None, 4))
    for name in ("mean_squared_error", "huber", "binary_crossentropy", "categorical_crossentropy", "hinge", "dice"):
        losses_of_batch = getattr(losses, name)(y_true, y_pred)
        assert losses_of_batch.shape == (() if name == "dice" else (None,)), name
    sparse = losses.sparse_categorical_crossentropy(keras.KerasTensor((None,), dtype="int32"), y_pred)
    assert sparse.shape == (None,)


@pytest.mark.parametrize("kind", [np.asarray, Tensor], ids=["array", "tensor"])
def test_class_indices_are_exact_in_every_dtype(kind):
    logits = np.zeros((1, 2100), "float32")
    logits[0, 2049] = 5.0  # a number that float16 does not have
    loss = losses.SparseCategoricalCrossentropy(from_logits=True, dtype="float16")
    assert float(loss(kind(np.array([2049])), logits)) < float(loss(kind(np.array([2048])), logits))
