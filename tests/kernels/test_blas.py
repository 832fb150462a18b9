"""Products on one thread and on all give what NumPy gives, and leave BLAS as it was."""

import numpy as np
import pytest

from minikeras.kernels import blas


class Library:
    """Stands in for threadpoolctl's controller of a BLAS library."""

    def __init__(self, threads):
        self.threads, self.settings = threads, []

    def get_num_threads(self):
        return self.threads

    def set_num_threads(self, threads):
        self.threads = threads
        self.settings.append(threads)


@pytest.mark.parametrize(
    "shapes", [((3, 4), (4, 5)), ((2, 3, 4), (4, 5)), ((4,), (4, 5)), ((3, 4), (4,)), ((0, 4), (4, 5))], ids=str
)
def test_products_are_numpys(shapes):
    x1, x2 = (np.random.default_rng(0).normal(size=shape) for shape in shapes)
    np.testing.assert_allclose(blas.matmul(x1, x2), np.matmul(x1, x2), rtol=1e-12)


def test_products_by_blas_run_on_one_thread(monkeypatch):
    library = Library(8)
    monkeypatch.setattr(blas, "_blas", [library])
    x = np.ones((20, 20), "float32")
    blas.matmul(x, x)
    blas.matmul(np.ones((1, 20), "float32"), x)
    assert library.settings == []  # so small ones do by themselves
    x = np.ones((100, 100), "float32")
    blas.matmul(x, x)
    blas.matmul(np.ones((1, 100), "float32"), x)  # with a vector from fewer multiplications on
    assert library.settings == [1, 8] * 2
    for threads in (3, 1):  # the user's
        library.threads = threads
        blas.matmul(x, x)
        assert library.threads == threads


# A sum of 200 products of numbers about 1, in float32.
TOLERANCE = 1e-4


@pytest.mark.parametrize("transposed", [(False, False), (True, False), (False, True)], ids=str)
def test_large_float32_products_are_our_own(monkeypatch, transposed):
    monkeypatch.setattr(blas, "_blas", None)  # would be found at a product by BLAS
    rng = np.random.default_rng(1)
    x1, x2 = rng.standard_normal((130, 200), "float32"), rng.standard_normal((200, 120), "float32")
    x1 = np.asfortranarray(x1) if transposed[0] else x1
    x2 = np.asfortranarray(x2) if transposed[1] else x2
    np.testing.assert_allclose(blas.matmul(x1, x2), np.matmul(x1, x2), atol=TOLERANCE)
    np.testing.assert_allclose(blas.matmul(x1.reshape(2, 65, 200), x2).reshape(130, 120), x1 @ x2, atol=TOLERANCE)
    for out in (np.empty((130, 120), "float32"), np.empty((130, 240), "float32")[:, ::2]):
        assert blas.matmul(x1, x2, out) is out
        np.testing.assert_allclose(out, x1 @ x2, atol=TOLERANCE)
    assert blas._blas is None


def test_the_number_of_threads_comes_back_after_an_error(monkeypatch):
    library = Library(8)
    monkeypatch.setattr(blas, "_blas", [library])
    with pytest.raises(ValueError, match="mismatch"):
        blas.matmul(np.ones((100, 100)), np.ones((99, 100)))
    assert library.settings == [1, 8]
