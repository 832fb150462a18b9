"""Products on one thread and on all give what NumPy gives, and leave BLAS as it was."""

import numpy as np
import pytest

from minikeras.kernels import blas


class Library:
    """Stands in for threadpoolctl's controller of a BLAS library."""

    def __init__(self):
        self.settings = []

    def set_num_threads(self, threads):
        self.settings.append(threads)


@pytest.mark.parametrize(
    "shapes", [((3, 4), (4, 5)), ((2, 3, 4), (4, 5)), ((4,), (4, 5)), ((3, 4), (4,)), ((0, 4), (4, 5))], ids=str
)
def test_products_are_numpys(shapes):
    x1, x2 = (np.random.default_rng(0).normal(size=shape) for shape in shapes)
    np.testing.assert_allclose(blas.matmul(x1, x2), np.matmul(x1, x2), rtol=1e-12)


@pytest.mark.parametrize("size, expected", [(20, [1, 8]), (500, [])], ids=["small: one thread", "large: all"])
def test_small_products_run_on_one_thread(monkeypatch, size, expected):
    library = Library()
    monkeypatch.setattr(blas, "_blas", [(library, 8)])
    x = np.ones((size, size), "float32")
    blas.matmul(x, x)
    assert library.settings == expected


def test_the_number_of_threads_comes_back_after_an_error(monkeypatch):
    library = Library()
    monkeypatch.setattr(blas, "_blas", [(library, 8)])
    with pytest.raises(ValueError, match="mismatch"):
        blas.matmul(np.ones((2, 3)), np.ones((2, 3)))
    assert library.settings == [1, 8]
