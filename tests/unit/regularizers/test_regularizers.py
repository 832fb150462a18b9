"""Penalties on weights."""

import numpy as np
import pytest

from minikeras import ops, regularizers
from minikeras.autodiff import GradientTape, Tensor, Variable

X = np.array([[1.0, -2.0], [3.0, 0.0]], "float32")
ROUNDING = 1e-6

VALUES = [
    (regularizers.L1(0.5), 3.0),
    (regularizers.L2(0.5), 7.0),
    (regularizers.L1L2(0.5, 0.25), 6.5),
    (regularizers.L1L2(l1=0.5), 3.0),
    (regularizers.L1L2(), 0.0),
    (regularizers.Regularizer(), 0.0),
]
GRADIENTS = [
    (regularizers.L1(0.5), 0.5 * np.sign(X)),
    (regularizers.L2(0.5), X),
    (regularizers.L1L2(0.5, 0.5), 0.5 * np.sign(X) + X),
]


@pytest.mark.parametrize("form", [np.asarray, Tensor, lambda x: Variable(x, name="x")])
@pytest.mark.parametrize("regularizer, expected", VALUES, ids=lambda value: type(value).__name__)
def test_penalty(regularizer, expected, form):
    assert float(regularizer(form(X))) == pytest.approx(expected, ROUNDING)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("regularizer", [row[0] for row in VALUES[:5]], ids=lambda value: type(value).__name__)
def test_penalty_has_the_dtype_of_the_weights(regularizer, dtype):
    assert regularizer(Tensor(X.astype(dtype))).dtype == dtype


@pytest.mark.parametrize("regularizer, expected", GRADIENTS, ids=lambda value: type(value).__name__)
def test_gradient(regularizer, expected):
    x = Variable(X, name="x")
    with GradientTape() as tape:
        penalty = regularizer(x)
    np.testing.assert_allclose(tape.gradient(penalty, x).numpy(), expected, rtol=ROUNDING)


@pytest.mark.parametrize("mode, matrix", [("rows", X), ("columns", X.T)])
def test_orthogonal_regularizer_is_the_mean_cosine(mode, matrix):
    cosine = abs(X[0] @ X[1]) / np.linalg.norm(X[0]) / np.linalg.norm(X[1])
    assert float(regularizers.OrthogonalRegularizer(0.5, mode)(matrix)) == pytest.approx(0.5 * cosine, ROUNDING)


def test_orthogonal_rows_cost_nothing():
    assert float(regularizers.OrthogonalRegularizer()(np.eye(3, dtype="float32"))) == 0.0


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: regularizers.L1(-1.0), "non-negative, finite float. Received: l1=-1.0"),
        (lambda: regularizers.L2(float("nan")), "Received: l2=nan"),
        (lambda: regularizers.L1L2(l2=float("inf")), "Received: l2=inf"),
        (lambda: regularizers.L2("a"), "Received: l2='a'"),
        (lambda: regularizers.OrthogonalRegularizer(mode="x"), "Expected one of 'rows', 'columns'. Received: mode='x'"),
        (lambda: regularizers.OrthogonalRegularizer()(np.ones(2)), r"must have rank 2.* Received: \(2,\)"),
        (lambda: regularizers.get("l1_l3"), "Unknown regularizer: 'l1_l3'. Did you mean"),
        (lambda: regularizers.get(3), "Could not interpret regularizer identifier: 3"),
        (lambda: regularizers.deserialize("l3"), "Unknown regularizer: 'l3'"),
    ],
)
def test_misuse(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    "name, config",
    [
        ("l1", {"l1": 0.009999999776482582}),
        ("L2", {"l2": 0.01}),
        ("l1l2", {"l1": 0.0, "l2": 0.0}),
        ("orthogonal_regularizer", {"factor": 0.009999999776482582, "mode": "rows"}),
    ],
)
def test_names(name, config):
    assert regularizers.get(name).get_config() == config
    assert regularizers.deserialize(name).get_config() == config


def test_get_passes_objects_functions_and_none_through():
    def mine(x):
        return ops.sum(x)

    penalty = regularizers.L2(0.3)
    assert regularizers.get(penalty) is penalty
    assert regularizers.get(mine) is mine
    assert regularizers.get(None) is None
    assert isinstance(regularizers.get(regularizers.L2), regularizers.L2)


@pytest.mark.parametrize("regularizer", [row[0] for row in VALUES[:5]], ids=lambda value: type(value).__name__)
def test_configs_round_trip(regularizer):
    config = regularizers.serialize(regularizer)
    assert config["module"] == "keras.regularizers"
    for copy in (regularizers.deserialize(config), regularizers.get(config)):
        assert type(copy) is type(regularizer)
        assert copy.get_config() == regularizer.get_config()


def test_lower_case_names_are_the_classes():
    assert regularizers.l1 is regularizers.L1
    assert regularizers.l2 is regularizers.L2
    assert regularizers.l1_l2 is regularizers.L1L2
    assert regularizers.orthogonal_regularizer is regularizers.OrthogonalRegularizer


def test_the_base_has_no_config():
    with pytest.raises(NotImplementedError, match="does not implement get_config"):
        regularizers.Regularizer().get_config()
