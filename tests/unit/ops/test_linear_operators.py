"""Linear operators with a structure: what is cheaper agrees with the dense matrix."""

import numpy as np
import pytest

from minikeras.ops import linear_operators as lo

RNG = np.random.default_rng(0)
V = RNG.uniform(1, 2, (2, 4))
ROUNDING = 1e-9  # of float64, condition numbers below 100

OPERATORS = {
    "reflection": lambda: lo.LinearOperatorHouseholder(V),
    "permutation": lambda: lo.LinearOperatorPermutation([[3, 1, 0, 2], [0, 1, 2, 3]], dtype="float64"),
    "toeplitz": lambda: lo.LinearOperatorToeplitz(V + [9, 0, 0, 0], V),
    "three diagonals": lambda: lo.LinearOperatorTridiag(np.stack([V, V + 5, V], -2)),
}


@pytest.mark.parametrize("name", OPERATORS)
def test_products_and_solutions_are_those_of_the_matrix(name):
    operator, x = OPERATORS[name](), RNG.normal(size=(2, 4, 3))
    dense = np.asarray(operator.to_dense())
    for adjoint, matrix in ((False, dense), (True, np.swapaxes(dense, -1, -2))):
        np.testing.assert_allclose(operator.matmul(x, adjoint=adjoint), matrix @ x, rtol=ROUNDING, atol=ROUNDING)
        np.testing.assert_allclose(operator.solve(matrix @ x, adjoint=adjoint), x, rtol=ROUNDING, atol=ROUNDING)


def test_what_is_no_permutation_is_refused():
    with pytest.raises(ValueError, match="once"):
        lo.LinearOperatorPermutation([0, 0, 1])
