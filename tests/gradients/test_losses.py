"""Gradients of all losses with respect to the predictions, first and second order."""

import numpy as np
import pytest

from minikeras import losses
from tests.gradients.harness import Row, between, check_first_order, check_second_order, distinct, exactly, positive

REALS = np.array([[0.3, -1.2, 0.7], [2.1, 0.4, -0.6]])
YES_NO = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0]])
SIGNS = np.array([[-1.0, 1.0, 1.0], [1.0, -1.0, 1.0]])
ONE_HOT = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
CLASSES = np.array([1, 2])
FRACTIONS = between(0.1, 0.7, (2, 3))  # `front` adds a tenth of their squares: they stay below 0.8
EMBEDDINGS = between(0.2, 0.6, (4, 3))
# away from every kink: |error| is below 0.3 or above 1.5 where δ = 1
FAR_AND_NEAR = exactly([[0.5, 0.6, 0.9], [0.3, 0.6, -2.9]])


def _with(function, y_true, **arguments):
    return lambda y_pred: function(y_true, y_pred, **arguments)


def _reduced(loss, y_true, **arguments):
    return lambda y_pred: loss(y_true, y_pred, **arguments)


ROWS = [
    Row("mean_squared_error", _with(losses.mean_squared_error, REALS), ((2, 3),)),
    Row("mean_squared_error of a column", _with(losses.mean_squared_error, REALS[:, 0]), ((2, 1),)),
    Row("mean_absolute_error", _with(losses.mean_absolute_error, REALS + 5), ((2, 3),)),
    Row("mean_absolute_percentage_error", _with(losses.mean_absolute_percentage_error, REALS + 5), ((2, 3),)),
    Row("mean_squared_logarithmic_error", _with(losses.mean_squared_logarithmic_error, YES_NO), (positive((2, 3)),)),
    Row("cosine_similarity", _with(losses.cosine_similarity, REALS), ((2, 3),)),
    Row("huber", _with(losses.huber, REALS), (FAR_AND_NEAR,)),
    Row("log_cosh", _with(losses.log_cosh, REALS), ((2, 3),)),
    Row("hinge", _with(losses.hinge, SIGNS), (between(0.1, 0.7, (2, 3)),)),
    Row("squared_hinge", _with(losses.squared_hinge, YES_NO), (between(0.1, 0.7, (2, 3)),)),
    Row("categorical_hinge", _with(losses.categorical_hinge, ONE_HOT), (distinct((2, 3)),)),
    Row("kl_divergence", _with(losses.kl_divergence, YES_NO), (FRACTIONS,)),
    Row("poisson", _with(losses.poisson, YES_NO), (positive((2, 3)),)),
    Row("dice", _with(losses.dice, YES_NO, axis=-1), (FRACTIONS,)),
    Row("tversky", _with(losses.tversky, YES_NO, alpha=0.3, beta=0.8), (FRACTIONS,)),
    Row("binary_crossentropy", _with(losses.binary_crossentropy, YES_NO, label_smoothing=0.1), (FRACTIONS,)),
    Row("binary_crossentropy of logits", _with(losses.binary_crossentropy, YES_NO, from_logits=True), ((2, 3),)),
    Row("categorical_crossentropy", _with(losses.categorical_crossentropy, ONE_HOT), (FRACTIONS,)),
    Row(
        "categorical_crossentropy of logits",
        _with(losses.categorical_crossentropy, ONE_HOT, from_logits=True, label_smoothing=0.2),
        ((2, 3),),
    ),
    Row("sparse_categorical_crossentropy", _with(losses.sparse_categorical_crossentropy, CLASSES), (FRACTIONS,)),
    Row(
        "sparse_categorical_crossentropy of logits",
        _with(losses.sparse_categorical_crossentropy, CLASSES, from_logits=True),
        ((2, 3),),
    ),
    Row(
        "sparse_categorical_crossentropy with an ignored class",
        _with(losses.sparse_categorical_crossentropy, CLASSES, ignore_class=2),
        (FRACTIONS,),
    ),
    Row("binary_focal_crossentropy", _with(losses.binary_focal_crossentropy, YES_NO, gamma=1.5), (FRACTIONS,)),
    Row(
        "binary_focal_crossentropy of logits",
        _with(losses.binary_focal_crossentropy, YES_NO, from_logits=True, apply_class_balancing=True),
        ((2, 3),),
    ),
    Row("categorical_focal_crossentropy", _with(losses.categorical_focal_crossentropy, ONE_HOT), (FRACTIONS,)),
    Row(
        "categorical_focal_crossentropy of logits",
        _with(losses.categorical_focal_crossentropy, ONE_HOT, from_logits=True),
        ((2, 3),),
    ),
    Row(
        "categorical_generalized_cross_entropy",
        _with(losses.categorical_generalized_cross_entropy, CLASSES, q=0.7),
        (FRACTIONS,),
    ),
    Row("circle", _with(losses.circle, np.array([0, 1, 0, 1]), gamma=2.0), (EMBEDDINGS,)),
    Row("ctc", _with(losses.ctc, np.array([[1, 2], [1, 0]])), ((2, 4, 3),), order=1),
    Row("mean of the batch", _reduced(losses.MeanSquaredError(dtype="float64"), REALS), ((2, 3),)),
    Row(
        "weighted mean of the batch",
        _reduced(
            losses.MeanSquaredError(reduction="mean_with_sample_weight", dtype="float64"),
            REALS,
            sample_weight=[0.3, 1.2],
        ),
        ((2, 3),),
    ),
    Row(
        "ignored class, masked out of the mean",
        _reduced(losses.SparseCategoricalCrossentropy(ignore_class=1, dtype="float64"), CLASSES),
        (FRACTIONS,),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_first_order(row):
    check_first_order(row)


@pytest.mark.parametrize("row", [row for row in ROWS if row.order > 1], ids=str)
def test_second_order(row):
    check_second_order(row)
