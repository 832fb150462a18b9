"""Constraints on weights."""

import numpy as np
import pytest

from minikeras import constraints
from minikeras.autodiff import Tensor, Variable

W = np.array([[3.0, 0.3], [-4.0, 0.4]], "float32")  # columns of norm 5 and 0.5
ROUNDING = 1e-6

VALUES = [
    (constraints.MaxNorm(2.0), W * [0.4, 1.0]),
    (constraints.MaxNorm(2.0, axis=1), W * [[2 / np.hypot(3, 0.3)], [2 / np.hypot(4, 0.4)]]),
    (constraints.MaxNorm(1.0, axis=[0, 1]), W / np.linalg.norm(W)),
    (constraints.NonNeg(), np.maximum(W, 0)),
    (constraints.UnitNorm(), W / [5.0, 0.5]),
    (constraints.MinMaxNorm(1.0, 2.0), W * [0.4, 2.0]),
    (constraints.MinMaxNorm(1.0, 2.0, rate=0.5), W * [0.7, 1.5]),
    (constraints.Constraint(), W),
]


@pytest.mark.parametrize("form", [np.asarray, Tensor, lambda w: Variable(w, name="w")])
@pytest.mark.parametrize("constraint, expected", VALUES, ids=lambda value: type(value).__name__)
def test_projection(constraint, expected, form):
    np.testing.assert_allclose(np.asarray(constraint(form(W))), expected, rtol=ROUNDING)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("constraint", [row[0] for row in VALUES], ids=lambda value: type(value).__name__)
def test_the_dtype_stays(constraint, dtype):
    assert constraint(Tensor(W.astype(dtype))).dtype == dtype


@pytest.mark.parametrize("constraint", [row[0] for row in VALUES], ids=lambda value: type(value).__name__)
def test_zeros_stay_zeros(constraint):
    np.testing.assert_array_equal(np.asarray(constraint(np.zeros((2, 2), "float32"))), np.zeros((2, 2)))


@pytest.mark.parametrize("constraint", [row[0] for row in VALUES], ids=lambda value: type(value).__name__)
def test_configs_round_trip(constraint):
    config = constraints.serialize(constraint)
    assert config["module"] == "keras.constraints"
    for copy in (constraints.deserialize(config), constraints.get(config)):
        assert type(copy) is type(constraint)
        assert copy.get_config() == constraint.get_config()


@pytest.mark.parametrize("name", ["MaxNorm", "max_norm", "NonNeg", "non_neg", "UnitNorm", "unit_norm", "min_max_norm"])
def test_names(name):
    assert type(constraints.get(name)) is getattr(constraints, name)
    assert type(constraints.deserialize(name)) is getattr(constraints, name)


def test_get_passes_objects_functions_and_none_through():
    def mine(w):
        return w

    constraint = constraints.NonNeg()
    assert constraints.get(constraint) is constraint
    assert constraints.get(mine) is mine
    assert constraints.get(None) is None
    assert isinstance(constraints.get(constraints.UnitNorm), constraints.UnitNorm)


@pytest.mark.parametrize(
    "identifier, message",
    [("nonneg", "Unknown constraint: 'nonneg'. Did you mean 'non_neg'"), (3, "Could not interpret constraint")],
)
def test_get_says_what_is_wrong(identifier, message):
    with pytest.raises(ValueError, match=message):
        constraints.get(identifier)
