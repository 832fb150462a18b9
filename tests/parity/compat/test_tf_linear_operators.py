"""`tf.linalg.LinearOperatorLowerTriangular` against the live one: products, solutions, determinants, gradients."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat import tensorflow as shim  # noqa: E402
from minikeras.compat.tensorflow.tensor_attributes import tensor_attributes_installed  # noqa: E402

RNG = np.random.default_rng(3)
A = RNG.normal(size=(2, 3, 3)).astype("float32") + 3 * np.eye(3, dtype="float32")
X = RNG.normal(size=(2, 3, 2)).astype("float32")
SOLUTIONS = 2e-4  # of linear systems in float32 with condition numbers of about 10

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


def test_operator():
    theirs = tf.linalg.LinearOperatorLowerTriangular(A)
    with tensor_attributes_installed():
        ours = shim.linalg.LinearOperatorLowerTriangular(A)
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
        lambda t: t.linalg.LinearOperatorLowerTriangular(A, is_square=False),
        lambda t: t.linalg.LinearOperatorLowerTriangular(A, is_non_singular=False, is_positive_definite=True),
    ],
)
def test_mistakes(mistake):
    with pytest.raises(ValueError):  # noqa: PT011  (two libraries, two sentences)
        mistake(tf)
    with pytest.raises(ValueError):  # noqa: PT011  (two libraries, two sentences)
        mistake(shim)
