"""`tf.linalg.LinearOperator…` of the shim against the live one: products, solutions, determinants, gradients."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat import tensorflow as shim  # noqa: E402
from minikeras.compat.tensorflow.tensor_attributes import tensor_attributes_installed  # noqa: E402

RNG = np.random.default_rng(3)
A = RNG.normal(size=(2, 3, 3)).astype("float32") + 3 * np.eye(3, dtype="float32")
D = RNG.uniform(0.5, 2, size=(2, 3)).astype("float32")
EVEN = D[:, [0, 1, 1]]  # the spectrum of a real kernel
X = RNG.normal(size=(2, 3, 2)).astype("float32")
U = RNG.normal(size=(3, 2)).astype("float32")
SPD = (A[0] @ A[0].T).astype("float32")
SOLUTIONS = 2e-4  # of linear systems in float32 with condition numbers of about 10

OPERATORS = {
    "full": lambda t: t.linalg.LinearOperatorFullMatrix(A),
    "lower": lambda t: t.linalg.LinearOperatorLowerTriangular(A),
    "diag": lambda t: t.linalg.LinearOperatorDiag(D),
    "identity": lambda t: t.linalg.LinearOperatorIdentity(3, [2]),
    "scaled": lambda t: t.linalg.LinearOperatorScaledIdentity(3, D[:, 0]),
    "adjoint": lambda t: t.linalg.LinearOperatorFullMatrix(A).adjoint(),
    "inverse": lambda t: t.linalg.LinearOperatorFullMatrix(A).inverse(),
    "product": lambda t: t.linalg.LinearOperatorFullMatrix(A) @ t.linalg.LinearOperatorDiag(D),
    "blocks": lambda t: t.linalg.LinearOperatorBlockDiag(
        [t.linalg.LinearOperatorDiag(D[:, :1]), t.linalg.LinearOperatorFullMatrix(A[:, :2, :2])]
    ),
    "blocks on and below": lambda t: t.linalg.LinearOperatorBlockLowerTriangular(
        [
            [t.linalg.LinearOperatorDiag(D[:, :1])],
            [t.linalg.LinearOperatorFullMatrix(A[:, :2, :1]), t.linalg.LinearOperatorFullMatrix(A[:, 1:, 1:])],
        ]
    ),
    "kronecker": lambda t: t.linalg.LinearOperatorKronecker(
        [t.linalg.LinearOperatorDiag(D[:, :1]), t.linalg.LinearOperatorFullMatrix(A)]
    ),
    "update": lambda t: t.linalg.LinearOperatorLowRankUpdate(t.linalg.LinearOperatorDiag(D[0]), U, D[0, :2]),
    "reflection": lambda t: t.linalg.LinearOperatorHouseholder(D),
    "permutation": lambda t: t.linalg.LinearOperatorPermutation([[1, 2, 0], [0, 2, 1]]),
    "toeplitz": lambda t: t.linalg.LinearOperatorToeplitz(D + 3, D),
    "circulant": lambda t: t.linalg.LinearOperatorCirculant(EVEN, input_output_dtype=t.float32),
    "inverse circulant": lambda t: t.linalg.LinearOperatorCirculant(EVEN, input_output_dtype=t.float32).inverse(),
    "circulant blocks": lambda t: t.linalg.LinearOperatorCirculant2D(EVEN[:, None], input_output_dtype="float32"),
    "three levels": lambda t: t.linalg.LinearOperatorCirculant3D(
        t.cast(EVEN[:, None, :, None], t.complex64), input_output_dtype=t.float32
    ),
    "three diagonals": lambda t: t.linalg.LinearOperatorTridiag(A),
    "lists of diagonals": lambda t: t.linalg.LinearOperatorTridiag([D, D + 3, D], diagonals_format="sequence"),
    "diagonals of matrices": lambda t: t.linalg.LinearOperatorTridiag(
        np.triu(np.tril(A, 1), -1), diagonals_format="matrix"
    ),
    "cholesky": lambda t: t.linalg.LinearOperatorFullMatrix(
        SPD, is_self_adjoint=True, is_positive_definite=True
    ).cholesky(),
}
METHODS = {
    "dense": lambda o, t: o.to_dense(),
    "product": lambda o, t: o.matmul(t.constant(X)),
    "product with the adjoint": lambda o, t: o.matmul(t.constant(X), adjoint=True),
    "product with a vector": lambda o, t: o.matvec(t.constant(X[..., 0])),
    "solution": lambda o, t: o.solve(t.constant(X)),
    "solution of the adjoint": lambda o, t: o.solve(t.constant(X), adjoint=True),
    "solution with a vector": lambda o, t: o.solvevec(t.constant(X[..., 0])),
    "determinant": lambda o, t: o.determinant(),
    "its logarithm": lambda o, t: o.log_abs_determinant(),
    "diagonal": lambda o, t: o.diag_part(),
    "trace": lambda o, t: o.trace(),
    "sum": lambda o, t: o.add_to_tensor(t.constant(A)),
    "shape": lambda o, t: t.constant(o.shape.as_list() + o.batch_shape.as_list() + [o.tensor_rank]),
}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in ("full", "lower") else pytest.mark.full) for n in OPERATORS]
)
def test_operator(name):
    theirs = OPERATORS[name](tf)
    with tensor_attributes_installed():
        ours = OPERATORS[name](shim)
        for method, call in METHODS.items():
            expected, actual = call(theirs, tf).numpy(), call(ours, shim).numpy()
            assert actual.dtype == expected.dtype, method
            np.testing.assert_allclose(actual, expected, rtol=SOLUTIONS, atol=SOLUTIONS, err_msg=method)


def test_gradients_go_through_solutions():
    def gradient(t):
        a = t.constant(A)
        with t.GradientTape() as tape:
            tape.watch(a)
            y = t.reduce_sum(t.linalg.LinearOperatorLowerTriangular(a).solve(t.constant(X)))
        return tape.gradient(y, a).numpy()

    with tensor_attributes_installed():
        actual = gradient(shim)
    np.testing.assert_allclose(actual, gradient(tf), rtol=SOLUTIONS, atol=SOLUTIONS)


@pytest.mark.parametrize(
    "mistake",
    [
        lambda t: t.linalg.LinearOperatorFullMatrix(A, is_non_singular=True, is_square=False),
        lambda t: t.linalg.LinearOperatorFullMatrix(A, is_non_singular=False).inverse(),
        lambda t: t.linalg.LinearOperatorFullMatrix(A).cholesky(),
        lambda t: t.linalg.LinearOperatorHouseholder(D, is_positive_definite=True),
        lambda t: t.linalg.LinearOperatorPermutation([0, 1], is_non_singular=False),
    ],
)
def test_mistakes(mistake):
    with pytest.raises(ValueError):  # noqa: PT011  (two libraries, two sentences)
        mistake(tf)
    with pytest.raises(ValueError):  # noqa: PT011  (two libraries, two sentences)
        mistake(shim)


BLOCKS = ("blocks", "blocks on and below")
LISTS = {
    "product": lambda o, t: o.matmul([t.constant(X[:, :1]), t.constant(X[:, 1:])]),
    "solution": lambda o, t: o.solve([t.constant(X[:, :1]), t.constant(X[:, 1:])]),
    "product with vectors": lambda o, t: o.matvec([t.constant(X[:, :1, 0]), t.constant(X[:, 1:, 0])]),
    "solution with vectors": lambda o, t: o.solvevec([t.constant(X[:, :1, 0]), t.constant(X[:, 1:, 0])]),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_operators_of_blocks_take_a_list_of_blocks(name):
    theirs = OPERATORS[name](tf)
    with tensor_attributes_installed():
        ours = OPERATORS[name](shim)
        for method, call in LISTS.items():
            for expected, actual in zip(call(theirs, tf), call(ours, shim), strict=True):
                np.testing.assert_allclose(actual.numpy(), expected.numpy(), SOLUTIONS, SOLUTIONS, err_msg=method)
